/// The shortest useful program: a few commands of each kind, and an error looked at.
///
///   example_first_steps                       on a cluster of its own, started and stopped here
///   example_first_steps redis://host:port     on yours; it writes and removes keys "first:*"
#include <rediscluster/rediscluster.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <iostream>
#include <memory>

namespace rc = rediscluster;
using namespace std::chrono_literals;

static void show_commands(rc::RedisCluster& cluster) {
  cluster.set("first:greeting", "hello", {.expire_in = 60s});
  std::cout << "greeting: " << cluster.get("first:greeting").value_or("(none)") << '\n';
  std::cout << "a missing key is empty, not an error: " << std::boolalpha << cluster.get("first:nothing").has_value() << '\n';

  cluster.hset("first:user", {{"name", "Ann"}, {"age", 30}});
  for (const auto& [field, value] : cluster.hgetall("first:user")) std::cout << "user." << field << " = " << value << '\n';

  cluster.zadd("first:board", {{"ann", 3.5}, {"bob", 7}});
  std::cout << "bob's score: " << cluster.zscore("first:board", "bob").value_or(0) << '\n';

  cluster.mset({{"first:a", 1}, {"first:b", 2}, {"first:c", 3}});  // three slots, maybe three nodes
  const auto values = cluster.mget({"first:a", "first:b", "first:c"});
  std::cout << "a, b, c: " << *values[0] << ' ' << *values[1] << ' ' << *values[2] << '\n';

  const rc::Reply id = cluster.execute_command("XADD", "first:events", "*", "kind", "login");  // any command, as words
  std::cout << "event id: " << id.as_string() << '\n';
}

static void show_an_error(rc::RedisCluster& cluster) {
  const rc::Result<std::int64_t> result = cluster.nothrow().lpush("first:greeting", {"x"});
  std::cout << "pushing to a string: " << to_string(result.error()) << '\n';
}

static int remove_keys(rc::RedisCluster& cluster) {
  std::vector<std::string> keys;
  for (const std::string& key : cluster.scan_iter({.match = "first:*"})) keys.push_back(key);
  return static_cast<int>(cluster.del(keys));
}

int main(int argc, char** argv) {
  try {
    std::unique_ptr<rc::testing::LocalCluster> own;
    if (argc < 2) own = std::make_unique<rc::testing::LocalCluster>();
    auto cluster = rc::RedisCluster::from_url(argc < 2 ? own->url() : argv[1]);
    show_commands(cluster);
    show_an_error(cluster);
    std::cout << "removed " << remove_keys(cluster) << " keys\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
