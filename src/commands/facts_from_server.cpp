/// Reads COMMAND INFO entries: name, arity, flags, first key, last key, step, ACL categories, tips, key specifications,
/// sub-commands (the last three since 7.0).
#include "commands/facts_from_server.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "commands/letter_case.hpp"

namespace rediscluster {

namespace {

constexpr std::size_t longest_name = 64;

bool is_text(const Reply& reply) {
  return reply.type() == Reply::Type::text || reply.type() == Reply::Type::status ||
         reply.type() == Reply::Type::verbatim;
}

std::string_view text_of(const Reply& reply) { return is_text(reply) ? reply.view() : std::string_view(); }

std::optional<std::int16_t> number_of(const Reply& reply) {
  if (reply.type() != Reply::Type::integer) return std::nullopt;
  const std::int64_t number = reply.as_integer();
  using Limits = std::numeric_limits<std::int16_t>;
  if (number < Limits::min() || number > Limits::max()) return std::nullopt;
  return static_cast<std::int16_t>(number);
}

Reply child(const Reply& reply, std::size_t index) { return index < reply.size() ? reply[index] : Reply(); }

/// Value of a name in a map or a flat list of pairs; nil when it is not there.
Reply field(const Reply& map, std::string_view name) {
  for (std::size_t i = 0; i + 1 < map.size(); i += 2) {
    if (text_of(map[i]) == name) return map[i + 1];
  }
  return Reply();
}

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};

constexpr Named<CommandFlag> flag_names[] = {
    {"write", flag_write},
    {"readonly", flag_read_only},
    {"denyoom", flag_deny_oom},
    {"admin", flag_admin},
    {"pubsub", flag_pubsub},
    {"noscript", flag_no_script},
    {"blocking", flag_blocking},
    {"loading", flag_loading},
    {"stale", flag_stale},
    {"fast", flag_fast},
    {"no_auth", flag_no_auth},
    {"may_replicate", flag_may_replicate},
    {"movablekeys", flag_movable_keys},
    {"no_mandatory_keys", flag_no_mandatory_keys},
    {"no_multi", flag_no_multi},
    {"allow_busy", flag_allow_busy},
    {"module", flag_module},
};

constexpr Named<RequestPolicy> request_names[] = {
    {"request_policy:all_nodes", RequestPolicy::all_nodes},
    {"request_policy:all_shards", RequestPolicy::all_shards},
    {"request_policy:multi_shard", RequestPolicy::multi_shard},
    {"request_policy:special", RequestPolicy::special},
};

constexpr Named<ResponsePolicy> response_names[] = {
    {"response_policy:all_succeeded", ResponsePolicy::all_succeeded},
    {"response_policy:one_succeeded", ResponsePolicy::one_succeeded},
    {"response_policy:agg_sum", ResponsePolicy::agg_sum},
    {"response_policy:agg_min", ResponsePolicy::agg_min},
    {"response_policy:agg_max", ResponsePolicy::agg_max},
    {"response_policy:agg_logical_and", ResponsePolicy::agg_logical_and},
    {"response_policy:agg_logical_or", ResponsePolicy::agg_logical_or},
    {"response_policy:special", ResponsePolicy::special},
};

template <class Table, class Use>
void look_up(const Reply& texts, const Table& table, Use use) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto found = std::ranges::find(table, text_of(texts[i]), [](const auto& row) { return row.name; });
    if (found != std::end(table)) use(found->value);
  }
}

Failure fail_shape(std::string_view what) {
  return fail(Errc::unexpected_reply, "COMMAND INFO: " + std::string(what), {}, Execution::executed);
}

/// The entry of `container|sub` among the sub-commands; nil when it is not there.
Reply find_sub_command(const Reply& entry, std::string_view second_word) {
  const Reply subs = child(entry, 9);
  for (std::size_t i = 0; i < subs.size(); ++i) {
    const Reply sub = subs[i];
    const std::string_view name = text_of(child(sub, 0));
    const std::size_t bar = name.find('|');
    if (bar != std::string_view::npos && equals_ignoring_case(name.substr(bar + 1), second_word)) return sub;
  }
  return Reply();
}

}  // namespace

/// Fills one LearntCommand from one entry.
class FactsReader {
 public:
  static Result<std::unique_ptr<const LearntCommand>> read(const Reply& entry) {
    FactsReader reader;
    CommandFacts& facts = reader.learnt_->facts_;
    const auto arity = number_of(child(entry, 1));
    if (!arity || *arity == 0) return fail_shape("an entry without arity");
    if (!reader.read_name(text_of(child(entry, 0)))) return fail_shape("an entry without a usable name");
    facts.arity = *arity;
    facts.flags = flag_learnt;
    look_up(child(entry, 2), flag_names, [&](CommandFlag flag) { facts.flags |= flag; });
    if (child(entry, 9).size() > 0) facts.flags |= flag_container;
    facts.retry = facts.is_read_only() ? RetryClass::read_only : RetryClass::never;
    const Reply specs = child(entry, 8);
    if (specs.size() > 0) {
      for (std::size_t i = 0; i < specs.size(); ++i) reader.read_key_spec(specs[i]);
    } else {
      reader.read_first_last_step(entry);
    }
    facts.keys = reader.learnt_->keys_;
    reader.read_policies(child(entry, 7));
    return std::unique_ptr<const LearntCommand>(std::move(reader.learnt_));
  }

