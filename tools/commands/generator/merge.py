"""Merges what servers say (facts/*.json) with what we know better (overlay.toml) into one row a command."""
import json
import pathlib
import re
import tomllib

HERE = pathlib.Path(__file__).resolve().parent.parent

# C++ words and names that a command may not have as an identifier.
RESERVED = {"and", "auto", "bool", "break", "case", "char", "class", "const", "continue", "default", "delete", "do", "double",
            "else", "enum", "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int",
            "long", "mutable", "namespace", "new", "not", "operator", "or", "private", "protected", "public", "register",
            "return", "short", "signed", "sizeof", "static", "struct", "switch", "template", "this", "throw", "true", "try",
            "typedef", "typename", "union", "unsigned", "using", "virtual", "void", "volatile", "while", "xor"}

FLAGS = {"write": "write", "readonly": "read_only", "denyoom": "deny_oom", "admin": "admin", "pubsub": "pubsub",
         "noscript": "no_script", "blocking": "blocking", "loading": "loading", "stale": "stale", "fast": "fast",
         "no_auth": "no_auth", "may_replicate": "may_replicate", "movablekeys": "movable_keys",
         "no_mandatory_keys": "no_mandatory_keys", "no_multi": "no_multi", "allow_busy": "allow_busy"}
FLAG_ORDER = list(FLAGS.values()) + ["session", "container", "module"]


class Problem(Exception):
    """Something a person has to decide; the text says what."""


def version_key(text):
    return [int(part) for part in re.findall(r"\d+", text)]


def load_sources():
    """All fact files, newest Redis first, then Valkey; the records of real servers marked by three-part versions."""
    sources = []
    for path in sorted((HERE / "facts").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        data["recorded"] = data["version"].count(".") == 2
        sources.append(data)
    return sorted(sources, key=lambda data: (data["server"] != "redis", [-part for part in version_key(data["version"])]))


def loosest_arity(arities):
    """What every known server accepts: a new version may take more arguments than an old one, so "at least" wins."""
    if len(set(arities)) == 1:
        return arities[0]
    return -min(abs(arity) for arity in arities)


def merge_sources(sources):
    """The record of a real server is right for the versions it knows (flags, keys); the newest source is right about
    what it advises (tips), because later servers took back early advice."""
    names = {name for source in sources for name in source["commands"]}
    merged = {}
    for name in names:
        found = [source for source in sources if name in source["commands"]]
        newest = found[0]
        base = next((source for source in found if source["recorded"]), newest)
        row = dict(base["commands"][name])
        row["tips"] = newest["commands"][name].get("tips", [])
        row["arity"] = loosest_arity([source["commands"][name]["arity"] for source in found])
        row["module"] = newest["commands"][name].get("module")
        row["group"] = row["group"].replace("_", "-")
        if newest["server"] == "valkey":
            row["since"] = "valkey " + row["since"]
        merged[name] = row
    return merged


def add_containers(rows):
    """Every first word of a two-word name is a row, so that a lookup of one word tells whether to look for two."""
    for name in [name for name in rows if " " in name]:
        first = name.split()[0]
        if first not in rows:
            rows[first] = {"arity": -2, "flags": [], "group": rows[name]["group"], "since": rows[name]["since"],
                           "tips": [], "module": rows[name].get("module")}
        rows[first]["container"] = True


def expand(patterns, rows, where):
    for pattern in patterns:
        if pattern.endswith(" *"):
            yield from (name for name in rows if name.startswith(pattern[:-1]))
        elif pattern in rows:
            yield pattern
        else:
            raise Problem(f"overlay: {where} names {pattern}, which no fact file knows")


def policies_of_tips(row):
    request, response = None, None
    for tip in row["tips"]:
        if tip.startswith("request_policy:"):
            request = tip.split(":")[1]
        if tip.startswith("response_policy:"):
            response = tip.split(":")[1]
    return request, response


def apply_policies(rows, overlay):
    for row in rows.values():
        row["request"], row["response"] = policies_of_tips(row)
        row["slot_argument"] = 0
    for table in overlay["policy"]:
        for name in expand(table["commands"], rows, "policy"):
            rows[name]["request"] = table["request"]
            rows[name]["response"] = table.get("response", "first")
            rows[name]["slot_argument"] = table.get("slot_argument", 0)
    for name, row in rows.items():
        has_keys = bool(row.get("keys"))
        if row["request"] is None and not has_keys and not row.get("container"):
            raise Problem(f"overlay: {name} has no keys and no request policy; decide where it goes")
        row["request"] = row["request"] or ("by_key" if has_keys else "any_node")
        if row["response"] is None and row["request"] in ("all_nodes", "all_shards", "multi_shard"):
            raise Problem(f"overlay: {name} goes to several nodes and has no response policy")
        row["response"] = row["response"] or "first"


def apply_flags(rows, overlay):
    for name, row in rows.items():
        flags = {FLAGS[flag] for flag in row["flags"] if flag in FLAGS}
        if row.get("container"):
            flags.add("container")
        if row.get("module"):
            flags.add("module")
        row["flag_names"] = flags
    for flag, names in overlay["flags"].items():
        for name in expand(names, rows, "flags"):
            rows[name]["flag_names"].add(flag)


def apply_retry(rows, overlay):
    for name, row in rows.items():
        # A container is never sent by itself.
        row["retry"] = "read_only" if "read_only" in row["flag_names"] else "never" if row.get("container") else None
        row["retry_words"] = ""
    decided = {}
    for retry_class in ("read_only", "idempotent", "never", "once"):
        for name in expand(overlay["retry"][retry_class], rows, f"retry.{retry_class}"):
            if decided.setdefault(name, retry_class) != retry_class:
                raise Problem(f"overlay: retry class of {name} is decided twice")
            rows[name]["retry"] = retry_class
    for name, words in overlay["retry"]["conditional"].items():
        if name in decided or name not in rows:
            raise Problem(f"overlay: retry.conditional names {name}, which is decided elsewhere or unknown")
        rows[name]["retry"], rows[name]["retry_words"] = "conditional", words
    for name, row in rows.items():
        if row["retry"] is None:
            raise Problem(f"overlay: {name} is not read-only and has no retry class; decide it")


def identifier(name):
    """`CONFIG GET` -> config_get; `_FT.DEBUG INFO` -> internal_ft_debug_info (no leading or double underscores)."""
    words = ["internal" + word if word.startswith("_") else word for word in name.lower().split()]
    text = re.sub(r"[^a-z0-9]+", "_", " ".join(words))
    return text + "_" if text in RESERVED else text


def load():
    """All rows by name, sorted."""
    overlay = tomllib.loads((HERE / "overlay.toml").read_text(encoding="utf-8"))
    rows = merge_sources(load_sources())
    for name, table in overlay.get("correct", {}).items():
        if name not in rows:
            raise Problem(f"overlay: correct names {name}, which no fact file knows")
        rows[name].update({key: value for key, value in table.items() if key != "why"})
    add_containers(rows)
    apply_flags(rows, overlay)
    apply_policies(rows, overlay)
    apply_retry(rows, overlay)
    taken = {}
    for name in sorted(rows):
        rows[name]["name"] = name
        rows[name]["id"] = identifier(name)
        if taken.setdefault(rows[name]["id"], name) != name:
            raise Problem(f"{name} and {taken[rows[name]['id']]} have the same identifier")
    return {name: rows[name] for name in sorted(rows)}
