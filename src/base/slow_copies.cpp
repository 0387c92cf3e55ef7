#include "base/slow_copies.hpp"

namespace rediscluster::base {

bool has_slow_copies() {
#if defined(__x86_64__)
  static const bool has = __builtin_cpu_is("amd") != 0;
  return has;
#else
  return false;
#endif
}

}  // namespace rediscluster::base
