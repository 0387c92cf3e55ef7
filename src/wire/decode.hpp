/// From a frame to a C++ value: `decode<T>(frame, facts)`. RESP2 and RESP3 forms of the same answer decode alike (map
/// or flat array, boolean or 0/1, double or text, null of either kind). T: bool, integers, double, std::string, times,
/// Reply, the structs of the public headers of types/, and std::optional, vector, set, map, pair and tuple of these.
/// Pure; thread-safe. The value owns its bytes.
#pragma once

#include "wire/decode_acl.hpp"
#include "wire/decode_array.hpp"
#include "wire/decode_cluster.hpp"
#include "wire/decode_commands.hpp"
#include "wire/decode_composites.hpp"
#include "wire/decode_geo.hpp"
#include "wire/decode_reply.hpp"
#include "wire/decode_reports.hpp"
#include "wire/decode_scalars.hpp"
#include "wire/decode_scripting.hpp"
#include "wire/decode_server.hpp"
#include "wire/decode_stream.hpp"
#include "wire/decoder.hpp"
