/// Operations are awaited by whatever coroutine type there is: all they ask for is a handle. Here one begun at once, one begun when it is
/// awaited that hands over without a deeper stack, one that looks at what its coroutines await, and a handle of no type at all; those of Asio
/// and Boost.Asio have programs of their own (tests/asio).
#include "scripted/async_play.hpp"

#include <coroutine>
#include <latch>

namespace {

using namespace play;

/// Begun when it is awaited; at its end it resumes who awaited it (symmetric transfer). Owns its frame.
template <class T>
class Lazy {
 public:
  struct promise_type {
    std::coroutine_handle<> awaiting = std::noop_coroutine();
    std::optional<T> value;
    std::exception_ptr thrown;

    Lazy get_return_object() { return Lazy(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct HandOver {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) noexcept { return ended.promise().awaiting; }
        void await_resume() noexcept {}
      };
      return HandOver{};
    }
    void return_value(T result) { value = std::move(result); }
    void unhandled_exception() noexcept { thrown = std::current_exception(); }
  };

  Lazy(Lazy&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  ~Lazy() {
    if (handle_) handle_.destroy();
  }
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    handle_.promise().awaiting = awaiting;
    return handle_;
  }
  T await_resume() {
    if (handle_.promise().thrown) std::rethrow_exception(handle_.promise().thrown);
    return std::move(*handle_.promise().value);
  }

 private:
  explicit Lazy(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

/// Its promise is asked about everything that is awaited, as in libraries that add cancellation, and has memory of its own for frames.
class Watched {
 public:
  struct promise_type {
    Watched get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
    template <class Awaited>
    Awaited&& await_transform(Awaited&& awaited) {
      ++awaits;
      return std::forward<Awaited>(awaited);
    }
    static void* operator new(std::size_t size) {
      ++frames;
      return ::operator new(size);
    }
    static void operator delete(void* frame) {
      --frames;
      ::operator delete(frame);
    }
  };
  static inline std::atomic<int> awaits{0};
  static inline std::atomic<int> frames{0};
};

/// What a compiler makes of a coroutine, by hand: a frame that begins with what resume() and destroy() call.
struct BareFrame {
  void (*resume)(BareFrame*) = [](BareFrame* self) { self->resumed->count_down(); };
  void (*destroy)(BareFrame*) = [](BareFrame*) {};
  std::latch* resumed = nullptr;
};

class CoroutineTypes : public AsyncPlay {
 protected:
  static std::string key_of(int i) { return "key:" + std::to_string(i); }
  static constexpr int many = 2000;
};

Lazy<std::string> ask(AsyncRedisCluster& redis, std::string key) {
  const Result<Text> value = co_await redis.get(key);
  co_return value && *value ? **value : "an error";
}
Lazy<std::string> ask_or_throw(AsyncRedisCluster& redis, std::string key) { co_return *co_await redis.get(key).value(); }
Lazy<int> ask_for_many(AsyncRedisCluster& redis, int many) {
  int right = 0;
  for (int i = 0; i < many; ++i) {
    const std::string key = "key:" + std::to_string(i);
    right += co_await ask(redis, key) == key;
  }
  co_return right;
}

TEST_F(CoroutineTypes, begun_when_awaited_and_handing_over) {
  int right = 0;
  [](AsyncRedisCluster& client, int& count) -> Fiber { count = co_await ask_for_many(client, many); }(redis, right).wait();
  EXPECT_EQ(right, many);
  for (int i = 0; i < nodes.size(); ++i) nodes[i].always(starts_with({"GET", "refused"})).answer(RawReply::error("ERR no"));
  std::string error;
  [](AsyncRedisCluster& client, std::string& text) -> Fiber {
    try {
      text = co_await ask_or_throw(client, "refused");
    } catch (const rediscluster::RedisError& thrown) {
      text = "thrown";
    }
  }(redis, error).wait();
  EXPECT_EQ(error, "thrown");
}

TEST_F(CoroutineTypes, asked_about_what_is_awaited) {
  Watched::awaits = 0;
  std::atomic<int> right{0};
  std::latch over(many);
  const auto ask_one = [&](int i) -> Watched {
    const std::string key = key_of(i);
    const Result<Text> value = co_await redis.get(key);
    right += value && *value == key;
    over.count_down();
  };
  for (int i = 0; i < many; ++i) ask_one(i);
  over.wait();
  EXPECT_EQ(right, many);
  EXPECT_EQ(Watched::awaits, many);
  EXPECT_TRUE(wait_until([] { return Watched::frames == 0; }, 5s));
}

TEST_F(CoroutineTypes, a_bare_handle) {
  for (int i = 0; i < 100; ++i) {
    std::latch resumed(1);
    BareFrame frame{.resumed = &resumed};
    auto awaiter = redis.get(key_of(i)).operator co_await();
    ASSERT_FALSE(awaiter.await_ready());
    awaiter.await_suspend(std::coroutine_handle<>::from_address(&frame));
    resumed.wait();
    const Result<Text> value = awaiter.await_resume();
    ASSERT_TRUE(value);
    EXPECT_EQ(*value, key_of(i));
  }
}

TEST_F(CoroutineTypes, several_of_them_at_once_and_each_hears_its_own) {
  std::atomic<int> right{0};
  std::latch over(3 * many);
  const auto eager = [&](int i) -> Fiber {
    const Result<Text> value = co_await redis.get(key_of(i));
    right += value && *value == key_of(i);
    over.count_down();
  };
  const auto watched = [&](int i) -> Watched {
    const Text value = co_await redis.get(key_of(i)).value();
    right += value == key_of(i);
    over.count_down();
  };
  const auto lazy = [&](int i) -> Fiber {
    const std::string value = co_await ask(redis, key_of(i));
    right += value == key_of(i);
    over.count_down();
  };
  for (int i = 0; i < many; ++i) {
    eager(i);
    watched(i);
    lazy(i);
  }
  over.wait();
  EXPECT_EQ(right, 3 * many);
}

}  // namespace
