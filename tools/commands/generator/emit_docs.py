"""Writes docs/commands.md: what the client knows of every command, its functions, and how the tests run them."""
from .emit_typed import is_refused
from .merge import version_key

INTRODUCTION = """# Commands

What the client knows of a command before it sends it, and its C++ functions. `execute_command("NAME", ...)` runs any
command, also those that are not listed here: the server is asked about them.

* **Goes to**: `by_key` the slot of its keys (RENAME, SMOVE, SINTERSTORE and some more take keys of several slots too, in
  steps: [which](guide/several-slots.md)); `any_node` one node; `all_shards` every primary; `all_nodes` replicas
  too; `multi_shard` split by slot; `by_slot` the owner of the slot number in it; `by_node` a node you name;
  `special` own code; `refused` nowhere (`not_allowed`): it is about the connection it is sent on, and connections are shared. For
  WATCH, MULTI and EXEC there is `transaction()`, for subscriptions `pubsub()`, for MONITOR `monitor()`, for AUTH `refresh_credentials()`; for WAIT and
  WAITAOF nothing.
* **Keys**: their positions, counted without the name. `n:` stands before a position that holds the number of keys.
* **Replies become**: how several replies become one.
* **Again**: what a second run does. `read_only` and `idempotent` commands are repeated after a lost connection;
  `conditional` ones unless a word in brackets stands in them (`!`: unless it is missing; `=`: unless the destination
  is among the sources); `never` is never repeated once it may have run.
* **Tested**: `run` means that `tests/cluster/every_command_test.cpp` runs it under RESP2 and RESP3 on real servers, SERVERS, or on
  those that are named; what is `refused`, on a bare connection. What is only encoded is sent to a scripted node by
  `tests/scripted/every_command_test.cpp`, with the reason here.
* Functions in *italics* are values only (`cluster.run(cmd::...)`, `cluster.on(node).run(cmd::...)`); the others are
  members of the client too, those with (node) where you name the nodes: `cluster.on(node).role()`, `cluster.on_all_nodes().role()`.
  Those of modules need `#include <rediscluster/modules.hpp>`.
"""
# The servers of ./test and of ./test servers (tools/servers/unpack).
SERVERS = [("Redis", [7, 0, 15]), ("Redis", [8, 0, 2]), ("Valkey", [8, 1, 1])]
VALKEY_COMES_FROM = [7, 2, 4]
COLUMNS = ["command", "since", "goes to", "keys", "replies become", "again", "C++", "tested"]


def short(reply):
    return reply.replace("std::", "").replace("int64_t", "int64")


def cell(text):
    return text.replace("|", "\\|")


def spec_text(spec, name_words):
    def place(index):
        return str(index - name_words + 1)

    begin = place(spec["index"]) if "index" in spec else f"after {spec['keyword']}" if "keyword" in spec else "by own code"
    if "keynum" in spec:
        return f"n:{begin}"
    last, step, _ = spec.get("range", [0, 1, 0])
    if "range" not in spec or last == 0:
        return begin
    every = "" if step == 1 else f", every {step}"
    end = "..." if last == -1 else f"...{last + 1}" if last < 0 else f"...+{last}"
    return begin + end + every


def keys_text(row):
    return ", ".join(spec_text(spec, len(row["name"].split())) for spec in row.get("keys", []))


def is_run(function, server):
    """The rule of tests/support/command_sample.hpp: nothing speaks against it, and the server has it."""
    if function.not_run:
        return False
    name, version = server
    if function.since.startswith("valkey"):
        return name == "Valkey" and version_key(function.since) <= version
    # A Valkey has what the Redis had that it comes from.
    return version_key(function.since) <= (version if name == "Redis" else VALKEY_COMES_FROM)


def named(servers):
    texts = [f"{name} {version[0]}.{version[1]}" for name, version in servers]
    return texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + " and " + texts[-1]


def tested(functions):
    if not functions:
        return ""
    servers = [[server for server in SERVERS if is_run(function, server)] for function in functions]
    everywhere = [server for server in SERVERS if all(server in each for each in servers)]
    somewhere = [server for server in SERVERS if any(server in each for each in servers)]
    errors = "|".join(dict.fromkeys(function.error for function in functions if function.error))
    may_answer = f"; may answer: {errors.replace('|', ', ')}" if errors else ""
    if somewhere == everywhere and everywhere:
        return ("run" if everywhere == SERVERS else f"run on {named(everywhere)}") + may_answer
    reasons = {function.not_run or "none of these servers has it" for function, each in zip(functions, servers) if not each}
    parts = [f"run on {named(somewhere)}, in part" + may_answer] if somewhere else []
    return "; ".join(parts + (["encoded only: " + "; ".join(sorted(reasons))] if reasons else []))


def function_text(function):
    name = f"`{function.name}`" if function.is_member else f"*`{function.name}`*" + (" (node)" if function.is_node_member else "")
    return f"{name} → `{short(function.reply)}`"


def row_text(name, row, functions):
    again = row["retry"] + (f" ({row['retry_words']})" if row["retry_words"] else "")
    texts = list(dict.fromkeys(function_text(function) for function in functions))
    return "| " + " | ".join(cell(text) for text in [
        name, row["since"], "refused" if is_refused(row) else row["request"], keys_text(row), row["response"], again, "<br>".join(texts),
        tested(functions)]) + " |"


def title(row):
    return f"Module {row['module']}" if row.get("module") else row["group"].replace("-", " ").capitalize()


def table(rows, groups):
    typed = {}
    for group in groups:
        for function in group.functions:
            typed.setdefault(function.command, []).append(function)
    sections = {}
    for name, row in rows.items():
        if row.get("container") and name not in typed:
            continue
        sections.setdefault((bool(row.get("module")), title(row)), []).append(row_text(name, row, typed.get(name, [])))
    lines = ["<!-- Generated by tools/commands/generate. Do not edit. -->", INTRODUCTION.replace("SERVERS", named(SERVERS))]
    for (_, heading), texts in sorted(sections.items()):
        lines += [f"## {heading}", "", "| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|", *texts, ""]
    return "\n".join(lines)
