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


def prologue(title, signature):
    return [HEAD + title, "// Included by tests, inside a namespace.", signature,
            "  [[maybe_unused]] const std::chrono::system_clock::time_point some_day{std::chrono::seconds(4102444800)};",
            '  [[maybe_unused]] const std::string t = "{" + tag + "}";',
            '  [[maybe_unused]] const std::string number = t + "number", list = t + "list";',
            "  // What DUMP of Redis 7.0 gives for the value \"v\".",
            r'''  [[maybe_unused]] const std::string serialized("\x00\x01v\n\x00\x91\b\xce\xb2\x19" "8\x8a\xce", 13);''',
            "  // What FUNCTION DUMP gives when there are none.",
            r'''  [[maybe_unused]] const std::string no_functions("\n\x00]\x9b\\@\x0f\x7f\xa2\xda", 10);''']


def blocks(groups, line_of, chosen=lambda function: True):
    for group in groups:
        lines = [line_of(function) for function in group.functions if chosen(function)]
        if lines:
            yield f'''  {{
    [[maybe_unused]] const std::string key = t + "{group.file}", other = t + "{group.file}:other";'''
            yield from lines
            yield "  }"


def samples(groups, name="visit_command_samples"):
    """One call of every function."""
    lines = prologue("// Calls visit(sample, command) with one call of every typed command; all keys have the hash tag `tag`.\n"
                     "// After support/command_sample.hpp.",
                     f"template <class Visit>\nvoid {name}(const std::string& tag, Visit&& visit) {{\n  using test_support::CommandSample;")
    lines += blocks(groups, lambda function: f'    visit(CommandSample{{"{function.name}", "{function.since}", {quoted(function.not_run)}, '
                    f'{quoted(function.error)}}}, cmd::{function.name}({arguments(function)}));')
    return "\n".join(lines + ["}", ""])


def members(groups, name="visit_member_samples", chosen=lambda function: function.is_member):
    """The same calls as members of a surface."""
    lines = prologue("// Calls visit(name, what the member of `surface` gave, command) for every typed command that is such a member.",
                     f"template <class Surface, class Visit>\nvoid {name}(Surface& surface, Visit&& visit) {{\n"
                     '  const std::string tag = "t";')
    lines += blocks(groups, lambda function: f'    visit("{function.name}", surface.{function.name}({arguments(function)}), '
                    f'cmd::{function.name}({arguments(function)}));', chosen)
    return "\n".join(lines + ["}", ""])


def node_members(groups):
    return members(groups, "visit_node_member_samples", lambda function: function.is_node_member)
