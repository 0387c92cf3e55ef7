// Subscriptions: the core restores them; Python gets messages as tuples.
#include "client.hpp"
#include "errors.hpp"
#include "seconds.hpp"
#include "surfaces.hpp"
#include "words.hpp"

#include <pybind11/stl.h>

namespace rediscluster::python {
namespace {

/// Thread-safe, but that close() ends the waits of others.
class PyPubSub {
 public:
  explicit PyPubSub(const Client& client) : core_(client.core()), pubsub_(core_->cluster.nothrow().pubsub()) {}

  void subscribe(const std::string& kind, const py::tuple& names) {
    finish([&, taken = names_of(names, core_->rules)] { return python::subscribe(pubsub_, kind, taken); });
  }
  void unsubscribe(const std::string& kind, const py::tuple& names) {
    finish([&, taken = names_of(names, core_->rules)] { return python::unsubscribe(pubsub_, kind, taken); });
  }
  /// (type, pattern or None, channel, data or count), or None when nothing came within so many seconds.
  py::object get(double seconds) {
    const auto wait = milliseconds_of(seconds);
    const Result<std::optional<Message>> message = without_gil([&] { return pubsub_.get_message(wait); });
    if (!message) raise(message.error());
    return *message ? message_of(**message, core_->rules) : py::none();
  }
  void close() {
    without_gil([&] { pubsub_.close(); });
  }

 private:
  template <class Work>
  static void finish(Work&& work) {
    const Result<void> done = without_gil(work);
    if (!done) raise(done.error());
  }

  CorePointer core_;
  NothrowPubSub pubsub_;
};

}  // namespace

py::object message_of(const Message& message, const TextRules& rules) {
  const bool is_text = message.is_published() || message.type == Message::Type::gap || message.type == Message::Type::refused;
  const py::object data = is_text ? text_of(message.data, rules) : py::int_(message.count);
  const py::object pattern = message.type == Message::Type::pmessage ? text_of(message.pattern, rules) : py::none();
  return py::make_tuple(to_string(message.type), pattern, text_of(message.channel, rules), data);
}

void bind_pubsub(py::module_& module) {
  py::class_<PyPubSub>(module, "PubSub")
      .def(py::init<const Client&>(), py::arg("client"))
      .def("subscribe", &PyPubSub::subscribe, py::arg("kind"), py::arg("names"))
      .def("unsubscribe", &PyPubSub::unsubscribe, py::arg("kind"), py::arg("names"))
      .def("get", &PyPubSub::get, py::arg("seconds"))
      .def("close", &PyPubSub::close);
}

}  // namespace rediscluster::python
