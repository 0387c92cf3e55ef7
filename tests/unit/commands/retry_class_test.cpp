/// What a second run does, by the command's own options.
#include "commands/retry_class.hpp"

#include "unit/commands/words.hpp"

namespace rediscluster {
namespace {

struct RetryCase {
  std::string_view sentence;
  RetryClass expected;
};

std::ostream& operator<<(std::ostream& out, const RetryCase& play) { return out << play.sentence; }

class EffectiveRetryClass : public ::testing::TestWithParam<RetryCase> {};

TEST_P(EffectiveRetryClass, follows_the_options) {
  const auto command = encode(GetParam().sentence);
  ASSERT_TRUE(command) << command.error().message;
  EXPECT_EQ(effective_retry_class(*command), GetParam().expected);
}

using enum RetryClass;

INSTANTIATE_TEST_SUITE_P(fixed, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"GET k", read_only}, RetryCase{"INCR k", never},
                                         RetryCase{"DEL k", idempotent}, RetryCase{"LPUSH k v", never},
                                         RetryCase{"HSET k f v", idempotent}, RetryCase{"LTRIM k 0 1", never},
                                         RetryCase{"EVAL s 0", never}, RetryCase{"PUBLISH c m", never},
                                         RetryCase{"CONFIG SET a b", idempotent}));

INSTANTIATE_TEST_SUITE_P(of_set, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"SET k v", idempotent}, RetryCase{"SET k v EX 5", idempotent},
                                         RetryCase{"SET k v NX", never}, RetryCase{"SET k v EX 5 nx", never},
                                         RetryCase{"SET k v GET", never}, RetryCase{"SET k v IFEQ x", never},
                                         RetryCase{"SET NX v", idempotent}, RetryCase{"SET k NX", idempotent}));

// The reply tells what was there before, or what came of each part: after a second run nobody knows it any more.
INSTANTIATE_TEST_SUITE_P(whose_first_reply_is_wanted, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"GETEX k", idempotent}, RetryCase{"GETEX k PERSIST", idempotent},
                                         RetryCase{"GETEX k EX 5", never}, RetryCase{"GETEX k pxat 5", never},
                                         RetryCase{"HGETEX k FIELDS 1 EX", idempotent}, RetryCase{"HGETEX k EX 5 FIELDS 1 f", never},
                                         RetryCase{"SETBIT k 1 1", never}, RetryCase{"PERSIST k", never}, RetryCase{"PFADD k e", never},
                                         RetryCase{"GETDEL k", never}, RetryCase{"HGETDEL k FIELDS 1 f", never}, RetryCase{"SPOP k", never},
                                         RetryCase{"LPOP k", never}, RetryCase{"DELIFEQ k v", never}, RetryCase{"XGROUP DESTROY k g", never}));

INSTANTIATE_TEST_SUITE_P(that_begin_when_they_come, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"XGROUP SETID k g $", never}, RetryCase{"XGROUP SETID k $ 0", idempotent},
                                         RetryCase{"XGROUP SETID k g 5-1 ENTRIESREAD 3", idempotent}, RetryCase{"CLIENT PAUSE 100", never}));

INSTANTIATE_TEST_SUITE_P(that_end_things, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"SHUTDOWN NOSAVE", once}, RetryCase{"DEBUG RESTART", once}, RetryCase{"FAILOVER", once},
                                         RetryCase{"CLIENT KILL TYPE normal", once}, RetryCase{"CLUSTER RESET", once},
                                         RetryCase{"CLUSTER FAILOVER", once}, RetryCase{"SWAPDB 0 1", once}));

INSTANTIATE_TEST_SUITE_P(of_zadd, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"ZADD k 1 m", idempotent}, RetryCase{"ZADD k CH 1 m", idempotent},
                                         RetryCase{"ZADD k CH XX 1 m", never}, RetryCase{"ZADD k INCR 1 m", never},
                                         RetryCase{"ZADD k 1 NX", idempotent},
                                         RetryCase{"ZADD NX 1 XX 2 GT", idempotent}));

