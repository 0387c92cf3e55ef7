#include "cluster/listen/subscribe_error.hpp"

#include "wire/error_reply.hpp"

namespace rediscluster::cluster {

pubsub::Book::Verdict verdict_on(const std::optional<std::string>& error) {
  using Verdict = pubsub::Book::Verdict;
  if (!error) return Verdict::fine;
  switch (wire::classify_error(*error)) {
    case Errc::moved: return Verdict::elsewhere;
    case Errc::ask:
    case Errc::try_again:
    case Errc::cluster_down:
    case Errc::master_down:
    case Errc::loading:
    case Errc::busy:
    case Errc::unblocked:
    case Errc::no_auth: return Verdict::later;
    default: return Verdict::never;
  }
}

Error subscribe_error(const std::string& text, const pubsub::Order& order, const NodeAddress& node) {
  Error error = wire::error_from_reply(text, node);
  const bool is_unknown = text.find("unknown command") != std::string::npos;
  if (is_unknown && order.kind == SubscriptionKind::sharded) error.message += ". Sharded channels need Redis 7.0 or later, or Valkey";
  return error;
}

}  // namespace rediscluster::cluster
