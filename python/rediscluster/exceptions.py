"""The exceptions of redis-py-cluster, as children of redis-py's, so that `except redis.RedisError` catches them all.

Every exception that the core raises has

* ``code``: what went wrong, e.g. ``"connection_lost"`` (docs/guide/errors.md has them all);
* ``execution``: ``"not_executed"``, ``"maybe_executed"`` or ``"executed"``: whether a server may have run the command;
* ``node``: ``"host:port"`` of who answered or failed last, or ``None``;
* ``attempts``: how often the command was given to a node.
"""
import re

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,
    DataError,
    ExecAbortError,
    InvalidResponse,
    LockError,
    LockNotOwnedError,
    NoPermissionError,
    NoScriptError,
    PubSubError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
    WatchError,
)

from rediscluster._compat import cluster_base, parse_server_error


class RedisClusterException(*cluster_base("RedisClusterException", RedisError)):
    """Wrong use of the client, or no usable cluster."""


class RedisClusterError(RedisClusterException):
    """A name of redis-py-cluster's; nothing raises it."""


class RedisClusterConfigError(RedisClusterException):
    """An option that has no meaning."""


class ClusterUnreachableError(RedisClusterException, ConnectionError):
    """No startup node and no known node answered."""


class SlotNotCoveredError(*cluster_base("SlotNotCoveredError", RedisClusterException)):
    """No node serves the slot of a key."""


class ClusterError(*cluster_base("ClusterError", RedisError)):
    """Nodes kept sending the command to each other."""


class ClusterDownError(*cluster_base("ClusterDownError", ClusterError, ResponseError)):
    """The cluster said CLUSTERDOWN until the time was over."""

    def __init__(self, resp=""):
        Exception.__init__(self, resp)
        self.message = resp


class ClusterDownException(ClusterDownError):
    """A name of redis-py-cluster's; nothing raises it."""


class MasterDownError(*cluster_base("MasterDownError", ClusterDownError)):
    """A replica without its primary."""


class ClusterCrossSlotError(*cluster_base("ClusterCrossSlotError", ResponseError)):
    """The keys of a command that cannot be split lie in several slots."""

    message = "Keys in request don't hash to the same slot"


class TryAgainError(*cluster_base("TryAgainError", ResponseError)):
    """Some keys of the command were moving until the time was over."""

    def __init__(self, *args, **kwargs):
        Exception.__init__(self, *args)


def _rebuilt(kind, args, fields):
    exception = kind.__new__(kind, *args)
    exception.args = args
    exception.__dict__.update(fields)
    return exception


class AskError(*cluster_base("AskError", ResponseError)):
    """A slot was moving until the time was over. ``slot_id``, ``host``, ``port``, ``node_addr``."""

    def __reduce__(self):  # a pipeline says in front of it which command it was
        return _rebuilt, (type(self), self.args, self.__dict__)

    def __init__(self, resp):
        Exception.__init__(self, resp)
        self.message = resp
        slot_id, address = resp.split(" ")
        host, port = address.rsplit(":", 1)
        self.slot_id = int(slot_id)
        self.node_addr = self.host, self.port = host, int(port)


class MovedError(AskError, *cluster_base("MovedError")):
    """Nodes kept sending the command on until the time was over. Fields as AskError."""


class CancelledError(RedisError):
    """The caller cancelled the call."""


class ClientClosedError(ConnectionError):
    """The client was closed."""


_LOCAL = {
    "bad_option": RedisClusterConfigError,
    "no_seeds": RedisClusterException,
    "missing_key": RedisClusterException,
    "wrong_arity": ResponseError,
    "cross_slot": ClusterCrossSlotError,
    "cross_slot_refused": ClusterCrossSlotError,
    "unknown_node": RedisClusterException,
    "not_allowed": RedisClusterException,
    "too_large": DataError,
    "client_closed": ClientClosedError,
    "lock_misused": LockError,
    "lock_not_acquired": LockError,
    "lock_not_owned": LockNotOwnedError,
    "pubsub_misused": PubSubError,
    "watch_lost": WatchError,
    "no_reachable_node": ClusterUnreachableError,
    "not_cluster_mode": RedisClusterException,
    "slot_not_covered": SlotNotCoveredError,
    "dns_failed": ConnectionError,
    "connect_failed": ConnectionError,
    "handshake_failed": ConnectionError,
    "tls_failed": ConnectionError,
    "connection_lost": ConnectionError,
    "timed_out": TimeoutError,
    "cancelled": CancelledError,
    "too_many_redirects": ClusterError,
    "too_many_connections": ConnectionError,
    "too_many_in_flight": ConnectionError,
    "protocol_error": InvalidResponse,
    "unexpected_reply": InvalidResponse,
    "wrong_password": AuthenticationError,
}

# The core names the command in front of what a server says of it.
_COMMAND = re.compile(r"[A-Za-z][A-Za-z0-9_.]*(?: [A-Za-z][A-Za-z0-9_-]*)?: (?=[A-Z]+ )")

_REDIRECTS = {"MOVED": MovedError, "ASK": AskError}
_PREFIXES = {
    "CLUSTERDOWN": ClusterDownError,
    "MASTERDOWN": MasterDownError,
    "TRYAGAIN": TryAgainError,
    "CROSSSLOT": ClusterCrossSlotError,
}


def exception_of_reply(text):
    """The exception for a server's error reply, as redis-py's parsers make it, and redis-py-cluster's for those of a cluster."""
    word, _, rest = text.partition(" ")
    if word in _REDIRECTS:
        try:
            return _REDIRECTS[word](rest)
        except ValueError:
            return ResponseError(text)
    if word in _PREFIXES:
        return _PREFIXES[word](rest)
    return parse_server_error(text)


def exception_of(code, message, host, port, attempts, execution):
    """The exception for an error of the core."""
    local = _LOCAL.get(code)
    exception = local(message) if local else exception_of_reply(_COMMAND.sub("", message, count=1))
    exception.code = code
    exception.execution = execution
    exception.node = f"{host}:{port}" if host else None
    exception.attempts = attempts
    return exception


__all__ = [name for name in dir() if name.endswith(("Error", "Exception", "InvalidResponse"))]
