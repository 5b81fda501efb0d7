"""A WebSocket client in plain sockets, for the tests: it shows frames as they are, and can misbehave."""

import base64
import hashlib
import os
import socket
import struct
import time

import support

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Closed(Exception):
    """The connection ended; code is that of the close frame, or None without one."""

    def __init__(self, code, reason=""):
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


def handshake(target, headers=None, method="GET", key=None):
    fields = {"Host": "here", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
              "Sec-WebSocket-Key": key or base64.b64encode(os.urandom(16)).decode()}
    fields.update(headers or {})
    lines = [f"{method} {target} HTTP/1.1"] + [f"{k}: {v}" for k, v in fields.items() if v is not None]
    return "\r\n".join(lines) + "\r\n\r\n", fields["Sec-WebSocket-Key"]


def frame(payload, opcode=TEXT, fin=True, masked=True, reserved=0, form=None, claimed=None):
    """The bytes of one. form: 7, 16 or 64, the length as so many bits; claimed: another length than there is."""
    payload = payload.encode() if isinstance(payload, str) else payload
    length = len(payload) if claimed is None else claimed
    form = form or (7 if length < 126 else 16 if length < 65536 else 64)
    bit = 0x80 if masked else 0
    head = bytes([opcode | reserved | (0x80 if fin else 0)])
    head += {7: lambda: bytes([bit | length]), 16: lambda: bytes([bit | 126]) + struct.pack(">H", length),
             64: lambda: bytes([bit | 127]) + struct.pack(">Q", length)}[form]()
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


class WebSocket:
    """Opened by its constructor. receive_buffer: small, for a client that soon cannot take more."""

    def __init__(self, port, target, headers=None, receive_buffer=None, pongs=True):
        self.pongs = pongs
        self.pings = 0
        self.buffer = b""
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(support.BOUND)
        self.socket.connect(("127.0.0.1", port))
        text, key = handshake(target, headers)
        self.socket.sendall(text.encode())
        head = self._head()
        self.status = int(head.split(" ")[1])
        self.headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        if self.status != 101:
            self.socket.close()
            raise AssertionError(head)
        wanted = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        assert self.headers["Sec-WebSocket-Accept"] == wanted.decode(), head

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Closed(None)
        self.buffer += data

    def _head(self):
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return head.decode()

    def _take(self, n):
        while len(self.buffer) < n:
            self._more()
        taken, self.buffer = self.buffer[:n], self.buffer[n:]
        return taken

    def frame(self):
        """(fin, opcode, payload) of the next frame."""
        first, second = self._take(2)
        assert not second & 0x80, "a server does not mask"
        length = second & 0x7F
        if length == 126:
            length, = struct.unpack(">H", self._take(2))
        elif length == 127:
            length, = struct.unpack(">Q", self._take(8))
        return bool(first & 0x80), first & 0x0F, self._take(length)

    def receive(self):
        """The text of the next message; answers pings. Closed, with the code, when the server closes."""
        while True:
            fin, opcode, payload = self.frame()
            if opcode == PING:
                self.pings += 1
                if self.pongs:
                    self.send(payload, PONG)
            elif opcode == CLOSE:
                code = struct.unpack(">H", payload[:2])[0] if payload else 1005
                try:
                    self.send(payload, CLOSE)
                except OSError:
                    pass
                raise Closed(code, payload[2:].decode())
            elif opcode == TEXT:
                assert fin, "one event is one frame"
                return payload.decode(errors="surrogateescape")

    def receive_until(self, wanted, bound=support.BOUND):
        """The texts up to the first for which wanted() holds, that one included."""
        texts = []
        end = time.monotonic() + bound
        while time.monotonic() < end:
            texts.append(self.receive())
            if wanted(texts[-1]):
                return texts
        raise AssertionError(f"not within {bound} s; got {texts[-3:]}")

    def closing(self):
        """How the connection ends, whatever comes before."""
        try:
            while True:
                self.receive()
        except Closed as end:
            return end.code
        except ConnectionResetError:
            return None

    def send(self, payload, opcode=TEXT, fin=True, **form):
        self.socket.sendall(frame(payload, opcode, fin, **form))

    def close(self):
        self.socket.close()
