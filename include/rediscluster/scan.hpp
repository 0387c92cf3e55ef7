/// Iterating over all keys of a cluster.
#pragma once

#include <rediscluster/client.hpp>
#include <rediscluster/command_options.hpp>

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

namespace rediscluster {

namespace detail {
struct ScanState;  // src/api/scan.hpp
struct DeleteScan {
  void operator()(ScanState* state) const;
};
using ScanPointer = std::unique_ptr<ScanState, DeleteScan>;
ScanPointer start_scan(Client& client, const ScanOptions& options);
/// The next key; nothing at the end.
Result<std::optional<std::string>> next_key(ScanState& scan);
}  // namespace detail

/// The keys of a cluster, fetched page by page while you iterate: `for (const std::string& key : cluster.scan_iter()) ...`.
/// Every key that exists from start to end is given at least once; a key may come twice.
/// One thread; one pass. The client must outlive it. Errors: ++ and begin() throw RedisError.
class KeyScan {
 public:
  explicit KeyScan(detail::ScanPointer state) : state_(std::move(state)) {}

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::string;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string*;
    using reference = const std::string&;

    explicit Iterator(detail::ScanState* scan) : scan_(scan) { ++*this; }
    reference operator*() const { return *key_; }
    pointer operator->() const { return &*key_; }
    Iterator& operator++() {
      Result<std::optional<std::string>> next = detail::next_key(*scan_);
      if (!next) throw_error(std::move(next.error()));
      key_ = std::move(*next);
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return !it.key_; }

   private:
    detail::ScanState* scan_;
    std::optional<std::string> key_;
  };

  Iterator begin() { return Iterator(state_.get()); }
  std::default_sentinel_t end() const { return {}; }

 private:
  detail::ScanPointer state_;
};

}  // namespace rediscluster
