/// The nodes behind `Reply`: one flat array over the bytes of one frame. Children of an aggregate stand side by side,
/// so reaching the n-th one is an addition. Never changes once built, so replies may share it between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <rediscluster/reply.hpp>
#include <string_view>
#include <vector>

#include "wire/frame.hpp"
#include "wire/reply_cursor.hpp"

namespace rediscluster::wire {

struct ReplyTree {
  struct Node {
    Reply::Type type = Reply::Type::nil;
    std::uint32_t text_begin = 0;   ///< Scalars: offset of the text in `frame`.
    std::uint32_t text_size = 0;    ///< Scalars: bytes of the text.
    std::uint32_t first_child = 0;  ///< Aggregates: index of the first child in `nodes`.
    std::uint32_t child_count = 0;  ///< Aggregates: a map entry counts two.

    bool is_aggregate() const {
      return type == Reply::Type::array || type == Reply::Type::set || type == Reply::Type::map ||
             type == Reply::Type::push;
    }
  };

  std::string_view text(const Node& node) const { return frame.bytes().substr(node.text_begin, node.text_size); }

  Frame frame;  ///< Owns its bytes.
  std::vector<Node> nodes;
};

/// Builds the tree of the first value in `frame`; attributes are left out. Memory: some 20 bytes a value, at most seven
/// times the frame. No recursion.
/// @return null when the bytes are damaged (never after a scan) or beyond 4 GiB.
std::shared_ptr<const ReplyTree> build_tree(Frame frame);

/// The bytes of a reply, or of one value in it, as they could have come from a server.
Frame frame_of(const Reply& reply);

/// `frame` if it owns its bytes and is worth keeping its block alive for; otherwise a copy of its own.
Frame keep(const Frame& frame);

}  // namespace rediscluster::wire
