/// Waiting without the GIL. A call of the main thread looks for signals now and then, as Python runs their handlers nowhere else: what a
/// handler raises (KeyboardInterrupt) ends the call.
#pragma once

#include "base/look_around.hpp"

#include <pybind11/pybind11.h>

#include <type_traits>

namespace rediscluster::python {

namespace py = pybind11;

bool is_main_thread() noexcept;
/// When the module is loaded.
void remember_main_thread();

/// One call of the main thread's. With the GIL, but for look().
class Watch final : public base::LookAround {
 public:
  Watch() = default;
  ~Watch() { clear(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Raises what a handler raised; nothing if none did.
  /// @param reply  of the call, if it has one all the same: it becomes the exception's attribute `reply`, so that an element that was taken is not lost.
  void raise_if_interrupted(const py::object& reply = {});
  bool was_interrupted() const { return type_ != nullptr; }

 private:
  bool wants_end() noexcept override;
  void clear();

  PyObject* type_ = nullptr;
  PyObject* value_ = nullptr;
  PyObject* traceback_ = nullptr;
};

/// While it lives the thread has no GIL. A thread that would take it back when the interpreter is ending stays where it is, until the process ends: Python
/// would end such a thread by unwinding it, through frames that cannot be.
class WithoutGil {
 public:
  WithoutGil() : state_(PyEval_SaveThread()) {}
  ~WithoutGil();
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

 private:
  PyThreadState* const state_;
};

/// Runs `work` without the GIL, on the main thread under `watch`. It may touch no Python object.
template <class Work>
auto without_gil(Watch& watch, Work&& work) {
  const WithoutGil released;
  const base::LookAround::Here here(is_main_thread() ? &watch : nullptr);
  return work();
}

/// The same where a reply is of no use to who was interrupted.
template <class Work>
auto without_gil(Work&& work) {
  Watch watch;
  if constexpr (std::is_void_v<decltype(work())>) {
    without_gil(watch, work);
    watch.raise_if_interrupted();
  } else {
    auto result = without_gil(watch, work);
    watch.raise_if_interrupted();
    return result;
  }
}

/// For who lets go of a core last, with the GIL or without: it waits for the core's threads.
template <class Core>
void end_without_gil(Core* core) {
  if (PyGILState_Check() == 0) {
    delete core;
    return;
  }
  const WithoutGil released;
  delete core;
}

}  // namespace rediscluster::python
