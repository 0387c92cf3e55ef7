/// Iterating over all keys of a cluster, and over all elements of one hash, set or sorted set.
#pragma once

#include <rediscluster/asked.hpp>
#include <rediscluster/client.hpp>
#include <rediscluster/types/cluster.hpp>
#include <rediscluster/options/command.hpp>
#include <rediscluster/options/scan.hpp>

#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rediscluster {

namespace detail {

struct KeyScanState;  // src/api/scan.cpp
template <class T>
struct ElementScanState;

struct DeleteScan {
  void operator()(KeyScanState* state) const;
  template <class T>
  void operator()(ElementScanState<T>* state) const;
};
using KeyScanPointer = std::unique_ptr<KeyScanState, DeleteScan>;
template <class T>
using ElementScanPointer = std::unique_ptr<ElementScanState<T>, DeleteScan>;

using HashEntry = std::pair<std::string, std::string>;
using ScoredMember = std::pair<std::string, double>;

KeyScanPointer start_scan(Client& client, const ScanIterOptions& options);
Result<KeyScanPointer> resume_scan(Client& client, std::string_view saved);
Result<std::optional<std::string>> next_key(KeyScanState& scan);
/// One of those that are here already goes into `found`; false: it has to be asked for.
bool next_key_at_once(KeyScanState& scan, std::optional<Result<std::optional<std::string>>>& found);
std::string save_scan(const KeyScanState& scan);
std::vector<SlotRun> uncovered_slots(const KeyScanState& scan);

ElementScanPointer<HashEntry> scan_hash(Client& client, std::string_view key, const MatchOptions& options);
ElementScanPointer<std::string> scan_fields(Client& client, std::string_view key, const MatchOptions& options);
ElementScanPointer<std::string> scan_set(Client& client, std::string_view key, const MatchOptions& options);
ElementScanPointer<ScoredMember> scan_sorted_set(Client& client, std::string_view key, const MatchOptions& options);
template <class T>
Result<std::optional<T>> next_element(ElementScanState<T>& scan);
template <class T>
bool next_element_at_once(ElementScanState<T>& scan, std::optional<Result<std::optional<T>>>& found);

/// begin() and end() of anything that has `next()`.
template <class Scan>
class ScanIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = typename Scan::value_type;
  using difference_type = std::ptrdiff_t;
  using pointer = const value_type*;
  using reference = const value_type&;

  explicit ScanIterator(Scan& scan) : scan_(&scan) { ++*this; }
  reference operator*() const { return *item_; }
  pointer operator->() const { return &*item_; }
  ScanIterator& operator++() {
    Result<std::optional<value_type>> next = scan_->next();
    if (!next) throw_error(std::move(next.error()));
    item_ = std::move(*next);
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(const ScanIterator& it, std::default_sentinel_t) { return !it.item_; }

 private:
  Scan* scan_;
  std::optional<value_type> item_;
};

}  // namespace detail

/// The keys of a cluster, fetched page by page while you iterate: `for (const std::string& key : cluster.scan_iter()) ...`.
/// Every key that exists from start to end is given at least once, also when slots move and primaries fail meanwhile;
/// a key may come twice. Keys that come or go meanwhile may be given or not.
/// One thread; one pass.
/// Errors: Errc::slot_not_covered naming the slots that nobody served for as long as the patience lasted; bad_option;
///         what a server refuses. ++ and begin() throw them, next() returns them. After an error the scan may be asked
///         again, or saved: it goes on where it stood.
/// @tparam Outcome  Result; Operation: `while (auto key = co_await scan.next())`, without begin(), one next() at a time.
template <template <class> class Outcome>
class BasicKeyScan {
 public:
  using value_type = std::string;
  using Iterator = detail::ScanIterator<BasicKeyScan>;
  using State = detail::Asked<Outcome, detail::KeyScanState, detail::DeleteScan>;

  explicit BasicKeyScan(State state) : state_(std::move(state)) {}

  /// The next key; empty at the end.
  Outcome<std::optional<std::string>> next() {
    return state_.template ask<std::optional<std::string>>([](auto& scan, const RunOptions&) { return detail::next_key(scan); },
                                                           [](auto& scan, auto& found) { return detail::next_key_at_once(scan, found); });
  }
  Iterator begin()
    requires(State::is_immediate)
  {
    return Iterator(*this);
  }
  std::default_sentinel_t end() const { return {}; }

