// MONITOR: lines as tuples, read when they are asked for.
#include "monitors.hpp"

#include "errors.hpp"
#include "seconds.hpp"

#include <pybind11/stl.h>

namespace rediscluster::python {
namespace {

Result<Monitor> start(const NothrowRedisCluster& cluster, const std::optional<std::string>& node) { return node ? cluster.on(*node).monitor() : cluster.monitor(); }

/// One thread reads; any may close.
class PyMonitor {
 public:
  PyMonitor(const Client& client, const std::optional<std::string>& node) : core_(client.core()), monitor_(opened(core_, node)) {}

  /// A line, or None when none came within so many seconds.
  py::object next(double seconds) {
    const Result<std::optional<MonitorLine>> line = without_gil([&] { return monitor_.next(milliseconds_of(seconds)); });
    if (!line) raise(line.error());
    return *line ? line_of(**line) : py::none();
  }
  void close() {
    without_gil([&] { monitor_.close(); });
  }

 private:
  static Monitor opened(const CorePointer& core, const std::optional<std::string>& node) {
    Result<Monitor> monitor = without_gil([&] { return start(core->cluster.nothrow(), node); });
    if (!monitor) raise(monitor.error());
    return *std::move(monitor);
  }

  CorePointer core_;
  Monitor monitor_;
};

}  // namespace

py::object line_of(const MonitorLine& told) {
  py::list words;
  for (const std::string& each : told.words) words.append(py::bytes(each));
  const double time = std::chrono::duration<double>(told.time.time_since_epoch()).count();
  return py::make_tuple(time, told.db, told.client, words, to_string(told.node), py::bytes(told.text));
}

void bind_monitors(py::module_& module) {
  py::class_<PyMonitor>(module, "Monitor")
      .def(py::init<const Client&, const std::optional<std::string>&>(), py::arg("client"), py::arg("node") = py::none())
      .def("next", &PyMonitor::next, py::arg("seconds"))
      .def("close", &PyMonitor::close);
}

}  // namespace rediscluster::python
