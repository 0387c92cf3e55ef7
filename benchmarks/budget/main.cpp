/// One step of a command, again and again, for tools/budget/check: which counts the instructions of two runs of different
/// length and takes the difference. Prints the allocations of an operation, as a number and nothing else.
/// Run: build/release/benchmarks/budget STEP TIMES
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <optional>
#include <rediscluster/commands/string.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "load/allocations.hpp"
#include "replies.hpp"
#include "wire/decode.hpp"
#include "wire/frame_scanner.hpp"

namespace {

using namespace rediscluster;

/// Makes the compiler believe that somebody looks at the value.
template <class T>
void use(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

/// Encoding finds the slot, too.
void encode_get(std::uint64_t times) {
  std::string key = "key:000000012345";
  for (std::uint64_t i = 0; i < times; ++i) {
    use(key);
    const auto command = cmd::get(key);
    use(command.bytes());
    use(command.slot());
  }
}

void encode_set(std::uint64_t times) {
  std::string key = "key:000000012345";
  const std::string value(64, 'x');
  for (std::uint64_t i = 0; i < times; ++i) {
    use(key);
    const auto command = cmd::set(key, value);
    use(command.bytes());
    use(command.slot());
  }
}

/// From received bytes to the value: where the reply ends, and what it says.
template <class T>
void take(std::uint64_t times, const std::string& reply) {
  wire::FrameScanner scanner;
  for (std::uint64_t i = 0; i < times; ++i) {
    use(reply);
    const wire::FrameScanner::Result scan = scanner.scan(reply);
    const wire::Frame frame(std::string_view(reply).substr(0, scan.size), {});
    const Result<T> value = wire::decode<T>(frame, facts::get);
    if (!value) throw std::runtime_error(value.error().message);
    use(*value);
  }
}

void take_bulk(std::uint64_t times) { take<std::optional<std::string>>(times, replies::bulk(64)); }
void take_array(std::uint64_t times) { take<std::vector<std::string>>(times, replies::array_of(10, replies::bulk(16))); }

const std::map<std::string_view, void (*)(std::uint64_t)> steps{
    {"encode-get", encode_get}, {"encode-set", encode_set}, {"decode-bulk", take_bulk}, {"decode-array", take_array}};

}  // namespace

int main(int argc, char** argv) try {
  const std::uint64_t times = argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 0;
  if (times == 0) throw std::invalid_argument("usage: budget STEP TIMES");
  const auto step = steps.find(argv[1]);
  if (step == steps.end()) throw std::invalid_argument(std::string("there is no step '") + argv[1] + "'");
  step->second(1);  // what only the first one pays
  const std::uint64_t before = load::allocations();
  step->second(times);
  std::printf("%.3f\n", static_cast<double>(load::allocations() - before) / static_cast<double>(times));
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "budget: %s\n", problem.what());
  return 1;
}
