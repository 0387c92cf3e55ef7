/// A line of MONITOR as a tuple: seconds since 1970, db, client, words, "host:port", the whole line.
#pragma once

#include "client.hpp"

namespace rediscluster::python {

py::object line_of(const MonitorLine& told);

}  // namespace rediscluster::python
