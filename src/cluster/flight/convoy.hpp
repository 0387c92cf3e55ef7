/// Several commands under way together on a reactor: what run_errands is for a calling thread. Errands decide; this sends, waits and tells
/// them. What they are, and what is made of their ends, is a child's.
#pragma once

#include "cluster/flight/driven.hpp"
#include "cluster/run/errands.hpp"

namespace rediscluster::cluster {

class Convoy : public Driven, Outbox {
 public:
  base::Deadline deadline() const override { return deadline_; }
  void begin() override;
  void look_at_pause() override;
  void fail_with(Error error) override;

 protected:
  Convoy(FlightDeck& deck, const Surroundings& surroundings, base::Deadline deadline);
  virtual ~Convoy();

  /// Behind the first connection: what is to be sent. It and the keeper stay until the end. Errors: that is its end.
  virtual Result<std::span<Errand>> prepare() = 0;
  /// All errands are at their ends: gives the receiver what came of them, or the error if there is one.
  virtual void give(bool at_once, Error* error) noexcept = 0;
  const Surroundings& around() const { return around_; }
  base::BlockKeeper& keeper() { return keeper_; }

 private:
  class Batch;
  enum class Stage : std::uint8_t { fresh, under_way, over };

  ErrandBatch& open(Node& node, bool is_alone) override;
  void clear() override;
  void opened() noexcept override;
  void fired() noexcept override;
  void free(Where /*where*/) noexcept override { delete this; }
  void be_cancelled() noexcept override;
  void break_down(const std::exception& thrown) noexcept override;
  void go_on();
  void go_on_soon();
  void send_round();
  void settle(Batch& batch);
  void wait_for_who_pauses();
  void finish() noexcept;

  const Surroundings around_;
  const base::Deadline deadline_;
  base::BlockKeeper keeper_;
  Errands errands_;
  std::vector<std::unique_ptr<Batch>> round_;    // being gathered
  std::vector<std::unique_ptr<Batch>> batches_;  // sent, and not settled
  std::vector<std::unique_ptr<Batch>> settled_;  // may still be looked at by who told of its end
  std::optional<Error> error_;
  Stage stage_ = Stage::fresh;
  bool goes_on_soon_ = false;
  bool may_have_run_ = false;  // some of what was settled: what ends the rest early says so
};

}  // namespace rediscluster::cluster
