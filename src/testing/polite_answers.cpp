/// Handshake and topology answers, shaped as Redis 7 shapes them.
#include "testing/polite_answers.hpp"

#include <algorithm>

#include "testing/command_reader.hpp"

namespace rediscluster::testing {
namespace {

PoliteAnswer just(RawReply reply) { return {std::move(reply), 0}; }

RawReply endpoint_reply(const ScriptedEndpoint& endpoint) {
  RawReply host = endpoint.host_is_null ? RawReply::null() : RawReply::bulk(endpoint.address.host);
  std::vector<RawReply> metadata;
  for (const auto& [name, value] : endpoint.metadata) {
    metadata.push_back(RawReply::bulk(name));
    metadata.push_back(RawReply::bulk(value));
  }
  return RawReply::array({std::move(host), RawReply::number(endpoint.address.port), RawReply::bulk(endpoint.id),
                          RawReply::map(std::move(metadata))});
}

RawReply slots_reply(const std::vector<ScriptedRange>& ranges) {
  std::vector<RawReply> entries;
  for (const ScriptedRange& range : ranges) {
    std::vector<RawReply> entry{RawReply::number(range.first), RawReply::number(range.last),
                                endpoint_reply(range.primary)};
    for (const ScriptedEndpoint& replica : range.replicas) entry.push_back(endpoint_reply(replica));
    entries.push_back(RawReply::array(std::move(entry)));
  }
  return RawReply::array(std::move(entries));
}

RawReply hello_reply(int version, int connection) {
  const auto text = [](const char* value) { return RawReply::bulk(value); };
  return RawReply::map({text("server"), text("redis"), text("version"), text("7.0.15"), text("proto"),
                        RawReply::number(version), text("id"), RawReply::number(connection), text("mode"),
                        text("cluster"), text("role"), text("master"), text("modules"), RawReply::array({})});
}

PoliteAnswer answer_hello(const Manners& manners, const CommandWords& words, int connection) {
  const auto is_auth = [](const std::string& word) { return equals_ignoring_case(word, "AUTH"); };
  switch (manners.hello) {
    case ScriptedHello::silent:
      return {std::nullopt, 0};
    case ScriptedHello::unknown_command:
      return just(RawReply::error("ERR unknown command 'HELLO', with args beginning with: '3' "));
    case ScriptedHello::no_proto:
      return just(RawReply::error("NOPROTO unsupported protocol version"));
    case ScriptedHello::no_auth:
      if (std::any_of(words.begin(), words.end(), is_auth)) break;
      return just(RawReply::error("NOAUTH HELLO must be called with the client already authenticated"));
    case ScriptedHello::accepted:
      break;
  }
  const int version = words.size() > 1 && words[1] == "3" ? 3 : 2;
  return {hello_reply(version, connection), version};
}

}  // namespace

std::optional<PoliteAnswer> answer_politely(const Manners& manners, const CommandWords& words, int connection) {
  if (!manners.polite) return std::nullopt;
  const auto is = [&words](const CommandWords& first_words) { return starts_with_words(words, first_words); };
  if (is({"HELLO"})) return answer_hello(manners, words, connection);
  if (is({"PING"})) return just(words.size() > 1 ? RawReply::bulk(words[1]) : RawReply::status("PONG"));
  if (is({"CLIENT", "ID"})) return just(RawReply::number(connection));
  if (is({"CLUSTER", "SLOTS"})) return just(slots_reply(manners.ranges));
  if (is({"CLUSTER", "MYID"})) return just(RawReply::bulk(manners.id));
  for (const char* name : {"AUTH", "READONLY", "READWRITE", "SELECT", "QUIT"}) {
    if (is({name})) return just(RawReply::status("OK"));
  }
  if (is({"CLIENT", "SETNAME"}) || is({"CLIENT", "SETINFO"})) return just(RawReply::status("OK"));
  return std::nullopt;
}

}  // namespace rediscluster::testing
