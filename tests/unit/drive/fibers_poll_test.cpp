/// A poller that fibers wait with: their host wakes them, and tells them what is ready.
#include "unit/drive/fibers_play.hpp"

#include "net/poller.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace rediscluster::drive {
namespace {

/// A poller that fibers and threads wait with, and a socket with the other end of it.
class FibersThatPoll : public FibersTest {
 protected:
  FibersThatPoll() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    socket = net::Socket::adopt(ends[0], {}).value();
    other = ends[1];
  }
  ~FibersThatPoll() override {
    if (other >= 0) ::close(other);
  }
  bool wait(std::chrono::milliseconds time) { return poller.wait(watches, Deadline::after(Clock::now(), time)); }

  net::Poller poller;
  net::Socket socket;
  int other = -1;
  std::vector<net::Watch> watches;
};

TEST_F(FibersThatPoll, are_woken) {
  bool is_woken = false;
  auto polls = begin([&] { is_woken = wait(10s); });
  std::this_thread::sleep_for(5ms);
  poller.wake();
  polls.get();
  EXPECT_TRUE(is_woken);
}

TEST_F(FibersThatPoll, know_of_a_wake_before_the_wait_once_whoever_waited_last) {
  for (const bool by_thread : {false, true}) {
    poller.wake();
    poller.wake();
    const auto look = [&] {
      EXPECT_TRUE(wait(10s));
      EXPECT_FALSE(wait(5ms));
    };
    by_thread ? look() : run(look);
    bool is_woken = true;
    run([&] { is_woken = wait(5ms); });
    EXPECT_FALSE(is_woken);
    EXPECT_FALSE(wait(5ms));
  }
}

TEST_F(FibersThatPoll, see_what_was_ready_and_what_becomes_it) {
  watches = {{&socket}};
  ASSERT_EQ(::send(other, "x", 1, 0), 1);
  run([&] { EXPECT_FALSE(wait(10s)); });
  EXPECT_TRUE(watches[0].can_read);
  char byte;
  ASSERT_EQ(socket.receive(&byte, 1, Deadline::at({})).status, net::Socket::Status::ok);
  run([&] { EXPECT_FALSE(wait(5ms)); });
  EXPECT_FALSE(watches[0].can_read);
  for (const bool ends : {false, true}) {
    auto polls = begin([&] { EXPECT_FALSE(wait(10s)); });
    std::this_thread::sleep_for(5ms);
    ends ? ::close(std::exchange(other, -1)) : static_cast<int>(::send(other, "y", 1, 0));
    polls.get();
    EXPECT_TRUE(watches[0].can_read);
    EXPECT_FALSE(watches[0].can_write);
    const auto expected = ends ? net::Socket::Status::closed : net::Socket::Status::ok;
    EXPECT_EQ(socket.receive(&byte, 1, Deadline::at({})).status, expected);
  }
}

TEST_F(FibersThatPoll, pass_over_a_socket_that_is_waited_for_nothing) {
  watches = {{&socket, false, false}, {&socket, false, true}};
  run([&] { wait(10s); });
  EXPECT_FALSE(watches[0].can_read || watches[0].can_write || watches[1].can_read);
  EXPECT_TRUE(watches[1].can_write);
}

}  // namespace
}  // namespace rediscluster::drive
