/// Replies of the stream commands in their RESP2 and RESP3 forms, cut and of wrong shapes.
#include <gtest/gtest.h>

#include "unit/wire/decode_play.hpp"

namespace rediscluster::wire {
namespace {

using namespace std::chrono_literals;

using Text = std::string;
using Entries = std::vector<StreamEntry>;
using Batches = std::vector<StreamBatch>;
using FieldList = std::vector<std::pair<std::string, std::string>>;

using test_support::array;

/// The same elements as a RESP3 map, half as many entries.
Text map(const std::vector<Text>& elements) {
  Text all = "%" + std::to_string(elements.size() / 2) + "\r\n";
  for (const Text& element : elements) all += element;
  return all;
}

const Text nil = "$-1\r\n", nil3 = "_\r\n";
const Text entry = array({bulk("1-0"), array({bulk("f"), bulk("x"), bulk("f"), bulk("y")})});
const StreamEntry decoded_entry{"1-0", {{"f", "x"}, {"f", "y"}}};

TEST(DecodeStreamEntry, keeps_the_order_and_repeats_of_fields) {
  EXPECT_EQ(decoded<StreamEntry>(entry), decoded_entry);
  EXPECT_FALSE(decoded_entry.is_deleted());
}

TEST(DecodeStreamEntries, nil_is_an_empty_list) {
  for (const Text& none : {nil3, Text("*-1\r\n"), Text("*0\r\n")}) EXPECT_EQ(decoded<Entries>(none), Entries{}) << none;
}

TEST(DecodeStreamEntry, tells_a_deleted_one) {
  for (const Text& gone : {nil, nil3, Text("*-1\r\n")}) {
    const auto found = decoded<StreamEntry>(array({bulk("1-0"), gone}));
    ASSERT_TRUE(found) << gone;
    EXPECT_EQ(found->id, "1-0");
    EXPECT_TRUE(found->is_deleted());
  }
}

TEST(DecodeStreamEntry, takes_idle_time_and_deliveries_of_a_claimed_one) {
  const Text fields = array({bulk("f"), bulk("x")});
  EXPECT_EQ(decoded<StreamEntry>(array({bulk("1-0"), fields, ":250\r\n", ":3\r\n"})),
            (StreamEntry{"1-0", {{"f", "x"}}, 250ms, 3}));
  EXPECT_EQ(decoded<StreamEntry>(array({bulk("1-0"), fields, nil, nil, array({bulk("new")})})),
            (StreamEntry{"1-0", {{"f", "x"}}}));
}

TEST(DecodeStreamEntry, refuses_other_shapes) {
  for (const Text& reply : {bulk("1-0"), array({bulk("1-0")}), array({bulk("1-0"), bulk("f")}), Text("*0\r\n"),
                            array({bulk("1-0"), array({bulk("f"), bulk("x"), bulk("f")})}),
                            array({array({}), array({})}), nil}) {
    EXPECT_TRUE(is_refused<StreamEntry>(reply)) << reply;
  }
}

TEST(DecodeStreamEntries, leaves_out_nil_in_the_place_of_a_deleted_entry) {
  EXPECT_EQ(decoded<Entries>(array({nil, entry, nil3})), Entries{decoded_entry});
  EXPECT_EQ(decoded<Entries>("*0\r\n"), Entries{});
  EXPECT_TRUE(is_refused<Entries>(bulk("x")));
  EXPECT_TRUE(is_refused<Entries>(array({bulk("x")})));
}

TEST(DecodeStreamBatches, takes_both_protocols) {
  const Batches expected{{"s", {decoded_entry}}, {"t", {}}};
  const Text none = array({});
  EXPECT_EQ(decoded<Batches>(array({array({bulk("s"), array({entry})}), array({bulk("t"), none})})), expected);
  EXPECT_EQ(decoded<Batches>(map({bulk("s"), array({entry}), bulk("t"), none})), expected);
}

TEST(DecodeStreamBatches, is_empty_when_nothing_is_new) {
  for (const Text& nothing : {nil, nil3, Text("*-1\r\n"), Text("*0\r\n"), Text("%0\r\n")}) {
    EXPECT_EQ(decoded<Batches>(nothing), Batches{}) << nothing;
  }
}

TEST(DecodeStreamBatches, refuses_other_shapes) {
  for (const Text& reply : {bulk("s"), array({bulk("s")}), array({array({bulk("s")})}), map({bulk("s"), bulk("x")}),
                            array({array({bulk("s"), array({bulk("x")})})})}) {
    EXPECT_TRUE(is_refused<Batches>(reply)) << reply;
  }
}

TEST(DecodeClaimed, takes_the_form_without_and_with_deleted_ids) {
  EXPECT_EQ(decoded<ClaimedEntries>(array({bulk("0-0"), array({entry, nil})})), (ClaimedEntries{"0-0", {decoded_entry}, {}}));
  EXPECT_EQ(decoded<ClaimedEntries>(array({bulk("2-0"), array({}), array({bulk("1-0")})})),
            (ClaimedEntries{"2-0", {}, {"1-0"}}));
  EXPECT_EQ(decoded<ClaimedIds>(array({bulk("0-0"), array({bulk("1-0")}), array({}), bulk("more")})),
            (ClaimedIds{"0-0", {"1-0"}, {}}));
  EXPECT_TRUE(is_refused<ClaimedIds>(array({bulk("0-0")})));
  EXPECT_TRUE(is_refused<ClaimedEntries>(array({bulk("0-0"), bulk("1-0")})));
}

TEST(DecodePending, takes_the_summary) {
  const Text consumers = array({array({bulk("alice"), bulk("2")}), array({bulk("bob"), ":1\r\n"})});
  EXPECT_EQ(decoded<PendingSummary>(array({":3\r\n", bulk("1-0"), bulk("3-0"), consumers})),
            (PendingSummary{3, "1-0", "3-0", {{"alice", 2}, {"bob", 1}}}));
  EXPECT_EQ(decoded<PendingSummary>(array({":0\r\n", nil, nil, "*-1\r\n"})), PendingSummary{});
  EXPECT_EQ(decoded<PendingSummary>(array({":0\r\n", nil3, nil3, nil3})), PendingSummary{});
  EXPECT_TRUE(is_refused<PendingSummary>(array({":0\r\n", nil})));
}

TEST(DecodePending, takes_single_entries) {
  EXPECT_EQ(decoded<std::vector<PendingEntry>>(array({array({bulk("1-0"), bulk("alice"), ":40\r\n", ":2\r\n"})})),
            (std::vector<PendingEntry>{{"1-0", "alice", 40ms, 2}}));
  EXPECT_TRUE(is_refused<std::vector<PendingEntry>>(array({array({bulk("1-0"), bulk("alice"), ":40\r\n"})})));
  EXPECT_TRUE(is_refused<std::vector<PendingEntry>>(array({array({bulk("1-0"), bulk("a"), bulk("x"), ":1\r\n"})})));
}

TEST(DecodeStreamInfo, takes_both_protocols_and_passes_over_unknown_fields) {
  const std::vector<Text> words{bulk("length"),      ":1\r\n", bulk("later"),      array({bulk("x"), array({})}),
                                bulk("groups"),      ":2\r\n", bulk("first-entry"), entry,
                                bulk("last-entry"), nil};
  for (const Text& reply : {array(words), map(words)}) {
    const auto info = decoded<StreamInfo>(reply);
    ASSERT_TRUE(info) << reply;
    EXPECT_EQ(info->length, 1);
    EXPECT_EQ(info->groups, 2);
    EXPECT_EQ(info->first_entry, decoded_entry);
    EXPECT_FALSE(info->last_entry);
  }
}

TEST(DecodeStreamInfo, refuses_what_is_no_stream) {
  for (const Text& reply : {array({}), array({bulk("length")}), array({bulk("groups"), ":2\r\n"}), bulk("length"),
                            array({bulk("length"), bulk("x")}), array({":1\r\n", ":1\r\n"}), map({array({}), ":1\r\n"})}) {
    EXPECT_TRUE(is_refused<StreamInfo>(reply)) << reply;
  }
}

TEST(DecodeStreamDetail, takes_groups_with_their_consumers) {
  const Text consumer = map({bulk("name"), bulk("alice"), bulk("seen-time"), ":1000\r\n", bulk("active-time"), ":-1\r\n",
                             bulk("pel-count"), ":1\r\n", bulk("pending"), array({array({bulk("1-0"), ":900\r\n", ":2\r\n"})})});
  const Text group = map({bulk("name"), bulk("g"), bulk("last-delivered-id"), bulk("1-0"), bulk("entries-read"), nil3, bulk("lag"),
                          ":4\r\n", bulk("pel-count"), ":1\r\n", bulk("pending"),
                          array({array({bulk("1-0"), bulk("alice"), ":900\r\n", ":2\r\n"})}), bulk("consumers"), array({consumer})});
  const auto detail = decoded<StreamDetail>(
      map({bulk("length"), ":1\r\n", bulk("entries"), array({entry}), bulk("groups"), array({group})}));
  ASSERT_TRUE(detail);
  EXPECT_EQ(detail->entries, Entries{decoded_entry});
  ASSERT_EQ(detail->groups.size(), 1u);
  const StreamGroupDetail& found = detail->groups[0];
  EXPECT_EQ(found.name, "g");
  EXPECT_FALSE(found.entries_read);
  EXPECT_EQ(found.lag, 4);
  ASSERT_EQ(found.pending.size(), 1u);
  EXPECT_EQ(found.pending[0].consumer, "alice");
  EXPECT_EQ(found.pending[0].delivered_at.time_since_epoch(), 900ms);
  ASSERT_EQ(found.consumers.size(), 1u);
  EXPECT_EQ(found.consumers[0].seen_at.time_since_epoch(), 1000ms);
  EXPECT_FALSE(found.consumers[0].active_at);
  ASSERT_EQ(found.consumers[0].pending.size(), 1u);
  EXPECT_EQ(found.consumers[0].pending[0].consumer, "alice");
  EXPECT_EQ(found.consumers[0].pending[0].deliveries, 2);
}

TEST(DecodeStreamInfo, takes_groups_and_consumers) {
  const auto groups = decoded<std::vector<StreamGroupInfo>>(
      array({array({bulk("name"), bulk("g"), bulk("consumers"), ":1\r\n", bulk("pending"), ":2\r\n", bulk("last-delivered-id"),
                    bulk("3-0"), bulk("entries-read"), ":3\r\n", bulk("lag"), nil})}));
  ASSERT_TRUE(groups && groups->size() == 1);
  EXPECT_EQ(groups->at(0).name, "g");
  EXPECT_EQ(groups->at(0).entries_read, 3);
  EXPECT_FALSE(groups->at(0).lag);
  const auto consumers = decoded<std::vector<StreamConsumerInfo>>(
      array({map({bulk("name"), bulk("alice"), bulk("pending"), ":2\r\n", bulk("idle"), ":70\r\n"})}));
  ASSERT_TRUE(consumers && consumers->size() == 1);
  EXPECT_EQ(consumers->at(0).idle, 70ms);
  EXPECT_FALSE(consumers->at(0).inactive);
}

/// Bytes that did not pass the scanner: the decoders must come to an end and refuse, never read beyond.
template <class T>
void expect_every_cut_to_be_refused(const Text& reply) {
  ASSERT_TRUE(decoded<T>(reply));
  for (std::size_t size = 0; size < reply.size(); ++size) {
    ReplyCursor cursor(std::string_view(reply).substr(0, size));
    T value{};
    Mismatch why;
    EXPECT_FALSE(Decoder<T>::decode(cursor, value, why)) << size;
  }
}

TEST(DecodeStream, refuses_every_cut) {
  expect_every_cut_to_be_refused<Entries>(array({entry, entry}));
  expect_every_cut_to_be_refused<Batches>(map({bulk("s"), array({entry})}));
  expect_every_cut_to_be_refused<ClaimedEntries>(array({bulk("0-0"), array({entry}), array({bulk("1-0")})}));
  expect_every_cut_to_be_refused<PendingSummary>(array({":1\r\n", bulk("1-0"), bulk("1-0"), array({array({bulk("a"), bulk("1")})})}));
  expect_every_cut_to_be_refused<StreamInfo>(map({bulk("length"), ":1\r\n", bulk("new"), entry, bulk("first-entry"), entry}));
}

}  // namespace
}  // namespace rediscluster::wire
