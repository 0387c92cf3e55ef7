"""Commands that are queued, and run together: pipelines over all nodes, and transactions on the node of one slot."""
import time

from redis import Redis

from rediscluster import _core
from rediscluster._client import check_words
from rediscluster._compat import Script, command_options
from rediscluster.cluster_commands import ClusterCommands
from rediscluster.exceptions import RedisClusterException, RedisError, WatchError


def _text(word):
    return word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word)


def annotated(exception, position, args):
    """The exception of one command of a pipeline, saying which."""
    words = " ".join(map(_text, args))
    text = f"Command # {position + 1} ({words[:200]}) of pipeline caused error: {exception.args[0] if exception.args else exception}"
    exception.args = (text,) + exception.args[1:]
    return exception


class Queue:
    """What a pipeline of either kind of client is: what is queued and watched, and what makes no sense there."""

    def __init__(self, client, transaction=False, read_from_replicas=False):
        self._client = client
        self._read_from_replicas = read_from_replicas
        self._is_transaction = transaction
        self.connection = None
        self.connection_pool = client.connection_pool
        self.response_callbacks = client.response_callbacks
        self._text = client._text
        self.command_stack = []
        self._block = None  # of the core's, from watch() on
        self.explicit_transaction = False

    def __del__(self):
        self._block = None

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

    def execute_command(self, *args, **options):
        """Queues a command, and gives the pipeline; behind watch() and before multi() it runs at once."""
        if self._block is not None and not self.explicit_transaction:
            return self.immediate_execute_command(*args, **options)
        check_words(args)
        self.command_stack.append((args, command_options(options)))
        return self

    def pipeline_execute_command(self, *args, **options):
        """Queues a command."""
        self.command_stack.append((args, options))
        return self

    def multi(self):
        """From now on commands are queued, for one transaction."""
        if self.explicit_transaction:
            raise RedisError("Cannot issue nested calls to MULTI")
        if self.command_stack:
            raise RedisError("Commands without an initial WATCH have already been issued")
        self.explicit_transaction = True

    def _begin_to_watch(self):
        if self.explicit_transaction:
            raise RedisError("Cannot issue a WATCH after a MULTI")

    def _forget(self):
        """Empties it. What was watched, for who tells the server."""
        block, self._block = self._block, None
        self.command_stack = []
        self.explicit_transaction = False
        return block

    def _is_block(self):
        return self._is_transaction or self.explicit_transaction or self._block is not None

    @staticmethod
    def _checked(replies, stack, raise_on_error):
        if raise_on_error:
            for position, reply in enumerate(replies):
                if isinstance(reply, Exception):
                    raise annotated(reply, position, stack[position][0])
        return replies

    def pipeline(self, *args, **kwargs):
        raise RedisClusterException("a pipeline makes no pipelines")

    def transaction(self, *args, **kwargs):
        raise RedisClusterException("a pipeline makes no transactions: pipeline(transaction=True) of the client")

    def pubsub(self, **kwargs):
        raise RedisClusterException("a pipeline has no subscriptions")

    def scan_iter(self, *args, **kwargs):
        raise RedisClusterException("scan_iter() waits for replies: use the client's")


class ClusterScript(Script):
    """redis-py's Script; a pipeline gets its source, as nobody could load it between its commands."""

    def __call__(self, keys=(), args=(), client=None):
        if isinstance(client, ClusterPipeline):
            return client.eval(self.script, len(keys), *keys, *args)
        return super().__call__(keys=list(keys), args=list(args), client=client)


class ClusterPipeline(Queue, ClusterCommands, Redis):
    """Made by ``RedisCluster.pipeline()``. Every method of the client queues here, and gives the pipeline; ``execute()`` runs them.

    Each node gets its commands in one write, all nodes at the same time; commands over several slots are sent in parts. Commands of one
    slot run in the order they were queued. Only what failed is sent again, and only if that is safe. Not atomic, but with
    ``transaction=True`` or behind ``watch()`` or ``multi()``: then all keys lie in one slot.
    One thread at a time.
    """

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.reset()

    def reset(self):
        """Forgets what is queued and watched."""
        block = self._forget()
        if block is not None:
            block.reset()

    close = reset

    def immediate_execute_command(self, *args, **options):
        """Runs a command at once, on the connection that watches."""
        if self._block is None:
            return self._client.execute_command(*args, **options)
        return self._block.now(args, command_options(options))

    def watch(self, *names):
        """Nothing will run if one of these keys changes from now on until execute(). Commands run at once until multi()."""
        self._begin_to_watch()
        if self._block is None:
            self._block = _core.Transaction(self._client._core)
        self._block.watch(names)
        return True

    def unwatch(self):
        """Forgets what is watched."""
        block, self._block = self._block, None
        if block is not None:
            block.reset()
        return True

    def run(self, func, watches, value_from_callable, watch_delay):
        """What RedisCluster.transaction() does."""
        while True:
            try:
                self.watch(*watches)
                value = func(self)
                replies = self.execute()
                return value if value_from_callable else replies
            except WatchError:
                self.reset()
                if watch_delay:
                    time.sleep(watch_delay)

    def execute(self, raise_on_error=True):
        """Runs what is queued, and is empty afterwards. A list of replies in the order of queueing.

        :param raise_on_error: raise the first error of a command, with ``Command # N (...) of pipeline caused error: ...``; all others have run.
            False: exceptions stand in the list.
        """
        stack = tuple(self.command_stack)
        if not stack and not self.watching:
            return []
        try:
            replies = self._run(stack)
        finally:
            self.reset()
        return self._checked(replies, stack, raise_on_error)

    def _run(self, stack):
        if self._is_block():
            return (self._block or _core.Transaction(self._client._core)).run(stack)
        return _core.run_pipeline(self._client._core, stack, self._read_from_replicas)
