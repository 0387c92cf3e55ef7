#include "pubsub/inbox.hpp"

#include <utility>

namespace rediscluster::pubsub {
namespace {

constexpr std::size_t kept_capacity = 1024;  // messages; more are made room for when they come

std::size_t size_of(const Message& message) {
  return sizeof(Message) + message.pattern.size() + message.channel.size() + message.data.size();
}

}  // namespace

void Inbox::append(Message&& message) {
  const std::size_t size = size_of(message);
  newer_.push_back(std::move(message));
  bytes_ += size;
}

// There is one.
Message& Inbox::oldest() {
  if (read_ == older_.size()) {
    older_.clear();
    read_ = 0;
    if (older_.capacity() > kept_capacity) std::vector<Message>().swap(older_);
    older_.swap(newer_);
  }
  return older_[read_];
}

void Inbox::leave_oldest() {
  ++read_;
  if (read_ < older_.size() || older_.size() <= kept_capacity) return;
  std::vector<Message>().swap(older_);
  read_ = 0;
}

void Inbox::drop_oldest() {
  Message& dropped = oldest();
  const std::size_t size = size_of(dropped);
  // That a subscription has ended is told only once, and there is one such notice a subscription at most.
  if (dropped.type == Message::Type::refused) {
    set_aside_.push_back(std::move(dropped));
  } else {
    front_gap_.note(dropped);
    dropped = Message();  // gives its memory back
  }
  bytes_ -= size;
  leave_oldest();
}

void Inbox::put(Message&& message) {
  if (options_.when_full != UnreadPolicy::drop_newest) {
    append(std::move(message));
    while (options_.when_full == UnreadPolicy::drop_oldest && is_over() && size() > 1) drop_oldest();
    return;
  }
  const std::size_t entries = size() + 1 + (back_gap_.is_open ? 1 : 0);
  const bool fits = entries <= options_.max_unread_messages && bytes_ + size_of(message) <= options_.max_unread_bytes;
  if (!fits && size() > 0 && message.type != Message::Type::refused) return back_gap_.note(message);
  if (back_gap_.is_open) append(close(back_gap_));
  append(std::move(message));
}

std::optional<Message> Inbox::take() {
  if (front_gap_.is_open) return close(front_gap_);
  if (!set_aside_.empty()) {
    Message notice = std::move(set_aside_.front());
    set_aside_.pop_front();
    return notice;
  }
  if (size() > 0) {
    Message& next = oldest();
    bytes_ -= size_of(next);
    std::optional<Message> message(std::move(next));
    leave_oldest();
    return message;
  }
  if (back_gap_.is_open) return close(back_gap_);
  return std::nullopt;
}

void Inbox::clear() {
  older_.clear();
  newer_.clear();
  read_ = 0;
  set_aside_.clear();
  bytes_ = 0;
  front_gap_ = back_gap_ = Gap{};
}

// The gap as a message for all subscriptions; what is dropped later opens a new one.
Message Inbox::close(Gap& gap) const {
  const Gap closed = std::exchange(gap, Gap{});
  Message message;
  message.type = Message::Type::gap;
  message.gap = Message::Gap::unread_limit;
  message.count = closed.dropped;
  message.data = std::to_string(closed.dropped) + " messages were dropped unread: at most " + std::to_string(options_.max_unread_messages) +
                 " messages and " + std::to_string(options_.max_unread_bytes) + " bytes are kept";
  return message;
}

}  // namespace rediscluster::pubsub
