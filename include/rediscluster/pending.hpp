/// What queued commands give: `Pending<T>`, the reply-to-be of one, and `Replies`, those of all of them.
#pragma once

#include <rediscluster/element_iterator.hpp>
#include <rediscluster/reply.hpp>
#include <rediscluster/reply_decoder.hpp>
#include <rediscluster/result.hpp>
#include <rediscluster/time_span.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace rediscluster {

struct CommandFacts;

namespace detail {

class Outcomes;  // src/api/outcomes.hpp: how the commands of one execution ended; never changes after it
using OutcomesPointer = std::shared_ptr<const Outcomes>;

/// Whether the commands were executed, and in what this one ended. Defined for the reply types of the generated commands.
/// Errors: Errc::not_allowed before the execution; the command's own.
template <class T>
Result<T> outcome_of(const Outcomes& outcomes, std::size_t position, const CommandFacts& facts);

bool is_executed(const Outcomes& outcomes);
std::size_t outcome_count(const Outcomes& outcomes);
Reply reply_at(const Outcomes& outcomes, std::size_t position);
std::optional<Error> error_at(const Outcomes& outcomes, std::size_t position);

/// A command in a queue.
struct Queued {
  OutcomesPointer outcomes;
  std::size_t position;
  const CommandFacts* facts;
};

}  // namespace detail

/// The reply of a queued command, there once execute() has come back. Stays valid when the pipeline or transaction is
/// executed again, reset or destroyed: it shares the outcomes of its own execution, and keeps all of them alive.
/// Cheap to copy. After the execution it never changes: threads may share it.
template <class T>
class Pending {
 public:
  explicit Pending(detail::Queued queued) : queued_(std::move(queued)) {}

  /// Whether the command was executed, well or not.
  bool ready() const { return detail::is_executed(*queued_.outcomes); }
  /// The reply, or in what the command ended. Decoded anew by each call.
  /// Errors: Errc::not_allowed when it was not executed yet, or never will be (reset); the command's own.
  Result<T> result() const {
    return detail::deliver_from<Result, T>([this] { return outcome(); });
  }
  /// The reply. Errors: throws what result() has.
  T value() const { return detail::deliver<std::type_identity_t, T>(outcome()); }

 private:
  Result<detail::Raw<T>> outcome() const { return detail::outcome_of<detail::Raw<T>>(*queued_.outcomes, queued_.position, *queued_.facts); }
  detail::Queued queued_;
};

/// The replies of all commands of one execution, in the order they were queued. A reply is decoded when it is looked at.
/// Cheap to copy; never changes: threads may share it. Valid as long as it lives, like every Reply taken from it.
class Replies {
 public:
  Replies() = default;  ///< Of nothing.
  explicit Replies(detail::OutcomesPointer outcomes) : outcomes_(std::move(outcomes)) {}

  std::size_t size() const { return outcomes_ ? detail::outcome_count(*outcomes_) : 0; }
  bool empty() const { return size() == 0; }
  /// A command that failed gives a Reply for which is_error() is true, with the error's message as its text.
  /// Errors: throws std::out_of_range.
  Reply operator[](std::size_t position) const;
  Reply at(std::size_t position) const { return (*this)[position]; }
  Reply front() const { return (*this)[0]; }
  Reply back() const { return (*this)[size() - 1]; }
  /// In what a command failed, with node, attempts and whether it may have run; nothing when it succeeded.
  /// Errors: throws std::out_of_range.
  std::optional<Error> error(std::size_t position) const;

  using Iterator = detail::ElementIterator<Replies, Reply>;
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  detail::OutcomesPointer outcomes_;
};

/// How queued commands are executed.
struct ExecuteOptions {
  /// The first error of a command becomes the error of execute(). The others have run; their Pendings say how it went.
  bool raise_on_error = true;
  std::optional<TimeSpan> timeout{};  ///< For all of them together; empty: options.command_timeout.
};

}  // namespace rediscluster
