#include "simulation/commands.hpp"

#include "wire/write_reply.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace rediscluster::simulation {
namespace {

using wire::bulk;
using wire::header;

const std::string wrong_kind = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

std::int64_t integer(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool is_of(const Value* value, Value::Kind kind) { return value == nullptr || value->kind == kind; }

std::string bulk_or_nil(const Act& act, const Value* value) { return value == nullptr || value->kind != Value::Kind::text ? act.nil() : bulk(value->text); }

std::string get(Act& act) {
  const Value* const value = act.find(act.words[1]);
  return is_of(value, Value::Kind::text) ? bulk_or_nil(act, value) : wrong_kind;
}

std::string mget(Act& act) {
  std::string reply = header('*', static_cast<std::int64_t>(act.words.size() - 1));
  for (std::size_t i = 1; i < act.words.size(); ++i) reply += bulk_or_nil(act, act.find(act.words[i]));
  return reply;
}

void put(Act& act, const std::string& key, const std::string& text) {
  act.store.erase(key);
  act.change(key, Value::Kind::text).text = text;
  act.ran(text);
}

// With NX and PX, as a lock is taken.
std::string set(Act& act) {
  std::int64_t lease = 0;
  for (std::size_t i = 3; i < act.words.size(); ++i) {
    if (act.words[i] == "NX" && act.find(act.words[1]) != nullptr) return act.nil();
    if (act.words[i] == "PX" && i + 1 < act.words.size()) lease = integer(act.words[i + 1]);
  }
  put(act, act.words[1], act.words[2]);
  if (lease > 0) act.change(act.words[1], Value::Kind::text).ends = act.now + std::chrono::milliseconds(lease);
  return ok_reply;
}

std::string mset(Act& act) {
  for (std::size_t i = 1; i + 1 < act.words.size(); i += 2) put(act, act.words[i], act.words[i + 1]);
  return ok_reply;
}

std::string del(Act& act) {
  std::int64_t count = 0;
  for (std::size_t i = 1; i < act.words.size(); ++i) count += act.remove(act.words[i]) ? 1 : 0;
  return number_reply(count);
}

std::string push(Act& act, bool to_left) {
  if (!is_of(act.find(act.words[1]), Value::Kind::list)) return wrong_kind;
  Value& value = act.change(act.words[1], Value::Kind::list);
  for (std::size_t i = 2; i < act.words.size(); ++i) {
    to_left ? value.list.push_front(act.words[i]) : value.list.push_back(act.words[i]);
    act.ran(act.words[i]);
  }
  while (value.list.size() > longest_list) value.list.pop_front();
  return number_reply(static_cast<std::int64_t>(value.list.size()));
}

std::string lpush(Act& act) { return push(act, true); }
std::string rpush(Act& act) { return push(act, false); }

std::string lindex(Act& act) {
  const Value* const value = act.find(act.words[1]);
  if (!is_of(value, Value::Kind::list)) return wrong_kind;
  if (value == nullptr) return act.nil();
  const std::int64_t place = integer(act.words[2]);
  return bulk(place < 0 ? value->list.back() : value->list.front());
}

// One of them, from the left or from the right.
std::string lrem(Act& act) {
  const Value* const value = act.find(act.words[1]);
  if (!is_of(value, Value::Kind::list)) return wrong_kind;
  if (value == nullptr || std::find(value->list.begin(), value->list.end(), act.words[3]) == value->list.end()) return number_reply(0);
  std::deque<std::string>& list = act.change(act.words[1], Value::Kind::list).list;
  const auto from_right = std::find(list.rbegin(), list.rend(), act.words[3]);
  list.erase(integer(act.words[2]) > 0 ? std::find(list.begin(), list.end(), act.words[3]) : std::prev(from_right.base()));
  if (list.empty()) act.store.erase(act.words[1]);
  return number_reply(1);
}

std::string exists(Act& act) {
  return number_reply(std::count_if(act.words.begin() + 1, act.words.end(), [&](const std::string& key) { return act.find(key) != nullptr; }));
}

std::string msetnx(Act& act) {
  for (std::size_t i = 1; i + 1 < act.words.size(); i += 2) {
    if (act.find(act.words[i]) != nullptr) return number_reply(0);
  }
  mset(act);
  return number_reply(1);
}

// Of a key to itself: whether it is there.
std::string rename(Act& act) { return act.find(act.words[1]) == nullptr ? "-ERR no such key\r\n" : ok_reply; }

// What was dumped is the text itself (scripts.cpp).
std::string restore(Act& act) {
  const bool replaces = std::find(act.words.begin(), act.words.end(), "REPLACE") != act.words.end();
  if (!replaces && act.find(act.words[1]) != nullptr) return "-BUSYKEY Target key name already exists.\r\n";
  put(act, act.words[1], act.words[3]);
  return ok_reply;
}

std::string pop(Act& act, const std::string& key) {
  Value& value = act.change(key, Value::Kind::list);
  const std::string text = value.list.front();
  value.list.pop_front();
  act.ledger.popped();
  if (value.list.empty()) act.store.erase(key);
  return text;
}

std::string lpop(Act& act) {
  const Value* const value = act.find(act.words[1]);
  if (!is_of(value, Value::Kind::list)) return wrong_kind;
  return value == nullptr ? act.nil() : bulk(pop(act, act.words[1]));
}

std::string lrange(Act& act) {
  const Value* const value = act.find(act.words[1]);
  if (!is_of(value, Value::Kind::list)) return wrong_kind;
  if (value == nullptr) return "*0\r\n";
  std::string reply = header('*', static_cast<std::int64_t>(value->list.size()));
  for (const std::string& each : value->list) reply += bulk(each);
  return reply;
}

std::string blpop(Act& act) {
  for (std::size_t i = 1; i + 1 < act.words.size(); ++i) {
    const Value* const value = act.find(act.words[i]);
    if (!is_of(value, Value::Kind::list)) return wrong_kind;
    if (value != nullptr) return "*2\r\n" + bulk(act.words[i]) + bulk(pop(act, act.words[i]));
  }
  return {};
}

std::string hincrby(Act& act) {
  if (!is_of(act.find(act.words[1]), Value::Kind::hash)) return wrong_kind;
  Value& value = act.change(act.words[1], Value::Kind::hash);
  std::int64_t& field = value.hash[act.words[2]];
  field += integer(act.words[3]);
  const std::int64_t sum = field;
  act.ran(act.words[2]);
  constexpr std::size_t largest = 64;
  while (value.hash.size() > largest) value.hash.erase(value.hash.begin());
  return number_reply(sum);
}

constexpr std::array<Known, 19> all{{
    {"BLPOP", blpop, 1, -2, 1, true, 3},
    {"DEL", del, 1, -1, 1, true, 2},
    {"EVAL", run_script, 3, 3, 1, true, 4},
    {"EVALSHA", run_script, 3, 3, 1, true, 5},
    {"EXISTS", exists, 1, -1, 1, false, 2},
    {"GET", get, 1, 1, 1, false, 2},
    {"HINCRBY", hincrby, 1, 1, 1, true, 4},
    {"LINDEX", lindex, 1, 1, 1, false, 3},
    {"LPOP", lpop, 1, 1, 1, true, 2},
    {"LPUSH", lpush, 1, 1, 1, true, 3},
    {"LRANGE", lrange, 1, 1, 1, false, 4},
    {"LREM", lrem, 1, 1, 1, true, 4},
    {"MGET", mget, 1, -1, 1, false, 2},
    {"MSET", mset, 1, -1, 2, true, 3},
    {"MSETNX", msetnx, 1, -1, 2, true, 3},
    {"RENAME", rename, 1, 2, 1, true, 3},
    {"RESTORE", restore, 1, 1, 1, true, 4},
    {"RPUSH", rpush, 1, 1, 1, true, 3},
    {"SET", set, 1, 1, 1, true, 3},
}};

}  // namespace

const Value* Act::find(const std::string& key) const {
  const auto found = store.find(key);
  return found == store.end() || found->second->ends <= now ? nullptr : found->second.get();
}

bool Act::remove(const std::string& key) {
  if (store.erase(key) == 0) return false;
  changed.insert(key);
  return true;
}

Value& Act::change(const std::string& key, Value::Kind kind) {
  changed.insert(key);
  std::shared_ptr<const Value>& held = store[key];
  if (held != nullptr && held->ends <= now) held = nullptr;
  auto copy = held == nullptr ? std::make_shared<Value>() : std::make_shared<Value>(*held);
  if (held == nullptr) copy->kind = kind;
  held = copy;
  return *copy;
}

const Known* known_command(std::string_view name) {
  const auto found = std::lower_bound(all.begin(), all.end(), name, [](const Known& each, std::string_view wanted) { return each.name < wanted; });
  return found == all.end() || found->name != name ? nullptr : &*found;
}

std::vector<std::string_view> keys_of(const Known& command, const Words& words) {
  std::vector<std::string_view> keys;
  const int count = static_cast<int>(words.size());
  const int last = command.last_key < 0 ? count + command.last_key : command.last_key;
  for (int i = command.first_key; i > 0 && i <= last && i < count; i += command.step) keys.emplace_back(words[static_cast<std::size_t>(i)]);
  return keys;
}

}  // namespace rediscluster::simulation
