/// A function that is told of the end of an operation. It stands inside of the operation when it is small.
#pragma once

#include <rediscluster/async/receiver.hpp>
#include <rediscluster/reply_decoder.hpp>

#include <memory>
#include <new>
#include <type_traits>

namespace rediscluster::detail {

/// @tparam is_inside  of the operation, whose memory it does not free.
template <class T, class Function, bool is_inside>
class Callback final : public Receiver<Raw<T>> {
 public:
  template <class F>
  explicit Callback(F&& function) : function_(std::forward<F>(function)) {}

 private:
  void put(Result<Raw<T>>&& result) noexcept override { result_ = std::make_unique<Result<Raw<T>>>(std::move(result)); }
  void tell() noexcept override {
    const std::unique_ptr<Result<Raw<T>>> result = std::move(result_);
    complete(std::move(*result));
  }
  // The operation may be used again for another while the function runs.
  void complete(Result<Raw<T>>&& result) noexcept override {
    Function function = std::move(function_);
    if constexpr (is_inside) {
      this->~Callback();
    } else {
      delete this;
    }
    function(deliver<Result, T>(std::move(result)));
  }

  Function function_;
  std::unique_ptr<Result<Raw<T>>> result_;  // between put() and tell()
};

template <class T, class Function>
void launch_callback(AsyncCall call, Function&& function) {
  using Inside = Callback<T, std::decay_t<Function>, true>;
  if constexpr (sizeof(Inside) <= receiver_room && alignof(Inside) <= alignof(std::max_align_t)) {
    call.launch(static_cast<Receiver<Raw<T>>*>(::new (call.room()) Inside(std::forward<Function>(function))));
  } else {
    call.launch(static_cast<Receiver<Raw<T>>*>(new Callback<T, std::decay_t<Function>, false>(std::forward<Function>(function))));
  }
}

}  // namespace rediscluster::detail
