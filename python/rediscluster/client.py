"""RedisCluster: the methods of redis-py and of redis-py-cluster, over the C++ core."""
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Optional, Union

from redis import Redis

from rediscluster import _core
from rediscluster._client import GROUPS, ClientBase, check_hint, check_words, page_size
from rediscluster._compat import command_options
from rediscluster._options import node_named, url_options
from rediscluster.connection import ClusterConnectionPool
from rediscluster.exceptions import RedisClusterException
from rediscluster.monitor import ClusterMonitor
from rediscluster.pipeline import ClusterPipeline, ClusterScript
from rediscluster.pubsub import ClusterPubSub


def _pages(scan, count):
    while True:
        page = scan.next(page_size(count))
        if not page:
            return
        yield from page


class RedisCluster(ClientBase, Redis):
    """A client of one Redis or Valkey cluster.

    Thread-safe: make one and share it; calls of several threads travel together. Safe across fork(): a child makes connections of its
    own. Every call waits without the GIL, at most ``command_timeout`` seconds (10) beside what it waits on its server.

    :param host, port: one startup node; the port is 7000 if it is not given.
    :param startup_nodes: ``[{"host": "127.0.0.1", "port": 7000}, ...]``: where to ask for the cluster first.
    :param max_connections: bound on all connections; None: none.
    :param max_connections_per_node: a number: bound on those to one node; True: max_connections is meant per node.
    :param init_slot_cache: connect now; False: with the first command.
    :param readonly_mode: refuse writes, read from replicas.
    :param read_from_replicas: reads go to any copy of their shard.
    :param cluster_down_retry_attempts: give up after so many CLUSTERDOWN; None: at the deadline.
    :param host_port_remap: rules from announced to reachable addresses.
    :param connection_pool: a ClusterConnectionPool with options, in place of all others.
    :param kwargs: those of redis-py's connections (password, decode_responses, socket_timeout, ssl...), and the core's own:
        command_timeout, read_from ("primary", "prefer_replica", "any", "lowest_latency", "same_zone"), availability_zone,
        resend ("reads", "idempotent_writes", "everything"), cross_slot ("split", "refuse"), protocol, lanes_per_node,
        blocking_connections_per_node, topology_refresh_period. Times are seconds.

    Errors: RedisClusterException, naming each startup node with its reason; AuthenticationError; TypeError for an unknown option.
    """

    def __init__(self, host: Optional[str] = None, port: Union[int, str, None] = None, startup_nodes: Optional[Iterable[Any]] = None,
                 max_connections: Optional[int] = None, max_connections_per_node: Union[bool, int] = False, init_slot_cache: bool = True,
                 readonly_mode: bool = False, reinitialize_steps: Optional[int] = None, skip_full_coverage_check: bool = False,
                 nodemanager_follow_cluster: bool = False, connection_class: Optional[type] = None, read_from_replicas: bool = False,
                 cluster_down_retry_attempts: Optional[int] = None, host_port_remap: Optional[list[dict[str, Any]]] = None,
                 connection_pool: Optional[ClusterConnectionPool] = None, **kwargs: Any) -> None:
        if connection_pool is None:
            connection_pool = ClusterConnectionPool(
                host=host, port=port, startup_nodes=startup_nodes, max_connections=max_connections, max_connections_per_node=max_connections_per_node,
                init_slot_cache=init_slot_cache, readonly_mode=readonly_mode, reinitialize_steps=reinitialize_steps,
                skip_full_coverage_check=skip_full_coverage_check, nodemanager_follow_cluster=nodemanager_follow_cluster,
                connection_class=connection_class, host_port_remap=host_port_remap, read_from_replicas=read_from_replicas,
                cluster_down_retry_attempts=cluster_down_retry_attempts, **kwargs)
        elif read_from_replicas:
            connection_pool.connection_kwargs["read_from_replicas"] = True
        self._begin_client(connection_pool)
        self._made: Optional[_core.Client] = _core.Client(self._options, self._text, self.response_callbacks)

    @classmethod
    def from_url(cls, url: str, **kwargs: Any) -> "RedisCluster":
        """``redis://[[user]:[password]]@host:port[/0][?option=value&...]``; ``rediss://``: TLS. Options in the URL win.

        Errors: RedisClusterException for unix:// and a database other than 0; ValueError for another scheme or value.
        """
        return cls(**{**kwargs, **url_options(url)})

    @property
    def _core(self):
        if self._made is None:  # closed, and used again, as redis-py's clients may be
            self._made = _core.Client(self._options, self._text, self.response_callbacks)
        return self._made

    def close(self) -> None:
        """Ends all connections; calls of other threads that are under way fail with ClientClosedError. A later call connects anew."""
        made, self._made = getattr(self, "_made", None), None
        if made is not None:
            made.close()

    def __del__(self):
        self._made = None  # the core ends when nobody uses it any more

    # --- Running commands ---

    def execute_command(self, *args: Any, target_nodes: Any = None, **options: Any) -> Any:
        """Runs a command, routed by its keys; gives what redis-py's client gives.

        :param target_nodes: where to run it instead: "primaries", "replicas" or "all" (a dict from "host:port" to reply or exception),
            or the id or "host:port" of one node.
        :param options: for the function that makes the reply what the method returns.

        Errors: those of docs/guide/python.md, each with ``code``, ``execution``, ``node`` and ``attempts``.
        """
        if options:
            command_options(options)
        check_words(args)
        core = self._made or self._core
        if target_nodes is None:
            if self.result_callbacks and (merging := self._result_callback(args)):
                callback, name, group = merging
                return callback(name, core.call_on_each(group, args, options))
            return core.call(args, options)
        if target_nodes in GROUPS:
            return core.call_on_each(target_nodes, args, options)
        return core.call_on(node_named(target_nodes), args, options)

    def parse_response(self, connection, command_name, **options):
        raise RedisClusterException("the core reads replies: execute_command() gives them")

    def explain(self, *args: Any) -> str:
        """What would happen to a command, as text for people: keys, slots, nodes, what may be sent again. Sends nothing."""
        return self._core.explain(args)

    # --- What is made of a client ---

    def pipeline(self, transaction: Optional[bool] = None, shard_hint: None = None, read_from_replicas: bool = False) -> ClusterPipeline:
        """Many commands in one go; keys may lie anywhere. See ClusterPipeline.

        :param transaction: True: MULTI and EXEC around them, for keys of one slot.
        """
        check_hint(shard_hint)
        return ClusterPipeline(self, transaction=bool(transaction), read_from_replicas=read_from_replicas)

    def transaction(self, func: Callable[[ClusterPipeline], Any], *watches: Any, **kwargs: Any) -> Any:
        """Watches the keys, calls ``func(pipeline)`` and executes; again when a watched key was changed. All keys lie in one slot."""
        kwargs.pop("shard_hint", None)
        return super().transaction(func, *watches, **kwargs) if not watches else self._watching(func, watches, **kwargs)

    def _watching(self, func, watches, value_from_callable=False, watch_delay=None):
        with self.pipeline(transaction=True) as pipe:
            return pipe.run(func, watches, value_from_callable, watch_delay)

    def register_script(self, script: Union[str, bytes]) -> ClusterScript:
        """A script to be called like a function; in a pipeline (``client=pipe``) it travels as EVAL. Loaded where it is missing."""
        return ClusterScript(self, script)

    def pubsub(self, **kwargs: Any) -> ClusterPubSub:
        """Subscriptions. See ClusterPubSub."""
        return ClusterPubSub(self, **kwargs)

    def scan_iter(self, match: Union[str, bytes, None] = None, count: Optional[int] = None, _type: Optional[str] = None) -> Iterator[Any]:
        """The keys of the whole cluster. Each that is there from start to end comes at least once, also when slots move and primaries fail."""
        return _pages(_core.scan_keys(self._core, self._bytes_of(match), count, self._bytes_of(_type)), count)

    def hscan_iter(self, name, match=None, count=None, no_values=False, **kwargs) -> Iterator[Any]:
        """The fields of a hash with their values, also when it moves to another node meanwhile."""
        if no_values or kwargs:
            return super().hscan_iter(name, match=match, count=count, no_values=no_values, **kwargs)
        return _pages(_core.scan_hash(self._core, self._bytes_of(name), self._bytes_of(match), count), count)

    def sscan_iter(self, name, match=None, count=None) -> Iterator[Any]:
        """The members of a set, likewise."""
        return _pages(_core.scan_set(self._core, self._bytes_of(name), self._bytes_of(match), count), count)

    def zscan_iter(self, name, match=None, count=None, score_cast_func=float) -> Iterator[Any]:
        """The members of a sorted set with their scores, likewise."""
        if score_cast_func is not float:
            return super().zscan_iter(name, match=match, count=count, score_cast_func=score_cast_func)
        return _pages(_core.scan_sorted_set(self._core, self._bytes_of(name), self._bytes_of(match), count), count)

    def monitor(self, target_node: Optional[str] = None) -> ClusterMonitor:
        """The commands that servers run: of all nodes, or of one (id or "host:port"). See ClusterMonitor."""
        return ClusterMonitor(self, target_node)


StrictRedisCluster = RedisCluster
__all__ = ["RedisCluster", "StrictRedisCluster"]
