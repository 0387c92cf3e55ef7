/// Where somebody wants a message: it is made there, and not moved. For one call; the variable outlives it. Pure.
#pragma once

#include <rediscluster/result.hpp>
#include <rediscluster/types/pubsub.hpp>

#include <optional>
#include <utility>

namespace rediscluster::pubsub {

class MessageSlot {
 public:
  MessageSlot(std::optional<Message>& alone) : alone_(&alone) {}                       // NOLINT: either stands for a slot
  MessageSlot(std::optional<Result<Message>>& as_result) : as_result_(&as_result) {}  // NOLINT

  /// @param from  a Message, or what turns into one.
  template <class From>
  void fill(From&& from) const {
    if (alone_ != nullptr) {
      alone_->emplace(std::forward<From>(from));
    } else {
      as_result_->emplace(tl::in_place, std::forward<From>(from));
    }
  }
  /// Of one that was filled.
  const Message& message() const { return alone_ != nullptr ? **alone_ : ***as_result_; }

 private:
  std::optional<Message>* alone_ = nullptr;  // one of the two
  std::optional<Result<Message>>* as_result_ = nullptr;
};

}  // namespace rediscluster::pubsub
