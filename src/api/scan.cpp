// scan_iter: shard after shard, page after page.
#include "api/client.hpp"
#include "wire/decode.hpp"

#include <rediscluster/commands/generic.hpp>
#include <rediscluster/scan.hpp>

#include <deque>

namespace rediscluster::detail {

struct ScanState {
  Client& client;
  ScanOptions options;
  std::deque<cluster::Topology::ServingShard> shards{};  // still to scan, the current one first
  bool started = false;
  std::string cursor = "0";
  std::deque<std::string> keys{};  // of the current page, not yet given
};

namespace {

using Page = std::pair<std::string, std::vector<std::string>>;

Result<void> fetch_page(ScanState& scan) {
  const Command<Page> command = cmd::scan(scan.cursor, scan.options);
  cluster::Call call;
  cluster::CallOptions options;
  options.node = scan.shards.front().shard->primary;
  if (Result<void> done = scan.client.cluster().execute(command, call, options); !done) return done;
  Result<Page> page = wire::decode<Page>(call.reply(), command.facts());
  if (!page) return fail(std::move(page.error()));
  scan.cursor = std::move(page->first);
  scan.keys.assign(std::make_move_iterator(page->second.begin()), std::make_move_iterator(page->second.end()));
  if (scan.cursor == "0") scan.shards.pop_front();
  return {};
}

Result<void> start(ScanState& scan) {
  scan.started = true;
  if (Result<void> connected = scan.client.cluster().connect(); !connected) return connected;
  for (const cluster::Topology::ServingShard& shard : scan.client.cluster().topology().shards()) scan.shards.push_back(shard);
  return {};
}

}  // namespace

void DeleteScan::operator()(ScanState* state) const { delete state; }

ScanPointer start_scan(Client& client, const ScanOptions& options) { return ScanPointer(new ScanState{client, options}); }

Result<std::optional<std::string>> next_key(ScanState& scan) {
  if (!scan.started) {
    if (Result<void> ready = start(scan); !ready) return fail(std::move(ready.error()));
  }
  while (scan.keys.empty() && !scan.shards.empty()) {
    if (Result<void> fetched = fetch_page(scan); !fetched) return fail(std::move(fetched.error()));
  }
  if (scan.keys.empty()) return std::optional<std::string>{};
  std::optional<std::string> key = std::move(scan.keys.front());
  scan.keys.pop_front();
  return key;
}

}  // namespace rediscluster::detail
