/// Reports that servers write as text, users and permissions, and what servers tell of commands and shards.
#include <gtest/gtest.h>

#include "unit/wire/decode_play.hpp"

namespace rediscluster::wire {
namespace {

TEST(DecodeInfo, takes_sections_and_fields) {
  const std::string text = "# Server\r\nredis_version:7.0.15\r\n\r\n# Keyspace\r\ndb0:keys=1,expires=0\r\nodd line\r\n";
  for (const std::string& reply : {bulk(text), "=" + std::to_string(text.size() + 4) + "\r\ntxt:" + text + "\r\n"}) {
    const auto info = decoded<ServerInfo>(reply);
    ASSERT_TRUE(info) << reply;
    ASSERT_EQ(info->sections.size(), 2U);
    EXPECT_EQ(info->sections[0].name, "Server");
    EXPECT_EQ(info->find("redis_version"), "7.0.15");
    EXPECT_EQ(info->find("db0"), "keys=1,expires=0");
    EXPECT_EQ(info->find("nothing"), std::nullopt);
  }
  EXPECT_EQ(decoded<ServerInfo>("$0\r\n\r\n")->sections.size(), 0U);
  EXPECT_EQ(decoded<ServerInfo>("$3\r\na:b\r\n")->find("a"), "b");
  EXPECT_TRUE(is_refused<ServerInfo>("*1\r\n+a\r\n"));
}

TEST(DecodeInfo, keeps_all_values_of_a_name_that_stands_there_several_times) {
  const auto info = decoded<ServerInfo>(bulk("# Modules\r\nmodule:name=search,ver=1\r\nmodule:name=json,ver=2\r\n"));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->find("module"), "name=search,ver=1\nname=json,ver=2");
}

TEST(DecodeClients, takes_paths_of_unix_sockets_with_blanks_whole) {
  const auto client = decoded<ClientInfo>(bulk("id=7 addr=/tmp/my dir/a=b c:0 laddr=/tmp/my dir/a=b c:0 fd=8 name=me age=3 new=1 flags=U"));
  ASSERT_TRUE(client);
  EXPECT_EQ(client->address, "/tmp/my dir/a=b c:0");
  EXPECT_EQ(client->local_address, "/tmp/my dir/a=b c:0");
  EXPECT_EQ(client->fields.at("fd"), "8");
  EXPECT_EQ(client->name, "me");
  EXPECT_EQ(client->age_seconds, 3);
  EXPECT_EQ(client->fields.at("new"), "1");
  EXPECT_EQ(client->flags, "U");
  EXPECT_EQ(decoded<ClientInfo>(bulk("id=7 addr=/tmp/a b"))->address, "/tmp/a b");
}

TEST(DecodeClients, takes_lines_of_any_version) {
  const std::string line =
      "id=7 addr=[::1]:5 laddr=[::1]:6 name= age=3 idle=1 flags=N db=0 sub=1 psub=2 user=default cmd=client|list "
      "resp=3 new=a=b";
  const auto clients = decoded<std::vector<ClientInfo>>(bulk(line + "\n" + "id=8 addr=x\n"));
  ASSERT_TRUE(clients && clients->size() == 2);
  const ClientInfo& client = clients->front();
  EXPECT_EQ(client.id, 7);
  EXPECT_EQ(client.address, "[::1]:5");
  EXPECT_EQ(client.local_address, "[::1]:6");
  EXPECT_EQ(client.name, "");
  EXPECT_EQ(client.age_seconds, 3);
  EXPECT_EQ(client.pattern_subscriptions, 2);
  EXPECT_EQ(client.last_command, "client|list");
  EXPECT_EQ(client.protocol, 3);
  EXPECT_EQ(client.fields.at("new"), "a=b");
  EXPECT_EQ(clients->back().id, 8);
  EXPECT_EQ(decoded<ClientInfo>(bulk(line + "\n"))->id, 7);
  EXPECT_EQ(decoded<ClientInfo>(bulk("id=x nonsense ="))->id, 0);
  EXPECT_TRUE(is_refused<std::vector<ClientInfo>>("*0\r\n"));
  EXPECT_TRUE(is_refused<ClientInfo>("_\r\n"));
}

TEST(DecodeAcl, takes_users_of_all_versions) {
  const auto user = decoded<std::optional<AclUser>>(
      "%6\r\n+flags\r\n~1\r\n+on\r\n+passwords\r\n*1\r\n+aa\r\n+commands\r\n$5\r\n+@all\r\n+keys\r\n$2\r\n~*\r\n+"
      "channels\r\n$2\r\n&*\r\n"
      "+selectors\r\n*1\r\n%3\r\n+commands\r\n$4\r\n+get\r\n+keys\r\n$2\r\n~a\r\n+channels\r\n$0\r\n\r\n");
  ASSERT_TRUE(user && *user);
  EXPECT_EQ((*user)->flags, std::vector<std::string>{"on"});
  EXPECT_EQ((*user)->keys, "~*");
  ASSERT_EQ((*user)->selectors.size(), 1U);
  EXPECT_EQ((*user)->selectors[0].commands, "+get");
  const auto old = decoded<std::optional<AclUser>>(
      "*8\r\n+flags\r\n*1\r\n+on\r\n+passwords\r\n*0\r\n+commands\r\n+-@all\r\n+keys\r\n*2\r\n+a*\r\n+b*\r\n");
  ASSERT_TRUE(old && *old);
  EXPECT_EQ((*old)->keys, "a* b*");
  const auto nobody = decoded<std::optional<AclUser>>("_\r\n");
  EXPECT_TRUE(nobody && !*nobody);
  EXPECT_TRUE(is_refused<std::optional<AclUser>>("*1\r\n+flags\r\n"));
  EXPECT_TRUE(is_refused<std::optional<AclUser>>("*2\r\n+flags\r\n:1\r\n"));
}

TEST(DecodeAcl, takes_the_log) {
  const auto log = decoded<std::vector<AclLogEntry>>(
      "*1\r\n*12\r\n+count\r\n:2\r\n+reason\r\n+key\r\n+username\r\n+bob\r\n+age-seconds\r\n$3\r\n1.5\r\n+client-"
      "info\r\n" +
      bulk("id=4 addr=x:1") + "+new\r\n:1\r\n");
  ASSERT_TRUE(log && log->size() == 1);
  EXPECT_EQ(log->front().count, 2);
  EXPECT_EQ(log->front().username, "bob");
  EXPECT_EQ(log->front().age_seconds, 1.5);
  EXPECT_EQ(log->front().client.id, 4);
}

TEST(DecodeCommands, takes_information_of_all_versions) {
  const std::string old = "*6\r\n$3\r\nget\r\n:2\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n";
  const std::string specs =
      "*1\r\n%3\r\n+flags\r\n*1\r\n+RO\r\n+begin_search\r\n%2\r\n+type\r\n+index\r\n+spec\r\n%1\r\n+index\r\n:1\r\n"
      "+find_keys\r\n%2\r\n+type\r\n+range\r\n+spec\r\n%1\r\n+lastkey\r\n:0\r\n";
  const std::string now =
      "*11\r\n$3\r\nget\r\n:2\r\n~1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n~1\r\n+@read\r\n*1\r\n+tip\r\n" + specs +
      "*1\r\n" + old + "+more\r\n";
  const auto commands = decoded<std::vector<std::optional<CommandInfo>>>("*3\r\n" + old + "*-1\r\n" + now);
  ASSERT_TRUE(commands && commands->size() == 3);
  EXPECT_FALSE((*commands)[1]);
  ASSERT_TRUE((*commands)[0] && (*commands)[2]);
  EXPECT_EQ((*commands)[0]->arity, 2);
  const CommandInfo& info = *(*commands)[2];
  EXPECT_EQ(info.tips, std::vector<std::string>{"tip"});
  ASSERT_EQ(info.keys.size(), 1U);
  EXPECT_EQ(info.keys[0].begin_spec.at("index"), "1");
  EXPECT_EQ(info.keys[0].find_keys, "range");
  ASSERT_EQ(info.subcommands.size(), 1U);
  EXPECT_EQ(info.subcommands[0].name, "get");
  EXPECT_TRUE(is_refused<std::vector<CommandInfo>>("*1\r\n*5\r\n$3\r\nget\r\n:2\r\n*0\r\n:1\r\n:1\r\n"));
}

TEST(DecodeCommands, takes_the_manual) {
  for (const char* reply : {"%1\r\n$3\r\nget\r\n%3\r\n+summary\r\n+s\r\n+group\r\n+string\r\n+arguments\r\n*1\r\n%"
                            "2\r\n+name\r\n+key\r\n+flags\r\n*1\r\n+optional\r\n",
                            "*2\r\n$3\r\nget\r\n*6\r\n+summary\r\n+s\r\n+group\r\n+string\r\n+arguments\r\n*1\r\n*"
                            "4\r\n+name\r\n+key\r\n+flags\r\n*1\r\n+optional\r\n"}) {
    const auto docs = decoded<std::vector<CommandDocs>>(reply);
    ASSERT_TRUE(docs && docs->size() == 1) << reply;
    EXPECT_EQ(docs->front().name, "get");
    EXPECT_EQ(docs->front().group, "string");
    ASSERT_EQ(docs->front().arguments.size(), 1U);
    EXPECT_EQ(docs->front().arguments[0].flags, std::vector<std::string>{"optional"});
  }
  EXPECT_TRUE(is_refused<std::vector<CommandDocs>>("*1\r\n+get\r\n"));
  EXPECT_TRUE(is_refused<std::vector<CommandDocs>>("*2\r\n+get\r\n+x\r\n"));
}

TEST(DecodeCluster, takes_shards_links_and_slot_figures) {
  const auto shards = decoded<std::vector<ClusterShard>>(
      "*1\r\n%3\r\n+slots\r\n*4\r\n:0\r\n:9\r\n:20\r\n:20\r\n+nodes\r\n*1\r\n%4\r\n+id\r\n+ab\r\n+port\r\n:7000\r\n+"
      "role\r\n+master\r\n+new\r\n:1\r\n+id\r\n+shard\r\n");
  ASSERT_TRUE(shards && shards->size() == 1);
  EXPECT_EQ(shards->front().slots, (std::vector<SlotRun>{{0, 9}, {20, 20}}));
  EXPECT_EQ(shards->front().id, "shard");
  ASSERT_EQ(shards->front().nodes.size(), 1U);
  EXPECT_EQ(shards->front().nodes[0].port, 7000);
  EXPECT_TRUE(is_refused<std::vector<ClusterShard>>("*1\r\n%1\r\n+slots\r\n*1\r\n:0\r\n"));
  const auto links = decoded<std::vector<ClusterLink>>("*1\r\n*4\r\n+direction\r\n+to\r\n+send-buffer-used\r\n:5\r\n");
  ASSERT_TRUE(links && links->size() == 1);
  EXPECT_EQ(links->front().send_buffer_used, 5);
  for (const char* reply :
       {"*1\r\n*2\r\n:7\r\n%1\r\n+key-count\r\n:3\r\n", "*1\r\n*2\r\n:7\r\n*4\r\n+key-count\r\n:3\r\n+new\r\n:1\r\n"}) {
    const auto slots = decoded<std::vector<SlotStatistics>>(reply);
    ASSERT_TRUE(slots && slots->size() == 1) << reply;
    EXPECT_EQ(slots->front().slot, 7);
    EXPECT_EQ(slots->front().key_count, 3);
  }
  EXPECT_TRUE(is_refused<std::vector<SlotStatistics>>("*1\r\n*1\r\n:7\r\n"));
}

TEST(DecodeInt, refuses_what_an_int_cannot_hold) {
  EXPECT_EQ(decoded<int>(":-7\r\n"), -7);
  EXPECT_EQ(decoded<int>("$4\r\n7000\r\n"), 7000);
  EXPECT_TRUE(is_refused<int>(":2147483648\r\n"));
  EXPECT_TRUE(is_refused<int>("+x\r\n"));
}

}  // namespace
}  // namespace rediscluster::wire
