/// A caller: one call after another, of all kinds, each within a time of its own, until the play is over. What came of each is written
/// down with its tokens.
#pragma once

#include "chaos/askers.hpp"
#include "simulation/task.hpp"
#include "support/task.hpp"

#include <rediscluster/commands/all.hpp>

#include <array>
#include <random>
#include <set>

namespace chaos {

using rediscluster::simulation::Lone;
using test_support::Fiber;
namespace cmd = rediscluster::cmd;

template <class Asker>
class Caller {
 public:
  Caller(Play& play, Asker asker, std::uint64_t seed) : play_(play), asker_(asker), random_(seed) {}

  /// This must outlive it.
  Fiber run() {
    while (!play_.is_over) {
      co_await one();
      co_await pause();
    }
  }

 private:
  using End = Tokens::End;
  using Kind = Tokens::Kind;
  static constexpr const char* push_script = "return redis.call('RPUSH', KEYS[1], ARGV[1])";

  Lone one() {
    const std::size_t drawn = below(1000);
    if (drawn < 300) return push();
    if (drawn < 500) return count();
    if (drawn < 600) return several();
    if (drawn < 700) return read();
    if (drawn < 800) return batch();
    if (drawn < 900) return block();
    if (drawn < 960) return script();
    if (drawn < 995) return take();
    return scan();
  }

  Lone push() {
    const auto token = play_.tokens.take();
    if (token) co_await write("RPUSH", *token, Kind::kept, cmd::rpush(Play::list(below(Play::lists)), Tokens::text(*token)));
  }
  // A field of its own: counted twice it is 2.
  Lone count() {
    const auto token = play_.tokens.take();
    if (token) co_await write("HINCRBY", *token, Kind::kept, cmd::hincrby(Play::hash(below(Play::hashes)), Tokens::text(*token), 1));
  }
  Lone script() {
    const auto token = play_.tokens.take();
    if (!token) co_return;
    const std::vector<std::string> keys{Play::list(below(Play::lists))};
    const std::string text = Tokens::text(*token);
    auto command = cmd::eval(push_script, keys, text);
    co_await write("EVAL", *token, Kind::kept, std::move(command));
  }

  template <class T>
  Lone write(const char* name, std::uint32_t token, Kind kind, Command<T> command) {
    play_.tokens.mark(token, kind);
    const auto begun = Clock::now();
    const milliseconds timeout = any_timeout();
    const auto done = co_await asker_.ask(command, timeout);
    play_.tokens.end(token, done ? End::success : Tokens::end_of_error(done.error()));
    play_.ended(name, begun, timeout, done ? nullptr : &done.error());
  }

  // MSET over slots, whose error stands for all of them, and MGET of what anybody wrote.
  Lone several() {
    const auto first = play_.tokens.take(3);
    if (!first) co_return;
    std::vector<std::pair<std::string, std::string>> pairs;
    std::vector<std::string> keys;
    for (std::uint32_t i = 0; i < 3; ++i) {
      keys.push_back(Play::text(below(200)) + ":" + std::to_string(i));
      pairs.emplace_back(keys.back(), Tokens::text(*first + i));
    }
    const auto begun = Clock::now();
    const milliseconds timeout = any_timeout();
    const auto done = co_await asker_.ask(cmd::mset(pairs), timeout);
    for (std::uint32_t i = 0; i < 3; ++i) play_.tokens.end(*first + i, done ? End::success : done.error().execution == rediscluster::Execution::not_executed ? End::not_executed : End::maybe_executed);
    play_.ended("MSET", begun, timeout, done ? nullptr : &done.error());
    const auto asked = Clock::now();
    const auto got = co_await asker_.ask(cmd::mget(keys), timeout);
    play_.ended("MGET", asked, timeout, got ? nullptr : &got.error());
    if (got && got->size() != keys.size()) play_.find("MGET of 3 keys gave " + std::to_string(got->size()));
    for (std::size_t i = 0; got && i < got->size(); ++i) expect_token("MGET", (*got)[i]);
  }

  Lone read() {
    const auto begun = Clock::now();
    const milliseconds timeout = any_timeout();
    const auto got = co_await asker_.ask(cmd::lrange(Play::list(below(Play::lists)), -5, -1), timeout);
    play_.ended("LRANGE", begun, timeout, got ? nullptr : &got.error());
    for (std::size_t i = 0; got && i < got->size(); ++i) expect_token("LRANGE", (*got)[i]);
  }

