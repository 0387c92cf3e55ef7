// Prints one call of every typed command for tools/commands/check_words: a line each, its function, its name in the
// facts and its words, with tabs between them; bytes beyond printable ASCII, spaces and '%' as %XX, an empty word as
// "%".
#include <cstdio>
#include <rediscluster/commands/all.hpp>
#include <rediscluster/modules.hpp>
#include <string>

#include "support/command_sample.hpp"

namespace rediscluster {
namespace {

#include "unit/commands/command_samples.inc"
#include "unit/commands/module_samples.inc"

void print_word(std::string_view word) {
  std::fputs(word.empty() ? "\t%" : "\t", stdout);
  for (const char c : word) {
    const bool is_plain = c > ' ' && c < '\x7f' && c != '%';
    is_plain ? std::fprintf(stdout, "%c", c)
             : std::fprintf(stdout, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
}

void print_sample(const test_support::CommandSample& sample, const EncodedCommand& command) {
  std::fwrite(sample.name.data(), 1, sample.name.size(), stdout);
  print_word(command.facts().name);
  auto cursor = command.arguments();
  for (std::string_view word; cursor.next(word);) print_word(word);
  std::fputc('\n', stdout);
}

}  // namespace
}  // namespace rediscluster

int main() {
  rediscluster::visit_command_samples("t", rediscluster::print_sample);
  rediscluster::visit_module_samples("t", rediscluster::print_sample);
}
