// Somebody else acts between the steps of an operation over several slots: before each of its steps in turn. What he
// wrote must not vanish, what he took must not be there a second time, and exactly one of two who move has moved.
#include "support/cross_slot_stage.hpp"

namespace {

using namespace test_support;
using namespace std::chrono_literals;
using rediscluster::Errc;
using rediscluster::RedisCluster;
using rediscluster::Reply;
using rediscluster::Result;

class Between : public ::testing::Test {
 protected:
  Between()
      : cluster_(CrossSlotStage::real()),
        client_({.startup_nodes = cluster_.seeds(), .command_timeout = 3s}) {}

  struct Outcome {
    const Result<Reply>& reply;
    const RawReply& theirs;  // of the last of their commands
    State now;
    bool happened;  // false: the operation was over before
    bool succeeded() const { return reply.has_value(); }
    bool answered(std::int64_t number) const { return reply && reply->type() == Reply::Type::integer && reply->as_integer() == number; }
  };

  template <class Judge>
  void before_every_step(const std::vector<Strings>& scene, const Strings& command, const std::vector<Strings>& theirs, Judge judge) {
    before_every_step(scene, command, [&theirs](RawReply& reply) {
      for (const Strings& each : theirs) reply = CrossSlotStage::at_server(each);
    }, judge);
  }
  template <class Act, class Judge>
  void before_every_step(const std::vector<Strings>& scene, const Strings& command, Act act, Judge judge)
    requires std::invocable<Act, RawReply&>
  {
    for (int number = 1; number < 30 && !HasFailure(); ++number) {
      SCOPED_TRACE("before step " + std::to_string(number));
      CrossSlotStage::set_scene(scene);
      RawReply reply;
      cluster_.meanwhile(number, [&] { act(reply); });
      const Result<Reply> ours = run(client_, command);
      const bool happened = cluster_.has_happened();
      cluster_.lose_nothing();
      if (!happened) act(reply);
      SCOPED_TRACE(ours ? ours->to_string() : to_string(ours.error()));
      judge(Outcome{ours, reply, CrossSlotStage::look(), happened});
      if (!happened) return;
    }
    ADD_FAILURE_AT(__FILE__, __LINE__) << "there is no end to it";
  }

  static Strings elements(const State& state, const std::string& name) {
    const auto found = state.keys.find(name);
    return found == state.keys.end() ? Strings{} : Strings(found->second.begin() + 1, found->second.end());
  }
  static std::string head(const State& state, const std::string& name) {
    const auto found = state.keys.find(name);
    return found == state.keys.end() ? "" : found->second.front();
  }
  static int count(const State& state, const std::string& element) {
    const auto all = state.elements();
    const auto found = all.find(element);
    return found == all.end() ? 0 : found->second;
  }

  // Somebody acts before one step, and somebody else before a later one.
  Result<Reply> with_two_others(const Strings& command, int number, const Strings& theirs, int later, const Strings& others) {
    int passed = 0;
    cluster_.meanwhile_always([&] {
      ++passed;
      if (passed == number) CrossSlotStage::at_server(theirs);
      if (passed == later) CrossSlotStage::at_server(others);
    });
    Result<Reply> ours = run(client_, command);
    cluster_.lose_nothing();
    return ours;
  }

