/// Function libraries and their statistics, in RESP2 and RESP3 form.
#include <gtest/gtest.h>

#include "unit/wire/decode_play.hpp"

namespace rediscluster::wire {
namespace {

using Libraries = std::vector<FunctionLibrary>;

const Libraries one_library{
    {"lib", "LUA", {{"f", "adds", {"no-writes"}}, {"g", std::nullopt, {}}}, "#!lua name=lib\n"}};

TEST(DecodeFunctionList, takes_flat_arrays_of_resp2) {
  EXPECT_EQ(decoded<Libraries>("*1\r\n*8\r\n$12\r\nlibrary_name\r\n$3\r\nlib\r\n$6\r\nengine\r\n$3\r\nLUA\r\n"
                               "$9\r\nfunctions\r\n*2\r\n"
                               "*6\r\n$4\r\nname\r\n$1\r\nf\r\n$11\r\ndescription\r\n$4\r\nadds\r\n$5\r\nflags\r\n*1\r\n+no-writes\r\n"
                               "*6\r\n$4\r\nname\r\n$1\r\ng\r\n$11\r\ndescription\r\n$-1\r\n$5\r\nflags\r\n*0\r\n"
                               "$12\r\nlibrary_code\r\n$15\r\n#!lua name=lib\n\r\n"),
            one_library);
}

TEST(DecodeFunctionList, takes_maps_and_sets_of_resp3) {
  EXPECT_EQ(decoded<Libraries>("*1\r\n%4\r\n$12\r\nlibrary_name\r\n$3\r\nlib\r\n$6\r\nengine\r\n$3\r\nLUA\r\n"
                               "$9\r\nfunctions\r\n*2\r\n"
                               "%3\r\n$4\r\nname\r\n$1\r\nf\r\n$11\r\ndescription\r\n$4\r\nadds\r\n$5\r\nflags\r\n~1\r\n+no-writes\r\n"
                               "%3\r\n$4\r\nname\r\n$1\r\ng\r\n$11\r\ndescription\r\n_\r\n$5\r\nflags\r\n~0\r\n"
                               "$12\r\nlibrary_code\r\n$15\r\n#!lua name=lib\n\r\n"),
            one_library);
}

TEST(DecodeFunctionList, passes_over_fields_of_newer_servers_and_has_no_code_unless_told) {
  EXPECT_EQ(decoded<Libraries>("*1\r\n%3\r\n+library_name\r\n+lib\r\n+new\r\n*1\r\n%1\r\n+a\r\n:1\r\n+functions\r\n*0\r\n"),
            (Libraries{{"lib", "", {}, std::nullopt}}));
  EXPECT_EQ(decoded<Libraries>("*0\r\n"), Libraries{});
}

TEST(DecodeFunctionList, refuses_what_is_no_library) {
  for (const char* reply : {"+OK\r\n", "*1\r\n+lib\r\n", "*1\r\n*3\r\n+library_name\r\n+lib\r\n+engine\r\n", "*1\r\n%1\r\n+name\r\n+lib\r\n",
                            "*1\r\n%1\r\n+library_name\r\n*0\r\n", "*1\r\n%2\r\n+library_name\r\n+l\r\n+functions\r\n:1\r\n"}) {
    EXPECT_TRUE(is_refused<Libraries>(reply)) << reply;
  }
}

TEST(DecodeFunctionStats, of_an_idle_server) {
  const FunctionStats expected{std::nullopt, {{"LUA", {1, 2}}}};
  for (const char* reply :
       {"*4\r\n$14\r\nrunning_script\r\n$-1\r\n$7\r\nengines\r\n*2\r\n$3\r\nLUA\r\n*4\r\n$15\r\nlibraries_count\r\n:1\r\n$15\r\nfunctions_count\r\n:2\r\n",
        "%2\r\n$14\r\nrunning_script\r\n_\r\n$7\r\nengines\r\n%1\r\n$3\r\nLUA\r\n%2\r\n$15\r\nlibraries_count\r\n:1\r\n$15\r\nfunctions_count\r\n:2\r\n"}) {
    EXPECT_EQ(decoded<FunctionStats>(reply), expected) << reply;
  }
}

TEST(DecodeFunctionStats, of_a_busy_server) {
  const FunctionStats expected{RunningFunction{"f", {"FCALL", "f", "0"}, 42}, {}};
  for (const char* reply :
       {"*4\r\n+running_script\r\n*6\r\n+name\r\n+f\r\n+command\r\n*3\r\n+FCALL\r\n+f\r\n+0\r\n+duration_ms\r\n:42\r\n+engines\r\n*0\r\n",
        "%2\r\n+running_script\r\n%3\r\n+name\r\n+f\r\n+command\r\n*3\r\n+FCALL\r\n+f\r\n+0\r\n+duration_ms\r\n:42\r\n+engines\r\n%0\r\n"}) {
    EXPECT_EQ(decoded<FunctionStats>(reply), expected) << reply;
  }
}

TEST(DecodeFunctionStats, refuses_other_shapes) {
  for (const char* reply : {"+OK\r\n", "*0\r\n", "%1\r\n+engines\r\n%0\r\n", "%1\r\n+running_script\r\n:1\r\n", "_\r\n"}) {
    EXPECT_TRUE(is_refused<FunctionStats>(reply)) << reply;
  }
}

}  // namespace
}  // namespace rediscluster::wire
