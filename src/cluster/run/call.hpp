/// One command on its way: its options, and in the end its reply. Lives on the stack of the calling thread.
#pragma once

#include "drive/caller_lane.hpp"

#include <rediscluster/command.hpp>
#include <rediscluster/policies.hpp>

#include <optional>
#include <stop_token>
#include <string>

namespace rediscluster::cluster {

class Node;

/// What the caller says about one command beyond the command itself.
struct CallOptions {
  std::optional<std::chrono::milliseconds> timeout{};  ///< For all of it, its wait on a server included.
  /// Without a timeout: how long it may take beside its wait on a server, instead of options.command_timeout.
  std::optional<std::chrono::milliseconds> beside_wait{};
  Node* node = nullptr;                                ///< Exactly this node, never redirected.
  std::optional<int> slot{};                           ///< The node that serves this slot, whatever the command says.
  const std::stop_token* stop = nullptr;               ///< Cancels the call; null: nobody does.
  bool stops_before_sent = false;                      ///< Only until it is on its way to a server.
};

/// What the caller says about many commands that are run together.
struct BatchOptions {
  std::optional<std::chrono::milliseconds> timeout{};  ///< For all of them; instead of options.command_timeout.
  std::optional<ReadFrom> read_from{};                 ///< Instead of the client's.
};

/// Where the reply of a finished command stands until it is decoded.
class Call {
 public:
  /// The reply: of the last attempt, or the merged one.
  const wire::Frame& reply() const { return merged_ ? *merged_ : ticket_->reply(); }

  /// A ticket for the next attempt; the one before it is over.
  drive::LaneTicket& next_attempt(std::uint32_t skipped_replies) {
    ++attempts_;
    drive::LaneTicket& ticket = ticket_.emplace(skipped_replies);
    ticket.collect_long_text(long_text_);
    return ticket;
  }
  /// Where a long string may go, if that is the reply. Must outlive the call.
  void collect_long_text(std::string& text) { long_text_ = &text; }
  /// Whether it went there: then reply() holds nothing.
  bool has_long_text() const { return !merged_ && ticket_->has_long_text(); }
  const drive::LaneTicket& last_attempt() const { return *ticket_; }
  /// How often a ticket was asked for; 0: several nodes took part.
  int attempts() const { return attempts_; }
  /// For what a merged reply may look into.
  base::BlockKeeper& keeper() { return keeper_ ? *keeper_ : keeper_.emplace(); }
  void set_merged(wire::Frame reply) { merged_ = std::move(reply); }
  /// That of a command that somebody else has carried to its end.
  void take_carried(wire::Frame reply, const Node* answered_by, int attempts) {
    merged_ = std::move(reply);
    answered_by_ = answered_by;
    attempts_ = attempts;
  }
  /// The node that answered; null when several took part.
  const Node* answered_by() const { return answered_by_; }
  void set_answered_by(const Node* node) { answered_by_ = node; }

 private:
  std::optional<drive::LaneTicket> ticket_;
  std::optional<base::BlockKeeper> keeper_;  // most calls need none
  std::optional<wire::Frame> merged_;
  const Node* answered_by_ = nullptr;
  std::string* long_text_ = nullptr;
  int attempts_ = 0;
};

}  // namespace rediscluster::cluster