  LossyCluster cluster_;
  RedisCluster client_;
};

// A set or hash of so many that the server has just begun to double its table.
constexpr int doubling = 16385;

Strings many_of(const std::string& command, const std::string& key, int count) {
  Strings words{command, key};
  for (int i = 0; i < count; ++i) {
    words.push_back("element" + std::to_string(i));
    if (command == "HSET") words.push_back("value");
  }
  return words;
}

Strings read_some_of(const std::string& command, const std::string& key) {
  Strings words = many_of("SADD", key, 50);
  words[0] = command == "HSET" ? "HMGET" : "SMISMEMBER";
  return words;
}

TEST_F(Between, a_list_grows_while_it_is_renamed) {
  before_every_step({{"RPUSH", "@a", "1", "2"}}, {"RENAME", "@a", "@b"}, {{"RPUSH", "@a", "new"}}, [](const Outcome& o) {
    ASSERT_TRUE(o.succeeded());
    for (const char* element : {"1", "2", "new"}) EXPECT_EQ(count(o.now, element), 1) << element << o.now.text();
    EXPECT_EQ(elements(o.now, "b").size(), o.theirs.integer == 3 ? 3u : 2u);
  });
}

TEST_F(Between, a_list_grows_while_it_is_renamed_to_a_new_name) {
  before_every_step({{"RPUSH", "@a", "1", "2"}}, {"RENAMENX", "@a", "@b"}, {{"RPUSH", "@a", "new"}}, [](const Outcome& o) {
    EXPECT_TRUE(o.answered(1));
    for (const char* element : {"1", "2", "new"}) EXPECT_EQ(count(o.now, element), 1) << element << o.now.text();
  });
}

// A table that grows moves its elements while others read it, so the server lists them in another order each time.
TEST_F(Between, readers_change_nothing) {
  for (const char* write : {"SADD", "HSET"}) {
    for (const char* command : {"RENAME", "RENAMENX"}) {
      SCOPED_TRACE(std::string(write) + ' ' + command);
      CrossSlotStage::set_scene({many_of(write, "@a", doubling)});
      cluster_.meanwhile_always([&] { CrossSlotStage::at_server(read_some_of(write, "@a")); });
      const Result<Reply> ours = run(client_, {command, "@a", "@b"});
      cluster_.lose_nothing();
      EXPECT_TRUE(ours) << to_string(ours.error());
      const State now = CrossSlotStage::look();
      EXPECT_EQ(head(now, "a"), "");
      EXPECT_EQ(elements(now, "b").size(), std::size_t{doubling});
      EXPECT_TRUE(now.held.empty()) << now.text();
    }
  }
}

TEST_F(Between, a_large_set_or_hash_changes_and_its_copy_is_only_read) {
  for (const char* write : {"SADD", "HSET"}) {
    Strings one_more{write, "@a", "new"};
    if (one_more[0] == "HSET") one_more.emplace_back("value");
    before_every_step({many_of(write, "@a", doubling)}, {"RENAMENX", "@a", "@b"}, {one_more, read_some_of(write, "@b")}, [](const Outcome& o) {
      EXPECT_TRUE(o.answered(1));
      EXPECT_EQ(elements(o.now, "a").size() + elements(o.now, "b").size(), std::size_t{doubling + 1});
      EXPECT_GE(elements(o.now, "b").size(), std::size_t{doubling});
      EXPECT_TRUE(o.now.held.empty()) << o.now.text();
    });
  }
}

TEST_F(Between, a_new_source_comes_up_while_the_changed_one_is_copied_again) {
  for (const char* command : {"RENAME", "RENAMENX"}) {
    for (int later = 4; later < 7; ++later) {
      SCOPED_TRACE(std::string(command) + ", the second one before step " + std::to_string(later));
      CrossSlotStage::set_scene({{"RPUSH", "@a", "1", "2"}});
      const Result<Reply> ours = with_two_others({command, "@a", "@b"}, 3, {"RPUSH", "@a", "new"}, later, {"RPUSH", "@a", "late"});
      EXPECT_TRUE(ours) << to_string(ours.error());
      const State now = CrossSlotStage::look();
      for (const char* element : {"1", "2", "new", "late"}) EXPECT_EQ(count(now, element), 1) << element << now.text();
      EXPECT_TRUE(now.held.empty()) << now.text();
    }
  }
}

TEST_F(Between, the_changed_source_is_removed) {
  for (const char* command : {"RENAME", "RENAMENX"}) {
    CrossSlotStage::set_scene({{"RPUSH", "@a", "1", "2"}});
    EXPECT_TRUE(with_two_others({command, "@a", "@b"}, 3, {"RPUSH", "@a", "new"}, 4, {"DEL", "@a"}));
    const State now = CrossSlotStage::look();
    EXPECT_EQ(head(now, "a"), "");
    EXPECT_EQ(elements(now, "b"), (Strings{"1", "2"}));
  }
}

TEST_F(Between, source_and_copy_change_and_the_source_is_made_anew) {
  CrossSlotStage::set_scene({{"SET", "@a", "ours"}});
  int passed = 0;
  cluster_.meanwhile_always([&] {
    if (++passed == 3) {
      CrossSlotStage::at_server({"APPEND", "@a", "+"});
      CrossSlotStage::at_server({"SET", "@b", "theirs"});
    }
    if (passed == 5) CrossSlotStage::at_server({"SET", "@a", "another"});
  });
  const Result<Reply> ours = run(client_, {"RENAMENX", "@a", "@b"});
  cluster_.lose_nothing();
  ASSERT_FALSE(ours);
  EXPECT_EQ(ours.error().code, Errc::try_again);
  EXPECT_EQ(ours.error().execution, rediscluster::Execution::maybe_executed);
  const State now = CrossSlotStage::look();
  EXPECT_EQ(elements(now, "a"), Strings{"another"});
  EXPECT_EQ(elements(now, "b"), Strings{"theirs"});
  ASSERT_EQ(now.held.size(), 1u) << now.text();
  EXPECT_EQ(now.held.begin()->second, Strings{"ours+"});
  EXPECT_NE(ours.error().message.find(now.held.begin()->first), std::string::npos) << ours.error().message;
}

TEST_F(Between, the_new_name_is_taken) {
  before_every_step({{"SET", "@a", "ours"}}, {"RENAMENX", "@a", "@b"}, {{"SET", "@b", "theirs"}}, [](const Outcome& o) {
    ASSERT_TRUE(o.succeeded());
    EXPECT_EQ(elements(o.now, "b"), Strings{"theirs"});
    EXPECT_EQ(elements(o.now, "a"), o.answered(1) ? Strings{} : Strings{"ours"});
  });
}

TEST_F(Between, the_source_changes_and_so_does_the_copy) {
  before_every_step({{"SET", "@a", "ours"}}, {"RENAMENX", "@a", "@b"}, {{"APPEND", "@b", "+"}, {"APPEND", "@a", "+"}},
                    [](const Outcome& o) {
                      if (!o.succeeded()) {
                        EXPECT_EQ(o.reply.error().code, Errc::try_again);
                        EXPECT_EQ(elements(o.now, "a"), Strings{"ours+"});
                      }
                      EXPECT_EQ(count(o.now, "ours+") + count(o.now, "+") + count(o.now, "ours"), 2) << o.now.text();
                      EXPECT_GE(count(o.now, "ours+"), 1) << o.now.text();
                    });
}

TEST_F(Between, the_expiry_changes) {
  before_every_step({{"SET", "@a", "v"}, {"PEXPIREAT", "@a", "4102444800123"}}, {"RENAME", "@a", "@b"}, {{"PEXPIREAT", "@a", "4102444899999"}},
                    [](const Outcome& o) {
                      ASSERT_TRUE(o.succeeded());
                      EXPECT_EQ(head(o.now, "b"), o.theirs.integer == 1 ? "string expires at 4102444899999" : "string expires at 4102444800123");
                      EXPECT_EQ(head(o.now, "a"), "");
                    });
}

TEST_F(Between, the_source_is_removed) {
  before_every_step({{"SET", "@a", "v"}}, {"RENAME", "@a", "@b"}, {{"DEL", "@a"}}, [](const Outcome& o) {
    EXPECT_EQ(head(o.now, "a"), "");
    if (o.succeeded()) {
      EXPECT_EQ(elements(o.now, "b"), Strings{"v"});
    } else {
      EXPECT_EQ(o.reply.error().code, Errc::response_error);
      EXPECT_EQ(head(o.now, "b"), "");
    }
  });
}

TEST_F(Between, somebody_takes_the_element) {
  for (const char* command : {"RPOPLPUSH", "BRPOPLPUSH"}) {
    Strings words{command, "@a", "@b"};
    if (words[0] == "BRPOPLPUSH") words.push_back("1");
    before_every_step({{"RPUSH", "@a", "1", "2", "3"}}, words, {{"RPOP", "@a"}}, [](const Outcome& o) {
      ASSERT_TRUE(o.succeeded());
      EXPECT_EQ(count(o.now, "1") + count(o.now, "2") + count(o.now, "3"), 2) << o.now.text();
      EXPECT_EQ(count(o.now, o.theirs.text), 0) << o.theirs.text << " was taken:" << o.now.text();
      EXPECT_EQ(elements(o.now, "b"), Strings{o.reply->as_string()});
      EXPECT_TRUE(o.now.held.empty());
    });
  }
}

TEST_F(Between, somebody_takes_the_only_element) {
  before_every_step({{"RPUSH", "@a", "1"}}, {"LMOVE", "@a", "@b", "LEFT", "RIGHT"}, {{"RPOP", "@a"}}, [](const Outcome& o) {
    ASSERT_TRUE(o.succeeded());
    EXPECT_EQ(o.reply->is_nil(), o.theirs.text == "1");
    EXPECT_EQ(count(o.now, "1"), o.reply->is_nil() ? 0 : 1);
  });
}

TEST_F(Between, somebody_pushes_behind_the_element) {
  before_every_step({{"RPUSH", "@a", "1", "2"}}, {"RPOPLPUSH", "@a", "@b"}, {{"RPUSH", "@a", "new"}}, [](const Outcome& o) {
    ASSERT_TRUE(o.succeeded());
    for (const char* element : {"1", "2", "new"}) EXPECT_EQ(count(o.now, element), 1) << element << o.now.text();
  });
}

TEST_F(Between, neither_destination_nor_source_takes_the_element) {
  bool was_held = false;
  before_every_step({{"RPUSH", "@a", "1"}, {"SET", "@b", "text"}}, {"BLMOVE", "@a", "@b", "LEFT", "RIGHT", "1"}, {{"DEL", "@a"}, {"SET", "@a", "text"}},
                    [&was_held](const Outcome& o) {
                      ASSERT_FALSE(o.succeeded());
                      for (const auto& [name, held] : o.now.held) {
                        was_held = true;
                        EXPECT_EQ(held, Strings{"1"});
                        EXPECT_NE(o.reply.error().message.find(name), std::string::npos) << o.reply.error().message;
                        EXPECT_EQ(o.reply.error().execution, rediscluster::Execution::maybe_executed);
                      }
                    });
  EXPECT_TRUE(was_held);
}

TEST_F(Between, one_of_two_takes_the_member) {
  before_every_step({{"SADD", "@a", "m", "n"}}, {"SMOVE", "@a", "@b", "m"}, {{"SREM", "@a", "m"}}, [](const Outcome& o) {
    ASSERT_TRUE(o.succeeded());
    EXPECT_EQ(o.reply->as_integer() + o.theirs.integer, 1);
    EXPECT_EQ(elements(o.now, "a"), Strings{"n"});
  });
}

TEST_F(Between, a_key_of_an_msetnx_turns_up) {
  for (const char* name : {"@a", "@b", "@c"}) {
    before_every_step({}, {"MSETNX", "@a", "1", "@b", "2", "@c", "3"}, {{"SET", name, "theirs"}}, [name](const Outcome& o) {
      ASSERT_TRUE(o.succeeded());
      EXPECT_EQ(elements(o.now, std::string(name).substr(1)), Strings{"theirs"});
      EXPECT_EQ(o.now.keys.size(), o.answered(1) ? 3u : 1u) << o.now.text();
    });
  }
}

TEST_F(Between, what_somebody_wrote_over_an_msetnx_is_not_taken_back) {
  before_every_step({}, {"MSETNX", "@a", "1", "@b", "2", "@c", "3"}, {{"SET", "@a", "theirs"}, {"SET", "@c", "theirs"}}, [](const Outcome& o) {
    ASSERT_TRUE(o.succeeded());
    EXPECT_EQ(elements(o.now, "a"), Strings{"theirs"});
    EXPECT_EQ(elements(o.now, "c"), Strings{"theirs"});
    EXPECT_EQ(elements(o.now, "b"), o.answered(1) ? Strings{"2"} : Strings{});
  });
}

TEST_F(Between, a_temporary_set_is_lost) {
  const auto lose_temporary_keys = [](RawReply&) {
    for (int i = 0; i < 3; ++i) {
      for (const RawReply& key : CrossSlotStage::real().call(i, {"KEYS", "rediscluster:tmp:*"}).elements) {
        CrossSlotStage::real().call(i, {"DEL", key.text});
      }
    }
  };
  int lost = 0;
  Strings many{"SADD", "@a"};
  for (int i = 0; i < 1500; ++i) many.push_back(std::to_string(i));
  before_every_step({many, {"SADD", "@b", "other"}, {"SADD", "@c", "old"}}, {"SUNIONSTORE", "@c", "@a", "@b"}, lose_temporary_keys, [&lost](const Outcome& o) {
    if (o.succeeded()) {
      EXPECT_EQ(elements(o.now, "c").size(), 1501u);
      return;
    }
    ++lost;
    EXPECT_EQ(o.reply.error().code, Errc::try_again);
    EXPECT_EQ(o.reply.error().execution, rediscluster::Execution::not_executed);
    EXPECT_EQ(elements(o.now, "c"), Strings{"old"});
  });
  EXPECT_EQ(lost, 2) << "between the pieces, and before the last step";
}

}  // namespace
