// Iterating over keys, and over the elements of one: a page at a time, without the GIL.
#include "client.hpp"
#include "errors.hpp"

#include <pybind11/stl.h>

namespace rediscluster::python {
namespace {

/// What a scan of the core's gives, a list at a time.
template <class Scan>
class Pages {
 public:
  using Item = typename Scan::value_type;
  explicit Pages(Scan scan) : scan_(std::move(scan)) {}

  /// Without the GIL. Up to so many, as soon as there are some; none at the end. An error comes behind what came before it.
  Result<std::vector<Item>> next(std::size_t most) {
    if (kept_failure_) return fail(*std::exchange(kept_failure_, std::nullopt));
    std::vector<Item> items;
    while (!is_over_ && items.size() < most) {
      if (base::LookAround* const around = base::LookAround::here(); around != nullptr && around->look()) break;
      Result<std::optional<Item>> item = scan_.next();
      if (!item) {
        if (items.empty()) return fail(std::move(item.error()));
        kept_failure_ = std::move(item.error());
        break;
      }
      is_over_ = !item->has_value();
      if (!is_over_) items.push_back(**std::move(item));
    }
    return items;
  }

 private:
  Scan scan_;
  std::optional<Error> kept_failure_;
  bool is_over_ = false;
};

py::object value_of_item(const std::string& text, const TextRules& rules) { return text_of(text, rules); }
py::object value_of_item(double number, const TextRules&) { return py::float_(number); }
template <class First, class Second>
py::object value_of_item(const std::pair<First, Second>& pair, const TextRules& rules) {
  return py::make_tuple(value_of_item(pair.first, rules), value_of_item(pair.second, rules));
}

/// One thread at a time.
template <class Scan>
class PyScan {
 public:
  PyScan(CorePointer core, Scan scan) : core_(std::move(core)), pages_(std::move(scan)) {}

  py::list next(std::size_t most) {
    const auto items = without_gil([&] { return pages_.next(most); });
    if (!items) raise(items.error());
    py::list values(items->size());
    for (std::size_t i = 0; i < items->size(); ++i) values[i] = value_of_item((*items)[i], core_->rules);
    return values;
  }

 private:
  CorePointer core_;
  Pages<Scan> pages_;
};

using PyKeyScan = PyScan<KeyScan>;
using PyTexts = PyScan<ElementScan<std::string>>;
using PyFields = PyScan<ElementScan<std::pair<std::string, std::string>>>;
using PyScores = PyScan<ElementScan<std::pair<std::string, double>>>;

MatchOptions match_options_of(const std::optional<std::string>& match, const std::optional<std::int64_t>& count) { return {.match = match, .count = count}; }

}  // namespace

ScanIterOptions scan_options_of(const std::optional<std::string>& match, const std::optional<std::int64_t>& count, const std::optional<std::string>& type) {
  ScanIterOptions options;
  if (match) options.match = *match;
  if (count) options.count = *count;
  if (type) options.type = *type;
  return options;
}

namespace {

template <class Scan>
void bind_scan(py::module_& module, const char* name) {
  py::class_<Scan>(module, name).def("next", &Scan::next, py::arg("most"));
}

}  // namespace

void bind_scans(py::module_& module) {
  bind_scan<PyKeyScan>(module, "KeyScan");
  bind_scan<PyTexts>(module, "MemberScan");
  bind_scan<PyFields>(module, "FieldScan");
  bind_scan<PyScores>(module, "ScoreScan");
  using Match = const std::optional<std::string>&;
  using Count = const std::optional<std::int64_t>&;
  module.def("scan_keys", [](const Client& client, Match match, Count count, Match type) {
    return PyKeyScan(client.core(), client.core()->cluster.nothrow().scan_iter(scan_options_of(match, count, type)));
  });
  module.def("scan_hash", [](const Client& client, const std::string& key, Match match, Count count) {
    return PyFields(client.core(), client.core()->cluster.nothrow().hscan_iter(key, match_options_of(match, count)));
  });
  module.def("scan_set", [](const Client& client, const std::string& key, Match match, Count count) {
    return PyTexts(client.core(), client.core()->cluster.nothrow().sscan_iter(key, match_options_of(match, count)));
  });
  module.def("scan_sorted_set", [](const Client& client, const std::string& key, Match match, Count count) {
    return PyScores(client.core(), client.core()->cluster.nothrow().zscan_iter(key, match_options_of(match, count)));
  });
}

}  // namespace rediscluster::python
