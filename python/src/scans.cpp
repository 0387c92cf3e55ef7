// Iterating over keys, and over the elements of one: a page at a time, without the GIL.
#include "client.hpp"
#include "errors.hpp"
#include "items.hpp"
#include "scan_pages.hpp"

#include <pybind11/stl.h>

namespace rediscluster::python {
namespace {

/// One thread at a time.
template <class Scan>
class PyScan {
 public:
  PyScan(CorePointer core, Scan scan) : core_(std::move(core)), pages_(std::move(scan)) {}

  py::list next(std::size_t most) {
    const auto items = without_gil([&] { return pages_.next(most); });
    if (!items) raise(items.error());
    return values_of(*items, core_->rules);
  }

 private:
  CorePointer core_;
  ScanPages<Scan> pages_;
};

using PyKeyScan = PyScan<KeyScan>;
using PyTexts = PyScan<MemberScan>;
using PyFields = PyScan<FieldScan>;
using PyScores = PyScan<ScoreScan>;

}  // namespace

MatchOptions match_options_of(const std::optional<std::string>& match, const std::optional<std::int64_t>& count) { return {.match = match, .count = count}; }

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
