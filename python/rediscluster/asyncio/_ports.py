"""Where an event loop of Python's and the core meet: futures of calls, and a descriptor that says that some have ended."""
import asyncio
from collections.abc import Coroutine

from rediscluster import _core
from rediscluster.exceptions import ClientClosedError


class Reply(asyncio.Future):
    """The end of one call: to be awaited, or given to whatever takes a coroutine (``asyncio.create_task``).

    Cancelled, it cancels the command, and ends when that is settled: with ``asyncio.CancelledError``, whose attribute ``reply`` is the reply if
    one came all the same (an element that BLPOP had taken).
    """

    _call = 0
    _port = None
    _ports = None      # whoever waits keeps the client's core
    _cancelled = None  # [message] from when somebody wants no reply any more
    _steps = None

    def cancel(self, msg=None):
        if self.done():
            return False
        if self._port is None or self._port.has_left:
            return super().cancel(msg)
        if self._cancelled is None:
            self._cancelled = [msg]
            self._port.cancel(self._call)
        return True

    def end(self, value, is_failure):
        """By the port, once."""
        if self.done():
            return
        if self._cancelled is not None:
            if is_failure:
                super().cancel(*self._cancelled)
                return
            cancelled = asyncio.CancelledError(*filter(None, self._cancelled))
            cancelled.reply = value  # type: ignore[attr-defined]
            value, is_failure = cancelled, True
        if not is_failure:
            self.set_result(value)
        elif isinstance(value, StopIteration):  # no future takes it
            error = RuntimeError("a function for replies raised StopIteration")
            error.__cause__ = value
            self.set_exception(error)
        else:
            self.set_exception(value)

    # As a coroutine.

    def send(self, value):
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(self, *raised):
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.throw(*raised)

    def close(self):
        if self._steps is not None:
            self._steps.close()


Coroutine.register(Reply)


def _leave(loop, port):
    port.leave()
    loop.remove_reader(port.descriptor)


class Ports:
    """The core of one client, and its port to each loop that uses it."""

    def __init__(self, options, text, callbacks):
        self._given = options, text, callbacks
        self._core = None
        self._ports = {}

    def port(self, loop):
        """The port to the running loop."""
        port = self._ports.get(loop)
        return self._make_port(loop) if port is None else port

    def _make_port(self, loop):
        options, text, callbacks = self._given
        for other in [other for other in self._ports if other.is_closed()]:
            self._ports.pop(other).leave()
        if self._core is None:
            self._core = _core.AsyncClient(options, text)
        port = self._ports[loop] = _core.Port(self._core, callbacks)
        loop.add_reader(port.descriptor, port.drain)
        return port

    def begin(self, how, *arguments):
        """Begins a call on the running loop: ``how(port)(reply, *arguments)`` does. Without a running loop: when it is awaited."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return self._begin_later(how, *arguments)
        port = self.port(loop)
        return self._begin(port, loop, how(port), *arguments)

    async def _begin_later(self, how, *arguments):
        return await self.begin(how, *arguments)

    def begin_on(self, port, method, *arguments):
        """The same for a method of an object that was made on the port. Errors: ClientClosedError; RuntimeError on another loop."""
        loop = asyncio.get_running_loop()
        if port.has_left:
            raise ClientClosedError("the client was closed since this was made")
        if self._ports.get(loop) is not port:
            raise RuntimeError("this was made on another event loop")
        return self._begin(port, loop, method, *arguments)

    def _begin(self, port, loop, method, *arguments):
        reply = Reply(loop=loop)
        reply._ports = self
        try:
            reply._call = method(reply, *arguments)
            reply._port = port
        except Exception as error:
            reply.set_exception(error)
        return reply

    async def close(self):
        """Ends all connections; what waits fails. A later call connects anew."""
        core, self._core = self._core, None
        ports, self._ports = self._ports, {}
        if core is None:
            return
        here = asyncio.get_running_loop()
        await here.run_in_executor(None, core.close)
        for loop, port in ports.items():
            if loop is here:
                _leave(loop, port)
            elif not loop.is_closed():
                loop.call_soon_threadsafe(_leave, loop, port)

    def __del__(self):
        for loop, port in self._ports.items():
            if not loop.is_closed():
                try:
                    loop.call_soon_threadsafe(_leave, loop, port)
                except RuntimeError:  # it was closed meanwhile
                    pass
