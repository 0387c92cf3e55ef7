/// A real cluster for the tests of the Python package, which say what befalls it: a line in, a line of JSON out.
///     kill N · stop N · resume N · restart N · failover REPLICA · move FIRST LAST FROM TO · primary SLOT · wait
/// The first line that it prints says where the nodes are. It ends, with its servers, when its standard input ends.
///     cluster_program [--tls]
#include "support/tls_cluster.hpp"

#include <iostream>
#include <sstream>

namespace {

using rediscluster::NodeAddress;
using rediscluster::testing::LocalCluster;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char each : text) {
    if (each == '"' || each == '\\') out += '\\';
    out += each == '\n' ? ' ' : each;
  }
  return out + "\"";
}

std::string nodes_of(const LocalCluster& cluster, bool tls) {
  std::string text;
  for (int i = 0; i < cluster.size(); ++i) {
    const auto& node = cluster.node(i);
    const NodeAddress address = tls ? node.tls_address() : node.address();
    text += (i == 0 ? "" : ", ") + ("{\"host\": " + quoted(address.host) + ", \"port\": " + std::to_string(address.port)) + ", \"id\": " + quoted(node.node_id()) +
            ", \"pid\": " + std::to_string(node.pid()) + "}";
  }
  return "[" + text + "]";
}

std::string run(LocalCluster& cluster, const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  std::vector<int> given;
  words >> verb;
  for (int number = 0; words >> number;) given.push_back(number);
  const auto number = [&](std::size_t i) { return given.at(i); };
  if (verb == "kill") cluster.kill(number(0));
  else if (verb == "stop") cluster.stop(number(0));
  else if (verb == "resume") cluster.resume(number(0));
  else if (verb == "restart") cluster.restart(number(0));
  else if (verb == "failover") cluster.failover(number(0));
  else if (verb == "move") cluster.move_slots(number(0), number(1), number(2), number(3));
  else if (verb == "wait") cluster.wait_until_ok();
  else if (verb == "primary") return std::to_string(cluster.primary_of_slot(number(0)));
  else throw std::runtime_error("cluster_program: there is no '" + verb + "'");
  return "null";
}

void serve(LocalCluster& cluster) {
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << run(cluster, line) << std::endl;
    } catch (const std::exception& problem) {
      std::cout << "{\"error\": " << quoted(problem.what()) << "}" << std::endl;
    }
  }
}

}  // namespace

int main(int count, char** words) try {
  if (count > 1 && std::string(words[1]) == "--tls") {
    test_support::TlsCluster tls;
    std::cout << "{\"nodes\": " << nodes_of(tls.cluster, true) << ", \"ca\": " << quoted(tls.folder.put("client.ca", tls.authority.pem()).string()) << "}" << std::endl;
    serve(tls.cluster);
    return 0;
  }
  LocalCluster cluster;
  std::cout << "{\"nodes\": " << nodes_of(cluster, false) << "}" << std::endl;
  serve(cluster);
  return 0;
} catch (const std::exception& problem) {
  std::cerr << "cluster_program: " << problem.what() << "\n";
  return 1;
}
