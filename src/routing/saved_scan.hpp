/// A cluster scan as one line of text, to go on later, in another process too. Pure.
#pragma once

#include "routing/scan_book.hpp"

#include <rediscluster/options/scan.hpp>

namespace rediscluster::routing {

/// Where a pass stands.
struct SavedPass {
  ScanPass pass;
  std::string cursor;  ///< What the next SCAN asks for; scan_end when the last page was given.
  friend bool operator==(const SavedPass&, const SavedPass&) = default;
};
inline constexpr std::string_view scan_end = "end";

struct SavedScan {
  ScanIterOptions options;
  slots::SlotSet covered;
  ScanBook::Halves halves;
  std::vector<SavedPass> passes;
  std::vector<std::string> nodes;  ///< The first characters of ids of nodes of the cluster, to know it again.
};

inline constexpr std::size_t node_prefix_length = 8;

/// Printable ASCII without spaces; its length grows with passes and marks, about 1 KB for a scan under way.
std::string to_text(const SavedScan& scan);
/// Errors: Errc::bad_option when the text was not made by to_text(), or was changed or cut.
Result<SavedScan> saved_scan_from_text(std::string_view text);

/// A cursor as servers send it: an unsigned number of 64 bits without leading zeros.
bool is_cursor(std::string_view text);

}  // namespace rediscluster::routing
