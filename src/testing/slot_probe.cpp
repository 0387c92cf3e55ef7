/// Write probes and the keys for them.
#include <array>
#include <rediscluster/key_slot.hpp>
#include <rediscluster/testing/slot_probe.hpp>

namespace rediscluster::testing {
namespace {

/// For every slot the smallest number whose decimal digits hash to it.
std::array<int, slot_count> make_tags() {
  std::array<int, slot_count> tags{};
  tags.fill(-1);
  int missing = slot_count;
  for (int number = 0; missing > 0; ++number) {
    int& tag = tags[keyslot(std::to_string(number))];
    if (tag >= 0) continue;
    tag = number;
    --missing;
  }
  return tags;
}

}  // namespace

std::string key_in_slot(int slot, std::string_view suffix) {
  static const std::array<int, slot_count> tags = make_tags();
  return "{" + std::to_string(tags.at(slot)) + "}" + std::string(suffix);
}

SlotProbe::SlotProbe(std::vector<NodeAddress> nodes, int slot, std::string password, std::chrono::milliseconds patience)
    : nodes_(std::move(nodes)),
      connections_(nodes_.size()),
      key_(key_in_slot(slot, ":probe")),
      password_(std::move(password)),
      patience_(patience) {}

std::optional<std::size_t> SlotProbe::ask() {
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    if (write_succeeds(index)) return index;
  }
  return std::nullopt;
}

bool SlotProbe::write_succeeds(std::size_t index) {
  std::optional<RawConnection>& connection = connections_[index];
  try {
    if (!connection) {
      connection.emplace(nodes_[index], patience_);
      if (!password_.empty()) connection->call({"AUTH", password_});
    }
    return connection->call({"SET", key_, "probe", "PX", "1000"}).is_status("OK");
  } catch (const ServerError&) {
    connection.reset();  // a reply may still be under way: only a new connection is in step again
    return false;
  }
}

}  // namespace rediscluster::testing
