/// Options of the younger string commands; see options/command.hpp for the manner and for SET.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <rediscluster/options/command.hpp>
#include <string>
#include <utility>

namespace rediscluster {

/// When DELEX (Redis 8.4) may remove a key: `DeleteIf::equals("old")`; by default always. Digests are what digest() gives.
class DeleteIf {
 public:
  DeleteIf() = default;
  static DeleteIf equals(std::string value) { return DeleteIf("IFEQ", std::move(value)); }
  static DeleteIf differs(std::string value) { return DeleteIf("IFNE", std::move(value)); }
  static DeleteIf digest_equals(std::string digest) { return DeleteIf("IFDEQ", std::move(digest)); }
  static DeleteIf digest_differs(std::string digest) { return DeleteIf("IFDNE", std::move(digest)); }

  const char* word() const { return word_; }  ///< Null: always.
  const std::string& text() const { return text_; }

 private:
  DeleteIf(const char* word, std::string text) : word_(word), text_(std::move(text)) {}

  const char* word_ = nullptr;
  std::string text_;
};

/// INCREX (Redis 8.8). At most one of `expire_in`, `expire_at` and `persist`.
template <class Number>
struct BasicIncrexOptions {
  bool saturate = false;  ///< Stop at a bound instead of changing nothing.
  std::optional<Number> lower_bound{};
  std::optional<Number> upper_bound{};
  std::optional<TimeSpan> expire_in{};
  std::optional<std::chrono::system_clock::time_point> expire_at{};
  bool persist = false;           ///< Take the expiry away.
  bool only_if_no_expiry = false;  ///< Leave an expiry that is there alone; with `expire_in` and `expire_at` only.
};
using IncrexOptions = BasicIncrexOptions<std::int64_t>;
using IncrexFloatOptions = BasicIncrexOptions<double>;

/// MSETEX (Redis 8.4). At most one of `expire_in`, `expire_at` and `keep_ttl`.
struct MsetexOptions {
  std::optional<TimeSpan> expire_in{};
  std::optional<std::chrono::system_clock::time_point> expire_at{};
  Exists only_if = Exists::any;  ///< Whether all of the keys, or none of them, must exist already.
  bool keep_ttl = false;
};

namespace detail {

void encode(EncodedCommand& command, const DeleteIf& condition);
void encode(EncodedCommand& command, const IncrexOptions& options);
void encode(EncodedCommand& command, const IncrexFloatOptions& options);
void encode(EncodedCommand& command, const MsetexOptions& options);

}  // namespace detail
}  // namespace rediscluster
