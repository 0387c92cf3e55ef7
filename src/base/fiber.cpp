#include "base/fiber.hpp"

#include <cxxabi.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdint>
#include <new>
#include <thread>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REDISCLUSTER_ASAN
#endif
#if __has_feature(thread_sanitizer)
#define REDISCLUSTER_TSAN
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define REDISCLUSTER_ASAN
#endif
#if defined(__SANITIZE_THREAD__)
#define REDISCLUSTER_TSAN
#endif
#if defined(REDISCLUSTER_ASAN)
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#if defined(REDISCLUSTER_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace rediscluster::base {
namespace {

// Room for a TLS handshake and a hook of the user's. Frames are larger under a sanitizer.
#if defined(REDISCLUSTER_ASAN) || defined(REDISCLUSTER_TSAN)
constexpr std::size_t stack_size = 1024 * 1024;
#else
constexpr std::size_t stack_size = 256 * 1024;
#endif

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

}  // namespace

namespace detail {
thread_local constinit Fiber* current_fiber = nullptr;
}

FiberStack::FiberStack() {
  void* const memory = ::mmap(nullptr, page_size() + stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  begin_ = static_cast<std::byte*>(memory);
  if (::mprotect(begin_, page_size(), PROT_NONE) != 0) {
    ::munmap(begin_, page_size() + stack_size);
    throw std::bad_alloc();
  }
#if defined(REDISCLUSTER_ASAN)
  __lsan_register_root_region(bottom(), stack_size);
#endif
}

FiberStack::~FiberStack() {
  if (begin_ == nullptr) return;
#if defined(REDISCLUSTER_ASAN)
  __lsan_unregister_root_region(bottom(), stack_size);
#endif
  ::munmap(begin_, page_size() + stack_size);
}

std::byte* FiberStack::bottom() const { return begin_ + page_size(); }
std::size_t FiberStack::size() { return stack_size; }

// Where the fiber stands while its host runs, and the other way round.
struct Fiber::Context {
  // What the C++ runtime keeps of a thread: exceptions being handled. A fiber has its own, as it may be put aside inside of a handler.
  // Layout: the C++ ABI, 2.2.2.
  struct HandledExceptions {
    void* caught = nullptr;
    unsigned uncaught = 0;
  };

  explicit Context(FiberStack its_stack) : stack(std::move(its_stack)) {}

  FiberStack stack;
  ucontext_t here;
  ucontext_t outside;
  HandledExceptions exceptions;
#if defined(REDISCLUSTER_ASAN)
  void* fake_stack_here = nullptr;
  void* fake_stack_outside = nullptr;
  const void* outside_bottom = nullptr;
  std::size_t outside_size = 0;
#endif
#if defined(REDISCLUSTER_TSAN)
  void* tsan_here = __tsan_create_fiber(0);
  void* tsan_outside = nullptr;
  ~Context() { __tsan_destroy_fiber(tsan_here); }
#endif

  void exchange_exceptions() {
    auto& of_thread = *reinterpret_cast<HandledExceptions*>(abi::__cxa_get_globals());
    std::swap(of_thread.caught, exceptions.caught);
    std::swap(of_thread.uncaught, exceptions.uncaught);
  }
  void go_in() {
#if defined(REDISCLUSTER_ASAN)
    __sanitizer_start_switch_fiber(&fake_stack_outside, stack.bottom(), FiberStack::size());
#endif
#if defined(REDISCLUSTER_TSAN)
    tsan_outside = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(tsan_here, 0);
#endif
    ::swapcontext(&outside, &here);
#if defined(REDISCLUSTER_ASAN)
    __sanitizer_finish_switch_fiber(fake_stack_outside, nullptr, nullptr);
#endif
  }
  void is_in() {
#if defined(REDISCLUSTER_ASAN)
    __sanitizer_finish_switch_fiber(fake_stack_here, &outside_bottom, &outside_size);
#endif
  }
  void go_out([[maybe_unused]] bool for_good) {
#if defined(REDISCLUSTER_ASAN)
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_stack_here, outside_bottom, outside_size);
#endif
#if defined(REDISCLUSTER_TSAN)
    __tsan_switch_to_fiber(tsan_outside, 0);
#endif
    ::swapcontext(&here, &outside);
    is_in();
  }
};

Fiber::Fiber(FiberHost& host, FiberStack stack, std::function<void()> function)
    : host_(host), function_(std::move(function)), context_(std::make_unique<Context>(std::move(stack))) {
  ::getcontext(&context_->here);
  context_->here.uc_stack.ss_sp = context_->stack.bottom();
  context_->here.uc_stack.ss_size = FiberStack::size();
  context_->here.uc_link = nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(this);
  ::makecontext(&context_->here, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(address >> 32), static_cast<unsigned>(address));
}

Fiber::~Fiber() = default;

FiberStack Fiber::take_stack() { return std::move(context_->stack); }

void Fiber::enter(unsigned high, unsigned low) {
  auto* const fiber = reinterpret_cast<Fiber*>((static_cast<std::uintptr_t>(high) << 32) | low);
  fiber->context_->is_in();
  fiber->run();
  fiber->context_->go_out(true);
}

void Fiber::run() noexcept {
  function_();
  function_ = nullptr;
  has_ended_ = true;
}

void Fiber::resume() noexcept {
  Fiber* const outer = std::exchange(detail::current_fiber, this);  // one of another client's may stand in a hook
  context_->exchange_exceptions();
  context_->go_in();
  context_->exchange_exceptions();
  detail::current_fiber = outer;
}

// It may go on on another thread: nothing of this one's, not even where its errno lies, may be remembered here.
void Fiber::put_aside() noexcept { context_->go_out(false); }

void rest_until(TimePoint when) {
  Fiber* const fiber = Fiber::current();
  World* const world = StandIn<World>::here();
  if (fiber == nullptr) return world == nullptr ? std::this_thread::sleep_until(when) : world->rest_until(when);
  while (Clock::now() < when) fiber->host().wait(*fiber, Deadline::at(when));
}

}  // namespace rediscluster::base
