/// Scripts and functions on a real cluster: registered ones load themselves, SCRIPT and FUNCTION reach all they must.
#include <rediscluster/key_slot.hpp>

#include "support/commands_fixture.hpp"

namespace {

using namespace test_support;
using rediscluster::Reply;
using rediscluster::Script;

using Scripting = Commands;

const std::vector<std::string> keys_of_three_nodes{"a", "b", "c"};  // slots 15495, 3300, 7365: three nodes

TEST_P(Scripting, registered_scripts_load_themselves_on_every_node) {
  client_.script_flush();
  const Script script = client_.register_script("return redis.call('incrby', KEYS[1], ARGV[1])");
  EXPECT_EQ(client_.script_exists({script.sha1()}), std::vector<bool>{false});
  for (const std::string& key : keys_of_three_nodes) {
    EXPECT_EQ(script.run<std::int64_t>({key}, {5}), 5) << key;
    EXPECT_EQ(script({key}, {2}).as_integer(), 7) << key;
  }
  EXPECT_EQ(client_.script_exists({script.sha1()}), std::vector<bool>{true}) << "the hash is not the server's";
  client_.script_flush();
  EXPECT_EQ(script.run<std::int64_t>({"a"}, {1}), 8);
}

TEST_P(Scripting, script_load_and_exists_speak_for_the_whole_cluster) {
  client_.script_flush();
  const std::string hash = client_.script_load("return 'loaded'");
  const std::string absent(40, '0');
  EXPECT_EQ(client_.script_exists({hash, absent}), (std::vector<bool>{true, false}));
  for (const std::string& key : keys_of_three_nodes) EXPECT_EQ(client_.evalsha(hash, {key}).as_string(), "loaded");
  EXPECT_THROW(client_.evalsha(absent), rediscluster::NoScriptError);
}

TEST_P(Scripting, eval_takes_no_keys_or_several_of_one_slot) {
  on_both_surfaces([](auto& client) {
    EXPECT_EQ(value(client.eval("return ARGV[1]", {}, {"x"})).as_string(), "x");
    EXPECT_EQ(value(client.eval_ro("return #KEYS", {"{k}1", "{k}2"})).as_integer(), 2);
  });
  try {
    client_.eval("return 1", {"a", "b"});
    FAIL() << "keys of two slots were sent";
  } catch (const rediscluster::ClusterCrossSlotError& error) {
    EXPECT_NE(std::string(error.what()).find("\"a\" is in slot 15495"), std::string::npos) << error.what();
  }
}

TEST_P(Scripting, scripts_that_only_read_may_not_write) {
  const Script script = client_.register_script("return redis.call('set', KEYS[1], 'x')", {.read_only = true});
  EXPECT_THROW(script({"k"}), rediscluster::ResponseError);
  EXPECT_EQ(client_.exists("k"), 0);
}

TEST_P(Scripting, functions_are_loaded_on_all_primaries_listed_and_removed) {
  client_.function_flush();
  const std::string library =
      "#!lua name=mylib\n"
      "redis.register_function{function_name='get_it', callback=function(keys, args) return redis.call('get', keys[1]) end,\n"
      "                        flags={'no-writes'}, description='reads'}\n"
      "redis.register_function('set_it', function(keys, args) return redis.call('set', keys[1], args[1]) end)";
  EXPECT_EQ(client_.function_load(library), "mylib");
  EXPECT_THROW(client_.function_load(library), rediscluster::ResponseError);
  EXPECT_EQ(client_.function_load(library, {.replace = true}), "mylib");
  for (const std::string& key : keys_of_three_nodes) {
    client_.fcall("set_it", {key}, {key + "!"});
    EXPECT_EQ(client_.fcall_ro("get_it", {key}).as_string(), key + "!");
  }
  const std::vector<rediscluster::FunctionLibrary> libraries = client_.function_list({.library = "my*", .with_code = true});
  ASSERT_EQ(libraries.size(), 1U);
  EXPECT_EQ(libraries[0].name, "mylib");
  EXPECT_EQ(libraries[0].engine, "LUA");
  EXPECT_EQ(libraries[0].code, library);
  ASSERT_EQ(libraries[0].functions.size(), 2U);
  for (const rediscluster::FunctionInfo& function : libraries[0].functions) {
    EXPECT_EQ(function.flags.contains("no-writes"), function.name == "get_it") << function.name;
    EXPECT_EQ(function.description, function.name == "get_it" ? std::optional<std::string>("reads") : std::nullopt);
  }
  const std::string dump = client_.function_dump();
  EXPECT_TRUE(client_.function_delete("mylib"));
  EXPECT_TRUE(client_.function_list().empty());
  EXPECT_TRUE(client_.function_restore(dump, rediscluster::RestorePolicy::flush));
  EXPECT_EQ(client_.fcall_ro("get_it", {"a"}).as_string(), "a!");
  const rediscluster::FunctionStats stats = client_.run(rediscluster::cmd::function_stats());
  EXPECT_EQ(stats.engines.at("LUA").functions_count, 2);
  EXPECT_FALSE(stats.running_script);
}

TEST_P(Scripting, nothing_to_kill_is_the_servers_error) {
  for (const auto& result : {client_.nothrow().script_kill(), client_.nothrow().function_kill()}) {
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("NOTBUSY"), std::string::npos) << result.error().message;
  }
}

INSTANTIATE_TEST_SUITE_P(protocol, Scripting, ::testing::Values(3, 2), ::testing::PrintToStringParamName());

}  // namespace
