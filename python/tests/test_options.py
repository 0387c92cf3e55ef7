"""Constructors, URLs, pools: what is taken, what is refused, and with which words."""
import warnings

import pytest
import redis

import rediscluster
from rediscluster import ClusterBlockingConnectionPool, ClusterConnectionPool, ClusterReadOnlyConnectionPool, ClusterWithReadReplicasConnectionPool, RedisCluster
from rediscluster import _options
from rediscluster.exceptions import AuthenticationError, ConnectionError, RedisClusterConfigError, RedisClusterException


@pytest.mark.parametrize("given, error, words", [
    ({}, RedisClusterException, "No startup nodes provided"),
    ({"startup_nodes": []}, RedisClusterException, "No startup nodes provided"),
    ({"startup_nodes": "127.0.0.1:7000"}, RedisClusterException, "list of nodes"),
    ({"startup_nodes": [{"port": 1}]}, RedisClusterException, "has a host"),
    ({"startup_nodes": [{"host": "a", "port": "x"}]}, RedisClusterException, "port of a startup node is a number"),
    ({"host": "127.0.0.1", "port": 1, "db": 0}, RedisClusterException, "'db' is not possible"),
    ({"host": "127.0.0.1", "port": 1, "bogus": 1}, TypeError, "no option 'bogus'"),
    ({"host": "127.0.0.1", "port": 1, "max_connections": "many"}, TypeError, "max_connections"),
    ({"host": "127.0.0.1", "port": 1, "resend": "sometimes"}, ValueError, "sometimes"),
    ({"host": "127.0.0.1", "port": 1, "command_timeout": -1}, RedisClusterConfigError, "command_timeout"),
    ({"host": "127.0.0.1", "port": 1, "host_port_remap": {}}, RedisClusterConfigError, "list of rules"),
    ({"host": "127.0.0.1", "port": 1, "host_port_remap": [1]}, RedisClusterConfigError, "is a dict"),
    ({"host": "127.0.0.1", "port": 1, "host_port_remap": [{"from": 1}]}, RedisClusterConfigError, "'from'"),
    ({"host": "127.0.0.1", "port": 1, "host_port_remap": [{"from_host": "10.0.0.1"}]}, RedisClusterConfigError, "host_port_remap"),
    ({"host": "127.0.0.1", "port": 1, "ssl_cert_reqs": "maybe"}, RedisClusterConfigError, "ssl_cert_reqs"),
    ({"host": "127.0.0.1", "port": 1, "unix_socket_path": "/s"}, RedisClusterException, "Unix sockets"),
    ({"host": "127.0.0.1", "port": 1, "command_timeout": 1}, RedisClusterException, "Redis Cluster cannot be connected"),
    ({"host": "127.0.0.1", "port": 1, "command_timeout": 1}, ConnectionError, "127.0.0.1:1"),
    ({"host": "127.0.0.1", "port": 1, "command_timeout": 1}, redis.RedisError, "provide at least one reachable node"),
])
def test_what_is_refused(given, error, words):
    with pytest.raises(error, match=words):
        RedisCluster(**given)


def test_what_has_no_effect_says_so_once(cluster):
    _options._said.clear()
    with pytest.warns(RuntimeWarning, match="health_check_interval has no effect"):
        RedisCluster(**cluster.options, health_check_interval=30).close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RedisCluster(**cluster.options, health_check_interval=30, retry_on_timeout=False, parser_class=None).close()


@pytest.mark.parametrize("url, options", [
    ("redis://10.0.0.1:7001", {"host": "10.0.0.1", "port": 7001}),
    ("redis://h", {"host": "h", "port": 7000}),
    ("redis://user:p%40ss@h/0?socket_timeout=2.5&decode_responses=yes&max_connections=8", {"host": "h", "port": 7000, "username": "user", "password": "p@ss", "socket_timeout": 2.5,
                                                                                       "decode_responses": True, "max_connections": 8}),
    ("rediss://:secret@[::1]:7000", {"host": "::1", "port": 7000, "password": "secret", "ssl": True}),
])
def test_urls(url, options):
    assert _options.url_options(url) == options


@pytest.mark.parametrize("url, error", [("unix:///s", RedisClusterException), ("http://h", ValueError), ("redis://h/3", RedisClusterException), ("redis://h?socket_timeout=soon", ValueError)])
def test_urls_that_are_refused(url, error):
    with pytest.raises(error):
        RedisCluster.from_url(url)


def test_from_url(cluster):
    client = RedisCluster.from_url(f"redis://127.0.0.1:{cluster.port}?decode_responses=true", decode_responses=False)
    client.set("k", "v")
    assert client.get("k") == "v" and repr(client) == f"RedisCluster<127.0.0.1:{cluster.port}>"
    client.close()


