#include "routing/saved_scan.hpp"

#include "wire/number_text.hpp"

#include <algorithm>
#include <charconv>

namespace rediscluster::routing {
namespace {

constexpr std::string_view first_word = "scan1";  // the number is the version of the format
constexpr std::string_view plain_signs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.*-";

// Text of users and servers, without the signs that this format is made of.
std::string escaped(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    if (plain_signs.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', digits[static_cast<unsigned char>(c) >> 4], digits[static_cast<unsigned char>(c) & 15]};
    }
  }
  return out;
}

bool unescape(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 3 > text.size()) return false;
    unsigned int byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
    if (error != std::errc{} || end != text.data() + i + 3) return false;
    out += static_cast<char>(byte);
    i += 2;
  }
  return true;
}

// FNV-1a: finds typing mistakes and cuts, not forgeries.
std::string check_sum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return std::to_string(hash);
}

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  if (text.empty()) return parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string pass_text(const SavedPass& saved) {
  const ScanPass& pass = saved.pass;
  std::string leaving;
  for (const auto& [slot, target] : pass.leaving) {
    leaving += (leaving.empty() ? "" : ",") + std::to_string(slot) + '>' + escaped(target);
  }
  return escaped(pass.node_id) + ':' + escaped(pass.process) + ':' + std::to_string(pass.config_epoch) + ':' + saved.cursor + ':' +
         to_text(pass.whole, ",") + ':' + leaving + ':' + to_text(pass.arriving, ",");
}

bool read_slot(std::string_view text, int& slot) {
  const auto number = wire::parse_integer(text);
  if (!number || *number < 0 || *number >= slot_count) return false;
  slot = static_cast<int>(*number);
  return true;
}

bool read_epoch(std::string_view text, std::int64_t& epoch) {
  const auto number = wire::parse_integer(text);
  epoch = number.value_or(0);
  return number.has_value();
}

bool read_slots(std::string_view text, slots::SlotSet& set) {
  const auto read = slots::slot_set_from_text(text);
  if (read) set = *read;
  return read.has_value();
}

bool read_pass(std::string_view text, SavedScan& scan) {
  const std::vector<std::string_view> parts = parts_of(text, ':');
  if (parts.size() != 7) return false;
  SavedPass saved;
  ScanPass& pass = saved.pass;
  if (!unescape(parts[0], pass.node_id) || !unescape(parts[1], pass.process) || !read_epoch(parts[2], pass.config_epoch)) return false;
  saved.cursor = std::string(parts[3]);
  if (!is_cursor(saved.cursor) && saved.cursor != scan_end) return false;
  if (!read_slots(parts[4], pass.whole) || !read_slots(parts[6], pass.arriving)) return false;
  for (const std::string_view each : parts_of(parts[5], ',')) {
    const std::size_t arrow = each.find('>');
    int slot = 0;
    if (arrow == std::string_view::npos || !read_slot(each.substr(0, arrow), slot)) return false;
    if (!unescape(each.substr(arrow + 1), pass.leaving[slot])) return false;
  }
  scan.passes.push_back(std::move(saved));
  return true;
}

bool read_half(std::string_view text, SavedScan& scan) {
  const std::vector<std::string_view> parts = parts_of(text, ':');
  int slot = 0;
  HalfSlot half;
  if (parts.size() != 4 || !read_slot(parts[0], slot) || !unescape(parts[1], half.source)) return false;
  if (!read_epoch(parts[2], half.source_epoch) || !unescape(parts[3], half.target)) return false;
  scan.halves[slot] = std::move(half);
  return true;
}

bool read_nodes(std::string_view text, SavedScan& scan) {
  for (const std::string_view each : parts_of(text, ',')) {
    if (!unescape(each, scan.nodes.emplace_back())) return false;
  }
  return true;
}

bool read_field(std::string_view name, std::string_view value, SavedScan& scan) {
  ScanIterOptions& options = scan.options;
  const auto number = wire::parse_integer(value);
  if (name == "match") return unescape(value, options.match.emplace());
  if (name == "type") return unescape(value, options.type.emplace());
  if (name == "covered") return read_slots(value, scan.covered);
  if (name == "half") return read_half(value, scan);
  if (name == "pass") return read_pass(value, scan);
  if (name == "nodes") return read_nodes(value, scan);
  if (!number) return false;
  if (name == "count") options.count = *number;
  if (name == "parallel") options.parallel = static_cast<int>(std::clamp<std::int64_t>(*number, 1, std::numeric_limits<int>::max()));
  if (name == "patience") options.patience = std::chrono::milliseconds(*number);
  if (name == "partial") options.uncovered = *number == 0 ? Uncovered::fail : Uncovered::allow;
  return name == "count" || name == "parallel" || name == "patience" || name == "partial";
}

}  // namespace

bool is_cursor(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && (text.front() != '0' || text.size() == 1);
}

std::string to_text(const SavedScan& scan) {
  const ScanIterOptions& options = scan.options;
  std::string text(first_word);
  const auto add = [&text](std::string_view name, const std::string& value) { text.append(";").append(name).append("=").append(value); };
  if (options.match) add("match", escaped(*options.match));
  if (options.count) add("count", std::to_string(*options.count));
  if (options.type) add("type", escaped(*options.type));
  add("parallel", std::to_string(options.parallel.count()));
  if (options.patience) add("patience", std::to_string(options.patience->count()));
  if (options.uncovered == Uncovered::allow) add("partial", "1");
  add("covered", slots::to_text(scan.covered, ","));
  for (const auto& [slot, half] : scan.halves) {
    add("half", std::to_string(slot) + ':' + escaped(half.source) + ':' + std::to_string(half.source_epoch) + ':' + escaped(half.target));
  }
  for (const SavedPass& each : scan.passes) add("pass", pass_text(each));
  std::string nodes;
  for (const std::string& each : scan.nodes) nodes += (nodes.empty() ? "" : ",") + escaped(each.substr(0, node_prefix_length));
  add("nodes", nodes);
  add("check", check_sum(text));
  return text;
}

Result<SavedScan> saved_scan_from_text(std::string_view text) {
  const auto refuse = [](const char* why) {
    return fail(Errc::bad_option, std::string("resume_scan: the text is no scan saved by KeyScan::save(): ") + why);
  };
  const std::size_t check = text.rfind(";check=");
  if (!text.starts_with(first_word) || check == std::string_view::npos) return refuse("its beginning or its end is missing");
  const std::string_view body = text.substr(0, check);
  if (text.substr(check) != ";check=" + check_sum(body)) return refuse("it was changed or cut");
  SavedScan scan;
  const std::vector<std::string_view> fields = parts_of(body, ';');
  if (fields.front() != first_word) return refuse("another version wrote it");
  for (std::size_t i = 1; i < fields.size(); ++i) {
    const std::size_t equals = fields[i].find('=');
    if (equals == std::string_view::npos || !read_field(fields[i].substr(0, equals), fields[i].substr(equals + 1), scan)) {
      return refuse("a part of it has no meaning");
    }
  }
  return scan;
}

}  // namespace rediscluster::routing
