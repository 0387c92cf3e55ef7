/// Question: what do finding a reply's end, encoding a command and hashing a key cost by themselves?
/// Run: build/release/benchmarks/micro --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
#include <benchmark/benchmark.h>

#include <cstdint>
#include <rediscluster/command.hpp>
#include <rediscluster/key_slot.hpp>
#include <string>

#include "wire/frame_scanner.hpp"

namespace {

using rediscluster::CommandFacts;
using rediscluster::EncodedCommand;
using rediscluster::wire::FrameScanner;

constexpr CommandFacts set_facts{
    .name = "SET", .encoded = "$3\r\nSET\r\n", .words = 1, .arity = -3, .flags = rediscluster::flag_write};

void scan(benchmark::State& state, const std::string& reply) {
  FrameScanner scanner;
  for (auto _ : state) benchmark::DoNotOptimize(scanner.scan(reply));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(reply.size()));
}

std::string bulk(std::size_t size) { return "$" + std::to_string(size) + "\r\n" + std::string(size, 'x') + "\r\n"; }

std::string array_of(int count, const std::string& element) {
  std::string reply = "*" + std::to_string(count) + "\r\n";
  for (int i = 0; i < count; ++i) reply += element;
  return reply;
}

void encode_set(benchmark::State& state) {
  const std::string value(64, 'x');
  for (auto _ : state) {
    EncodedCommand command(set_facts);
    command.key("key:000000012345");
    command.arg(value);
    benchmark::DoNotOptimize(command.bytes());
  }
}

void hash_key(benchmark::State& state) {
  std::string key = "key:000000012345";
  for (auto _ : state) {
    benchmark::DoNotOptimize(key.data());
    benchmark::DoNotOptimize(rediscluster::keyslot(key));
  }
}

BENCHMARK_CAPTURE(scan, bulk_64, bulk(64));
BENCHMARK_CAPTURE(scan, bulk_16_kib, bulk(16 * 1024));
BENCHMARK_CAPTURE(scan, status, std::string("+OK\r\n"));
BENCHMARK_CAPTURE(scan, array_of_10_bulk_16, array_of(10, bulk(16)));
BENCHMARK_CAPTURE(scan, array_of_5_arrays_of_2, array_of(5, array_of(2, bulk(16))));
BENCHMARK(encode_set);
BENCHMARK(hash_key);

}  // namespace
