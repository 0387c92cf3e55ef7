/// Question: what do the steps of wire_benchmark.cpp cost in hiredis? Its reader makes a tree of reply objects, which is
/// freed again; its formatter makes a buffer, which is freed again, and finds no slot.
/// Run: build/release/benchmarks/micro --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
#include <benchmark/benchmark.h>
#include <hiredis/hiredis.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "replies.hpp"

namespace {

using replies::array_of;
using replies::bulk;

struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};

void hiredis_decode(benchmark::State& state, const std::string& bytes) {
  const std::unique_ptr<redisReader, FreeReader> reader(redisReaderCreate());
  for (auto _ : state) {
    void* reply = nullptr;
    redisReaderFeed(reader.get(), bytes.data(), bytes.size());
    if (redisReaderGetReply(reader.get(), &reply) != REDIS_OK || reply == nullptr) {
      state.SkipWithError("hiredis made no reply of it");
      break;
    }
    benchmark::DoNotOptimize(reply);
    freeReplyObject(reply);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void hiredis_encode(benchmark::State& state, const std::vector<std::string>& words) {
  std::vector<const char*> begins;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    begins.push_back(word.data());
    sizes.push_back(word.size());
  }
  for (auto _ : state) {
    char* target = nullptr;
    benchmark::DoNotOptimize(redisFormatCommandArgv(&target, static_cast<int>(words.size()), begins.data(), sizes.data()));
    benchmark::DoNotOptimize(target);
    free(target);  // by malloc of hiredis
  }
}

void hiredis_encode_get(benchmark::State& state) { hiredis_encode(state, {"GET", "key:000000012345"}); }
void hiredis_encode_set(benchmark::State& state) { hiredis_encode(state, {"SET", "key:000000012345", std::string(64, 'x')}); }

BENCHMARK_CAPTURE(hiredis_decode, bulk_64, bulk(64));
BENCHMARK_CAPTURE(hiredis_decode, bulk_16_kib, bulk(16 * 1024));
BENCHMARK_CAPTURE(hiredis_decode, status, std::string("+OK\r\n"));
BENCHMARK_CAPTURE(hiredis_decode, integer, std::string(":12345\r\n"));
BENCHMARK_CAPTURE(hiredis_decode, array_of_10_bulk_16, array_of(10, bulk(16)));
BENCHMARK_CAPTURE(hiredis_decode, array_of_5_arrays_of_2, array_of(5, array_of(2, bulk(16))));
BENCHMARK(hiredis_encode_get);
BENCHMARK(hiredis_encode_set);

}  // namespace
