/// A model of slots that move while commands come: refuses chosen commands with MOVED, ASK or TRYAGAIN as a cluster would,
/// and remembers in which order each slot's commands ran, over all nodes. Commands are `SET key number`. Thread-safe: the
/// nodes' threads call it.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <rediscluster/key_slot.hpp>
#include <set>

#include "scripted/play.hpp"

namespace play {

class MovingSlots {
 public:
  enum class Refusal { moved, ask, try_again };

  explicit MovingSlots(ScriptedCluster& cluster) : cluster_(cluster) {
    for (int i = 0; i < cluster.size(); ++i) {
      cluster[i].always("ASKING").answer_with([this, i](const CommandWords&) {
        std::lock_guard lock{mutex_};
        asking_.insert(i);
        return RawReply::status("OK");
      });
      cluster[i].always(starts_with({"SET"})).answer_with([this, i](const CommandWords& words) { return answer(i, words); });
    }
  }

  /// The command with this number is refused when it first comes, and what its slot's state means for the others, too.
  void refuse(int number, Refusal how) { planned_[number] = how; }
  /// Numbers of the commands of each slot, in the order they ran.
  std::map<int, std::vector<int>> ran() {
    std::lock_guard lock{mutex_};
    return ran_;
  }
  /// The same for each key. A slot that is being asked at two nodes has no order but that of its keys.
  std::map<std::string, std::vector<int>> ran_by_key() {
    std::lock_guard lock{mutex_};
    return ran_by_key_;
  }
  int refusals() {
    std::lock_guard lock{mutex_};
    return refusals_;
  }

 private:
  struct Slot {
    int owner = -1;
    std::optional<int> unstable{};  // the command that has to come again before anything of the slot runs
    bool has_come = false;          // once
    std::map<std::string, int> asked_at{};  // keys that have gone to another node
  };

  RawReply answer(int node, const CommandWords& words) {
    std::lock_guard lock{mutex_};
    const bool asking = asking_.erase(node) > 0;
    const std::string& key = words.at(1);
    const int number = std::stoi(words.at(2));
    const int at = rediscluster::keyslot(key);
    Slot& slot = slots_[at];
    if (slot.owner < 0) slot.owner = node;
    if (const std::optional<std::string> refusal = refusal_of(slot, node, asking, at, words)) return refused(*refusal);
    if (const auto planned = planned_.extract(number); !planned.empty()) {
      begin(slot, planned.mapped(), key, number);
      return refused(*refusal_of(slot, node, asking, at, words));
    }
    slot.unstable.reset();
    ran_[at].push_back(number);
    ran_by_key_[key].push_back(number);
    return RawReply::status("OK");
  }

  // What the state of the slot says to a command now; nothing: it runs.
  std::optional<std::string> refusal_of(Slot& slot, int node, bool asking, int at, const CommandWords& words) {
    const std::string& key = words.at(1);
    const int number = std::stoi(words.at(2));
    if (const auto gone = slot.asked_at.find(key); gone != slot.asked_at.end()) {
      if (gone->second != node) return ask_at(cluster_[gone->second], at);
      if (!asking) return moved_to(cluster_[slot.owner], at);
    } else if (slot.owner != node) {
      return moved_to(cluster_[slot.owner], at);
    }
    if (slot.unstable && !(*slot.unstable == number && slot.has_come)) {
      slot.has_come = slot.has_come || *slot.unstable == number;
      return "TRYAGAIN Multiple keys request during rehashing of slot";
    }
    return std::nullopt;
  }

  void begin(Slot& slot, Refusal how, const std::string& key, int number) {
    const int next = (slot.owner + 1) % cluster_.size();
    switch (how) {
      case Refusal::moved: slot.owner = next; break;
      case Refusal::ask: slot.asked_at[key] = next; break;
      case Refusal::try_again:
        slot.unstable = number;
        slot.has_come = false;
        break;
    }
  }

  RawReply refused(std::string text) {
    ++refusals_;
    return RawReply::error(std::move(text));
  }

  ScriptedCluster& cluster_;
  std::mutex mutex_;  // guards what follows
  std::map<int, Refusal> planned_;
  std::map<int, Slot> slots_;
  std::set<int> asking_;
  std::map<int, std::vector<int>> ran_;
  std::map<std::string, std::vector<int>> ran_by_key_;
  int refusals_ = 0;
};

}  // namespace play
