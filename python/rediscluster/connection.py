"""Pools and connections of redis-py-cluster, as configuration: the core makes, bounds and shares the connections itself."""
from rediscluster._compat import Encoder
from rediscluster._options import core_options, say_once, startup_nodes, text_rules, url_options
from rediscluster.exceptions import RedisClusterException


class ClusterConnection:
    """Given as connection_class: plain TCP, as without it."""


class SSLClusterConnection(ClusterConnection):
    """Given as connection_class: TLS, as ssl=True."""


class ClusterConnectionPool:
    """The options of a client, made before it: ``RedisCluster(connection_pool=ClusterConnectionPool(startup_nodes=...))``.

    ``max_connections`` and ``max_connections_per_node`` bound the core's connections, ``socket_timeout`` and the like are its own.
    Several clients may be made with one pool; each has connections of its own.
    """

    _own: dict = {}

    def __init__(self, startup_nodes=None, init_slot_cache=True, connection_class=None, max_connections=None, max_connections_per_node=False,
                 reinitialize_steps=None, skip_full_coverage_check=False, nodemanager_follow_cluster=False, host_port_remap=None,
                 host=None, port=None, **connection_kwargs):
        self.connection_kwargs = dict(
            connection_kwargs, startup_nodes=startup_nodes, init_slot_cache=init_slot_cache, connection_class=connection_class,
            max_connections=max_connections, max_connections_per_node=max_connections_per_node, reinitialize_steps=reinitialize_steps,
            skip_full_coverage_check=skip_full_coverage_check, nodemanager_follow_cluster=nodemanager_follow_cluster,
            host_port_remap=host_port_remap, host=host, port=port, **self._own)

    @classmethod
    def from_url(cls, url, **kwargs):
        """Options in the URL win."""
        return cls(**{**kwargs, **url_options(url)})

    def get_encoder(self):
        """What redis-py's own classes encode with."""
        rules = text_rules(dict(self.connection_kwargs))
        return Encoder(rules["encoding"], rules["encoding_errors"], rules["decode_responses"])

    def disconnect(self, *args, **kwargs):
        """Nothing: connections are the client's, and close() ends them."""

    reset = disconnect
    release = disconnect

    def get_connection(self, *args, **kwargs):
        raise RedisClusterException("the core's connections are not given out: use a client")

    def __repr__(self):
        nodes = startup_nodes(self.connection_kwargs["host"], self.connection_kwargs["port"], self.connection_kwargs["startup_nodes"])
        return f"{type(self).__name__}<{', '.join(sorted({f'{host}:{port}' for host, port in nodes}))}>"


def options_of_pool(pool):
    """What a client made with this pool gives to the core: its options, and how text and bytes become each other."""
    options = dict(pool.connection_kwargs)
    text = text_rules(options)
    nodes = startup_nodes(options.pop("host", None), options.pop("port", None), options.pop("startup_nodes", None))
    kind = options.pop("connection_class", None)
    if isinstance(kind, type) and issubclass(kind, SSLClusterConnection):
        options["ssl"] = True
    elif kind is not None and kind.__name__ not in ("ClusterConnection", "Connection"):
        options["connection_class"] = kind
    return {**core_options(options), "startup_nodes": nodes}, text


class ClusterBlockingConnectionPool(ClusterConnectionPool):
    """A bound of 50 connections at which callers wait: as any pool with a bound, since the core's callers always do."""

    def __init__(self, startup_nodes=None, max_connections=50, timeout=20, queue_class=None, **kwargs):
        if queue_class is not None:
            say_once("queue_class", "callers wait in the core")
        if timeout != 20:
            say_once("timeout of a pool", "callers wait until command_timeout")
        super().__init__(startup_nodes=startup_nodes, max_connections=max_connections, **kwargs)


class ClusterReadOnlyConnectionPool(ClusterConnectionPool):
    """As readonly_mode=True."""

    _own = {"readonly_mode": True}


class ClusterWithReadReplicasConnectionPool(ClusterConnectionPool):
    """As read_from_replicas=True."""

    _own = {"read_from_replicas": True}
