"""MONITOR for asyncio."""
import asyncio

from rediscluster import _core
from rediscluster.monitor import command_of

# How long one question to the core waits: a cancelled task cancels it at once.
_LONG = 3600.0


class ClusterMonitor:
    """As rediscluster.ClusterMonitor, with ``await``::

        async with rc.monitor() as monitor:
            async for command in monitor.listen():
                print(command["node"], command["command"])

    On one loop, and one reader at a time. What a cancelled task was about to be given is read next.
    """

    def __init__(self, client, node=None):
        self._ports = client._ports
        self._node = node
        self._port = None
        self._monitor = None
        self._unread = None

    async def connect(self):
        """Begins: commands that run from now on are told."""
        self._port = self._ports.port(asyncio.get_running_loop())
        self._monitor = _core.PortMonitor(self._port, self._node)
        await self._ports.begin_on(self._port, self._monitor.start)

    async def __aenter__(self):
        await self.connect()
        return self

    async def __aexit__(self, exc_type, exc_value, traceback):
        self._monitor.close()

    async def next_command(self):
        """Waits for the next command: a dict of time, db, client_address, client_port, client_type, command, node."""
        line, self._unread = self._unread, None
        try:
            while line is None:
                line = await self._ports.begin_on(self._port, self._monitor.next, _LONG)
        except asyncio.CancelledError as cancelled:
            self._unread = getattr(cancelled, "reply", None)
            raise
        return command_of(*line)

    async def listen(self):
        """All commands to come."""
        while True:
            yield await self.next_command()
