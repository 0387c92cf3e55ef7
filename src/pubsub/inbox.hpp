/// Messages that nobody has read yet, within bounds. What has to be dropped leaves a gap message in its place.
/// Pure; not thread-safe: the desk that owns it holds a lock.
#pragma once

#include <rediscluster/options/pubsub.hpp>
#include <rediscluster/types/pubsub.hpp>

#include <deque>
#include <optional>
#include <vector>

namespace rediscluster::pubsub {

class Inbox {
 public:
  explicit Inbox(const PubSubOptions& options) : options_(options) {}

  void put(Message&& message);
  /// The next one to read; empty: there is none.
  std::optional<Message> take();
  bool is_empty() const { return size() == 0 && set_aside_.empty() && !front_gap_.is_open && !back_gap_.is_open; }
  /// Whether one message more would fit. With UnreadPolicy::stop_reading nobody should receive any more until it does.
  bool has_room() const { return size() < options_.max_unread_messages && bytes_ < options_.max_unread_bytes; }
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return older_.size() - read_ + newer_.size(); }
  void clear();

 private:
  struct Gap {
    bool is_open = false;
    std::int64_t dropped = 0;  // published messages

    void note(const Message& message) {
      is_open = true;
      dropped += message.is_published() ? 1 : message.gap == Message::Gap::unread_limit ? message.count : 0;
    }
  };
  bool is_over() const { return size() > options_.max_unread_messages || bytes_ > options_.max_unread_bytes; }
  void append(Message&& message);
  Message& oldest();
  void drop_oldest();
  void leave_oldest();
  Message close(Gap& gap) const;

  const PubSubOptions options_;
  std::vector<Message> older_;      // read from the front, and then they change places: no message takes memory of its own
  std::size_t read_ = 0;            // of those
  std::vector<Message> newer_;      // put in at the end
  std::size_t bytes_ = 0;           // of both
  Gap front_gap_;                   // before everything else: drop_oldest
  std::deque<Message> set_aside_;   // notices that must not be dropped, read right after front_gap_
  Gap back_gap_;                    // after everything else: drop_newest
};

}  // namespace rediscluster::pubsub
