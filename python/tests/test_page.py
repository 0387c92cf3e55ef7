"""The examples of the page that the package implements, as they stand there."""
import pytest

import rediscluster.connection
from rediscluster import RedisCluster

BASIC_CLIENT_SETUP = '''
from rediscluster import RedisCluster

# Single host startup
rc = RedisCluster(host='127.0.0.1', port=7000, decode_responses=True)

# Multiple startup nodes for redundancy
startup_nodes = [
    {"host": "127.0.0.1", "port": "7000"},
    {"host": "127.0.0.1", "port": "7001"},
    {"host": "127.0.0.1", "port": "7002"}
]
rc = RedisCluster(startup_nodes=startup_nodes, decode_responses=True)

# From URL
rc = RedisCluster.from_url("redis://127.0.0.1:7000", decode_responses=True)
'''

ADVANCED_CONFIGURATION = '''
# Production configuration with connection pooling
rc = RedisCluster(
    startup_nodes=startup_nodes,
    decode_responses=True,
    max_connections=32,
    max_connections_per_node=8,
    read_from_replicas=True,
    cluster_down_retry_attempts=5,
    socket_timeout=5,
    socket_connect_timeout=5
)

# Read-only replica configuration
rc = RedisCluster(
    startup_nodes=startup_nodes,
    readonly_mode=True,
    read_from_replicas=True
)
'''

CLUSTER_MANAGEMENT = '''
# Get cluster information
info = rc.cluster_info()
print(f"Cluster size: {info['cluster_size']}")
print(f"Cluster state: {info['cluster_state']}")

# Get node topology
nodes = rc.cluster_nodes()
for node_id, node_info in nodes.items():
    print(f"Node {node_id}: {node_info['host']}:{node_info['port']} - {node_info['role']}")

# Get slot mappings
slots = rc.cluster_slots()
for slot_range in slots:
    start_slot, end_slot = slot_range[0], slot_range[1]
    master = slot_range[2]
    print(f"Slots {start_slot}-{end_slot}: master {master[0]}:{master[1]}")
'''

MULTI_KEY_OPERATIONS = '''
# Multi-key operations work transparently across nodes
keys_values = {"user:1": "data1", "user:2": "data2", "session:abc": "active"}
rc.mset(keys_values)

values = rc.mget(["user:1", "user:2", "session:abc"])
print(values)  # ['data1', 'data2', 'active']

# Delete multiple keys
deleted = rc.delete("user:1", "user:2", "session:abc")
print(f"Deleted {deleted} keys")
'''


@pytest.fixture(params=["cluster", "tls_cluster"])
def at_port_7000(request, monkeypatch):
    """The page's 127.0.0.1:7000 to 7002 are nodes of ours, with TLS where they want it."""
    cluster = request.getfixturevalue(request.param)
    ours = rediscluster.connection.startup_nodes
    core_options = rediscluster.connection.core_options
    monkeypatch.setattr(rediscluster.connection, "startup_nodes", lambda *given: [(host, cluster.nodes[port - 7000]["port"]) for host, port in ours(*given)])
    tls = {"ssl": True, "ssl_ca_certs": cluster.ca} if cluster.ca else {}
    monkeypatch.setattr(rediscluster.connection, "core_options", lambda options: {**core_options(options), **tls})
    return cluster


def run(*examples):
    names = {}
    for example in examples:
        exec(example, names)
    return names


def test_basic_client_setup(at_port_7000):
    names = run(BASIC_CLIENT_SETUP)
    assert names["rc"].set("foo", "bar") is True
    assert names["rc"].get("foo") == "bar"
    assert names["startup_nodes"] == [{"host": "127.0.0.1", "port": str(port)} for port in (7000, 7001, 7002)], "lists of callers stay as they are"


def test_advanced_configuration(at_port_7000):
    names = run(BASIC_CLIENT_SETUP, ADVANCED_CONFIGURATION)
    names["rc"].get("foo")
    with pytest.raises(rediscluster.RedisClusterException, match="readonly_mode"):
        names["rc"].set("foo", "bar")


def test_cluster_management(at_port_7000, capsys):
    run(BASIC_CLIENT_SETUP, CLUSTER_MANAGEMENT)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["Cluster size: 3", "Cluster state: ok"]
    for node in at_port_7000.nodes:
        assert sum(line.startswith(f"Node {node['id']}: {node['host']}:{node['port']} - ") for line in lines) == 1
    assert sum(line.endswith(" - master") for line in lines) == 3
    assert sum(line.endswith(" - slave") for line in lines) == 3
    first = at_port_7000.nodes[0]
    assert f"Slots 0-5460: master {first['host']}:{first['port']}" in lines


def test_multi_key_operations(at_port_7000, capsys):
    run(BASIC_CLIENT_SETUP, MULTI_KEY_OPERATIONS)
    assert capsys.readouterr().out.splitlines() == ["['data1', 'data2', 'active']", "Deleted 3 keys"]


def test_from_url_and_constructor_take_what_the_page_says():
    import inspect

    parameters = list(inspect.signature(RedisCluster.__init__).parameters)
    assert parameters[1:15] == ["host", "port", "startup_nodes", "max_connections", "max_connections_per_node", "init_slot_cache", "readonly_mode",
                                "reinitialize_steps", "skip_full_coverage_check", "nodemanager_follow_cluster", "connection_class", "read_from_replicas",
                                "cluster_down_retry_attempts", "host_port_remap"]
