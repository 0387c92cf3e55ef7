/// Several commands for several places at the same time: one write and one ticket per node, all nodes written to before
/// the first reply is awaited. What fails is judged command by command, and all that is to be tried again is tried
/// together, in rounds, until each has a reply or an error. Blocking; used by one thread.
#pragma once

#include "cluster/course.hpp"

#include <memory>
#include <span>
#include <vector>

namespace rediscluster::cluster {

/// One command for one place, and its end: a reply that is no error, or an error.
struct Errand {
  const EncodedCommand* command = nullptr;
  int slot = Course::any_slot;
  Node* fixed = nullptr;  ///< This node only, never redirected; null: the node that serves `slot`.

  // The end.
  wire::Frame reply{};
  std::optional<Error> error{};
  Node* node = nullptr;  ///< Where the last attempt went; null: nowhere.
};

class Errands {
 public:
  Errands(const Surroundings& surroundings, base::Deadline deadline) : around_(surroundings), deadline_(deadline) {}

  /// Brings each errand to its end, by the deadline.
  void run(std::span<Errand> errands);

 private:
  /// An errand under way.
  struct Journey {
    Errand* errand;
    Course::Step step = Course::Step::at_once;
    std::unique_ptr<Course> course{};  // made when something has gone wrong: most never need one
  };
  struct Batch;

  void send_round(std::span<Journey> journeys);
  void wait_for_next(std::span<Journey> journeys);
  Node* node_for_attempt(Journey& journey, base::TimePoint now);
  Course& course_of(Journey& journey);
  void settle(Batch& batch);
  static void note(Journey& journey, Course::Step step);

  const Surroundings& around_;
  const base::Deadline deadline_;
};

}  // namespace rediscluster::cluster
