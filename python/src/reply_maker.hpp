/// From the reply to a command to what its method returns: redis-py's function for the command, its options. With the GIL.
#pragma once

#include "text_rules.hpp"

#include <rediscluster/redis_cluster.hpp>

namespace rediscluster::python {

class ReplyMaker {
 public:
  /// @param callbacks  by the command's name in capitals: what makes its reply what its method returns.
  ReplyMaker(py::dict callbacks, const TextRules& rules) : callbacks_(std::move(callbacks)), rules_(rules), never_decode_("NEVER_DECODE"), empty_response_("EMPTY_RESPONSE") {}

  /// A value, or an exception object where the command failed. Errors: what a function of the user's raises.
  py::object make(const Result<ReplyBytes>& reply, const py::tuple& words, const py::dict& options) const;
  /// The same, with the exception raised.
  py::object give(const Result<ReplyBytes>& reply, const py::tuple& words, const py::dict& options) const;
  /// A dict from "host:port" to what make() gives.
  py::dict by_node(const NodeResults<ReplyBytes>& results, const py::tuple& words, const py::dict& options) const;

 private:
  py::object callback_of(const py::tuple& words) const;

  const py::dict callbacks_;
  const TextRules& rules_;
  const py::str never_decode_;
  const py::str empty_response_;
};

}  // namespace rediscluster::python
