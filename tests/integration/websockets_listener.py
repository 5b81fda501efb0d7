"""Listens with python3-websockets, as it is: says what tests/browser/listen.mjs says, and takes the same arguments."""

import asyncio
import json
import sys

import websockets


def say(**what):
    print(json.dumps(what), flush=True)


async def listen(address, first=None):
    try:
        async with websockets.connect(address) as socket:
            if first:
                await socket.send(first)
            say(open=True)
            try:
                while True:
                    message = await socket.recv()
                    say(text=message) if isinstance(message, str) else say(binary=len(message))
            except websockets.ConnectionClosed as end:
                say(code=end.rcvd.code if end.rcvd else 1006, reason=end.rcvd.reason if end.rcvd else "")
    except Exception as error:
        say(error=str(error))


asyncio.run(listen(*sys.argv[1:]))
