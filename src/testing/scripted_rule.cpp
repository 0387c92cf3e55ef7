/// Rules while they are written.
#include <rediscluster/testing/scripted_rule.hpp>

#include "testing/scripted_engine.hpp"

namespace rediscluster::testing {

CommandPredicate starts_with(std::initializer_list<std::string_view> words) {
  return [first_words = CommandWords(words.begin(), words.end())](const CommandWords& command) {
    return starts_with_words(command, first_words);
  };
}

ScriptedRule::ScriptedRule(std::shared_ptr<ScriptedEngine> engine, ScriptedPlan plan)
    : engine_(std::move(engine)), plan_(std::make_unique<ScriptedPlan>(std::move(plan))) {}

ScriptedRule::~ScriptedRule() {
  if (plan_->steps.empty()) silence();
  engine_->add(std::move(*plan_));
}

ScriptedRule& ScriptedRule::answer(RawReply reply) {
  plan_->steps.push_back({.kind = ScriptedStep::Kind::reply, .reply = std::move(reply)});
  return *this;
}

ScriptedRule& ScriptedRule::answer_array(std::initializer_list<std::string_view> texts) {
  std::vector<RawReply> elements;
  for (std::string_view text : texts) elements.push_back(RawReply::bulk(std::string(text)));
  return answer_array(std::move(elements));
}

ScriptedRule& ScriptedRule::answer_with(std::function<RawReply(const CommandWords&)> make_reply) {
  // Steps are copied for every command, but a function with a memory must stay one.
  const auto shared = std::make_shared<std::function<RawReply(const CommandWords&)>>(std::move(make_reply));
  plan_->steps.push_back({.kind = ScriptedStep::Kind::computed_reply,
                          .make_reply = [shared](const CommandWords& words) { return (*shared)(words); }});
  return *this;
}

ScriptedRule& ScriptedRule::answer_raw(std::string bytes) {
  plan_->steps.push_back({.kind = ScriptedStep::Kind::bytes, .bytes = std::move(bytes)});
  return *this;
}

ScriptedRule& ScriptedRule::answer_in_pieces(std::string bytes, const std::vector<std::size_t>& sizes,
                                             std::chrono::milliseconds pause) {
  std::size_t at = 0;
  for (std::size_t size : sizes) {
    if (at >= bytes.size()) break;
    answer_raw(bytes.substr(at, size)).after_delay(pause);
    at += size;
  }
  return at < bytes.size() ? answer_raw(bytes.substr(at)) : *this;
}

ScriptedRule& ScriptedRule::answer_drip(std::string bytes, std::chrono::milliseconds pause) {
  const std::vector<std::size_t> single_bytes(bytes.size(), 1);
  return answer_in_pieces(std::move(bytes), single_bytes, pause);
}

ScriptedRule& ScriptedRule::after(std::function<bool()> is_ready) {
  plan_->steps.push_back({.kind = ScriptedStep::Kind::wait, .is_ready = std::move(is_ready)});
  return *this;
}

ScriptedRule& ScriptedRule::after(const Gate& gate) {
  return after([gate] { return gate.is_open(); });
}

ScriptedRule& ScriptedRule::after(std::shared_future<void> event) {
  return after([event] { return event.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
}

ScriptedRule& ScriptedRule::after_delay(std::chrono::milliseconds delay) {
  plan_->steps.push_back({.kind = ScriptedStep::Kind::delay, .delay = delay});
  return *this;
}

ScriptedRule& ScriptedRule::close() {
  plan_->steps.push_back({.kind = ScriptedStep::Kind::close});
  return *this;
}

ScriptedRule& ScriptedRule::close_with_reset() {
  plan_->steps.push_back({.kind = ScriptedStep::Kind::reset});
  return *this;
}

ScriptedRule& ScriptedRule::silence() {
  plan_->steps.push_back({.kind = ScriptedStep::Kind::silence});
  return *this;
}

ScriptedRule& ScriptedRule::times(int count) {
  plan_->times_left = count;
  return *this;
}

}  // namespace rediscluster::testing
