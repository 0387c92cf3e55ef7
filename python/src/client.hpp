/// The blocking client for Python. Methods are called with the GIL, and give it back while they wait.
#pragma once

#include "reply_maker.hpp"
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

class Client {
 public:
  /// @param options, text  what _options.py makes. @param callbacks  see ReplyMaker. Errors: raises those of the core's constructor.
  Client(const py::dict& options, const py::dict& text, const py::dict& callbacks);

  /// What execute_command() is: runs the words, and makes of the reply what the command's method returns.
  /// @param options  of the method; for the function that makes the reply.
  py::object call(const py::tuple& words, const py::dict& options);
  /// The same on one node, by id or "host:port".
  py::object call_on(const std::string& node, const py::tuple& words, const py::dict& options);
  /// On each node of a group (group_of): a dict from "host:port" to what call() gives, or to its exception.
  py::dict call_on_each(const std::string& group, const py::tuple& words, const py::dict& options);
  std::string explain(const py::tuple& words);
  void close();

  const CorePointer& core() const { return core_; }
  const ReplyMaker& maker() const { return maker_; }

 private:
  CorePointer core_;
  ReplyMaker maker_;
};

/// (type, pattern or None, channel, data or count)
py::object message_of(const Message& message, const TextRules& rules);
MatchOptions match_options_of(const std::optional<std::string>& match, const std::optional<std::int64_t>& count);
ScanIterOptions scan_options_of(const std::optional<std::string>& match, const std::optional<std::int64_t>& count, const std::optional<std::string>& type);

/// The commands of the class, and those of the objects that it makes.
void bind_client(py::module_& module);
void bind_queues(py::module_& module);
void bind_scans(py::module_& module);
void bind_pubsub(py::module_& module);
void bind_monitors(py::module_& module);
void bind_port(py::module_& module);
void bind_port_objects(py::module_& module);

}  // namespace rediscluster::python
