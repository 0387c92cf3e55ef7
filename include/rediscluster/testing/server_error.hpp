/// The one exception of the testing component: a test server, cluster or fake node could not do what a test asked.
/// Plain value.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <stdexcept>

namespace rediscluster::testing {

/// what() says which server failed, at what, and shows the end of its log where there is one.
class ServerError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace rediscluster::testing
