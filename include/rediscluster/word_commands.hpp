/// Any command as words, on every surface: `execute_command("OBJECT", "ENCODING", "k")`.
/// Adds nothing to cmd::words() but the run, with long words sent from where they are. Stateless.
#pragma once

#include <rediscluster/command.hpp>
#include <rediscluster/reply.hpp>

#include <span>

namespace rediscluster {

/// `Surface` has `run(Command<T>)`, which gives an `Outcome<T>`.
template <class Surface, template <class> class Outcome>
struct WordCommands {
  /// Routed by its facts; on a target: sent there. A command that this library does not know is looked up on the server once.
  /// Errors: those of a command that cannot be routed (RedisClusterException, nothing was sent); the server's; any other.
  template <detail::ArgLike... Words>
  Outcome<Reply> execute_command(const Words&... words) const {
    const Arg args[] = {Arg(words)...};
    return execute_words(args);
  }
  /// The same for as many words as there are.
  Outcome<Reply> execute_words(std::span<const Arg> words) const {
    return surface().run(Command<Reply>(EncodedCommand::from_words(words, detail::Loan::yes)));
  }

 private:
  const Surface& surface() const { return static_cast<const Surface&>(*this); }
};

/// @cond the same members once more
template <class Surface, template <class> class Outcome>
  requires detail::Queueing<Outcome>
struct WordCommands<Surface, Outcome> {
  template <detail::ArgLike... Words>
  Outcome<Reply> execute_command(const Words&... words) {
    const Arg args[] = {Arg(words)...};
    return execute_words(args);
  }
  Outcome<Reply> execute_words(std::span<const Arg> words) {
    return surface().run(Command<Reply>(EncodedCommand::from_words(words, detail::Loan::yes)));
  }

 private:
  Surface& surface() { return static_cast<Surface&>(*this); }
};
/// @endcond

}  // namespace rediscluster
