#include "batch.hpp"

namespace rediscluster::python {

Batch::Batch(const py::tuple& queued) {
  queued_.reserve(queued.size());
  for (const py::handle& each : queued) {
    const bool is_pair = py::isinstance<py::tuple>(each) && PyTuple_GET_SIZE(each.ptr()) >= 2;
    PyObject* const words = is_pair ? PyTuple_GET_ITEM(each.ptr(), 0) : nullptr;
    PyObject* const options = is_pair ? PyTuple_GET_ITEM(each.ptr(), 1) : nullptr;
    if (!is_pair || PyTuple_Check(words) == 0 || PyDict_Check(options) == 0 || PyTuple_GET_SIZE(words) == 0) throw py::type_error("a queued command is (words, options), a tuple and a dict");
    queued_.push_back({py::reinterpret_borrow<py::tuple>(words), py::reinterpret_borrow<py::dict>(options)});
  }
}

py::list Batch::values(const ReplyMaker& maker) const {
  py::list values(pending_.size());
  for (std::size_t i = 0; i < pending_.size(); ++i) values[i] = maker.make(pending_[i].result(), queued_[i].words, queued_[i].options);
  return values;
}

}  // namespace rediscluster::python
