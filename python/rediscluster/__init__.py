"""A Redis Cluster and Valkey Cluster client: the classes of redis-py-cluster over a C++ core.

    >>> from rediscluster import RedisCluster
    >>> rc = RedisCluster(host="127.0.0.1", port=7000, decode_responses=True)
    >>> rc.set("foo", "bar")
    True
    >>> rc.get("foo")
    'bar'
"""
from rediscluster.client import RedisCluster, StrictRedisCluster
from rediscluster.connection import (
    ClusterBlockingConnectionPool,
    ClusterConnection,
    ClusterConnectionPool,
    ClusterReadOnlyConnectionPool,
    ClusterWithReadReplicasConnectionPool,
    SSLClusterConnection,
)
from rediscluster.exceptions import (
    AskError,
    CancelledError,
    ClientClosedError,
    ClusterCrossSlotError,
    ClusterDownError,
    ClusterDownException,
    ClusterError,
    ClusterUnreachableError,
    MasterDownError,
    MovedError,
    RedisClusterConfigError,
    RedisClusterError,
    RedisClusterException,
    SlotNotCoveredError,
    TryAgainError,
)
from rediscluster.pipeline import ClusterPipeline
from rediscluster.pubsub import ClusterPubSub

__version__ = "0.1.0"
VERSION = tuple(int(part) for part in __version__.split("."))
__all__ = [name for name in dir() if not name.startswith("_") and name[0].isupper()]
