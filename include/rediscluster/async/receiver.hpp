/// The seam between asynchronous surfaces and the library: who is told of the end of an operation. Surfaces use it; users rarely need it.
#pragma once

#include <rediscluster/async/async_options.hpp>
#include <rediscluster/command.hpp>
#include <rediscluster/result.hpp>
#include <rediscluster/options/run.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

namespace rediscluster::detail {

class AsyncClient;  // src/api/async_client.hpp

/// Told once, on the reactor's thread or on an executor. It may go at any moment before that, but says so: AsyncCall::desert().
template <class T>
class Receiver {
 public:
  /// Writes the result down. tell() follows, perhaps on another thread.
  virtual void put(Result<T>&& result) noexcept = 0;
  virtual void tell() noexcept = 0;
  /// Both at once. The receiver may be gone when it returns.
  virtual void complete(Result<T>&& result) noexcept {
    put(std::move(result));
    tell();
  }

 protected:
  ~Receiver() = default;
};

/// What a caller says about one operation.
struct StartOptions {
  std::optional<std::chrono::milliseconds> timeout{};
  std::stop_token stop{};
  Executor executor{};
};

/// Room for a receiver inside of an operation.
inline constexpr std::size_t receiver_room = 64;

/// An operation of the library's, before and after it is launched. A handle, valid until the receiver has been told.
class AsyncCall {
 public:
  AsyncCall() = default;
  explicit AsyncCall(void* operation) : operation_(operation) {}
  explicit operator bool() const { return operation_ != nullptr; }

  /// Memory for a receiver that lives as long as the operation: receiver_room bytes.
  void* room() const noexcept;
  /// @param receiver  a Receiver<T>* of the type that it was prepared for. It is never told from in here, but may be on another thread
  ///                  before this returns.
  void launch(void* receiver) const noexcept;
  /// Any thread.
  void cancel() const noexcept;
  /// The receiver goes before it was told; the operation is cancelled.
  void desert() const noexcept;
  /// Instead of launch().
  void drop() const noexcept;

 private:
  void* operation_ = nullptr;
};

/// Makes one ready. Any thread. Defined for the reply types of the generated commands, and for Reply.
/// Errors: std::bad_alloc.
template <class T>
AsyncCall prepare(AsyncClient& client, EncodedCommand&& command, StartOptions&& options);

/// Whether who awaits what is there already may go on with it here and now: on the client's own thread, where no executor is to tell him
/// (AsyncOptions::completions), and not too often in a row.
bool may_go_on(AsyncClient& client) noexcept;

/// Memory for sources: a thread that awaits one after the other has the same piece each time. Errors: std::bad_alloc.
void* take_source_memory(std::size_t size);
void give_source_memory(void* piece, std::size_t size) noexcept;

/// What an operation is that is no single command.
template <class T>
class Source {
 public:
  static void* operator new(std::size_t size) { return take_source_memory(size); }
  static void operator delete(void* piece, std::size_t size) noexcept { give_source_memory(piece, size); }
  virtual ~Source() = default;
  /// Once. Any thread. Errors: std::bad_alloc.
  virtual AsyncCall prepare(AsyncClient& client, StartOptions&& options) = 0;

  // For who awaits it.
  void aim(AsyncClient& client, StartOptions&& options) {
    client_ = &client;
    options_ = std::move(options);
  }
  AsyncCall begin() { return prepare(*client_, std::move(options_)); }
  /// What it ends in goes into `found`, where that is known without waiting. False: begin() follows.
  bool look(std::optional<Result<T>>& found) noexcept {
    if (options_.executor || options_.stop.stop_requested() || !may_go_on(*client_)) return false;
    try {
      return at_once(found);
    } catch (const std::exception&) {  // no memory: it is said in the usual way
      return false;
    }
  }

 private:
  virtual bool at_once(std::optional<Result<T>>& /*found*/) { return false; }

  AsyncClient* client_ = nullptr;
  StartOptions options_;
};

/// A call that waits: of the library's own it is put aside by the reactor; of the user's it takes a thread of the client's.
class BlockingTask {
 public:
  virtual ~BlockingTask() = default;
  /// The call; keeps what came of it. May throw std::exception.
  /// @param options  what is left of the operation's timeout, and its stop token.
  virtual void call(const RunOptions& options) = 0;
  /// Whether it could be made without waiting, and was. Any thread. May throw std::exception.
  virtual bool call_at_once() { return false; }
  virtual void fail_with(Error error) noexcept = 0;
  // What came of it, to a Receiver<T>*.
  virtual void complete(void* receiver) noexcept = 0;
  virtual void put(void* receiver) noexcept = 0;
  virtual void tell(void* receiver) noexcept = 0;
};
enum class Whose : bool { ours, users };
/// Errors: std::bad_alloc.
AsyncCall prepare_blocking(AsyncClient& client, std::unique_ptr<BlockingTask> task, StartOptions&& options, Whose whose = Whose::ours);

/// @tparam Call  Result<T>(const RunOptions&); and, if it has it, bool at_once(std::optional<Result<T>>&).
template <class T, class Call>
class BlockingCall final : public BlockingTask {
 public:
  explicit BlockingCall(Call call) : call_(std::move(call)) {}
  void call(const RunOptions& options) override { result_.emplace(call_(options)); }
  bool call_at_once() override {
    if constexpr (requires { call_.at_once(result_); }) return call_.at_once(result_);
    return false;
  }
  void fail_with(Error error) noexcept override { result_.emplace(fail(std::move(error))); }
  void complete(void* receiver) noexcept override { static_cast<Receiver<T>*>(receiver)->complete(std::move(*result_)); }
  void put(void* receiver) noexcept override { static_cast<Receiver<T>*>(receiver)->put(std::move(*result_)); }
  void tell(void* receiver) noexcept override { static_cast<Receiver<T>*>(receiver)->tell(); }

 private:
  Call call_;
  std::optional<Result<T>> result_;
};

/// The same as an operation is made of.
template <class T, class Call>
class BlockingSource final : public Source<T> {
 public:
  BlockingSource(Call call, Whose whose) : call_(std::move(call)), whose_(whose) {}
  AsyncCall prepare(AsyncClient& client, StartOptions&& options) override {
    return prepare_blocking(client, std::make_unique<BlockingCall<T, Call>>(std::move(call_)), std::move(options), whose_);
  }

 private:
  bool at_once(std::optional<Result<T>>& found) override {
    if constexpr (requires { call_.at_once(found); }) {
      return call_.at_once(found);
    } else {
      return false;
    }
  }

  Call call_;
  const Whose whose_;
};
template <class T, class Call>
std::unique_ptr<Source<T>> blocking(Call call, Whose whose = Whose::ours) {
  return std::make_unique<BlockingSource<T, Call>>(std::move(call), whose);
}

}  // namespace rediscluster::detail
