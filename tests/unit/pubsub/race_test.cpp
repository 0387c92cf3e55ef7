/// Two model servers between which a slot moves again and again while a user subscribes and unsubscribes (T03):
/// whatever the order of things, in the end everybody agrees, and every message came once.
#include <rediscluster/testing/raw_reply.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <map>
#include <set>
#include <string>

#include "base/random.hpp"
#include "pubsub/book.hpp"
#include "testing/command_reader.hpp"

namespace rediscluster::pubsub {
namespace {

using namespace std::chrono_literals;
using testing::RawReply;

/// Subscribes and unsubscribes as Redis 7 does within one slot, in RESP2 or RESP3.
struct Server {
  int number;
  int resp;
  std::string input{};
  std::string output{};
  std::set<std::string> subscribed{};

  void say(const RawReply& reply) { output += encode_reply(reply, resp); }
  void notice(const char* word, const std::string& name) {
    say(RawReply::push({RawReply::bulk(word), RawReply::bulk(name), RawReply::number(static_cast<long long>(subscribed.size()))}));
  }
  void lose_slot() {
    for (const std::string& name : std::exchange(subscribed, {})) notice("sunsubscribe", name);
  }
  void publish(const std::string& name, int number_of_message) {
    if (!subscribed.contains(name)) return;
    say(RawReply::push({RawReply::bulk("smessage"), RawReply::bulk(name), RawReply::bulk(std::to_string(number_of_message))}));
  }
  /// Runs one command, if a whole one is there.
  void step(int owner) {
    const testing::ReadCommand read = testing::read_command(input);
    if (read.status != testing::ReadCommand::Status::complete) return;
    input.erase(0, read.size);
    const std::string& command = read.words.at(0);
    if (command == "PING") {
      const bool is_array = resp == 2 && !subscribed.empty();
      return say(is_array ? RawReply::array({RawReply::bulk("pong"), RawReply::bulk(read.words.at(1))}) : RawReply::bulk(read.words.at(1)));
    }
    if (number != owner) return say(RawReply::error("MOVED 1 127.0.0.1:" + std::to_string(owner)));
    for (std::size_t i = 1; i < read.words.size(); ++i) {
      if (command == "SSUBSCRIBE") {
        subscribed.insert(read.words[i]);
      } else {
        subscribed.erase(read.words[i]);
      }
      notice(command == "SSUBSCRIBE" ? "ssubscribe" : "sunsubscribe", read.words[i]);
    }
  }
};

class World {
 public:
  World(std::uint64_t seed, int resp) : random_(seed), servers_{Server{0, resp}, Server{1, resp}} {
    book_.opened(0);
    book_.opened(1);
  }

  int races = 0;  ///< Moves that met a command under way.

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) step();
    settle();
  }

 private:
  static Topic topic(int index) { return {SubscriptionKind::sharded, "{x}" + std::to_string(index)}; }

  void step() {
    const auto pick = random_.below(100);
    Server& server = servers_[random_.below(2)];
    if (pick < 12) {
      const Topic each = topic(static_cast<int>(random_.below(3)));
      if (wanted_.insert(each.name).second) {
        book_.want(each);
      } else {
        wanted_.erase(each.name);
        book_.unwant(each, true);
      }
    } else if (pick < 18) {
      move();
    } else if (pick < 20) {
      learn(owner_);  // a refresh of the map
    } else if (pick < 30) {
      publish(static_cast<int>(random_.below(3)));
    } else if (pick < 60) {
      server.step(owner_);
    } else if (pick < 85) {
      hear(server.number, 1 + random_.below(60));
    } else {
      plan();
    }
    now_ += 1ms;
  }

  void move() {
    Server& loser = servers_[static_cast<std::size_t>(owner_)];
    races += lines_[static_cast<std::size_t>(owner_)].is_waiting() ? 1 : 0;
    owner_ = 1 - owner_;
    loser.lose_slot();
  }

  void learn(int owner) {
    if (std::exchange(believed_, owner) != owner) book_.reroute(route());
  }
  Book::Route route() {
    return [this](const Topic&) { return believed_; };
  }

