"""Subscriptions on the core: spread over the nodes, and made again when a node, a connection or a slot goes."""
import logging
import threading
import time

from redis.client import PubSub, list_or_args

from rediscluster import _core

_log = logging.getLogger("rediscluster.pubsub")

# A signal is noticed by Python between two waits only.
_SLICE = 0.05


class ClusterPubSub(PubSub):
    """redis-py's PubSub, with its methods and messages, on the core's subscriptions.

    ``ssubscribe`` and ``sunsubscribe`` are for sharded channels (Redis 7.0), of any slots. Where messages may have been lost, as behind
    a connection that ended, the logger ``rediscluster.pubsub`` says so; with ``report_gaps=True`` a message of type ``"gap"`` does, in
    its place. One thread may subscribe while another one reads.
    """

    PUBLISH_MESSAGE_TYPES = ("message", "pmessage", "smessage")
    UNSUBSCRIBE_MESSAGE_TYPES = ("unsubscribe", "punsubscribe", "sunsubscribe")
    _KINDS = {"SUBSCRIBE": "channel", "PSUBSCRIBE": "pattern", "SSUBSCRIBE": "sharded"}

    def __init__(self, client, ignore_subscribe_messages=False, report_gaps=False, shard_hint=None):
        self._client = client
        self._pubsub = None
        self._pongs = []
        self.report_gaps = report_gaps
        self.ignore_subscribe_messages = ignore_subscribe_messages
        self.shard_hint = shard_hint
        self.connection = None
        self.connection_pool = client.connection_pool
        self.subscribed_event = threading.Event()
        self.encoder = client.get_encoder()
        self.reset()

    def reset(self):
        """Ends all subscriptions."""
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            pubsub.close()
        self.channels = {}
        self.patterns = {}
        self.shard_channels = {}
        self.pending_unsubscribe_channels = set()
        self.pending_unsubscribe_patterns = set()
        self.pending_unsubscribe_shard_channels = set()
        self.subscribed_event.clear()

    def execute_command(self, *args):
        """SUBSCRIBE and its like: returns when servers have confirmed; PING: gives a message of type "pong"."""
        name = args[0].upper()
        if name == "PING":
            self._pongs.append(["pong", self.encoder.decode(self.encoder.encode(args[1])) if len(args) > 1 else ""])
            return None
        if self._pubsub is None:
            self._pubsub = _core.PubSub(self._client._core)
        if name in self._KINDS:
            return self._pubsub.subscribe(self._KINDS[name], tuple(args[1:]))
        return self._pubsub.unsubscribe(self._KINDS[name.replace("UNSUB", "SUB")], tuple(args[1:]))

    def parse_response(self, block=True, timeout=0):
        """The next message as a list, or None when none came within `timeout` seconds."""
        if self._pongs:
            return self._pongs.pop(0)
        if self._pubsub is None:
            raise RuntimeError("pubsub connection not set: did you forget to call subscribe() or psubscribe()?")
        if timeout is None:
            block = True
        end = time.monotonic() + (timeout or 0)
        while True:
            left = _SLICE if block else min(_SLICE, max(0.0, end - time.monotonic()))
            message = self._pubsub.get(left)
            if message is not None:
                found = self._as_response(message)
                if found is not None:
                    return found
            elif not block and time.monotonic() >= end:
                return None

    def _as_response(self, message):
        kind, pattern, channel, data = message
        if kind in ("gap", "refused") and not self.report_gaps:
            _log.warning("messages may have been lost: %s", data) if kind == "gap" else _log.error("a subscription has ended: %s", data)
            return None
        return [kind, pattern, channel, data] if kind == "pmessage" else [kind, channel, data]

    def ssubscribe(self, *args, **kwargs):
        """Subscribes to sharded channels; with ``name=handler`` as subscribe()."""
        if args:
            args = list_or_args(args[0], args[1:])
        new = dict.fromkeys(args)
        new.update(kwargs)
        self.execute_command("SSUBSCRIBE", *new)
        new = self._normalize_keys(new)
        self.shard_channels.update(new)
        self.subscribed_event.set()
        self.pending_unsubscribe_shard_channels.difference_update(new)

    def sunsubscribe(self, *args):
        """Ends subscriptions to sharded channels, or to all of them."""
        if args:
            args = list_or_args(args[0], args[1:])
            channels = self._normalize_keys(dict.fromkeys(args))
        else:
            channels = self.shard_channels
        self.pending_unsubscribe_shard_channels.update(channels)
        return self.execute_command("SUNSUBSCRIBE", *args)

    def handle_message(self, response, ignore_subscribe_messages=False):
        """A message as a dict; None where a handler has taken it, or it is ignored."""
        if response is None:
            return None
        kind = response[0]
        pattern = response[1] if kind == "pmessage" else None
        channel = None if kind == "pong" else response[-2]
        message = {"type": kind, "pattern": pattern, "channel": channel, "data": response[-1]}
        if kind in self.UNSUBSCRIBE_MESSAGE_TYPES:
            self._forget(kind, channel)
        if kind in self.PUBLISH_MESSAGE_TYPES:
            handler = self._handlers(kind).get(pattern if kind == "pmessage" else channel)
            if handler:
                handler(message)
                return None
        elif kind not in ("pong", "gap", "refused") and (ignore_subscribe_messages or self.ignore_subscribe_messages):
            return None
        return message

    def _handlers(self, kind):
        return {"pmessage": self.patterns, "smessage": self.shard_channels}.get(kind, self.channels)

    def _forget(self, kind, name):
        names, pending = {
            "punsubscribe": (self.patterns, self.pending_unsubscribe_patterns),
            "sunsubscribe": (self.shard_channels, self.pending_unsubscribe_shard_channels),
        }.get(kind, (self.channels, self.pending_unsubscribe_channels))
        if name in pending:
            pending.discard(name)
            names.pop(name, None)
        if not self.channels and not self.patterns and not self.shard_channels:
            self.subscribed_event.clear()
