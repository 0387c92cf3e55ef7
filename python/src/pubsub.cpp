// Subscriptions: the core restores them; Python gets messages as tuples.
#include "client.hpp"
#include "errors.hpp"
#include "seconds.hpp"
#include "words.hpp"

#include <pybind11/stl.h>

namespace rediscluster::python {
namespace {

/// Thread-safe, but that close() ends the waits of others.
class PyPubSub {
 public:
  explicit PyPubSub(const Client& client) : core_(client.core()), pubsub_(core_->cluster.nothrow().pubsub()) {}

  /// @param kind  "channel", "pattern" or "sharded".
  void subscribe(const std::string& kind, const py::tuple& names) {
    const std::vector<std::string> taken = names_of(names, core_->rules);
    const Result<void> done = without_gil([&]() -> Result<void> {
      if (kind == "channel") return pubsub_.subscribe(taken);
      if (kind == "pattern") return pubsub_.psubscribe(taken);
      return pubsub_.ssubscribe(taken);
    });
    if (!done) raise(done.error());
  }
  /// All of the kind without names.
  void unsubscribe(const std::string& kind, const py::tuple& names) {
    const std::vector<std::string> taken = names_of(names, core_->rules);
    const Result<void> done = without_gil([&]() -> Result<void> {
      if (kind == "channel") return taken.empty() ? pubsub_.unsubscribe() : pubsub_.unsubscribe(taken);
      if (kind == "pattern") return taken.empty() ? pubsub_.punsubscribe() : pubsub_.punsubscribe(taken);
      return taken.empty() ? pubsub_.sunsubscribe() : pubsub_.sunsubscribe(taken);
    });
    if (!done) raise(done.error());
  }
  /// (type, pattern or None, channel, data or count), or None when nothing came within so many seconds.
  py::object get(double seconds) {
    const auto wait = milliseconds_of(seconds);
    const Result<std::optional<Message>> message = without_gil([&] { return pubsub_.get_message(wait); });
    if (!message) raise(message.error());
    return *message ? message_of(**message, core_->rules) : py::none();
  }
  bool is_subscribed() const { return pubsub_.subscribed(); }
  void close() {
    without_gil([&] { pubsub_.close(); });
  }

 private:
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
      .def_property_readonly("is_subscribed", &PyPubSub::is_subscribed)
      .def("close", &PyPubSub::close);
}

}  // namespace rediscluster::python
