/// Any text as a URL, and any text as the password of an otherwise good or bad one. Checked: ports are in bounds, hosts
/// are not empty, and a refusal never shows the password.
#include <cstdlib>
#include <string>

#include "api/url.hpp"

namespace {

using namespace rediscluster;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const std::string& url, std::string_view secret) {
  const auto options = api::parse_url(url, {});
  if (!options) {
    require(options.error().code == Errc::bad_option);
    require(secret.empty() || options.error().message.find(secret) == std::string::npos);
    return;
  }
  require(!options->startup_nodes.empty());
  for (const NodeAddress& node : options->startup_nodes)
    require(!node.host.empty() && node.port >= 1 && node.port <= 65535);
  require(options->command_timeout.count() > 0 && options->socket_connect_timeout.count() > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(text, {});
  check("redis://" + text, {});
  constexpr std::string_view canary = "QcanaryQ";
  const std::size_t middle = size / 2;
  const std::string password = text.substr(0, middle) + std::string(canary) + text.substr(middle);
  // A comma, a slash, a question mark or an @ in it changes the meaning of the whole; what it becomes must not be
  // shown.
  check("redis://user:" + password + "@host:7000", canary);
  check("redis://user:" + password + "@host:port", canary);
  if (password.find('?') == std::string::npos) check("redis://user:" + password, canary);  // behind a ? it is an option
  return 0;
}