  /// Options and progress as one line of ASCII without spaces, for resume_scan() of any client of the same cluster.
  /// The resumed scan gives everything this one has not given so far, some keys of the last pages again.
  std::string save() const { return detail::save_scan(*state_); }
  /// Slots not covered so far; after the end: those that `Uncovered::allow` left out.
  std::vector<SlotRun> uncovered() const { return detail::uncovered_slots(*state_); }

 private:
  State state_;
};
using KeyScan = BasicKeyScan<Result>;

/// The elements of one hash, set or sorted set, fetched page by page. Every element that is there from start to end is
/// given at least once; it may come twice, above all when the key moves to another node meanwhile: its cursor means
/// nothing there, so the iteration starts over.
/// One thread; one pass. Errors: those of the command; ++ and begin() throw them, next()
/// returns them.
/// @tparam Outcome  see BasicKeyScan.
template <template <class> class Outcome, class T>
class BasicElementScan {
 public:
  using value_type = T;
  using Iterator = detail::ScanIterator<BasicElementScan>;
  using State = detail::Asked<Outcome, detail::ElementScanState<T>, detail::DeleteScan>;

  explicit BasicElementScan(State state) : state_(std::move(state)) {}

  /// The next element; empty at the end.
  Outcome<std::optional<T>> next() {
    return state_.template ask<std::optional<T>>([](auto& scan, const RunOptions&) { return detail::next_element(scan); },
                                                 [](auto& scan, auto& found) { return detail::next_element_at_once(scan, found); });
  }
  Iterator begin()
    requires(State::is_immediate)
  {
    return Iterator(*this);
  }
  std::default_sentinel_t end() const { return {}; }

 private:
  State state_;
};
template <class T>
using ElementScan = BasicElementScan<Result, T>;

/// @tparam Surface  gives `client()`, `make<Object>(pointer)`, and `finish(Result<T>)`, which makes the surface's outcome of a result.
/// @tparam Next     what next() of a scan gives.
template <class Surface, template <class> class Outcome, template <class> class Next = Result>
struct ScanCommands {
  using KeyScan = BasicKeyScan<Next>;
  template <class T>
  using ElementScan = BasicElementScan<Next, T>;


  /// All keys of the cluster, page by page. @see KeyScan
  KeyScan scan_iter(const ScanIterOptions& options = {}) const { return make<KeyScan>(detail::start_scan(client(), options)); }
  /// Goes on with a scan that was saved, with the options it had.
  /// @param saved  what KeyScan::save() gave.
  /// Errors: Errc::bad_option when it is anything else; the first key fails with it when the scan is another cluster's.
  Outcome<KeyScan> resume_scan(std::string_view saved) const {
    return static_cast<const Surface&>(*this).finish(
        detail::resume_scan(client(), saved).map([this](detail::KeyScanPointer state) { return make<KeyScan>(std::move(state)); }));
  }
  /// All fields of a hash with their values. @see ElementScan, HSCAN
  ElementScan<std::pair<std::string, std::string>> hscan_iter(std::string_view key, const MatchOptions& options = {}) const {
    return make<ElementScan<std::pair<std::string, std::string>>>(detail::scan_hash(client(), key, options));
  }
  /// All fields of a hash without their values (Redis 7.4). @see ElementScan, HSCAN NOVALUES
  ElementScan<std::string> hscan_iter_no_values(std::string_view key, const MatchOptions& options = {}) const {
    return make<ElementScan<std::string>>(detail::scan_fields(client(), key, options));
  }
  /// All members of a set. @see ElementScan, SSCAN
  ElementScan<std::string> sscan_iter(std::string_view key, const MatchOptions& options = {}) const {
    return make<ElementScan<std::string>>(detail::scan_set(client(), key, options));
  }
  /// All members of a sorted set with their scores. @see ElementScan, ZSCAN
  ElementScan<std::pair<std::string, double>> zscan_iter(std::string_view key, const MatchOptions& options = {}) const {
    return make<ElementScan<std::pair<std::string, double>>>(detail::scan_sorted_set(client(), key, options));
  }

 private:
  detail::Client& client() const { return client_of(static_cast<const Surface&>(*this).client()); }
  template <class Object, class Pointer>
  Object make(Pointer state) const {
    return static_cast<const Surface&>(*this).template make<Object>(std::move(state));
  }
};

}  // namespace rediscluster
