/// The blocking client for Python. Methods are called with the GIL, and give it back while they wait.
#pragma once

#include "text_rules.hpp"
#include "waiting.hpp"

#include <rediscluster/redis_cluster.hpp>

#include <memory>
#include <optional>

namespace rediscluster::python {

/// What all objects of one client share; each keeps it alive.
struct Core {
  RedisCluster cluster;
  TextRules rules;
};
using CorePointer = std::shared_ptr<Core>;

/// The reply as a value, or its error raised.
py::object give(const Result<ReplyBytes>& reply, const TextRules& rules, bool decodes);

class Client {
 public:
  /// @param options, rules  what _options.py makes. Errors: raises those of the core's constructor.
  Client(const py::dict& options, const py::dict& rules);

  /// @param decodes  whether texts of the reply become str where the client's replies do.
  /// @param timeout  seconds for all of it; None: the client's.
  py::object execute(const py::tuple& words, bool decodes, const std::optional<double>& timeout);
  /// The same on one node, by id or "host:port", or on the one that serves a slot.
  py::object execute_on(const std::string& node, const py::tuple& words, bool decodes);
  py::object execute_on_slot(int slot, const py::tuple& words, bool decodes);
  /// On each node of "primaries", "replicas" or "all": a dict from "host:port" to its reply, or to its exception.
  py::dict execute_on_each(const std::string& group, const py::tuple& words, bool decodes);
  std::string explain(const py::tuple& words);
  py::dict stats();
  std::string describe() const;
  void close();

  const CorePointer& core() const { return core_; }

 private:
  CorePointer core_;
};

/// (type, pattern or None, channel, data or count)
py::object message_of(const Message& message, const TextRules& rules);
ScanIterOptions scan_options_of(const std::optional<std::string>& match, const std::optional<std::int64_t>& count, const std::optional<std::string>& type);

/// The commands of the class, and those of the objects that it makes.
void bind_client(py::module_& module);
void bind_queues(py::module_& module);
void bind_scans(py::module_& module);
void bind_pubsub(py::module_& module);
void bind_monitors(py::module_& module);
void bind_async(py::module_& module);

}  // namespace rediscluster::python
