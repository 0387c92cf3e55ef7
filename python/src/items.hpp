/// What scans give, as Python's values.
#pragma once

#include "text_rules.hpp"

#include <rediscluster/scan.hpp>

#include <string>
#include <utility>
#include <vector>

namespace rediscluster::python {

using MemberScan = ElementScan<std::string>;
using FieldScan = ElementScan<std::pair<std::string, std::string>>;
using ScoreScan = ElementScan<std::pair<std::string, double>>;

inline py::object value_of_item(const std::string& text, const TextRules& rules) { return text_of(text, rules); }
inline py::object value_of_item(double number, const TextRules&) { return py::float_(number); }
template <class First, class Second>
py::object value_of_item(const std::pair<First, Second>& pair, const TextRules& rules) {
  return py::make_tuple(value_of_item(pair.first, rules), value_of_item(pair.second, rules));
}

template <class Item>
py::list values_of(const std::vector<Item>& items, const TextRules& rules) {
  py::list values(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) values[i] = value_of_item(items[i], rules);
  return values;
}

}  // namespace rediscluster::python
