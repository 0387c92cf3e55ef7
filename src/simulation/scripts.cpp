// What the scripts that clients send do: there is no Lua here, so each is known by its words.
#include "simulation/commands.hpp"

#include "wire/write_reply.hpp"

namespace rediscluster::simulation {
namespace {

// Of a key that has one.
std::int64_t left_of(const Value& value, base::TimePoint now) {
  return value.ends == base::TimePoint::max() ? -1 : std::chrono::duration_cast<std::chrono::milliseconds>(value.ends - now).count();
}

std::string push(Act& act) {
  const Words inner{"RPUSH", act.words[3], act.words[4]};
  Act pushing{act.store, inner, act.ledger, act.now, act.node, act.connection, act.block, act.protocol, act.sent, act.changed};
  return known_command("RPUSH")->run(pushing);
}

// Who holds a lock: -2 nobody, -3 somebody else, else what is left of the lease.
std::string tell_holder(Act& act) {
  const Value* const holder = act.find(act.words[3]);
  if (holder == nullptr) return number_reply(-2);
  return number_reply(holder->text != act.words[4] ? -3 : left_of(*holder, act.now));
}

std::string let_go(Act& act) {
  const Value* const holder = act.find(act.words[3]);
  if (holder == nullptr || holder->text != act.words[4]) return number_reply(0);
  return number_reply(act.remove(act.words[3]) ? 1 : 0);
}

std::string extend(Act& act) {
  const Value* const holder = act.find(act.words[3]);
  if (holder == nullptr || holder->text != act.words[4] || act.words.size() < 7) return number_reply(0);
  const std::int64_t left = act.words[6] == "add" ? std::max<std::int64_t>(left_of(*holder, act.now), 0) : 0;
  const std::int64_t lease = left + std::stoll(act.words[5]);
  act.change(act.words[3], Value::Kind::text).ends = act.now + std::chrono::milliseconds(lease);
  return number_reply(lease);
}

// RENAME over two slots. What is dumped of a text is the text, which is its own mark, too; it has no expiry.
std::string read_to_rename(Act& act) {
  const Value* const value = act.find(act.words[3]);
  return value == nullptr ? act.nil() : wire::header('*', 3) + wire::bulk(value->text) + wire::bulk("-1") + wire::bulk(value->text);
}

std::string remove_renamed(Act& act) {
  const Value* const value = act.find(act.words[3]);
  if (value == nullptr) return number_reply(0);
  if (value->text != act.words[4]) return number_reply(-1);
  return number_reply(act.remove(act.words[3]) ? 1 : 0);
}

// MSETNX over several slots takes back what it has set.
std::string remove_equal(Act& act) {
  const auto count = static_cast<std::size_t>(std::stoul(act.words[2]));
  for (std::size_t i = 3; i < 3 + count; ++i) {
    const Value* const value = act.find(act.words[i]);
    if (value != nullptr && value->text == act.words[i + count]) act.remove(act.words[i]);
  }
  return ok_reply;
}

}  // namespace

std::string run_script(Act& act) {
  const auto says = [&](std::string_view words) { return act.words[1].find(words) != std::string::npos; };
  if (says("'RPUSH'")) return push(act);
  if (says("'UNLINK'")) return remove_renamed(act);
  if (says("'DUMP'") && says("'TIME'") && !says("'RENAME'")) return read_to_rename(act);
  if (says("'DEL'")) return remove_equal(act);
  if (says("'pexpire'")) return extend(act);
  if (says("'pttl'")) return tell_holder(act);
  return says("'del'") ? let_go(act) : "-ERR a script that the simulation does not know\r\n";
}

}  // namespace rediscluster::simulation
