/// A pub/sub line fed with any bytes, and its book with whatever comes out: every command is settled at most once, a
/// message counts only where its subscription is confirmed, and the line breaks rather than guesses.
#include <cstdlib>
#include <cstring>

#include "pubsub/book.hpp"

namespace {

using namespace rediscluster;
using pubsub::Action;
using pubsub::Line;

void take(pubsub::Book& book, const Line::Event& event, int& settled) {
  const pubsub::Heard& heard = event.heard;
  const pubsub::Topic topic{heard.kind, std::string(heard.name)};
  if (event.kind == Line::Event::Kind::settled) {
    const auto verdict = event.settled.error ? pubsub::Book::Verdict::never : pubsub::Book::Verdict::fine;
    book.settled(0, event.settled.order, verdict, Error{}, {});
    ++settled;
  } else if (heard.what == pubsub::Heard::What::subscribed) {
    book.subscribed(0, topic);
  } else if (heard.what == pubsub::Heard::What::unsubscribed) {
    book.unsubscribed(0, topic);
    if (book.accepts(0, heard.kind, heard.name)) std::abort();
  } else if (heard.what != pubsub::Heard::What::message) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Line line{wire::Limits{}};
  pubsub::Book book([](int) { return base::Duration::zero(); });
  const auto route = [](const pubsub::Topic&) { return 0; };
  book.opened(0);
  for (const char* name : {"a", "b"}) {
    for (const auto kind : {SubscriptionKind::channel, SubscriptionKind::pattern, SubscriptionKind::sharded}) book.want({kind, name});
  }
  int ordered = 0;
  int settled = 0;
  bool is_broken = false;
  for (std::size_t at = 0; at < size && !is_broken;) {
    for (pubsub::Book::Instruction& each : book.plan(route, {})) {
      line.order(std::move(each.order));
      ++ordered;
    }
    const Line::Space space = line.receive_space();
    if (space.size == 0) std::abort();
    const std::size_t piece = std::min({space.size, size - at, std::size_t{1} + data[at] % 64});
    std::memcpy(space.data, data + at, piece);
    at += piece;
    line.received(piece);
    while (const auto event = line.next()) {
      is_broken = event->kind == Line::Event::Kind::broken;
      if (is_broken) break;
      take(book, *event, settled);
    }
    static_cast<void>(book.take_announcements());
  }
  if (settled > ordered) std::abort();
  return 0;
}
