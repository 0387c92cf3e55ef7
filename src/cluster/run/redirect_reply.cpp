#include "cluster/run/redirect_reply.hpp"

#include "wire/error_reply.hpp"
#include "wire/printable.hpp"

namespace rediscluster::cluster {

Result<wire::Redirect> redirect_in(const wire::Frame& reply, const Node& answered_by) {
  return redirect_in(wire::error_text(reply.bytes()), answered_by);
}

Result<wire::Redirect> redirect_in(std::string_view error, const Node& answered_by) {
  Result<wire::Redirect> redirect = wire::parse_redirect(error);
  if (!redirect) return redirect;
  if (redirect->target.host.empty()) redirect->target.host = answered_by.announced().host;
  if (redirect->unusable_host) return redirect;
  // The user may know a port where the server knows none.
  const Config& config = answered_by.config();
  const NodeAddress target = config.address_map ? config.address_map(redirect->target) : redirect->target;
  if (target.port == 0) {
    return fail(Errc::protocol_error, "a redirect has no port from 1 to 65535: \"" + wire::printable(error, 80) + '"' +
                                          (config.tls ? ": servers with TLS tell their TLS port when they have tls-cluster yes" : ""));
  }
  return redirect;
}

}  // namespace rediscluster::cluster
