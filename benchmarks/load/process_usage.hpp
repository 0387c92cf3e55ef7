/// What this process has used so far. Any thread may ask.
#pragma once

#include <string_view>

namespace load {

/// User and system time of all threads, in seconds.
double cpu_seconds();

/// A line of /proc/self/status in KiB, e.g. "VmHWM" (peak resident memory; getrusage keeps the parent's peak) or
/// "VmRSS". 0 when there is no such line.
long status_kib(std::string_view name);

}  // namespace load
