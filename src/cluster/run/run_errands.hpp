/// Errands, driven by the calling thread: it sends, waits and sleeps.
#pragma once

#include "cluster/run/errand.hpp"
#include "cluster/run/course.hpp"

#include <span>

namespace rediscluster::cluster {

/// Brings each errand to its end, by the deadline. Blocking.
/// @param keeper  keeps the bytes of the replies, and must outlive them; null: each reply holds its own.
void run_errands(const Surroundings& surroundings, base::Deadline deadline, std::span<Errand> errands, base::BlockKeeper* keeper = nullptr);

}  // namespace rediscluster::cluster
