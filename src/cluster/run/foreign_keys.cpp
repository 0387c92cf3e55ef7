#include "cluster/run/foreign_keys.hpp"

#include "cluster/run/own_view.hpp"
#include "wire/reply_cursor.hpp"
#include "wire/write_reply.hpp"

#include <unordered_set>

namespace rediscluster::cluster {
namespace {

using Keys = std::vector<std::string_view>;

// Nothing when the reply is no array of texts.
std::optional<Keys> keys_in(const wire::Frame& reply) {
  wire::ReplyCursor cursor(reply.bytes());
  wire::ReplyValue value;
  if (!cursor.next(value) || !value.is_aggregate()) return std::nullopt;
  Keys keys;
  for (std::uint64_t left = value.count; left > 0; --left) {
    if (!cursor.next(value) || (value.type != '$' && value.type != '+')) return std::nullopt;
    keys.push_back(value.text);
  }
  return keys;
}

std::optional<wire::ReplyValue> value_in(const wire::Frame& reply) {
  wire::ReplyValue value;
  wire::ReplyCursor cursor(reply.bytes());
  return cursor.next(value) ? std::optional(value) : std::nullopt;
}

wire::Frame frame_of(const Keys& keys) {
  std::string bytes = wire::header('*', static_cast<std::int64_t>(keys.size()));
  for (const std::string_view key : keys) bytes += wire::bulk(key);
  return wire::own(bytes);
}

bool is_foreign_by_map(const Topology& topology, const Node* node, std::string_view key) {
  const Shard* shard = topology.shard_of(keyslot(key));
  return shard != nullptr && shard->primary != node;
}

/// What nodes say of their own slots, each asked once, and only when the map says otherwise.
class OwnSlots {
 public:
  OwnSlots(const Topology& topology, base::Deadline deadline) : topology_(topology), deadline_(deadline) {}

  enum class Whose : std::uint8_t { own, arriving, foreign };
  Whose whose(Node& node, std::string_view key) {
    if (!is_foreign_by_map(topology_, &node, key)) return Whose::own;
    const std::optional<slots::OwnView>& view = view_of(node);
    const int slot = keyslot(key);
    if (!view || view->owns(slot)) return Whose::own;
    return view->arriving.contains(slot) ? Whose::arriving : Whose::foreign;
  }

 private:
  const std::optional<slots::OwnView>& view_of(Node& node) {
    const auto [entry, is_new] = views_.try_emplace(&node);
    if (is_new) {
      if (Result<slots::OwnView> view = ask_own_slots(node, deadline_, base::Clock::now())) entry->second = std::move(*view);
    }
    return entry->second;
  }
  const Topology& topology_;
  const base::Deadline deadline_;
  std::map<const Node*, std::optional<slots::OwnView>> views_;
};

/// The keys of one reply.
struct Part {
  Errand* errand;
  Keys keys;       // that are the node's
  Keys arriving;   // whose slots are on their way to it
  bool is_changed = false;
};

Part part_of(Errand& errand, OwnSlots& slots) {
  Part part{&errand, {}, {}};
  const std::optional<Keys> keys = errand.error || errand.node == nullptr ? std::nullopt : keys_in(errand.reply);
  if (!keys) return part;
  for (const std::string_view key : *keys) {
    const OwnSlots::Whose whose = slots.whose(*errand.node, key);
    if (whose == OwnSlots::Whose::own) part.keys.push_back(key);
    if (whose == OwnSlots::Whose::arriving) part.arriving.push_back(key);
  }
  part.is_changed = part.keys.size() < keys->size();
  return part;
}

// A key of a slot on its way is at one of two nodes; at both while it is being copied.
void take_over_arriving(std::vector<Part>& parts) {
  if (std::all_of(parts.begin(), parts.end(), [](const Part& each) { return each.arriving.empty(); })) return;
  std::unordered_set<std::string_view> told;
  for (const Part& each : parts) told.insert(each.keys.begin(), each.keys.end());
  for (Part& each : parts) {
    for (const std::string_view key : each.arriving) {
      if (told.insert(key).second) each.keys.push_back(key);
    }
  }
}

}  // namespace

void leave_out_foreign_keys(std::span<Errand> errands, const Topology& topology, base::Deadline deadline) {
  OwnSlots slots(topology, deadline);
  std::vector<Part> parts;
  for (Errand& errand : errands) parts.push_back(part_of(errand, slots));
  take_over_arriving(parts);
  for (Part& each : parts) {
    if (each.is_changed) each.errand->reply = frame_of(each.keys);  // a new one first: the keys look into the old one
  }
}

void ask_until_found(Errand& errand, const Surroundings& surroundings, base::Deadline deadline) {
  constexpr int most_tries = 16;  // of a node that has keys of its own among others
  OwnSlots slots(surroundings.topology, deadline);
  base::Random random(surroundings.config.randomness->next());
  std::vector<Topology::ServingShard> shards = surroundings.topology.shards();
  random.shuffle(shards);
  for (std::size_t next = 0, tries = 0; !errand.error && errand.node != nullptr;) {
    const std::optional<wire::ReplyValue> key = value_in(errand.reply);
    if (!key || key->is_aggregate()) return;  // it answers something else: for the caller to see
    if (!key->is_nil() && slots.whose(*errand.node, key->text) != OwnSlots::Whose::foreign) return;
    const bool is_asked_again = !key->is_nil() && ++tries < most_tries;
    if (!is_asked_again) {
      tries = 0;
      if (next == shards.size()) break;
    }
    errand = Errand(errand.command, is_asked_again ? errand.slot : shards[next++].slot);
    run_errands(surroundings, deadline, std::span(&errand, 1));
  }
  if (!errand.error) errand.reply = wire::nil_frame();
}

}  // namespace rediscluster::cluster
