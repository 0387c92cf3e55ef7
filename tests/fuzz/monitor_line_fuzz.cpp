/// Any text as a line of MONITOR: refused, or a value within its bounds.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/monitor_line.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto line = rediscluster::wire::parse_monitor_line(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!line) return 0;
  std::size_t bytes = line->client.size();
  for (const std::string& word : line->words) bytes += word.size();
  if (line->words.empty() || line->db < 0 || bytes > size) std::abort();
  return 0;
}
