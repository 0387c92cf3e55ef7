"""Where an event loop of Python's and the core meet: futures of calls, and a descriptor that says that some have ended."""
import asyncio
import weakref

from rediscluster import _core


class Reply(asyncio.Future):
    """The future of one call. Cancelled, it cancels the command."""

    call = 0
    port = None

    def cancel(self, msg=None):
        if not self.done() and self.port is not None:
            self.port.cancel(self.call)
        return super().cancel(msg)


def _leave(loop, port):
    port.drain()
    loop.remove_reader(port.descriptor)


class Ports:
    """The core of one client, and its port to each loop that uses it."""

    def __init__(self, options, text, callbacks):
        self._given = options, text, callbacks
        self._core = None
        self._ports = weakref.WeakKeyDictionary()

    def port(self, loop):
        """The port to the running loop."""
        port = self._ports.get(loop)
        if port is None:
            options, text, callbacks = self._given
            if self._core is None:
                self._core = _core.AsyncClient(options, text)
            port = self._ports[loop] = _core.Port(self._core, callbacks)
            loop.add_reader(port.descriptor, port.drain)
        return port

    def begin(self, how, *arguments):
        """Begins a call on the running loop: ``how(port)(future, *arguments)`` does."""
        loop = asyncio.get_running_loop()
        port = self.port(loop)
        return self.begin_on(port, loop, how(port), *arguments)

    @staticmethod
    def begin_on(port, loop, method, *arguments):
        """The same for a method of an object that was made on the port."""
        reply = Reply(loop=loop)
        try:
            reply.call = method(reply, *arguments)
            reply.port = port
        except Exception as error:
            reply.set_exception(error)
        return reply

    async def close(self):
        """Ends all connections; what waits fails. A later call connects anew."""
        core, self._core = self._core, None
        ports, self._ports = self._ports, weakref.WeakKeyDictionary()
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
        for loop, port in list(self._ports.items()):
            if not loop.is_closed():
                try:
                    loop.call_soon_threadsafe(_leave, loop, port)
                except RuntimeError:  # it was closed meanwhile
                    pass
