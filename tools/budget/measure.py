"""Measures operations: two runs of different length under callgrind, and the difference by the difference of their lengths.

What a process does once, set-up and warm-up included, is in both runs and cancels out.
"""
import contextlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

from budget.figures import Cost

# Steps of the program `budget`: short and long run. They touch no socket, so any length is exact.
STEPS = {"encode-get": (1000, 21_000), "encode-set": (1000, 21_000), "decode-bulk": (1000, 21_000), "decode-array": (1000, 21_000)}
# Workloads of the program `load`: its arguments, short and long run in operations. Long enough that what varies (how many
# receive calls a batch needs, the threads in the background) is far below one per cent: tools/budget/README.md.
WORKLOADS = {
    "get1": (["--workload", "get1"], (1000, 31_000)),
    "pipeget-1000": (["--workload", "pipeget", "--depth", "1000"], (5000, 45_000)),
    "mget-100": (["--workload", "mget", "--depth", "100"], (1000, 21_000)),
}
NAMES = [*STEPS, *WORKLOADS]
KEYS = ["--keys", "10000", "--value", "64"]

# The C library picks its memcpy by the processor, and each counts differently: this is one that all have.
ENVIRONMENT = {**os.environ, "LC_ALL": "C", "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM,-SSSE3,-SSE4_2"}
RUN_SECONDS = 120
START_SECONDS = 60


class Problem(Exception):
    """What stands between us and a figure, as a sentence."""


def run(command, **options):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, **options)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Problem(str(problem)) from problem
    if done.returncode != 0:
        raise Problem(f"{' '.join(map(str, command))}: {done.stderr.strip()[-2000:] or done.returncode}")
    return done


def count(command):
    """(instructions in user space, what the program printed)"""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind.out"
        done = run(["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}", *map(str, command)], env=ENVIRONMENT)
        totals = re.search(r"^(?:totals|summary): (\d+)", out.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    if totals is None:
        raise Problem("callgrind wrote no total")
    return int(totals.group(1)), done.stdout


def cost_of(command_of, lengths, allocations_in):
    """@param command_of  the command line for that many operations."""
    short, _ = count(command_of(lengths[0]))
    long, printed = count(command_of(lengths[1]))
    return Cost((long - short) / (lengths[1] - lengths[0]), allocations_in(printed))


def cost_of_step(build, name):
    return cost_of(lambda times: [build / "budget", name, times], STEPS[name], float)


def allocations_of_load(printed):
    result = json.loads(printed)
    if result["errors"]:
        raise Problem(f"{result['workload']}: {result['errors']} errors")
    return result["allocations_per_op"]


def load_command(build, servers, arguments, operations):
    return [build / "load", "--client", "rediscluster", *arguments, *KEYS, "--seconds", RUN_SECONDS, "--max-ops", operations,
            "--host", servers["host"], "--port", servers["port"]]


def cost_of_workload(build, servers, name):
    arguments, lengths = WORKLOADS[name]
    return cost_of(lambda operations: load_command(build, servers, arguments, operations), lengths, allocations_of_load)


@contextlib.contextmanager
def cluster(build):
    """Real servers with all keys written; they end with the block, however that ends."""
    helper = subprocess.Popen([build / "local_cluster"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = helper.stdout.readline()
        if not line:
            raise Problem("the local cluster did not start")
        servers = json.loads(line)
        run([str(word) for word in load_command(build, servers, ["--workload", "get1"], 1)])
        yield servers
    finally:
        helper.stdin.close()
        try:
            helper.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            helper.kill()


def middle(name, costs):
    if len(costs) > 1:
        counts = [cost.instructions for cost in costs]
        print(f"{name}: {' '.join(f'{each:.1f}' for each in counts)}; {(max(counts) - min(counts)) / statistics.median(counts):.2%} apart")
        sys.stdout.flush()
    return Cost(statistics.median(cost.instructions for cost in costs), statistics.median(cost.allocations for cost in costs))


def measure(build, names, repeat):
    """name -> Cost, the median of so many measurements"""
    missing = [each for each in ("budget", "load", "local_cluster") if not (build / each).exists()]
    if missing:
        raise Problem(f"{build}/{missing[0]} is not there; build the release preset first, or name --build")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # client and servers, see README.md
    measured = {name: middle(name, [cost_of_step(build, name) for _ in range(repeat)]) for name in names if name in STEPS}
    workloads = [name for name in names if name in WORKLOADS]
    if workloads:
        with cluster(build) as servers:
            for name in workloads:
                measured[name] = middle(name, [cost_of_workload(build, servers, name) for _ in range(repeat)])
    return measured


def tools():
    """What decides, besides our own code, how many instructions there are."""
    compiler = run([os.environ.get("CXX", "c++"), "-dumpfullversion"]).stdout.strip()
    library = run(["getconf", "GNU_LIBC_VERSION"]).stdout.strip()
    valgrind = run(["valgrind", "--version"]).stdout.strip()
    return f"c++ {compiler}, {library}, {valgrind}, {os.uname().machine}"
