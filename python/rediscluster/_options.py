"""From the arguments of a constructor, as redis-py-cluster and redis-py have them, to the options of the core."""
import codecs
import ssl as _ssl
import warnings
from urllib.parse import parse_qs, unquote, urlparse

from rediscluster.exceptions import RedisClusterConfigError, RedisClusterException

DEFAULT_PORT = 7000

# Options of the core that have the same name and meaning here.
_SAME = {
    "max_connections", "max_connections_per_node", "init_slot_cache", "readonly_mode", "reinitialize_steps",
    "skip_full_coverage_check", "nodemanager_follow_cluster", "read_from_replicas", "cluster_down_retry_attempts",
    "username", "password", "client_name", "socket_timeout", "socket_connect_timeout", "socket_keepalive", "protocol",
    "ssl", "ssl_ca_certs", "ssl_ca_path", "ssl_ca_data", "ssl_certfile", "ssl_keyfile", "ssl_password", "ssl_ciphers",
    # the core's own
    "command_timeout", "availability_zone", "lanes_per_node", "blocking_connections_per_node", "topology_refresh_period",
    "resend", "cross_slot", "read_from",
}

# What redis-py's connections have and the core's have not, and why nobody misses it.
_WITHOUT_EFFECT = {
    "connection_class": "the core has connections of its own",
    "parser_class": "the core parses replies",
    "encoder_class": "the core encodes arguments; encoding and encoding_errors say how",
    "socket_read_size": "the core reads as much as there is",
    "socket_type": "the core tries all addresses of a name",
    "socket_keepalive_options": "the core finds a silent peer in about 13 s",
    "health_check_interval": "the core notices connections that have ended, and nodes that are silent",
    "retry_on_timeout": "the core repeats what is safe to repeat; see the option resend",
    "retry_on_error": "the core repeats what is safe to repeat; see the option resend",
    "retry": "the core repeats what is safe to repeat, until command_timeout",
    "redis_connect_func": "the core makes the connections",
    "single_connection_client": "threads share the connections of a client safely",
    "ssl_validate_ocsp": "the core does not ask for revocation",
    "ssl_validate_ocsp_stapled": "the core does not ask for revocation",
    "ssl_ocsp_context": "the core does not ask for revocation",
    "ssl_ocsp_expected_cert": "the core does not ask for revocation",
    "cluster_error_retry_attempts": "the core repeats until command_timeout",
    "require_full_coverage": "a part of the cluster that works can be used",
    "dynamic_startup_nodes": "the core always asks the nodes that it knows",
    "lib_name": "the core says CLIENT SETINFO with its own name",
    "lib_version": "the core says CLIENT SETINFO with its own version",
    "credential_provider": "give username and password",
    "cache": "the core does not cache",
    "cache_config": "the core does not cache",
    "event_dispatcher": "the core has no such events",
}

_REMAP_FIELDS = {"from_host", "from_port", "to_host", "to_port"}
_said = set()


def say_once(name, reason):
    """Warns of an option that is accepted and does nothing: once for each name and process."""
    if name not in _said:
        _said.add(name)
        warnings.warn(f"rediscluster: {name} has no effect: {reason}", RuntimeWarning, stacklevel=4)


def text_rules(kwargs):
    """Takes encoding, encoding_errors, decode_responses and their old names out of `kwargs`."""
    encoding = kwargs.pop("charset", None) or kwargs.pop("encoding", None) or "utf-8"
    errors = kwargs.pop("errors", None) or kwargs.pop("encoding_errors", None) or "strict"
    for name in ("encoding", "encoding_errors"):
        kwargs.pop(name, None)
    return {
        "encoding": encoding,
        "encoding_errors": errors,
        "decode_responses": bool(kwargs.pop("decode_responses", False)),
        "is_utf8": codecs.lookup(encoding).name == "utf-8",
    }


def startup_nodes(host, port, nodes):
    """[(host, port), ...]; the lists of callers stay as they are."""
    if nodes is not None and (isinstance(nodes, (str, bytes, dict)) or not hasattr(nodes, "__iter__")):
        raise RedisClusterException("startup_nodes is a list of nodes, as in [{'host': '127.0.0.1', 'port': 7000}]")
    found = []
    for node in nodes or []:
        if isinstance(node, dict):
            address = (node.get("host"), node.get("port", DEFAULT_PORT))
        else:  # redis.cluster.ClusterNode
            address = (getattr(node, "host", None), getattr(node, "port", None))
        if not address[0]:
            raise RedisClusterException(f"a startup node has a host: {node!r}")
        found.append(_address(*address))
    if host:
        found.append(_address(host, port or DEFAULT_PORT))
    if not found:
        raise RedisClusterException("No startup nodes provided")
    return found


