/// The face of a scripted node: everything is a read or a change of the engine's state.
#include <algorithm>
#include <rediscluster/testing/scripted_node.hpp>

#include "testing/address_text.hpp"
#include "testing/scripted_engine.hpp"

namespace rediscluster::testing {
namespace {

int count_commands(const EngineState& state, const CommandWords& first_words) {
  const auto matches = [&](const ScriptedLogEntry& entry) { return starts_with_words(entry.words, first_words); };
  return static_cast<int>(std::count_if(state.history.log.begin(), state.history.log.end(), matches));
}

CommandPredicate is_exactly(const CommandWords& words) {
  return [words](const CommandWords& command) {
    return command.size() == words.size() && starts_with_words(command, words);
  };
}

}  // namespace

ScriptedEndpoint::ScriptedEndpoint(const ScriptedNode& node) : ScriptedEndpoint(node.address(), node.id()) {}

ScriptedNode::ScriptedNode(ScriptedNodeOptions options)
    : engine_(std::make_shared<ScriptedEngine>(std::move(options))) {}

ScriptedNode::~ScriptedNode() { engine_->stop(); }

NodeAddress ScriptedNode::address() const { return engine_->address(); }
std::string ScriptedNode::address_text() const { return testing::address_text(engine_->address()); }
std::string ScriptedNode::url() const { return "redis://" + address_text(); }
const std::string& ScriptedNode::id() const { return engine_->id(); }

ScriptedRule ScriptedNode::expect(CommandWords words) {
  return {engine_, ScriptedPlan{.what = describe_command(words), .matches = is_exactly(words)}};
}

ScriptedRule ScriptedNode::expect_where(std::string what, CommandPredicate predicate) {
  return {engine_, ScriptedPlan{.what = std::move(what), .matches = std::move(predicate)}};
}

ScriptedRule ScriptedNode::always(CommandWords words) {
  return {engine_, ScriptedPlan{.what = describe_command(words), .matches = is_exactly(words), .is_background = true}};
}

ScriptedRule ScriptedNode::always(CommandPredicate predicate) {
  return {engine_, ScriptedPlan{.what = "a predicate", .matches = std::move(predicate), .is_background = true}};
}

void ScriptedNode::serve_slots(std::vector<ScriptedRange> ranges) {
  engine_->change([&](EngineState& state) { state.manners.ranges = std::move(ranges); });
}

void ScriptedNode::on_hello(ScriptedHello hello) {
  engine_->change([&](EngineState& state) { state.manners.hello = hello; });
}

void ScriptedNode::clear_rules() {
  engine_->change([](EngineState& state) { state.script.clear(); });
}

void ScriptedNode::drop_connections(Cut how) {
  engine_->change([&](EngineState& state) {
    for (ScriptedConnection& connection : state.connections) connection.end_now(how);
    state.connections.clear();
  });
}

void ScriptedNode::refuse_new(bool refuse) {
  engine_->change([&](EngineState& state) { state.refuses_new = refuse; });
}

void ScriptedNode::hold_new(bool hold) {
  engine_->change([&](EngineState& state) { state.holds_new = hold; });
}

void ScriptedNode::pause() {
  engine_->change([](EngineState& state) { state.is_paused = true; });
}

void ScriptedNode::resume() {
  engine_->change([](EngineState& state) { state.is_paused = false; });
}

void ScriptedNode::send_unasked(std::string bytes) {
  engine_->change([&](EngineState& state) {
    for (ScriptedConnection& connection : state.connections) {
      connection.enqueue_uncounted({.kind = ScriptedStep::Kind::bytes, .bytes = bytes});
    }
  });
}

void ScriptedNode::cut_after(std::size_t count, Cut how) {
  engine_->change([&](EngineState& state) { state.answers.cut = {true, count, how}; });
}

void ScriptedNode::cut_after_received(std::size_t count, Cut how) {
  engine_->change([&](EngineState& state) { state.receive_cut = {true, count, how}; });
}

std::size_t ScriptedNode::bytes_sent() const {
  return engine_->read([](const EngineState& state) { return state.answers.sent; });
}

std::size_t ScriptedNode::bytes_received() const {
  return engine_->read([](const EngineState& state) { return state.history.bytes_received; });
}

int ScriptedNode::connections() const {
  return engine_->read([](const EngineState& state) { return state.history.connections; });
}

int ScriptedNode::open_connections() const {
  return engine_->read([](const EngineState& state) { return static_cast<int>(state.connections.size()); });
}

int ScriptedNode::received(std::string_view name) const { return received(CommandWords{std::string(name)}); }

int ScriptedNode::received(const CommandWords& first_words) const {
  return engine_->read([&](const EngineState& state) { return count_commands(state, first_words); });
}

std::vector<ScriptedLogEntry> ScriptedNode::log() const {
  return engine_->read([](const EngineState& state) { return state.history.log; });
}

std::vector<std::string> ScriptedNode::failures() const {
  return engine_->read([](const EngineState& state) { return state.history.failures; });
}

std::vector<std::string> ScriptedNode::unmet() const {
  return engine_->read([](const EngineState& state) { return state.script.unmet(); });
}

std::string ScriptedNode::complaints() const {
  std::string text;
  for (const std::string& failure : failures()) text += failure + "\n";
  for (const std::string& what : unmet()) text += "node " + address_text() + " still expects " + what + "\n";
  return text;
}

bool ScriptedNode::wait_for_command(const CommandWords& first_words, std::chrono::milliseconds timeout,
                                    int count) const {
  return engine_->wait_for([&](const EngineState& state) { return count_commands(state, first_words) >= count; },
                           timeout);
}

bool ScriptedNode::wait_until_met(std::chrono::milliseconds timeout) const {
  return engine_->wait_for([](const EngineState& state) { return state.script.is_met(); }, timeout);
}

}  // namespace rediscluster::testing
