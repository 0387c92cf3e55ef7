/// A line of MONITOR as a value: `1700000000.123456 [0 127.0.0.1:60866] "set" "k" "a\x00b"`. Pure; trusts no byte.
#pragma once

#include <rediscluster/types/monitor.hpp>

#include <optional>
#include <string_view>

namespace rediscluster::wire {

/// @param line  without the '+' in front and the line end.
/// @return      without a node; empty: this is no such line. Words that are not written as Redis does are read as well as they can be.
std::optional<MonitorLine> parse_monitor_line(std::string_view line);

}  // namespace rediscluster::wire
