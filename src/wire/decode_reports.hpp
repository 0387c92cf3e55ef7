/// Decoders of reports that servers write as text: INFO, CLIENT LIST and CLIENT INFO. Include wire/decode.hpp instead.
#pragma once

#include <rediscluster/types/server.hpp>

#include <string_view>

#include "wire/decode_composites.hpp"

namespace rediscluster::wire {

/// One line of "name=value name=value ...". Values hold no spaces; unknown names are kept in `fields`.
ClientInfo read_client_line(std::string_view line);
/// "# Section" lines and "field:value" lines.
ServerInfo read_server_info(std::string_view text);

template <>
struct Decoder<ServerInfo> : ScalarDecoder<ServerInfo> {
  static bool decode(ReplyCursor& cursor, ServerInfo& out, Mismatch& why);
};

/// One line of text.
template <>
struct Decoder<ClientInfo> : ScalarDecoder<ClientInfo> {
  static bool decode(ReplyCursor& cursor, ClientInfo& out, Mismatch& why);
};

/// A text of several lines, not an array.
template <>
struct Decoder<std::vector<ClientInfo>> : ScalarDecoder<std::vector<ClientInfo>> {
  static bool decode(ReplyCursor& cursor, std::vector<ClientInfo>& out, Mismatch& why);
};

}  // namespace rediscluster::wire
