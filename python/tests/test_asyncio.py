"""The asyncio client."""
import asyncio
import gc
import threading
import time

import pytest
import redis
from conftest import fresh_channel

import rediscluster
from rediscluster.asyncio import RedisCluster
from rediscluster.exceptions import ClientClosedError, ClusterCrossSlotError, RedisClusterException, ResponseError, WatchError


@pytest.fixture
def run(cluster, rc):
    """Runs a coroutine function with a client that gives str."""

    def runs(function, **options):
        async def with_client():
            async with RedisCluster(**cluster.options, decode_responses=True, **options) as client:
                return await asyncio.wait_for(function(client), 60)

        return asyncio.run(with_client())

    return runs


def test_commands(run):
    async def play(rc):
        assert await rc.set("foo", "bar") is True and await rc.get("foo") == "bar" and await rc.get("x") is None
        assert await rc.mset({"a": 1, "b": 2}) is True and await rc.mget("a", "b", "x") == ["1", "2", None] and await rc.delete("a", "b") == 2
        assert await rc.hset("h", mapping={"f": 1}) == 1 and await rc.hgetall("h") == {"f": "1"}
        assert isinstance(await rc.dump("foo"), bytes) and await rc.dbsize() == 2 and await rc.ping() is True
        with pytest.raises(ResponseError, match="WRONGTYPE") as caught:
            await rc.lpush("foo", 1)
        assert caught.value.execution == "not_executed"
        with pytest.raises(redis.DataError):
            await rc.get(object())

    run(play)


def test_the_page(run, cluster):
    async def play(rc):
        assert (await rc.cluster_info())["cluster_size"] == 3
        assert {node["role"] for node in (await rc.cluster_nodes()).values()} == {"master", "slave"}
        assert (await rc.cluster_slots())[0][:2] == [0, 5460]
        assert rc.cluster_keyslot("foo") == 12182 and await rc.cluster_countkeysinslot(12182) == 0
        assert await rc.cluster_count_failure_report(cluster.nodes[0]["id"]) == 0 and await rc.cluster_save_config() is True
        assert await rc.execute_command("PING", target_nodes=f"127.0.0.1:{cluster.port}") is True
        assert len(await rc.execute_command("PING", target_nodes="all")) == 6

    run(play)


def test_result_callbacks(run):
    async def play(rc):
        rc.set_result_callback("PING", lambda command, replies: (command, len(replies)))
        assert await rc.ping() == ("PING", 6)

    run(play)


def test_pipelines(run):
    async def play(rc):
        async with rc.pipeline() as pipe:
            assert pipe.set("a", 1).incr("a") is pipe and len(pipe) == 2
            assert await pipe.get("a").mget("a", "x").execute() == [True, 2, "2", ["2", None]]
            with pytest.raises(ResponseError, match=r"Command # 1 \(LPUSH a x\) of pipeline caused error: WRONGTYPE"):
                await pipe.lpush("a", "x").incr("a").execute()
            assert await pipe.execute() == [] and await rc.get("a") == "3"
            assert isinstance((await pipe.lpush("a", 1).execute(raise_on_error=False))[0], ResponseError)
        with pytest.raises(ClusterCrossSlotError):
            await rc.pipeline(transaction=True).set("a", 1).set("b", 2).execute()
        assert await rc.pipeline(transaction=True).set("{t}a", 1).incr("{t}a").execute() == [True, 2]

    run(play)


def test_transactions_that_watch(run):
    async def play(rc):
        async with rc.pipeline() as pipe:
            await pipe.watch("{w}k")
            assert await pipe.get("{w}k") is None
            pipe.multi()
            pipe.set("{w}k", 1)
            await rc.set("{w}k", 9)
            with pytest.raises(WatchError):
                await pipe.execute()
        runs = []

        async def add(pipe):
            value = int(await pipe.get("{w}k"))
            if not runs:
                await rc.set("{w}k", 20)
            runs.append(value)
            pipe.multi()
            pipe.set("{w}k", value + 1)

        assert await rc.transaction(add, "{w}k") == [True] and runs == [9, 20] and await rc.get("{w}k") == "21"

    run(play)


def test_scans_and_messages(run):
    news = fresh_channel()

    async def play(rc):
        await rc.mset({f"k{i}": i for i in range(600)})
        assert sorted([key async for key in rc.scan_iter()]) == sorted(f"k{i}" for i in range(600))
        assert [key async for key in rc.scan_iter("k599")] == ["k599"]
        got = []
        async with rc.pubsub(ignore_subscribe_messages=True) as pubsub:
            assert await pubsub.get_message() is None
            await pubsub.subscribe(news, other=got.append)
            await rc.publish("other", "2")
            await rc.publish(news, "1")
            async for message in pubsub.listen():
                assert message == {"type": "message", "pattern": None, "channel": news, "data": "1"}
                break
            assert await pubsub.get_message(timeout=0.5) is None and [message["data"] for message in got] == ["2"]
            waiting = asyncio.ensure_future(pubsub.get_message(timeout=None))
            await asyncio.sleep(0.05)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await rc.publish(news, "3")
            assert (await pubsub.get_message(timeout=5))["data"] == "3", "what comes behind a reader that was cancelled"
            await pubsub.unsubscribe()
            while pubsub.subscribed:
                await pubsub.get_message(timeout=1)

    run(play)


