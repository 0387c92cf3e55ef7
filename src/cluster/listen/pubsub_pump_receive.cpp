// What comes in on the connections of a pub/sub object.
#include "cluster/listen/pubsub_pump.hpp"

#include "cluster/listen/subscribe_error.hpp"
#include "cluster/run/redirect_reply.hpp"

#include <algorithm>
#include <new>

namespace rediscluster::cluster {
namespace {

using pubsub::Book;
using pubsub::Line;

constexpr std::chrono::milliseconds reader_patience{50};  // what a reader has not taken by then is taken in for him
constexpr int chunks_a_turn = 16;  // of one connection before the others have their turn
constexpr int chunks_of_a_fiber = 1;  // whose thread others wait for

// What a reader may leave in a line: less than the options let lie unread, so that nothing of it would have been dropped.
constexpr std::size_t most_left_bytes = 64 * 1024;
constexpr std::size_t least_message_bytes = 29;  // on the line: three strings, two of them empty
constexpr std::size_t most_left_messages = most_left_bytes / least_message_bytes;
constexpr std::size_t most_left_memory = most_left_bytes + most_left_messages * sizeof(Message);

// What becomes a message where that is wanted, and is not moved there.
struct Told {
  const pubsub::Heard& heard;
  operator Message() const {
    return {.type = static_cast<Message::Type>(heard.kind),  // message, pmessage, smessage: in the order of the kinds
            .kind = heard.kind,
            .pattern = heard.kind == SubscriptionKind::pattern ? std::string(heard.name) : std::string(),
            .channel = std::string(heard.channel),
            .data = std::string(heard.text)};
  }
};

}  // namespace

bool PubSubPump::may_read() {
  std::lock_guard lock{desk_.mutex};
  return may_take_more();
}

bool PubSubPump::has_unread() {
  std::lock_guard lock{desk_.mutex};
  return !desk_.inbox.is_empty();
}

// With the desk's mutex held. One receipt holds many messages: those without room stay in the line.
bool PubSubPump::may_take_more() const { return options_.when_full != UnreadPolicy::stop_reading || desk_.inbox.has_room(); }

// Whether somebody has woken it.
bool PubSubPump::wait(base::Deadline deadline) {
  watches_.clear();
  watched_.clear();
  const bool reads = may_read();
  const Place left = left_to_readers();
  bool has_more = false;
  for (Place place = 0; place < places(); ++place) {
    if (!link(place).is_open()) continue;
    watches_.push_back(link(place).watch(reads && place != left));
    watched_.push_back(place);
    has_more = has_more || (reads && place != left && link(place).has_more());
  }
  if (left != pubsub::nowhere) deadline = earlier(deadline, base::Deadline::at(left_until_));
  leave_links();
  const bool is_woken = mail_.poller().wait(watches_, has_more ? base::Deadline::at({}) : deadline);
  come_to_links();
  const Place still_left = left_to_readers();
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    PubSubLink& each = link(watched_[i]);
    each.may_have_more = each.may_have_more || watches_[i].can_read;
    if (watched_[i] != still_left && (watches_[i].can_read || (reads && each.has_more()))) receive(watched_[i]);
  }
  return is_woken;
}

// Readers may be there while nobody else is.
void PubSubPump::come_to_links() {
  std::lock_guard lock{desk_.mutex};
  is_at_links_ = true;
}

void PubSubPump::leave_links() {
  bool has_left = false;
  {
    std::lock_guard lock{desk_.mutex};
    is_at_links_ = false;
    has_left = may_take_left() && desk_.waiting_readers > 0;
  }
  if (has_left) desk_.unread.notify_all();
}

// Not when somebody waits for an answer that may be there, too.
pubsub::Place PubSubPump::left_to_readers() {
  std::lock_guard lock{desk_.mutex};
  if (left_at_ == pubsub::nowhere || is_readers_turn_ || is_unsettled_ || base::Clock::now() >= left_until_) return pubsub::nowhere;
  return left_at_;
}

// A message that there is no memory for is lost; nothing may be thrown out of this thread.
void PubSubPump::receive(Place place) {
  try {
    receive_some(place);
  } catch (const std::bad_alloc&) {
    drop(place, "there was no memory for what it said");
  }
}

void PubSubPump::receive_some(Place place) {
  PubSubLink& each = link(place);
  if (each.has_unread && !process(place, is_readers_turn_)) return;
  const int most = base::Fiber::current() != nullptr ? chunks_of_a_fiber : chunks_a_turn;
  for (int chunk = 0; chunk < most && each.may_have_more && !each.has_unread && may_read(); ++chunk) {
    if (is_readers_turn_ && has_unread()) return;  // he is to read what there is, and more does not become too much meanwhile
    const Result<bool> got = each.receive(base::Clock::now());
    if (!got) return drop(place, got.error().message);
    if (*got && !process(place, true)) return;
  }
}

// With the desk's mutex held. What a reader takes at once is built where he wants it, and not kept meanwhile. One connection at a time: the
// others' messages would have to wait until he is through. And for one reader: the others are told of what is in the inbox.
bool PubSubPump::leaves_rest(Place place) {
  const int waiting = desk_.waiting_readers + (is_readers_turn_ ? 1 : 0);
  const bool is_for_one = std::max(waiting, has_a_taker_ ? 1 : 0) == 1;
  return is_for_one && !is_unsettled_ && (left_at_ == pubsub::nowhere || left_at_ == place) && !desk_.inbox.is_empty() && link(place).line().unread() <= most_left_bytes &&
         options_.max_unread_messages >= most_left_messages && options_.max_unread_bytes >= most_left_memory;
}

