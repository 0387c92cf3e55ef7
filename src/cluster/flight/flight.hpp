/// One command under way on a reactor: what SingleRun is for a calling thread. It lives in a pool of its deck, owns its bytes, and
/// nobody's stack or coroutine frame is looked at while it is on its way: whoever wanted its end may be gone at any moment (Landing).
///
///   new ─launch()→ queued (for a connection, or a place) ⇄ in line ─judged→ pausing, or again ... → over
///
/// Everything happens on the reactor's thread, but for launch(), cancel() and what Landing says of itself.
#pragma once

#include "cluster/flight/driven.hpp"
#include "cluster/run/single_moves.hpp"
#include "drive/reactor_lane.hpp"

namespace rediscluster::cluster {

class NodePort;

/// The bytes of a command that are kept until its end. Short ones inside.
class StoredCommand {
 public:
  explicit StoredCommand(const EncodedCommand& command);
  ~StoredCommand() {
    if (size_ > inside) [[unlikely]]
      delete[] elsewhere_;
  }
  StoredCommand(const StoredCommand&) = delete;
  StoredCommand& operator=(const StoredCommand&) = delete;

  const CommandFacts& facts() const { return facts_; }
  std::size_t size() const { return size_; }
  std::string_view bytes() const { return {size_ <= inside ? inside_ : elsewhere_, size_}; }
  CommandView view() const { return {facts_, bytes(), slot_, false}; }

 private:
  static constexpr std::size_t inside = 120;  // so that a flight is nine lines of a processor's caches, and most commands fit
  const CommandFacts& facts_;
  std::size_t size_;
  int slot_;
  union {
    char inside_[inside];
    char* elsewhere_;
  };
};

/// A ticket first, then what its end looks at, and last what nobody looks at when all goes well.
class Flight final : public drive::ReactorTicket, public Driven {
 public:
  /// @param slot   0..16383, or Course::any_slot.
  Flight(FlightDeck& deck, const EncodedCommand& command, int slot, base::Deadline deadline)
      : Driven(deck), deadline_(deadline), slot_(slot), command_(command) {
    look_only();
  }

  // For its moves.
  const Surroundings& around() const;
  const CommandFacts& facts() const { return command_.facts(); }
  CommandView view() const { return command_.view(); }
  int slot() const { return slot_; }
  static constexpr Node* fixed() { return nullptr; }
  Node* preferred() const;
  /// Who cancels it on its way to a server is not heard: its end is waited for. Before launch().
  void go_on_when_sent() { goes_on_when_sent_ = true; }
  /// Any node may serve it, that of this channel's way first. Before launch().
  void begin_at_way_of(int channel_slot) { channel_slot_ = static_cast<std::int16_t>(channel_slot); }

  // For the deck and its ports.
  std::size_t bytes_to_send() const override { return command_.size() + (moves_.is_asking() ? Course::asking_command.size() : 0); }
  bool wants_own_lane() const override { return moves_.course() != nullptr && moves_.course()->wants_own_lane(); }
  base::Deadline deadline() const override { return deadline_; }
  void put_in_line(drive::ReactorLane& lane) override;
  void begin() override;
  void fail_with(Error error) override;
  void break_down(const std::exception& thrown) noexcept override;
  void not_connected(const Error& reason) override { was_not_sent(reason, Tell::soon); }
  void look_at_pause() override { go_on_after_pause(Tell::soon); }

 private:
  enum class Stage : std::uint8_t { fresh, queued, in_line, pausing, again, over };

  void opened() noexcept override;
  void ended() noexcept override;
  void is_next() const noexcept override { landing_.fetch_receiver(); }
  void fired() noexcept override;
  void fires_soon() const noexcept override;
  void be_cancelled() noexcept override;
  void begin_here();
  void begin_attempt();
  void attempt_on(Node& node);
  Course& course() { return moves_.course(*this); }
  base::Deadline answers_by() const { return cluster::answers_by(around(), deadline_, began_); }
  void is_in(drive::ReactorLane& lane);
  // When a failure is told: at once only where nobody's call, and nobody's list, is under way.
  enum class Tell : bool { soon, now };
  void follow(Course::Step step, Tell telling = Tell::soon);
  void judge(const AttemptEnd& end, Tell telling);
  void was_not_sent(const Error& reason, Tell telling);
  void go_on_after_pause(Tell telling);
  void run_out_of_time();
  void end_with(Error&& error) noexcept;
  void leave_line();
  void land_reply(const wire::Frame& reply) noexcept;
  void land_error(Error&& error) noexcept;
  void tell(void* receiver) noexcept override { landing_.decoder().tell(receiver); }
  void be_over() noexcept;
  void free(Where where) noexcept override;

  NodePort* port_ = nullptr;          // of this attempt
  drive::ReactorLane* lane_ = nullptr;  // likewise; null: not in line
  SingleMoves<std::unique_ptr<Course>> moves_;
  std::unique_ptr<Error> failure_;    // to be told in the run step
  base::TimePoint began_{};           // this attempt
  const base::Deadline deadline_;
  const int slot_;
  Stage stage_ = Stage::fresh;
  bool is_in_share_ : 1 = false;  // the timer stands at the end of the share of time
  bool goes_on_when_sent_ : 1 = false;
  std::int16_t channel_slot_ = -1;
  StoredCommand command_;
};

}  // namespace rediscluster::cluster
