"""MONITOR of one node, or of all."""
from rediscluster import _core

# A signal is noticed by Python between two waits only.
_SLICE = 0.05


def command_of(time, db, client, words, node, text):
    """A line of the core's as redis-py's Monitor gives it, with ``node``."""
    address, port, kind = client, "", "lua"
    if client.startswith("unix:"):
        address, port, kind = "unix", client[5:], "unix"
    elif client != "lua":
        address, _, port = client.rpartition(":")
        kind = "tcp"
    command = b" ".join(words).decode("utf-8", "replace")
    return {"time": time, "db": db, "client_address": address, "client_port": port, "client_type": kind, "command": command, "node": node}


class ClusterMonitor:
    """Made by ``RedisCluster.monitor()``: the commands that servers run, as redis-py's Monitor gives them, with ``node``.

    ::

        with rc.monitor() as monitor:
            for command in monitor.listen():
                print(command["node"], command["command"])

    Costs the servers much. One thread reads.
    """

    def __init__(self, client, node=None):
        self._client = client
        self._node = node
        self._monitor = None

    def __enter__(self):
        self._monitor = _core.Monitor(self._client._core, self._node)
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self._monitor.close()

    def next_command(self):
        """Waits for the next command: a dict of time, db, client_address, client_port, client_type, command, node."""
        while True:
            line = self._monitor.next(_SLICE)
            if line is not None:
                return command_of(*line)

    def listen(self):
        """All commands to come."""
        while True:
            yield self.next_command()
