"""Made-up measurements against a made-up file: each shows that a rule can turn red, and the first that it stays green."""
import pathlib
import tempfile

from budget import figures
from budget.figures import Cost

RECORDED = {"get": Cost(1000, 1), "encode": Cost(100, 0)}
TOOLS = "c++ 12"

# what -> (measured, exit status, text that must be said)
CASES = {
    "the same": ({}, 0, "ok get"),
    "just within": ({"get": Cost(1030, 1.03)}, 0, "ok get"),
    "too many instructions": ({"get": Cost(1031, 1)}, 1, "FAILED get: instructions 1000.0 -> 1031.0 (+3.1%)"),
    "an allocation more": ({"get": Cost(1000, 2)}, 1, "FAILED get: allocations 1.000 -> 2.000"),
    "a little more of none": ({"encode": Cost(100, 0.01)}, 1, "FAILED encode: allocations 0.000 -> 0.010"),
    "one bad one": ({"encode": Cost(104, 0)}, 1, "ok get"),
    "fewer instructions": ({"get": Cost(969, 1)}, 0, "can be lowered: tools/budget/check --record get"),
    "fewer allocations": ({"get": Cost(1000, 0.9)}, 0, "can be lowered: tools/budget/check --record get"),
    "a little fewer": ({"get": Cost(971, 1)}, 0, "ok get: 971.0 instructions (-2.9%)"),
    "one without a figure": ({"new": Cost(1, 0)}, 1, "FAILED new: it has no figure yet"),
}


def outcome(path, changes, tools=TOOLS):
    said = []
    measured = {**RECORDED, **changes}
    status = figures.compare(figures.read(path), measured, tools, list(measured), said.append)
    return status, "\n".join(said)


def run():
    """Exit status: 0 when every rule turned red that should."""
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "figures.txt"
        figures.write(path, RECORDED, TOOLS)
        if figures.read(path) != figures.Figures(RECORDED, TOOLS):
            failures.append("what is written is not what is read")
        for what, (changes, status, text) in CASES.items():
            got, said = outcome(path, changes)
            if got != status or text not in said:
                failures.append(f"{what}: exit status {got}, said:\n{said}")
            if ("can be lowered" in said) != ("can be lowered" in text):
                failures.append(f"{what}: wrong about lowering:\n{said}")
        for changes in ({}, {"get": Cost(2000, 1)}):
            if ("recorded with other tools" in outcome(path, changes, "c++ 13")[1]) != bool(changes):
                failures.append("other tools are told of exactly when something is red")
    print("\n".join(failures) or f"{len(CASES) + 3} cases as they should be")
    return 1 if failures else 0
