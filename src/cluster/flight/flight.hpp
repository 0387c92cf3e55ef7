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
  StoredCommand(const StoredCommand&) = delete;
  StoredCommand& operator=(const StoredCommand&) = delete;

  const CommandFacts& facts() const { return facts_; }
  std::string_view bytes() const { return {size_ <= inside ? inside_ : elsewhere_.get(), size_}; }
  CommandView view() const { return {facts_, bytes(), slot_, false}; }

 private:
  static constexpr std::size_t inside = 72;  // so that a flight and its place in line are no more than 640 bytes
  const CommandFacts& facts_;
  std::size_t size_;
  int slot_;
  std::unique_ptr<char[]> elsewhere_;
  char inside_[inside];
};

class Flight final : public Driven, public drive::ReactorTicket {
 public:
  /// @param slot   0..16383, or Course::any_slot.
  Flight(FlightDeck& deck, const Surroundings& surroundings, const EncodedCommand& command, int slot, base::Deadline deadline)
      : Driven(deck), command_(command), moves_(surroundings, command_.facts(), slot, nullptr, deadline) {
    look_only();
  }

  // For the deck and its ports.
  std::size_t bytes_to_send() const override { return command_.bytes().size() + (moves_.is_asking() ? Course::asking_command.size() : 0); }
  bool wants_own_lane() const override { return moves_.course() != nullptr && moves_.course()->wants_own_lane(); }
  base::Deadline deadline() const override { return moves_.deadline(); }
  void put_in_line(drive::ReactorLane& lane) override;
  void begin() override;
  void fail_with(Error error) override;
  void not_connected(const Error& reason) override;
  void look_at_pause() override;

 private:
  enum class Stage : std::uint8_t { fresh, queued, in_line, pausing, again, over };

  void opened() noexcept override;
  void ended() noexcept override;
  void is_next() const noexcept override { landing_.fetch_receiver(); }
  void fired() noexcept override;
  void be_cancelled() noexcept override;
  template <class Step>
  void safely(Step&& step) noexcept;
  void begin_attempt();
  void attempt_on(Node& node);
  void follow(Course::Step step);
  void judge(const AttemptEnd& end);
  void run_out_of_time();
  void leave_line();
  void land_reply(const wire::Frame& reply) noexcept;
  void land_error(Error error) noexcept;
  void tell(void* receiver) noexcept override { landing_.decoder().tell(receiver); }
  void be_over() noexcept;
  void free(Where where) noexcept override;

  StoredCommand command_;
  SingleMoves<std::unique_ptr<Course>> moves_;
  NodePort* port_ = nullptr;          // of this attempt
  drive::ReactorLane* lane_ = nullptr;  // likewise; null: not in line
  base::TimePoint began_{};           // this attempt
  base::Deadline until_ = base::Deadline::never();
  std::unique_ptr<Error> failure_;    // to be told in the run step
  Stage stage_ = Stage::fresh;
  bool is_in_share_ = false;          // the timer stands at the end of the share of time
};

}  // namespace rediscluster::cluster
