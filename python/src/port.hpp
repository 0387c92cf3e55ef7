/// The asynchronous client for Python: calls are begun on an event loop's thread, ends are told to it by Arrivals. Nothing here waits.
#pragma once

#include "arrivals.hpp"
#include "batch.hpp"
#include "client.hpp"
#include "surfaces.hpp"

#include <functional>
#include <unordered_map>

namespace rediscluster::python {

/// What all loops and objects of one client share.
struct AsyncCore {
  AsyncRedisCluster redis;
  TextRules rules;
};
using AsyncPointer = std::shared_ptr<AsyncCore>;

/// What somebody awaits.
struct Waiting {
  py::object future;
  py::object words;    // a tuple
  py::object options;  // a dict
  Batch batch;         // in place of these two
  std::stop_source stop;
};

class AsyncClient {
 public:
  AsyncClient(const py::dict& options, const py::dict& text);
  const AsyncPointer& core() const { return core_; }
  void close() {
    const WithoutGil released;
    core_->redis.close();
  }

 private:
  AsyncPointer core_;
};

/// The calls of one event loop. All methods on the loop's thread.
class Port {
 public:
  Port(const AsyncClient& client, const py::dict& callbacks) : core_(client.core()), arrivals_(std::make_shared<Arrivals>()), maker_(callbacks, core_->rules) {}

  int descriptor() const { return arrivals_->descriptor(); }

  /// @return  a number for cancel().
  std::uint64_t execute(const py::object& future, const py::tuple& words, const py::dict& options) {
    return begin(future, words, options, core_->redis.run(command_of(Words(words, core_->rules))));
  }
  std::uint64_t execute_at(const py::object& future, const std::string& target, const py::tuple& words, const py::dict& options);
  std::uint64_t execute_on_each(const py::object& future, const std::string& group, const py::tuple& words, const py::dict& options);
  std::uint64_t pipeline(const py::object& future, const py::tuple& queued, bool read_from_replicas);

  /// For objects of the client: an operation of theirs, whose end the future is told.
  /// @param map  makes of its end what the future is told; on a thread of the core's, without the GIL.
  template <class T, class Map = std::identity>
  std::uint64_t begin(const py::object& future, const py::object& words, const py::object& options, Operation<T>&& operation, Map map = {}) {
    const std::uint64_t call = keep(future, words, options);
    std::move(operation).cancel_on(waiting_[call].stop.get_token()).then([arrivals = arrivals_, call, map = std::move(map)](Result<T> result) mutable {
      arrivals->put(call, map(std::move(result)));
    });
    return call;
  }
  /// The same for what was queued in a pipeline or transaction.
  template <class Queue>
  std::uint64_t begin_batch(const py::object& future, const py::tuple& queued, Queue& queue) {
    Batch batch(queued);
    batch.put_into(queue, core_->rules);
    const std::uint64_t call = begin(future, py::none(), py::none(), queue.execute(batch_options()));
    waiting_[call].batch = std::move(batch);
    return call;
  }
  void cancel(std::uint64_t call) {
    const auto found = waiting_.find(call);
    if (found == waiting_.end()) return;
    std::stop_source stop = found->second.stop;
    const WithoutGil released;
    stop.request_stop();
  }
  /// Tells all futures whose calls have ended.
  void drain() {
    for (Arrival& each : arrivals_->take()) {
      const auto found = waiting_.find(each.call);
      if (found == waiting_.end()) continue;
      const Waiting waiting = std::move(found->second);
      waiting_.erase(found);
      tell(waiting, each.outcome);
    }
  }
  /// Nobody drains it any more: what has not been told by now never is.
  void leave() {
    drain();
    has_left_ = true;
    waiting_.clear();
  }
  bool has_left() const { return has_left_; }
  const AsyncPointer& core() const { return core_; }

 private:
  std::uint64_t keep(const py::object& future, const py::object& words, const py::object& options) {
    if (has_left_) throw py::value_error("the client has left this event loop");
    waiting_.emplace(++calls_, Waiting{future, words, options, {}, {}});
    return calls_;
  }
  void tell(const Waiting& waiting, const Outcome& outcome) const noexcept;
  py::object value_of_outcome(const Waiting& waiting, const Outcome& outcome) const;

  AsyncPointer core_;
  std::shared_ptr<Arrivals> arrivals_;
  ReplyMaker maker_;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
  std::uint64_t calls_ = 0;
  bool has_left_ = false;
};

}  // namespace rediscluster::python
