/// The bytes of one whole reply. Either holds its Block, or looks into memory of a Ticket or BlockKeeper that outlives it.
#pragma once

#include <string_view>

#include "base/block.hpp"

namespace rediscluster::wire {

/// One reply as received: attributes in front, if any, included. Checked by the FrameScanner, so decoding needs no
/// bounds checks of its own beyond the frame's end. Movable, cheap to copy.
class Frame {
 public:
  Frame() = default;
  Frame(std::string_view bytes, base::BlockRef block) : bytes_(bytes), block_(std::move(block)) {}

  /// Becomes a frame that looks into memory of somebody else's.
  void look_at(std::string_view bytes) {
    bytes_ = bytes;
    block_.reset();
  }

  std::string_view bytes() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }
  /// First byte: the RESP type of the reply, '|' when attributes stand in front of it.
  char type() const { return bytes_.empty() ? '\0' : bytes_.front(); }
  /// True for a simple or blob error at the top (not for errors inside arrays).
  bool is_error() const { return type() == '-' || type() == '!'; }
  const base::BlockRef& block() const { return block_; }

 private:
  std::string_view bytes_;
  base::BlockRef block_;
};

/// A frame with a block of its own holding a copy of `bytes`.
Frame own(std::string_view bytes);

}  // namespace rediscluster::wire
