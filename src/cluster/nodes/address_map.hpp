/// Turns the user's host_port_remap into one function that never throws. Thread-safe as that function is.
#pragma once

#include <rediscluster/options.hpp>

namespace rediscluster::cluster {

/// Empty when every address stays as announced.
/// Errors: Errc::bad_option naming the rule (counted from 1), the field and its value.
Result<AddressMap> make_address_map(const HostPortRemap& remap);

}  // namespace rediscluster::cluster
