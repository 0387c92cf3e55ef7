#include "simulation/node.hpp"

#include "simulation/cluster.hpp"
#include "testing/command_reader.hpp"
#include "wire/write_reply.hpp"

#include <rediscluster/script_source.hpp>

#include <algorithm>
#include <iterator>

namespace rediscluster::simulation {
namespace {

using testing::starts_with_words;

const std::string queued = "+QUEUED\r\n";
const std::string try_again = "-TRYAGAIN Multiple keys request during rehashing of slot\r\n";

std::string error(const std::string& text) { return "-" + text + "\r\n"; }

// Of what may stand behind ASKING: MULTI, which it holds for as well.
bool keys_are_missing(const Words& words) {
  const Known* const command = known_command(words.front());
  return words.front() != "MULTI" && words.front() != "WATCH" && (command == nullptr || keys_of(*command, words).empty());
}

void to_upper(std::string& word) {
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char each) { return static_cast<char>(std::toupper(each)); });
}

std::string hello(int protocol, std::uint64_t connection) {
  const auto text = [](const char* words) { return wire::bulk(words); };
  return wire::header(protocol == 3 ? '%' : '*', protocol == 3 ? 7 : 14) + text("server") + text("redis") + text("version") + text("7.0.15") + text("proto") +
         wire::header(':', protocol) + text("id") + wire::header(':', static_cast<std::int64_t>(connection)) + text("mode") + text("cluster") + text("role") +
         text("master") + text("modules") + "*0\r\n";
}

}  // namespace

SimNode::SimNode(SimCluster& cluster, int number, NodeAddress address) : cluster_(cluster), number_(number), address_(std::move(address)) {}

// Forty hexadecimal digits, as servers have.
std::string SimNode::id() const {
  std::string id(40, 'a');
  for (std::size_t i = 0, rest = static_cast<std::size_t>(number_); rest > 0; ++i, rest /= 10) id[39 - i] = static_cast<char>('0' + rest % 10);
  return id;
}

void SimNode::accepted(Connection& connection) {
  connection.state = std::make_shared<Session>();
  session_of(connection).id = ++sessions_;
}

void SimNode::received(Connection& connection, std::string_view bytes) {
  session_of(connection).input.append(bytes);
  process(connection);
}

bool SimNode::takes() const { return hung_until <= cluster_.world().now(); }

void SimNode::ended(Connection& connection) {
  blocked_.remove_if([&](const Blocked& each) { return each.connection == &connection; });
  connection.state.reset();
}

void SimNode::wake_up() {
  if (is_up && takes()) cluster_.network().deliver_kept(*this);
}

void SimNode::process(Connection& connection) {
  const std::shared_ptr<void> kept = connection.state;  // a command may end the connection
  std::string replies;
  std::size_t read = 0;
  while (connection.state != nullptr && !session_of(connection).is_blocked) {
    Session& session = session_of(connection);
    testing::ReadCommand command = testing::read_command(std::string_view(session.input).substr(read));
    if (command.status != testing::ReadCommand::Status::complete) break;
    read += command.size;
    if (command.words.empty()) continue;
    const std::string reply = answer(connection, session, command.words);
    replies = cluster_.commits(Sabotage::swaps_replies) ? reply + replies : replies + reply;
  }
  if (connection.state != nullptr) session_of(connection).input.erase(0, read);
  connection.send(replies);
}

