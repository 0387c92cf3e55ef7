"""What the blocking client and that for asyncio have in common."""
from rediscluster._compat import Encoder, response_callbacks, str_if_bytes
from rediscluster.cluster_commands import ClusterCommands
from rediscluster.connection import options_of_pool
from rediscluster.exceptions import RedisClusterException

GROUPS = ("primaries", "replicas", "all")

# Commands that redis-py-cluster sent to several nodes, for set_result_callback().
_TO_PRIMARIES = {"FLUSHALL", "FLUSHDB", "SCRIPT DEBUG", "SCRIPT EXISTS", "SCRIPT FLUSH", "SCRIPT LOAD"}
_TO_ALL = {
    "BGREWRITEAOF", "BGSAVE", "CLIENT GETNAME", "CLIENT ID", "CLIENT KILL", "CLIENT LIST", "CLIENT SETNAME", "CLUSTER INFO", "CONFIG GET",
    "CONFIG RESETSTAT", "CONFIG REWRITE", "CONFIG SET", "DBSIZE", "ECHO", "INFO", "KEYS", "LASTSAVE", "PING", "PUBSUB CHANNELS", "PUBSUB NUMPAT",
    "PUBSUB NUMSUB", "SAVE", "SLOWLOG GET", "SLOWLOG LEN", "SLOWLOG RESET", "TIME",
}

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
        self.result_callbacks = {}

    def __repr__(self):
        return f"{type(self).__name__}<{', '.join(sorted({f'{host}:{port}' for host, port in self._options['startup_nodes']}))}>"

    def set_result_callback(self, command, callback):
        """``callback(command, {"host:port": reply})`` makes what a command of several nodes returns, one that names no ``target_nodes``.

        Replies of nodes that failed are exceptions. As redis-py-cluster's; without one they are merged into one reply, as of one server.
        """
        name = command.upper()
        if name not in _TO_ALL and name not in _TO_PRIMARIES:
            raise RedisClusterException(f"{command} goes to one node: set_response_callback() changes what it returns. Of several nodes are: {', '.join(sorted(_TO_ALL | _TO_PRIMARIES))}")
        self.result_callbacks[name] = callback

    def _result_callback(self, args):
        """Who merges the replies of a command's nodes, its name, and which nodes they are; None: the core does."""
        words = [str_if_bytes(word) if isinstance(word, (str, bytes)) else "" for word in args[:2]]
        for name in (words[0].upper(), " ".join(words).upper()):
            if name in self.result_callbacks:
                return self.result_callbacks[name], name, "primaries" if name in _TO_PRIMARIES else "all"
        return None

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
