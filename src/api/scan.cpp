// The iterators behind scan_iter(), hscan_iter() and their like.
#include "api/client.hpp"
#include "cluster/scan/element_walk.hpp"
#include "cluster/scan/key_walk.hpp"

#include <rediscluster/commands/hash.hpp>
#include <rediscluster/commands/set.hpp>
#include <rediscluster/commands/sorted_set.hpp>
#include <rediscluster/scan.hpp>

namespace rediscluster::detail {

struct KeyScanState : Begun {
  cluster::KeyWalk walk;
};

template <class T>
struct ElementScanState : Begun {
  cluster::ElementWalk<T> walk;
};

void DeleteScan::operator()(KeyScanState* state) const { delete state; }

template <class T>
void DeleteScan::operator()(ElementScanState<T>* state) const {
  delete state;
}

KeyScanPointer start_scan(Client& client, const ScanIterOptions& options) {
  return KeyScanPointer(new KeyScanState{Begun(share(client)), cluster::KeyWalk(client.cluster(), options)});
}

Result<KeyScanPointer> resume_scan(Client& client, std::string_view saved) {
  Result<routing::SavedScan> scan = routing::saved_scan_from_text(saved);
  if (!scan) return fail(std::move(scan.error()));
  return KeyScanPointer(new KeyScanState{Begun(share(client)), cluster::KeyWalk(client.cluster(), std::move(*scan))});
}

Result<std::optional<std::string>> next_key(KeyScanState& scan) {
  if (scan.is_inherited()) return begun_by_parent("the scan");
  return scan.walk.next();
}
namespace {

// Nothing at all instead of an empty one.
template <class T, class Scan>
bool take_read(Scan& scan, std::optional<Result<std::optional<T>>>& found) {
  if (scan.is_inherited()) return false;
  std::optional<T> read = scan.walk.take_read();
  if (!read) return false;
  found.emplace(std::move(read));
  return true;
}

}  // namespace

bool next_key_at_once(KeyScanState& scan, std::optional<Result<std::optional<std::string>>>& found) { return take_read(scan, found); }
std::string save_scan(const KeyScanState& scan) { return routing::to_text(scan.walk.save()); }
std::vector<SlotRun> uncovered_slots(const KeyScanState& scan) { return scan.walk.pending().runs(); }

namespace {

template <class T>
ElementScanPointer<T> scan_elements(Client& client, typename cluster::ElementWalk<T>::MakeCommand make_command) {
  return ElementScanPointer<T>(new ElementScanState<T>{Begun(share(client)), cluster::ElementWalk<T>(client.cluster(), std::move(make_command))});
}

}  // namespace

ElementScanPointer<HashEntry> scan_hash(Client& client, std::string_view key, const MatchOptions& options) {
  return scan_elements<HashEntry>(client, [key = std::string(key), options](const std::string& cursor) {
    return cmd::hscan(key, cursor, options);
  });
}

ElementScanPointer<std::string> scan_fields(Client& client, std::string_view key, const MatchOptions& options) {
  return scan_elements<std::string>(client, [key = std::string(key), options](const std::string& cursor) {
    return cmd::hscan_no_values(key, cursor, options);
  });
}

ElementScanPointer<std::string> scan_set(Client& client, std::string_view key, const MatchOptions& options) {
  return scan_elements<std::string>(client, [key = std::string(key), options](const std::string& cursor) {
    return cmd::sscan(key, cursor, options);
  });
}

ElementScanPointer<ScoredMember> scan_sorted_set(Client& client, std::string_view key, const MatchOptions& options) {
  return scan_elements<ScoredMember>(client, [key = std::string(key), options](const std::string& cursor) {
    return cmd::zscan(key, cursor, options);
  });
}

template <class T>
Result<std::optional<T>> next_element(ElementScanState<T>& scan) {
  if (scan.is_inherited()) return begun_by_parent("the scan");
  return scan.walk.next();
}

template <class T>
bool next_element_at_once(ElementScanState<T>& scan, std::optional<Result<std::optional<T>>>& found) {
  return take_read(scan, found);
}

#define ELEMENT(T)                                                                          \
  template Result<std::optional<T>> next_element(ElementScanState<T>&);                     \
  template bool next_element_at_once(ElementScanState<T>&, std::optional<Result<std::optional<T>>>&); \
  template void DeleteScan::operator()(ElementScanState<T>*) const;
ELEMENT(std::string)
ELEMENT(HashEntry)
ELEMENT(ScoredMember)
#undef ELEMENT

}  // namespace rediscluster::detail
