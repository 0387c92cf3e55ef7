#include "client.hpp"

#include "errors.hpp"
#include "options.hpp"
#include "surfaces.hpp"
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

}  // namespace

Client::Client(const py::dict& options, const py::dict& text, const py::dict& callbacks)
    : core_(make_core(options_from(options), text_rules_from(text))), maker_(callbacks, core_->rules) {}

py::object Client::call(const py::tuple& words, const py::dict& options) {
  const CorePointer core = core_;
  const Words taken(words, core->rules);
  Watch watch;
  const Result<ReplyBytes> reply = without_gil(watch, [&] { return core->cluster.nothrow().run(command_of(taken, detail::Loan::yes)); });
  if (watch.was_interrupted()) [[unlikely]]
    watch.raise_if_interrupted(reply ? maker_.make(reply, words, options) : py::object());
  return maker_.give(reply, words, options);
}

py::object Client::call_on(const std::string& node, const py::tuple& words, const py::dict& options) {
  const CorePointer core = core_;
  const Words taken(words, core->rules);
  return maker_.give(without_gil([&] { return core->cluster.nothrow().on(node).run(command_of(taken, detail::Loan::yes)); }), words, options);
}

py::dict Client::call_on_each(const std::string& group, const py::tuple& words, const py::dict& options) {
  const CorePointer core = core_;
  const Words taken(words, core->rules);
  const NothrowEachTarget target = group_of(core->cluster.nothrow(), group);
  const Result<NodeResults<ReplyBytes>> replies = without_gil([&] { return target.run(command_of(taken, detail::Loan::yes)); });
  if (!replies) raise(replies.error());
  return maker_.by_node(*replies, words, options);
}

std::string Client::explain(const py::tuple& words) {
  const Words taken(words, core_->rules);
  return core_->cluster.explain(EncodedCommand::from_words(taken.view()));
}

void Client::close() {
  const CorePointer core = core_;
  without_gil([&] { core->cluster.close(); });
}

void bind_client(py::module_& module) {
  py::class_<Client>(module, "Client")
      .def(py::init<const py::dict&, const py::dict&, const py::dict&>(), py::arg("options"), py::arg("text"), py::arg("callbacks"))
      .def("call", &Client::call)
      .def("call_on", &Client::call_on)
      .def("call_on_each", &Client::call_on_each)
      .def("explain", &Client::explain, py::arg("words"))
      .def("close", &Client::close);
  module.def("key_slot", [](const py::tuple& key, const py::dict& text) {
    const TextRules rules = text_rules_from(text);
    const Words taken(key, rules);
    return keyslot(taken.view().front().view());
  });
}

}  // namespace rediscluster::python
