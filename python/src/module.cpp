// The extension module rediscluster._core: the core as the package's Python code uses it. Its types are in rediscluster/_core.pyi.
#include "client.hpp"

PYBIND11_MODULE(_core, module) {
  rediscluster::python::remember_main_thread();
  module.doc() = "The C++ core of rediscluster. Use the package's classes; these have no promises.";
  rediscluster::python::bind_client(module);
  rediscluster::python::bind_queues(module);
  rediscluster::python::bind_scans(module);
  rediscluster::python::bind_pubsub(module);
  rediscluster::python::bind_monitors(module);
  rediscluster::python::bind_port(module);
  rediscluster::python::bind_port_objects(module);
}
