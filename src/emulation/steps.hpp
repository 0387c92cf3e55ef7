/// The steps of one command that is run in several: ordinary commands, sent one after the other within the deadline of
/// the whole. Keeps count of whether data has changed, so that every error can say what may have happened.
/// One per call, used by its thread. Decides nothing about retries: each step takes the cluster's usual way.
#pragma once

#include "base/time.hpp"
#include "cluster/cluster.hpp"
#include "wire/decode.hpp"

#include <initializer_list>
#include <string_view>

namespace rediscluster::emulation {

class Steps {
 public:
  Steps(cluster::Cluster& cluster, const EncodedCommand& whole, const cluster::CallOptions& options);

  /// A step nobody else can notice: a read, or a write to a key of our own.
  /// Errors: those of the step, under the name of the whole; maybe_executed only when an earlier step changed data.
  template <class T>
  Result<T> look(const EncodedCommand& step) {
    cluster::Call call;
    return finish<T>(step, look(step, call), call, {});
  }
  /// The same; the reply is left in the call.
  Result<void> look(const EncodedCommand& step, cluster::Call& call);

  /// A step that changes data of the user.
  /// @param if_it_fails  what holds then, for the message: "the element stands in both lists".
  /// Errors: as look(), and maybe_executed when this step itself may have run.
  template <class T>
  Result<T> change(const EncodedCommand& step, std::string_view if_it_fails) {
    cluster::Call call;
    return finish<T>(step, change(step, call, if_it_fails), call, if_it_fails);
  }

  /// All changes so far were taken back: the data is as before the call.
  void undone() { has_changed_ = false; }
  /// The last step that failed may have run all the same.
  bool is_in_doubt() const { return is_in_doubt_; }

  base::Deadline deadline() const { return deadline_; }
  void set_deadline(base::Deadline deadline) { deadline_ = deadline; }
  base::Duration time_left() const { return deadline_.left(base::Clock::now()); }
  /// What a temporary key written now has to live: well beyond the call, as one that expired before the last step would be
  /// taken for an empty one.
  std::chrono::milliseconds temporary_life() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time_left()) + std::chrono::seconds(60);
  }

  /// An error of the whole, complete with what may have happened.
  Failure failure(Errc code, std::string message) const;

 private:
  template <class T>
  Result<T> finish(const EncodedCommand& step, Result<void> done, const cluster::Call& call, std::string_view if_it_fails) {
    if (!done) return fail(std::move(done.error()));
    Result<T> value = wire::decode<T>(call.reply(), step.facts());
    if (!value) return fail(explain(std::move(value.error()), step, if_it_fails));
    return value;
  }
  Result<void> change(const EncodedCommand& step, cluster::Call& call, std::string_view if_it_fails);
  enum class Kind : bool { look, change };
  Result<void> run(const EncodedCommand& step, cluster::Call& call, Kind kind);
  Error explain(Error error, const EncodedCommand& step, std::string_view if_it_fails) const;

  cluster::Cluster& cluster_;
  const std::string_view name_;   // of the whole
  const std::chrono::milliseconds timeout_;
  const bool is_bounded_;         // the caller gave a timeout for all of it
  // Cancels a step that waits on its server, and all others until the first one that changes data is on its way: half of them would be worse.
  const std::stop_token* const stop_;
  base::Deadline deadline_;
  bool may_stop_ = true;
  bool has_changed_ = false;
  bool is_in_doubt_ = false;
};

/// While it lives, steps have four fifths of the time that is left: a node that is down must leave time to put things back.
class TimeKeptBack {
 public:
  explicit TimeKeptBack(Steps& steps) : steps_(steps), deadline_(steps.deadline()) {
    steps.set_deadline(base::Deadline::after(base::Clock::now(), steps.time_left() / 5 * 4));
  }
  ~TimeKeptBack() { steps_.set_deadline(deadline_); }
  TimeKeptBack(const TimeKeptBack&) = delete;
  TimeKeptBack& operator=(const TimeKeptBack&) = delete;

 private:
  Steps& steps_;
  const base::Deadline deadline_;
};

}  // namespace rediscluster::emulation
