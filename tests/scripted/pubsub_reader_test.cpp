// A reader who waits reads the connections himself: what comes while he is away, who else may read, and ending it meanwhile.
#include "scripted/pubsub_play.hpp"

#include <atomic>
#include <thread>

namespace {

using namespace play;

// Between his calls nobody reads for some time; what lies there meanwhile is no silence of the server.
TEST(PubSubReader, who_comes_now_and_then_loses_nothing_by_a_short_limit_of_silence) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true, .silence_limit = 40ms});
  pubsub.subscribe("news");
  const int connections = stage.node.connections();
  std::atomic<bool> is_over{false};
  std::thread publisher([&] {
    for (int i = 0; !is_over; ++i) {
      publish(stage.node, "news", std::to_string(i));
      std::this_thread::sleep_for(5ms);
    }
  });
  std::string last = "-1";
  for (int round = 0; round < 15; ++round) {
    for (int read = 0; read < 6; ++read) {
      const auto message = pubsub.get_message(100ms);
      EXPECT_TRUE(message) << "after " << last;
      if (!message) break;
      EXPECT_EQ(text(*message), "message news " + std::to_string(std::stoi(last) + 1));
      if (message->is_published()) last = message->data;
    }
    std::this_thread::sleep_for(45ms);
  }
  is_over = true;
  publisher.join();
  EXPECT_EQ(stage.node.connections(), connections);
}

// What has come while he was away is found by a look at the connections, and then he waits for nothing more.
TEST(PubSubReader, has_at_once_what_came_while_he_was_away) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("news");
  for (int round = 0; round < 5; ++round) {
    EXPECT_FALSE(pubsub.get_message(100ms));  // from here on it is he who reads
    publish(stage.node, "news", "x");
    std::this_thread::sleep_for(20ms);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(pubsub.get_message(5s));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  }
}

TEST(PubSubReader, others_may_subscribe_and_read_while_one_waits) {
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
  pubsub.subscribe("a");
  std::atomic<int> read{0};
  std::vector<std::thread> readers;
  const auto late = std::chrono::steady_clock::now() + surely;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (read < 300 && std::chrono::steady_clock::now() < late) read += pubsub.get_message(20ms).has_value();
    });
  }
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    pubsub.subscribe("b" + std::to_string(i));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  }
  for (int i = 0; i < 300; ++i) publish(stage.node, "b" + std::to_string(i % 20), "x");
  for (std::thread& each : readers) each.join();
  EXPECT_EQ(read, 300);
}

TEST(PubSubReader, is_told_when_it_is_closed_elsewhere) {
  for (int round = 0; round < 50; ++round) {
    OneNodeStage stage;
    PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
    pubsub.subscribe("news");
    std::thread reader([&] {
      try {
        while (pubsub.get_message(10s)) {
        }
        ADD_FAILURE() << "no message, and not closed";
      } catch (const RedisError& error) {
        EXPECT_EQ(error.error().code, Errc::client_closed);
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds(100 * round));
    const auto begin = std::chrono::steady_clock::now();
    round % 2 == 0 ? pubsub.close() : stage.client.close();
    reader.join();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  }
}

template <class PubSubObject>
void expect_next(PubSubObject& pubsub, int begin, int end) {
  for (int i = begin; i < end; ++i) ASSERT_EQ(text(next(pubsub)), "message news " + std::to_string(i));
}

// He takes them one by one from where they came in. What he leaves there is not lost.
class PubSubReaderWhoStops : public ::testing::Test {
 protected:
  PubSubReaderWhoStops() {
    pubsub.subscribe("news");
    std::thread publisher([&] {
      std::this_thread::sleep_for(20ms);  // he waits by then
      stage.node.send_unasked(news_of(0, 500));
    });
    expect_next(pubsub, 0, 3);
    publisher.join();
  }
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true});
};

TEST_F(PubSubReaderWhoStops, loses_nothing_when_the_connection_ends) {
  stage.node.drop_connections();
  std::this_thread::sleep_for(100ms);
  expect_next(pubsub, 3, 500);
  EXPECT_EQ(text(next(pubsub)), "gap news connection_lost");
}

