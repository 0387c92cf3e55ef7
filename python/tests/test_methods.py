"""Every method of the page: what it returns, with and without decode_responses."""
import pytest
import redis

from rediscluster import RedisClusterException
from rediscluster.exceptions import ClusterCrossSlotError, RedisError


def test_cluster_info(both):
    info = both.cluster_info()
    assert info["cluster_state"] == "ok" and info["cluster_slots_assigned"] == 16384
    everywhere = both.cluster_info(target_nodes="all")
    assert len(everywhere) == 6 and all(each["cluster_size"] == 3 for each in everywhere.values())


def test_cluster_nodes(both, cluster):
    nodes = both.cluster_nodes()
    assert set(nodes) == {node["id"] for node in cluster.nodes}
    first = nodes[cluster.nodes[0]["id"]]
    assert (first["host"], first["port"], first["role"], first["master"]) == ("127.0.0.1", cluster.port, "master", None)
    assert first["slots"] == list(range(5461)) and first["link-state"] == "connected" and "master" in first["flags"]
    replica = nodes[cluster.nodes[3]["id"]]
    assert (replica["role"], replica["master"], replica["slots"]) == ("slave", cluster.nodes[0]["id"], [])


def test_cluster_slots(both, cluster):
    slots = both.cluster_slots()
    assert [entry[:2] for entry in sorted(slots)] == [[0, 5460], [5461, 10921], [10922, 16383]]
    first = sorted(slots)[0]
    assert first[2] == ["127.0.0.1", cluster.port, cluster.nodes[0]["id"]]
    assert first[3][:2] == ["127.0.0.1", cluster.nodes[3]["port"]]
    assert slots.as_dict()[(0, 5460)] == {"master": ("127.0.0.1", cluster.port), "slaves": [("127.0.0.1", cluster.nodes[3]["port"])]}


@pytest.mark.parametrize("key, slot", [("foo", 12182), ("{foo}bar", 12182), (b"foo", 12182), (1337, 4314), ("GQ5KU", 0), ("0J8KD", 16299)])
def test_cluster_keyslot(both, key, slot):
    assert both.cluster_keyslot(key) == slot


def test_keys_in_slots(both):
    both.mset({"{foo}1": "a", "{foo}2": "b"})
    assert both.cluster_countkeysinslot(12182) == 2
    assert sorted(both.cluster_get_keys_in_slot(12182, 10)) == ["{foo}1", "{foo}2"]


def test_cluster_count_failure_report(both, cluster):
    assert both.cluster_count_failure_report(cluster.nodes[1]["id"]) == 0


def test_cluster_slaves(both, cluster):
    replicas = both.cluster_slaves(cluster.nodes[0]["id"])
    assert [(each["id"], each["role"]) for each in replicas] == [(cluster.nodes[3]["id"], "slave")]


def test_cluster_save_config(both):
    assert both.cluster_save_config() is True


def test_slots_are_taken_and_given(rc, fragile):
    import rediscluster

    client = rediscluster.RedisCluster(**fragile.options)
    owner = fragile.nodes[0]["id"]
    assert client.cluster_delslots(0, 1) is True
    assert client.cluster_addslots(owner, 0, 1) is True
    other = fragile.nodes[1]["id"]
    assert client.cluster_setslot(owner, 7, "MIGRATING", other) is True
    assert client.cluster_setslot(other, 7, "IMPORTING", owner) is True
    assert client.cluster_nodes()[owner]["migrations"] in ([], [{"slot": 7, "node_id": other, "state": "migrating"}]), "of the node that was asked"
    told = client.execute_command("CLUSTER NODES", target_nodes=owner)[owner]
    assert told["migrations"] == [{"slot": 7, "node_id": other, "state": "migrating"}]
    assert client.cluster_setslot(owner, 7, "STABLE") is True and client.cluster_setslot(other, 7, "STABLE") is True
    with pytest.raises(RedisError, match="Invalid slot state: BOGUS"):
        client.cluster_setslot(owner, 7, "BOGUS")
    with pytest.raises(redis.ResponseError):
        client.cluster_set_config_epoch(owner, 5)
    assert client.cluster_meet(owner, "127.0.0.1", fragile.nodes[1]["port"]) is True
    with pytest.raises(RedisError, match="Invalid option for CLUSTER FAILOVER command: NOW"):
        client.cluster_failover(owner, "NOW")
    assert client.cluster_failover(fragile.nodes[3]["id"]) is True
    with pytest.raises(RedisError, match="node_id"):
        client.cluster_replicate(owner)
    with pytest.raises(RedisClusterException):
        client.cluster_reset("0" * 40)
    assert client.cluster_reset(fragile.nodes[4]["id"]) is True
    client.close()


