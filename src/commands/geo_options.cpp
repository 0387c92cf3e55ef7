/// Writes the options of the geo commands. Pure. Order of the words: tools/commands/facts.
#include <rediscluster/options/geo.hpp>

#include "commands/option_words.hpp"

namespace rediscluster {

GeoCenter GeoCenter::member(std::string name) {
  GeoCenter center;
  center.name_ = std::move(name);
  return center;
}

GeoCenter GeoCenter::position(double longitude, double latitude) {
  GeoCenter center;
  center.place_ = {longitude, latitude};
  return center;
}

namespace detail {

void encode(EncodedCommand& command, GeoUnit unit) {
  static constexpr const char* names[] = {"M", "KM", "FT", "MI"};
  command.arg(names[static_cast<int>(unit)]);
}

void encode(EncodedCommand& command, const GeoaddOptions& options) {
  if (options.only_if != Exists::any) command.arg(options.only_if == Exists::yes ? "XX" : "NX");
  if (options.count_changed) command.arg("CH");
}

void encode(EncodedCommand& command, const GeoMembers& members) {
  for (const GeoMember& one : members) {
    command.arg(one.longitude);
    command.arg(one.latitude);
    command.arg(one.member);
  }
}

void encode(EncodedCommand& command, const GeoCenter& center) {
  if (center.name()) {
    command.arg("FROMMEMBER");
    command.arg(*center.name());
    return;
  }
  command.arg("FROMLONLAT");
  command.arg(center.place().longitude);
  command.arg(center.place().latitude);
}

void encode(EncodedCommand& command, const GeoShape& shape) {
  command.arg(shape.height() ? "BYBOX" : "BYRADIUS");
  command.arg(shape.width());
  if (shape.height()) command.arg(*shape.height());
  encode(command, shape.unit());
}

void encode(EncodedCommand& command, const GeoStoreOptions& options) {
  if (options.order != GeoOrder::unsorted) command.arg(options.order == GeoOrder::nearest_first ? "ASC" : "DESC");
  if (!options.limit) return;
  command.arg("COUNT");
  command.arg(options.limit->count);
  if (options.limit->any) command.arg("ANY");
}

void encode(EncodedCommand& command, const GeoSearchOptions& options) {
  encode(command, GeoStoreOptions{options.order, options.limit});
  if (options.with_position) command.arg("WITHCOORD");
  if (options.with_distance) command.arg("WITHDIST");
  if (options.with_hash) command.arg("WITHHASH");
}

}  // namespace detail
}  // namespace rediscluster