TEST_F(PubSubReaderWhoStops, loses_nothing_when_it_ends_before_he_comes_back) {
  stage.node.send_unasked(news_of(500, 510));
  stage.node.drop_connections();
  expect_next(pubsub, 3, 510);
  EXPECT_EQ(text(next(pubsub)), "gap news connection_lost");
}

TEST_F(PubSubReaderWhoStops, holds_nobody_up_who_subscribes) {
  const auto begin = std::chrono::steady_clock::now();
  pubsub.subscribe("other");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  publish(stage.node, "other", "x");
  expect_next(pubsub, 3, 500);
  EXPECT_EQ(text(next(pubsub)), "message other x");
}

TEST_F(PubSubReaderWhoStops, has_what_was_unread_when_he_unsubscribes) {
  pubsub.unsubscribe("news");
  expect_next(pubsub, 3, 500);
}

TEST_F(PubSubReaderWhoStops, has_it_although_there_are_large_messages_among_it) {
  expect_next(pubsub, 3, 500);
  const std::string bytes = news_of(500, 503) + encode_reply(push({"message", "news", std::string(20'000, 'x')}), 3) + news_of(503, 600);
  std::thread publisher([&] {
    std::this_thread::sleep_for(20ms);
    stage.node.send_unasked(bytes);
  });
  expect_next(pubsub, 500, 501);
  publisher.join();
  std::this_thread::sleep_for(5ms);
  pubsub.unsubscribe("news");
  expect_next(pubsub, 501, 503);
  EXPECT_EQ(next(pubsub).data.size(), 20'000U);
  expect_next(pubsub, 503, 600);
}

TEST_F(PubSubReaderWhoStops, has_it_before_he_hears_of_a_subscription_that_comes_later) {
  PubSubOptions options;  // tells of subscriptions
  PubSub other = stage.client.pubsub(options);
  other.subscribe("news");
  EXPECT_EQ(text(next(other)), "subscribe news");
  std::thread publisher([&] {
    std::this_thread::sleep_for(20ms);
    stage.node.send_unasked(news_of(0, 100));
  });
  expect_next(other, 0, 3);
  publisher.join();
  other.subscribe("news");  // once more
  expect_next(other, 3, 100);
  EXPECT_EQ(text(next(other)), "subscribe news");
}

TEST_F(PubSubReaderWhoStops, shares_the_rest_with_others) {
  std::atomic<int> read{3};
  std::vector<std::thread> readers;
  const auto late = std::chrono::steady_clock::now() + surely;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (read < 1000 && std::chrono::steady_clock::now() < late) read += pubsub.get_message(20ms).has_value();
    });
  }
  stage.node.send_unasked(news_of(500, 1000));
  for (std::thread& each : readers) each.join();
  EXPECT_EQ(read, 1000);
}

TEST_F(PubSubReaderWhoStops, gets_the_rest_through_handlers_that_come_later) {
  int heard = 3;
  pubsub.subscribe("news", [&](const Message& message) { heard += message.is_published() && message.data == std::to_string(heard); });
  for (int i = 0; i < 600 && heard < 500; ++i) pubsub.get_message(20ms);
  EXPECT_EQ(heard, 500);
}

TEST(PubSubReader, takes_what_there_is_although_more_comes) {
  constexpr int all = 20'000;
  constexpr int at_once = 500;
  OneNodeStage stage;
  PubSub pubsub = stage.client.pubsub({.ignore_subscribe_messages = true, .max_unread_messages = 2000});
  pubsub.subscribe("news");
  std::atomic<int> read{0};
  std::thread reader([&] {
    while (read < all) {
      const Message message = next(pubsub);
      ASSERT_EQ(text(message), "message news " + std::to_string(read));
      ++read;
    }
  });
  for (int i = 0; i < all; i += at_once) {
    stage.node.send_unasked(news_of(i, i + at_once));
    if (!wait_until([&] { return read >= i; }, surely)) break;
  }
  reader.join();
  EXPECT_EQ(read, all);
}

}  // namespace
