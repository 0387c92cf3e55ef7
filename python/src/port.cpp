// What calls of an event loop become, and what their futures are told.
#include "port.hpp"

#include "errors.hpp"
#include "items.hpp"
#include "monitors.hpp"
#include "options.hpp"

#include <pybind11/stl.h>

namespace rediscluster::python {
namespace {

AsyncPointer make_async_core(const py::dict& options, const py::dict& text) {
  try {
    return AsyncPointer(new AsyncCore{AsyncRedisCluster(options_from(options)), text_rules_from(text)}, end_without_gil<AsyncCore>);
  } catch (const RedisError& error) {
    raise(error.error());
  }
}

}  // namespace

AsyncClient::AsyncClient(const py::dict& options, const py::dict& text) : core_(make_async_core(options, text)) {}

std::uint64_t Port::execute_at(const py::object& future, const std::string& target, const py::tuple& words, const py::dict& options) {
  return begin(future, words, options, core_->redis.on(target).run(command_of(Words(words, core_->rules))));
}

std::uint64_t Port::execute_on_each(const py::object& future, const std::string& group, const py::tuple& words, const py::dict& options) {
  Command<ReplyBytes> command = command_of(Words(words, core_->rules));
  return begin(future, words, options, core_->redis.call([group, command = std::move(command)](NothrowRedisCluster& client) {
    return group_of(client, group).run(command);
  }));
}

std::uint64_t Port::pipeline(const py::object& future, const py::tuple& queued, bool read_from_replicas) {
  AsyncPipeline pipe = core_->redis.pipeline({.read_from_replicas = read_from_replicas});
  return begin_batch(future, queued, pipe);
}

// What a function of the user's raises is his. Reply.end() of Python's code does the rest; whatever goes wrong there, the others are told.
void Port::tell(const Waiting& waiting, const Outcome& outcome) const noexcept {
  try {
    py::object value;
    try {
      value = value_of_outcome(waiting, outcome);
    } catch (py::error_already_set& raised) {
      value = raised.value();
    } catch (const std::exception& problem) {
      value = py::module_::import("builtins").attr("RuntimeError")(problem.what());
    }
    waiting.future.attr("end")(value, PyExceptionInstance_Check(value.ptr()) != 0);
  } catch (py::error_already_set& raised) {
    raised.discard_as_unraisable("the end of a call could not be told");
  } catch (...) {
    PyErr_SetString(PyExc_RuntimeError, "the end of a call could not be told");
    PyErr_WriteUnraisable(waiting.future.ptr());
  }
}

template <class End>
constexpr bool is_page = false;
template <class Item>
constexpr bool is_page<Result<std::vector<Item>>> = true;

py::object Port::value_of_outcome(const Waiting& waiting, const Outcome& outcome) const {
  const auto words = [&] { return py::reinterpret_borrow<py::tuple>(waiting.words); };
  const auto options = [&] { return py::reinterpret_borrow<py::dict>(waiting.options); };
  return std::visit(
      [&](const auto& end) -> py::object {
        using End = std::decay_t<decltype(end)>;
        if constexpr (std::is_same_v<End, Result<ReplyBytes>>) {
          return maker_.make(end, words(), options());
        } else {
          if (!end) return exception_of(end.error());
          if constexpr (std::is_same_v<End, Result<Replies>>) return waiting.batch.values(maker_);
          if constexpr (std::is_same_v<End, Result<std::optional<Message>>>) return *end ? message_of(**end, core_->rules) : py::none();
          if constexpr (std::is_same_v<End, Result<std::optional<MonitorLine>>>) return *end ? line_of(**end) : py::none();
          if constexpr (std::is_same_v<End, Result<NodeResults<ReplyBytes>>>) {
            return maker_.by_node(*end, words(), options());
          } else if constexpr (is_page<End>) {
            return values_of(*end, core_->rules);
          }
          return py::none();
        }
      },
      outcome);
}

void bind_port(py::module_& module) {
  py::class_<AsyncClient>(module, "AsyncClient")
      .def(py::init<const py::dict&, const py::dict&>(), py::arg("options"), py::arg("text"))
      .def("close", &AsyncClient::close);
  py::class_<Port>(module, "Port")
      .def(py::init<const AsyncClient&, const py::dict&>(), py::arg("client"), py::arg("callbacks"))
      .def_property_readonly("descriptor", &Port::descriptor)
      .def("execute", &Port::execute)
      .def("execute_at", &Port::execute_at)
      .def("execute_on_each", &Port::execute_on_each)
      .def("pipeline", &Port::pipeline)
      .def("cancel", &Port::cancel)
      .def("leave", &Port::leave)
      .def_property_readonly("has_left", &Port::has_left)
      .def("drain", &Port::drain);
}

}  // namespace rediscluster::python
