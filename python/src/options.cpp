#include "options.hpp"

#include "seconds.hpp"

#include <pybind11/stl.h>

#include <functional>
#include <map>

namespace rediscluster::python {
namespace {

using Setter = std::function<void(Options&, const py::handle&)>;

TimeSpan seconds(const py::handle& value) { return milliseconds_of(py::cast<double>(value)); }

std::vector<NodeAddress> addresses(const py::handle& value) {
  std::vector<NodeAddress> nodes;
  for (const auto& [host, port] : py::cast<std::vector<std::pair<std::string, int>>>(value)) nodes.push_back({host, port});
  return nodes;
}

template <class T>
Setter set(T Options::*field) {
  return [field](Options& options, const py::handle& value) { options.*field = py::cast<T>(value); };
}

template <class T>
Setter set_tls(T TlsOptions::*field) {
  return [field](Options& options, const py::handle& value) { options.tls.*field = py::cast<T>(value); };
}

template <class T>
Setter set_word(T Options::*field, std::map<std::string, T> words) {
  return [field, words = std::move(words)](Options& options, const py::handle& value) {
    const auto found = words.find(py::cast<std::string>(value));
    if (found == words.end()) throw py::value_error("'" + py::cast<std::string>(value) + "' is no choice here");
    options.*field = found->second;
  };
}

HostPortRemap remap(const py::handle& value) {
  std::vector<HostPortRule> rules;
  for (const py::handle& each : value) {
    const auto given = py::cast<py::dict>(each);
    HostPortRule rule;
    if (given.contains("from_host")) rule.from_host = py::cast<std::string>(given["from_host"]);
    if (given.contains("to_host")) rule.to_host = py::cast<std::string>(given["to_host"]);
    if (given.contains("from_port")) rule.from_port = py::cast<int>(given["from_port"]);
    if (given.contains("to_port")) rule.to_port = py::cast<int>(given["to_port"]);
    rules.push_back(std::move(rule));
  }
  return rules;
}

void set_per_node(Options& options, const py::handle& value) {
  options.max_connections_per_node = PyBool_Check(value.ptr()) ? ConnectionsPerNode(py::cast<bool>(value)) : ConnectionsPerNode(py::cast<int>(value));
}

const std::map<std::string, Setter>& setters() {
  static const auto* const all = new std::map<std::string, Setter>{
      {"startup_nodes", [](Options& options, const py::handle& value) { options.startup_nodes = addresses(value); }},
      {"max_connections", set(&Options::max_connections)},
      {"max_connections_per_node", set_per_node},
      {"init_slot_cache", set(&Options::init_slot_cache)},
      {"readonly_mode", set(&Options::readonly_mode)},
      {"reinitialize_steps", set(&Options::reinitialize_steps)},
      {"skip_full_coverage_check", set(&Options::skip_full_coverage_check)},
      {"nodemanager_follow_cluster", set(&Options::nodemanager_follow_cluster)},
      {"read_from_replicas", set(&Options::read_from_replicas)},
      {"cluster_down_retry_attempts", set(&Options::cluster_down_retry_attempts)},
      {"host_port_remap", [](Options& options, const py::handle& value) { options.host_port_remap = remap(value); }},
      {"username", set(&Options::username)},
      {"password", set(&Options::password)},
      {"client_name", set(&Options::client_name)},
      {"socket_timeout", [](Options& options, const py::handle& value) { options.socket_timeout = seconds(value); }},
      {"socket_connect_timeout", [](Options& options, const py::handle& value) { options.socket_connect_timeout = seconds(value); }},
      {"command_timeout", [](Options& options, const py::handle& value) { options.command_timeout = seconds(value); }},
      {"socket_keepalive", set(&Options::socket_keepalive)},
      {"protocol", set(&Options::protocol)},
      {"db", set(&Options::db)},
      {"availability_zone", set(&Options::availability_zone)},
      {"lanes_per_node", set(&Options::lanes_per_node)},
      {"blocking_connections_per_node", set(&Options::blocking_connections_per_node)},
      {"topology_refresh_period", [](Options& options, const py::handle& value) { options.topology_refresh_period = seconds(value); }},
      {"resend", set_word(&Options::resend, {{"reads", Resend::reads}, {"idempotent_writes", Resend::idempotent_writes}, {"everything", Resend::everything}})},
      {"cross_slot", set_word(&Options::cross_slot, {{"split", CrossSlot::split}, {"refuse", CrossSlot::refuse}})},
      {"read_from", set_word(&Options::read_from, {{"primary", ReadFrom::primary}, {"prefer_replica", ReadFrom::prefer_replica}, {"any", ReadFrom::any},
                                                   {"lowest_latency", ReadFrom::lowest_latency}, {"same_zone", ReadFrom::same_zone}})},
      {"ssl", set_tls(&TlsOptions::enabled)},
      {"ssl_ca_certs", set_tls(&TlsOptions::ca_file)},
      {"ssl_ca_path", set_tls(&TlsOptions::ca_folder)},
      {"ssl_ca_data", set_tls(&TlsOptions::ca_pem)},
      {"ssl_certfile", set_tls(&TlsOptions::certificate_file)},
      {"ssl_keyfile", set_tls(&TlsOptions::key_file)},
      {"ssl_password", set_tls(&TlsOptions::key_password)},
      {"ssl_ciphers", set_tls(&TlsOptions::ciphers)},
      {"ssl_no_verification", set_tls(&TlsOptions::insecure_no_verification)},
      {"ssl_no_name_check", set_tls(&TlsOptions::insecure_no_name_check)},
  };
  return *all;
}

}  // namespace

Options options_from(const py::dict& given) {
  Options options;
  for (const auto& [name, value] : given) {
    const auto setter = setters().find(py::cast<std::string>(name));
    if (setter == setters().end()) throw py::value_error("the core has no option '" + py::cast<std::string>(name) + "'");
    try {
      setter->second(options, value);
    } catch (const py::cast_error&) {
      throw py::type_error(setter->first + ": " + py::cast<std::string>(py::repr(value)) + " is of no type that it can be");
    }
  }
  return options;
}

TextRules text_rules_from(const py::dict& given) {
  TextRules rules;
  rules.encoding = py::cast<std::string>(given["encoding"]);
  rules.errors = py::cast<std::string>(given["encoding_errors"]);
  rules.decodes = py::cast<bool>(given["decode_responses"]);
  rules.is_utf8 = py::cast<bool>(given["is_utf8"]);
  return rules;
}

}  // namespace rediscluster::python
