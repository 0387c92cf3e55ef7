/// Parameters and options of the geo commands; see options/command.hpp for the manner.
#pragma once

#include <cstdint>
#include <optional>
#include <rediscluster/options/command.hpp>
#include <rediscluster/types/geo.hpp>
#include <rediscluster/list_of.hpp>
#include <string>

namespace rediscluster {

/// A member with its place, for GEOADD.
struct GeoMember {
  double longitude = 0;
  double latitude = 0;
  std::string member;
};

/// `{{13.36, 38.11, "Palermo"}, {15.08, 37.50, "Catania"}}`, or a vector of them.
using GeoMembers = ListOf<GeoMember>;

struct GeoaddOptions {
  Exists only_if = Exists::any;
  bool count_changed = false;  ///< Count changed members too, not only new ones (Redis 6.2).
};

/// Where a search starts: `GeoCenter::member("Palermo")` or `GeoCenter::position(15, 37)`.
class GeoCenter {
 public:
  static GeoCenter member(std::string name);
  static GeoCenter position(double longitude, double latitude);

  /// Set unless it is a position.
  const std::optional<std::string>& name() const { return name_; }
  GeoPosition place() const { return place_; }

 private:
  std::optional<std::string> name_;
  GeoPosition place_;
};

/// The area of a search around its centre: `GeoShape::circle(200, GeoUnit::km)` or `GeoShape::box(400, 300, GeoUnit::km)`.
class GeoShape {
 public:
  static GeoShape circle(double radius, GeoUnit unit = GeoUnit::m) { return {radius, std::nullopt, unit}; }
  static GeoShape box(double width, double height, GeoUnit unit = GeoUnit::m) { return {width, height, unit}; }

  double width() const { return width_; }  ///< Of a circle: its radius.
  std::optional<double> height() const { return height_; }
  GeoUnit unit() const { return unit_; }

 private:
  GeoShape(double width, std::optional<double> height, GeoUnit unit) : width_(width), height_(height), unit_(unit) {}

  double width_;
  std::optional<double> height_;
  GeoUnit unit_;
};

enum class GeoOrder : std::uint8_t { unsorted, nearest_first, farthest_first };

/// At most `count` results: the nearest, or with `any` the first ones that are found, which is faster (Redis 6.2).
struct GeoLimit {
  std::int64_t count = 1;
  bool any = false;
};

/// GEOSEARCH, GEORADIUS.
struct GeoSearchOptions {
  GeoOrder order = GeoOrder::unsorted;
  std::optional<GeoLimit> limit{};
  bool with_distance = false;
  bool with_hash = false;
  bool with_position = false;
};

/// GEOSEARCHSTORE, GEORADIUS with STORE.
struct GeoStoreOptions {
  GeoOrder order = GeoOrder::unsorted;
  std::optional<GeoLimit> limit{};
};

namespace detail {

void encode(EncodedCommand& command, GeoUnit unit);
void encode(EncodedCommand& command, const GeoaddOptions& options);
void encode(EncodedCommand& command, const GeoMembers& members);
void encode(EncodedCommand& command, const GeoCenter& center);
void encode(EncodedCommand& command, const GeoShape& shape);
void encode(EncodedCommand& command, const GeoSearchOptions& options);
void encode(EncodedCommand& command, const GeoStoreOptions& options);

}  // namespace detail
}  // namespace rediscluster
