/// The workloads of one thread that asks for many keys at once: the next batch begins after the last reply of this one.
/// An operation is a key; a latency is that of a whole batch.
#include <limits>
#include <vector>

#include "load/dice.hpp"
#include "load/meter.hpp"

namespace load {
namespace {

constexpr int warm_up_batches = 5;  // enough to have met every node, and for buffers to have grown

}  // namespace

Outcome run_batches(const Options& options, const KeySpace& keys, MakeClient make, RunBatch run_batch) {
  const std::unique_ptr<Client> client = make(options, keys);
  const std::unique_ptr<Session> session = client->open_session();
  Dice dice(1);
  std::vector<std::size_t> batch(static_cast<std::size_t>(options.depth));
  const bool is_write = run_batch == &Session::set_batch;
  volatile unsigned touched = 0;  // so that the reads are not left out
  const auto run_next = [&] {
    unsigned seen = 0;
    for (std::size_t& key : batch) seen += keys.touch(key = dice.below(keys.size()), is_write);
    touched = seen;
    return ((*session).*run_batch)(batch);
  };
  for (int i = 0; i < warm_up_batches; ++i) run_next();

  Outcome outcome;
  const std::uint64_t limit = options.max_ops == 0 ? std::numeric_limits<std::uint64_t>::max() : options.max_ops;
  const Meter meter;
  Clock::time_point before = meter.time;
  const Clock::time_point end = before + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds));
  while (outcome.operations < limit && before < end) {
    outcome.errors += run_next();
    const Clock::time_point after = Clock::now();
    outcome.latency.record(nanoseconds(after - before));
    before = after;
    outcome.operations += batch.size();
  }
  meter.write_difference_to(outcome);
  return outcome;
}

}  // namespace load
