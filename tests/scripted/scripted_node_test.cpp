/// The scripted node itself, played against the raw connection.
#include <gtest/gtest.h>

#include <rediscluster/testing/raw_connection.hpp>
#include <rediscluster/testing/scripted_cluster.hpp>
#include <rediscluster/testing/wait_until.hpp>
#include <thread>

namespace rediscluster::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto short_timeout = 100ms;

TEST(ScriptedNode, answers_an_expected_command) {
  ScriptedNode node;
  node.expect("GET", "foo").answer_bulk("bar");
  EXPECT_EQ(RawConnection(node.address()).call({"get", "foo"}), RawReply::bulk("bar"));
  EXPECT_EQ(node.complaints(), "");
}

TEST(ScriptedNode, plays_a_redirect_over_two_nodes) {
  ScriptedNode old_home, new_home;
  old_home.expect("GET", "foo").answer_error("MOVED 12182 " + new_home.address_text());
  new_home.expect("GET", "foo").answer_bulk("bar");
  const RawReply redirect = RawConnection(old_home.address()).call({"GET", "foo"});
  EXPECT_EQ(redirect, RawReply::error("MOVED 12182 127.0.0.1:" + std::to_string(new_home.address().port)));
  EXPECT_EQ(RawConnection(new_home.address()).call({"GET", "foo"}).text, "bar");
}

TEST(ScriptedNode, notes_an_unexpected_command_and_closes) {
  ScriptedNode node;
  node.expect("GET", "foo").answer_bulk("bar");
  RawConnection connection(node.address());
  connection.send({"SET", "foo", "1"});
  EXPECT_TRUE(connection.wait_for_close());
  ASSERT_EQ(node.failures().size(), 1u);
  EXPECT_NE(node.failures()[0].find("sent [SET foo 1], but the play expects [GET foo]"), std::string::npos)
      << node.failures()[0];
  EXPECT_EQ(node.unmet(), std::vector<std::string>{"[GET foo]"});
}

TEST(ScriptedNode, refuses_expected_commands_in_the_wrong_order) {
  ScriptedNode node;
  node.expect("GET", "a").answer_nil();
  node.expect("GET", "b").answer_nil();
  RawConnection connection(node.address());
  connection.send({"GET", "b"});
  EXPECT_TRUE(connection.wait_for_close());
  EXPECT_EQ(node.unmet().size(), 2u);
}

TEST(ScriptedNode, takes_any_order_when_told_so) {
  ScriptedNode node({.strict_order = false});
  node.expect("GET", "a").answer_integer(1);
  node.expect("GET", "b").answer_integer(2);
  RawConnection connection(node.address());
  EXPECT_EQ(connection.call({"GET", "b"}).integer, 2);
  EXPECT_EQ(connection.call({"GET", "a"}).integer, 1);
  EXPECT_EQ(node.complaints(), "");
}

TEST(ScriptedNode, answers_handshake_and_ping_by_itself) {
  ScriptedNode node;
  RawConnection connection(node.address());
  EXPECT_EQ(connection.call({"HELLO", "3", "SETNAME", "me"}).type, '%');
  for (const char* option : {"SETNAME", "SETINFO"})
    EXPECT_TRUE(connection.call({"CLIENT", option, "x"}).is_status("OK"));
  EXPECT_TRUE(connection.call({"READONLY"}).is_status("OK"));
  EXPECT_TRUE(connection.call({"PING"}).is_status("PONG"));
  EXPECT_TRUE(node.log().back().was_polite);
  EXPECT_EQ(node.complaints(), "");
}

TEST(ScriptedNode, lets_a_rule_win_over_its_manners) {
  ScriptedNode node;
  node.always("READONLY").answer_error("ERR no");
  node.expect("PING").answer_status("first");
  RawConnection connection(node.address());
  EXPECT_EQ(connection.call({"PING"}).text, "first");
  EXPECT_EQ(connection.call({"PING"}).text, "PONG");
  EXPECT_EQ(connection.call({"READONLY"}).text, "ERR no");
}

