#include "values.hpp"

#include "errors.hpp"
#include "wire/reply_cursor.hpp"

#include <cstdlib>

namespace rediscluster::python {
namespace {

using wire::ReplyCursor;
using wire::ReplyValue;

// Depth is bounded by the client's option max_depth.
class Reader {
 public:
  Reader(std::string_view resp, const TextRules& rules, bool decodes) : cursor_(resp), rules_(rules), decodes_(decodes) {}

  // A new reference; null with a Python error set.
  PyObject* read() {
    std::string_view text;
    if (cursor_.take_bulk(text)) return text_or_bytes(text, rules_, decodes_);
    std::int64_t number = 0;
    if (cursor_.take_integer(number)) return PyLong_FromLongLong(number);
    ReplyValue value;
    if (!cursor_.next(value)) return refuse();
    return value.is_aggregate() ? read_aggregate(value) : read_scalar(value);
  }

 private:
  PyObject* read_scalar(const ReplyValue& value) {
    switch (value.type) {
      case ':':
      case '(': return PyLong_FromString(std::string(value.text).c_str(), nullptr, 10);
      case ',': return PyFloat_FromDouble(std::strtod(std::string(value.text).c_str(), nullptr));
      case '#': return PyBool_FromLong(value.text == "t" ? 1 : 0);
      case '_': Py_RETURN_NONE;
      case '-':
      case '!': return exception_of_reply(value.text).release().ptr();
      case '=': return text_or_bytes(value.text.substr(value.text.size() < 4 ? 0 : 4), rules_, decodes_);
      default: return text_or_bytes(value.text, rules_, decodes_);
    }
  }

  PyObject* read_aggregate(const ReplyValue& value) {
    return value.type == '%' ? read_map(value.count / 2) : read_list(value.count);
  }

  PyObject* read_list(std::uint64_t count) {
    if (count > cursor_.rest().size()) return refuse();
    PyObject* const list = PyList_New(static_cast<Py_ssize_t>(count));
    if (list == nullptr) return nullptr;
    for (std::uint64_t i = 0; i < count; ++i) {
      PyObject* const element = read();
      if (element == nullptr) {
        Py_DECREF(list);
        return nullptr;
      }
      PyList_SET_ITEM(list, static_cast<Py_ssize_t>(i), element);
    }
    return list;
  }

  PyObject* read_map(std::uint64_t entries) {
    py::dict map;
    for (std::uint64_t i = 0; i < entries; ++i) {
      const py::object key = py::reinterpret_steal<py::object>(read());
      const py::object value = py::reinterpret_steal<py::object>(key ? read() : nullptr);
      if (!value || PyDict_SetItem(map.ptr(), key.ptr(), value.ptr()) != 0) return nullptr;
    }
    return map.release().ptr();
  }

  static PyObject* refuse() {
    PyErr_SetString(PyExc_ValueError, "the reply is damaged");
    return nullptr;
  }

  ReplyCursor cursor_;
  const TextRules& rules_;
  const bool decodes_;
};

}  // namespace

py::object value_of(std::string_view resp, const TextRules& rules, bool decodes) {
  PyObject* const value = Reader(resp, rules, decodes).read();
  if (value == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(value);
}

}  // namespace rediscluster::python
