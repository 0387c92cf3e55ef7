"""Pipelines and transactions for asyncio."""
import asyncio

from redis.asyncio import Redis

from rediscluster import _core
from rediscluster._compat import command_options
from rediscluster.cluster_commands import ClusterCommands
from rediscluster.pipeline import Queue


class ClusterPipeline(Queue, ClusterCommands, Redis):
    """As rediscluster.ClusterPipeline: methods queue and give the pipeline, ``await execute()`` runs; behind ``await watch()`` methods run at
    once, and are awaited, until ``multi()``. One task at a time."""

    _port = None  # that the block was made on

    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc_value, traceback):
        await self.reset()

    def __await__(self):
        return self._itself().__await__()

    async def _itself(self):
        return self

    async def reset(self):
        """Forgets what is queued and watched."""
        await self._end(self._forget())

    close = aclose = reset

    async def _end(self, block):
        if block is not None and not self._port.has_left:
            await self._begin(block.reset)

    def _begin(self, method, *arguments):
        return self._client._ports.begin_on(self._port, method, *arguments)

    def _begin_block(self):
        if self._block is None:
            self._port = self._client._ports.port(asyncio.get_running_loop())
            self._block = _core.PortTransaction(self._port)

    def immediate_execute_command(self, *args, **options):
        """Runs a command at once, on the connection that watches."""
        if self._block is None:
            return self._client.execute_command(*args, **options)
        return self._begin(self._block.now, args, command_options(options))

    async def watch(self, *names):
        """Nothing will run if one of these keys changes from now on until execute()."""
        self._begin_to_watch()
        self._begin_block()
        await self._begin(self._block.watch, names)
        return True

    async def unwatch(self):
        """Forgets what is watched."""
        block, self._block = self._block, None
        await self._end(block)
        return True

    async def execute(self, raise_on_error=True):
        """As that of rediscluster.ClusterPipeline."""
        stack = tuple(self.command_stack)
        if not stack and not self.watching:
            return []
        try:
            replies = await self._run(stack)
        finally:
            self._forget()
        return self._checked(replies, stack, raise_on_error)

    def _run(self, stack):
        if self._is_block():
            self._begin_block()
            return self._begin(self._block.run, stack)
        return self._client._ports.begin(lambda port: port.pipeline, stack, self._read_from_replicas)
