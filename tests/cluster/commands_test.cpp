// The typed commands of every group against a real cluster, through both surfaces and both protocols.
#include <map>
#include <set>

#include "support/commands_fixture.hpp"

namespace {

using namespace rediscluster;
using namespace std::chrono_literals;
using namespace test_support;
using Strings = std::vector<std::string>;
using Maybes = std::vector<std::optional<std::string>>;

class TypedCommands : public Commands {};
INSTANTIATE_TEST_SUITE_P(Protocol, TypedCommands, ::testing::Values(3, 2),
                         [](const auto& each) { return "RESP" + std::to_string(each.param); });

TEST_P(TypedCommands, strings) {
  on_both_surfaces([](auto& c) {
    EXPECT_EQ(value(c.get("none")), std::nullopt);
    EXPECT_TRUE(value(c.set("k", "v")));
    EXPECT_EQ(value(c.get("k")), "v");
    EXPECT_FALSE(value(c.set("k", "w", {.only_if = Exists::no})));
    EXPECT_TRUE(value(c.set("k", "w", {.expire_in = 100s, .only_if = Exists::yes})));
    EXPECT_EQ(value(c.set_and_get("k", "x", {.keep_ttl = true})), "w");
    EXPECT_GT(value(c.ttl("k")), 90);
    EXPECT_EQ(value(c.getset("k", "y")), "x");
    EXPECT_EQ(value(c.append("k", "z")), 2);
    EXPECT_EQ(value(c.strlen("k")), 2);
    EXPECT_EQ(value(c.getrange("k", 0, 0)), "y");
    EXPECT_EQ(value(c.setrange("k", 1, "yy")), 3);
    EXPECT_EQ(value(c.getex("k", {.expire_in = 50s})), "yyy");
    EXPECT_EQ(value(c.getdel("k")), "yyy");
    EXPECT_TRUE(value(c.setnx("k", 1)));
    EXPECT_FALSE(value(c.setnx("k", 2)));
    EXPECT_EQ(value(c.incr("k")), 2);
    EXPECT_EQ(value(c.incrby("k", 40)), 42);
    EXPECT_EQ(value(c.decr("k")), 41);
    EXPECT_EQ(value(c.decrby("k", 1)), 40);
    EXPECT_DOUBLE_EQ(value(c.incrbyfloat("k", 0.5)), 40.5);
    EXPECT_TRUE(value(c.setex("k", 10s, "v")));
    EXPECT_TRUE(value(c.psetex("k", 10'000ms, "v")));
    EXPECT_TRUE(value(c.msetnx({{"{m}1", "a"}, {"{m}2", "b"}})));
    EXPECT_FALSE(value(c.msetnx({{"{m}2", "a"}, {"{m}3", "b"}})));
    value(c.set("{m}x", "ohmytext"));
    value(c.set("{m}y", "mynewtext"));
    EXPECT_EQ(value(c.lcs("{m}x", "{m}y")), "mytext");
    EXPECT_EQ(value(c.lcs_len("{m}x", "{m}y")), 6);
  });
}

TEST_P(TypedCommands, keys) {
  on_both_surfaces([](auto& c) {
    value(c.set("k", "v"));
    EXPECT_EQ(value(c.exists("k")), 1);
    EXPECT_EQ(value(c.type("k")), "string");
    EXPECT_EQ(value(c.type("none")), "none");
    EXPECT_EQ(value(c.ttl("k")), -1);
    EXPECT_EQ(value(c.ttl("none")), -2);
    EXPECT_TRUE(value(c.expire("k", 100s)));
    EXPECT_FALSE(value(c.expire("k", 50s, ExpireIf::later)));
    EXPECT_TRUE(value(c.pexpire("k", 90'000ms)));
    EXPECT_GT(value(c.pttl("k")), 80'000);
    EXPECT_GT(value(c.expiretime("k")), 1'600'000'000);
    EXPECT_GT(value(c.pexpiretime("k")), 1'600'000'000'000);
    EXPECT_TRUE(value(c.persist("k")));
    EXPECT_TRUE(value(c.expireat("k", std::chrono::system_clock::now() + 1h)));
    EXPECT_TRUE(value(c.rename("k", "{k}2")));
    value(c.set("k", "v"));
    EXPECT_FALSE(value(c.renamenx("k", "{k}2")));
    EXPECT_TRUE(value(c.copy("k", "{k}3")));
    EXPECT_FALSE(value(c.copy("k", "{k}3")));
    EXPECT_EQ(value(c.object_encoding("k")), "embstr");
    EXPECT_EQ(value(c.object_refcount("k")), 1);
    const std::optional<std::string> dump = value(c.dump("k"));
    ASSERT_TRUE(dump.has_value());
    EXPECT_TRUE(value(c.restore("{k}4", 0ms, *dump)));
    EXPECT_EQ(value(c.get("{k}4")), "v");
    value(c.rpush("{k}list", {3, 1, 2}));
    EXPECT_EQ(value(c.sort("{k}list")), (Maybes{"1", "2", "3"}));
    EXPECT_EQ(value(c.sort_store("{k}list", "{k}sorted", {.descending = true})), 3);
    EXPECT_EQ(value(c.lrange("{k}sorted", 0, -1)), (Strings{"3", "2", "1"}));
    EXPECT_EQ(value(c.keys("*list")), Strings{"{k}list"});
    const std::optional<std::string> random = value(c.randomkey());  // of a random primary, which may have none
    if (random) {
      EXPECT_EQ(value(c.exists(*random)), 1);
    }
    EXPECT_EQ(value(c.unlink("k")), 1);
  });
}

TEST_P(TypedCommands, bitmaps) {
  on_both_surfaces([](auto& c) {
    EXPECT_EQ(value(c.setbit("b", 7, 1)), 0);
    EXPECT_EQ(value(c.getbit("b", 7)), 1);
    EXPECT_EQ(value(c.bitcount("b")), 1);
    EXPECT_EQ(value(c.bitcount("b", 0, 3, BitUnit::bit)), 0);
    EXPECT_EQ(value(c.bitpos("b", 1)), 7);
    value(c.set("{b}2", "\x0f"));
    EXPECT_EQ(value(c.bitop(BitOperation::bit_or, "{b}3", {"b", "{b}2"})), 1);
    EXPECT_EQ(value(c.get("{b}3")), "\x0f");
    const auto fields = value(c.bitfield(
        "{b}4",
        BitfieldOperations().set("u8", 0, 200).overflow(BitfieldOperations::Overflow::fail).incrby("u8", 0, 100)));
    EXPECT_EQ(fields, (std::vector<std::optional<std::int64_t>>{0, std::nullopt}));
  });
}

TEST_P(TypedCommands, hashes) {
  on_both_surfaces([](auto& c) {
    EXPECT_EQ(value(c.hset("h", {{"a", "1"}, {"b", "2"}})), 2);
    EXPECT_EQ(value(c.hset("h", "c", 3)), 1);
    EXPECT_EQ(value(c.hget("h", "a")), "1");
    EXPECT_EQ(value(c.hget("h", "none")), std::nullopt);
    EXPECT_EQ(value(c.hmget("h", {"a", "none", "c"})), (Maybes{"1", std::nullopt, "3"}));
    EXPECT_EQ(value(c.hgetall("h")), (std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
    EXPECT_TRUE(value(c.hgetall("none")).empty());
    EXPECT_TRUE(value(c.hexists("h", "a")));
    EXPECT_EQ(value(c.hlen("h")), 3);
    EXPECT_EQ(value(c.hstrlen("h", "a")), 1);
    EXPECT_EQ(value(c.hkeys("h")).size(), 3u);
    EXPECT_EQ(value(c.hvals("h")).size(), 3u);
    EXPECT_EQ(value(c.hincrby("h", "a", 9)), 10);
    EXPECT_DOUBLE_EQ(value(c.hincrbyfloat("h", "a", 0.25)), 10.25);
    EXPECT_FALSE(value(c.hsetnx("h", "a", "x")));
    EXPECT_TRUE(value(c.hmset("h", {{"d", "4"}})));
    EXPECT_TRUE(value(c.hrandfield("h")).has_value());
    EXPECT_EQ(value(c.hrandfield("h", 2)).size(), 2u);
    EXPECT_EQ(value(c.hrandfield_with_values("h", 4)).size(), 4u);
    const auto page = value(c.hscan("h", 0, {.count = 100}));
    EXPECT_EQ(page.first, "0");
    EXPECT_EQ(page.second.size(), 4u);
    EXPECT_EQ(value(c.hdel("h", {"a", "b", "none"})), 2);
  });
}

TEST_P(TypedCommands, lists) {
  on_both_surfaces([](auto& c) {
    EXPECT_EQ(value(c.rpush("l", {"a", "b", "c"})), 3);
    EXPECT_EQ(value(c.lpush("l", "z")), 4);
    EXPECT_EQ(value(c.lpushx("none", "z")), 0);
    EXPECT_EQ(value(c.llen("l")), 4);
    EXPECT_EQ(value(c.lindex("l", 1)), "a");
    EXPECT_EQ(value(c.lindex("l", 99)), std::nullopt);
    EXPECT_EQ(value(c.lrange("l", 0, -1)), (Strings{"z", "a", "b", "c"}));
    EXPECT_EQ(value(c.linsert("l", InsertPlace::before, "b", "x")), 5);
    EXPECT_TRUE(value(c.lset("l", 0, "y")));
    EXPECT_EQ(value(c.lpos("l", "b")), 3);
    EXPECT_EQ(value(c.lpos("l", "none")), std::nullopt);
    EXPECT_EQ(value(c.lpos_all("l", "b")), std::vector<std::int64_t>{3});
    EXPECT_EQ(value(c.lrem("l", 0, "x")), 1);
    EXPECT_TRUE(value(c.ltrim("l", 1, -1)));
    EXPECT_EQ(value(c.lmove("l", "{l}2", ListEnd::left, ListEnd::right)), "a");
    EXPECT_EQ(value(c.rpoplpush("l", "{l}2")), "c");
    EXPECT_EQ(value(c.lpop("l")), "b");
    EXPECT_EQ(value(c.lpop("l")), std::nullopt);
    EXPECT_EQ(value(c.lpop("l", 2)), std::nullopt);
    EXPECT_EQ(value(c.rpop("{l}2", 5)), (Strings{"a", "c"}));
    value(c.rpush("{l}3", {"p", "q"}));
    const auto popped = value(c.lmpop({"l", "{l}3"}, ListEnd::left, 2));
    ASSERT_TRUE(popped.has_value());
    EXPECT_EQ(popped->first, "{l}3");
    EXPECT_EQ(popped->second, (Strings{"p", "q"}));
  });
}

TEST_P(TypedCommands, sets) {
  using Set = std::set<std::string>;
  on_both_surfaces([](auto& c) {
    EXPECT_EQ(value(c.sadd("s", {"a", "b", "c"})), 3);
    EXPECT_EQ(value(c.sadd("{s}2", {"b", "c", "d"})), 3);
    EXPECT_EQ(value(c.scard("s")), 3);
    EXPECT_TRUE(value(c.sismember("s", "a")));
    EXPECT_EQ(value(c.smismember("s", {"a", "x"})), (std::vector<bool>{true, false}));
    EXPECT_EQ(value(c.smembers("s")), (Set{"a", "b", "c"}));
    EXPECT_EQ(value(c.sinter({"s", "{s}2"})), (Set{"b", "c"}));
    EXPECT_EQ(value(c.sintercard({"s", "{s}2"})), 2);
    EXPECT_EQ(value(c.sunion({"s", "{s}2"})), (Set{"a", "b", "c", "d"}));
    EXPECT_EQ(value(c.sdiff({"s", "{s}2"})), Set{"a"});
    EXPECT_EQ(value(c.sunionstore("{s}3", {"s", "{s}2"})), 4);
    EXPECT_TRUE(value(c.smove("s", "{s}2", "a")));
    EXPECT_TRUE(value(c.srandmember("s")).has_value());
    EXPECT_EQ(value(c.srandmember("s", -5)).size(), 5u);
    EXPECT_EQ(value(c.sscan("s", 0, {.count = 100})).second.size(), 2u);
    EXPECT_EQ(value(c.srem("s", {"b", "x"})), 1);
    EXPECT_EQ(value(c.spop("s")), "c");
    EXPECT_EQ(value(c.spop("s")), std::nullopt);
    EXPECT_EQ(value(c.spop("{s}3", 10)).size(), 4u);
  });
}

TEST_P(TypedCommands, sorted_sets) {
  using Scored = std::vector<std::pair<std::string, double>>;
  on_both_surfaces([](auto& c) {
    EXPECT_EQ(value(c.zadd("z", {{"a", 1}, {"b", 2.5}, {"c", 3}})), 3);
    EXPECT_EQ(value(c.zadd("z", {{"a", 2}}, {.update_if = ScoreChange::greater, .count_changed = true})), 1);
    EXPECT_EQ(value(c.zadd_incr("z", "a", 1)), 3.0);
    EXPECT_EQ(value(c.zadd_incr("z", "a", 1, {.only_if = Exists::no})), std::nullopt);
    EXPECT_DOUBLE_EQ(value(c.zincrby("z", -2, "a")), 1.0);
    EXPECT_EQ(value(c.zcard("z")), 3);
    EXPECT_EQ(value(c.zcount("z", 2, "+inf")), 2);
    EXPECT_EQ(value(c.zscore("z", "b")), 2.5);
    EXPECT_EQ(value(c.zscore("z", "none")), std::nullopt);
    EXPECT_EQ(value(c.zmscore("z", {"a", "none"})), (std::vector<std::optional<double>>{1.0, std::nullopt}));
    EXPECT_EQ(value(c.zrank("z", "c")), 2);
    EXPECT_EQ(value(c.zrevrank("z", "c")), 0);
    EXPECT_EQ(value(c.zrange("z", 0, -1)), (Strings{"a", "b", "c"}));
    EXPECT_EQ(value(c.zrange("z", "(3", "-inf", {.by = ZrangeBy::score, .reverse = true})), (Strings{"b", "a"}));
    EXPECT_EQ(value(c.zrange_with_scores("z", 0, 1)), (Scored{{"a", 1}, {"b", 2.5}}));
    EXPECT_EQ(value(c.zrangebyscore("z", "-inf", 3, Limit{1, 1})), Strings{"b"});
    EXPECT_EQ(value(c.zrevrange_with_scores("z", 0, 0)), (Scored{{"c", 3}}));
    value(c.zadd("{z}2", {{"b", 10}, {"d", 4}}));
    EXPECT_EQ(value(c.zinter_with_scores({"z", "{z}2"}, {.weights = {2, 1}})), (Scored{{"b", 15}}));
    EXPECT_EQ(value(c.zunion({"z", "{z}2"})).size(), 4u);
    EXPECT_EQ(value(c.zdiff({"z", "{z}2"})), (Strings{"a", "c"}));
    EXPECT_EQ(value(c.zunionstore("{z}3", {"z", "{z}2"}, {.aggregate = Aggregate::max})), 4);
    EXPECT_EQ(value(c.zrangestore("{z}4", "{z}3", 0, 1)), 2);
    EXPECT_EQ(value(c.zremrangebyrank("{z}3", 0, 0)), 1);
    EXPECT_EQ(value(c.zremrangebyscore("{z}3", "-inf", "+inf")), 3);
    EXPECT_TRUE(value(c.zrandmember("z")).has_value());
    EXPECT_EQ(value(c.zrandmember_with_scores("z", 3)).size(), 3u);
    EXPECT_EQ(value(c.zscan("z", 0)).second.size(), 3u);
    EXPECT_EQ(value(c.zpopmin("z")), (Scored{{"a", 1}}));
    EXPECT_EQ(value(c.zpopmax("z", 5)).size(), 2u);
    EXPECT_TRUE(value(c.zpopmin("z")).empty());
    const auto popped = value(c.zmpop({"z", "{z}2"}, ScoreEnd::max));
    ASSERT_TRUE(popped.has_value());
    EXPECT_EQ(popped->second, (Scored{{"b", 10}}));
    EXPECT_EQ(value(c.zrem("{z}2", {"d", "x"})), 1);
  });
}

TEST_P(TypedCommands, cluster) {
  on_both_surfaces([](auto& c) {
    EXPECT_EQ(value(c.cluster_info()).at("cluster_state"), "ok");
    const ClusterNodes nodes = value(c.cluster_nodes());
    EXPECT_EQ(nodes.size(), 3u);
    const std::vector<SlotRange> ranges = value(c.cluster_slots());
    int covered = 0;
    for (const SlotRange& range : ranges) {
      covered += range.end - range.start + 1;
      EXPECT_TRUE(nodes.contains(range.master.id));
    }
    EXPECT_EQ(covered, slot_count);
    value(c.set("foo", "bar"));
    EXPECT_EQ(c.cluster_keyslot("foo"), 12182);
    EXPECT_EQ(value(c.cluster_countkeysinslot(12182)), 1);
    EXPECT_EQ(value(c.cluster_get_keys_in_slot(12182, 10)), Strings{"foo"});
    EXPECT_TRUE(value(c.cluster_slaves(nodes.begin()->first)).empty());
    EXPECT_EQ(value(c.cluster_count_failure_report(nodes.begin()->first)), 0);
    EXPECT_TRUE(value(c.cluster_save_config()));
  });
}

TEST_P(TypedCommands, connection_and_server) {
  on_both_surfaces([](auto& c) {
    EXPECT_EQ(value(c.ping()), "PONG");
    EXPECT_EQ(value(c.ping("hello")), "hello");
    EXPECT_EQ(value(c.echo("hello")), "hello");
    for (int i = 0; i < 30; ++i) value(c.set("n" + std::to_string(i), i));
    EXPECT_EQ(value(c.dbsize()), 30);
    EXPECT_GT(value(c.time()).time_since_epoch(), std::chrono::seconds(1'600'000'000));
    EXPECT_GT(value(c.command_count()), 200);
    EXPECT_EQ(value(c.command_getkeys({"MGET", "a", "b"})), (Strings{"a", "b"}));
    EXPECT_EQ(value(c.config_get({"maxmemory-policy"})).at("maxmemory-policy"), "noeviction");
    EXPECT_TRUE(value(c.config_set("slowlog-max-len", 64)));
    EXPECT_GT(value(c.memory_usage("n1")).value_or(0), 0);
    EXPECT_TRUE(value(c.flushall()));
    EXPECT_EQ(value(c.dbsize()), 0);
    EXPECT_EQ(value(c.publish("channel", "message")), 0);
    EXPECT_TRUE(value(c.pfadd("p", {"a", "b"})));
    EXPECT_EQ(value(c.pfcount({"p"})), 2);
  });
}

}  // namespace
