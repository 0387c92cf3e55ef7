// Pipelines and transactions: commands are queued one by one, and run without the GIL.
#include "batch.hpp"
#include "client.hpp"
#include "errors.hpp"

#include <pybind11/stl.h>

namespace rediscluster::python {
namespace {

// Whatever comes of it, the queue is empty afterwards.
template <class Queue>
py::list run_batch(Queue& queue, const TextRules& rules, const ReplyMaker& maker, const py::tuple& queued) {
  Batch batch(queued);
  try {
    batch.put_into(queue, rules);
  } catch (...) {
    without_gil([&] { queue.reset(); });
    throw;
  }
  const Result<Replies> done = without_gil([&] { return queue.execute(batch_options()); });
  if (!done) raise(done.error());
  return batch.values(maker);
}

py::list run_pipeline(const Client& client, const py::tuple& queued, bool read_from_replicas) {
  const CorePointer core = client.core();
  NothrowPipeline pipeline = core->cluster.nothrow().pipeline({.read_from_replicas = read_from_replicas});
  return run_batch(pipeline, core->rules, client.maker(), queued);
}

/// One thread at a time.
class PyTransaction {
 public:
  explicit PyTransaction(const Client& client) : core_(client.core()), maker_(client.maker()), queue_(core_->cluster.nothrow().transaction()) {}
  ~PyTransaction() {
    const WithoutGil released;  // a connection that watches is told to forget it
    queue_.reset();
  }

  void watch(const py::tuple& keys) {
    const std::vector<std::string> names = names_of(keys, core_->rules);
    const Result<void> done = without_gil([&] { return queue_.watch(names); });
    if (!done) raise(done.error());
  }
  py::object now(const py::tuple& words, const py::dict& options) {
    const Words taken(words, core_->rules);
    return maker_.give(without_gil([&] { return queue_.now().run(command_of(taken)); }), words, options);
  }
  py::list run(const py::tuple& queued) { return run_batch(queue_, core_->rules, maker_, queued); }
  void reset() {
    without_gil([&] { queue_.reset(); });
  }
  bool is_watching() const { return queue_.is_watching(); }

 private:
  CorePointer core_;
  ReplyMaker maker_;
  NothrowTransaction queue_;
};

}  // namespace

void bind_queues(py::module_& module) {
  module.def("run_pipeline", &run_pipeline, py::arg("client"), py::arg("queued"), py::arg("read_from_replicas") = false);
  py::class_<PyTransaction>(module, "Transaction")
      .def(py::init<const Client&>(), py::arg("client"))
      .def("watch", &PyTransaction::watch, py::arg("keys"))
      .def("now", &PyTransaction::now)
      .def("run", &PyTransaction::run, py::arg("queued"))
      .def("reset", &PyTransaction::reset)
      .def_property_readonly("is_watching", &PyTransaction::is_watching);
}

}  // namespace rediscluster::python
