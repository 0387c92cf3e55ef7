#include "simulation/ledger.hpp"

#include <charconv>

namespace rediscluster::simulation {

std::optional<Token> Token::of(std::string_view text) {
  Token token;
  const char* const end = text.data() + text.size();
  if (text.empty() || text.front() != 'c') return std::nullopt;
  const auto call = std::from_chars(text.data() + 1, end, token.call);
  if (call.ec != std::errc() || call.ptr == end || *call.ptr != ':') return std::nullopt;
  const auto part = std::from_chars(call.ptr + 1, end, token.part);
  if (part.ec != std::errc() || part.ptr != end || token.part > 255) return std::nullopt;
  return token;
}

}  // namespace rediscluster::simulation