std::string SimNode::answer(Connection& connection, Session& session, Words& words) {
  to_upper(words.front());
  if (session.asking && keys_are_missing(words)) cluster_.ledger().complain("I8", "ASKING was followed by " + words.front());
  if (const auto reply = answer_about_connection(connection, session, words)) return *reply;
  if (const auto reply = answer_about_messages(session, words)) return *reply;
  if (const auto reply = answer_about_itself(words)) {
    return loading_until > cluster_.world().now() ? loading_reply : *reply;
  }
  if (const auto reply = answer_of_transaction(connection, session, words)) return *reply;
  const Known* const command = known_command(words.front());
  if (command == nullptr) return error("ERR unknown command '" + words.front() + "'");
  if (words.size() < command->least_words) return error("ERR wrong number of arguments for '" + words.front() + "' command");
  const bool was_asking = session.asking;
  auto refused = refusal(session, *command, words);
  if (!refused) refused = look_up_script(words);
  session.asking = false;
  if (refused) {
    cluster_.world().note(*refused, connection.number(), was_asking);
    for (const std::string& word : words) {
      if (const auto token = Token::of(word)) cluster_.ledger().refused(*token, cluster_.world().now());
    }
    session.is_multi_broken = session.is_multi_broken || session.in_multi;
    return *refused;
  }
  if (session.in_multi) {
    session.queued.push_back(std::move(words));
    return queued;
  }
  std::string reply = execute(connection, *command, words, 0);
  if (reply.empty()) block(connection, session, std::move(words));
  return reply;
}

std::optional<std::string> SimNode::answer_about_connection(Connection& connection, Session& session, const Words& words) {
  const std::string& name = words.front();
  if (name == "HELLO") {
    session.protocol = words.size() > 1 && words[1] == "3" ? 3 : 2;
    return hello(session.protocol, session.id);
  }
  if (name == "PING") {
    const bool is_subscriber = !session.channels.empty() || !session.sharded.empty();
    if (session.protocol == 2 && is_subscriber) return "*2\r\n" + wire::bulk("pong") + wire::bulk(words.size() > 1 ? words[1] : "");
    return words.size() > 1 ? wire::bulk(words[1]) : "+PONG\r\n";
  }
  if (name == "CLIENT") return answer_client(connection, words);
  if (name == "CLUSTER" && starts_with_words(words, {"CLUSTER", "SLOTS"})) {
    const base::TimePoint now = cluster_.world().now();
    if (loading_until > now) return loading_reply;
    return cluster_.slots_reply(outdated_until > now ? cluster_.first_shape() : *view, partial_until > now);
  }
  if (name == "CLUSTER" && starts_with_words(words, {"CLUSTER", "MYID"})) return wire::bulk(id());
  if (name == "ASKING") {
    session.asking = true;
    return ok_reply;
  }
  if (name == "READONLY" || name == "READWRITE") {
    session.readonly = name == "READONLY";
    return ok_reply;
  }
  if (name == "SCRIPT") return answer_script(words);
  return std::nullopt;
}

std::string SimNode::answer_script(const Words& words) {
  if (!starts_with_words(words, {"SCRIPT", "LOAD"}) || words.size() != 3) return ok_reply;
  const ScriptSource source(words[2]);
  scripts_[source.sha1()] = words[2];
  return wire::bulk(source.sha1());
}

std::optional<std::string> SimNode::look_up_script(Words& words) {
  if (words.front() == "EVAL") scripts_[ScriptSource(words[1]).sha1()] = words[1];
  if (words.front() != "EVALSHA") return std::nullopt;
  const auto found = scripts_.find(words[1]);
  if (found == scripts_.end()) return error("NOSCRIPT No matching script. Please use EVAL.");
  words[1] = found->second;
  return std::nullopt;
}

std::string SimNode::answer_client(Connection& connection, const Words& words) {
  if (starts_with_words(words, {"CLIENT", "ID"})) return number_reply(static_cast<std::int64_t>(session_of(connection).id));
  if (!starts_with_words(words, {"CLIENT", "UNBLOCK"})) return ok_reply;
  const auto found = std::find_if(blocked_.begin(), blocked_.end(), [&](const Blocked& each) { return std::to_string(session_of(*each.connection).id) == words[2]; });
  if (found == blocked_.end()) return ":0\r\n";
  const bool says_error = words.size() > 3 && testing::equals_ignoring_case(words[3], "ERROR");
  unblock(found, says_error ? error("UNBLOCKED client unblocked via CLIENT UNBLOCK") : nil_array(session_of(*found->connection)));
  return ":1\r\n";
}

