// Says on which server the tests of this program run, in what it prints and in its report.
#include <gtest/gtest.h>

#include <cstdio>
#include <rediscluster/testing/local_server.hpp>

namespace {

class NamedServer : public ::testing::Environment {
 public:
  void SetUp() override {
    const std::string name = to_string(rediscluster::testing::LocalServer().version());
    std::printf("Servers: %s\n", name.c_str());
    ::testing::Test::RecordProperty("server", name);
  }
};

[[maybe_unused]] ::testing::Environment* const named_server = ::testing::AddGlobalTestEnvironment(new NamedServer);

}  // namespace
