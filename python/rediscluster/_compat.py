"""What differs between the versions of redis-py that the package works with (3.5 to 8): nothing else asks for them."""
import redis
from redis import exceptions as _redis

try:  # redis-py 5 and later
    from redis._parsers import BaseParser
    from redis._parsers.encoders import Encoder
except ImportError:  # pragma: no cover
    from redis.connection import BaseParser, Encoder

try:
    from redis.client import NEVER_DECODE
except ImportError:  # redis-py 3
    NEVER_DECODE = "NEVER_DECODE"

try:
    from redis.client import EMPTY_RESPONSE
except ImportError:
    EMPTY_RESPONSE = "EMPTY_RESPONSE"

try:
    from redis.client import CaseInsensitiveDict
except ImportError:
    from redis.utils import CaseInsensitiveDict  # type: ignore


def cluster_base(name, *fallbacks):
    """Base classes for an exception of redis-py-cluster's: redis-py's own class of that name, where it has one, in front of ours."""
    theirs = getattr(_redis, name, None)
    if theirs is None:
        return fallbacks
    return tuple(base for base in (theirs, *fallbacks) if not (base is not theirs and issubclass(theirs, base)))


_parser = object.__new__(BaseParser)


def parse_server_error(text):
    """The exception that redis-py makes of an error reply."""
    return _parser.parse_error(text)


def response_callbacks(client_class):
    """A client's own copy of the functions that make replies what methods return."""
    callbacks = getattr(client_class, "RESPONSE_CALLBACKS", None)
    if callbacks is None:  # redis-py 5 and later
        from redis._parsers.helpers import _RedisCallbacks, _RedisCallbacksRESP2

        callbacks = {**_RedisCallbacks, **_RedisCallbacksRESP2}
    return CaseInsensitiveDict(callbacks)


REDIS_PY_VERSION = tuple(int(part) for part in redis.__version__.split(".")[:2])
