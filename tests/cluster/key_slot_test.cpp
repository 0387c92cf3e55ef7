// The slot of a key as servers compute it (CLUSTER KEYSLOT), for odd braces and bytes.
#include "support/commands_fixture.hpp"

namespace {

using namespace rediscluster;
using namespace std::string_literals;

int slot_by_server(RedisCluster& client, const std::string& key) {
  return static_cast<int>(client.on_slot(0).run(cmd::cluster_keyslot(key)));
}

TEST(KeySlotOfServers, is_ours_for_every_odd_pair_of_braces) {
  RedisCluster client({.startup_nodes = test_support::shared_cluster().seeds()});
  for (const std::string& key : {""s, "{}"s, "{}x"s, "a{b"s, "a}b"s, "a{b}c{d}"s, "{{a}}"s, "}{"s, "}{a}"s, "{a}{b}"s, "{a"s, "a}"s,
                                 "a{}{b}"s, "{\0}x"s, "\0{\xff\0}\xff"s, "{\r\n}"s, "\xff\xfe{\xff}"s, std::string(5000, 'k') + "{t}"}) {
    EXPECT_EQ(keyslot(key), slot_by_server(client, key)) << Arg(key).view();
  }
}

TEST(KeySlotOfServers, is_ours_for_random_bytes_with_braces) {
  RedisCluster client({.startup_nodes = test_support::shared_cluster().seeds()});
  std::uint64_t state = 42;
  const auto next = [&state] { return (state = state * 6364136223846793005ULL + 1442695040888963407ULL) >> 33; };
  for (int i = 0; i < 3000; ++i) {
    std::string key(next() % 20, '\0');
    for (char& c : key) c = next() % 4 == 0 ? "{}"[next() % 2] : static_cast<char>(next());
    ASSERT_EQ(keyslot(key), slot_by_server(client, key)) << "key " << i;
  }
}

}  // namespace
