#include "client.hpp"

#include "errors.hpp"
#include "options.hpp"
#include "seconds.hpp"
#include "values.hpp"
#include "words.hpp"

#include <pybind11/stl.h>

namespace rediscluster::python {
namespace {

CorePointer make_core(const Options& options, const TextRules& rules) {
  std::optional<Error> failure;
  CorePointer core = without_gil([&]() -> CorePointer {
    try {
      return CorePointer(new Core{RedisCluster(options), rules}, end_without_gil<Core>);
    } catch (const RedisError& error) {
      failure = error.error();
      return nullptr;
    }
  });
  if (failure) raise(*failure);
  return core;
}

template <class Target>
py::object run_at(const CorePointer& core, const py::tuple& words, bool decodes, Target&& target) {
  const Words taken(words, core->rules);
  return give(without_gil([&] { return target().run(command_of(taken, detail::Loan::yes)); }), core->rules, decodes);
}

NothrowEachTarget group_of(const NothrowRedisCluster& cluster, const std::string& group) {
  if (group == "primaries") return cluster.on_all_primaries();
  if (group == "replicas") return cluster.on_all_replicas();
  if (group == "all") return cluster.on_all_nodes();
  throw py::value_error("there is no group of nodes '" + group + "': primaries, replicas or all");
}

}  // namespace

py::object give(const Result<ReplyBytes>& reply, const TextRules& rules, bool decodes) {
  if (!reply) raise(reply.error());
  return value_of(reply->view(), rules, decodes && rules.decodes);
}

Client::Client(const py::dict& options, const py::dict& text, const py::dict& callbacks)
    : core_(make_core(options_from(options), text_rules_from(text))), maker_(callbacks, core_->rules) {}

Result<ReplyBytes> Client::run(const py::tuple& words, Watch& watch, const std::optional<double>& timeout) const {
  const CorePointer core = core_;
  const Words taken(words, core->rules);
  RunOptions options;
  if (timeout) options.timeout = milliseconds_of(*timeout);
  return without_gil(watch, [&] {
    return timeout ? core->cluster.nothrow().run(command_of(taken, detail::Loan::yes), options) : core->cluster.nothrow().run(command_of(taken, detail::Loan::yes));
  });
}

py::object Client::call(const py::tuple& words, const py::dict& options) {
  Watch watch;
  const Result<ReplyBytes> reply = run(words, watch, std::nullopt);
  if (watch.was_interrupted()) [[unlikely]]
    watch.raise_if_interrupted(reply ? maker_.make(reply, words, options) : py::object());
  py::object made = maker_.make(reply, words, options);
  if (!reply && PyExceptionInstance_Check(made.ptr()) != 0) raise_object(made);
  return made;
}

py::object Client::execute(const py::tuple& words, bool decodes, const std::optional<double>& timeout) {
  Watch watch;
  const Result<ReplyBytes> reply = run(words, watch, timeout);
  if (watch.was_interrupted()) [[unlikely]]
    watch.raise_if_interrupted(reply ? give(reply, core_->rules, decodes) : py::object());
  return give(reply, core_->rules, decodes);
}

py::object Client::execute_on(const std::string& node, const py::tuple& words, bool decodes) {
  return run_at(core_, words, decodes, [&] { return core_->cluster.nothrow().on(node); });
}

py::object Client::execute_on_slot(int slot, const py::tuple& words, bool decodes) {
  return run_at(core_, words, decodes, [&] { return core_->cluster.nothrow().on_slot(slot); });
}

py::dict Client::execute_on_each(const std::string& group, const py::tuple& words, bool decodes) {
  const CorePointer core = core_;
  const Words taken(words, core->rules);
  const NothrowEachTarget target = group_of(core->cluster.nothrow(), group);
  const Result<NodeResults<ReplyBytes>> replies = without_gil([&] { return target.run(command_of(taken, detail::Loan::yes)); });
  if (!replies) raise(replies.error());
  py::dict by_node;
  for (const NodeResult<ReplyBytes>& each : *replies) {
    by_node[py::str(to_string(each.node))] =
        each.result ? value_of(each.result->view(), core->rules, decodes && core->rules.decodes) : exception_of(each.result.error());
  }
  return by_node;
}

std::string Client::explain(const py::tuple& words) {
  const Words taken(words, core_->rules);
  return core_->cluster.explain(EncodedCommand::from_words(taken.view()));
}

std::string Client::describe() const { return core_->cluster.to_string(); }

void Client::close() {
  const CorePointer core = core_;
  without_gil([&] { core->cluster.close(); });
}

void bind_client(py::module_& module) {
  py::class_<Client>(module, "Client")
      .def(py::init<const py::dict&, const py::dict&, const py::dict&>(), py::arg("options"), py::arg("text"), py::arg("callbacks"))
      .def("call", &Client::call)
      .def("execute", &Client::execute, py::arg("words"), py::arg("decodes") = true, py::arg("timeout") = py::none())
      .def("execute_on", &Client::execute_on, py::arg("node"), py::arg("words"), py::arg("decodes") = true)
      .def("execute_on_slot", &Client::execute_on_slot, py::arg("slot"), py::arg("words"), py::arg("decodes") = true)
      .def("execute_on_each", &Client::execute_on_each, py::arg("group"), py::arg("words"), py::arg("decodes") = true)
      .def("explain", &Client::explain, py::arg("words"))
      .def("describe", &Client::describe)
      .def("close", &Client::close);
  module.def("key_slot", [](const py::tuple& key, const py::dict& text) {
    const TextRules rules = text_rules_from(text);
    const Words taken(key, rules);
    return keyslot(taken.view().front().view());
  });
}

}  // namespace rediscluster::python
