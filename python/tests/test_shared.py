"""One client among threads, processes and signals, and while nodes fail and slots move."""
import multiprocessing
import os
import signal
import threading
import time

import pytest
from conftest import LocalCluster

import rediscluster
from rediscluster.exceptions import ClientClosedError, ConnectionError, RedisError, TimeoutError


def run_threads(number, work):
    failures = []

    def guarded(i):
        try:
            work(i)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures and not any(thread.is_alive() for thread in threads)


def test_threads_share_a_client(rc):
    def work(i):
        for j in range(300):
            rc.set(f"k:{i}:{j}", f"{i}-{j}")
            assert rc.get(f"k:{i}:{j}") == f"{i}-{j}".encode()
            rc.incr("total")

    run_threads(16, work)
    assert rc.get("total") == b"4800"


def test_others_run_while_one_waits(rc):
    begin = time.monotonic()
    waiting = threading.Thread(target=lambda: rc.blpop("nothing", 2))
    waiting.start()
    count = 0
    while time.monotonic() < begin + 0.5:
        rc.incr("n")
        count += 1
    assert count > 20 and waiting.is_alive()
    rc.rpush("nothing", "x")
    waiting.join(5)
    assert not waiting.is_alive()


def in_child(rc, queue):
    try:
        for i in range(100):
            rc.incr("n")
        queue.put(rc.get("mine"))
    except BaseException as error:
        queue.put(error)


def test_children_after_fork_have_connections_of_their_own(rc):
    rc.set("mine", "value")
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    stop = threading.Event()
    busy = threading.Thread(target=lambda: [rc.incr("busy") for _ in iter(stop.is_set, True)])
    busy.start()
    children = [context.Process(target=in_child, args=(rc, queue)) for _ in range(4)]
    for child in children:
        child.start()
    told = [queue.get(timeout=30) for _ in children]
    for child in children:
        child.join(30)
    stop.set()
    busy.join(10)
    assert told == [b"value"] * 4 and rc.get("n") == b"400" and [child.exitcode for child in children] == [0] * 4


def interrupt_after(seconds):
    timer = threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    return timer


@pytest.fixture(scope="module")
def freezing():
    """A cluster whose nodes are stopped for less time than others need to notice."""
    made = LocalCluster()
    yield made
    made.end()


@pytest.mark.parametrize("call", ["blpop", "get", "pipeline", "mget", "scan", "listen", "transaction"])
def test_an_interrupt_ends_a_call_that_waits(call, freezing):
    freezing.do("wait")
    client = rediscluster.RedisCluster(**freezing.options, command_timeout=20)
    client.set("foo", "bar")
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe("news")
    if call not in ("blpop", "listen"):
        for i in range(6):
            freezing.do("stop", i)
    calls = {
        "blpop": lambda: client.blpop("nothing", 20), "get": lambda: client.get("foo"), "pipeline": lambda: client.pipeline().get("foo").get("bar").execute(),
        "mget": lambda: client.mget("foo", "bar", "baz"), "scan": lambda: list(client.scan_iter()), "listen": lambda: next(iter(pubsub.listen())),
        "transaction": lambda: client.pipeline(transaction=True).get("foo").execute(),
    }
    timer = interrupt_after(0.3)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        calls[call]()
    took = time.monotonic() - begin
    timer.join()
    for i in range(6):
        freezing.do("resume", i)
    assert 0.25 < took < 0.3 + 0.1 + 0.15, "and some time for a busy machine"
    assert client.get("foo") == b"bar"
    client.close()


def test_an_interrupt_ends_what_makes_steady_progress(rc):
    for i in range(0, 60_000, 10_000):
        rc.mset({f"k{j}": j for j in range(i, i + 10_000)})
    timer = interrupt_after(0.1)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        while True:
            list(rc.scan_iter(match="nobody*", count=10))
    assert time.monotonic() - begin < 0.1 + 0.1 + 0.15
    timer.join()


def test_a_handler_may_use_the_client_that_waits(freezing):
    freezing.do("wait")
    client = rediscluster.RedisCluster(**freezing.options, command_timeout=20)
    client.set("{h}n", 0)
    owner = freezing.do("primary", client.cluster_keyslot("{h}n"))
    told = []
    before = signal.signal(signal.SIGUSR1, lambda *_: told.append(client.incr("{h}n")))
    others = threading.Thread(target=lambda: [client.incr("{h}others") for _ in range(50)])
    try:
        freezing.do("stop", owner)
        threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGUSR1)).start()
        threading.Timer(0.6, lambda: freezing.do("resume", owner)).start()
        others.start()
        begin = time.monotonic()
        assert client.get("{h}n") in (b"0", b"1"), "by whether the handler was first"
        assert time.monotonic() - begin < 3
        assert told == [1] and client.get("{h}n") == b"1"
        others.join(10)
        assert client.get("{h}others") == b"50"
    finally:
        signal.signal(signal.SIGUSR1, before)
    client.close()


def test_a_failover_is_no_error(fragile):
    client = rediscluster.RedisCluster(**fragile.options, resend="everything")
    failures = []
    stop = threading.Event()

    def work(i):
        while not stop.is_set():
            try:
                client.set(f"k{i}", i)
            except RedisError as error:
                failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    fragile.do("kill", 0)
    time.sleep(6)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert not failures
    client.close()


def test_slots_that_move_are_no_error(fragile):
    client = rediscluster.RedisCluster(**fragile.options)
    client.mset({f"k{i}": i for i in range(200)})
    stop = threading.Event()
    failures = []

    def work():
        while not stop.is_set():
            try:
                assert client.mget([f"k{i}" for i in range(200)]) == [str(i).encode() for i in range(200)]
            except BaseException as error:
                failures.append(error)
                return

    thread = threading.Thread(target=work)
    thread.start()
    fragile.do("move", 0, 300, 0, 1)
    stop.set()
    thread.join(30)
    assert not failures
    assert sorted(client.scan_iter()) == sorted(f"k{i}".encode() for i in range(200))
    client.close()


def test_errors_say_whether_the_command_may_have_run(fragile):
    client = rediscluster.RedisCluster(**fragile.options, command_timeout=0.3)
    client.set("foo", "bar")
    slot = client.cluster_keyslot("foo")
    owner = fragile.do("primary", slot)
    fragile.do("stop", owner)
    with pytest.raises(TimeoutError) as caught:
        client.incr("foo")
    fragile.do("resume", owner)
    assert caught.value.execution == "maybe_executed" and caught.value.code == "timed_out" and caught.value.node.startswith("127.0.0.1:")
    client.close()


def test_closing_ends_calls_and_a_later_call_connects_anew(rc):
    outcome = []

    def wait():
        try:
            rc.blpop("nothing", 20)
        except ClientClosedError as error:
            outcome.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.2)
    rc.close()
    waiting.join(5)
    assert len(outcome) == 1 and isinstance(outcome[0], ConnectionError)
    assert rc.set("k", "v") is True
    with rediscluster.RedisCluster(connection_pool=rc.connection_pool) as other:
        assert other.get("k") == b"v"
