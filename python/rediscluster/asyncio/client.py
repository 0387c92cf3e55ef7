"""RedisCluster for asyncio: the methods of redis.asyncio and of redis-py-cluster, over the core."""
import asyncio
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import WatchError

from rediscluster import _core
from rediscluster._client import GROUPS, ClientBase, check_hint, check_words, page_size
from rediscluster._compat import command_options
from rediscluster._options import node_named, url_options
from rediscluster.asyncio._ports import Ports
from rediscluster.asyncio.monitor import ClusterMonitor
from rediscluster.asyncio.pipeline import ClusterPipeline
from rediscluster.asyncio.pubsub import ClusterPubSub
from rediscluster.connection import ClusterConnectionPool
from rediscluster.exceptions import RedisClusterException


class RedisCluster(ClientBase, Redis):
    """A client of one Redis or Valkey cluster for asyncio. Its arguments are those of ``rediscluster.RedisCluster``.

    Connects with the first command, on a thread of the core's. Each method gives an awaitable; the command is begun when the method is
    called, and cancelled with the task that awaits it. May be used by several loops, each in its own thread. ``cluster_keyslot()`` and ``explain()`` need no
    server, and give their values at once.
    """

    def __init__(self, host=None, port=None, startup_nodes=None, connection_pool=None, **kwargs):
        self.single_connection_client = False
        if connection_pool is None:
            connection_pool = ClusterConnectionPool(host=host, port=port, startup_nodes=startup_nodes, **kwargs)
        self._begin_client(connection_pool)
        self._ports = Ports(self._options, self._text, self.response_callbacks)

    @classmethod
    def from_url(cls, url, **kwargs):
        """As rediscluster.RedisCluster.from_url()."""
        return cls(**{**kwargs, **url_options(url)})

    def __await__(self):
        return self.initialize().__await__()

    async def initialize(self):
        """Connects now. Errors: those of rediscluster.RedisCluster()."""
        await self.ping()
        return self

    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc_value, traceback):
        await self.close()

    async def close(self, close_connection_pool=None):
        """Ends all connections; calls that are under way fail with ClientClosedError. A later call connects anew."""
        await self._ports.close()

    aclose = close

    def __del__(self):
        pass

    # --- Running commands ---

    def execute_command(self, *args, target_nodes=None, **options):
        """As that of rediscluster.RedisCluster; gives an awaitable."""
        check_words(args)
        command_options(options)
        ports = self._ports
        if target_nodes is None:
            if self.result_callbacks and (merging := self._result_callback(args)):
                return self._merged(*merging, args, options)
            return ports.begin(lambda port: port.execute, args, options)
        if target_nodes in GROUPS:
            return ports.begin(lambda port: port.execute_on_each, target_nodes, args, options)
        return ports.begin(lambda port: port.execute_at, node_named(target_nodes), args, options)

    async def _merged(self, callback, name, group, args, options):
        return callback(name, await self._ports.begin(lambda port: port.execute_on_each, group, args, options))

    async def parse_response(self, connection, command_name, **options):
        raise RedisClusterException("the core reads replies: execute_command() gives them")

    # --- What is made of a client ---

    def pipeline(self, transaction=None, shard_hint=None, read_from_replicas=False):
        """As that of rediscluster.RedisCluster: ``async with rc.pipeline() as pipe: ...; await pipe.execute()``."""
        check_hint(shard_hint)
        return ClusterPipeline(self, transaction=bool(transaction), read_from_replicas=read_from_replicas)

    async def transaction(self, func, *watches, shard_hint=None, value_from_callable=False, watch_delay=None):
        """Watches the keys, calls ``func(pipeline)``, awaits what it gives if that can be, and executes; again when a watched key was changed."""
        async with self.pipeline(transaction=True) as pipe:
            while True:
                try:
                    if watches:
                        await pipe.watch(*watches)
                    value: Any = func(pipe)
                    if asyncio.iscoroutine(value):
                        value = await value
                    replies = await pipe.execute()
                    return value if value_from_callable else replies
                except WatchError:
                    await pipe.reset()
                    if watch_delay:
                        await asyncio.sleep(watch_delay)

    def pubsub(self, **kwargs):
        """Subscriptions. See ClusterPubSub."""
        return ClusterPubSub(self, **kwargs)

    async def _pages(self, make, count, *arguments):
        port = self._ports.port(asyncio.get_running_loop())
        scan = make(port, *arguments)
        while True:
            items = await self._ports.begin_on(port, scan.next, page_size(count))
            if not items:
                return
            for item in items:
                yield item

    def scan_iter(self, match=None, count=None, _type=None):
        """``async for key in rc.scan_iter()``: the keys of the whole cluster, as rediscluster.RedisCluster.scan_iter()."""
        return self._pages(_core.PortScan, count, self._bytes_of(match), count, self._bytes_of(_type))

    def hscan_iter(self, name, match=None, count=None, no_values=False, **kwargs):
        """The fields of a hash with their values, also when it moves to another node meanwhile."""
        if no_values or kwargs:
            return super().hscan_iter(name, match=match, count=count, no_values=no_values, **kwargs)
        return self._pages(_core.PortFieldScan, count, self._bytes_of(name), self._bytes_of(match), count)

    def sscan_iter(self, name, match=None, count=None):
        """The members of a set, likewise."""
        return self._pages(_core.PortMemberScan, count, self._bytes_of(name), self._bytes_of(match), count)

    def zscan_iter(self, name, match=None, count=None, score_cast_func=float):
        """The members of a sorted set with their scores, likewise."""
        if score_cast_func is not float:
            return super().zscan_iter(name, match=match, count=count, score_cast_func=score_cast_func)
        return self._pages(_core.PortScoreScan, count, self._bytes_of(name), self._bytes_of(match), count)

    def monitor(self, target_node=None):
        """The commands that servers run: of all nodes, or of one (id or "host:port"). See ClusterMonitor."""
        return ClusterMonitor(self, target_node)

    # --- Methods of the page that ask more than once ---

    async def cluster_count_failure_report(self, node_id):
        told = await self.execute_command("CLUSTER COUNT-FAILURE-REPORTS", node_id, target_nodes="primaries")
        return self._most_of(told)

    async def cluster_delslots(self, *slots):
        owners = self._owners_of(slots, await self.cluster_nodes())
        return bool(owners) and all([await self._at_node(node_id, "CLUSTER DELSLOTS", *mine) for node_id, mine in owners.items()])

    async def cluster_reset_all_nodes(self, soft=True):
        return all([await self.cluster_reset(node_id, soft) for node_id in list(await self.cluster_nodes())])

    async def cluster_save_config(self):
        return all(reply is True for reply in (await self.execute_command("CLUSTER SAVECONFIG", target_nodes="all")).values())
