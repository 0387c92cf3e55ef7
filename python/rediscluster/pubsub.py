"""Subscriptions on the core: spread over the nodes, and made again when a node, a connection or a slot goes."""
import logging
import threading
import time

from redis.client import PubSubWorkerThread

from rediscluster import _core
from rediscluster._compat import list_or_args
from rediscluster.exceptions import PubSubError

_log = logging.getLogger("rediscluster.pubsub")

# A signal is noticed by Python between two waits only.
_SLICE = 0.05


class SubscriptionBook:
    """What redis-py's PubSub keeps in mind: who handles what, what is to end, and how a message looks."""

    PUBLISH_MESSAGE_TYPES = ("message", "pmessage", "smessage")
    UNSUBSCRIBE_MESSAGE_TYPES = ("unsubscribe", "punsubscribe", "sunsubscribe")
    _KINDS = {"SUBSCRIBE": "channel", "PSUBSCRIBE": "pattern", "SSUBSCRIBE": "sharded"}
    _KIND_OF_TYPE = {"pmessage": "pattern", "punsubscribe": "pattern", "smessage": "sharded", "sunsubscribe": "sharded"}

    def _begin_book(self, encoder, ignore_subscribe_messages, report_gaps):
        self.encoder = encoder
        self.ignore_subscribe_messages = ignore_subscribe_messages
        self.report_gaps = report_gaps
        self.subscribed_event = threading.Event()
        self._forget_all()

    def _forget_all(self):
        self.channels = {}
        self.patterns = {}
        self.shard_channels = {}
        self._ending = {"channel": set(), "pattern": set(), "sharded": set()}
        self._pongs = []
        self.subscribed_event.clear()

    @property
    def subscribed(self):
        """Whether there is any subscription."""
        return self.subscribed_event.is_set()

    def _handlers(self, kind):
        return {"pattern": self.patterns, "sharded": self.shard_channels}.get(kind, self.channels)

    def _normalized(self, names):
        encode, decode = self.encoder.encode, self.encoder.decode
        return [decode(encode(name)) for name in names]

    def _note_subscribed(self, kind, names):
        new = dict(zip(self._normalized(names), names.values()))
        self._handlers(kind).update(new)
        self._ending[kind].difference_update(new)
        self.subscribed_event.set()

    def _note_unsubscribing(self, kind, names):
        self._ending[kind].update(self._normalized(names) if names else self._handlers(kind))

    def _pong(self, message=""):
        self._pongs.append(["pong", None, self.encoder.decode(self.encoder.encode(message))])

    def _as_response(self, message):
        kind, pattern, channel, data = message
        if kind in ("gap", "refused") and not self.report_gaps:
            _log.warning("messages may have been lost: %s", data) if kind == "gap" else _log.error("a subscription has ended: %s", data)
            return None
        return [kind, pattern, channel, data] if kind == "pmessage" else [kind, channel, data]

    def _sort(self, response, ignore_subscribe_messages):
        """A message as a dict, or None where it is ignored; and its handler, or None."""
        kind = response[0]
        pattern = response[1] if kind == "pmessage" else None
        message = {"type": kind, "pattern": pattern, "channel": response[-2], "data": response[-1]}
        if kind in self.UNSUBSCRIBE_MESSAGE_TYPES:
            self._forget(self._KIND_OF_TYPE.get(kind, "channel"), message["channel"])
        if kind in self.PUBLISH_MESSAGE_TYPES:
            return message, self._handlers(self._KIND_OF_TYPE.get(kind, "channel")).get(pattern if kind == "pmessage" else message["channel"])
        if kind not in ("pong", "gap", "refused") and (ignore_subscribe_messages or self.ignore_subscribe_messages):
            return None, None
        return message, None

    def _forget(self, kind, name):
        if name in self._ending[kind]:
            self._ending[kind].discard(name)
            self._handlers(kind).pop(name, None)
        if not self.channels and not self.patterns and not self.shard_channels:
            self.subscribed_event.clear()

    def _check_handlers(self):
        for what, handlers in (("Channel", self.channels), ("Pattern", self.patterns), ("Shard channel", self.shard_channels)):
            for name, handler in handlers.items():
                if handler is None:
                    raise PubSubError(f"{what}: '{name}' has no handler registered")