  Lone batch() {
    constexpr std::uint32_t many = 6;
    const auto first = play_.tokens.take(many);
    if (!first) co_return;
    auto pipe = asker_.pipeline();
    std::vector<rediscluster::Pending<std::int64_t>> pending;
    for (std::uint32_t i = 0; i < many; ++i) {
      const std::string token = Tokens::text(*first + i);
      play_.tokens.mark(*first + i, Kind::kept);
      pending.push_back(i % 2 == 0 ? pipe.rpush(Play::list(below(Play::lists)), token) : pipe.hincrby(Play::hash(below(Play::hashes)), token, 1));
    }
    const auto begun = Clock::now();
    const milliseconds timeout = any_timeout();
    const auto done = co_await asker_.execute(pipe, timeout);
    for (std::uint32_t i = 0; i < many; ++i) {
      const auto result = pending[i].result();
      play_.tokens.end(*first + i, result ? End::success : Tokens::end_of_error(result.error()));
    }
    play_.ended("pipeline", begun, timeout, done ? nullptr : &done.error());
  }

  Lone block() {
    const auto first = play_.tokens.take(2);
    if (!first) co_return;
    play_.tokens.mark(*first, Kind::kept);
    play_.tokens.mark(*first + 1, Kind::kept_beside);
    const std::size_t tag = below(Play::tags);
    auto transaction = asker_.transaction();
    for (int i = 0; i < 2; ++i) transaction.rpush(Play::tagged(tag, i), Tokens::text(*first + static_cast<std::uint32_t>(i)));
    const auto begun = Clock::now();
    const milliseconds timeout = any_timeout();
    const auto done = co_await asker_.execute(transaction, timeout);
    const End end = done ? End::success : Tokens::end_of_error(done.error());
    play_.tokens.end(*first, end);
    play_.tokens.end(*first + 1, end);
    play_.ended("EXEC", begun, timeout, done ? nullptr : &done.error());
  }

  // What was pushed is given to somebody; which is not looked at, as a failover may bring it back.
  Lone take() {
    const std::string queue = Play::queue(below(10));
    const auto token = play_.tokens.take();
    if (token && below(2) == 0) co_await write("RPUSH", *token, Kind::passing, cmd::rpush(queue, Tokens::text(*token)));
    const auto begun = Clock::now();
    const milliseconds timeout = any_timeout();
    const auto got = co_await asker_.ask(cmd::blpop(queue, milliseconds(1 + below(300))), timeout);
    play_.ended("BLPOP", begun, timeout, got ? nullptr : &got.error());
    if (got && *got) expect_token("BLPOP", (*got)->second);
  }

  Lone scan() {
    std::set<std::string> found;
    auto keys = asker_.scan();
    const auto begun = Clock::now();
    for (;;) {
      const auto key = co_await asker_.next(keys);
      if (key && *key) {
        found.insert(**key);
        continue;
      }
      // A scan has no deadline; its patience is with each page.
      play_.ended("scan_iter", begun, std::chrono::duration_cast<milliseconds>(Clock::now() - begun), key ? nullptr : &key.error());
      if (!key) co_return;
      for (std::size_t i = 0; i < Play::fixed; ++i) {
        if (!found.contains(Play::standing(i))) play_.find("a scan did not give " + Play::standing(i) + ", which was there all the time");
      }
      co_return;
    }
  }

  // Some commands wait on their server meanwhile.
  Lone pause() {
    if (below(3) != 0) co_return;
    const auto begun = Clock::now();
    const milliseconds timeout(2000);
    const auto nothing = co_await asker_.ask(cmd::blpop("nothing:" + std::to_string(below(20)), milliseconds(1 + below(30))), timeout);
    play_.ended("BLPOP of nothing", begun, timeout, nothing ? nullptr : &nothing.error());
  }

  void expect_token(const char* name, const std::optional<std::string>& text) {
    if (text && !Tokens::read(*text)) play_.find(std::string(name) + " gave '" + *text + "', which nobody wrote");
  }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  milliseconds any_timeout() {
    static constexpr std::array<int, 4> timeouts{200, 1000, 3000, 10'000};
    return milliseconds(timeouts[below(timeouts.size())]);
  }

  Play& play_;
  Asker asker_;
  std::mt19937_64 random_;
};

}  // namespace chaos
