/// Reads "redis://..." into Options. Pure.
#pragma once

#include <rediscluster/options.hpp>
#include <rediscluster/result.hpp>

#include <string_view>

namespace rediscluster::api {

/// @param defaults  options the URL does not mention.
/// Errors: Errc::bad_option, naming the part of the URL that is wrong and what it may be. The password is in no message.
Result<Options> parse_url(std::string_view url, const Options& defaults);

}  // namespace rediscluster::api
