"""What the blocking client and that for asyncio have in common."""
from rediscluster._compat import Encoder, response_callbacks
from rediscluster.cluster_commands import ClusterCommands
from rediscluster.connection import options_of_pool
from rediscluster.exceptions import RedisClusterException

GROUPS = ("primaries", "replicas", "all")

# How many keys a scan fetches from the core at a time, which costs a change of threads.
_KEYS_AT_A_TIME = 256


class ClientBase(ClusterCommands):
    """Options, text, and the functions that make replies what methods return."""

    def _begin_client(self, connection_pool):
        self.connection = None
        self.connection_pool = connection_pool
        self._options, self._text = options_of_pool(connection_pool)
        self._encoder = Encoder(self._text["encoding"], self._text["encoding_errors"], self._text["decode_responses"])
        self.response_callbacks = response_callbacks(self.__class__)
        self._add_callbacks()

    def __repr__(self):
        return f"{type(self).__name__}<{', '.join(sorted({f'{host}:{port}' for host, port in self._options['startup_nodes']}))}>"

    def get_encoder(self):
        """What redis-py's own classes encode with."""
        return self._encoder

    def client(self):
        """This client: its connections are shared safely, and no command changes one."""
        return self

    def _bytes_of(self, value):
        return None if value is None else self._encoder.encode(value)


def page_size(count):
    """Of a scan that was told to ask servers for so many at a time."""
    return min(_KEYS_AT_A_TIME, count or _KEYS_AT_A_TIME)


def check_words(args):
    if not args:
        raise RedisClusterException("Unable to determine command to use")


def check_hint(shard_hint):
    if shard_hint:
        raise RedisClusterException("shard_hint is deprecated in cluster mode")
