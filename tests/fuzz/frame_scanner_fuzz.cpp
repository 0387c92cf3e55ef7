/// Any bytes through scanner, cursor, decoders and reply tree. Checked: pieces give what the whole gives; what passed
/// the scanner is one whole value to every reader; what did not pass is at least read within its bounds. Input: one
/// byte that decides the split points, then the stream.
#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include "wire/decode.hpp"
#include "wire/frame_scanner.hpp"

namespace {

using namespace rediscluster;
using namespace rediscluster::wire;
using Status = FrameScanner::Status;

constexpr CommandFacts facts{.name = "FUZZ", .encoded = ""};
constexpr Limits small_limits{
    .max_bulk_bytes = 4096, .max_elements = 1024, .max_depth = 16, .max_reply_bytes = 65536, .max_push_bytes = 4096};

void require(bool condition) {
  if (!condition) std::abort();
}

FrameScanner::Result scan_in_pieces(std::string_view bytes, unsigned seed) {
  FrameScanner scanner(small_limits);
  FrameScanner::Result result;
  for (std::size_t size = 0; size < bytes.size();) {
    seed = seed * 1664525u + 1013904223u;
    size = std::min(bytes.size(), size + 1 + (seed >> 16) % 7);
    result = scanner.scan(bytes.substr(0, size));
    if (result.status != Status::need_more) return result;
    require(result.size > size);
  }
  return result;
}

void decode_all(const Frame& frame) {
  using Nested = std::map<std::string, std::vector<std::pair<std::string, std::optional<double>>>>;
  (void)decode<bool>(frame, facts);
  (void)decode<std::int64_t>(frame, facts);
  (void)decode<std::optional<std::string>>(frame, facts);
  (void)decode<std::vector<std::optional<std::string>>>(frame, facts);
  (void)decode<std::optional<std::tuple<std::string, std::string, double>>>(frame, facts);
  (void)decode<std::vector<std::pair<std::vector<std::int64_t>, Reply>>>(frame, facts);
  (void)decode<Nested>(frame, facts);
  (void)decode<std::vector<Reply>>(frame, facts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);  // a copy of its own: ASan sees its end
  FrameScanner scanner(small_limits);
  const auto whole = scanner.scan(bytes);
  const auto pieces = scan_in_pieces(bytes, data[0]);
  require(whole.status == pieces.status);
  decode_all(own(bytes));  // not scanned: may be refused, must not be read beyond
  if (whole.status != Status::complete) return 0;
  require(whole.size == pieces.size && whole.is_push == pieces.is_push && whole.size <= bytes.size());
  const Frame frame = own(std::string_view(bytes).substr(0, whole.size));
  ReplyCursor cursor(frame.bytes());
  require(cursor.skip() && cursor.at_end());
  decode_all(frame);
  const auto reply = decode_any(frame);
  require(reply.has_value() && reply->to_string() == decode_any(own(frame.bytes()))->to_string());
  return 0;
}
