/// Any text as an error reply: classified, made an Error, parsed as a redirect. Checked: messages are short and of one
/// line; a redirect that was accepted is within its bounds.
#include <cstdlib>
#include <string>

#include "wire/error_reply.hpp"
#include "wire/redirect.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_one_line(const std::string& text) { return text.find_first_of("\r\n") == std::string::npos; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscluster;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Error error = wire::error_from_reply(text);
  require(error.code == wire::classify_error(text));
  require(error.message.size() <= 512 && is_one_line(error.message) && is_one_line(to_string(error)));
  const auto redirect = wire::parse_redirect(text);
  if (!redirect) {
    require(redirect.error().code == Errc::protocol_error && is_one_line(redirect.error().message));
    return 0;
  }
  require(error.code == (redirect->ask ? Errc::ask : Errc::moved));
  require(redirect->slot >= 0 && redirect->slot < 16384);
  require(redirect->target.port >= 0 && redirect->target.port <= 65535);
  require(redirect->target.host.find_first_of(" []\r\n") == std::string::npos);
  return 0;
}
