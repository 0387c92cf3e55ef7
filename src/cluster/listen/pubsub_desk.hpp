/// What the users of a pub/sub object and who reads its connections share: the book, the unread messages, and those who wait for either.
/// All of it is guarded by the mutex, which nobody holds over a call of the user's or one that may block.
#pragma once

#include "base/condition.hpp"
#include "pubsub/book.hpp"
#include "pubsub/inbox.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace rediscluster::cluster {

struct PubSubDesk {
  PubSubDesk(const PubSubOptions& options, pubsub::Book::Pause pause)
      : ignores_notices(options.ignore_subscribe_messages), book(std::move(pause)), inbox(options) {}

  /// Puts what the book has to tell before whatever comes next. With the mutex held.
  void deliver_announcements() {
    for (Message& message : book.take_announcements()) {
      if (message.type == Message::Type::gap) untold_gaps.push_back(message);
      const bool is_notice = message.type >= Message::Type::subscribe && message.type <= Message::Type::sunsubscribe;
      if (!(is_notice && ignores_notices)) inbox.put(std::move(message));
    }
  }

  /// Has all who wait for messages look again.
  void wake_readers() {
    { std::lock_guard lock{mutex}; }  // nobody is between looking and sleeping now
    unread.notify_all();
  }
  /// Nothing will come any more.
  void close() {
    {
      std::lock_guard lock{mutex};
      is_closed = true;
    }
    unread.notify_all();
    answered.notify_all();
  }

  std::mutex mutex;
  base::Condition unread;    // the inbox has something, the book became empty, it is closed, or a reader may have the turns
  base::Condition answered;  // a subscription was confirmed, refused or dropped, or it is closed
  const bool ignores_notices;
  pubsub::Book book;
  pubsub::Inbox inbox;
  std::map<pubsub::Topic, std::shared_ptr<const MessageHandler>> handlers;  // shared with readers that are calling one
  std::vector<Message> untold_gaps;  // that the client's hooks have not heard of
  int waiting_readers = 0;           // for `unread`
  bool is_closed = false;
};

}  // namespace rediscluster::cluster
