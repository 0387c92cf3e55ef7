#include "errors.hpp"

namespace rediscluster::python {
namespace {

py::object exceptions() { return py::module_::import("rediscluster.exceptions"); }

// What servers say may be no UTF-8.
py::str readable(std::string_view text) {
  PyObject* const made = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
  if (made == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(made);
}

}  // namespace

py::object exception_of(const Error& error) {
  return exceptions().attr("exception_of")(to_string(error.code), readable(error.message), readable(error.node.host), error.node.port, error.attempts, to_string(error.execution));
}

py::object exception_of_reply(std::string_view text) { return exceptions().attr("exception_of_reply")(readable(text)); }

void raise_object(const py::object& exception) {
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  throw py::error_already_set();
}

void raise(const Error& error) { raise_object(exception_of(error)); }

void raise_data_error(const std::string& text) { raise_object(exceptions().attr("DataError")(readable(text))); }

}  // namespace rediscluster::python
