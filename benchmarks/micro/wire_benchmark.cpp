/// Question: what do single steps cost: finding a reply's end, making a value of it, encoding a command, hashing a key?
/// The same steps by hiredis: hiredis_benchmark.cpp.
/// Run: build/release/benchmarks/micro --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
#include <benchmark/benchmark.h>

#include <cstdint>
#include <optional>
#include <rediscluster/commands/string.hpp>
#include <rediscluster/key_slot.hpp>
#include <string>
#include <vector>

#include "replies.hpp"
#include "wire/decode.hpp"
#include "wire/frame_scanner.hpp"

namespace {

using namespace rediscluster;
using replies::array_of;
using replies::bulk;
using wire::FrameScanner;

void scan(benchmark::State& state, const std::string& reply) {
  FrameScanner scanner;
  for (auto _ : state) benchmark::DoNotOptimize(scanner.scan(reply));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(reply.size()));
}

/// From received bytes to a value of the user's: the end of the reply, then the value.
template <class T>
void decode(benchmark::State& state, const std::string& reply) {
  FrameScanner scanner;
  for (auto _ : state) {
    const FrameScanner::Result found = scanner.scan(reply);
    const wire::Frame frame(std::string_view(reply).substr(0, found.size), {});
    const Result<T> value = wire::decode<T>(frame, facts::get);
    if (!value) state.SkipWithError(value.error().message.c_str());
    benchmark::DoNotOptimize(*value);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(reply.size()));
}

using Texts = std::vector<std::string>;
void decode_text(benchmark::State& state, const std::string& reply) { decode<std::optional<std::string>>(state, reply); }
void decode_status(benchmark::State& state, const std::string& reply) { decode<std::string>(state, reply); }
void decode_integer(benchmark::State& state, const std::string& reply) { decode<std::int64_t>(state, reply); }
void decode_texts(benchmark::State& state, const std::string& reply) { decode<Texts>(state, reply); }
void decode_nested(benchmark::State& state, const std::string& reply) { decode<std::vector<Texts>>(state, reply); }

/// What a vector of ten strings costs that come from nowhere: no decoder can be faster than its memory.
void make_texts_alone(benchmark::State& state) {
  std::string text(16, 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(text.data());
    Texts texts;
    texts.reserve(10);
    for (int i = 0; i < 10; ++i) texts.emplace_back(text);
    benchmark::DoNotOptimize(texts.data());
  }
}

void encode_get(benchmark::State& state) {
  std::string key = "key:000000012345";
  for (auto _ : state) {
    benchmark::DoNotOptimize(key.data());
    const auto command = cmd::get(key);
    benchmark::DoNotOptimize(command.bytes());
  }
}

void encode_set(benchmark::State& state) {
  std::string key = "key:000000012345";
  const std::string value(64, 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(key.data());
    const auto command = cmd::set(key, value);
    benchmark::DoNotOptimize(command.bytes());
  }
}

void hash_key(benchmark::State& state) {
  std::string key = "key:000000012345";
  for (auto _ : state) {
    benchmark::DoNotOptimize(key.data());
    benchmark::DoNotOptimize(keyslot(key));
  }
}

BENCHMARK_CAPTURE(scan, bulk_64, bulk(64));
BENCHMARK_CAPTURE(scan, bulk_16_kib, bulk(16 * 1024));
BENCHMARK_CAPTURE(scan, status, std::string("+OK\r\n"));
BENCHMARK_CAPTURE(scan, integer, std::string(":12345\r\n"));
BENCHMARK_CAPTURE(scan, array_of_10_bulk_16, array_of(10, bulk(16)));
BENCHMARK_CAPTURE(scan, array_of_5_arrays_of_2, array_of(5, array_of(2, bulk(16))));
BENCHMARK_CAPTURE(decode_text, bulk_64, bulk(64));
BENCHMARK_CAPTURE(decode_text, bulk_16_kib, bulk(16 * 1024));
BENCHMARK_CAPTURE(decode_status, ok, std::string("+OK\r\n"));
BENCHMARK_CAPTURE(decode_integer, five_digits, std::string(":12345\r\n"));
BENCHMARK_CAPTURE(decode_texts, array_of_10_bulk_16, array_of(10, bulk(16)));
BENCHMARK(make_texts_alone);
BENCHMARK_CAPTURE(decode_nested, array_of_5_arrays_of_2, array_of(5, array_of(2, bulk(16))));
BENCHMARK(encode_get);  // finds the slot, too: see hash_key
BENCHMARK(encode_set);
BENCHMARK(hash_key);

}  // namespace