 private:
  FactsReader() : learnt_(new LearntCommand) {}

  bool read_name(std::string_view name) {
    if (name.empty() || name.size() > longest_name) return false;
    CommandFacts& facts = learnt_->facts_;
    learnt_->name_ = name;
    for (char& c : learnt_->name_) c = c == '|' ? ' ' : to_upper(c);
    facts.name = learnt_->name_;
    const std::size_t space = facts.name.find(' ');
    facts.words = space == std::string_view::npos ? 1 : 2;
    if (facts.words == 2 && facts.name.find(' ', space + 1) != std::string_view::npos) return false;
    const auto append = [&](std::string_view word) {
      learnt_->encoded_ += "$" + std::to_string(word.size()) + "\r\n" + std::string(word) + "\r\n";
    };
    append(facts.name.substr(0, space));
    if (facts.words == 2) append(facts.name.substr(space + 1));
    facts.encoded = learnt_->encoded_;
    return true;
  }

  /// What servers before 7.0 give; also what modules without specifications give.
  void read_first_last_step(const Reply& entry) {
    const auto first = number_of(child(entry, 3)), last = number_of(child(entry, 4)), step = number_of(child(entry, 5));
    KeySpec spec;
    // The keys of a "movablekeys" command are not where first, last and step say, or not only there.
    spec.incomplete = learnt_->facts_.has(flag_movable_keys);
    if (!first || !last || !step || *first <= 0 || *step <= 0 || (*last >= 0 && *last < *first)) {
      if (!spec.incomplete) return;
      spec.begin = KeySpec::Begin::unknown;
      spec.find = KeySpec::Find::unknown;
    } else {
      spec.position = *first;
      spec.last_key = static_cast<std::int16_t>(*last < 0 ? *last : *last - *first);
      spec.step = *step;
    }
    learnt_->keys_.push_back(spec);
  }

  void read_key_spec(const Reply& reply) {
    KeySpec spec;
    const Reply flags = field(reply, "flags");
    for (std::size_t i = 0; i < flags.size(); ++i) {
      spec.not_key |= text_of(flags[i]) == "not_key";
      spec.incomplete |= text_of(flags[i]) == "incomplete";
    }
    if (!read_begin(field(reply, "begin_search"), spec)) spec.begin = KeySpec::Begin::unknown;
    if (!read_find(field(reply, "find_keys"), spec)) spec.find = KeySpec::Find::unknown;
    learnt_->keys_.push_back(spec);
  }

  bool read_begin(const Reply& reply, KeySpec& spec) {
    const std::string_view type = text_of(field(reply, "type"));
    const Reply details = field(reply, "spec");
    const auto position = number_of(field(details, type == "index" ? "index" : "startfrom"));
    if (!position) return false;
    spec.position = *position;
    if (type == "index") return *position > 0;
    const std::string_view keyword = text_of(field(details, "keyword"));
    if (type != "keyword" || keyword.empty()) return false;
    spec.begin = KeySpec::Begin::keyword;
    learnt_->keywords_.push_back(std::make_unique<const std::string>(keyword));
    spec.keyword = *learnt_->keywords_.back();
    return true;
  }

  static bool read_find(const Reply& reply, KeySpec& spec) {
    const std::string_view type = text_of(field(reply, "type"));
    const Reply details = field(reply, "spec");
    const auto step = number_of(field(details, "keystep"));
    if (!step || *step <= 0) return false;
    spec.step = *step;
    if (type == "range") {
      const auto last = number_of(field(details, "lastkey")), limit = number_of(field(details, "limit"));
      if (!last || !limit || *limit < 0) return false;
      spec.last_key = *last;
      spec.limit = *limit;
      return true;
    }
    const auto count_at = number_of(field(details, "keynumidx")), first = number_of(field(details, "firstkey"));
    if (type != "keynum" || !count_at || !first) return false;
    spec.find = KeySpec::Find::keynum;
    spec.keynum_index = *count_at;
    spec.first_key = *first;
    return true;
  }

  void read_policies(const Reply& tips) {
    CommandFacts& facts = learnt_->facts_;
    look_up(tips, request_names, [&](RequestPolicy policy) { facts.request = policy; });
    // The servers' documentation: without a response tip arrays are joined, or put back into the order of the keys.
    const bool is_spread = facts.request == RequestPolicy::all_nodes || facts.request == RequestPolicy::all_shards;
    if (is_spread) facts.response = ResponsePolicy::concatenate;
    if (facts.request == RequestPolicy::multi_shard) facts.response = ResponsePolicy::by_key_order;
    look_up(tips, response_names, [&](ResponsePolicy policy) { facts.response = policy; });
  }

  std::unique_ptr<LearntCommand> learnt_;
};

Result<std::unique_ptr<const LearntCommand>> facts_from_server(const Reply& info, std::string_view second_word) {
  if (info.type() != Reply::Type::array || info.size() == 0) return fail_shape("no array of entries");
  const Reply entry = info[0];
  if (entry.is_nil()) return fail(Errc::response_error, "the server does not know this command");
  if (!second_word.empty()) {
    const Reply sub = find_sub_command(entry, second_word);
    if (!sub.is_nil()) return FactsReader::read(sub);
  }
  return FactsReader::read(entry);
}

}  // namespace rediscluster
