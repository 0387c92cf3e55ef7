// Pipelines and transactions: commands are queued one by one, and run without the GIL.
#include "client.hpp"
#include "errors.hpp"
#include "reply_maker.hpp"
#include "seconds.hpp"
#include "words.hpp"

#include <pybind11/stl.h>

namespace rediscluster::python {
namespace {

ExecuteOptions options_of(const std::optional<double>& timeout) {
  ExecuteOptions options;
  options.raise_on_error = false;
  if (timeout) options.timeout = milliseconds_of(*timeout);
  return options;
}

/// What the package's Python code has queued: [(words, options), ...], and what becomes of it.
class Stack {
 public:
  Stack(const py::tuple& queued, const py::dict& callbacks, const TextRules& rules) : queued_(queued_commands_of(queued)), maker_(callbacks, rules), rules_(rules) {}

  template <class Queue>
  void put_into(Queue& queue) {
    pending_.reserve(queued_.size());
    for (const QueuedCommand& each : queued_) pending_.push_back(queue.run(command_of(Words(each.words, rules_))));
  }

  /// Values, and exceptions where commands failed.
  py::list take() const {
    py::list values(pending_.size());
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      values[i] = maker_.make(pending_[i].result(), queued_[i].words, queued_[i].options);
    }
    return values;
  }

 private:
  const std::vector<QueuedCommand> queued_;
  const ReplyMaker maker_;
  const TextRules& rules_;
  std::vector<Pending<ReplyBytes>> pending_;
};

// Whatever comes of it, the queue is empty afterwards.
template <class Queue>
py::list run_stack(Queue& queue, const TextRules& rules, const py::tuple& queued, const py::dict& callbacks, const std::optional<double>& timeout) {
  Stack stack(queued, callbacks, rules);
  try {
    stack.put_into(queue);
  } catch (...) {
    without_gil([&] { queue.reset(); });
    throw;
  }
  const Result<Replies> done = without_gil([&] { return queue.execute(options_of(timeout)); });
  if (!done) raise(done.error());
  return stack.take();
}

py::list run_pipeline(const Client& client, const py::tuple& queued, const py::dict& callbacks, bool read_from_replicas, const std::optional<double>& timeout) {
  const CorePointer core = client.core();
  NothrowPipeline pipeline = core->cluster.nothrow().pipeline({.read_from_replicas = read_from_replicas});
  return run_stack(pipeline, core->rules, queued, callbacks, timeout);
}

/// One thread at a time.
class PyTransaction {
 public:
  explicit PyTransaction(const Client& client) : core_(client.core()), queue_(core_->cluster.nothrow().transaction()) {}
  ~PyTransaction() {
    const WithoutGil released;  // a connection that watches is told to forget it
    queue_.reset();
  }

  void watch(const py::tuple& keys) {
    const std::vector<std::string> names = names_of(keys, core_->rules);
    const Result<void> done = without_gil([&] { return queue_.watch(names); });
    if (!done) raise(done.error());
  }
  py::object now(const py::tuple& words, bool decodes) {
    const Words taken(words, core_->rules);
    return give(without_gil([&] { return queue_.now().run(command_of(taken)); }), core_->rules, decodes);
  }
  py::list run(const py::tuple& queued, const py::dict& callbacks, const std::optional<double>& timeout) {
    return run_stack(queue_, core_->rules, queued, callbacks, timeout);
  }
  void begin_anew() {
    const Result<void> done = without_gil([&] { return queue_.begin_anew(); });
    if (!done) raise(done.error());
  }
  void reset() {
    without_gil([&] { queue_.reset(); });
  }
  bool is_watching() const { return queue_.is_watching(); }

 private:
  CorePointer core_;
  NothrowTransaction queue_;
};

}  // namespace

void bind_queues(py::module_& module) {
  module.def("run_pipeline", &run_pipeline, py::arg("client"), py::arg("queued"), py::arg("callbacks"), py::arg("read_from_replicas") = false, py::arg("timeout") = py::none());
  py::class_<PyTransaction>(module, "Transaction")
      .def(py::init<const Client&>(), py::arg("client"))
      .def("watch", &PyTransaction::watch, py::arg("keys"))
      .def("now", &PyTransaction::now, py::arg("words"), py::arg("decodes") = true)
      .def("run", &PyTransaction::run, py::arg("queued"), py::arg("callbacks"), py::arg("timeout") = py::none())
      .def("begin_anew", &PyTransaction::begin_anew)
      .def("reset", &PyTransaction::reset)
      .def_property_readonly("is_watching", &PyTransaction::is_watching);
}

}  // namespace rediscluster::python
