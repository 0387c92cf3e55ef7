/// A TCP server whose connections, timers and Redis Cluster client share one io_context, and with it one thread: no lock, no hand-over.
/// It speaks lines: "COUNT name" answers how often that name was counted. Starts a cluster and clients of its own, and ends.
#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <rediscluster/asio.hpp>
#include <rediscluster/testing/local_cluster.hpp>

#include <iostream>
#include <string>

namespace rc = rediscluster;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

/// One connection: a line in, a line out.
asio::awaitable<void> serve(tcp::socket peer, rc::AsyncRedisCluster& redis) {
  std::string buffer;
  for (;;) {
    const auto [error, size] = co_await asio::async_read_until(peer, asio::dynamic_buffer(buffer), '\n', asio::experimental::as_tuple(asio::use_awaitable));
    if (error) co_return;
    const std::string line = buffer.substr(0, size - 1);
    buffer.erase(0, size);
    std::string answer = "? COUNT name\n";
    if (line.starts_with("COUNT ")) {
      const rc::Result<std::int64_t> count = co_await redis.incr("count:" + line.substr(6)).within(500ms)(asio::use_awaitable);
      answer = count ? std::to_string(*count) + '\n' : "! " + to_string(count.error()) + '\n';
    }
    co_await asio::async_write(peer, asio::buffer(answer), asio::use_awaitable);
  }
}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor, rc::AsyncRedisCluster& redis) {
  for (;;) {
    auto [error, peer] = co_await acceptor.async_accept(asio::experimental::as_tuple(asio::use_awaitable));
    if (error) co_return;
    asio::co_spawn(acceptor.get_executor(), serve(std::move(peer), redis), asio::detached);
  }
}

/// A user of the server: counts a hundred times.
asio::awaitable<void> use(tcp::endpoint server, std::string name, int& right) {
  tcp::socket connection(co_await asio::this_coro::executor);
  co_await connection.async_connect(server, asio::use_awaitable);
  std::string buffer;
  for (int i = 1; i <= 100; ++i) {
    const std::string question = "COUNT " + name + '\n';
    co_await asio::async_write(connection, asio::buffer(question), asio::use_awaitable);
    const std::size_t size = co_await asio::async_read_until(connection, asio::dynamic_buffer(buffer), '\n', asio::use_awaitable);
    right += buffer.substr(0, size) == std::to_string(i) + '\n' ? 1 : 0;
    buffer.erase(0, size);
  }
}

asio::awaitable<void> use_all(tcp::acceptor& acceptor, rc::AsyncRedisCluster& redis, int& right) {
  constexpr int users = 20;
  int left = users;
  asio::steady_timer all_done(acceptor.get_executor(), asio::steady_timer::time_point::max());
  for (int i = 0; i < users; ++i) {
    asio::co_spawn(acceptor.get_executor(), use(acceptor.local_endpoint(), "user" + std::to_string(i), right), [&](const std::exception_ptr&) {
      if (--left == 0) all_done.cancel();
    });
  }
  co_await all_done.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  acceptor.close();
  redis.close();  // the context has nothing more to do then, and run() returns
}

}  // namespace

int main() {
  rc::testing::LocalCluster servers;
  asio::io_context io;
  auto redis = rc::on_io_context(io, {.startup_nodes = servers.seeds()});
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  int right = 0;
  asio::co_spawn(io, accept_all(acceptor, redis), asio::detached);
  asio::co_spawn(io, use_all(acceptor, redis, right), asio::detached);
  io.run();
  std::cout << right << " of 2000 answers were right, by one thread\n";
  return right == 2000 ? 0 : 1;
}
