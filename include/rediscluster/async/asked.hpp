/// Objects of a surface whose answers are operations: each operation keeps the object until its end.
#pragma once

#include <rediscluster/asked.hpp>
#include <rediscluster/async/operation.hpp>

namespace rediscluster::detail {

/// What destroys an object may have to wait (a connection that watches is told so): never on the thread that lets go of it.
void destroy_later(AsyncClient& client, void* object, void (*destroy)(void* object)) noexcept;

template <class State, class Delete>
class Asked<Operation, State, Delete> {
 public:
  using Pointer = std::unique_ptr<State, Delete>;
  Asked(std::shared_ptr<AsyncClient> client, Pointer state)
      : client_(client), state_(state.release(), [client = std::move(client)](State* object) {
          destroy_later(*client, object, [](void* each) { Delete()(static_cast<State*>(each)); });
        }) {}

  State& operator*() const { return *state_; }
  /// Calls are operations: what blocks the caller is not for it.
  static constexpr bool is_immediate = false;

  template <class T>
  static Owned<T> keep(const T& value) {
    return Owned<T>(value);
  }
  template <class Call>
  void tell(Call call) const {
    ask<void>([call = std::move(call)](State& state, const RunOptions&) {
      call(state);
      return Result<void>();
    }).detach();
  }
  template <class T, class Call>
  Operation<T> ask(Call call) const {
    return Operation<T>(*client_, blocking<Raw<T>>([state = state_, call = std::move(call)](const RunOptions& options) mutable {
      return call(*state, options);
    }));
  }
  /// @param at_once  bool(State&, std::optional<Result<Raw<T>>>& found): what needs no waiting now.
  template <class T, class Call, class AtOnce>
  Operation<T> ask(Call call, AtOnce at_once) const {
    return Operation<T>(*client_, blocking<Raw<T>>(Either<Call, AtOnce>{state_, std::move(call), std::move(at_once)}));
  }

 private:
  template <class Call, class AtOnce>
  struct Either {
    std::shared_ptr<State> state;
    Call call;
    AtOnce look;
    auto operator()(const RunOptions& options) { return call(*state, options); }
    template <class Found>
    bool at_once(Found& found) {
      return look(*state, found);
    }
  };

  std::shared_ptr<AsyncClient> client_;
  std::shared_ptr<State> state_;  // shared with the operations under way
};

}  // namespace rediscluster::detail