  void plan() {
    for (Book::Instruction& each : book_.plan(route(), now_)) line(each.place).order(std::move(each.order));
    for (Server& server : servers_) {
      Line& from = line(server.number);
      server.input += from.unsent();
      from.sent(from.unsent().size());
    }
  }

  void publish(int index) {
    ++published_;
    servers_[static_cast<std::size_t>(owner_)].publish(topic(index).name, published_);
  }

  void hear(int place, std::size_t most) {
    Server& server = servers_[static_cast<std::size_t>(place)];
    const Line::Space space = line(place).receive_space();
    const std::size_t size = std::min({most, server.output.size(), space.size});
    std::memcpy(space.data, server.output.data(), size);
    server.output.erase(0, size);
    line(place).received(size);
    while (const auto event = line(place).next()) take(place, *event);
    for (const Message& told : book_.take_announcements()) ASSERT_NE(told.type, Message::Type::refused) << told.data;
  }

  void take(int place, const Line::Event& event) {
    ASSERT_NE(event.kind, Line::Event::Kind::broken) << event.broken;
    if (event.kind == Line::Event::Kind::settled) {
      const bool is_moved = event.settled.error.has_value();
      if (is_moved) {
        ASSERT_TRUE(event.settled.error->starts_with("MOVED")) << *event.settled.error;
        if (event.settled.order.action == Action::subscribe) learn(owner_);
      }
      book_.settled(place, event.settled.order, is_moved ? Book::Verdict::elsewhere : Book::Verdict::fine, Error{Errc::moved, "moved"}, now_);
      return;
    }
    const Topic about{event.heard.kind, std::string(event.heard.name)};
    if (event.heard.what == Heard::What::subscribed) {
      book_.subscribed(place, about);
    } else if (event.heard.what == Heard::What::unsubscribed) {
      book_.unsubscribed(place, about);
    } else if (book_.accepts(place, about.kind, about.name)) {
      ASSERT_TRUE(wanted_.contains(about.name)) << "a message of what nobody wants";
      ASSERT_TRUE(received_.insert(std::string(event.heard.text)).second) << "message " << event.heard.text << " came twice";
    }
  }

  void calm_down() {
    for (int i = 0; i < 200; ++i) {
      now_ += 1s;
      plan();
      for (Server& server : servers_) {
        while (!server.input.empty()) server.step(owner_);
        while (!server.output.empty() && !::testing::Test::HasFailure()) hear(server.number, 1'000'000);
      }
    }
  }

  void settle() {
    calm_down();
    ASSERT_FALSE(book_.is_unsettled());
    EXPECT_EQ(servers_[static_cast<std::size_t>(owner_)].subscribed, wanted_);
    EXPECT_TRUE(servers_[static_cast<std::size_t>(1 - owner_)].subscribed.empty());
    EXPECT_FALSE(lines_[0].is_waiting());
    EXPECT_FALSE(lines_[1].is_waiting());
    const std::size_t before = received_.size();
    for (int index = 0; index < 3; ++index) publish(index);
    calm_down();
    EXPECT_EQ(received_.size() - before, wanted_.size()) << "each wanted channel gets what is published in calm";
  }

  Line& line(int place) { return lines_[static_cast<std::size_t>(place)]; }

  base::Random random_;
  base::TimePoint now_{};
  std::array<Server, 2> servers_;
  std::array<Line, 2> lines_{Line(wire::Limits{}), Line(wire::Limits{})};
  Book book_{[](int attempt) { return attempt * 5ms; }};
  int owner_ = 0;
  int believed_ = 0;
  int published_ = 0;
  std::set<std::string> wanted_;
  std::set<std::string> received_;
};

TEST(Race, ten_thousand_moves_amid_subscribing_leave_no_line_out_of_step) {
  int races = 0;
  for (std::uint64_t seed = 1; races < 10'000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed, seed % 2 == 0 ? 2 : 3);
    world.run(3000);
    races += world.races;
  }
}

}  // namespace
}  // namespace rediscluster::pubsub