class ClusterPubSub(SubscriptionBook):
    """redis-py's PubSub, with its methods and messages, on the core's subscriptions.

    ``ssubscribe`` and ``sunsubscribe`` are for sharded channels (Redis 7.0), of any slots. Where messages may have been lost, as behind
    a connection that ended, the logger ``rediscluster.pubsub`` says so; with ``report_gaps=True`` a message of type ``"gap"`` does, in
    its place. One thread may subscribe while another one reads.
    """

    def __init__(self, client, ignore_subscribe_messages=False, report_gaps=False, shard_hint=None):
        self._client = client
        self._pubsub = None
        self.connection_pool = client.connection_pool
        self._begin_book(client.get_encoder(), ignore_subscribe_messages, report_gaps)

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.reset()

    def reset(self):
        """Ends all subscriptions."""
        pubsub, self._pubsub = self._pubsub, None
        self._forget_all()
        if pubsub is not None:
            pubsub.close()

    close = reset

    def execute_command(self, *args):
        """SUBSCRIBE and its like: returns when servers have confirmed; PING: gives a message of type "pong"."""
        name = args[0].upper()
        if name == "PING":
            return self._pong(*args[1:])
        if self._pubsub is None:
            self._pubsub = _core.PubSub(self._client._core)
        if name in self._KINDS:
            return self._pubsub.subscribe(self._KINDS[name], tuple(args[1:]))
        return self._pubsub.unsubscribe(self._KINDS[name.replace("UNSUB", "SUB")], tuple(args[1:]))

    def _subscribe_to(self, command, args, handlers):
        new = dict.fromkeys(list_or_args(args[0], args[1:]) if args else ())
        new.update(handlers)
        self.execute_command(command, *new)
        self._note_subscribed(self._KINDS[command], new)

    def _unsubscribe_from(self, command, kind, args):
        names = list_or_args(args[0], args[1:]) if args else ()
        self._note_unsubscribing(kind, names)
        self.execute_command(command, *names)

    def subscribe(self, *args, **kwargs):
        """Subscribes to channels: names, or ``name=handler``, which is then called with its messages."""
        self._subscribe_to("SUBSCRIBE", args, kwargs)

    def psubscribe(self, *args, **kwargs):
        """The same for glob-style patterns."""
        self._subscribe_to("PSUBSCRIBE", args, kwargs)

    def ssubscribe(self, *args, **kwargs):
        """The same for sharded channels."""
        self._subscribe_to("SSUBSCRIBE", args, kwargs)

    def unsubscribe(self, *args):
        """Ends subscriptions to channels, or to all of them."""
        self._unsubscribe_from("UNSUBSCRIBE", "channel", args)

    def punsubscribe(self, *args):
        self._unsubscribe_from("PUNSUBSCRIBE", "pattern", args)

    def sunsubscribe(self, *args):
        self._unsubscribe_from("SUNSUBSCRIBE", "sharded", args)

    def ping(self, message=None):
        """Has get_message() give a message of type "pong"."""
        self.execute_command("PING", "" if message is None else message)

    def parse_response(self, block=True, timeout=0):
        """The next message as a list, or None when none came within `timeout` seconds."""
        if self._pongs:
            return self._pongs.pop(0)
        pubsub = self._pubsub
        if pubsub is None:
            raise RuntimeError("pubsub connection not set: did you forget to call subscribe() or psubscribe()?")
        end = None if block or timeout is None else time.monotonic() + timeout
        while True:
            left = _SLICE if end is None else max(0.0, end - time.monotonic())
            message = pubsub.get(min(_SLICE, left))
            response = None if message is None else self._as_response(message)
            if response is not None:
                return response
            if message is None and end is not None and time.monotonic() >= end:
                return None

    def handle_message(self, response, ignore_subscribe_messages=False):
        """A message as a dict; None where a handler has taken it, or it is ignored."""
        if response is None:
            return None
        message, handler = self._sort(response, ignore_subscribe_messages)
        if handler is None:
            return message
        handler(message)
        return None

    def get_message(self, ignore_subscribe_messages=False, timeout=0.0):
        """The next message as a dict; None when none came within `timeout` seconds (None: it waits), or a handler took it."""
        if not self._pongs and not self.subscribed:
            begin = time.monotonic()
            if not self.subscribed_event.wait(timeout):
                return None
            timeout = None if timeout is None else max(0.0, timeout - (time.monotonic() - begin))
        return self.handle_message(self.parse_response(block=False, timeout=timeout), ignore_subscribe_messages)

    def listen(self):
        """All messages to come, until there is no subscription any more."""
        while self.subscribed:
            message = self.handle_message(self.parse_response(block=True))
            if message is not None:
                yield message

    def run_in_thread(self, sleep_time=0, daemon=False, exception_handler=None):
        """Starts a thread that reads messages and calls their handlers: ``.stop()`` ends it."""
        self._check_handlers()
        more = {} if exception_handler is None else {"exception_handler": exception_handler}  # redis-py 3 knows none
        thread = PubSubWorkerThread(self, sleep_time, daemon=daemon, **more)
        thread.start()
        return thread