TEST(ScriptedNode, refuses_hello_as_an_old_server_does) {
  ScriptedNode node({.hello = ScriptedHello::unknown_command});
  EXPECT_TRUE(RawConnection(node.address()).call({"HELLO", "3"}).text.starts_with("ERR unknown command"));
}

TEST(ScriptedNode, asks_for_a_password_when_told_so) {
  ScriptedNode node({.hello = ScriptedHello::no_auth});
  RawConnection connection(node.address());
  EXPECT_TRUE(connection.call({"HELLO", "3"}).text.starts_with("NOAUTH"));
  EXPECT_EQ(connection.call({"HELLO", "3", "AUTH", "default", "secret"}).type, '%');
}

TEST(ScriptedNode, says_nothing_at_all_when_impolite) {
  ScriptedNode node({.polite = false});
  RawConnection connection(node.address());
  connection.send({"PING"});
  EXPECT_TRUE(connection.wait_for_close());
  EXPECT_EQ(node.failures().size(), 1u);
}

TEST(ScriptedNode, speaks_the_protocol_the_client_chose) {
  ScriptedNode node;
  node.always("GET", "k").answer_nil();
  RawConnection old_client(node.address()), new_client(node.address());
  new_client.call({"HELLO", "3"});
  old_client.send({"GET", "k"});
  new_client.send({"GET", "k"});
  EXPECT_EQ(old_client.receive_bytes(5), "$-1\r\n");
  EXPECT_EQ(new_client.receive_bytes(3), "_\r\n");
}

TEST(ScriptedNode, understands_commands_that_come_together_and_in_bits) {
  ScriptedNode node;
  node.expect("GET", "a").answer_integer(1);
  node.expect("GET", "b").answer_integer(2);
  node.expect("SET", "c", std::string("\r\n\0$", 4)).answer_status("OK");
  RawConnection connection(node.address());
  connection.send_bytes(encode_command({"GET", "a"}) + encode_command({"GET", "b"}));
  EXPECT_EQ(connection.receive().integer, 1);
  EXPECT_EQ(connection.receive().integer, 2);
  for (char byte : encode_command({"SET", "c", std::string_view("\r\n\0$", 4)})) connection.send_bytes({&byte, 1});
  EXPECT_TRUE(connection.receive().is_status("OK"));
  EXPECT_EQ(node.complaints(), "");
}

