/// The words of one command as redis-py takes them: bytes, str, int, float, memoryview. Looks into the objects it is given, which must
/// live as long, and keeps alive what it makes of others. With the GIL.
#pragma once

#include "text_rules.hpp"

#include <rediscluster/arguments.hpp>
#include <rediscluster/command.hpp>

#include <span>
#include <string>
#include <vector>

namespace rediscluster::python {

class Words {
 public:
  /// @param words  the name first, which may be several words in one str ("CONFIG GET"), as redis-py writes them.
  /// Errors: throws redis.DataError for what is none of these types; error_already_set.
  Words(const py::tuple& words, const TextRules& rules);

  std::span<const Arg> view() const { return args_; }

 private:
  void add_name(PyObject* name);
  void add(PyObject* word);
  void add_text(PyObject* text);
  void add_bytes(PyObject* bytes);
  void add_number(PyObject* number);
  void add_kept(PyObject* made);

  const TextRules& rules_;
  std::vector<Arg> args_;
  std::vector<py::object> kept_;
};

/// The command, whose reply is to become Python objects.
/// @param loan  yes: it is run before the words go.
inline Command<ReplyBytes> command_of(const Words& words, detail::Loan loan = detail::Loan::no) { return Command<ReplyBytes>(EncodedCommand::from_words(words.view(), loan)); }

/// Keys or channels, copied.
std::vector<std::string> names_of(const py::tuple& names, const TextRules& rules);

}  // namespace rediscluster::python
