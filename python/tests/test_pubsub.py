"""Subscriptions."""
import threading
import time

import pytest
from conftest import fresh_channel

from rediscluster.exceptions import PubSubError


def next_of(pubsub, seconds=5):
    return pubsub.get_message(timeout=seconds)


def test_messages_are_those_of_redis_py(both):
    news = fresh_channel()
    t = both.t
    pubsub = both.pubsub()
    assert pubsub.get_message() is None and not pubsub.subscribed
    pubsub.subscribe(news, "sport")
    assert [next_of(pubsub), next_of(pubsub)] == [{"type": "subscribe", "pattern": None, "channel": t(name), "data": count} for name, count in ((news, 1), ("sport", 2))]
    pubsub.psubscribe("?" + news[1:])
    assert next_of(pubsub) == {"type": "psubscribe", "pattern": None, "channel": t("?" + news[1:]), "data": 3}
    both.publish(news, "hello")
    got = sorted((next_of(pubsub) for _ in range(2)), key=lambda message: message["type"])
    assert got == [{"type": "message", "pattern": None, "channel": t(news), "data": t("hello")},
                   {"type": "pmessage", "pattern": t("?" + news[1:]), "channel": t(news), "data": t("hello")}]
    pubsub.unsubscribe(news, "sport")
    pubsub.punsubscribe()
    assert [next_of(pubsub)["type"] for _ in range(3)] == ["unsubscribe", "unsubscribe", "punsubscribe"]
    assert not pubsub.subscribed and pubsub.get_message(timeout=0.05) is None
    pubsub.close()


def test_handlers_take_messages(both):
    news = fresh_channel()
    got = []
    pubsub = both.pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe(**{news: got.append})
    both.publish(news, "1")
    deadline = time.monotonic() + 5
    while not got and time.monotonic() < deadline:
        assert pubsub.get_message(timeout=0.1) is None
    assert got == [{"type": "message", "pattern": None, "channel": both.t(news), "data": both.t("1")}]
    pubsub.close()


def test_sharded_channels(both):
    t = both.t
    pubsub = both.pubsub(ignore_subscribe_messages=True)
    pubsub.ssubscribe("a", "b")
    both.execute_command("SPUBLISH", "a", "1")
    got = None
    while got is None:
        got = next_of(pubsub)
    assert got == {"type": "smessage", "pattern": None, "channel": t("a"), "data": t("1")}
    pubsub.sunsubscribe()
    deadline = time.monotonic() + 5
    while pubsub.subscribed and time.monotonic() < deadline:
        pubsub.get_message(timeout=0.1)
    assert not pubsub.subscribed
    pubsub.close()


def test_listen_and_ping(both):
    news = fresh_channel()
    pubsub = both.pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe(news)
    pubsub.ping()
    assert next_of(pubsub)["type"] == "pong"
    publisher = threading.Thread(target=lambda: [both.publish(news, i) for i in range(3)])
    publisher.start()
    got = []
    for message in pubsub.listen():
        got.append(message["data"])
        if len(got) == 3:
            break
    publisher.join()
    assert got == [both.t(str(i)) for i in range(3)]
    pubsub.close()


def test_runs_in_a_thread(both):
    news = fresh_channel()
    got = []
    pubsub = both.pubsub()
    pubsub.subscribe("plain")
    with pytest.raises(PubSubError, match="plain"):
        pubsub.run_in_thread()
    pubsub.unsubscribe("plain")
    pubsub.reset()
    pubsub.subscribe(**{news: got.append})
    worker = pubsub.run_in_thread(sleep_time=0.01)
    both.publish(news, "x")
    deadline = time.monotonic() + 5
    while not got and time.monotonic() < deadline:
        time.sleep(0.01)
    worker.stop()
    worker.join(5)
    assert [message["data"] for message in got] == [both.t("x")] and not worker.is_alive()


def test_subscriptions_outlive_a_failover(fragile):
    import rediscluster

    client = rediscluster.RedisCluster(**fragile.options)
    pubsub = client.pubsub(ignore_subscribe_messages=True, report_gaps=True)
    pubsub.subscribe(*[f"channel:{i}" for i in range(20)])
    fragile.do("kill", 0)
    got, numbers = set(), iter(range(10**6))
    deadline = time.monotonic() + 30
    while len(got) < 20 and time.monotonic() < deadline:
        for i in range(20):
            try:
                client.publish(f"channel:{i}", next(numbers))
            except rediscluster.exceptions.RedisError:
                pass
        while (message := pubsub.get_message(timeout=0.01)) is not None:
            if message["type"] == "message":
                got.add(message["channel"])
    assert len(got) == 20
    pubsub.close()
    client.close()
