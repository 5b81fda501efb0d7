#!/usr/bin/env python3
"""Values tasks in one process that stays, by vnserver's frame protocol (docs/plugin-protocol.md)."""
import json
import os
import re
import socket

DESCRIPTION = {"name": "frame-worker", "version": "1.0.0", "tasks": ["frame-worker"]}
server = socket.socket(fileno=int(os.environ["VN_FD"]))
stream = server.makefile("rb")


def receive():  # the next frame's head and payload; None at the end
    size = stream.read(4)
    if len(size) < 4:
        return None
    head, _, payload = stream.read(int.from_bytes(size, "big")).partition(b"\n")
    return json.loads(head), payload


def send(head, payload=b""):
    frame = json.dumps(head).encode() + b"\n" + payload
    server.sendall(len(frame).to_bytes(4, "big") + frame)


def value(task):  # your code: the task document in, the amount or the changed document out
    quantity = re.search(rb"<quantity>\s*(\d+)", task)
    if not quantity:
        raise ValueError("the task has no quantity")
    return b"%d.00" % (100 * int(quantity[1]))


while (frame := receive()) and frame[0]["type"] != "stop":
    head, payload = frame
    if head["type"] == "hello":
        send({"type": "hello", "protocol": 1, "description": DESCRIPTION})
    elif head["type"] == "call":
        try:
            send({"type": "result", "id": head["id"], "status": "ok"}, value(payload))
        except ValueError as wrong:
            send({"type": "result", "id": head["id"], "status": "invalid", "reason": str(wrong)})
