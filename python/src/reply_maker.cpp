#include "reply_maker.hpp"

#include "errors.hpp"
#include "values.hpp"

namespace rediscluster::python {
namespace {

// An error that a server says, or would have said.
bool is_of_server(const Error& error) { return error.code >= Errc::response_error || error.code == Errc::wrong_arity; }

}  // namespace

py::object ReplyMaker::make(const Result<ReplyBytes>& reply, const py::tuple& words, const py::dict& options) const {
  const bool says_nothing = PyDict_GET_SIZE(options.ptr()) == 0;
  if (!reply) {
    py::object exception = exception_of(reply.error());
    const bool may_be_empty = !says_nothing && options.contains(empty_response_) && is_of_server(reply.error());
    return may_be_empty ? py::object(options[empty_response_]) : exception;
  }
  const bool decodes = rules_.decodes && (says_nothing || !options.contains(never_decode_));
  py::object value = value_of(reply->view(), rules_, decodes);
  const py::object callback = callback_of(words);
  if (!callback) return value;
  PyObject* const made = PyObject_Call(callback.ptr(), py::make_tuple(value).ptr(), says_nothing ? nullptr : options.ptr());
  if (made == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(made);
}

py::object ReplyMaker::give(const Result<ReplyBytes>& reply, const py::tuple& words, const py::dict& options) const {
  py::object made = make(reply, words, options);
  if (!reply && PyExceptionInstance_Check(made.ptr()) != 0) raise_object(made);
  return made;
}

py::dict ReplyMaker::by_node(const NodeResults<ReplyBytes>& results, const py::tuple& words, const py::dict& options) const {
  py::dict replies;
  for (const NodeResult<ReplyBytes>& each : results) replies[py::str(to_string(each.node))] = make(each.result, words, options);
  return replies;
}

// Names in capitals, as methods have them, cost no call.
py::object ReplyMaker::callback_of(const py::tuple& words) const {
  if (words.empty() || PyUnicode_Check(PyTuple_GET_ITEM(words.ptr(), 0)) == 0) return {};
  PyObject* const name = PyTuple_GET_ITEM(words.ptr(), 0);
  if (PyObject* const found = PyDict_GetItemWithError(callbacks_.ptr(), name)) return py::reinterpret_borrow<py::object>(found);
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  const py::object capitals = py::reinterpret_borrow<py::object>(name).attr("upper")();
  if (capitals.equal(py::handle(name))) return {};
  PyObject* const found = PyDict_GetItemWithError(callbacks_.ptr(), capitals.ptr());
  return found == nullptr ? py::object() : py::reinterpret_borrow<py::object>(found);
}

}  // namespace rediscluster::python
