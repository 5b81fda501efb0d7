"""A network between a server and Redis that can be made worse: connections on a free TCP port of 127.0.0.1 are handed
on to a unix socket. All proxies of a run live on one thread."""

import asyncio
import threading

_loop = asyncio.new_event_loop()
threading.Thread(target=_loop.run_forever, daemon=True).start()


class Proxy:
    def __init__(self, target):
        self.target = target
        self.delay, self.swallow = 0.0, False
        self.writers = set()
        asyncio.run_coroutine_threadsafe(self._start(), _loop).result()

    async def _start(self):
        self.open = asyncio.Event()
        self.open.set()
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    async def _serve(self, reader, writer):
        self.writers.add(writer)
        try:
            await self.open.wait()
            there, beyond = await asyncio.open_unix_connection(self.target)
        except OSError:
            self._drop(writer)
            return
        self.writers.add(beyond)
        await asyncio.gather(self._pump(reader, beyond, False), self._pump(there, writer, True))

    async def _pump(self, reader, writer, replies):
        try:
            while data := await reader.read(65536):
                await self.open.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                if replies and self.swallow:
                    continue
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        self._drop(writer)

    def _drop(self, writer):
        self.writers.discard(writer)
        writer.close()

    def _do(self, what):
        async def on_the_loop():
            what()
        asyncio.run_coroutine_threadsafe(on_the_loop(), _loop).result()

    def cut(self):
        """Every connection ends at once; what was on its way is lost."""
        self._do(lambda: [w.transport.abort() for w in list(self.writers)])

    def halt(self):
        """Nothing comes through any more, and nobody is told."""
        self._do(self.open.clear)

    def go_on(self):
        self._do(self.open.set)

    def slow_down(self, seconds):
        self.delay = seconds

    def lose_replies(self, lose):
        """Commands arrive, their replies do not. A connection that has lost some is cut, as TCP would."""
        self.swallow = lose
        if not lose:
            self.cut()

    def close(self):
        self._do(self.server.close)
        self.go_on()
        self.cut()
