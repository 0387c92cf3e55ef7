"""The client for asyncio: ``await rc.get("k")``, over the core's own event loop.

    >>> from rediscluster.asyncio import RedisCluster
    >>> async def main():
    ...     async with RedisCluster(host="127.0.0.1", port=7000, decode_responses=True) as rc:
    ...         await rc.set("foo", "bar")
    ...         return await rc.get("foo")
"""
from rediscluster.asyncio.client import RedisCluster
from rediscluster.asyncio.monitor import ClusterMonitor
from rediscluster.asyncio.pipeline import ClusterPipeline
from rediscluster.asyncio.pubsub import ClusterPubSub

__all__ = ["ClusterMonitor", "ClusterPipeline", "ClusterPubSub", "RedisCluster"]
