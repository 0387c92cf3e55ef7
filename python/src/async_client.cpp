// The asynchronous client for Python: calls are begun on an event loop's thread, ends are told to it by Arrivals. Nothing here waits.
#include "arrivals.hpp"
#include "batch.hpp"
#include "client.hpp"
#include "errors.hpp"
#include "options.hpp"
#include "scan_pages.hpp"
#include "seconds.hpp"
#include "surfaces.hpp"

#include <pybind11/stl.h>

#include <unordered_map>

namespace rediscluster::python {
namespace {

/// What all loops and objects of one client share.
struct AsyncCore {
  AsyncRedisCluster redis;
  TextRules rules;
};
using AsyncPointer = std::shared_ptr<AsyncCore>;

AsyncPointer make_async_core(const py::dict& options, const py::dict& text) {
  try {
    return AsyncPointer(new AsyncCore{AsyncRedisCluster(options_from(options)), text_rules_from(text)}, end_without_gil<AsyncCore>);
  } catch (const RedisError& error) {
    raise(error.error());
  }
}

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
  AsyncClient(const py::dict& options, const py::dict& text) : core_(make_async_core(options, text)) {}
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
  template <class T>
  std::uint64_t begin(const py::object& future, const py::object& words, const py::object& options, Operation<T>&& operation) {
    const std::uint64_t call = keep(future, words, options);
    std::move(operation).cancel_on(waiting_[call].stop.get_token()).then([arrivals = arrivals_, call](Result<T> result) { arrivals->put(call, std::move(result)); });
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

std::uint64_t Port::execute_at(const py::object& future, const std::string& target, const py::tuple& words, const py::dict& options) {
  return begin(future, words, options, core_->redis.on(target).run(command_of(Words(words, core_->rules))));
}

std::uint64_t Port::execute_on_each(const py::object& future, const std::string& group, const py::tuple& words, const py::dict& options) {
  Command<ReplyBytes> command = command_of(Words(words, core_->rules));
  return begin(future, words, options, core_->redis.call([group, command = std::move(command)](NothrowRedisCluster& client) {
    return group_of(client, group).run(command);
  }));
}

std::uint64_t Port::pipeline(const py::object& future, const py::tuple& queued, bool read_from_replicas) {
  AsyncPipeline pipe = core_->redis.pipeline({.read_from_replicas = read_from_replicas});
  return begin_batch(future, queued, pipe);
}

// What a function of the user's raises is his. Reply.end() of Python's code does the rest; whatever goes wrong there, the others are told.
void Port::tell(const Waiting& waiting, const Outcome& outcome) const noexcept {
  try {
    py::object value;
    try {
      value = value_of_outcome(waiting, outcome);
    } catch (py::error_already_set& raised) {
      value = raised.value();
    } catch (const std::exception& problem) {
      value = py::module_::import("builtins").attr("RuntimeError")(problem.what());
    }
    waiting.future.attr("end")(value, PyExceptionInstance_Check(value.ptr()) != 0);
  } catch (py::error_already_set& raised) {
    raised.discard_as_unraisable("the end of a call could not be told");
  } catch (...) {
    PyErr_SetString(PyExc_RuntimeError, "the end of a call could not be told");
    PyErr_WriteUnraisable(waiting.future.ptr());
  }
}

py::list texts_of(const std::vector<std::string>& texts, const TextRules& rules) {
  py::list values(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) values[i] = text_of(texts[i], rules);
  return values;
}

py::object Port::value_of_outcome(const Waiting& waiting, const Outcome& outcome) const {
  const auto words = [&] { return py::reinterpret_borrow<py::tuple>(waiting.words); };
  const auto options = [&] { return py::reinterpret_borrow<py::dict>(waiting.options); };
  return std::visit(
      [&](const auto& end) -> py::object {
        using End = std::decay_t<decltype(end)>;
        if constexpr (std::is_same_v<End, Result<ReplyBytes>>) {
          return maker_.make(end, words(), options());
        } else {
          if (!end) return exception_of(end.error());
          if constexpr (std::is_same_v<End, Result<Replies>>) return waiting.batch.values(maker_);
          if constexpr (std::is_same_v<End, Result<std::optional<Message>>>) return *end ? message_of(**end, core_->rules) : py::none();
          if constexpr (std::is_same_v<End, Result<NodeResults<ReplyBytes>>>) return maker_.by_node(*end, words(), options());
          if constexpr (std::is_same_v<End, Result<std::vector<std::string>>>) return texts_of(*end, core_->rules);
          return py::none();
        }
      },
      outcome);
}

/// Objects of the client on one loop: each method begins something and gives its number.
class PortTransaction {
 public:
  explicit PortTransaction(Port& port) : port_(port), queue_(port.core()->redis.transaction()) {}

  std::uint64_t watch(const py::object& future, const py::tuple& keys) { return port_.begin(future, py::none(), py::none(), queue_.watch(names_of(keys, port_.core()->rules))); }
  std::uint64_t now(const py::object& future, const py::tuple& words, const py::dict& options) {
    return port_.begin(future, words, options, queue_.now().run(command_of(Words(words, port_.core()->rules))));
  }
  std::uint64_t run(const py::object& future, const py::tuple& queued) { return port_.begin_batch(future, queued, queue_); }
  std::uint64_t reset(const py::object& future) { return port_.begin(future, py::none(), py::none(), queue_.reset()); }
  bool is_watching() const { return queue_.is_watching(); }

 private:
  Port& port_;
  AsyncTransaction queue_;
};

class PortPubSub {
 public:
  explicit PortPubSub(Port& port) : port_(port), pubsub_(port.core()->redis.pubsub()) {}

  std::uint64_t subscribe(const py::object& future, const std::string& kind, const py::tuple& names) {
    return begin(future, python::subscribe(pubsub_, kind, names_of(names, port_.core()->rules)));
  }
  std::uint64_t unsubscribe(const py::object& future, const std::string& kind, const py::tuple& names) {
    return begin(future, python::unsubscribe(pubsub_, kind, names_of(names, port_.core()->rules)));
  }
  std::uint64_t get(const py::object& future, double seconds) {
    return begin(future, pubsub_.get_message(milliseconds_of(seconds)));
  }
  void close() { pubsub_.close(); }

 private:
  template <class T>
  std::uint64_t begin(const py::object& future, Operation<T>&& operation) {
    return port_.begin(future, py::none(), py::none(), std::move(operation));
  }
  Port& port_;
  AsyncPubSub pubsub_;
};

/// The keys of the cluster, a list at a time: the blocking scan, on a fiber of the core's.
class PortScan {
 public:
  PortScan(Port& port, ScanIterOptions options) : port_(port), state_(std::make_shared<State>(State{std::move(options), {}})) {}

  std::uint64_t next(const py::object& future, std::size_t most) {
    return port_.begin(future, py::none(), py::none(), port_.core()->redis.call([state = state_, most](NothrowRedisCluster& client) { return take(client, *state, most); }));
  }

 private:
  struct State {
    ScanIterOptions options;
    std::optional<ScanPages<KeyScan>> pages;
  };
  static Result<std::vector<std::string>> take(NothrowRedisCluster& client, State& state, std::size_t most) {
    if (!state.pages) state.pages.emplace(client.scan_iter(state.options));
    return state.pages->next(most);
  }

  Port& port_;
  std::shared_ptr<State> state_;
};

}  // namespace

void bind_async(py::module_& module) {
  py::class_<AsyncClient>(module, "AsyncClient")
      .def(py::init<const py::dict&, const py::dict&>(), py::arg("options"), py::arg("text"))
      .def("close", &AsyncClient::close);
  py::class_<Port>(module, "Port")
      .def(py::init<const AsyncClient&, const py::dict&>(), py::arg("client"), py::arg("callbacks"))
      .def_property_readonly("descriptor", &Port::descriptor)
      .def("execute", &Port::execute)
      .def("execute_at", &Port::execute_at)
      .def("execute_on_each", &Port::execute_on_each)
      .def("pipeline", &Port::pipeline)
      .def("cancel", &Port::cancel)
      .def("leave", &Port::leave)
      .def_property_readonly("has_left", &Port::has_left)
      .def("drain", &Port::drain);
  py::class_<PortTransaction>(module, "PortTransaction")
      .def(py::init<Port&>(), py::arg("port"), py::keep_alive<1, 2>())
      .def("watch", &PortTransaction::watch)
      .def("now", &PortTransaction::now)
      .def("run", &PortTransaction::run)
      .def("reset", &PortTransaction::reset)
      .def_property_readonly("is_watching", &PortTransaction::is_watching);
  py::class_<PortPubSub>(module, "PortPubSub")
      .def(py::init<Port&>(), py::arg("port"), py::keep_alive<1, 2>())
      .def("subscribe", &PortPubSub::subscribe)
      .def("unsubscribe", &PortPubSub::unsubscribe)
      .def("get", &PortPubSub::get)
      .def("close", &PortPubSub::close);
  py::class_<PortScan>(module, "PortScan")
      .def(py::init([](Port& port, const std::optional<std::string>& match, const std::optional<std::int64_t>& count, const std::optional<std::string>& type) {
             return PortScan(port, scan_options_of(match, count, type));
           }),
           py::arg("port"), py::arg("match") = py::none(), py::arg("count") = py::none(), py::arg("type") = py::none(), py::keep_alive<1, 2>())
      .def("next", &PortScan::next);
}

}  // namespace rediscluster::python
