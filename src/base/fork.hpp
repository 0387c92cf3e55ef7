/// Whether the process is another one than before: a child of fork() has a copy of everything, but not the threads, and the
/// locks stand as they stood in the parent at that moment. What was made before must not be used then; see PerProcess.
/// Not noticed: clone() without the C library. vfork() and posix_spawn() are no matter, they lead to exec().
#pragma once

#include <atomic>
#include <cstdint>

namespace rediscluster::base {

namespace detail {
extern std::atomic<std::uint32_t> fork_generation;
}

/// Another number in each child. As cheap as reading a variable.
inline std::uint32_t fork_generation() { return detail::fork_generation.load(std::memory_order_relaxed); }

/// Which process made something. A member of it, or of what owns it.
class ProcessMark {
 public:
  /// False: a parent made it, and this process has a copy.
  bool is_ours() const { return generation_ == fork_generation(); }

 private:
  std::uint32_t generation_ = fork_generation();
};

/// For descriptors of connections: a child closes its copies at once, so that they end when the parent ends them, and what is sent
/// on them is the parent's alone. From there on their numbers are other files' in the child.
void note_descriptor(int descriptor);
/// Before it is closed.
void forget_descriptor(int descriptor);
/// Forgets and closes one that this process has noted; in a child that is done.
/// @param maker  of what noted it.
void close_noted(int descriptor, ProcessMark maker);

}  // namespace rediscluster::base
