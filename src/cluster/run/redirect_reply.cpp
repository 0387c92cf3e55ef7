#include "cluster/run/redirect_reply.hpp"

#include "wire/error_reply.hpp"

namespace rediscluster::cluster {

Result<wire::Redirect> redirect_in(const wire::Frame& reply, const Node& answered_by) {
  return redirect_in(wire::error_text(reply.bytes()), answered_by);
}

Result<wire::Redirect> redirect_in(std::string_view error, const Node& answered_by) {
  Result<wire::Redirect> redirect = wire::parse_redirect(error);
  if (redirect && redirect->target.host.empty()) redirect->target.host = answered_by.announced().host;
  return redirect;
}

}  // namespace rediscluster::cluster
