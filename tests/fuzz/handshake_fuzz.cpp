/// A handshake answered by any replies. Input: one byte of options, then the stream of replies. Checked: it ends after
/// at most two rounds, done or with an error of one line that does not show the password.
#include <cstdlib>

#include "link/handshake.hpp"
#include "wire/frame_scanner.hpp"

namespace {

using namespace rediscluster;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned bits = data[0];
  link::HandshakeOptions options;
  options.protocol = (bits & 1) != 0 ? 2 : 3;
  if ((bits & 2) != 0) options.password = "canary";
  if ((bits & 4) != 0) options.username = "ann";
  if ((bits & 8) != 0) options.client_name = "app";
  if ((bits & 16) != 0) options.library_version = "1.0";
  options.read_only = (bits & 32) != 0;
  options.must_ask = (bits & 64) != 0;
  link::Handshake handshake(options);
  std::string stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (int round = 0; handshake.phase() != link::Handshake::Phase::done; ++round) {
    require(round < 2 && handshake.replies_expected() > 0 && !handshake.bytes().empty());
    std::vector<wire::Frame> replies;
    while (replies.size() < handshake.replies_expected()) {
      wire::FrameScanner scanner;
      const auto scan = scanner.scan(stream);
      if (scan.status != wire::FrameScanner::Status::complete) return 0;
      if (!scan.is_push) replies.push_back(wire::own(std::string_view(stream).substr(0, scan.size)));
      stream.erase(0, scan.size);
    }
    if (const Result<void> verdict = handshake.step(replies); !verdict) {
      require(verdict.error().message.find("canary") == std::string::npos || options.password.empty());
      require(verdict.error().message.find_first_of("\r\n") == std::string::npos);
      return 0;
    }
  }
  require(handshake.protocol() == 2 || handshake.protocol() == 3);
  return 0;
}
