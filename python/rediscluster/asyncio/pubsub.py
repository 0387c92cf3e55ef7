"""Subscriptions for asyncio."""
import asyncio
import inspect

from rediscluster import _core
from rediscluster._compat import list_or_args
from rediscluster.pubsub import SubscriptionBook


class ClusterPubSub(SubscriptionBook):
    """As rediscluster.ClusterPubSub, with ``await``: ``await p.subscribe("news")``, ``await p.get_message(timeout=1)``,
    ``async for message in p.listen()``. Handlers may be coroutine functions. On one loop, and one reader at a time."""

    # How long one question to the core waits: a cancelled task cancels it at once.
    _LONG = 3600.0

    def __init__(self, client, ignore_subscribe_messages=False, report_gaps=False, shard_hint=None):
        self._client = client
        self._port = None
        self._pubsub = None
        self._subscribed = asyncio.Event()
        self._unread = None  # what came when nobody wanted it any more
        self._begin_book(client.get_encoder(), ignore_subscribe_messages, report_gaps)

    async def __aenter__(self):
        return self

    async def __aexit__(self, exc_type, exc_value, traceback):
        await self.close()

    async def reset(self):
        """Ends all subscriptions."""
        pubsub, self._pubsub = self._pubsub, None
        self._unread = None
        self._forget_all()
        if pubsub is not None:
            pubsub.close()

    close = aclose = reset

    def _begin(self, method, *arguments):
        return self._client._ports.begin_on(self._port, method, *arguments)

    async def execute_command(self, *args):
        name = args[0].upper()
        if name == "PING":
            return self._pong(*args[1:])
        if self._pubsub is None:
            self._port = self._client._ports.port(asyncio.get_running_loop())
            self._pubsub = _core.PortPubSub(self._port)
        if name in self._KINDS:
            return await self._begin(self._pubsub.subscribe, self._KINDS[name], tuple(args[1:]))
        return await self._begin(self._pubsub.unsubscribe, self._KINDS[name.replace("UNSUB", "SUB")], tuple(args[1:]))

    async def _subscribe_to(self, command, args, handlers):
        new = dict.fromkeys(list_or_args(args[0], args[1:]) if args else ())
        new.update(handlers)
        await self.execute_command(command, *new)
        self._note_subscribed(self._KINDS[command], new)
        self._subscribed.set()

    async def _unsubscribe_from(self, command, kind, args):
        names = list_or_args(args[0], args[1:]) if args else ()
        self._note_unsubscribing(kind, names)
        await self.execute_command(command, *names)

    async def subscribe(self, *args, **kwargs):
        await self._subscribe_to("SUBSCRIBE", args, kwargs)

    async def psubscribe(self, *args, **kwargs):
        await self._subscribe_to("PSUBSCRIBE", args, kwargs)

    async def ssubscribe(self, *args, **kwargs):
        await self._subscribe_to("SSUBSCRIBE", args, kwargs)

    async def unsubscribe(self, *args):
        await self._unsubscribe_from("UNSUBSCRIBE", "channel", args)

    async def punsubscribe(self, *args):
        await self._unsubscribe_from("PUNSUBSCRIBE", "pattern", args)

    async def sunsubscribe(self, *args):
        await self._unsubscribe_from("SUNSUBSCRIBE", "sharded", args)

    async def ping(self, message=None):
        await self.execute_command("PING", "" if message is None else message)

    async def get_message(self, ignore_subscribe_messages=False, timeout=0.0):
        """The next message as a dict; None when none came within `timeout` seconds (None: it waits), or a handler took it."""
        loop = asyncio.get_running_loop()
        end = None if timeout is None else loop.time() + timeout
        while True:
            if self._pongs:
                return await self._handled(self._pongs.pop(0), ignore_subscribe_messages)
            left = self._LONG if end is None else max(0.0, end - loop.time())
            if self._pubsub is None:
                await self._wait_for_subscription(left)
                if self._pubsub is None and end is not None and loop.time() >= end:
                    return None
                continue
            message = await self._next(left)
            if message is None:
                if end is not None and loop.time() >= end:
                    return None
                continue
            response = self._as_response(message)
            if response is not None:
                return await self._handled(response, ignore_subscribe_messages)

    async def _wait_for_subscription(self, seconds):
        self._subscribed.clear()
        try:
            await asyncio.wait_for(self._subscribed.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    async def _next(self, seconds):
        if self._unread is not None:
            message, self._unread = self._unread, None
            return message
        try:
            return await self._begin(self._pubsub.get, seconds)
        except asyncio.CancelledError as cancelled:
            self._unread = getattr(cancelled, "reply", None)
            raise

    async def _handled(self, response, ignore_subscribe_messages):
        message, handler = self._sort(response, ignore_subscribe_messages)
        if handler is None:
            return message
        outcome = handler(message)
        if inspect.isawaitable(outcome):
            await outcome
        return None

    async def listen(self):
        """All messages to come, until there is no subscription any more."""
        while self.subscribed:
            message = await self.get_message(timeout=None)
            if message is not None:
                yield message

    async def run(self, *, exception_handler=None, poll_timeout=1.0):
        """Reads messages and calls their handlers, until it is cancelled or there is no subscription any more."""
        self._check_handlers()
        while self.subscribed:
            try:
                await self.get_message(ignore_subscribe_messages=True, timeout=poll_timeout)
            except asyncio.CancelledError:
                raise
            except BaseException as error:
                if exception_handler is None:
                    raise
                outcome = exception_handler(error, self)
                if inspect.isawaitable(outcome):
                    await outcome
