"""Pipelines and transactions."""
import pytest
import redis

import rediscluster
from rediscluster import RedisClusterException
from rediscluster.exceptions import ClusterCrossSlotError, RedisError, ResponseError, WatchError


def test_runs_commands_of_all_slots_in_their_order(both):
    t = both.t
    with both.pipeline() as pipe:
        assert pipe.set("a", 1) is pipe and len(pipe) == 1 and bool(both.pipeline())
        pipe.incr("a").get("b").hset("h", mapping={"f": 1}).hgetall("h").mget("a", "b").zadd("z", {"m": 1}).zrange("z", 0, -1, withscores=True).delete("a", "h")
        assert pipe.execute() == [True, 2, None, 1, {t("f"): t("1")}, [t("2"), None], 1, [(t("m"), 1.0)], 2]
        assert len(pipe) == 0 and pipe.execute() == []


def test_knows_the_slot_of_a_key(both):
    assert both.pipeline().cluster_keyslot("{foo}bar") == both.cluster_keyslot(b"foo") == 12182


def test_names_the_command_that_failed(both):
    both.set("k", "text")
    pipe = both.pipeline().set("a", 1).lpush("k", "x").incr("a")
    with pytest.raises(ResponseError, match=r"Command # 2 \(LPUSH k x\) of pipeline caused error: WRONGTYPE") as caught:
        pipe.execute()
    assert caught.value.code == "wrong_type" and caught.value.execution == "not_executed"
    assert both.get("a") == both.t("2"), "the others have run"
    replies = both.pipeline().lpush("k", "x").get("a").execute(raise_on_error=False)
    assert isinstance(replies[0], ResponseError) and replies[1] == both.t("2")


def test_takes_a_thousand(rc):
    pipe = rc.pipeline()
    for i in range(1000):
        pipe.set(f"k{i}", i)
    assert pipe.execute() == [True] * 1000
    for i in range(1000):
        pipe.get(f"k{i}")
    assert pipe.execute() == [str(i).encode() for i in range(1000)]


def test_forgets_what_is_reset(rc):
    pipe = rc.pipeline().set("a", 1)
    pipe.reset()
    assert pipe.get("a").execute() == [None]


def test_an_argument_that_cannot_be_sent_is_told_and_nothing_runs(rc):
    pipe = rc.pipeline().set("a", 1).set("b", object())
    with pytest.raises(redis.DataError, match="object"):
        pipe.execute()
    assert rc.get("a") is None and pipe.get("a").execute() == [None]


def test_refuses_what_it_cannot_do(rc):
    with pytest.raises(RedisClusterException):
        rc.pipeline().blpop("l", 1).execute()
    with pytest.raises(RedisClusterException, match="shard_hint is deprecated"):
        rc.pipeline(shard_hint="x")
    with pytest.raises(RedisClusterException):
        rc.pipeline().pubsub()


def test_dumps_are_bytes(cluster):
    client = rediscluster.RedisCluster(**cluster.options, decode_responses=True)
    client.set("k", "v")
    dump, value = client.pipeline().dump("k").get("k").execute()
    assert isinstance(dump, bytes) and value == "v"
    client.close()


def test_a_transaction_runs_as_one(both):
    t = both.t
    with both.pipeline(transaction=True) as pipe:
        assert pipe.set("{t}a", 1).incr("{t}a").get("{t}a").hgetall("{t}h").execute() == [True, 2, t("2"), {}]
    with pytest.raises(ClusterCrossSlotError):
        both.pipeline(transaction=True).set("a", 1).set("b", 1).execute()
    assert both.get("a") is None
    replies = both.pipeline(transaction=True).set("{t}a", "x").incr("{t}a").get("{t}a").execute(raise_on_error=False)
    assert replies[0] is True and isinstance(replies[1], ResponseError) and replies[2] == t("x")