TEST(ScriptedNode, closes_on_bytes_that_are_no_command) {
  ScriptedNode node;
  RawConnection connection(node.address());
  connection.send_bytes("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(connection.wait_for_close());
  EXPECT_EQ(node.failures().size(), 1u);
}

TEST(ScriptedNode, holds_answers_and_those_behind_until_a_gate_opens) {
  ScriptedNode node;
  Gate gate;
  node.expect("GET", "a").after(gate).answer_integer(1);
  node.expect("GET", "b").answer_integer(2);
  RawConnection connection(node.address(), short_timeout);
  connection.send({"GET", "a"});
  connection.send({"GET", "b"});
  EXPECT_TRUE(node.wait_until_met(2s));
  EXPECT_THROW(connection.receive(), ServerError);
  gate.open();
  EXPECT_EQ(connection.receive().integer, 1);
  EXPECT_EQ(connection.receive().integer, 2);
}

TEST(ScriptedNode, stays_silent_when_told_so) {
  ScriptedNode node;
  node.expect("GET", "a").silence();
  RawConnection connection(node.address(), short_timeout);
  EXPECT_THROW(connection.call({"GET", "a"}), ServerError);
  EXPECT_EQ(node.complaints(), "");
  EXPECT_EQ(node.open_connections(), 1);
}

TEST(ScriptedNode, sends_pieces_that_make_up_the_whole) {
  ScriptedNode node;
  node.expect("GET", "a").answer_in_pieces("$3\r\nbar\r\n", {1, 3, 2});
  node.expect("GET", "b").answer_drip(":7\r\n", 1ms);
  RawConnection connection(node.address());
  EXPECT_EQ(connection.call({"GET", "a"}).text, "bar");
  EXPECT_EQ(connection.call({"GET", "b"}).integer, 7);
}

TEST(ScriptedNode, computes_answers) {
  ScriptedNode node;
  node.always(starts_with({"INCRBY"})).answer_with([sum = 0LL](const CommandWords& words) mutable {
    return RawReply::number(sum += std::stoll(words.at(2)));
  });
  RawConnection connection(node.address());
  EXPECT_EQ(connection.call({"INCRBY", "n", "2"}).integer, 2);
  EXPECT_EQ(connection.call({"INCRBY", "n", "5"}).integer, 7);
}

TEST(ScriptedNode, closes_after_an_answer_and_reads_nothing_behind_it) {
  ScriptedNode node;
  node.expect("GET", "a").answer_integer(1).close();
  RawConnection connection(node.address());
  connection.send_bytes(encode_command({"GET", "a"}) + encode_command({"GET", "b"}));
  EXPECT_EQ(connection.receive().integer, 1);
  EXPECT_TRUE(connection.wait_for_close());
  EXPECT_EQ(node.complaints(), "");
  EXPECT_EQ(node.received("GET"), 1);
}

TEST(ScriptedNode, resets_a_connection) {
  ScriptedNode node;
  node.expect("GET", "a").close_with_reset();
  RawConnection connection(node.address());
  connection.send({"GET", "a"});
  try {
    connection.receive();
    FAIL() << "an answer came";
  } catch (const ServerError& trouble) {
    EXPECT_NE(std::string(trouble.what()).find("reset"), std::string::npos) << trouble.what();
  }
}

TEST(ScriptedNode, cuts_its_answers_after_exactly_so_many_bytes) {
  ScriptedNode node;
  node.always("GET", "k").answer_bulk("bar");
  const std::string answers = "$3\r\nbar\r\n$3\r\nbar\r\n";
  for (std::size_t count = 0; count <= answers.size(); ++count) {
    for (Cut how : {Cut::fin, Cut::reset}) {
      RawConnection connection(node.address());
      connection.call({"HELLO", "3"});
      node.cut_after(count, how);
      connection.send_bytes(encode_command({"GET", "k"}) + encode_command({"GET", "k"}) + encode_command({"GET", "k"}));
      EXPECT_EQ(connection.receive_bytes(count), answers.substr(0, count));
      EXPECT_TRUE(connection.wait_for_close()) << "after " << count << " bytes";
    }
  }
  EXPECT_EQ(node.bytes_sent(), answers.size() * (answers.size() + 1));
  EXPECT_EQ(node.complaints(), "");
}

TEST(ScriptedNode, cuts_the_connection_after_exactly_so_many_bytes_read) {
  ScriptedNode node;
  node.always("GET", "k").answer_integer(1);
  const std::string command = encode_command({"GET", "k"});
  for (std::size_t count = 0; count <= 2 * command.size(); ++count) {
    RawConnection connection(node.address());
    node.cut_after_received(count);
    const std::size_t before = node.bytes_received();
    connection.send_bytes(command + command + command);
    const std::size_t whole_commands = count / command.size();
    EXPECT_EQ(connection.receive_bytes(4 * whole_commands).size(), 4 * whole_commands);
    EXPECT_TRUE(connection.wait_for_close()) << "after " << count << " bytes";
    EXPECT_EQ(node.bytes_received() - before, count);
  }
}

TEST(ScriptedNode, refuses_new_connections_and_listens_again_on_the_same_port) {
  ScriptedNode node;
  RawConnection early(node.address());
  early.call({"PING"});
  node.refuse_new(true);
  EXPECT_THROW(RawConnection(node.address()), ServerError);
  EXPECT_TRUE(early.call({"PING"}).is_status("PONG"));
  node.refuse_new(false);
  EXPECT_TRUE(RawConnection(node.address()).call({"PING"}).is_status("PONG"));
}

TEST(ScriptedNode, holds_new_connections_without_answering) {
  ScriptedNode node;
  node.hold_new(true);
  RawConnection connection(node.address(), short_timeout);
  EXPECT_THROW(connection.call({"PING"}), ServerError);
  EXPECT_EQ(node.connections(), 0);
  node.hold_new(false);
  EXPECT_TRUE(connection.receive().is_status("PONG"));
}

TEST(ScriptedNode, hangs_while_paused) {
  ScriptedNode node;
  RawConnection connection(node.address(), short_timeout);
  connection.call({"PING"});
  node.pause();
  EXPECT_THROW(connection.call({"PING"}), ServerError);
  node.resume();
  EXPECT_TRUE(connection.receive().is_status("PONG"));
}

TEST(ScriptedNode, drops_its_connections) {
  ScriptedNode node;
  RawConnection connection(node.address());
  connection.call({"PING"});
  node.drop_connections();
  EXPECT_TRUE(connection.wait_for_close());
  EXPECT_EQ(node.open_connections(), 0);
  EXPECT_EQ(node.connections(), 1);
}

TEST(ScriptedNode, sends_bytes_nobody_asked_for) {
  ScriptedNode node;
  RawConnection connection(node.address());
  connection.call({"HELLO", "3"});
  const RawReply push = RawReply::push({RawReply::bulk("invalidate"), RawReply::null()});
  node.send_unasked(encode_reply(push, 3));
  EXPECT_EQ(connection.receive(), push);
}

TEST(ScriptedNode, tells_when_a_command_came) {
  ScriptedNode node;
  node.always(starts_with({"SET"})).answer_status("OK");
  EXPECT_FALSE(node.wait_for_command({"SET", "k"}, 1ms));
  std::thread client([&] { RawConnection(node.address()).call({"SET", "k", "v"}); });
  EXPECT_TRUE(node.wait_for_command({"set", "k"}, 2s));
  client.join();
  EXPECT_EQ(node.log().front().words, (CommandWords{"SET", "k", "v"}));
}

TEST(ScriptedNode, serves_many_clients_at_once) {
  constexpr int clients = 8, commands = 200;
  ScriptedNode node;
  node.always(starts_with({"ECHO"})).answer_with([](const CommandWords& words) { return RawReply::bulk(words.at(1)); });
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int client = 0; client < clients; ++client) {
    threads.emplace_back([&, client] {
      RawConnection connection(node.address(), 10s);
      for (int i = 0; i < commands; ++i) {
        const std::string text = std::to_string(client) + "/" + std::to_string(i);
        if (connection.call({"ECHO", text}).text == text) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, clients * commands);
  EXPECT_EQ(node.received("ECHO"), clients * commands);
}

TEST(ScriptedNode, listens_on_ipv6) {
  ScriptedNode node({.host = "::1"});
  EXPECT_EQ(node.address_text(), "[::1]:" + std::to_string(node.address().port));
  EXPECT_TRUE(RawConnection(node.address()).call({"PING"}).is_status("PONG"));
}

TEST(ScriptedCluster, tells_one_topology_by_all_nodes) {
  ScriptedCluster cluster(3, 1);
  const RawReply slots = RawConnection(cluster.node(0).address()).call({"CLUSTER", "SLOTS"});
  ASSERT_EQ(slots.elements.size(), 3u);
  EXPECT_EQ(slots[1][0].integer, 5461);
  EXPECT_EQ(slots[1][2][1].integer, cluster.node(1).address().port);
  EXPECT_EQ(slots[1][2][2].text.size(), 40u);
  EXPECT_EQ(slots[1][3][1].integer, cluster.node(4).address().port);
  for (int i = 1; i < cluster.size(); ++i) {
    EXPECT_EQ(RawConnection(cluster.node(i).address()).call({"CLUSTER", "SLOTS"}), slots);
  }
}

TEST(ScriptedCluster, finds_the_owner_of_a_key) {
  ScriptedCluster cluster(3);
  EXPECT_EQ(&cluster.owner_of("foo"), &cluster.node(2));  // slot 12182
  cluster.serve_slots({{0, 16383, cluster.node(1)}});
  EXPECT_EQ(&cluster.owner_of("foo"), &cluster.node(1));
}

}  // namespace
}  // namespace rediscluster::testing