std::optional<std::string> SimNode::answer_of_transaction(Connection& connection, Session& session, const Words& words) {
  const std::string& name = words.front();
  if (name == "MULTI") {
    session.in_multi = true;
    session.is_multi_broken = false;
    session.queued.clear();
    return ok_reply;
  }
  if (name == "EXEC") return execute_block(connection, session);
  if (name == "DISCARD" || name == "UNWATCH") {
    if (name == "DISCARD") session.in_multi = false;
    session.watched.clear();
    return ok_reply;
  }
  if (name != "WATCH") return std::nullopt;
  static constexpr Known as_read{"WATCH", nullptr, 1, -1, 1, false, 2};
  const auto refused = refusal(session, as_read, words);
  session.asking = false;
  if (refused) return refused;
  for (std::size_t i = 1; i < words.size(); ++i) {
    session.watched.emplace_back(words[i], value_of(store, words[i]));
  }
  return ok_reply;
}

std::string SimNode::execute_block(Connection& connection, Session& session) {
  if (!session.in_multi) return error("ERR EXEC without MULTI");
  session.in_multi = false;
  const std::vector<Words> commands = std::exchange(session.queued, {});
  const auto watched = std::exchange(session.watched, {});
  if (session.is_multi_broken) return error("EXECABORT Transaction discarded because of previous errors.");
  for (const auto& [key, value] : watched) {
    if (value_of(store, key) != value) return nil_array(session);
  }
  // What it serves may have changed since they were queued.
  for (const Words& each : commands) {
    const Known& command = *known_command(each.front());
    if (redirect(session, command, keys_of(command, each))) return error("EXECABORT Transaction discarded because of: slots have moved");
  }
  const std::uint64_t block = cluster_.ledger().next_block();
  std::string reply = wire::header('*', static_cast<std::int64_t>(commands.size()));
  for (const Words& each : commands) {
    const std::string part = execute(connection, *known_command(each.front()), each, block);
    reply += part.empty() ? nil_array(session) : part;
  }
  return reply;
}

std::optional<std::string> SimNode::refusal(Session& session, const Known& command, const Words& words) {
  const base::TimePoint now = cluster_.world().now();
  if (loading_until > now) return loading_reply;
  if (busy_until > now) return error("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.");
  const auto keys = keys_of(command, words);
  if (!keys.empty()) {
    if (const auto elsewhere = redirect(session, command, keys)) return elsewhere;
  }
  // A script is refused where it writes: half of it may have run by then.
  const bool is_script = command.name.starts_with("EVAL");
  if (command.writes && !is_script && read_only_until > now) return error("READONLY You can't write against a read only replica.");
  if (command.writes && out_of_memory_until > now) return error("OOM command not allowed when used memory > 'maxmemory'.");
  return std::nullopt;
}

std::string SimNode::moved(int slot, int node) const {
  return error("MOVED " + std::to_string(slot) + " " + to_string(cluster_.node(node).address()));
}

