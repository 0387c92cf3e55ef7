/// What the package's Python code has queued, and what becomes of it: for pipelines and transactions of both clients. With the GIL.
#pragma once

#include "reply_maker.hpp"
#include "words.hpp"

#include <vector>

namespace rediscluster::python {

class Batch {
 public:
  Batch() = default;
  /// @param queued  ((words, options), ...). Errors: raises TypeError for what is no such pair.
  explicit Batch(const py::tuple& queued);

  /// Queues all in the core's pipeline or transaction. Errors: those of Words.
  template <class Queue>
  void put_into(Queue& queue, const TextRules& rules) {
    pending_.reserve(queued_.size());
    for (const Queued& each : queued_) pending_.push_back(queue.run(command_of(Words(each.words, rules))));
  }
  /// When they were run: values, and exceptions where commands failed.
  py::list values(const ReplyMaker& maker) const;

 private:
  struct Queued {
    py::tuple words;
    py::dict options;
  };
  std::vector<Queued> queued_;
  std::vector<Pending<ReplyBytes>> pending_;
};

/// How the core runs them: what failed stands among the values.
inline ExecuteOptions batch_options() {
  ExecuteOptions options;
  options.raise_on_error = false;
  return options;
}

}  // namespace rediscluster::python
