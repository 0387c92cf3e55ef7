/// What servers tell of themselves: good replies in RESP2 and RESP3, newer and older ones, cut ones, wrong shapes.
#include <gtest/gtest.h>

#include "unit/wire/decode_play.hpp"
#include "wire/node_attribute.hpp"

namespace rediscluster::wire {
namespace {

TEST(DecodeSlowlog, takes_entries_of_all_versions) {
  const std::string head = "*1\r\n*", body = "\r\n:14\r\n:1700000000\r\n:25\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
  const std::string client = "$9\r\n1.2.3.4:5\r\n$2\r\nme\r\n";
  for (const std::string& reply :
       {head + "4" + body, head + "6" + body + client, head + "8" + body + client + "*1\r\n:1\r\n_\r\n"}) {
    const auto entries = decoded<std::vector<SlowlogEntry>>(reply);
    ASSERT_TRUE(entries && entries->size() == 1) << reply;
    EXPECT_EQ(entries->front().id, 14);
    EXPECT_EQ(entries->front().unix_time, 1700000000);
    EXPECT_EQ(entries->front().cost, 25);
    EXPECT_EQ(entries->front().words, (std::vector<std::string>{"GET", "k"}));
    EXPECT_EQ(entries->front().client_address, reply[5] == '4' ? "" : "1.2.3.4:5");
    EXPECT_EQ(entries->front().client_name, reply[5] == '4' ? "" : "me");
  }
  EXPECT_EQ(decoded<std::vector<SlowlogEntry>>("*0\r\n")->size(), 0U);
}

TEST(DecodeSlowlog, passes_over_what_services_put_in_front_of_the_words) {
  const std::string head = "*1\r\n*7\r\n:14\r\n:1700000000\r\n:25\r\n", tail = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n$9\r\n1.2.3.4:5\r\n$2\r\nme\r\n";
  for (const char* extra : {"$20\r\nComplexity info: N:3\r\n", "_\r\n", "$0\r\n\r\n", ":7\r\n"}) {
    const auto entries = decoded<std::vector<SlowlogEntry>>(head + extra + tail);
    ASSERT_TRUE(entries && entries->size() == 1) << extra;
    EXPECT_EQ(entries->front().words, (std::vector<std::string>{"GET", "k"}));
    EXPECT_EQ(entries->front().client_address, "1.2.3.4:5");
    EXPECT_EQ(entries->front().client_name, "me");
  }
}

TEST(DecodeSlowlog, takes_the_node_that_an_entry_was_given) {
  const std::string entry = "*4\r\n:14\r\n:1700000000\r\n:25\r\n*1\r\n$4\r\nPING\r\n";
  const Frame named = with_node(own("*2\r\n" + entry + entry), {"::1", 7001});
  const auto entries = decoded<std::vector<SlowlogEntry>>(named.bytes());
  ASSERT_TRUE(entries && entries->size() == 2);
  for (const SlowlogEntry& each : *entries) {
    EXPECT_EQ(each.node, (NodeAddress{"::1", 7001}));
    EXPECT_EQ(each.words, std::vector<std::string>{"PING"});
  }
  EXPECT_EQ(decoded<Reply>(named.bytes())->to_string(), decoded<Reply>("*2\r\n" + entry + entry)->to_string()) << "others do not see it";
  EXPECT_EQ(decoded<std::vector<SlowlogEntry>>("*1\r\n" + entry)->front().node, NodeAddress{});
}

TEST(DecodeSlowlog, names_nobody_for_attributes_of_other_shapes) {
  const std::string entry = "*4\r\n:14\r\n:1700000000\r\n:25\r\n*1\r\n$4\r\nPING\r\n";
  for (const char* attribute : {"|1\r\n$4\r\nnode\r\n$1\r\nx\r\n", "|1\r\n$4\r\nnode\r\n*2\r\n:1\r\n:2\r\n", "|1\r\n$4\r\nnode\r\n*2\r\n$1\r\nh\r\n:70000\r\n",
                                "|1\r\n$4\r\nelse\r\n*2\r\n$1\r\nh\r\n:1\r\n"}) {
    const auto entries = decoded<std::vector<SlowlogEntry>>(std::string("*1\r\n") + attribute + entry);
    ASSERT_TRUE(entries) << attribute;
    EXPECT_EQ(entries->front().node, NodeAddress{}) << attribute;
  }
  EXPECT_EQ(with_node(own(":1\r\n"), {"h", 1}).bytes(), ":1\r\n");
}

TEST(DecodeSlowlog, refuses_short_entries_and_wrong_types) {
  for (const char* reply : {"*1\r\n*3\r\n:1\r\n:2\r\n:3\r\n", "*1\r\n:1\r\n", "$1\r\na\r\n",
                            "*1\r\n*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", "*1\r\n*4\r\n$1\r\nx\r\n:2\r\n:3\r\n*0\r\n",
                            "*1\r\n*5\r\n:1\r\n:2\r\n:3\r\n$1\r\na\r\n$1\r\nb\r\n"}) {
    EXPECT_TRUE(is_refused<std::vector<SlowlogEntry>>(reply)) << reply;
  }
}

TEST(DecodeLatency, takes_events_spikes_and_histograms) {
  const auto events =
      decoded<std::vector<LatencyEvent>>("*1\r\n*6\r\n$4\r\nfork\r\n:10\r\n:20\r\n:30\r\n:40\r\n:50\r\n");
  ASSERT_TRUE(events && events->size() == 1);
  EXPECT_EQ(events->front().event, "fork");
  EXPECT_EQ(events->front().longest_ms, 30);
  const auto spikes = decoded<std::vector<LatencySpike>>("*2\r\n*2\r\n:1\r\n:2\r\n*2\r\n:3\r\n:4\r\n");
  ASSERT_TRUE(spikes && spikes->size() == 2);
  EXPECT_EQ(spikes->back().milliseconds, 4);
  for (const char* reply :
       {"%1\r\n$3\r\nget\r\n%2\r\n$5\r\ncalls\r\n:7\r\n$14\r\nhistogram_usec\r\n%2\r\n:1\r\n:3\r\n:2\r\n:7\r\n",
        "*2\r\n$3\r\nget\r\n*4\r\n$5\r\ncalls\r\n:7\r\n$14\r\nhistogram_usec\r\n*4\r\n:1\r\n:3\r\n:2\r\n:7\r\n"}) {
    const auto histograms = decoded<std::map<std::string, LatencyHistogram>>(reply);
    ASSERT_TRUE(histograms && histograms->contains("get")) << reply;
    EXPECT_EQ(histograms->at("get").calls, 7);
    EXPECT_EQ(histograms->at("get").calls_within, (std::map<std::int64_t, std::int64_t>{{1, 3}, {2, 7}}));
  }
  EXPECT_TRUE(is_refused<std::vector<LatencySpike>>("*1\r\n*1\r\n:1\r\n"));
}

TEST(DecodeModules, take_old_and_new_forms) {
  for (const char* reply : {"*1\r\n*4\r\n$4\r\nname\r\n$1\r\nm\r\n$3\r\nver\r\n:2\r\n",
                            "*1\r\n%5\r\n$4\r\nname\r\n$1\r\nm\r\n$3\r\nver\r\n:2\r\n$4\r\npath\r\n$0\r\n\r\n$"
                            "4\r\nargs\r\n*0\r\n+new\r\n*1\r\n:1\r\n"}) {
    const auto modules = decoded<std::vector<ModuleInfo>>(reply);
    ASSERT_TRUE(modules && modules->size() == 1) << reply;
    EXPECT_EQ(modules->front().name, "m");
    EXPECT_EQ(modules->front().version, 2);
  }
}

TEST(DecodeRole, takes_primaries_and_replicas) {
  const auto primary =
      decoded<ServerRole>("*3\r\n$6\r\nmaster\r\n:99\r\n*1\r\n*3\r\n$9\r\n127.0.0.1\r\n$4\r\n7001\r\n$2\r\n98\r\n");
  ASSERT_TRUE(primary);
  EXPECT_EQ(primary->role, "master");
  EXPECT_EQ(primary->offset, 99);
  ASSERT_EQ(primary->replicas.size(), 1U);
  EXPECT_EQ(primary->replicas[0].port, 7001);
  EXPECT_EQ(primary->replicas[0].offset, 98);
  const auto replica = decoded<ServerRole>("*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:7000\r\n$9\r\nconnected\r\n:5\r\n");
  ASSERT_TRUE(replica);
  EXPECT_EQ(replica->primary_host, "h");
  EXPECT_EQ(replica->primary_port, 7000);
  EXPECT_EQ(replica->link_state, "connected");
  EXPECT_EQ(replica->offset, 5);
  for (const char* reply : {"*0\r\n", "*1\r\n$6\r\nmaster\r\n", "*3\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n", "+master\r\n",
                            "*1\r\n*0\r\n", "*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:99999999999\r\n$1\r\nc\r\n:5\r\n"}) {
    EXPECT_TRUE(is_refused<ServerRole>(reply)) << reply;
  }
}

TEST(DecodeMemory, takes_figures_of_both_protocols_and_of_databases) {
  for (const char* reply : {"%4\r\n$14\r\npeak.allocated\r\n:7\r\n$15\r\npeak.percentage\r\n,1.5\r\n$4\r\ndb.0\r\n%"
                            "1\r\n$4\r\nmain\r\n:3\r\n$3\r\nnew\r\n$1\r\nx\r\n",
                            "*8\r\n$14\r\npeak.allocated\r\n:7\r\n$15\r\npeak.percentage\r\n$3\r\n1.5\r\n$4\r\ndb."
                            "0\r\n*2\r\n$4\r\nmain\r\n:3\r\n$3\r\nnew\r\n*1\r\n*0\r\n"}) {
    const auto stats = decoded<MemoryStats>(reply);
    ASSERT_TRUE(stats) << reply;
    EXPECT_EQ(stats->peak_allocated, 7);
    EXPECT_EQ(stats->peak_percentage, 1.5);
    EXPECT_EQ(stats->keys_count, 0);
    EXPECT_EQ(stats->figures,
              (std::map<std::string, double>{{"db.0/main", 3}, {"peak.allocated", 7}, {"peak.percentage", 1.5}}));
  }
  EXPECT_TRUE(is_refused<MemoryStats>("*3\r\n+a\r\n:1\r\n+b\r\n"));
  EXPECT_TRUE(is_refused<MemoryStats>("*2\r\n*0\r\n:1\r\n"));
  EXPECT_TRUE(is_refused<MemoryStats>(":1\r\n"));
}

TEST(DecodeHello, takes_map_and_flat_array) {
  for (const char* reply :
       {"%4\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:12\r\n$7\r\nmodules\r\n*0\r\n",
        "*8\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:12\r\n$3\r\nnew\r\n*1\r\n+x\r\n"}) {
    const auto hello = decoded<HelloReply>(reply);
    ASSERT_TRUE(hello) << reply;
    EXPECT_EQ(hello->server, "redis");
    EXPECT_EQ(hello->protocol, 3);
    EXPECT_EQ(hello->client_id, 12);
  }
}

TEST(DecodeTracking, takes_both_protocols) {
  for (const char* reply :
       {"%3\r\n$5\r\nflags\r\n~1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n",
        "*6\r\n$5\r\nflags\r\n*1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n"}) {
    const auto info = decoded<TrackingInfo>(reply);
    ASSERT_TRUE(info) << reply;
    EXPECT_EQ(info->flags, std::vector<std::string>{"off"});
    EXPECT_EQ(info->redirect, -1);
  }
  EXPECT_TRUE(is_refused<TrackingInfo>("+off\r\n"));
}

}  // namespace
}  // namespace rediscluster::wire
