"""Every public method of redis-py's Redis, on a cluster and on a single server: the same types and values.

Each play is a list of calls that are made one after the other on both. Where replies may differ, a call says how they are compared; what
is not called, or differs, stands in a table with the reason.
"""
import datetime
import socket
import subprocess
import tempfile
import time

import pytest
import redis

import rediscluster

REDIS_PY = tuple(int(part) for part in redis.__version__.split(".")[:2])


def call(method, *args, **kwargs):
    return method, args, kwargs, None


def like(method, *args, **kwargs):
    """Only the shape of the reply is compared: the values are chosen by servers."""
    return method, args, kwargs, shape


def sorts(method, *args, **kwargs):
    """The order of the elements is the server's."""
    return method, args, kwargs, lambda reply: (type(reply), sorted(map(repr, reply)))


def kind(method, *args, **kwargs):
    """Only the type is compared: keys or elements are chosen by chance, or servers tell of themselves."""
    return method, args, kwargs, type


def shape(reply):
    if isinstance(reply, (list, tuple)):
        return type(reply), [shape(each) for each in reply]
    if isinstance(reply, dict):
        return dict, {key: shape(value) for key, value in reply.items()}
    return type(reply)


FUTURE = 4_000_000_000

PLAYS = {
    "strings": [
        call("set", "k", "v"), call("get", "k"), call("get", "x"), call("append", "k", "w"), call("strlen", "k"), call("getrange", "k", 0, 0), call("substr", "k", 0, 0),
        call("setrange", "k", 1, "xyz"), call("getset", "k", "new"), call("getdel", "k"), call("getdel", "k"), call("set", "k", 1, ex=100, nx=True), call("set", "k", 2, nx=True),
        call("set", "k", 3, xx=True, get=True), call("getex", "k", ex=50), call("setex", "k", 100, "v"), call("psetex", "k", 100000, "v"), call("setnx", "k", "v"),
        call("setnx", "n", 1), call("incr", "n"), call("incrby", "n", 4), call("incrbyfloat", "n", 0.5), call("set", "m", 9), call("decr", "m"), call("decrby", "m", 3),
        call("mset", {"a": 1, "b": 2.5}), call("mget", ["a", "b", "x"]), call("msetnx", {"a": 1, "z": 2}), call("msetnx", {"y": 1, "z": 2}),
        call("set", b"\x00bytes\xff", b"\xff\x00"), call("get", b"\x00bytes\xff"), call("set", "u", "\u00e4\u20ac"), call("get", "u"), call("lcs", "{q}a", "{q}b"),
        call("set", "empty", ""), call("get", "empty"), call("set", "f", 0.1), call("get", "f"), call("set", "i", 10**30), call("get", "i"),
        call("stralgo", "LCS", "ohmytext", "mynewtext", specific_argument="strings"),
    ],
    "bits": [
        call("setbit", "k", 7, 1), call("getbit", "k", 7), call("bitcount", "k"), call("bitcount", "k", 0, -1), call("bitpos", "k", 1), call("set", "{b}1", "abc"), call("set", "{b}2", "abd"),
        call("bitop", "AND", "{b}3", "{b}1", "{b}2"), call("get", "{b}3"),
    ],
    "keys": [
        call("set", "k", "v"), call("exists", "k", "x"), call("expire", "k", 100), call("ttl", "k"), call("persist", "k"), call("ttl", "k"), call("ttl", "x"), call("pexpire", "k", 100000),
        like("pttl", "k"), call("expireat", "k", FUTURE), call("expiretime", "k"), call("pexpireat", "k", FUTURE * 1000), call("pexpiretime", "k"), call("type", "k"), call("type", "x"),
        call("object", "encoding", "k"), call("object", "refcount", "k"), call("object", "idletime", "k"), call("dump", "x"), kind("dump", "k"), call("rename", "k", "r"), call("renamenx", "r", "s"),
        call("copy", "s", "{s}2"), call("keys", "s"), sorts("keys", "*"), kind("randomkey"), call("touch", "s", "x"), call("unlink", "s"), call("delete", "{s}2", "x"), call("randomkey"),
        call("rename", "gone", "other"), call("sort", "l"), call("rpush", "l", 3, 1, 2), call("sort", "l"), call("sort", "l", desc=True, start=0, num=2), call("sort", "l", store="{l}d"),
        call("sort_ro", "l"), call("scan_iter_list",), call("wait", 0, 10),
    ],
    "hashes": [
        call("hset", "h", "f", 1), call("hset", "h", mapping={"g": 2, "i": 3}), call("hsetnx", "h", "f", 5), call("hget", "h", "f"), call("hget", "h", "x"), call("hmget", "h", ["f", "x"]),
        call("hmset", "h", {"j": 4}), call("hgetall", "h"), call("hgetall", "x"), call("hexists", "h", "f"), call("hlen", "h"), call("hstrlen", "h", "f"), sorts("hkeys", "h"), sorts("hvals", "h"),
        call("hincrby", "h", "f", 2), call("hincrbyfloat", "h", "f", 0.5), call("hdel", "h", "f", "x"), call("hscan", "h"), call("hscan_iter_list", "h"), kind("hrandfield", "h"), sorts("hrandfield", "h", 9),
    ],
    "lists": [
        call("rpush", "l", "a", "b", "c"), call("lpush", "l", "z"), call("lpushx", "x", 1), call("rpushx", "l", "d"), call("llen", "l"), call("lrange", "l", 0, -1), call("lindex", "l", 0), call("lindex", "l", 99),
        call("linsert", "l", "BEFORE", "a", "y"), call("lset", "l", 0, "zz"), call("lrem", "l", 0, "y"), call("ltrim", "l", 0, 3), call("lpop", "l"), call("rpop", "l"), call("lpop", "l", 2), call("lpop", "x"),
        call("lpop", "x", 2), call("rpush", "{m}1", 1, 2, 3), call("lpos", "{m}1", 2), call("lpos", "{m}1", 2, count=0), call("lmove", "{m}1", "{m}2", "LEFT", "RIGHT"), call("rpoplpush", "{m}1", "{m}2"),
        call("brpoplpush", "{m}1", "{m}2", 1), call("blmove", "{m}2", "{m}1", 1), call("blpop", "{m}1", 1), call("brpop", ["{m}2"], 1), call("blpop", "x", 1), call("rpush", "{m}1", 1, 2),
        call("lmpop", 1, "{m}1", direction="LEFT"), call("blmpop", 1, 1, "{m}1", direction="LEFT"), call("lmpop", 1, "x", direction="LEFT"),
    ],
    "sets": [
        call("sadd", "{s}1", "a", "b", "c"), call("sadd", "{s}2", "b", "c", "d"), call("scard", "{s}1"), call("sismember", "{s}1", "a"), call("smismember", "{s}1", ["a", "x"]), call("smembers", "{s}1"),
        call("smembers", "x"), call("sdiff", "{s}1", "{s}2"), call("sinter", "{s}1", "{s}2"), call("sunion", "{s}1", "{s}2"), call("sintercard", 2, ["{s}1", "{s}2"]), call("sdiffstore", "{s}3", "{s}1", "{s}2"),
        call("sinterstore", "{s}3", "{s}1", "{s}2"), call("sunionstore", "{s}3", "{s}1", "{s}2"), call("smove", "{s}1", "{s}2", "a"), call("srem", "{s}1", "b", "x"), call("srandmember", "{s}1"),
        call("srandmember", "{s}1", 5), call("spop", "{s}1"), call("spop", "{s}1"), call("spop", "{s}2", 0), ("sscan", ("{s}3",), {}, lambda reply: (reply[0], sorted(reply[1]))), sorts("sscan_iter_list", "{s}3"),
    ],
    "sorted sets": [
        call("zadd", "{z}1", {"a": 1, "b": 2.5, "c": 3}), call("zadd", "{z}2", {"b": 1, "d": 4}), call("zadd", "{z}1", {"a": 5}, incr=True), call("zadd", "{z}1", {"a": 1}, ch=True), call("zadd", "{z}1", {"x": 1}, xx=True, incr=True),
        call("zcard", "{z}1"), call("zcount", "{z}1", 1, 3), call("zincrby", "{z}1", 1, "b"), call("zscore", "{z}1", "b"), call("zscore", "{z}1", "x"), call("zmscore", "{z}1", ["a", "x"]), call("zrank", "{z}1", "c"),
        call("zrank", "{z}1", "x"), call("zrevrank", "{z}1", "c"), call("zrange", "{z}1", 0, -1), call("zrange", "{z}1", 0, -1, withscores=True), call("zrevrange", "{z}1", 0, -1, withscores=True),
        call("zrangebyscore", "{z}1", 1, 9, withscores=True, start=0, num=1), call("zrevrangebyscore", "{z}1", 9, 1), call("zrangestore", "{z}3", "{z}1", 0, 1), call("zdiff", ["{z}1", "{z}2"], withscores=True),
        call("zinter", ["{z}1", "{z}2"], withscores=True), call("zunion", ["{z}1", "{z}2"], withscores=True), call("zintercard", 2, ["{z}1", "{z}2"]), call("zdiffstore", "{z}3", ["{z}1", "{z}2"]),
        call("zinterstore", "{z}3", ["{z}1", "{z}2"]), call("zunionstore", "{z}3", {"{z}1": 2, "{z}2": 1}, aggregate="MAX"), call("zrem", "{z}3", "a"), call("zpopmin", "{z}3"), call("zpopmax", "{z}3", 2), call("zpopmin", "x"),
        call("bzpopmin", "{z}1", 1), call("bzpopmax", ["{z}1"], 1), call("bzpopmin", "x", 1), call("zadd", "{z}1", {"a": 0, "b": 0, "c": 0, "d": 0}), call("zlexcount", "{z}1", "-", "+"), call("zrangebylex", "{z}1", "[b", "+"),
        call("zrevrangebylex", "{z}1", "+", "[b"), call("zremrangebylex", "{z}1", "[d", "+"), call("zremrangebyrank", "{z}1", 0, 0), call("zremrangebyscore", "{z}1", 0, -1), call("zscan", "{z}1"), call("zscan_iter_list", "{z}1"),
        kind("zrandmember", "{z}1"), sorts("zrandmember", "{z}1", 9), call("zmpop", 1, ["{z}1"], min=True), call("bzmpop", 1, 1, ["{z}1"], min=True), call("zmpop", 1, ["x"], min=True),
    ],
    "hyperloglogs": [call("pfadd", "{h}1", 1, 2), call("pfadd", "{h}1", 1), call("pfadd", "{h}2", 3), call("pfcount", "{h}1"), call("pfcount", "{h}1", "{h}2"), call("pfmerge", "{h}3", "{h}1", "{h}2"), call("pfcount", "{h}3")],
    "geo": [
        call("geoadd", "g", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")), call("geodist", "g", "Palermo", "Catania", "km"), call("geodist", "g", "Palermo", "x"), call("geohash", "g", "Palermo", "x"),
        call("geopos", "g", "Palermo", "x"), call("georadius", "g", 15, 37, 200, unit="km", withdist=True, withcoord=True, sort="ASC"), call("georadiusbymember", "g", "Palermo", 200, unit="km"),
        call("geosearch", "g", longitude=15, latitude=37, radius=200, unit="km", sort="ASC", withdist=True), call("geosearchstore", "{g}2", "g", longitude=15, latitude=37, radius=200, unit="km"),
    ],
    "streams": [
        call("xadd", "x", {"f": 1}, id="1-1"), like("xadd", "x", {"f": 2}, id="2-1"), call("xadd", "x", {"g": 3}, id="3-1"), call("xlen", "x"), call("xrange", "x"), call("xrevrange", "x", count=1), call("xread", {"x": "1-1"}),
        call("xread", {"x": "9-1"}), call("xgroup_create", "x", "grp", "0"), call("xgroup_create", "x", "grp", "0"), call("xgroup_createconsumer", "x", "grp", "c1"), call("xreadgroup", "grp", "c1", {"x": ">"}, count=2), call("xpending", "x", "grp"),
        like("xpending_range", "x", "grp", "-", "+", 10), call("xclaim", "x", "grp", "c2", 0, ["1-1"]), call("xclaim", "x", "grp", "c2", 0, ["2-1"], justid=True), call("xautoclaim", "x", "grp", "c1", 0, justid=True), call("xack", "x", "grp", "1-1"),
        like("xinfo_stream", "x"), like("xinfo_groups", "x"), like("xinfo_consumers", "x", "grp"), call("xdel", "x", "1-1"), call("xtrim", "x", maxlen=1), call("xgroup_setid", "x", "grp", "0"),
        call("xgroup_delconsumer", "x", "grp", "c1"), call("xgroup_destroy", "x", "grp"), call("xgroup_destroy", "x", "grp"),
    ],
    "scripts": [
        call("eval", "return {KEYS[1], ARGV[1], 1, false, {'a'}}", 1, "k", "v"), call("eval_ro", "return redis.call('GET', KEYS[1])", 1, "k"), call("eval", "return redis.status_reply('FINE')", 0),
        call("eval", "return redis.error_reply('MINE is bad')", 0), call("script_load", "return 7"), call("script_exists", "0" * 40), call("script_exists", "8da4ee73d4f4a4e9e3d3d7fa1d4d1f9a0b2e9d4c"),
        call("evalsha", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", 0), call("evalsha_ro", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", 0), call("script_flush"), call("script_kill"),
        call("function_load", "#!lua name=mylib\nredis.register_function{function_name='f', callback=function(keys, args) return args[1] end, flags={'no-writes'}}"), call("fcall", "f", 0, "x"), call("fcall_ro", "f", 1, "k", "x"), kind("function_list"),
        like("function_dump"), call("function_delete", "mylib"), call("function_flush"), call("function_kill"), kind("function_stats"), call("script_debug", "NO"),
    ],
    "servers": [
        call("ping"), call("echo", "hello"), call("dbsize"), kind("info"), kind("info", "server"), like("time"), like("lastsave"), kind("config_get", "maxmemory"), call("config_get", "maxmemory", "maxmemory-policy"), call("config_set", "slowlog-max-len", 64),
        call("config_resetstat"), like("slowlog_len"), call("slowlog_reset"), kind("slowlog_get"), kind("memory_stats"), call("memory_usage", "none"), call("memory_purge"), kind("memory_doctor_or_error"), like("command_count"),
        kind("command"), kind("command_info"), call("command_getkeys", "MSET", "a", 1, "b", 2), call("command_getkeysandflags", "GET", "a"), kind("command_list"), kind("client_list"), kind("client_info"), kind("client_id"), like("client_getname"),
        call("client_unblock", 99999999), call("client_kill_filter", _id=99999999), like("lolwut", 5), kind("module_list"), kind("latency_histogram"), kind("debug_object_or_error"), kind("acl_whoami"), kind("acl_list"), kind("acl_users"), kind("acl_cat"),
        kind("acl_getuser", "default"), kind("acl_genpass"), kind("acl_help_or_error"), kind("acl_log"), call("acl_log_reset"), call("acl_setuser", "worker", enabled=True, nopass=True, commands=["+get"], keys=["*"]), call("acl_dryrun", "worker", "get", "k"), call("acl_deluser", "worker"),
        call("flushall"), call("flushdb"), call("bgsave_or_error"), call("save_or_error"), call("publish", "ch", "m"), call("pubsub_channels"), call("pubsub_numsub", "ch"), call("pubsub_numpat"), kind("role"), call("client_no_evict", "ON"), kind("memory_malloc_stats"),
        call("client_pause", 1), call("client_unpause"), call("client_trackinginfo"), call("client_getredir"), call("bgrewriteaof_or_error"),
    ],
    "errors": [
        call("set", "k", "text"), call("lpush", "k", 1), call("incr", "k"), call("get", None), call("set", "k", True), call("set", "k", object()), call("set", "k", "v", ex=1, px=1), call("zadd", "z", {}), call("execute_command", "BOGUS", "k"),
        call("execute_command", "GET"), call("hset", "h"), call("xread", {}), call("expire", "k", "soon"), call("sort", "k", start=0),
    ],
}

# What is compared in another place, or makes no sense on one of the two, and why.
NOT_CALLED = {
    "acl_load": "wants a file of users", "acl_save": "wants a file of users", "acl_help": "text for people that changes", "auth": "of one connection: options username and password",
    "bf": "a module", "cf": "a module", "cms": "a module", "ft": "a module", "graph": "a module", "json": "a module", "tdigest": "a module", "topk": "a module", "ts": "a module",
    "bitfield": "gives an object: test_redis_py.py", "client": "gives a client", "client_reply": "of one connection", "client_setname": "of one connection: option client_name", "client_tracking": "of one connection", "client_tracking_on": "of one connection",
    "client_tracking_off": "of one connection", "client_kill": "wants the address of a client", "close": "test_lifetime.py", "cluster": "the page's methods: test_methods.py", "command_docs": "redis-py raises NotImplementedError", "config_rewrite": "wants a configuration file",
    "debug_segfault": "ends the server", "failover": "redis-py raises NotImplementedError", "from_url": "test_options.py", "function_restore": "wants what function_dump gave", "get_connection_kwargs": "of pools", "get_encoder": "an object", "hello": "of one connection", "load_external_module": "of modules",
    "lock": "test_redis_py.py", "migrate": "wants another server", "module_load": "a module", "module_loadex": "a module", "module_unload": "a module", "monitor": "test_monitor.py", "move": "a cluster has one database", "parse_response": "the core reads replies",
    "pipeline": "test_pipeline.py", "psync": "of replication", "pubsub": "test_pubsub.py", "quit": "of one connection", "readonly": "of one connection", "readwrite": "of one connection", "register_script": "test_redis_py.py", "replicaof": "not in a cluster", "reset": "of one connection",
    "restore": "wants what dump gave: test_redis_py.py", "scan": "has a cursor of one server: scan_iter()", "scan_iter": "as a list", "hscan_iter": "as a list", "sscan_iter": "as a list", "zscan_iter": "as a list", "select": "a cluster has one database", "sentinel": "of Sentinel",
    "set_response_callback": "test_methods.py", "shutdown": "ends the server", "slaveof": "not in a cluster", "swapdb": "a cluster has one database", "sync": "of replication", "transaction": "test_pipeline.py", "unwatch": "of pipelines", "watch": "of pipelines",
    "debug_object": "as memory_doctor", "memory_doctor": "redis-py raises NotImplementedError", "memory_help": "redis-py raises NotImplementedError", "bgsave": "is refused while another one runs", "save": "is refused while a bgsave runs", "bgrewriteaof": "is refused while a bgsave runs",
}

# Replies that differ on purpose: (play, method) -> reason.
DIFFERENT = {
    ("strings", "stralgo"): "words behind a command that the server does not know are masked: they may be secrets",
    ("errors", "execute_command"): "likewise; and a number of words that cannot be is found before anything is sent",
    ("keys", "wait"): "counts the writes of one connection, and threads share connections",
    ("servers", "client_unblock"): "ids of connections mean something to one node: target_nodes",
    ("servers", "role"): "of one node: target_nodes",
    ("servers", "client_no_evict"): "of one connection",
}


def run(client, method, args, kwargs):
    try:
        if method.endswith("_list") and hasattr(client, method[:-5]) and method[:-5].endswith("scan_iter"):
            return sorted(getattr(client, method[:-5])(*args, **kwargs))
        if method.endswith("_or_error"):
            getattr(client, method[:-9])(*args, **kwargs)
            return None
        return getattr(client, method)(*args, **kwargs)
    except Exception as error:
        if method.endswith("_or_error"):
            return None
        return error


def comparable(reply, compare):
    if isinstance(reply, Exception):
        theirs = next(each for each in type(reply).__mro__ if each.__module__ in ("redis.exceptions", "builtins"))
        return theirs, str(reply)
    if isinstance(reply, datetime.datetime):
        return datetime.datetime
    if compare is None:
        return type(reply), reply
    return compare(reply)


@pytest.fixture(scope="session")
def single():
    """One server that is no cluster."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder], stdout=subprocess.DEVNULL)
        client = redis.Redis(port=port)
        for _ in range(200):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        yield port
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("decodes", [False, True], ids=["bytes", "str"])
@pytest.mark.parametrize("play", PLAYS)
def test_a_cluster_and_a_server_reply_alike(play, decodes, cluster, single):
    ours = rediscluster.RedisCluster(**cluster.options, decode_responses=decodes)
    theirs = redis.Redis(port=single, decode_responses=decodes)
    ours.flushall()
    theirs.flushall()
    differences = []
    for method, args, kwargs, compare in PLAYS[play]:
        if not hasattr(theirs, method.removesuffix("_or_error").removesuffix("_list")) and not hasattr(theirs, method):
            assert REDIS_PY < (4, 3), method
            continue
        mine, other = run(ours, method, args, kwargs), run(theirs, method, args, kwargs)
        if (play, method) in DIFFERENT:
            continue
        if comparable(mine, compare) != comparable(other, compare):
            differences.append(f"{method}{args} {kwargs or ''}: {mine!r}, but a server: {other!r}")
    ours.close()
    assert not differences, "\n" + "\n".join(differences)


def test_no_method_is_forgotten():
    called = {method for play in PLAYS.values() for method, *_ in play}
    called |= {method.removesuffix("_or_error") for method in called}
    if REDIS_PY > (4, 4):
        return  # of which the plays do not know all
    public = {name for name in dir(redis.Redis) if not name.startswith("_") and callable(getattr(redis.Redis, name)) and not name.startswith("sentinel_")}
    assert public - called - set(NOT_CALLED) - {"RESPONSE_CALLBACKS"} == set()
