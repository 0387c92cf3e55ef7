/// A link driven by any choice of operations - submit, stage, sent, received in any pieces, abandon, fail - against a
/// model that counts; and a link fed with any bytes. Input: the choices, two bytes each; then they serve as the stream.
#include <cstdlib>

#include "../unit/link/link_model.hpp"

namespace {

using namespace rediscluster;

void follow_choices(const std::uint8_t* data, std::size_t size) {
  std::size_t at = 0;
  bool exhausted = false;
  link::LinkModel model(
      [&](std::size_t below) -> std::size_t {
        if (at + 2 > size) {
          exhausted = true;
          return 0;
        }
        const std::size_t number = data[at] + 256u * data[at + 1];
        at += 2;
        return number % below;
      },
      [](const char*) { std::abort(); });
  for (int step = 0; step < 2000 && !exhausted; ++step) model.step();
}

// Whatever comes, every ticket ends exactly once.
void follow_stream(const std::uint8_t* data, std::size_t size) {
  link::Link link;
  std::vector<wire::Frame> frames(3);
  link::Ticket one;
  link::Ticket batch(frames, 1);
  link::Ticket last;
  link.submit("a", one);
  link.submit("bbbb", batch);
  link.submit("c", last);
  link.sent(link.stage().size());
  link::TicketList finished;
  int ended = 0;
  auto state = link::Link::Feed::fine;
  for (std::size_t at = 0; at < size && state == link::Link::Feed::fine;) {
    const link::Link::Space space = link.receive_space();
    if (space.size == 0) std::abort();
    const std::size_t piece = std::min({space.size, size - at, std::size_t{1} + data[at] % 32});
    std::memcpy(space.data, data + at, piece);
    at += piece;
    state = link.received(piece, finished);
  }
  link.fail({Errc::connection_lost, "end", {}, 0, Execution::maybe_executed}, finished);
  while (const link::Ticket* ticket = finished.pop()) {
    if (ticket->waiting()) std::abort();
    if (ticket->state() == link::Ticket::State::lost && !ticket->was_sent()) std::abort();
    ++ended;
  }
  if (ended != 3 || link.in_flight() != 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  follow_choices(data, size);
  follow_stream(data, size);
  return 0;
}
