/// From the dict that rediscluster/_options.py makes of a constructor's arguments to the core's options. With the GIL.
#pragma once

#include "text_rules.hpp"

#include <rediscluster/options.hpp>

namespace rediscluster::python {

/// Errors: throws ValueError for a name that it does not know, TypeError for a value of another type.
Options options_from(const py::dict& given);
TextRules text_rules_from(const py::dict& given);

}  // namespace rediscluster::python
