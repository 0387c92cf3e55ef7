/// Places on the earth, as geo commands take and give them. Plain values.
/// Longitudes are -180..180 degrees, latitudes -85.05112878..85.05112878.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace rediscluster {

enum class GeoUnit : std::uint8_t { m, km, ft, mi };

struct GeoPosition {
  double longitude = 0;
  double latitude = 0;
  friend bool operator==(const GeoPosition&, const GeoPosition&) = default;
};

/// One result of GEOSEARCH and GEORADIUS: what the options asked for, else only the member.
struct GeoMatch {
  std::string member;
  std::optional<double> distance{};       ///< From the centre, in the unit of the search.
  std::optional<std::int64_t> hash{};     ///< The score in the sorted set, 52 bits.
  std::optional<GeoPosition> position{};  ///< Differs from what was stored by up to half a metre.
  friend bool operator==(const GeoMatch&, const GeoMatch&) = default;
};

}  // namespace rediscluster
