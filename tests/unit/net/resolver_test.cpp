/// Lookups that are shared by all who ask for the same name meanwhile.
#include "net/resolver.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "support/deadline.hpp"

namespace rediscluster::net {
namespace {

using namespace std::chrono_literals;

using test_support::in;

/// A system whose lookups hang until they are let go.
struct Hanging {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_open = false;
  std::vector<std::string> asked;

  static Resolver::Lookup lookup(const std::shared_ptr<Hanging>& system) {
    return [system](const std::string& host) {
      std::unique_lock lock{system->mutex};
      system->asked.push_back(host);
      system->changed.notify_all();
      system->changed.wait(lock, [&] { return system->is_open; });
      if (host == "nobody.example") return Resolver::Found{{}, "no such name"};
      Resolver::Found found;
      found.endpoints.resize(2);
      auto& v4 = reinterpret_cast<sockaddr_in&>(found.endpoints[0].address);
      v4.sin_family = AF_INET;
      ::inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr);
      found.endpoints[0].size = sizeof v4;
      auto& v6 = reinterpret_cast<sockaddr_in6&>(found.endpoints[1].address);
      v6.sin6_family = AF_INET6;
      found.endpoints[1].size = sizeof v6;
      return found;
    };
  }
  void open() {
    {
      std::lock_guard lock{mutex};
      is_open = true;
    }
    changed.notify_all();
  }
  std::size_t lookups() {
    std::lock_guard lock{mutex};
    return asked.size();
  }
  void wait_for_lookup() {
    std::unique_lock lock{mutex};
    changed.wait_for(lock, 10s, [&] { return !asked.empty(); });
  }
};

int port_of(const Endpoint& endpoint) {
  return ntohs(endpoint.address.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(endpoint.address).sin_port
                                                     : reinterpret_cast<const sockaddr_in6&>(endpoint.address).sin6_port);
}

TEST(Resolver, many_attempts_for_a_name_that_hangs_share_one_lookup) {
  const auto system = std::make_shared<Hanging>();
  Resolver resolver(Hanging::lookup(system));
  for (int i = 0; i < 20; ++i) {
    const auto result = resolver.resolve({"slow.example", 7000}, in(1ms));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::timed_out);
  }
  system->wait_for_lookup();
  EXPECT_EQ(system->lookups(), 1U);
  system->open();
}

TEST(Resolver, all_who_wait_get_the_answer_each_with_his_port) {
  const auto system = std::make_shared<Hanging>();
  Resolver resolver(Hanging::lookup(system));
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto result = resolver.resolve({"slow.example", 7000 + i}, in(10s));
      if (result && result->size() == 2 && port_of((*result)[0]) == 7000 + i && port_of((*result)[1]) == 7000 + i) ++right;
    });
  }
  system->wait_for_lookup();
  system->open();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 8);
}

TEST(Resolver, the_next_attempt_after_an_answer_asks_again) {
  const auto system = std::make_shared<Hanging>();
  system->open();
  Resolver resolver(Hanging::lookup(system));
  EXPECT_TRUE(resolver.resolve({"a.example", 1}, in(10s)));
  EXPECT_TRUE(resolver.resolve({"a.example", 1}, in(10s)));
  EXPECT_EQ(system->lookups(), 2U);
}

TEST(Resolver, a_name_that_hangs_holds_up_no_other_and_refusals_say_why) {
  const auto system = std::make_shared<Hanging>();
  const auto other = std::make_shared<Hanging>();
  other->open();
  Resolver resolver([hang = Hanging::lookup(system), answer = Hanging::lookup(other)](const std::string& host) {
    return host == "slow.example" ? hang(host) : answer(host);
  });
  EXPECT_FALSE(resolver.resolve({"slow.example", 1}, in(1ms)));
  const auto result = resolver.resolve({"nobody.example", 1}, in(10s));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::dns_failed);
  EXPECT_EQ(result.error().message, "the name nobody.example has no address: no such name");
  system->open();
}

TEST(Resolver, a_lookup_may_outlive_the_resolver) {
  const auto system = std::make_shared<Hanging>();
  {
    Resolver resolver(Hanging::lookup(system));
    EXPECT_FALSE(resolver.resolve({"slow.example", 1}, in(1ms)));
  }
  system->wait_for_lookup();
  system->open();
}

TEST(Resolver, addresses_need_no_lookup) {
  Resolver resolver([](const std::string&) { return Resolver::Found{{}, "should not be asked"}; });
  for (const char* host : {"127.0.0.1", "::1"}) {
    const auto result = resolver.resolve({host, 7001}, in(10s));
    ASSERT_TRUE(result);
    EXPECT_EQ(port_of(result->at(0)), 7001);
  }
  EXPECT_FALSE(resolver.resolve({"", 7001}, in(10s)));
}

TEST(Resolver, the_system_knows_localhost) {
  const auto result = resolve({"localhost", 7001}, in(10s));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(port_of(result->at(0)), 7001);
}

}  // namespace
}  // namespace rediscluster::net