def test_locks_and_scripts(run):
    async def play(rc):
        async with rc.lock("lock", timeout=5):
            assert await rc.get("lock") is not None
        assert await rc.get("lock") is None
        script = rc.register_script("return {KEYS[1], ARGV[1]}")
        assert await script(keys=["k"], args=[1]) == ["k", "1"]

    run(play)


def test_a_cancelled_task_cancels_its_command(run, rc):
    async def play(client):
        waiting = [asyncio.create_task(wait(client)) for _ in range(20)]
        await asyncio.sleep(0.3)
        begin = time.monotonic()
        for each in waiting:
            each.cancel()
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in ends) and time.monotonic() - begin < 5
        await asyncio.sleep(0.5)
        assert rc.rpush("nothing", "x") == 1 and rc.llen("nothing") == 1, "nobody takes it"
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.blpop("never", 20), 0.1)

    async def wait(client):
        return await client.blpop("nothing", 20)

    run(play)


def test_many_tasks(run):
    async def play(rc):
        async def work(i):
            for j in range(5):
                await rc.incr(f"k{i}")
            return await rc.get(f"k{i}")

        assert await asyncio.gather(*(work(i) for i in range(1000))) == ["5"] * 1000

    run(play)


def test_loops_of_several_threads_share_a_client(cluster, rc):
    client = RedisCluster(**cluster.options)
    ends = []

    def work():
        async def play():
            for _ in range(100):
                await client.incr("n")

        asyncio.run(play())
        ends.append(True)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert ends == [True] * 4 and rc.get("n") == b"400"
    asyncio.run(client.close())


def test_closing_fails_what_waits_and_a_later_call_connects_anew(cluster):
    async def play():
        client = RedisCluster(**cluster.options)
        waiting = asyncio.ensure_future(client.blpop("nothing", 20))
        await asyncio.sleep(0.2)
        await client.close()
        with pytest.raises(ClientClosedError):
            await waiting
        assert await client.set("k", "v") is True
        await client.close()

    asyncio.run(play())


def test_a_client_that_is_forgotten_leaves_nothing_behind(cluster):
    async def play():
        loop = asyncio.get_running_loop()
        for _ in range(3):
            client = RedisCluster(**cluster.options)
            await client.ping()
            del client
            gc.collect()
            await asyncio.sleep(0)
        await asyncio.sleep(0.1)
        return len([each for each in getattr(loop._selector, "get_map")().values()])

    assert asyncio.run(play()) <= 1, "the loop's own"


def test_errors_of_connecting(cluster):
    async def play():
        with pytest.raises(RedisClusterException, match="127.0.0.1:1"):
            await RedisCluster(host="127.0.0.1", port=1, command_timeout=2)
        await (await RedisCluster(**cluster.options)).close()

    asyncio.run(play())
    with pytest.raises(TypeError, match="no option 'bogus'"):
        RedisCluster(**cluster.options, bogus=1)
    assert "RedisCluster<127.0.0.1:1>" == repr(RedisCluster(host="127.0.0.1", port=1))
    assert rediscluster.RedisCluster is not RedisCluster


def test_what_takes_coroutines_takes_calls(run, cluster, rc):
    async def play(client):
        rc.set("k", "v")
        assert await asyncio.create_task(client.get("k")) == "v"
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(client.get("k")) for _ in range(5)]
        assert [task.result() for task in tasks] == ["v"] * 5
        loop = asyncio.get_running_loop()
        told = await loop.run_in_executor(None, lambda: asyncio.run_coroutine_threadsafe(client.get("k"), loop).result(10))
        assert told == "v"
        task = asyncio.create_task(client.blpop("nothing", 20))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(play)
    client = RedisCluster(**cluster.options)
    assert asyncio.run(client.get("k")) == b"v"


def test_calls_outlive_a_client_that_nobody_has(cluster, rc):
    rc.set("a", "1")

    async def play():
        assert await asyncio.wait_for(RedisCluster(**cluster.options).get("a"), 5) == b"1"
        client = RedisCluster(**cluster.options)
        await client.ping()
        waiting = client.blpop("nothing", 1)
        del client
        gc.collect()
        assert await asyncio.wait_for(waiting, 5) is None

    asyncio.run(play())


def test_objects_of_a_client_that_was_closed_say_so(cluster):
    async def play():
        client = RedisCluster(**cluster.options)
        await client.mset({f"k{i}": i for i in range(500)})
        pubsub = client.pubsub()
        await pubsub.subscribe("a")
        scan = client.scan_iter(count=10)
        await scan.__anext__()
        async with client.pipeline() as pipe:
            await pipe.watch("a")
            await client.close()
            with pytest.raises(ClientClosedError):
                await pipe.get("a")
        with pytest.raises(ClientClosedError):
            await pubsub.get_message(timeout=5)
        with pytest.raises(ClientClosedError):
            async for _ in scan:
                pass

    asyncio.run(asyncio.wait_for(play(), 30))