def node_named(target):
    """What target_nodes says of one node: its id or "host:port"."""
    if isinstance(target, str):
        return target
    if hasattr(target, "host") and hasattr(target, "port"):  # redis.cluster.ClusterNode
        return f"{target.host}:{target.port}"
    raise RedisClusterException(f'target_nodes is "primaries", "replicas", "all", an id, "host:port" or a ClusterNode: {target!r}')


def _address(host, port):
    try:
        return str(host), int(port)
    except (TypeError, ValueError):
        raise RedisClusterException(f"the port of a startup node is a number: {port!r}") from None


def _remap(rules):
    if not isinstance(rules, (list, tuple)):
        raise RedisClusterConfigError("host_port_remap is a list of rules")
    taken = []
    for rule in rules:
        if not isinstance(rule, dict):
            raise RedisClusterConfigError(f"a rule of host_port_remap is a dict: {rule!r}")
        unknown = set(rule) - _REMAP_FIELDS
        if unknown:
            raise RedisClusterConfigError(f"a rule of host_port_remap has no {sorted(unknown)}: it has {sorted(_REMAP_FIELDS)}")
        try:
            taken.append({name: int(value) if name.endswith("port") else str(value) for name, value in rule.items()})
        except (TypeError, ValueError):
            raise RedisClusterConfigError(f"a port in a rule of host_port_remap is a number: {rule!r}") from None
    return taken


def _take_tls(kwargs, core):
    requirement = kwargs.pop("ssl_cert_reqs", None)
    if requirement in ("none", _ssl.CERT_NONE):
        core["ssl_no_verification"] = True
    elif requirement not in (None, "required", "optional", _ssl.CERT_REQUIRED, _ssl.CERT_OPTIONAL):
        raise RedisClusterConfigError(f"ssl_cert_reqs is none, optional or required: {requirement!r}")
    if not kwargs.pop("ssl_check_hostname", True):
        core["ssl_no_name_check"] = True


def core_options(kwargs):
    """The core's options of what is left when text_rules() and startup_nodes() have had theirs. Errors: TypeError for a name nobody knows."""
    if "db" in kwargs:
        raise RedisClusterException("Argument 'db' is not possible to use in cluster mode")
    if kwargs.get("unix_socket_path") is not None or kwargs.get("path") is not None:
        raise RedisClusterException("Unix sockets do not work in a cluster environment")
    kwargs = {name: value for name, value in kwargs.items() if value is not None}
    # RESP2 by default: the functions of redis-py that make replies what methods return are written for it.
    core = {"protocol": 2}
    _take_tls(kwargs, core)
    remap = kwargs.pop("host_port_remap", None)
    if remap is not None:
        core["host_port_remap"] = _remap(remap)
    for name, value in kwargs.items():
        if name in _SAME:
            core[name] = value
        elif name in _WITHOUT_EFFECT:
            if value:
                say_once(name, _WITHOUT_EFFECT[name])
        else:
            raise TypeError(f"RedisCluster has no option '{name}'")
    return core


def _flag(text):
    return text.upper() not in ("0", "F", "FALSE", "N", "NO", "")


_URL_TYPES = {
    "socket_timeout": float, "socket_connect_timeout": float, "command_timeout": float, "topology_refresh_period": float,
    "socket_keepalive": _flag, "retry_on_timeout": _flag, "ssl_check_hostname": _flag, "decode_responses": _flag,
    "readonly_mode": _flag, "read_from_replicas": _flag, "skip_full_coverage_check": _flag, "init_slot_cache": _flag,
    "max_connections": int, "max_connections_per_node": lambda text: int(text) if text.isdigit() else _flag(text), "health_check_interval": int, "reinitialize_steps": int,
    "cluster_down_retry_attempts": int, "protocol": int, "lanes_per_node": int, "blocking_connections_per_node": int,
}


def url_options(url):
    """What a URL says: redis://[[user]:[password]@]host[:port][/0][?option=value&...], rediss:// with TLS."""
    parts = urlparse(url)
    if parts.scheme == "unix":
        raise RedisClusterException("Unix sockets do not work in a cluster environment")
    if parts.scheme not in ("redis", "rediss"):
        raise ValueError("Redis URL must specify one of the following schemes (redis://, rediss://, unix://)")
    options = {}
    for name, values in parse_qs(parts.query).items():
        try:
            options[name] = _URL_TYPES.get(name, str)(unquote(values[0]))
        except ValueError:
            raise ValueError(f"Invalid value for `{name}` in connection URL.") from None
    if parts.username:
        options["username"] = unquote(parts.username)
    if parts.password:
        options["password"] = unquote(parts.password)
    database = unquote(parts.path).strip("/") or str(options.pop("db", "0"))
    if database != "0":
        raise RedisClusterException("Argument 'db' is not possible to use in cluster mode")
    if parts.scheme == "rediss":
        options["ssl"] = True
    options["host"] = unquote(parts.hostname or "localhost")
    options["port"] = parts.port or DEFAULT_PORT
    return options
