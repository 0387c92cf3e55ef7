/// From the reply to a command to what its method returns: redis-py's function for the command, its options. With the GIL.
#pragma once

#include "text_rules.hpp"

#include <rediscluster/redis_cluster.hpp>

#include <vector>

namespace rediscluster::python {

/// One of those that the package's Python code has queued: (words, options).
struct QueuedCommand {
  py::tuple words;
  py::dict options;
};
/// Errors: raises TypeError for what is no such pair.
std::vector<QueuedCommand> queued_commands_of(const py::tuple& queued);

class ReplyMaker {
 public:
  /// @param callbacks  by the command's name in capitals: what makes its reply what its method returns.
  ReplyMaker(py::dict callbacks, const TextRules& rules) : callbacks_(std::move(callbacks)), rules_(rules), never_decode_("NEVER_DECODE"), empty_response_("EMPTY_RESPONSE") {}

  /// A value, or an exception object where the command failed. Errors: what a function of the user's raises.
  py::object make(const Result<ReplyBytes>& reply, const py::tuple& words, const py::dict& options) const;

 private:
  py::object callback_of(const py::tuple& words) const;

  const py::dict callbacks_;
  const TextRules& rules_;
  const py::str never_decode_;
  const py::str empty_response_;
};

}  // namespace rediscluster::python
