"""The types of the exceptions; which classes of redis-py they also are depends on its version."""
from typing import Optional

from redis.exceptions import (
    AuthenticationError as AuthenticationError,
    BusyLoadingError as BusyLoadingError,
    ConnectionError as ConnectionError,
    DataError as DataError,
    ExecAbortError as ExecAbortError,
    InvalidResponse as InvalidResponse,
    LockError as LockError,
    LockNotOwnedError as LockNotOwnedError,
    NoPermissionError as NoPermissionError,
    NoScriptError as NoScriptError,
    PubSubError as PubSubError,
    ReadOnlyError as ReadOnlyError,
    RedisError as RedisError,
    ResponseError as ResponseError,
    TimeoutError as TimeoutError,
    WatchError as WatchError,
)

class RedisClusterException(RedisError):
    code: str
    execution: str
    node: Optional[str]
    attempts: int

class RedisClusterError(RedisClusterException):
    ...

class RedisClusterConfigError(RedisClusterException):
    ...

class ClusterUnreachableError(RedisClusterException, ConnectionError):
    ...

class SlotNotCoveredError(RedisClusterException):
    ...

class ClusterError(RedisError):
    ...

class ClusterDownError(ClusterError, ResponseError):
    message: str

class ClusterDownException(ClusterDownError):
    ...

class MasterDownError(ClusterDownError):
    ...

class ClusterCrossSlotError(ResponseError):
    message: str

class TryAgainError(ResponseError):
    ...

class AskError(ResponseError):
    slot_id: int
    host: str
    port: int
    node_addr: tuple[str, int]
    message: str

class MovedError(AskError):
    ...

class CancelledError(RedisError):
    ...

class ClientClosedError(ConnectionError):
    ...

def exception_of_reply(text: str) -> Exception: ...
def exception_of(code: str, message: str, host: str, port: int, attempts: int, execution: str) -> Exception: ...
