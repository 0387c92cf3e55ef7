#include "wire/decode_reports.hpp"

#include "wire/number_text.hpp"

#include <algorithm>
#include <iterator>

namespace rediscluster::wire {
namespace {

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

std::string_view take_line(std::string_view& text) {
  std::string_view line = take_until(text, '\n');
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

struct ClientText {
  std::string_view name;
  std::string ClientInfo::*value;
};
constexpr ClientText client_texts[] = {
    {"addr", &ClientInfo::address},
    {"laddr", &ClientInfo::local_address},
    {"name", &ClientInfo::name},
    {"user", &ClientInfo::user},
    {"flags", &ClientInfo::flags},
    {"cmd", &ClientInfo::last_command},
    {"lib-name", &ClientInfo::library_name},
    {"lib-ver", &ClientInfo::library_version},
};

// What else servers say of a connection, up to Redis 8.10 and Valkey 9.0.
constexpr std::string_view other_client_fields[] = {
    "fd", "multi", "watch", "qbuf", "qbuf-free", "argv-mem", "multi-mem", "rbs", "rbp", "obl", "oll", "omem", "tot-mem", "events", "redir", "capa",
    "io-thread", "tot-net-in", "tot-net-out", "tot-cmds", "read-events", "avg-pipeline-len-sum", "avg-pipeline-len-cnt", "parser", "import-source"};

struct ClientNumber {
  std::string_view name;
  std::int64_t ClientInfo::*value;
};
constexpr ClientNumber client_numbers[] = {
    {"id", &ClientInfo::id},
    {"age", &ClientInfo::age_seconds},
    {"idle", &ClientInfo::idle_seconds},
    {"db", &ClientInfo::database},
    {"sub", &ClientInfo::subscriptions},
    {"psub", &ClientInfo::pattern_subscriptions},
    {"ssub", &ClientInfo::shard_subscriptions},
    {"resp", &ClientInfo::protocol},
};

// A text as the cursor stands before it; refuses everything else.
bool take_text(ReplyCursor& cursor, std::string& text, Mismatch& why) {
  return Decoder<std::string>::decode(cursor, text, why);
}

bool is_client_field(std::string_view name) {
  const auto is_it = [&](const auto& field) { return field.name == name; };
  return std::any_of(std::begin(client_texts), std::end(client_texts), is_it) || std::any_of(std::begin(client_numbers), std::end(client_numbers), is_it) ||
         std::find(std::begin(other_client_fields), std::end(other_client_fields), name) != std::end(other_client_fields);
}

// The path of a Unix socket may hold blanks: it ends where a known field begins.
std::size_t end_of_address(std::string_view text) {
  for (std::size_t blank = text.find(' '); blank != std::string_view::npos; blank = text.find(' ', blank + 1)) {
    const std::string_view next = text.substr(blank + 1);
    if (const std::size_t equals = next.find('='); equals != std::string_view::npos && is_client_field(next.substr(0, equals))) return blank;
  }
  return text.size();
}

}  // namespace

ClientInfo read_client_line(std::string_view line) {
  ClientInfo client;
  while (!line.empty()) {
    if (line.find('=') >= line.find(' ')) {  // a word that is no field
      take_until(line, ' ');
      continue;
    }
    const std::string_view name = take_until(line, '=');
    const std::size_t end = name == "addr" || name == "laddr" ? end_of_address(line) : std::min(line.find(' '), line.size());
    const std::string_view value = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    client.fields.insert_or_assign(std::string(name), std::string(value));
    for (const ClientText& text : client_texts) {
      if (text.name == name) client.*text.value = value;
    }
    for (const ClientNumber& number : client_numbers) {
      if (number.name == name) client.*number.value = parse_integer(value).value_or(0);
    }
  }
  return client;
}

ServerInfo read_server_info(std::string_view text) {
  ServerInfo info;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (line.starts_with('#')) {
      line.remove_prefix(line.starts_with("# ") ? 2 : 1);
      info.sections.push_back({std::string(line), {}});
      continue;
    }
    if (line.find(':') == std::string_view::npos) continue;
    if (info.sections.empty()) info.sections.emplace_back();
    const std::string_view name = take_until(line, ':');
    const auto [field, is_new] = info.sections.back().fields.try_emplace(std::string(name), line);
    if (!is_new) field->second.append("\n").append(line);
  }
  return info;
}

bool Decoder<ServerInfo>::decode(ReplyCursor& cursor, ServerInfo& out, Mismatch& why) {
  std::string text;
  if (!take_text(cursor, text, why)) return false;
  out = read_server_info(text);
  return true;
}

bool Decoder<ClientInfo>::decode(ReplyCursor& cursor, ClientInfo& out, Mismatch& why) {
  std::string text;
  if (!take_text(cursor, text, why)) return false;
  std::string_view rest = text;
  out = read_client_line(take_line(rest));
  return true;
}

bool Decoder<std::vector<ClientInfo>>::decode(ReplyCursor& cursor, std::vector<ClientInfo>& out, Mismatch& why) {
  std::string text;
  if (!take_text(cursor, text, why)) return false;
  for (std::string_view rest = text; !rest.empty();) {
    if (const std::string_view line = take_line(rest); !line.empty()) out.push_back(read_client_line(line));
  }
  return true;
}

}  // namespace rediscluster::wire
