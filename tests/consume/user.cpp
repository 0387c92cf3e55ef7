/// The smallest program of a user: builds a command, connects to nothing. Ends with 0 when all is as expected.
#include <rediscluster/rediscluster.hpp>

#include <cstdio>

int main() {
  const auto command = rediscluster::cmd::get("k");
  const bool good = command.slot() == rediscluster::keyslot("k") && command.bytes() == "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
  std::printf("GET k goes to slot %d: %s\n", command.slot(), good ? "as expected" : "WRONG");
  return good ? 0 : 1;
}
