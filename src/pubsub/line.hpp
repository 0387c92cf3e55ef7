/// One pub/sub connection without a socket: commands become bytes, bytes become what they say, and errors find the
/// command they belong to.
///
/// Such a connection has no replies to count: a server may send (un)subscribe notices at any time, also unasked, and an
/// unasked one looks like the answer to a command. So every command is followed by a fence, a PING with a number of its
/// own: what is an error between two fences belongs to the command between them, and when the fence comes back nothing
/// more will come of it. Names are matched by kind and text, never by order.
///
/// Pure; not thread-safe.
#pragma once

#include "pubsub/heard.hpp"
#include "wire/frame_scanner.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace rediscluster::pubsub {

enum class Action : std::uint8_t { subscribe, unsubscribe };

/// One command of the (un)subscribe families.
struct Order {
  Action action = Action::subscribe;
  SubscriptionKind kind = SubscriptionKind::channel;
  std::vector<std::string> names{};
};

/// "SUBSCRIBE", "SUNSUBSCRIBE", ...
std::string_view command_name(Action action, SubscriptionKind kind);

class Line {
 public:
  explicit Line(const wire::Limits& limits);

  // Sending.
  void order(Order order);
  /// A fence of its own, to see whether the peer is there.
  void ping() { fence(); }
  /// Says an encoded AUTH, in line. Refused: the connection is broken, so that one made anew says who we are.
  void log_in(std::string_view auth);
  std::string_view unsent() const { return std::string_view(out_).substr(sent_); }
  void sent(std::size_t size);
  /// Whether something was said that is still to be answered.
  bool is_waiting() const { return !waiting_.empty(); }

  // Receiving.
  struct Space {
    char* data;
    std::size_t size;
  };
  /// Where to receive into. Valid until received().
  Space receive_space();
  void received(std::size_t size) { filled_ += size; }
  /// Whether something was received that has not come out yet, and how many bytes.
  bool has_unread() const { return held_ || filled_ != begin_; }
  std::size_t unread() const { return filled_ - begin_; }

  /// A command to which nothing more will come.
  struct Settled {
    Order order;
    std::optional<std::string> error{};  ///< The error reply, if it was refused.
  };
  /// What comes out of the bytes received; one of the three is meant.
  struct Event {
    enum class Kind : std::uint8_t { heard, settled, broken };
    Kind kind = Kind::heard;
    Heard heard{};          ///< message, subscribed or unsubscribed. Its texts are valid until the next next().
    Settled settled{};
    const char* broken = "";  ///< The connection makes no sense any more and must be closed: why.
  };
  /// The next event, if it is a message, and a short one as servers write them: then next() would say the same. Its texts are valid until
  /// the next event.
  bool next_message(Heard& heard);
  /// The same of any message, however it is written. What is something else is kept for next(), and everything behind it, too.
  bool next_message_of_any_size(Heard& heard);
  /// The next event; empty: more bytes are needed.
  std::optional<Event> next();

 private:
  struct Waiting {
    std::uint64_t fence;
    std::optional<Order> order;  // empty: a bare fence
    std::optional<std::string> error{};
    std::size_t answered = 0;  // names of the order that a notice has come for
    bool is_login_open = false;  // an AUTH stands before the fence, and is not answered
  };
  void fence();
  bool read_frame(std::string_view& frame);
  std::optional<Event> judge(const Heard& heard);
  void note_answer(const Heard& heard);
  void note_pong(std::string_view text);
  void note_error(std::string_view text);
  std::optional<Event> take_settled();

  std::string out_;
  std::size_t sent_ = 0;
  bool holds_secret_ = false;  // out_ does
  std::uint64_t last_fence_ = 0;
  std::deque<Waiting> waiting_;  // fences not yet back, oldest first
  std::uint64_t fence_back_ = 0; // this one and all before it are back

  bool is_settled() const { return !waiting_.empty() && waiting_.front().fence <= fence_back_; }

  wire::FrameScanner scanner_;
  std::size_t quick_size_;  // a message of so many bytes is within all limits
  std::vector<char> in_;
  std::size_t begin_ = 0;   // of the frame being received
  std::size_t filled_ = 0;
  std::size_t wanted_ = 0;  // bytes the frame is known to need
  const char* broken_ = nullptr;
  std::optional<Event> held_;  // is next; nothing is received before it has come out
};

}  // namespace rediscluster::pubsub
