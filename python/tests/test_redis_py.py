"""redis-py's own classes on a cluster: locks, scripts, builders."""
import pytest

from rediscluster.exceptions import LockError, LockNotOwnedError, ResponseError


def test_locks(both):
    lock = both.lock("door", timeout=10)
    assert lock.acquire() and lock.locked() and lock.owned()
    assert not both.lock("door", timeout=10, blocking_timeout=0.2).acquire()
    assert lock.extend(10) and 10 < both.ttl("door") <= 20
    lock.release()
    with pytest.raises(LockError):
        lock.release()
    with both.lock("door", timeout=10) as lock:
        both.delete("door")
        with pytest.raises(LockNotOwnedError):
            lock.release()
        lock.acquire()


def test_scripts_are_loaded_where_they_are_missing(both):
    script = both.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    assert [script(keys=[key], args=[2]) for key in ("a", "b", "c", "a")] == [2, 2, 2, 4]
    both.script_flush()
    assert script(keys=["a"], args=[1]) == 5
    assert both.pipeline().eval("return 1", 1, "a").execute() == [1]


def test_bitfields(both):
    assert both.bitfield("bits").set("u8", 0, 255).incrby("u8", 0, 1, overflow="SAT").get("u4", "#1").execute() == [0, 255, 15]


def test_dump_and_restore(both):
    both.set("k", "value")
    dump = both.dump("k")
    assert isinstance(dump, bytes) and both.restore("other", 0, dump) == both.t("OK") and both.get("other") == both.t("value")
    with pytest.raises(ResponseError, match="BUSYKEY"):
        both.restore("other", 0, dump)


def test_explain_says_where_a_command_goes(rc):
    text = rc.explain("MGET", "foo", "bar")
    assert "12182" in text and "5061" in text
