#include "load/options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <span>
#include <string_view>

namespace load {
namespace {

constexpr std::array<std::string_view, 8> known_clients{
    "rediscluster", "raw", "raw-lead", "hiredis", "rediscluster-callback", "rediscluster-coroutine", "rediscluster-future", "rediscluster-started"};
constexpr std::array known_workloads = std::to_array<std::string_view>({"get1", "mix", "pipeget", "pipeset", "mget", "bigget", "bigset", "startup", "async", "pubsub"});

std::string one_of(std::string_view flag, std::string_view text, std::span<const std::string_view> known) {
  if (std::ranges::find(known, text) != known.end()) return std::string(text);
  std::string message = std::string(flag) + " is one of:";
  for (std::string_view name : known) message.append(" ").append(name);
  throw std::invalid_argument(message + ", not '" + std::string(text) + "'");
}

template <class Number>
Number number(std::string_view flag, std::string_view text, Number smallest) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < smallest) {
    throw std::invalid_argument(std::string(flag) + " needs a number, at least " + std::to_string(smallest) +
                                ", not '" + std::string(text) + "'");
  }
  return value;
}

void take(Options& options, std::string_view flag, std::string_view text) {
  if (flag == "--client") {
    options.client = one_of(flag, text, known_clients);
  } else if (flag == "--workload") {
    options.workload = one_of(flag, text, known_workloads);
  } else if (flag == "--threads") {
    options.threads = number<int>(flag, text, 1);
  } else if (flag == "--depth") {
    options.depth = number<int>(flag, text, 1);
  } else if (flag == "--value") {
    options.value_bytes = number<std::size_t>(flag, text, 0);
  } else if (flag == "--keys") {
    options.keys = number<std::size_t>(flag, text, 1);
  } else if (flag == "--seconds") {
    options.seconds = number<double>(flag, text, 0);
  } else if (flag == "--max-ops") {
    options.max_ops = number<std::uint64_t>(flag, text, 0);
  } else if (flag == "--host") {
    options.host = text;
  } else if (flag == "--port") {
    options.port = number<int>(flag, text, 1);
  } else {
    throw std::invalid_argument("unknown flag '" + std::string(flag) + "'\n" + usage());
  }
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
  Options options;
  const bool is_big = std::any_of(argv + 1, argv + argc, [](std::string_view word) { return word == "bigget" || word == "bigset"; });
  if (is_big) {
    options.value_bytes = 1 << 20;
    options.keys = 16;
  }
  for (int i = 1; i < argc; i += 2) {
    const std::string_view word = argv[i];
    if (word == "--main-thread" || word == "--cold-keys") {
      (word == "--main-thread" ? options.main_thread : options.cold_keys) = true;
      --i;
      continue;
    }
    if (i + 1 == argc) throw std::invalid_argument("'" + std::string(argv[i]) + "' stands without a value\n" + usage());
    take(options, argv[i], argv[i + 1]);
  }
  if (options.workload != "mix" && options.threads != 1) {
    throw std::invalid_argument("--workload " + options.workload + " has one thread by definition");
  }
  if (options.main_thread && options.threads != 1) throw std::invalid_argument("--main-thread is for one thread");
  return options;
}

std::string usage() {
  return "load --client rediscluster|raw|raw-lead|hiredis --workload NAME --threads N --depth N --value "
         "BYTES\n"
         "     --keys N --seconds S --max-ops N --host H --port P [--main-thread] [--cold-keys]\n"
         "Workloads: get1 mix pipeget pipeset mget bigget bigset startup async pubsub; --depth is the length of a batch, or how many are in flight.\n"
         "async is for the clients raw, rediscluster-callback, rediscluster-coroutine and rediscluster-future;\n"
         "rediscluster-future is for get1, mix and pipeget, too, and rediscluster-started only; pubsub for raw, rediscluster (get_message) and rediscluster-coroutine (next).\n"
         "One JSON line comes out. The keys are written first when they are missing.";
}

}  // namespace load
