/// One simulated server: sessions, redirects, transactions, waiting clients. Whom it believes to serve what is its own view of the
/// cluster's shape, which may be old.
#pragma once

#include "simulation/commands.hpp"
#include "simulation/network.hpp"
#include "simulation/shape.hpp"

#include <rediscluster/errors.hpp>

#include <list>
#include <map>
#include <optional>
#include <set>

namespace rediscluster::simulation {

class SimCluster;

class SimNode final : public Server {
 public:
  SimNode(SimCluster& cluster, int number, NodeAddress address);

  int number() const { return number_; }
  const NodeAddress& address() const { return address_; }
  std::string id() const;
  /// While it is down.
  void move_to(NodeAddress address) { address_ = std::move(address); }

  // What befalls it. Times are of the world.
  bool is_up = true;
  base::TimePoint hung_until{};        ///< It takes bytes, and does nothing with them.
  base::TimePoint loading_until{};
  base::TimePoint cluster_down_until{};
  base::TimePoint out_of_memory_until{};
  base::TimePoint busy_until{};
  base::TimePoint read_only_until{};   ///< It refuses to write, as one that is being demoted.
  base::TimePoint outdated_until{};    ///< Asked who serves what, it says what was so in the beginning.
  base::TimePoint partial_until{};     ///< It has forgotten a shard when it is asked who serves what.
  Road road;
  std::shared_ptr<const Shape> view;
  Store store;

  /// A node that begins anew: nobody is connected.
  void forget_sessions() {
    blocked_.clear();
    sessions_ = 0;
    scripts_.clear();
  }
  /// A list may have something for who waits.
  void serve_blocked();
  /// Who waits for what this node serves no more is sent elsewhere.
  void turn_away_blocked();
  /// What came in while it hung.
  void wake_up();

  /// What was published here or, for the others, elsewhere: to who has subscribed at this node.
  void tell(bool is_sharded, const std::string& channel, const std::string& text);
  /// Ends the subscriptions of slots that it serves no more.
  void drop_foreign_subscriptions();

  void accepted(Connection& connection) override;
  bool takes() const override;
  void received(Connection& connection, std::string_view bytes) override;
  void ended(Connection& connection) override;

 private:
  struct Session {
    std::string input;
    std::uint64_t id = 0;  ///< CLIENT ID: others have had it before the server was started again.
    int protocol = 2;
    bool asking = false;
    bool readonly = false;
    bool in_multi = false;
    bool is_multi_broken = false;
    std::vector<Words> queued;
    std::vector<std::pair<std::string, std::shared_ptr<const Value>>> watched;
    bool is_blocked = false;
    std::set<std::string> channels;
    std::set<std::string> sharded;
    std::string message_behind{};  ///< The next one (Sabotage::swaps_messages).
  };
  struct Blocked {
    Connection* connection;
    Words words;
    std::uint64_t number;
  };

  static Session& session_of(Connection& connection) { return *static_cast<Session*>(connection.state.get()); }
  void process(Connection& connection);
  std::string answer(Connection& connection, Session& session, Words& words);
  std::optional<std::string> answer_about_connection(Connection& connection, Session& session, const Words& words);
  std::optional<std::string> answer_of_transaction(Connection& connection, Session& session, const Words& words);
  std::optional<std::string> answer_about_messages(Session& session, const Words& words);
  static const std::string& nil_array(const Session& session) { return session.protocol == 3 ? nil_reply : nil_array_reply; }
  std::string subscribe(Session& session, const Words& words, bool is_sharded);
  static std::string unsubscribe(Session& session, const Words& words, bool is_sharded);
  std::optional<std::string> answer_about_itself(const Words& words) const;
  std::string nodes_text() const;
  std::string scan_page(const Words& words) const;
  std::string answer_client(Connection& connection, const Words& words);
  std::string answer_script(const Words& words);
  /// EVALSHA gets the script's text. An error when there is none.
  std::optional<std::string> look_up_script(Words& words);
  /// An error, when it does not run here and now.
  std::optional<std::string> refusal(Session& session, const Known& command, const Words& words);
  std::optional<std::string> redirect(Session& session, const Known& command, const std::vector<std::string_view>& keys);
  std::string execute(Connection& connection, const Known& command, const Words& words, std::uint64_t block);
  std::string execute_block(Connection& connection, Session& session);
  void block(Connection& connection, Session& session, Words words);
  void unblock(std::list<Blocked>::iterator blocked, const std::string& reply);
  std::string moved(int slot, int node) const;

  SimCluster& cluster_;
  const int number_;
  NodeAddress address_;
  std::list<Blocked> blocked_;
  std::map<std::string, std::string> scripts_;  // by SHA1
  std::uint64_t blocks_ = 0;
  std::uint64_t sessions_ = 0;  // since it was started
};

}  // namespace rediscluster::simulation