std::optional<std::string> SimNode::redirect(Session& session, const Known& command, const std::vector<std::string_view>& keys) {
  const int slot = keyslot(keys.front());
  for (const std::string_view key : keys) {
    if (keyslot(key) != slot) return error("CROSSSLOT Keys in request don't hash to the same slot");
  }
  if (cluster_down_until > cluster_.world().now()) return error("CLUSTERDOWN The cluster is down");
  const int shard = view->shard_of[static_cast<std::size_t>(slot)];
  const Shape::Shard& serving = view->shards[static_cast<std::size_t>(shard)];
  const auto missing = [&] { return std::count_if(keys.begin(), keys.end(), [&](std::string_view key) { return !store.contains(std::string(key)); }); };
  const Migration* const migration = cluster_.migration_of(slot);
  if (serving.primary == number_) {
    if (migration == nullptr || migration->from != shard || missing() == 0) return std::nullopt;
    if (missing() < static_cast<std::ptrdiff_t>(keys.size())) return try_again;
    return error("ASK " + std::to_string(slot) + " " + to_string(cluster_.node(cluster_.primary_of(migration->to)).address()));
  }
  const bool is_importing = migration != nullptr && cluster_.primary_of(migration->to) == number_ && view->is_primary(number_);
  if (is_importing && session.asking) {
    return keys.size() > 1 && missing() > 0 ? std::optional(try_again) : std::nullopt;
  }
  const bool is_copy = std::find(serving.replicas.begin(), serving.replicas.end(), number_) != serving.replicas.end();
  if (is_copy && session.readonly && !command.writes) {
    if (!cluster_.plan().reads_replicas && command.run != nullptr) cluster_.ledger().complain("I24", std::string(command.name) + " was read from a replica");
    return std::nullopt;
  }
  // A copy that was not told READONLY, as it may have ended connections for that, is no wrong place.
  if (!is_copy) cluster_.note_moved();
  return moved(slot, serving.primary);
}

std::string SimNode::execute(Connection& connection, const Known& command, const Words& words, std::uint64_t block) {
  std::set<std::string> changed;
  Act act{store, words, cluster_.ledger(), cluster_.world().now(), number_, connection.number(), block, session_of(connection).protocol, connection.sent_at(), changed};
  cluster_.note_command();
  if (command.writes && cluster_.commits(Sabotage::runs_nothing)) return ok_reply;
  if (cluster_.plan().sabotage == Sabotage::gives_locks_twice && command.name == "SET" && words.size() > 3) store.erase(words[1]);
  std::string reply = command.run(act);
  if (command.writes && cluster_.commits(Sabotage::runs_twice)) reply = command.run(act);
  cluster_.world().note(std::string(command.name) + " " + std::string(keys_of(command, words).front()), connection.number(), static_cast<std::uint64_t>(number_));
  for (const std::string& key : changed) cluster_.replicate(*this, key);
  if (!cluster_.serves(*this)) {
    for (const std::string_view key : keys_of(command, words)) cluster_.ledger().lost(std::string(key), cluster_.world().now());
  }
  if (command.name == "RPUSH" || command.name.starts_with("EVAL")) cluster_.world().after({}, [this] { serve_blocked(); });
  return reply;
}

// Its timeout is the last word, in seconds; 0: none.
void SimNode::block(Connection& connection, Session& session, Words words) {
  session.is_blocked = true;
  const double seconds = std::stod(words.back());
  const std::uint64_t number = ++blocks_;
  blocked_.push_back({&connection, std::move(words), number});
  if (seconds <= 0) return;
  cluster_.world().after(std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(seconds)), [this, number] {
    const auto found = std::find_if(blocked_.begin(), blocked_.end(), [&](const Blocked& each) { return each.number == number; });
    if (found != blocked_.end()) unblock(found, nil_array(session_of(*found->connection)));
  });
}

void SimNode::unblock(std::list<Blocked>::iterator blocked, const std::string& reply) {
  Connection& connection = *blocked->connection;
  blocked_.erase(blocked);
  session_of(connection).is_blocked = false;
  connection.send(reply);
  if (takes()) process(connection);
}

void SimNode::serve_blocked() {
  for (auto each = blocked_.begin(); each != blocked_.end();) {
    const auto next = std::next(each);
    const std::string reply = execute(*each->connection, *known_command("BLPOP"), each->words, 0);
    if (!reply.empty()) unblock(each, reply);
    each = next;
  }
}

void SimNode::turn_away_blocked() {
  for (auto each = blocked_.begin(); each != blocked_.end();) {
    const auto next = std::next(each);
    const Known& command = *known_command("BLPOP");
    if (const auto elsewhere = redirect(session_of(*each->connection), command, keys_of(command, each->words))) unblock(each, *elsewhere);
    each = next;
  }
}

}  // namespace rediscluster::simulation
