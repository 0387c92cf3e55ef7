#include "words.hpp"

#include "errors.hpp"

#include <algorithm>

namespace rediscluster::python {
namespace {

std::string_view view_of_bytes(PyObject* bytes) { return {PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))}; }

}  // namespace

Words::Words(const py::tuple& words, const TextRules& rules) : rules_(rules) {
  const std::size_t count = words.size();
  args_.reserve(count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    PyObject* const word = PyTuple_GET_ITEM(words.ptr(), static_cast<Py_ssize_t>(i));
    i == 0 ? add_name(word) : add(word);
  }
}

void Words::add_name(PyObject* name) {
  if (!PyUnicode_Check(name) && !PyBytes_Check(name)) return add(name);
  const std::size_t first = args_.size();
  add(name);
  const std::string_view text = args_[first].view();
  if (text.find(' ') == std::string_view::npos) return;
  args_.pop_back();
  for (std::size_t begin = text.find_first_not_of(' '); begin < text.size(); begin = text.find_first_not_of(' ', begin)) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    args_.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
}

void Words::add(PyObject* word) {
  if (PyBytes_Check(word)) return add_bytes(word);
  if (PyUnicode_Check(word)) return add_text(word);
  if (PyLong_Check(word) || PyFloat_Check(word)) return add_number(word);
  if (PyMemoryView_Check(word) || PyByteArray_Check(word)) return add_kept(PyBytes_FromObject(word));  // may change while others run
  raise_data_error("Invalid input of type: '" + std::string(Py_TYPE(word)->tp_name) + "'. Convert to a bytes, string, int or float first.");
}

void Words::add_bytes(PyObject* bytes) { args_.emplace_back(view_of_bytes(bytes)); }

void Words::add_text(PyObject* text) {
  if (!rules_.is_strict_utf8()) return add_kept(PyUnicode_AsEncodedString(text, rules_.encoding.c_str(), rules_.errors.c_str()));
  Py_ssize_t size = 0;
  const char* const utf8 = PyUnicode_AsUTF8AndSize(text, &size);
  if (utf8 == nullptr) throw py::error_already_set();
  args_.emplace_back(std::string_view(utf8, static_cast<std::size_t>(size)));
}

void Words::add_number(PyObject* number) {
  if (PyBool_Check(number)) raise_data_error("Invalid input of type: 'bool'. Convert to a bytes, string, int or float first.");
  if (PyLong_CheckExact(number)) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (value == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
    if (overflow == 0) {
      args_.emplace_back(value);
      return;
    }
  }
  const py::object text = py::reinterpret_steal<py::object>(PyObject_Repr(number));
  if (!text) throw py::error_already_set();
  add_kept(PyUnicode_AsUTF8String(text.ptr()));
}

void Words::add_kept(PyObject* made) {
  if (made == nullptr) throw py::error_already_set();
  kept_.push_back(py::reinterpret_steal<py::object>(made));
  add_bytes(made);
}

std::vector<std::string> names_of(const py::tuple& names, const TextRules& rules) {
  const Words words(py::make_tuple("-") + names, rules);
  std::vector<std::string> copied;
  for (const Arg& each : words.view().subspan(1)) copied.emplace_back(each.view());
  return copied;
}

}  // namespace rediscluster::python
