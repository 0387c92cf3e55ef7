/// Options of the younger commands of keys, lists and sets; see options/command.hpp for the manner.
#pragma once

#include <rediscluster/cpp20.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace rediscluster {

class EncodedCommand;

/// MIGRATE: how to log in at the other server. Empty user: the password alone.
struct MigrateLogin {
  std::string user{};
  std::string password{};
};

struct MigrateOptions {
  bool copy = false;     ///< Leave the key here too.
  bool replace = false;  ///< Overwrite it there.
  std::optional<MigrateLogin> login{};
};

/// In which order LMOVEM (Redis 8.10) puts several elements down.
enum class MoveOrder : std::uint8_t {
  one_by_one,  ///< As so many LMOVEs.
  bulk,        ///< They keep their order.
};

/// How many elements LMOVEM moves: one by default.
class MoveCount {
 public:
  MoveCount() = default;
  static MoveCount up_to(std::int64_t count, MoveOrder order = MoveOrder::bulk) { return {"COUNT", count, order}; }
  /// All of them or none.
  static MoveCount exactly(std::int64_t count, MoveOrder order = MoveOrder::bulk) { return {"EXACTLY", count, order}; }

  const char* word() const { return word_; }  ///< Null: one element.
  std::int64_t count() const { return count_; }
  MoveOrder order() const { return order_; }

 private:
  MoveCount(const char* word, std::int64_t count, MoveOrder order) : word_(word), count_(count), order_(order) {}

  const char* word_ = nullptr;
  std::int64_t count_ = 1;
  MoveOrder order_ = MoveOrder::bulk;
};

/// SUNIONCARD (Redis 8.10).
struct SunioncardOptions {
  bool approximate = false;             ///< An estimate that costs less.
  std::optional<std::int64_t> limit{};  ///< Stop counting there.
};

namespace detail {

void encode(EncodedCommand& command, const MigrateOptions& options);
void encode(EncodedCommand& command, const MoveCount& count);
void encode(EncodedCommand& command, const SunioncardOptions& options);

}  // namespace detail
}  // namespace rediscluster