def test_objects_belong_to_their_loop(cluster):
    client = RedisCluster(**cluster.options)

    async def make():
        pubsub = client.pubsub()
        await pubsub.subscribe("a")
        return pubsub

    pubsub = asyncio.run(make())

    async def use():
        with pytest.raises((RuntimeError, ClientClosedError)):
            await pubsub.get_message(timeout=0.3)

    asyncio.run(asyncio.wait_for(use(), 10))
    asyncio.run(client.close())


def test_waiting_for_messages_without_a_subscription_lets_others_run(run):
    async def play(rc):
        turns = 0

        async def other():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0.01)

        task = asyncio.create_task(other())
        pubsub = rc.pubsub()
        begin = time.monotonic()
        assert await pubsub.get_message(timeout=0.3) is None and time.monotonic() - begin >= 0.29 and turns > 5
        waiting = asyncio.create_task(pubsub.get_message(timeout=None))
        await asyncio.sleep(0.05)
        await pubsub.subscribe("a")
        assert (await asyncio.wait_for(waiting, 5))["type"] == "subscribe"
        task.cancel()
        await pubsub.close()

    run(play)


def test_a_callback_that_raises_disturbs_no_other(run):
    async def play(rc):
        def bad(reply, **options):
            raise StopIteration("mine")

        rc.response_callbacks["ECHO"] = bad
        calls = [rc.set(f"k{i}", i) for i in range(10)] + [rc.execute_command("ECHO", "a")] + [rc.get("k1") for _ in range(10)]
        time.sleep(0.1)
        ends = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 10)
        assert ends[:10] == [True] * 10 and ends[11:] == ["1"] * 10 and isinstance(ends[10], RuntimeError)

    run(play)


def test_an_element_that_was_taken_is_not_lost(run, rc):
    async def play(client):
        got, reply = [], None
        for i in range(200):
            pushing = threading.Timer(0.003, rc.rpush, ("list", i))
            pushing.start()
            try:
                reply = await asyncio.wait_for(client.blpop("list", 0), 0.003 + i % 5 * 0.0005)
            except asyncio.TimeoutError as error:
                cause = error
                while cause is not None and not hasattr(cause, "reply"):
                    cause = cause.__cause__ or cause.__context__
                reply = getattr(cause, "reply", None)
            if reply is not None:
                got.append(reply[1])
            pushing.join()
        rest = [value.decode() for value in rc.lrange("list", 0, -1)]
        assert sorted(map(int, got + rest)) == list(range(200))

    run(play)


def test_loops_that_end_leave_nothing_behind(cluster):
    import os

    client = RedisCluster(**cluster.options)

    async def play():
        await client.ping()
        waiting = asyncio.ensure_future(client.blpop("nothing", 0))
        await asyncio.sleep(0.01)
        waiting.cancel()

    asyncio.run(play())
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        asyncio.run(play())
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) < before + 6 and len(client._ports._ports) <= 2
    asyncio.run(client.close())


def test_scans_of_elements(run):
    async def play(rc):
        await rc.hset("h", mapping={f"f{i}": i for i in range(600)})
        await rc.sadd("s", *range(600))
        await rc.zadd("z", {f"m{i}": i + 0.5 for i in range(600)})
        assert dict([each async for each in rc.hscan_iter("h")]) == {f"f{i}": str(i) for i in range(600)}
        assert dict([each async for each in rc.hscan_iter("h", match="f59?", count=10)]) == {f"f{i}": str(i) for i in range(590, 600)}
        assert {each async for each in rc.sscan_iter("s", count=100)} == {str(i) for i in range(600)} and [each async for each in rc.sscan_iter("none")] == []
        assert dict([each async for each in rc.zscan_iter("z")]) == {f"m{i}": i + 0.5 for i in range(600)}
        assert dict([each async for each in rc.zscan_iter("z", match="m599", score_cast_func=str)]) == {"m599": "599.5"}
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            [each async for each in rc.sscan_iter("h")]

    run(play)


def test_a_monitor(run, cluster):
    async def play(rc):
        node = f"127.0.0.1:{cluster.port}"
        async with rc.monitor() as monitor:
            await rc.set("foo", "bar")
            async for command in monitor.listen():
                if command["command"].startswith("SET"):
                    break
        assert command["command"] == "SET foo bar" and command["db"] == 0 and command["client_type"] == "tcp"
        async with rc.monitor(node) as monitor:
            waiting = asyncio.create_task(monitor.next_command())
            await asyncio.sleep(0.05)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(waiting, 1)
            await rc.execute_command("ECHO", "hello", target_nodes=node)
            command = await asyncio.wait_for(monitor.next_command(), 5)
            while "ECHO" not in command["command"]:
                command = await asyncio.wait_for(monitor.next_command(), 5)
        assert command["command"] == "ECHO hello" and command["node"] == node
        with pytest.raises(RedisClusterException):
            async with rc.monitor("127.0.0.1:1"):
                pass

    run(play)
