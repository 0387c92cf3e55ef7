#include "api/outcomes.hpp"

#include "wire/decode.hpp"
#include "wire/printable.hpp"

#include <stdexcept>

namespace rediscluster {
namespace detail {

bool is_executed(const Outcomes& outcomes) { return outcomes.phase() == Outcomes::Phase::executed; }

std::size_t outcome_count(const Outcomes& outcomes) { return outcomes.size(); }

// Errors are replies, too, for those who walk through all of them.
Reply reply_at(const Outcomes& outcomes, std::size_t position) {
  constexpr std::size_t longest = 1024;
  const cluster::CommandEnd& end = outcomes.end(position);
  const wire::Frame frame = end.error ? wire::own("-" + wire::printable(end.error->message, longest) + "\r\n") : end.reply;
  Result<Reply> reply = wire::decode_any(frame);
  if (!reply) throw_error(std::move(reply.error()));
  return std::move(*reply);
}

std::optional<Error> error_at(const Outcomes& outcomes, std::size_t position) {
  const cluster::CommandEnd& end = outcomes.end(position);
  return end.error ? std::optional<Error>(*end.error) : std::nullopt;
}

}  // namespace detail

namespace {

void check_position(std::size_t position, std::size_t size) {
  if (position < size) return;
  throw std::out_of_range("there are " + std::to_string(size) + " replies, and number " + std::to_string(position) + " was asked for");
}

}  // namespace

Reply Replies::operator[](std::size_t position) const {
  check_position(position, size());
  return detail::reply_at(*outcomes_, position);
}

std::optional<Error> Replies::error(std::size_t position) const {
  check_position(position, size());
  return detail::error_at(*outcomes_, position);
}

}  // namespace rediscluster