// With the desk's mutex held, at the links or while nobody is. What there is no memory for is lost, and a gap has to tell of it: everything
// begins anew. False: there is nothing more.
template <class Take>
bool PubSubPump::look_at_rest(Place place, Take&& take) {
  PubSubLink& each = link(place);
  try {
    for (pubsub::Heard heard; may_take_more() && each.line().next_message_of_any_size(heard);) {
      if (!desk_.book.accepts(place, heard.kind, heard.name, heard.channel)) continue;
      if (take(Told{heard})) return true;
    }
  } catch (const std::bad_alloc&) {
    begins_anew_ = true;
    wake();
    throw;
  }
  each.has_unread = each.line().has_unread();  // something else, or not whole: the next turn sees
  if (left_at_ == place) left_at_ = pubsub::nowhere;
  if (has_turn_) mail_.poller().wake();  // who waits for the connections may receive again
  return false;
}

bool PubSubPump::take_left(pubsub::MessageSlot slot) {
  if (!may_take_left()) return false;
  const bool is_taken = look_at_rest(left_at_, [&](const Told& told) {
    slot.fill(told);
    return true;
  });
  has_a_taker_ = !is_taken;
  return is_taken;
}

void PubSubPump::take_in_rest(Place place) {
  look_at_rest(place, [&](const Told& told) {
    desk_.inbox.put(told);
    return false;
  });
}

void PubSubPump::take_in_rests() {
  for (Place place = 0; place < places(); ++place) {
    if (link(place).has_unread) take_in_rest(place);
  }
}

// Who is at the links is so for less than a millisecond, unless a hook of the user's holds him up: nobody waits for that.
void PubSubPump::settle_rests(std::unique_lock<std::mutex>& lock) {
  if (is_in_turn()) return;
  for (int looks = 0; is_at_links_ && !desk_.is_closed && looks < 20; ++looks) desk_.unread.wait_for(lock, std::chrono::milliseconds(1));
  if (!is_at_links_ && !desk_.is_closed) take_in_rests();
}

// False: the connection made no sense and is gone.
bool PubSubPump::process(Place place, bool may_leave) {
  std::vector<Moved> moves;
  const char* broken = nullptr;
  bool has_notices = false;
  {
    std::lock_guard lock{desk_.mutex};
    const auto take_in = [&](const pubsub::Heard& heard) {
      if (desk_.book.accepts(place, heard.kind, heard.name, heard.channel)) desk_.inbox.put(Told{heard});
    };
    Line& line = link(place).line();
    bool leaves = false;
    while (may_take_more() && !(leaves = may_leave && leaves_rest(place))) {
      if (pubsub::Heard heard; line.next_message(heard)) {
        take_in(heard);
        continue;
      }
      const std::optional<Line::Event> event = line.next();
      if (!event) break;
      const pubsub::Heard& heard = event->heard;
      if (event->kind == Line::Event::Kind::broken) {
        broken = event->broken;
        break;
      }
      if (event->kind == Line::Event::Kind::heard && heard.what == pubsub::Heard::What::message) {
        take_in(heard);
        continue;
      }
      has_notices = true;
      if (event->kind == Line::Event::Kind::settled) {
        settle(place, event->settled, moves);
      } else if (heard.what == pubsub::Heard::What::subscribed) {
        desk_.book.subscribed(place, {heard.kind, std::string(heard.name)});
      } else if (desk_.book.unsubscribed(place, {heard.kind, std::string(heard.name)})) {
        cluster_.refresher().request();
      }
      desk_.deliver_announcements();
    }
    link(place).has_unread = leaves || !may_take_more();
    if (may_leave) has_a_taker_ = false;
    if (leaves) {
      left_at_ = place;
      left_until_ = link(place).last_heard + std::min<base::Duration>(reader_patience, options_.silence_limit / 4);
    } else if (left_at_ == place) {
      left_at_ = pubsub::nowhere;
    }
  }
  desk_.unread.notify_all();
  if (has_notices) desk_.answered.notify_all();
  for (const Moved& moved : moves) learn(moved);
  if (broken == nullptr) broken = std::exchange(must_end_, nullptr);
  if (broken != nullptr) drop(place, broken);
  return broken == nullptr;
}

void PubSubPump::settle(Place place, const Line::Settled& settled, std::vector<Moved>& moves) {
  Book::Verdict verdict = verdict_on(settled.error);
  if (stays_at_ != nullptr && verdict == Book::Verdict::elsewhere) verdict = Book::Verdict::never;
  Error error;
  Node& node = link(place).node();
  if (settled.error) error = subscribe_error(*settled.error, settled.order, node.address());
  if (error.code == Errc::no_auth) must_end_ = "the server wants to know again who we are";  // a new connection asks for fresh credentials
  if (error.code == Errc::unblocked) must_end_ = "somebody ended the wait of a command on it (CLIENT UNBLOCK)";  // which may still run
  if (verdict == Book::Verdict::elsewhere) moves.push_back({*settled.error, &node});
  desk_.book.settled(place, settled.order, verdict, error, base::Clock::now());
}

void PubSubPump::learn(const Moved& moved) {
  const Result<wire::Redirect> redirect = redirect_in(moved.error, *moved.told_by);
  const bool is_usable = redirect && !redirect->unusable_host && cluster_.config().allows(cluster_.topology().remapped(redirect->target)) &&
                         cluster_.topology().has_room(redirect->target);
  if (is_usable) cluster_.topology().learn(redirect->slot, redirect->target, base::Clock::now());
  cluster_.config().reporter->report(is_usable ? Event::Kind::moved : Event::Kind::bad_redirect, [&](Event& event) {
    event.node = moved.told_by->address();
    if (redirect) event.other = redirect->target;
    if (redirect) event.slot = redirect->slot;
    event.message = "a sharded subscription was sent elsewhere";
  });
  cluster_.refresher().note_moved();
}

}  // namespace rediscluster::cluster