def test_watch_ends_a_transaction_whose_key_was_changed(both):
    t = both.t
    both.set("{w}k", 1)
    with both.pipeline() as pipe:
        pipe.watch("{w}k")
        assert pipe.watching and pipe.get("{w}k") == t("1")
        pipe.multi()
        pipe.set("{w}k", 2)
        both.set("{w}k", 9)
        with pytest.raises(WatchError):
            pipe.execute()
        assert not pipe.watching
        pipe.watch("{w}k")
        pipe.multi()
        assert pipe.set("{w}k", 3).get("{w}k").execute() == [True, t("3")]
        pipe.watch("{w}k")
        assert pipe.unwatch() is True and not pipe.watching


def test_order_of_watch_and_multi(rc):
    with rc.pipeline() as pipe:
        pipe.multi()
        with pytest.raises(RedisError, match="WATCH after a MULTI"):
            pipe.watch("k")
        with pytest.raises(RedisError, match="nested"):
            pipe.multi()
    with rc.pipeline() as pipe:
        pipe.set("k", 1)
        with pytest.raises(RedisError, match="without an initial WATCH"):
            pipe.multi()


def test_transaction_runs_its_function_again(both):
    runs = []

    def add(pipe):
        value = int(pipe.get("{n}k") or 0)
        if not runs:
            both.set("{n}k", 10)
        runs.append(value)
        pipe.multi()
        pipe.set("{n}k", value + 1)
        return "mine"

    assert both.transaction(add, "{n}k") == [True]
    assert runs == [0, 10] and both.get("{n}k") == both.t("11")
    assert both.transaction(add, "{n}k", value_from_callable=True) == "mine"
    assert both.transaction(lambda pipe: pipe.set("{n}k", 1)) == [True]


def test_a_stack_that_is_changed_meanwhile_harms_nobody(rc):
    pipe = rc.pipeline()

    class Sly(int):
        def __repr__(self):
            pipe.command_stack.clear()
            return "7"

    pipe.set("a", Sly(7)).get("a")
    assert pipe.execute() == [True, b"7"]
    rc.set_response_callback("ECHO", lambda reply, **options: pipe.command_stack.clear() or reply)
    assert pipe.set("a", 1).echo("x").get("a").execute(raise_on_error=False)[2] == b"1"
    for odd in (["GET", "a"], (["GET", "a"], {}), (("GET", "a"),), ((), {}), None):
        pipe.command_stack.append(odd)
        with pytest.raises(TypeError, match="queued command"):
            pipe.execute()


def test_a_function_that_raises_gives_its_connection_back(cluster):
    client = rediscluster.RedisCluster(**cluster.options, blocking_connections_per_node=4)

    def boom(pipe):
        raise ValueError("mine")

    kept = []
    for _ in range(20):
        with pytest.raises(ValueError) as caught:
            client.transaction(boom, "k")
        kept.append(caught.value)
    client.close()


def test_scripts_in_pipelines(rc):
    script = rc.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    pipe = rc.pipeline()
    script(keys=["n"], args=[2], client=pipe)
    script(keys=["n"], args=[3], client=pipe)
    assert pipe.execute() == [2, 5]


def test_a_watch_that_is_lost_queues_nothing_in_silence(fragile):
    client = rediscluster.RedisCluster(**fragile.options)
    with client.pipeline() as pipe:
        pipe.watch("k")
        fragile.do("kill", fragile.do("primary", client.cluster_keyslot("k")))
        for _ in range(2):
            with pytest.raises((WatchError, rediscluster.exceptions.ConnectionError)):
                pipe.get("k")
    client.close()


def test_names_of_commands_of_any_type(rc):
    rc.set("k", "v")
    assert rc.execute_command(bytearray(b"GET"), "k") == b"v" and rc.pipeline().execute_command(b"get", "k").execute() == [b"v"]
    assert rc.execute_command("get", "k") == b"v" and rc.pipeline().execute_command("hgetall", "h").execute() == [{}]


def test_errors_can_be_pickled():
    import pickle

    from rediscluster.exceptions import exception_of_reply
    from rediscluster.pipeline import annotated

    for text in ("MOVED 12 h:1", "ASK 12 h:1", "CLUSTERDOWN x", "TRYAGAIN x", "CROSSSLOT x", "WRONGTYPE x"):
        error = annotated(exception_of_reply(text), 0, ("GET", "k"))
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error) and str(again) == str(error)
