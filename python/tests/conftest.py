"""What the tests share: real clusters, and clients of them. `./test python` builds and runs all."""
import itertools
import json
import os
import pathlib
import subprocess
import sys

import pytest

BUILD = pathlib.Path(os.environ.get("REDISCLUSTER_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build/release"))
sys.path.insert(0, str(BUILD / "python"))

import rediscluster  # noqa: E402


def fresh_channel(_numbers=itertools.count(100)):
    """A name that no test has used: what was published before reaches some nodes late."""
    return f"news{next(_numbers)}"


class LocalCluster:
    """Three primaries with a replica each; the servers end with it."""

    def __init__(self, *arguments):
        self._process = subprocess.Popen([BUILD / "python/python_cluster", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        told = json.loads(self._process.stdout.readline())
        self.nodes = told["nodes"]
        self.ca = told.get("ca")

    @property
    def host(self):
        return self.nodes[0]["host"]

    @property
    def port(self):
        return self.nodes[0]["port"]

    @property
    def options(self):
        """For a client."""
        tls = {"ssl": True, "ssl_ca_certs": self.ca} if self.ca else {}
        return {"startup_nodes": [{"host": node["host"], "port": str(node["port"])} for node in self.nodes[:3]], **tls}

    def do(self, *words):
        """kill N, stop N, resume N, restart N, failover REPLICA, move FIRST LAST FROM TO, primary SLOT, wait."""
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def end(self):
        self._process.stdin.close()
        self._process.wait(30)


@pytest.fixture(scope="session")
def cluster():
    """For tests that leave it as it was, but for keys."""
    made = LocalCluster()
    yield made
    made.end()


@pytest.fixture(scope="session")
def tls_cluster():
    made = LocalCluster("--tls")
    yield made
    made.end()


@pytest.fixture
def fragile():
    """A cluster of the test's own, to be broken."""
    made = LocalCluster()
    yield made
    made.end()


@pytest.fixture
def rc(cluster):
    """A client that gives bytes, on an empty cluster."""
    client = rediscluster.RedisCluster(**cluster.options)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(params=[False, True], ids=["bytes", "str"])
def both(request, cluster):
    """A client that gives bytes, and one that gives str."""
    client = rediscluster.RedisCluster(**cluster.options, decode_responses=request.param)
    client.flushall()
    client.t = (lambda text: text) if request.param else (lambda text: text.encode())
    yield client
    client.close()
