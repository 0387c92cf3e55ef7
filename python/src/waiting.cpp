#include "waiting.hpp"

#include <cxxabi.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <utility>

namespace rediscluster::python {
namespace {

std::atomic<pthread_t> main_thread{};

[[noreturn]] void stay_here() {
  for (;;) ::pause();
}

}  // namespace

bool is_main_thread() noexcept { return pthread_equal(main_thread.load(std::memory_order_relaxed), pthread_self()) != 0; }

// In a child whoever has forked is the main thread.
void remember_main_thread() {
  const auto ident = py::module_::import("threading").attr("main_thread")().attr("ident").cast<unsigned long>();
  main_thread.store(static_cast<pthread_t>(ident), std::memory_order_relaxed);
  static const int registered = pthread_atfork(nullptr, nullptr, [] { main_thread.store(pthread_self(), std::memory_order_relaxed); });
  (void)registered;
}

WithoutGil::~WithoutGil() {
  if (_Py_IsFinalizing() != 0 && !is_main_thread()) stay_here();
  try {
    PyEval_RestoreThread(state_);
  } catch (abi::__forced_unwind&) {  // it has begun to end just now
    stay_here();
  }
}

bool Watch::wants_end() noexcept {
  const py::gil_scoped_acquire acquired;
  if (PyErr_CheckSignals() == 0) return false;
  PyErr_Fetch(&type_, &value_, &traceback_);
  return true;
}

void Watch::raise_if_interrupted(const py::object& reply) {
  if (type_ == nullptr) return;
  PyErr_NormalizeException(&type_, &value_, &traceback_);
  if (reply && value_ != nullptr && PyObject_SetAttrString(value_, "reply", reply.ptr()) != 0) PyErr_Clear();
  PyErr_Restore(std::exchange(type_, nullptr), std::exchange(value_, nullptr), std::exchange(traceback_, nullptr));
  throw py::error_already_set();
}

void Watch::clear() {
  Py_CLEAR(type_);
  Py_CLEAR(value_);
  Py_CLEAR(traceback_);
}

}  // namespace rediscluster::python
