// Objects of the asynchronous client on one loop: each method begins something and gives its number.
#include "items.hpp"
#include "monitors.hpp"
#include "port.hpp"
#include "scan_pages.hpp"
#include "seconds.hpp"

#include <pybind11/stl.h>

namespace rediscluster::python {
namespace {

class PortTransaction {
 public:
  explicit PortTransaction(Port& port) : port_(port), queue_(port.core()->redis.transaction()) {}

  std::uint64_t watch(const py::object& future, const py::tuple& keys) { return port_.begin(future, py::none(), py::none(), queue_.watch(names_of(keys, port_.core()->rules))); }
  std::uint64_t now(const py::object& future, const py::tuple& words, const py::dict& options) {
    return port_.begin(future, words, options, queue_.now().run(command_of(Words(words, port_.core()->rules))));
  }
  std::uint64_t run(const py::object& future, const py::tuple& queued) { return port_.begin_batch(future, queued, queue_); }
  std::uint64_t reset(const py::object& future) { return port_.begin(future, py::none(), py::none(), queue_.reset()); }
  bool is_watching() const { return queue_.is_watching(); }

 private:
  Port& port_;
  AsyncTransaction queue_;
};

class PortPubSub {
 public:
  explicit PortPubSub(Port& port) : port_(port), pubsub_(port.core()->redis.pubsub()) {}

  std::uint64_t subscribe(const py::object& future, const std::string& kind, const py::tuple& names) {
    return begin(future, python::subscribe(pubsub_, kind, names_of(names, port_.core()->rules)));
  }
  std::uint64_t unsubscribe(const py::object& future, const std::string& kind, const py::tuple& names) {
    return begin(future, python::unsubscribe(pubsub_, kind, names_of(names, port_.core()->rules)));
  }
  std::uint64_t get(const py::object& future, double seconds) {
    return begin(future, pubsub_.get_message(milliseconds_of(seconds)));
  }
  void close() { pubsub_.close(); }

 private:
  template <class T>
  std::uint64_t begin(const py::object& future, Operation<T>&& operation) {
    return port_.begin(future, py::none(), py::none(), std::move(operation));
  }
  Port& port_;
  AsyncPubSub pubsub_;
};

/// What a scan gives, a list at a time: the blocking scan, on a fiber of the core's.
template <class Scan>
class PortScan {
 public:
  using Open = std::function<Scan(NothrowRedisCluster&)>;
  PortScan(Port& port, Open open) : port_(port), state_(std::make_shared<State>(State{std::move(open), {}})) {}

  std::uint64_t next(const py::object& future, std::size_t most) {
    return port_.begin(future, py::none(), py::none(), port_.core()->redis.call([state = state_, most](NothrowRedisCluster& client) { return take(client, *state, most); }));
  }

 private:
  struct State {
    Open open;
    std::optional<ScanPages<Scan>> pages;
  };
  static Result<std::vector<typename Scan::value_type>> take(NothrowRedisCluster& client, State& state, std::size_t most) {
    if (!state.pages) state.pages.emplace(state.open(client));
    return state.pages->next(most);
  }

  Port& port_;
  std::shared_ptr<State> state_;
};

class PortMonitor {
 public:
  PortMonitor(Port& port, std::optional<std::string> node) : port_(port), node_(std::move(node)) {}

  std::uint64_t start(const py::object& future) {
    const AsyncRedisCluster& redis = port_.core()->redis;
    return port_.begin(future, py::none(), py::none(), node_ ? redis.on(*node_).monitor() : redis.monitor(), [state = state_](Result<AsyncMonitor> started) -> Result<void> {
      if (!started) return fail(std::move(started.error()));
      state->emplace(*std::move(started));
      return {};
    });
  }
  /// Once it has started.
  std::uint64_t next(const py::object& future, double seconds) { return port_.begin(future, py::none(), py::none(), started().next(milliseconds_of(seconds))); }
  void close() {
    if (!*state_) return;
    const WithoutGil released;
    (*state_)->close();
  }

 private:
  AsyncMonitor& started() {
    if (!*state_) throw py::value_error("this monitor has not been started: async with rc.monitor() as monitor");
    return **state_;
  }

  Port& port_;
  const std::optional<std::string> node_;
  const std::shared_ptr<std::optional<AsyncMonitor>> state_ = std::make_shared<std::optional<AsyncMonitor>>();
};

using Match = std::optional<std::string>;
using Count = std::optional<std::int64_t>;

template <class Scan, class Make>
void bind_scan(py::module_& module, const char* name, Make&& make) {
  py::class_<PortScan<Scan>>(module, name).def(py::init(std::forward<Make>(make)), py::keep_alive<1, 2>()).def("next", &PortScan<Scan>::next);
}

void bind_scans_of_port(py::module_& module) {
  bind_scan<KeyScan>(module, "PortScan", [](Port& port, const Match& match, const Count& count, const Match& type) {
    return PortScan<KeyScan>(port, [options = scan_options_of(match, count, type)](NothrowRedisCluster& client) { return client.scan_iter(options); });
  });
  bind_scan<FieldScan>(module, "PortFieldScan", [](Port& port, std::string key, const Match& match, const Count& count) {
    return PortScan<FieldScan>(port, [key = std::move(key), options = match_options_of(match, count)](NothrowRedisCluster& client) { return client.hscan_iter(key, options); });
  });
  bind_scan<MemberScan>(module, "PortMemberScan", [](Port& port, std::string key, const Match& match, const Count& count) {
    return PortScan<MemberScan>(port, [key = std::move(key), options = match_options_of(match, count)](NothrowRedisCluster& client) { return client.sscan_iter(key, options); });
  });
  bind_scan<ScoreScan>(module, "PortScoreScan", [](Port& port, std::string key, const Match& match, const Count& count) {
    return PortScan<ScoreScan>(port, [key = std::move(key), options = match_options_of(match, count)](NothrowRedisCluster& client) { return client.zscan_iter(key, options); });
  });
}

}  // namespace

void bind_port_objects(py::module_& module) {
  py::class_<PortTransaction>(module, "PortTransaction")
      .def(py::init<Port&>(), py::arg("port"), py::keep_alive<1, 2>())
      .def("watch", &PortTransaction::watch)
      .def("now", &PortTransaction::now)
      .def("run", &PortTransaction::run)
      .def("reset", &PortTransaction::reset)
      .def_property_readonly("is_watching", &PortTransaction::is_watching);
  py::class_<PortPubSub>(module, "PortPubSub")
      .def(py::init<Port&>(), py::arg("port"), py::keep_alive<1, 2>())
      .def("subscribe", &PortPubSub::subscribe)
      .def("unsubscribe", &PortPubSub::unsubscribe)
      .def("get", &PortPubSub::get)
      .def("close", &PortPubSub::close);
  py::class_<PortMonitor>(module, "PortMonitor")
      .def(py::init<Port&, std::optional<std::string>>(), py::arg("port"), py::arg("node") = py::none(), py::keep_alive<1, 2>())
      .def("start", &PortMonitor::start)
      .def("next", &PortMonitor::next)
      .def("close", &PortMonitor::close);
  bind_scans_of_port(module);
}

}  // namespace rediscluster::python