def test_nodes_change_their_places(fragile):
    import rediscluster

    client = rediscluster.RedisCluster(**fragile.options)
    first, replica_of_second = fragile.nodes[0]["id"], fragile.nodes[4]["id"]
    assert client.cluster_replicate(first, node_id=replica_of_second) is True
    fragile.do("wait")
    assert {node["id"] for node in client.cluster_slaves(first)} == {fragile.nodes[3]["id"], replica_of_second}
    client.flushall()
    fragile.do("wait")
    assert client.cluster_reset_all_nodes() is True
    client.close()


def test_remapped_addresses_and_reads_from_replicas(cluster):
    import time

    import rediscluster

    rules = [{"from_host": "127.0.0.1", "to_host": "127.0.0.1"}]
    client = rediscluster.RedisCluster(**cluster.options, host_port_remap=rules, read_from_replicas=True)
    client.set("k", "v")
    deadline = time.monotonic() + 5
    while client.get("k") != b"v" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert client.get("k") == b"v" and rules == [{"from_host": "127.0.0.1", "to_host": "127.0.0.1"}]
    client.close()
    with rediscluster.RedisCluster(**cluster.options) as plain:
        assert plain.pipeline(read_from_replicas=True).get("k").get("x").execute() == [b"v", None]


def test_mget_mset(both):
    t = both.t
    assert both.mset({"a": 1, "b": 2}) is True and both.mset(c=3, d="4") is True and both.mset("e", 5, "f", 6) is True
    assert both.mget(["a", "b", "x"], "c") == [t("1"), t("2"), None, t("3")]
    assert both.mget("d", "e", "f") == [t("4"), t("5"), t("6")]
    assert both.mget([]) == []
    with pytest.raises(RedisError, match="MSET requires"):
        both.mset("a")


def test_msetnx(both):
    assert both.msetnx({"a": 1, "b": ""}) is True
    assert both.msetnx(b=2, c=3) is False and both.get("c") is None


def test_delete_exists_unlink_touch(both):
    both.mset({"a": 1, "b": 2, "c": 3})
    assert both.exists("a", "b", "x") == 2 and both.touch("a", "x") == 1 and both.unlink("a") == 1 and both.delete("a", "b", "c") == 2


def test_rename(both):
    t = both.t
    both.set("a", 1, ex=100)
    both.set("b", 2)
    assert both.rename("a", "b") is True and both.get("b") == t("1") and 90 < both.ttl("b") <= 100
    with pytest.raises(redis.ResponseError, match="no such key"):
        both.rename("x", "y")
    both.set("c", 3)
    assert both.renamenx("b", "c") is False and both.renamenx("b", "new") is True and both.get("new") == t("1")


def test_sets(both):
    t = both.t
    both.sadd("s1", "a", "b", "c")
    both.sadd("s2", "b", "c", "d")
    assert both.sdiff("s1", "s2") == {t("a")} and both.sinter(["s1", "s2"]) == {t("b"), t("c")}
    assert both.sunion("s1", ["s2"][0]) == {t("a"), t("b"), t("c"), t("d")}
    assert both.sdiffstore("d1", "s1", "s2") == 1 and both.sinterstore("d2", ["s1", "s2"]) == 2 and both.sunionstore("d3", "s1", "s2") == 4
    assert both.sunionstore("d3", "x", "y") == 0 and both.exists("d3") == 0
    assert both.smove("s1", "s2", "a") is True and both.smove("s1", "s2", "zzz") is False and both.sismember("s2", "a")


def test_lists(both):
    t = both.t
    both.rpush("l", "a", "b", "")
    assert both.rpoplpush("l", "m") == t("") and both.brpoplpush("l", "m", timeout=1) == t("b") and both.rpoplpush("x", "m") is None
    assert both.lrange("m", 0, -1) == [t("b"), t("")]
    assert both.brpoplpush("x", "m", timeout=1) is None