@pytest.mark.parametrize("kind", [ClusterConnectionPool, ClusterBlockingConnectionPool, ClusterWithReadReplicasConnectionPool])
def test_pools_are_configuration(kind, cluster):
    pool = kind(startup_nodes=cluster.options["startup_nodes"], max_connections=12, decode_responses=True)
    client = RedisCluster(connection_pool=pool)
    client.set("k", "v")
    assert client.get("k") in ("v", None) and repr(pool).startswith(kind.__name__ + "<127.0.0.1:")
    with pytest.raises(RedisClusterException):
        pool.get_connection("GET")
    client.close()


def test_a_pool_that_only_reads(cluster, rc):
    client = RedisCluster(connection_pool=ClusterReadOnlyConnectionPool(startup_nodes=cluster.options["startup_nodes"]))
    client.get("k")
    with pytest.raises(RedisClusterException, match="readonly_mode"):
        client.set("k", "v")
    client.close()


def test_connection_classes(tls_cluster):
    from rediscluster import SSLClusterConnection

    client = RedisCluster(startup_nodes=tls_cluster.options["startup_nodes"], connection_class=SSLClusterConnection, ssl_ca_certs=tls_cluster.ca)
    assert client.ping() is True
    client.close()
    with pytest.raises(ConnectionError, match="certificate"):
        RedisCluster(startup_nodes=tls_cluster.options["startup_nodes"], ssl=True, command_timeout=2)
    client = RedisCluster(startup_nodes=tls_cluster.options["startup_nodes"], ssl=True, ssl_cert_reqs=None, ssl_ca_certs=tls_cluster.ca, ssl_check_hostname=False)
    client.close()
    RedisCluster(startup_nodes=tls_cluster.options["startup_nodes"], ssl=True, ssl_cert_reqs="none").close()


def test_text(cluster):
    client = RedisCluster(**cluster.options, encoding="latin-1", decode_responses=True)
    client.set("k", "\u00e4")
    assert client.get("k") == "\u00e4"
    client.set("\u00e41", 1)
    assert list(client.scan_iter(match="\u00e4*")) == ["\u00e41"] == client.keys("\u00e4*")
    client.delete("\u00e41")
    with RedisCluster(**cluster.options) as other:
        assert other.get("k") == b"\xe4"
        other.set("bad", b"\xff")
        with RedisCluster(**cluster.options, decode_responses=True) as strict, RedisCluster(**cluster.options, decode_responses=True, encoding_errors="replace") as loose:
            with pytest.raises(UnicodeDecodeError):
                strict.get("bad")
            assert loose.get("bad") == "\ufffd" and strict.get("k2") is None
        view = memoryview(b"bytes")
        assert other.set(b"\x00k", view) and other.get(b"\x00k") == b"bytes" and other.set("arr", b"x" * 100_000) and len(other.get("arr")) == 100_000
    client.close()


@pytest.mark.parametrize("target", [5, ["primaries"], None, "nobody"])
def test_targets(target, rc):
    if target is None:
        assert rc.execute_command("PING", target_nodes=target) is True
        return
    with pytest.raises(RedisClusterException):
        rc.execute_command("PING", target_nodes=target)


def test_a_password_that_is_wrong(cluster):
    with pytest.raises(AuthenticationError):
        RedisCluster(**cluster.options, username="nobody", password="secret", command_timeout=2)


def test_names_of_the_package():
    for name in ("RedisCluster", "ClusterConnection", "ClusterConnectionPool", "ClusterBlockingConnectionPool", "ClusterPipeline", "ClusterPubSub", "RedisClusterException", "RedisClusterError",
                 "ClusterDownException", "ClusterError", "ClusterCrossSlotError", "ClusterDownError", "AskError", "TryAgainError", "MovedError", "MasterDownError", "SlotNotCoveredError"):
        assert hasattr(rediscluster, name)
    for name in ("AskError", "MovedError", "TryAgainError", "ClusterDownError", "MasterDownError", "ClusterCrossSlotError", "SlotNotCoveredError", "RedisClusterException"):
        ours = getattr(rediscluster, name)
        assert issubclass(ours, redis.RedisError) and issubclass(ours, getattr(redis.exceptions, name, Exception))
    moved = rediscluster.exceptions.exception_of_reply("MOVED 12 10.0.0.1:7000")
    assert (moved.slot_id, moved.host, moved.port, moved.node_addr, str(moved)) == (12, "10.0.0.1", 7000, ("10.0.0.1", 7000), "12 10.0.0.1:7000")
