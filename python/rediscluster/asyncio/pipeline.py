"""Pipelines and transactions for asyncio."""
import asyncio

from redis.asyncio import Redis

from rediscluster import _core
from rediscluster._compat import command_options
from rediscluster.cluster_commands import ClusterCommands
from rediscluster.exceptions import RedisClusterException, RedisError
from rediscluster.pipeline import annotated


class ClusterPipeline(ClusterCommands, Redis):
    """As rediscluster.ClusterPipeline: methods queue and give the pipeline, ``await execute()`` runs; behind ``await watch()`` methods run at
    once, and are awaited, until ``multi()``. One task at a time."""

    def __init__(self, client, transaction=False, read_from_replicas=False):
        self._client = client
        self._read_from_replicas = read_from_replicas
        self._is_transaction = transaction
        self.connection = None
        self.connection_pool = client.connection_pool
        self.response_callbacks = client.response_callbacks
        self.command_stack = []
        self._block = None  # of the core's, from watch() on
        self._port = None   # that it was made on
        self.explicit_transaction = False

    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc_value, traceback):
        await self.reset()

    def __await__(self):
        return self._itself().__await__()

    async def _itself(self):
        return self

    def __del__(self):
        pass

    def __len__(self):
        return len(self.command_stack)

    def __bool__(self):
        return True

    def __repr__(self):
        return f"{type(self).__name__}<{len(self)} commands>"

    @property
    def watching(self):
        return self._block is not None and self._block.is_watching

    def get_encoder(self):
        return self._client.get_encoder()

    async def reset(self):
        """Forgets what is queued and watched."""
        self.command_stack = []
        block, self._block = self._block, None
        self.explicit_transaction = False
        if block is not None and not self._port.has_left:
            await self._begin(block.reset)

    close = reset

    def _begin(self, method, *arguments):
        return self._client._ports.begin_on(self._port, method, *arguments)

    def _transaction(self):
        self._port = self._client._ports.port(asyncio.get_running_loop())
        return _core.PortTransaction(self._port)

    # --- Queueing ---

    def execute_command(self, *args, **options):
        if not args:
            raise RedisClusterException("Unable to determine command to use")
        if self._block is not None and not self.explicit_transaction:
            return self._begin(self._block.now, args, options)
        self.command_stack.append((args, command_options(options)))
        return self

    # --- Transactions ---

    async def watch(self, *names):
        """Nothing will run if one of these keys changes from now on until execute()."""
        if self.explicit_transaction:
            raise RedisError("Cannot issue a WATCH after a MULTI")
        if self._block is None:
            self._block = self._transaction()
        await self._begin(self._block.watch, names)
        return True

    async def unwatch(self):
        """Forgets what is watched."""
        block, self._block = self._block, None
        if block is not None and not self._port.has_left:
            await self._begin(block.reset)
        return True

    def multi(self):
        """From now on commands are queued, for one transaction."""
        if self.explicit_transaction:
            raise RedisError("Cannot issue nested calls to MULTI")
        if self.command_stack:
            raise RedisError("Commands without an initial WATCH have already been issued")
        self.explicit_transaction = True

    # --- Running ---

    async def execute(self, raise_on_error=True):
        """As that of rediscluster.ClusterPipeline."""
        stack = self.command_stack
        if not stack and not self.watching:
            return []
        try:
            replies = await self._run(stack)
        finally:
            self.command_stack = []
            self._block = None
            self.explicit_transaction = False
        if raise_on_error:
            for position, reply in enumerate(replies):
                if isinstance(reply, Exception):
                    raise annotated(reply, position, stack[position][0])
        return replies

    def _run(self, stack):
        if self._is_transaction or self.explicit_transaction or self._block is not None:
            if self._block is None:
                self._block = self._transaction()
            return self._begin(self._block.run, tuple(stack))
        return self._client._ports.begin(lambda port: port.pipeline, tuple(stack), self._read_from_replicas)

    # --- What makes no sense in a queue ---

    def pipeline(self, *args, **kwargs):
        raise RedisClusterException("a pipeline makes no pipelines")

    def pubsub(self, **kwargs):
        raise RedisClusterException("a pipeline has no subscriptions")

    def scan_iter(self, *args, **kwargs):
        raise RedisClusterException("scan_iter() waits for replies: use the client's")
