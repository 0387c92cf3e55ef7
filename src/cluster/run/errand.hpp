/// One command for one place, and its end: a reply that is no error, or an error.
#pragma once

#include "commands/command_view.hpp"
#include "wire/frame.hpp"

#include <rediscluster/result.hpp>

#include <memory>

namespace rediscluster::cluster {

class Node;

struct Errand {
  /// @param only_node  this node only, never redirected; null: the node that serves `at_slot`.
  Errand(const CommandView& what, int at_slot, Node* only_node = nullptr)
      : command(what), node(only_node), slot(static_cast<std::int16_t>(at_slot)), is_fixed(only_node != nullptr) {}

  CommandView command;
  wire::Frame reply{};             ///< The end, or:
  std::unique_ptr<Error> error{};  ///< complete: message, node, attempts, execution.
  Node* node;                      ///< Where the last attempt went; null: nowhere.
  int attempts = 1;
  std::int16_t slot;               ///< 0..16383, or Course::any_slot.
  bool is_fixed;
};

}  // namespace rediscluster::cluster
