/// A real cluster behind fake nodes that pass every command on to it, and can lose any one of them: the request on its
/// way there, or the reply on its way back; or let somebody else do something just before it. The client under test knows the fake nodes only; the judge asks the real
/// ones. Handshakes and questions for the topology are answered by the fake nodes and are never lost. RESP3 or RESP2
/// as the client asks; the real nodes are always asked in RESP2. Tests only; set up by one thread, used by any.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <rediscluster/key_slot.hpp>
#include <rediscluster/testing/local_cluster.hpp>
#include <rediscluster/testing/scripted_cluster.hpp>
#include <string>
#include <vector>

namespace test_support {

enum class Loss : std::uint8_t {
  nothing,
  request,     ///< The connection ends before the server has the command.
  reply,       ///< The connection ends after the server has run the command.
  everything,  ///< As reply, and so does every connection from then on: the client might as well have died.
};

class LossyCluster {
 public:
  /// @param real  primaries only, with the slots in even shares.
  explicit LossyCluster(rediscluster::testing::LocalCluster& real) : fakes_(static_cast<int>(real.primaries().size())) {
    for (int i = 0; i < fakes_.size(); ++i) {
      connections_.push_back(std::make_unique<rediscluster::testing::RawConnection>(real.node(i).address(), patience));
    }
    for (int i = 0; i < fakes_.size(); ++i) pass_on(i);
  }

  std::vector<rediscluster::NodeAddress> seeds() const { return fakes_.seeds(); }

  /// Loses the `number`-th command from now; 1 is the next one. What is to be done meanwhile stays, and counts from now, too.
  void lose(int number, Loss how) {
    passed_ = 0;
    how_ = how;
    number_ = number;
  }
  /// Runs `act` when the `number`-th command from now has come, before it is passed on. Nothing is lost.
  void meanwhile(int number, std::function<void()> act) {
    act_ = std::move(act);
    act_at_ = number;
    lose(number, Loss::nothing);
  }
  /// Runs `act` before each command from now on.
  void meanwhile_always(std::function<void()> act) { meanwhile(each, std::move(act)); }
  void lose_nothing() {
    number_ = 0;
    act_at_ = 0;
  }
  /// Whether so many commands came that it was one's turn.
  bool has_happened() const { return number_ > 0 && passed_ >= number_; }

 private:
  using Words = rediscluster::testing::CommandWords;
  static constexpr std::chrono::seconds patience{5};
  static constexpr int each = -1;

  static bool is_ours(const Words& words) {
    for (const char* name : {"HELLO", "CLIENT", "CLUSTER", "PING", "AUTH", "READONLY"}) {
      if (rediscluster::testing::starts_with({name})(words)) return false;
    }
    return true;
  }
  rediscluster::testing::RawReply ask(int node, const Words& words) {
    return connections_[static_cast<std::size_t>(node)]->call(words);
  }
  // Newer rules win, so the loss is decided first. Each node's rules run on that node's own thread.
  void pass_on(int node) {
    fakes_[node].always(is_ours).answer_with([this, node](const Words& words) { return ask(node, words); });
    fakes_[node].always([this, node](const Words& words) { return is_ours(words) && loses(node, words); }).close();
  }
  bool loses(int node, const Words& words) {
    const int passed = ++passed_;
    if (act_at_ == passed || act_at_ == each) act_();
    if (number_ <= 0 || passed < number_ || (passed > number_ && how_ != Loss::everything) || how_ == Loss::nothing) return false;
    if (passed == number_ && how_ != Loss::request) ask(node, words);
    return true;
  }

  std::atomic<int> passed_{0};  // commands since lose()
  std::atomic<int> number_{0};
  std::atomic<Loss> how_{Loss::nothing};
  std::atomic<int> act_at_{0};
  std::function<void()> act_;
  std::vector<std::unique_ptr<rediscluster::testing::RawConnection>> connections_;
  rediscluster::testing::ScriptedCluster fakes_;  // last: its threads use the others
};

}  // namespace test_support
