/// How text and bytes become each other: the options encoding, encoding_errors and decode_responses of redis-py. A plain value.
#pragma once

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>

namespace rediscluster::python {

namespace py = pybind11;

struct TextRules {
  std::string encoding = "utf-8";
  std::string errors = "strict";
  bool decodes = false;  ///< Replies are str, not bytes.
  bool is_utf8 = true;   ///< encoding means UTF-8, which Python has functions of its own for.

  bool is_strict_utf8() const { return is_utf8 && errors == "strict"; }
};

/// A new str, or null with a Python error set.
inline PyObject* decode_text(std::string_view text, const TextRules& rules) {
  const auto size = static_cast<Py_ssize_t>(text.size());
  return rules.is_utf8 ? PyUnicode_DecodeUTF8(text.data(), size, rules.errors.c_str())
                       : PyUnicode_Decode(text.data(), size, rules.encoding.c_str(), rules.errors.c_str());
}

/// A new str or bytes. Null with a Python error set.
inline PyObject* text_or_bytes(std::string_view text, const TextRules& rules, bool decodes) {
  return decodes ? decode_text(text, rules) : PyBytes_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}

/// A str where the client's replies are str, else bytes. Errors: throws error_already_set.
inline py::object text_of(std::string_view text, const TextRules& rules) {
  PyObject* const made = text_or_bytes(text, rules, rules.decodes);
  if (made == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(made);
}

}  // namespace rediscluster::python
