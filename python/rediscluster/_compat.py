"""What differs between the versions of redis-py that the package works with (3.5 to 8): nothing else asks for them."""
from redis import exceptions as _redis

try:  # redis-py 5 and later
    from redis._parsers import BaseParser
    from redis._parsers.encoders import Encoder
except ImportError:  # pragma: no cover
    from redis.connection import BaseParser, Encoder

try:
    from redis.client import CaseInsensitiveDict
except ImportError:
    from redis.utils import CaseInsensitiveDict  # type: ignore


try:
    from redis.commands.helpers import list_or_args
except ImportError:  # redis-py 3
    from redis.client import list_or_args  # type: ignore

try:
    from redis.utils import str_if_bytes
except ImportError:  # redis-py 3

    def str_if_bytes(value):
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


try:
    from redis.commands.core import Script
except ImportError:  # redis-py 3
    from redis.client import Script  # type: ignore


def cluster_base(name, *fallbacks):
    """Base classes for an exception of redis-py-cluster's: redis-py's own class of that name, where it has one, in front of ours."""
    theirs = getattr(_redis, name, None)
    if theirs is None:
        return fallbacks
    return tuple(base for base in (theirs, *fallbacks) if not (base is not theirs and issubclass(theirs, base)))


def parse_server_error(text):
    """The exception that redis-py makes of an error reply."""
    parse = BaseParser.__dict__["parse_error"]
    if isinstance(parse, classmethod):  # redis-py 5 and later
        return BaseParser.parse_error(text)
    return parse(BaseParser, text)


def command_options(options):
    """What a method says for the function that makes its reply; not which of its arguments are keys (redis-py 5.1 and later)."""
    if options:
        options.pop("keys", None)
    return options


def _callbacks_of_redis_py(client_class):
    callbacks = getattr(client_class, "RESPONSE_CALLBACKS", None)
    if callbacks is not None:
        return callbacks
    from redis._parsers import helpers  # redis-py 5 and later

    if hasattr(helpers, "get_response_callbacks"):  # 8
        return helpers.get_response_callbacks(2, True)
    return {**helpers._RedisCallbacks, **helpers._RedisCallbacksRESP2}


def response_callbacks(client_class):
    """A client's own copy of the functions that make RESP2 replies what methods return."""
    return CaseInsensitiveDict(_callbacks_of_redis_py(client_class))
