/// The user's AllowedAddresses as one function. Pure, but for his own function.
#pragma once

#include <rediscluster/options.hpp>

namespace rediscluster::cluster {

/// Empty: everything is allowed. Errors: Errc::bad_option naming the rule.
Result<AddressFilter> make_address_filter(const AllowedAddresses& allowed);

}  // namespace rediscluster::cluster
