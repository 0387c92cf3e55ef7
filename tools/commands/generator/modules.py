"""The functions of module commands (JSON, search, Bloom, time series, vector sets), made from the facts alone: required
leading arguments are named, the rest is `rest` (when some of it is required) or `more`. Reply types: modules.toml."""
import re
import tomllib

from .merge import HERE, RESERVED, Problem
from .typed import Function, Group, Parameter, cpp_reply

GROUPS = [
    ("json", "JSON documents (RedisJSON; a part of Redis 8).", ("JSON.",)),
    ("search", "Search and query (RediSearch; a part of Redis 8).", ("FT.", "_FT.", "SEARCH.")),
    ("bloom", "Bloom and cuckoo filters, count-min sketches, top-k, t-digests (RedisBloom; a part of Redis 8).",
     ("BF.", "CF.", "CMS.", "TOPK.", "TDIGEST.")),
    ("time_series", "Time series (RedisTimeSeries; a part of Redis 8).", ("TS.", "TIMESERIES.")),
    ("vector_set", "Vector sets (a part of Redis 8).", ("V",)),
]
# No functions: for developers of the module, and they change with every version. execute_command() runs them.
LEFT_OUT = ("_FT.DEBUG ",)
LONGEST_SYNTAX = 110


def is_part_of_server(name):
    """Vector sets come with Redis 8 itself, so the tests run them; the other modules have to be installed."""
    return name.startswith("V")


def is_left_out(name):
    return name.startswith(LEFT_OUT)


def syntax(arguments):
    """Arguments as manuals write them: `key path json [NX | XX]`."""
    words = []
    for argument in arguments:
        kind, inner = argument["type"], ""
        if kind in ("oneof", "block"):
            parts = [syntax([child]) for child in argument.get("arguments", [])]
            inner = (" | " if kind == "oneof" else " ").join(parts)
            if kind == "oneof" and not (argument.get("optional") and "token" not in argument):
                inner = f"<{inner}>"
        elif kind != "pure-token":
            inner = argument["name"]
        text = f"{argument.get('token', '')} {inner}".strip()
        if argument.get("multiple"):
            text += f" [{text} ...]"
        words.append(f"[{text}]" if argument.get("optional") else text)
    return " ".join(words)


def snake(name):
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    name = re.sub(r"[^a-z0-9]+", "_", name).strip("_")
    return name + "_" if name in RESERVED or name == "command" else name


def is_simple(argument):
    return argument["type"] not in ("oneof", "block", "pure-token")


def is_pair(argument):
    children = argument.get("arguments", [])
    return (argument["type"] == "block" and argument.get("multiple") and len(children) == 2 and
            all(is_simple(child) and child["type"] != "key" and not child.get("token") for child in children))


class Signature:
    """The leading arguments that have a name and a place of their own."""

    def __init__(self, row):
        self.parameters, self.wire, self.samples, self.least = [], [], [], len(row["name"].split())
        # Some facts call a key a string in the arguments and a key in the key specifications.
        self.key_positions = {spec["index"] for spec in row.get("keys", []) if "index" in spec and spec.get("range", [1])[0] == 0}
        self.left = list(row.get("arguments", []))
        while self.left and not self.left[0].get("optional") and self.take(self.left):
            pass

    def add(self, kind, name, sample, default=""):
        while name in [parameter.name for parameter in self.parameters]:
            name += "_"
        self.parameters.append(Parameter(kind, name, default=default))
        self.wire.append(name)
        if not default:
            self.samples.append(sample)

    def take(self, rest):
        argument = rest[0]
        follower = rest[1] if len(rest) > 1 else {}
        if argument["type"] == "pure-token":
            self.wire.append(argument["token"])
        elif argument["type"] == "integer" and follower.get("type") == "key" and follower.get("multiple"):
            name = snake(follower["name"]) + "s"
            self.wire.append("#" + name)
            self.add("keys", name, "{key, other}")
            self.least += 1
            rest.pop(0)
        elif is_pair(argument):
            first, second = (value_of(child) for child in argument["arguments"])
            self.add("pairs", "pairs", f"{{{{{first}, {second}}}}}")
            self.least += 1
        elif is_simple(argument):
            if argument.get("token"):
                self.wire.append(argument["token"])
                self.least += 1
            self.add_simple(argument)
        else:
            return False
        self.least += 1
        rest.pop(0)
        return True

    def add_simple(self, argument):
        is_key, name = argument["type"] == "key" or self.least in self.key_positions, snake(argument["name"])
        if argument.get("multiple"):
            value = value_of(argument)
            self.add("keys" if is_key else "values", name + "s", "{key, other}" if is_key else f"{{{value}, {value}}}")
        elif is_key:
            is_first = not any(parameter.kind == "key" for parameter in self.parameters)
            self.add("key", name, "key" if is_first else "other")
        else:
            self.add("value", name, value_of(argument))