def test_hyperloglogs(both):
    both.pfadd("h1", "a", "b")
    both.pfadd("h2", "b", "c")
    assert both.pfcount("h1", "h2") == 3 and both.pfmerge("d", "h1", "h2") is True and both.pfcount("d") == 3


def test_pubsub_about(both):
    t = both.t
    subscriber = both.pubsub()
    subscriber.subscribe("news")
    subscriber.psubscribe("n*")
    assert both.pubsub_channels() == [t("news")] and both.pubsub_channels("x*") == [] and both.pubsub_numpat() == 1
    assert both.pubsub_numsub("news", "old") == [(t("news"), 1), (t("old"), 0)]
    by_node = both.pubsub_numpat(aggregate=False)
    assert len(by_node) == 6 and sum(by_node.values()) == 1
    subscriber.close()


def test_scan_iter(both):
    t = both.t
    both.mset({f"key:{i}": i for i in range(700)})
    both.sadd("other", "a")
    assert sorted(both.scan_iter()) == sorted([t(f"key:{i}") for i in range(700)] + [t("other")])
    assert sorted(both.scan_iter("key:1?", count=7)) == sorted(t(f"key:1{i}") for i in range(10))
    assert list(both.scan_iter(_type="set")) == [t("other")]


def test_elements_of_one_key(both):
    t = both.t
    both.hset("h", mapping={f"f{i}": i for i in range(600)})
    both.sadd("s", *range(600))
    both.zadd("z", {f"m{i}": i + 0.5 for i in range(600)})
    assert dict(both.hscan_iter("h")) == {t(f"f{i}"): t(str(i)) for i in range(600)} and dict(both.hscan_iter("h", match="f59?", count=10)) == {t(f"f{i}"): t(str(i)) for i in range(590, 600)}
    assert set(both.sscan_iter("s", count=100)) == {t(str(i)) for i in range(600)} and list(both.sscan_iter("none")) == []
    assert dict(both.zscan_iter("z")) == {t(f"m{i}"): i + 0.5 for i in range(600)} and dict(both.zscan_iter("z", match="m599", score_cast_func=str)) == {t("m599"): "b'599.5'" if both.t("x") == b"x" else "599.5"}
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        list(both.sscan_iter("h"))


def test_items(both):
    t = both.t
    both["k"] = "v"
    assert both["k"] == t("v") and "k" in both and "x" not in both
    del both["k"]
    with pytest.raises(KeyError):
        both["k"]


def test_what_cannot_be_split(both):
    with pytest.raises(ClusterCrossSlotError):
        both.execute_command("EVAL", "return 1", 2, "a", "b")


def test_response_callbacks(both):
    both.set_response_callback("GET", lambda reply, **options: ("mine", reply))
    both.set("k", "v")
    assert both.get("k") == ("mine", both.t("v"))
    assert both.pipeline().get("k").execute() == [("mine", both.t("v"))]


def test_result_callbacks(both, cluster):
    asked = []
    both.set_result_callback("dbsize", lambda command, replies: asked.append((command, set(replies))) or sum(replies.values()))
    both.set_result_callback("CONFIG GET", lambda command, replies: sorted(reply["port"] for reply in replies.values()))
    both.set("k", "v")
    everywhere = {f"127.0.0.1:{node['port']}" for node in cluster.nodes}
    assert both.dbsize() in (1, 2) and asked == [("DBSIZE", everywhere)], "replicas have the key, too, a moment later"
    assert both.config_get("port") == sorted(str(node["port"]) for node in cluster.nodes)
    assert set(both.execute_command("DBSIZE", target_nodes="primaries")) == {f"127.0.0.1:{node['port']}" for node in cluster.nodes[:3]} and len(asked) == 1
    with pytest.raises(RedisClusterException, match="goes to one node"):
        both.set_result_callback("GET", print)


def test_target_nodes(both, cluster):
    assert both.execute_command("PING", target_nodes="primaries") == {f"127.0.0.1:{node['port']}": True for node in cluster.nodes[:3]}
    assert both.execute_command("CLUSTER MYID", target_nodes=f"127.0.0.1:{cluster.port}") == both.t(cluster.nodes[0]["id"])
