"""The Python code of the guide and of the README, run as it stands there, and the package where `cmake --install` puts it."""
import pathlib
import re
import subprocess
import sys

import pytest
from conftest import BUILD

import rediscluster.connection

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", ["README.md", "docs/guide/python.md"])
def test_runs(page, cluster, rc, monkeypatch):
    ours = rediscluster.connection.startup_nodes
    monkeypatch.setattr(rediscluster.connection, "startup_nodes", lambda *given: [(host, cluster.nodes[port - 7000]["port"]) for host, port in ours(*given)])
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    names = {}
    for block in blocks:
        exec(block, names)


def test_is_installed(tmp_path, cluster):
    subprocess.run(["cmake", "--install", BUILD, "--component", "python", "--prefix", tmp_path], check=True, stdout=subprocess.DEVNULL)
    folder = next(tmp_path.glob("lib/python3*/site-packages"))
    program = f"import rediscluster.asyncio as a, rediscluster as r; print(r.__file__, r.RedisCluster(host='127.0.0.1', port={cluster.port}).ping())"
    told = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": str(folder)}, check=True, capture_output=True, text=True).stdout
    assert told == f"{folder}/rediscluster/__init__.py True\n"
    assert (folder / "rediscluster/py.typed").exists() and (folder / "rediscluster/_core.pyi").exists()


def test_its_types_are_seen_by_programs(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("from rediscluster import RedisCluster, RedisClusterException\n\ndef wrong(error: RedisClusterException) -> int:\n    return error.execution\n\nRedisCluster(host=5)\n")
    checked = subprocess.run(["mypy", "--config-file", "/dev/null", "--ignore-missing-imports", program], env={"MYPYPATH": str(BUILD / "python"), "PATH": "/usr/bin"},
                             capture_output=True, text=True, cwd=tmp_path)
    assert 'Incompatible return value type (got "str", expected "int")' in checked.stdout, checked.stdout + checked.stderr
    assert 'Argument "host" to "RedisCluster" has incompatible type "int"' in checked.stdout
