/// Replies as values, or as errors that name who gave them.
#pragma once

#include "cluster/nodes/node.hpp"
#include "wire/decode.hpp"

namespace rediscluster::detail {

// Of a reply that is none for this command: who gave it. Null and 0: several nodes, or nobody knows.
struct Sender {
  const cluster::Node* node = nullptr;
  int attempts = 0;
};

[[gnu::cold, gnu::noinline]] inline void name_sender(Error& error, Sender sender) {
  if (sender.node != nullptr) error.node = sender.node->address();
  error.attempts = sender.attempts;
}

// Once for each type, called by every run: inlined into all of them it was a third of what the library's build took.
template <class T>
[[gnu::noinline]] Result<T> read_reply(const wire::Frame& reply, const CommandFacts& facts, Sender sender) {
  Result<T> value = wire::decode<T>(reply, facts);
  if (!value) [[unlikely]]
    name_sender(value.error(), sender);
  return value;
}

}  // namespace rediscluster::detail
