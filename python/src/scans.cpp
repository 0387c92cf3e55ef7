// Iterating over keys, and over the elements of one: a page at a time, without the GIL.
#include "client.hpp"
#include "errors.hpp"

#include <pybind11/stl.h>

namespace rediscluster::python {
namespace {

/// The keys of the cluster, a list at a time. One thread at a time.
class PyKeyScan {
 public:
  PyKeyScan(const Client& client, const std::optional<std::string>& match, const std::optional<std::int64_t>& count, const std::optional<std::string>& type)
      : core_(client.core()), scan_(start(core_->cluster.nothrow(), match, count, type)) {}

  /// Up to so many keys, as soon as there are some; an empty list at the end.
  py::list next(std::size_t most) {
    std::optional<Error> failure;
    const std::vector<std::string> keys = without_gil([&] { return take(most, failure); });
    if (failure && keys.empty()) raise(*failure);
    kept_failure_ = std::move(failure);
    py::list values(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) values[i] = text_of(keys[i], core_->rules);
    return values;
  }

 private:
  static KeyScan start(const NothrowRedisCluster& cluster, const std::optional<std::string>& match, const std::optional<std::int64_t>& count,
                       const std::optional<std::string>& type) {
    return cluster.scan_iter(scan_options_of(match, count, type));
  }

  std::vector<std::string> take(std::size_t most, std::optional<Error>& failure) {
    std::vector<std::string> keys;
    if (kept_failure_) {
      failure = std::exchange(kept_failure_, std::nullopt);
      return keys;
    }
    while (!is_over_ && keys.size() < most) {
      if (base::LookAround* const around = base::LookAround::here(); around != nullptr && around->look()) break;
      Result<std::optional<std::string>> key = scan_.next();
      if (!key) {
        failure = std::move(key.error());
        break;
      }
      is_over_ = !key->has_value();
      if (!is_over_) keys.push_back(**std::move(key));
    }
    return keys;
  }

  CorePointer core_;
  KeyScan scan_;
  std::optional<Error> kept_failure_;  // behind the keys that came before it
  bool is_over_ = false;
};

}  // namespace

ScanIterOptions scan_options_of(const std::optional<std::string>& match, const std::optional<std::int64_t>& count, const std::optional<std::string>& type) {
  ScanIterOptions options;
  if (match) options.match = *match;
  if (count) options.count = *count;
  if (type) options.type = *type;
  return options;
}

void bind_scans(py::module_& module) {
  py::class_<PyKeyScan>(module, "KeyScan")
      .def(py::init<const Client&, const std::optional<std::string>&, const std::optional<std::int64_t>&, const std::optional<std::string>&>(), py::arg("client"),
           py::arg("match") = py::none(), py::arg("count") = py::none(), py::arg("type") = py::none())
      .def("next", &PyKeyScan::next, py::arg("most"));
}

}  // namespace rediscluster::python
