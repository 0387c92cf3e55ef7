"""Objects come and go, and leave nothing behind."""
import gc
import sys
import tracemalloc
import weakref

import pytest
import redis

import rediscluster
from rediscluster.exceptions import ResponseError


def growth(work, rounds):
    """Bytes that Python holds more of after so many rounds than after some of them, a round."""
    for _ in range(rounds // 3):
        work()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(rounds):
        work()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / rounds


def test_calls_leave_no_references(rc):
    key, value, words = "key" * 5, b"value" * 10, ("GET", "key" * 5)
    rc.set(key, value)
    counts = [sys.getrefcount(each) for each in (key, value, words, None, True)]

    def work():
        rc.get(key)
        rc.set(key, value)
        rc._core.call(words, {})
        rc.pipeline().get(key).set(key, value).hgetall("h").execute()
        rc.mget(key, "other")
        try:
            rc.lpush(key, value)
        except ResponseError:
            pass
        try:
            rc.get(object)
        except redis.DataError:
            pass

    assert growth(work, 2000) < 16, "less than the smallest object"
    assert [abs(sys.getrefcount(each) - count) < 5 for each, count in zip((key, value, words), counts)] == [True] * 3


def test_a_million_values_leave_nothing(rc):
    rc.rpush("list", *range(1000))
    rc.hset("hash", mapping={f"field{i}": i for i in range(1000)})

    def work():
        rc.lrange("list", 0, -1)
        rc.hgetall("hash")
        rc.execute_command("EVAL", "return {1, 'a', {false, 'b'}, redis.error_reply('E x')}", 0)

    assert growth(work, 300) < 1000


def test_clients_end_when_nobody_has_them(cluster):
    import threading

    before = len(threading.enumerate())
    for _ in range(20):
        client = rediscluster.RedisCluster(**cluster.options)
        pipe = client.pipeline().get("k")
        pipe.execute()
        gone = weakref.ref(client)
        del client, pipe
        gc.collect()
        assert gone() is None
    assert len(threading.enumerate()) == before
    with open("/proc/self/status") as status:
        threads = next(int(line.split()[1]) for line in status if line.startswith("Threads:"))
    assert threads < 40


def test_objects_outlive_their_client(rc, cluster):
    client = rediscluster.RedisCluster(**cluster.options)
    pipe, pubsub, scan = client.pipeline().set("k", 1), client.pubsub(), client.scan_iter()
    pubsub.subscribe("news")
    del client
    gc.collect()
    assert pipe.execute() == [True] and list(scan) == [b"k"] and pubsub.get_message(timeout=1)["type"] == "subscribe"


@pytest.mark.parametrize("when", ["before", "while", "daemons"])
def test_an_interpreter_that_ends_does_not_hang(when, cluster):
    import subprocess

    from conftest import BUILD

    program = {
        "before": "rc.get('k')",
        "daemons": "import threading\nfor work in (lambda: rc.incr('n'), lambda: list(rc.scan_iter())): threading.Thread(target=lambda w=work: [w() for _ in iter(int, 1)], daemon=True).start()\n"
                   "p = rc.pubsub(); p.subscribe(a=print); p.run_in_thread(sleep_time=1, daemon=True); import time; time.sleep(0.2)",
        "while": "import threading; threading.Thread(target=lambda: rc.blpop('never', 20), daemon=True).start(); p = rc.pubsub(); p.subscribe('c'); import time; time.sleep(0.3)",
    }[when]
    for _ in range(3):
        subprocess.run([sys.executable, "-c", f"import rediscluster; rc = rediscluster.RedisCluster(host='127.0.0.1', port={cluster.port})\n{program}"],
                       env={"PYTHONPATH": str(BUILD / "python")}, check=True, timeout=20)
