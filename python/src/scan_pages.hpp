/// What a scan of the core's gives, a list at a time.
#pragma once

#include <rediscluster/result.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace rediscluster::python {

/// One thread at a time; without the GIL.
template <class Scan>
class ScanPages {
 public:
  using Item = typename Scan::value_type;
  explicit ScanPages(Scan scan) : scan_(std::move(scan)) {}

  /// Up to so many; none at the end. An error comes behind what came before it.
  Result<std::vector<Item>> next(std::size_t most) {
    if (kept_failure_) return fail(*std::exchange(kept_failure_, std::nullopt));
    std::vector<Item> items;
    while (!is_over_ && items.size() < most) {
      Result<std::optional<Item>> item = scan_.next();
      if (!item) {
        if (items.empty()) return fail(std::move(item.error()));
        kept_failure_ = std::move(item.error());
        break;
      }
      is_over_ = !item->has_value();
      if (!is_over_) items.push_back(**std::move(item));
    }
    return items;
  }

 private:
  Scan scan_;
  std::optional<Error> kept_failure_;
  bool is_over_ = false;
};

}  // namespace rediscluster::python
