"""The file of figures: one line a name, with what one operation costs; and what is said when it costs more or less."""
from typing import NamedTuple

SHARE = 0.03        # how much above the figure is still green
ROUNDING = 0.0015   # allocations are told with three digits


class Cost(NamedTuple):
    instructions: float
    allocations: float


class Figures(NamedTuple):
    values: dict   # name -> Cost
    tools: str     # what they were recorded with


HEAD = """\
# User instructions and allocations of one operation: what tools/budget/check holds every commit to.
# Written by tools/budget/check --record; what they depend on: tools/budget/README.md.
"""
RECORDED = "# recorded with: "
COLUMNS = "# name              instructions  allocations\n"


def write(path, values, tools):
    lines = [f"{name:20}{cost.instructions:12.1f} {cost.allocations:12.3f}\n" for name, cost in values.items()]
    path.write_text(HEAD + RECORDED + tools + "\n" + COLUMNS + "".join(lines), encoding="utf-8")


def read(path):
    values, tools = {}, ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(RECORDED):
            tools = line.removeprefix(RECORDED)
        if line.strip() and not line.startswith("#"):
            name, instructions, allocations = line.split()
            values[name] = Cost(float(instructions), float(allocations))
    return Figures(values, tools)


def faults(figure, cost):
    """What costs more than the figure allows, as texts."""
    found = []
    if cost.instructions > figure.instructions * (1 + SHARE):
        found.append(f"instructions {figure.instructions:.1f} -> {cost.instructions:.1f} ({cost.instructions / figure.instructions - 1:+.1%})")
    if cost.allocations > figure.allocations * (1 + SHARE) + ROUNDING:
        found.append(f"allocations {figure.allocations:.3f} -> {cost.allocations:.3f}")
    return found


def can_be_lowered(figure, cost):
    return (cost.instructions < figure.instructions * (1 - SHARE) or
            cost.allocations < figure.allocations * (1 - SHARE) - ROUNDING)


def compare(recorded, measured, tools, names, say=print):
    """Says one line a name; returns the exit status."""
    failures, lower = 0, []
    for name in names:
        cost, figure = measured[name], recorded.values.get(name)
        what = [f"it has no figure yet: tools/budget/check --record {name}"] if figure is None else faults(figure, cost)
        failures += bool(what)
        say(f"FAILED {name}: {'; '.join(what)}" if what else
            f"ok {name}: {cost.instructions:.1f} instructions ({cost.instructions / figure.instructions - 1:+.1%}), {cost.allocations:.3f} allocations")
        if figure is not None and can_be_lowered(figure, cost):
            lower.append(name)
    for name in lower:
        say(f"note: {name} costs less than its figure, which can be lowered: tools/budget/check --record {name}")
    if failures:
        say(f"{failures} of {len(names)} cost more than 3 % above benchmarks/budget/figures.txt: mend it, or say in the commit why it is "
            "worth that and run tools/budget/check --record")
        if tools != recorded.tools:
            say(f"note: the figures were recorded with other tools: {recorded.tools}; here: {tools}")
    return 1 if failures else 0