def value_of(argument):
    """A value that fits the argument, as C++."""
    return {"key": "key", "integer": "1", "unix-time": "1", "double": "0.5"}.get(argument["type"], '"x"')


def shortest(arguments):
    """The fewest words that fit, as C++: the first of several choices, no options."""
    for argument in arguments:
        if argument.get("optional"):
            continue
        if argument.get("token"):
            yield f'"{argument["token"]}"'
        if argument["type"] == "oneof":
            yield from shortest(argument["arguments"][:1])
        elif argument["type"] == "block":
            yield from shortest(argument["arguments"])
        elif argument["type"] != "pure-token":
            yield value_of(argument)


def rest_sample(left, needed, key_at):
    """Words for `rest`.   @param key_at  where its first key stands when the manual is silent, from 1; 0: nowhere"""
    words = list(shortest(left))
    while len(words) < needed or len(words) < key_at:
        words.append("key" if len(words) + 1 == key_at else '"x"')
    return "{" + ", ".join(words) + "}"


def function_of(name, row, replies, errors):
    signature = Signature(row)
    words, is_open = signature.least, row["arity"] < 0
    named_keys = any(parameter.kind in ("key", "keys") for parameter in signature.parameters)
    # Keys among the words of `rest` are found by the facts; where the first one stands is what the sample needs to know.
    key_at = row["keys"][0]["index"] - len(name.split()) + 1 if row.get("keys") and not named_keys else 0
    has_rest = is_open and (words < -row["arity"] or key_at > 0)
    ends_in_list = not signature.left and signature.parameters and signature.parameters[-1].kind not in ("key", "value")
    if is_open and (has_rest or not ends_in_list):
        if has_rest:
            signature.add("values", "rest", rest_sample(signature.left, -row["arity"] - words, key_at))
        else:
            signature.add("values", "more", "", "{}")
    elif not is_open and words != row["arity"]:
        raise Problem(f"modules: {name} takes {row['arity']} words, but its arguments are {words}")
    text = f"{name} {syntax(row.get('arguments', []))}".strip()
    if len(text) > LONGEST_SYNTAX:
        text = text[:text.rfind(" ", 0, LONGEST_SYNTAX)] + " ..."
    return Function(name, row, row["id"], signature.parameters, signature.wire, cpp_reply(replies.get(name, "Reply")),
                    f"`{text}`", False, ", ".join(signature.samples), row["since"],
                    "" if is_part_of_server(name) else "its module is not installed here", errors.get(name, ""), route=key_at > 0)


def load(rows):
    table = tomllib.loads((HERE / "modules.toml").read_text(encoding="utf-8"))
    replies = {}
    for reply, names in table["reply"].items():
        for name in names:
            if name not in rows or replies.setdefault(name, reply) != reply:
                raise Problem(f"modules.toml: {name} is unknown or named twice")
    groups = [Group(file, title, "", [], []) for file, title, _ in GROUPS]
    for name, row in rows.items():
        # A container of sub-commands is not callable by itself.
        if row.get("container") or not row.get("module") or is_left_out(name):
            continue
        found = [group for group, (_, _, prefixes) in zip(groups, GROUPS) if name.startswith(prefixes)]
        if not found:
            raise Problem(f"modules: {name} belongs to no group")
        found[0].functions.append(function_of(name, row, replies, table.get("error", {})))
    return groups
