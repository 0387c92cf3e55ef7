"""Writes one call of every typed command for the tests."""
from .emit_typed import HEAD

SAMPLES = {"text": '"text"', "value": '"v"', "keys": "{key, other}", "values": '{"a", "b"}', "pairs": '{{"f", "1"}}',
           "key_pairs": '{{key, "1"}, {other, "2"}}', "scores": '{{"m", 1.5}, {"n", 2}}', "int": "1", "slot": "100",
           "double": "1.5", "seconds": "std::chrono::seconds(10)", "milliseconds": "std::chrono::milliseconds(10000)",
           "at": "some_day", "at_ms": "some_day", "timeout": "std::chrono::milliseconds(1)",
           "wait": "std::chrono::milliseconds(1)", "index": "1", "streams": '{{key, "0"}}'}


def arguments(function):
    if function.sample:
        return function.sample
    keys, words = iter(["key", "other"]), []
    for parameter in function.parameters:
        if parameter.default:
            break
        if parameter.kind == "key":
            words.append(next(keys))
        elif parameter.kind == "token":
            words.append(parameter.detail + "{}")
        else:
            words.append(SAMPLES[parameter.kind])
    return ", ".join(words)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def samples(groups):
    lines = [HEAD + "// Calls visit(sample, command) with one call of every typed command; all keys have the hash tag `tag`.",
             "// Included by tests, inside a namespace, after support/command_sample.hpp.", "template <class Visit>",
             "void visit_command_samples(const std::string& tag, Visit&& visit) {",
             "  using test_support::CommandSample;",
             "  [[maybe_unused]] const std::chrono::system_clock::time_point some_day{std::chrono::seconds(4102444800)};",
             '  [[maybe_unused]] const std::string t = "{" + tag + "}";',
             '  const std::string number = t + "number", list = t + "list";',
             "  // What DUMP of Redis 7.0 gives for the value \"v\".",
             r"""  const std::string serialized("\x00\x01v\n\x00\x91\b\xce\xb2\x19" "8\x8a\xce", 13);"""]
    for group in groups:
        lines += ["  {", f'    [[maybe_unused]] const std::string key = t + "{group.file}", other = t + "{group.file}:other";']
        lines += [f'    visit(CommandSample{{"{function.name}", "{function.since}", {quoted(function.not_run)}, '
                  f'{quoted(function.error)}}}, cmd::{function.name}({arguments(function)}));' for function in group.functions]
        lines += ["  }"]
    return "\n".join(lines + ["}", ""])
