// What comes in on the connections of a pub/sub object.
#include "cluster/listen/pubsub_pump.hpp"

#include "cluster/listen/subscribe_error.hpp"
#include "cluster/run/redirect_reply.hpp"

#include <new>

namespace rediscluster::cluster {
namespace {

using pubsub::Book;
using pubsub::Line;

constexpr int chunks_a_turn = 16;                         // of one connection before the others have their turn

Message message_from(const pubsub::Heard& heard) {
  Message message{.type = static_cast<Message::Type>(heard.kind),  // message, pmessage, smessage: in the order of the kinds
                  .kind = heard.kind,
                  .channel = std::string(heard.channel.data(), heard.channel.size()),
                  .data = std::string(heard.text.data(), heard.text.size())};
  if (heard.kind == SubscriptionKind::pattern) message.pattern = heard.name;
  return message;
}

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

void PubSubPump::wait(base::Deadline deadline) {
  std::vector<net::Watch> watches;
  std::vector<Place> watched;
  const bool reads = may_read();
  bool has_more = false;
  for (Place place = 0; place < places(); ++place) {
    if (!link(place).is_open()) continue;
    watches.push_back(link(place).watch(reads));
    watched.push_back(place);
    has_more = has_more || (reads && link(place).may_have_more);
  }
  mail_.poller().wait(watches, has_more ? base::Deadline::at({}) : deadline);
  for (std::size_t i = 0; i < watched.size(); ++i) {
    PubSubLink& each = link(watched[i]);
    if (watches[i].can_read || (reads && each.may_have_more)) receive(watched[i]);
  }
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
  each.may_have_more = true;
  const bool may_have_stopped = options_.when_full == UnreadPolicy::stop_reading;
  if (may_have_stopped && !process(place)) return;  // what there was no room for before
  for (int chunk = 0; chunk < chunks_a_turn && may_read(); ++chunk) {
    const Result<bool> got = each.receive(base::Clock::now());
    if (!got) return drop(place, got.error().message);
    if (*got && !process(place)) return;
    if (!each.may_have_more) {
      each.may_have_more = each.has_unread;  // there may be room by now for what there was none before
      return;
    }
    if (is_readers_turn_ && has_unread()) return;  // he is to read what there is, and more does not become too much meanwhile
  }
}

// False: the connection made no sense and is gone.
bool PubSubPump::process(Place place) {
  std::vector<Moved> moves;
  const char* broken = nullptr;
  bool has_notices = false;
  {
    std::lock_guard lock{desk_.mutex};
    const auto take_in = [&](const pubsub::Heard& heard) {
      if (desk_.book.accepts(place, heard.kind, heard.name, heard.channel)) desk_.inbox.put(message_from(heard));
    };
    Line& line = link(place).line();
    while (may_take_more()) {
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
    link(place).has_unread = !may_take_more();
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
