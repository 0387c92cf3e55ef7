"""Reads typed.toml: which functions there are, their parameters, their order on the wire, their reply types."""
import dataclasses
import re
import tomllib

from .merge import HERE, Problem

# kind -> (C++ parameter type, how it is appended; {x} is the parameter)
KINDS = {
    "key": ("std::string_view", "command.key({x});"),
    "text": ("std::string_view", "command.arg({x});"),
    "value": ("const Arg&", "command.arg({x});"),
    "keys": ("const Keys&", "command.keys({x});"),
    "values": ("const Args&", "command.args({x});"),
    "pairs": ("const ArgPairs&", "command.arg_pairs({x});"),
    "key_pairs": ("const ArgPairs&", "command.key_pairs({x});"),
    "scores": ("const ArgPairs&", "command.arg_pairs_swapped({x});"),
    "int": ("std::int64_t", "command.arg({x});"),
    "slot": ("int", "command.arg({x});\n  command.set_slot({x});"),
    "double": ("double", "command.arg({x});"),
    "seconds": ("std::chrono::seconds", "command.arg({x}.count());"),
    "milliseconds": ("std::chrono::milliseconds", "command.arg({x}.count());"),
    "life": ("std::chrono::milliseconds", "detail::encode_life(command, {x});"),
    "at": ("std::chrono::system_clock::time_point", "detail::encode_seconds(command, {x});"),
    "at_ms": ("std::chrono::system_clock::time_point", "detail::encode_milliseconds(command, {x});"),
    "timeout": ("std::chrono::milliseconds", "detail::encode_timeout(command, {x});"),
    "wait": ("std::chrono::milliseconds", "command.arg({x}.count());\n  command.block_for({x});"),
    "limit": ("std::optional<Limit>", "if ({x}) detail::encode(command, *{x});"),
    "int?": ("std::optional<std::int64_t>", "if ({x}) command.arg(*{x});"),
    "index": ("std::uint64_t", "command.arg({x});"),
    "streams": ("const ArgPairs&", "detail::encode_streams(command, {x});"),
    "text?": ("std::optional<std::string_view>", "if ({x}) command.arg(*{x});"),
}
SHORT = {"string": "std::string", "int64": "std::int64_t", "uint64": "std::uint64_t", "optional": "std::optional", "vector": "std::vector",
         "set": "std::set", "map": "std::map", "pair": "std::pair", "tuple": "std::tuple"}
# Public enums: small enough to go by value.
ENUMS = {name for path in (HERE.parent.parent / "include" / "rediscluster").glob("*.hpp")
         for name in re.findall(r"^enum class (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)}


@dataclasses.dataclass
class Parameter:
    kind: str
    name: str
    detail: str = ""  # enum, options struct or token
    default: str = ""

    @property
    def cpp_type(self):
        if self.kind in ("option", "token"):
            return self.detail if self.detail in ENUMS else f"const {self.detail}&"
        return KINDS[self.kind][0]

    @property
    def encode(self):
        if self.kind in ("option", "token"):
            return f"detail::encode(command, {self.name});"
        if self.kind in ("int?", "text?") and self.detail:
            return f'if ({self.name}) {{\n    command.arg("{self.detail}");\n    command.arg(*{self.name});\n  }}'
        return KINDS[self.kind][1].format(x=self.name)


@dataclasses.dataclass
class Function:
    command: str
    row: dict
    name: str
    parameters: list
    wire: list
    reply: str
    doc: str
    is_member: bool
    sample: str
    since: str
    not_run: str  # why the tests do not run it on a real server; empty: they do
    error: str    # the error that its sample may meet there
    per_node: bool = False  # has a second member that gives one result a node
    is_node_member: bool = False  # a member only where the caller names nodes: on(node), on_all_nodes(), ...
    has_plural: bool = False  # another function takes several keys where this one takes one
    route: bool = False  # its keys stand among the words of a list: the facts find them


@dataclasses.dataclass
class Group:
    file: str
    title: str
    mixin: str
    functions: list
    includes: list


def cpp_reply(text):
    return re.sub(r"\b(string|int64|uint64|optional|vector|set|map|pair|tuple)\b", lambda match: SHORT[match.group(1)], text)


def parse_parameter(text):
    match = re.fullmatch(r"([a-z_]+\??)(?::(\w+))? (\w+)(?: = (\S+))?", text.strip())
    if not match:
        raise Problem(f"typed.toml: cannot read the parameter {text!r}")
    kind, detail, name, default = match.groups()
    if kind not in KINDS and kind not in ("option", "token"):
        raise Problem(f"typed.toml: unknown kind {kind}")
    if default is None and kind in ("option", "limit", "int?", "text?"):
        default = "{}"
    return Parameter(kind, name, detail or "", default or "")


def parse_signature(text):
    match = re.fullmatch(r"(\w+)\((.*)\)", text)
    if not match:
        raise Problem(f"typed.toml: cannot read the signature {text!r}")
    inner = match.group(2)
    return match.group(1), [parse_parameter(part) for part in inner.split(",")] if inner else []


def members_allowed(row):
    """A member function must be able to give one value of its reply type without naming a node."""
    return row["request"] != "by_node" and row["request"] != "special" and row["response"] not in ("per_node", "special")


def node_members_allowed(entry, row, group):
    """What members_allowed() leaves out, for surfaces where the caller has named nodes; not what changes a shared connection."""
    left_to_nodes = not members_allowed(row) and row["request"] != "special" and "session" not in row["flag_names"]
    return left_to_nodes and "member" not in entry and group != "transactions"


def load_function(entry, rows, group, has_mixin):
    command = entry["cmd"]
    if command not in rows:
        raise Problem(f"typed.toml: no facts about {command}")
    row = rows[command]
    name, parameters = parse_signature(entry["sig"])
    wire = entry["wire"].split() if "wire" in entry else [parameter.name for parameter in parameters]
    names = [parameter.name for parameter in parameters]
    if sorted(set(names)) != sorted(word for word in wire if re.fullmatch(r"[a-z_]+", word)):
        raise Problem(f"typed.toml: the wire order of {name} does not name each parameter once")
    return Function(command, row, name, parameters, wire, cpp_reply(entry["ret"]), entry["doc"],
                    has_mixin and entry.get("member", members_allowed(row)), entry.get("sample", ""),
                    entry.get("since", row["since"]), entry.get("not_run", ""), entry.get("error", ""),
                    per_node=entry.get("per_node", False), is_node_member=node_members_allowed(entry, row, group))


def load(rows):
    data = tomllib.loads((HERE / "typed.toml").read_text(encoding="utf-8"))
    groups, owners = [], {}
    for file, table in data.items():
        functions = [load_function(entry, rows, file, bool(table["mixin"])) for entry in table["functions"]]
        plural = {function.command for function in functions if any(each.kind == "keys" for each in function.parameters)}
        for function in functions:
            kinds = [each.kind for each in function.parameters]
            function.has_plural = function.command in plural and kinds.count("key") == 1 and "keys" not in kinds
        groups.append(Group(file, table["title"], table["mixin"], functions, table.get("includes", [])))
        for function in functions:
            # Overloads across two mixins would be ambiguous for a class that has both.
            if owners.setdefault(function.name, file) != file:
                raise Problem(f"typed.toml: {function.name} stands in the groups {owners[function.name]} and {file}")
    return groups
