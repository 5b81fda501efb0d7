"""A program that speaks the frame protocol, well or badly: the valuation's name, or the first argument, says how."""

import json
import os
import signal
import socket
import sys

server = socket.socket(fileno=int(os.environ["VN_FD"]))
stream = server.makefile("rb")
AT_START = sys.argv[1] if len(sys.argv) > 1 else "good"
DESCRIPTION = {
    "name": "sinner", "version": "2.5", "valuesTasks": True,
    "tasks": ["cmd-ok", "cmd-crash", "cmd-exit", "cmd-garbage", "cmd-half", "cmd-huge", "cmd-no-head", "cmd-type",
              "cmd-status", "cmd-id", "cmd-nonsense", "cmd-empty", "cmd-hang", "cmd-retry", "cmd-failed", "cmd-prints"],
    "functions": [{"name": "shout", "result": "text", "arguments": [{"name": "what"}, {"name": "more", "repeated": True,
                                                                                      "optional": True}]}],
    "schemes": ["cmd"]}


def receive():
    size = stream.read(4)
    if len(size) < 4:
        sys.exit(0)
    head, _, payload = stream.read(int.from_bytes(size, "big")).partition(b"\n")
    return json.loads(head), payload


def raw(content, length=None):
    server.sendall((len(content) if length is None else length).to_bytes(4, "big") + content)


def send(head, payload=b""):
    raw(json.dumps(head).encode() + b"\n" + payload)


def answer(call, status="ok", payload=b"", **more):
    send({"type": "result", "id": call["id"], "status": status, **more}, payload)


def value(call):
    sin = call["name"].removeprefix("cmd-")
    if sin == "crash":
        os.kill(os.getpid(), signal.SIGABRT)
    elif sin == "exit":
        print("the licence has expired", file=sys.stderr, flush=True)
        os._exit(3)
    elif sin == "garbage":
        raw(b"\xff\xfe nothing that is JSON \x00")
    elif sin == "half":
        raw(b'{"type":"result"', 1000)
        os._exit(0)
    elif sin == "huge":
        raw(b"", 0x7FFFFFFF)
    elif sin == "no-head":
        raw(b"")
    elif sin == "type":
        send({"type": "dance"})
    elif sin == "status":
        answer(call, "perhaps")
    elif sin == "id":
        send({"type": "result", "id": call["id"] + 7, "status": "ok"}, b"1.00")
    elif sin == "nonsense":
        answer(call, payload=b"no amount")
    elif sin == "empty":
        answer(call)
    elif sin == "hang":
        signal.pause()
    elif sin == "retry":
        answer(call, "retry", reason="come again")
    elif sin == "failed":
        answer(call, "failed")
    else:
        if sin == "prints":
            print("x" * 200_000, flush=True)
        answer(call, payload=b"5.00")


def perform(call, payload):
    if call["kind"] == "task":
        value(call)
    elif call["kind"] == "fetch":
        answer(call, payload=b"<b>" + payload + b"</b>")
    else:
        words, at = [], 0
        for size in call["arguments"]:
            words.append(payload[at:at + size].upper())
            at += size
        answer(call, payload=b"-".join(words))


def begin():
    if AT_START == "mute":
        signal.pause()
    elif AT_START == "old":
        send({"type": "hello", "protocol": 9, "description": DESCRIPTION})
    elif AT_START == "nameless":
        send({"type": "hello", "protocol": 1, "description": {"version": "1"}})
    elif AT_START == "babbling":
        sys.stdout.flush()
        raw(b"hello")
    elif AT_START == "gone":
        print("no curve server", file=sys.stderr, flush=True)
        os._exit(4)
    else:
        send({"type": "hello", "protocol": 1, "description": DESCRIPTION})


while True:
    head, content = receive()
    if head["type"] == "hello":
        begin()
    elif head["type"] == "call":
        perform(head, content)
    elif head["type"] == "stop":
        break
