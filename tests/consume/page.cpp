// The seed's client page as one C++ program. It is the contract of the public names: an installed rediscluster must
// compile it unchanged (find_package(rediscluster), target rediscluster::rediscluster) and it must end with "page: OK".
//
//   page HOST PORT            against a cluster of 3 primaries with 1 replica each, redis-server 7 or newer
//
// Pipelines and pub/sub stand in a part of the page that comes with them.
// It writes only keys that begin with "page:" and removes them again.
#include <rediscluster/rediscluster.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace rc = rediscluster;
using namespace std::chrono_literals;
using Strings = std::vector<std::string>;
using StringSet = std::set<std::string>;

static int failures = 0;
#define CHECK(condition) \
  do { if (!(condition)) { ++failures; std::printf("page: line %d: %s\n", __LINE__, #condition); } } while (false)
template <class Error, class F> static bool throws(F&& call) {
  try { call(); } catch (const Error&) { return true; } catch (...) {}
  return false;
}

static void create(const std::string& host, int port) {                       // "Client Creation", "Advanced Configuration"
  rc::RedisCluster one({.host = host, .port = port});
  CHECK(one.set("page:a", "1"));
  rc::RedisCluster several({.startup_nodes = {{"127.0.0.1", 1}, {host, port}}, // the first one is dead on purpose
                            .max_connections = 32, .max_connections_per_node = 8, .read_from_replicas = true,
                            .cluster_down_retry_attempts = 5, .socket_timeout = 5s, .socket_connect_timeout = 5s});
  bool arrived = false;                                                       // a replica may lag a little
  for (int i = 0; i < 200 && !(arrived = several.get("page:a") == "1"); ++i) std::this_thread::sleep_for(10ms);
  CHECK(arrived);
  auto url = rc::RedisCluster::from_url("redis://" + host + ":" + std::to_string(port) + "?socket_timeout=5");
  CHECK(url.get("page:a") == "1");
  CHECK(throws<rc::RedisClusterException>([] { rc::RedisCluster::from_url("unix:///tmp/redis.sock"); }));
  CHECK(throws<rc::RedisClusterException>([] { rc::RedisCluster nobody({.startup_nodes = {}}); }));
  CHECK(throws<rc::RedisClusterException>([] { rc::RedisCluster dead({.host = "127.0.0.1", .port = 1}); }));
  one.del("page:a");
}

static void topology(rc::RedisCluster& cluster) {                             // "Cluster Management Commands"
  auto info = cluster.cluster_info();
  CHECK(info.at("cluster_state") == "ok" && info.at("cluster_size") == "3");
  int masters = 0;
  for (const auto& [id, node] : cluster.cluster_nodes()) {
    CHECK(id.size() == 40 && !node.host.empty() && node.port > 0);
    if (node.role == rc::Role::master) { ++masters; CHECK(!node.slots.empty()); }
  }
  CHECK(masters == 3);
  int covered = 0;
  for (const auto& range : cluster.cluster_slots()) {
    covered += range.end - range.start + 1;
    CHECK(range.master.port > 0);
  }
  CHECK(covered == 16384);
  CHECK(cluster.cluster_keyslot("foo") == 12182 && cluster.cluster_keyslot("{foo}bar") == 12182);
  static_assert(rc::keyslot("foo") == 12182);                                  // the same, at compile time
  cluster.set("page:k", "v");
  int slot = cluster.cluster_keyslot("page:k");
  CHECK(cluster.cluster_countkeysinslot(slot) >= 1);
  Strings keys = cluster.cluster_get_keys_in_slot(slot, 100);
  CHECK(std::find(keys.begin(), keys.end(), "page:k") != keys.end());
  for (const auto& [id, node] : cluster.cluster_nodes()) {
    CHECK(cluster.cluster_count_failure_report(id) >= 0);
    if (node.role == rc::Role::master) CHECK(cluster.cluster_slaves(id).size() == 1);
  }
  CHECK(cluster.cluster_save_config());
  cluster.del("page:k");
}

static void keys(rc::RedisCluster& c) {                                       // "Cluster-Aware Redis Commands"
  CHECK(c.mset({{"page:1", "data1"}, {"page:2", "data2"}, {"page:s", "active"}}));
  auto values = c.mget({"page:1", "page:none", "page:s"});
  CHECK(values.size() == 3 && values[0] == "data1" && !values[1] && values[2] == "active");
  CHECK(!c.msetnx({{"page:2", "x"}, {"page:new", "y"}}) && !c.get("page:new"));
  CHECK(c.rename("page:1", "page:moved") && c.get("page:moved") == "data1" && !c.get("page:1"));
  CHECK(!c.renamenx("page:moved", "page:2") && c.renamenx("page:moved", "page:1"));
  CHECK(throws<rc::ResponseError>([&] { c.rename("page:none", "page:x"); }));
  CHECK(c.set("page:ttl", "v", {.expire_in = 100s}) && c.rename("page:ttl", "page:ttl2") && c.ttl("page:ttl2") > 90);
  CHECK(c.del({"page:1", "page:2", "page:s", "page:ttl2", "page:none"}) == 4);

  c.sadd("page:x", {"a", "b", "c"}); c.sadd("page:y", {"b", "c", "d"});
  CHECK(c.sdiff({"page:x", "page:y"}) == StringSet{"a"} && (c.sinter({"page:x", "page:y"}) == StringSet{"b", "c"}));
  CHECK(c.sunion({"page:x", "page:y"}).size() == 4);
  CHECK(c.sdiffstore("page:z", {"page:x", "page:y"}) == 1 && c.sinterstore("page:z", {"page:x", "page:y"}) == 2);
  CHECK(c.sunionstore("page:z", {"page:x", "page:y"}) == 4 && c.scard("page:z") == 4);
  CHECK(c.smove("page:x", "page:y", "a") && !c.smove("page:x", "page:y", "nope") && c.sismember("page:y", "a"));

  c.rpush("page:from", {"one", "", "three"});
  CHECK(c.rpoplpush("page:from", "page:to") == "three" && c.rpoplpush("page:from", "page:to") == "");
  CHECK(c.brpoplpush("page:from", "page:to", 1s) == "one" && !c.brpoplpush("page:from", "page:to", 100ms));
  CHECK(c.lrange("page:to", 0, -1) == (Strings{"one", "", "three"}));

  c.pfadd("page:h1", {"a", "b", "c"}); c.pfadd("page:h2", {"c", "d"});
  CHECK(c.pfcount({"page:h1", "page:h2"}) == 4 && c.pfmerge("page:h3", {"page:h1", "page:h2"}) && c.pfcount({"page:h3"}) == 4);
  c.del({"page:x", "page:y", "page:z", "page:from", "page:to", "page:h1", "page:h2", "page:h3"});
}

int main(int argc, char** argv) {
  const std::string host = argc > 1 ? argv[1] : "127.0.0.1";
  const int port = argc > 2 ? std::atoi(argv[2]) : 7000;
  create(host, port);
  rc::RedisCluster cluster({.host = host, .port = port});
  topology(cluster);
  keys(cluster);
  if (failures == 0) std::puts("page: OK");
  return failures == 0 ? 0 : 1;
}