INSTANTIATE_TEST_SUITE_P(of_xadd, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"XADD s * f v", never}, RetryCase{"XADD s 5-1 f v", never},
                                         RetryCase{"XADD s IDMP p m * f v", idempotent},
                                         RetryCase{"XADD s idmpauto p * f v", idempotent},
                                         RetryCase{"XADD s NOMKSTREAM KEEPREF IDMPAUTO p MAXLEN ~ 9 LIMIT 5 * f v", idempotent},
                                         RetryCase{"XADD s MAXLEN 9 IDMP p m * f v", idempotent},
                                         RetryCase{"XADD s MINID = 5-1 * IDMP v", never},
                                         RetryCase{"XADD s MAXLEN ~ 9 LIMIT 5 * IDMP IDMPAUTO", never},
                                         RetryCase{"XADD IDMP * IDMP IDMPAUTO", never}, RetryCase{"XADD s * = IDMP", never}));

INSTANTIATE_TEST_SUITE_P(of_streams, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"XREAD STREAMS s 0", read_only}, RetryCase{"XREADGROUP GROUP g c STREAMS s 0", never},
                                         RetryCase{"XACK s g 1-1", idempotent}, RetryCase{"XCLAIM s g c 0 1-1", never},
                                         RetryCase{"XGROUP CREATE s g 0", never}, RetryCase{"XTRIM s MAXLEN 5", idempotent}));

INSTANTIATE_TEST_SUITE_P(of_geo, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"GEOADD k 1 2 m", idempotent}, RetryCase{"GEOADD k NX 1 2 m", never},
                                         RetryCase{"GEOADD k CH XX 1 2 m", never}, RetryCase{"GEOADD k 1 2 NX", idempotent},
                                         RetryCase{"GEORADIUS k 1 2 3 m STORE d", idempotent},
                                         RetryCase{"GEORADIUS k 1 2 3 m STORE k", never}));

INSTANTIATE_TEST_SUITE_P(of_expiries, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"EXPIRE k 5", idempotent}, RetryCase{"EXPIRE k 5 GT", never},
                                         RetryCase{"HEXPIRE k 5 FIELDS 1 NX", idempotent},
                                         RetryCase{"HEXPIRE k 5 NX FIELDS 1 f", never},
                                         RetryCase{"HSETEX k EX 5 FIELDS 1 FNX FXX", idempotent},
                                         RetryCase{"HSETEX k FNX FIELDS 1 f v", never}));

INSTANTIATE_TEST_SUITE_P(of_copies, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"RESTORE k 0 x", never},
                                         RetryCase{"RESTORE k 0 x REPLACE", idempotent},
                                         RetryCase{"RESTORE k 0 REPLACE", never}, RetryCase{"COPY a b", never},
                                         RetryCase{"COPY a b replace", idempotent},
                                         RetryCase{"FUNCTION LOAD REPLACE x", idempotent}));

INSTANTIATE_TEST_SUITE_P(of_destinations, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"BITOP XOR d a b", idempotent}, RetryCase{"BITOP XOR d d b", never},
                                         RetryCase{"ZUNIONSTORE d 2 a b", idempotent},
                                         RetryCase{"ZUNIONSTORE d 2 a d", never},
                                         RetryCase{"SORT l STORE m", idempotent},
                                         RetryCase{"SORT l LIMIT 1 9 STORE l", never},
                                         RetryCase{"GEOSEARCHSTORE d s FROMMEMBER m BYRADIUS 1 m", idempotent}));

INSTANTIATE_TEST_SUITE_P(of_others, EffectiveRetryClass,
                         ::testing::Values(RetryCase{"BITFIELD k SET u8 0 1", never}, RetryCase{"BITFIELD k GET u8 0", idempotent},
                                         RetryCase{"BITFIELD k OVERFLOW FAIL INCRBY u8 0 1", never},
                                         RetryCase{"GEOADD k 1 2 NX", idempotent},
                                         RetryCase{"GEOADD k XX 1 2 m", never}, RetryCase{"MSETEX 1 NX NX", idempotent},
                                         RetryCase{"MSETEX 1 k v NX", never}, RetryCase{"JSON.SET k $ 1", idempotent},
                                         RetryCase{"JSON.SET k $ 1 XX", never}));

}  // namespace
}  // namespace rediscluster
