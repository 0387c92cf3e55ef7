/// What a lane tells its loop: when it waits for room, and when it does not any more.
#include "drive/reactor_lane.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "net/connector.hpp"

namespace rediscluster::drive {
namespace {

/// A connection that takes so many bytes, and answers nothing.
struct NarrowNetwork final : net::Connector {
  Result<int> connect(const NodeAddress& /*address*/, net::AddressTurn* /*turn*/, const net::Interrupts& /*interrupts*/, base::Deadline /*deadline*/) override { return first_descriptor; }
  ssize_t send(int /*descriptor*/, std::string_view bytes) noexcept override {
    if (room == 0) return errno = EAGAIN, -1;
    const std::size_t taken = std::min(room, bytes.size());
    room -= taken;
    return static_cast<ssize_t>(taken);
  }
  ssize_t receive(int /*descriptor*/, char* /*data*/, std::size_t /*size*/) noexcept override { return errno = EAGAIN, -1; }
  short look(int /*descriptor*/, short events) noexcept override { return static_cast<short>(events & (room > 0 ? POLLOUT : 0)); }
  void shut_down(int /*descriptor*/) noexcept override {}
  void close(int /*descriptor*/) noexcept override {}

  std::size_t room = 0;
};

/// Turns when it is told to, and knows who waits for room.
class WatchingLoop final : public Loop {
 public:
  void attach(Client& client) override { client_ = &client; }
  bool watch(int /*descriptor*/, Watched& watched) override {
    watched_ = &watched;
    return true;
  }
  void want_writable(int /*descriptor*/, Watched& /*watched*/, bool wanted) override { is_waited_for = wanted; }
  void forget(int /*descriptor*/, Watched& /*watched*/) override {}
  void wake() noexcept override {}
  void turn_by(std::chrono::steady_clock::time_point /*when*/) noexcept override {}
  void turn() { client_->turn(); }
  void there_is_room() {
    watched_->ready(false, true);
    turn();
  }

  bool is_waited_for = false;

 private:
  Client* client_ = nullptr;
  Watched* watched_ = nullptr;
};

struct NoOwner final : ReactorLane::Owner {
  void lane_served() noexcept override {}
  void lane_closed(ReactorLane& /*lane*/, const Error& /*reason*/) noexcept override {}
};

struct Command final : ReactorTicket {
  void ended() noexcept override {}
};

class ReactorLaneTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<net::Socket> socket = net::Socket::connect({"10.0.0.1", 1}, {}, base::Deadline::never());
    ASSERT_TRUE(socket);
    ASSERT_TRUE(lane.open(std::move(*socket), link::Link(wire::Limits{})));
  }

  NarrowNetwork network;
  base::StandIn<net::Connector> instead{network};
  WatchingLoop loop;
  Reactor reactor{loop};
  NoOwner owner;
  Command first, second;
  const std::string words = "*1\r\n$4\r\nPING\r\n";
  ReactorLane lane{reactor, owner, {}};
};

TEST_F(ReactorLaneTest, waits_for_room_as_long_as_there_is_something_to_send) {
  lane.submit(words, first);
  loop.turn();
  EXPECT_TRUE(loop.is_waited_for);
  network.room = 5;
  loop.there_is_room();
  EXPECT_TRUE(loop.is_waited_for);
  network.room = 100;
  loop.there_is_room();
  EXPECT_FALSE(loop.is_waited_for);
}

// A loop that goes on to tell of room that nobody wants turns for ever.
TEST_F(ReactorLaneTest, does_not_wait_for_room_for_what_was_given_up) {
  network.room = words.size();
  lane.submit(words, first);
  loop.turn();
  EXPECT_FALSE(loop.is_waited_for);
  lane.submit(words, second);
  loop.turn();
  EXPECT_TRUE(loop.is_waited_for);
  lane.abandon(second);
  network.room = 100;
  loop.there_is_room();
  EXPECT_FALSE(loop.is_waited_for);
}

}  // namespace
}  // namespace rediscluster::drive
