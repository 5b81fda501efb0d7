"""RFC 6455, case by case: what a client may send is understood however it is cut, and what it may not send ends its
connection with the code that says why. Plain sockets, so that nothing is put right on the way."""

import json
import struct
import unittest

import support
from support import until
from websocket_client import BINARY, CLOSE, PING, PONG, TEXT, Closed, WebSocket, frame

CONTINUES = 0


def close_frame(code, reason=b"", **options):
    return frame(struct.pack(">H", code) + reason, CLOSE, **options)


class Protocol(support.Case):
    SHARED = {}

    def opened(self, query="username=a", **options):
        ws = WebSocket(self.node.port, "/ws?" + query, **options)
        self.addCleanup(ws.close)
        return ws

    def ends(self, code, *frames, query="username=a"):
        """What the server says at the end; then it hangs up."""
        ws = self.opened(query)
        ws.socket.sendall(b"".join(frames))
        with self.assertRaises(Closed) as end:
            while True:
                ws.receive()
        self.assertEqual(end.exception.code, code, frames)
        self.assertEqual(ws.socket.recv(1), b"", frames)
        return end.exception.reason

    def understood(self, *frames, each=None):
        """A first message in these frames is one: nothing is kept of this user, and that is said."""
        ws = self.opened("username=nobody&resume=message")
        for one in frames:
            for piece in [one] if each is None else [one[n:n + each] for n in range(0, len(one), each)]:
                ws.socket.sendall(piece)
        return ws

    def assert_understood(self, ws):
        self.assertEqual(json.loads(ws.receive()), {"type": "recovered", "recovered": False, "epoch": 0, "offset": 0})

    def test_a_message_in_fragments(self):
        text = json.dumps({"epoch": 0, "offset": 0, "name": "\u00e4\u20ac\U0001f600"}, ensure_ascii=False).encode()
        self.assert_understood(self.understood(frame(text)))
        single = [frame(text[n:n + 1], CONTINUES if n else TEXT, fin=n == len(text) - 1) for n in range(len(text))]
        self.assert_understood(self.understood(*single))
        self.assert_understood(self.understood(frame(b"", TEXT, fin=False), frame(b"", CONTINUES, fin=False),
                                               frame(text, CONTINUES, fin=False), frame(b"", CONTINUES)))
        # A character may be cut anywhere.
        for at in range(len(text)):
            self.assert_understood(self.understood(frame(text[:at], TEXT, fin=False), frame(text[at:], CONTINUES)))

    def test_control_frames_between_fragments(self):
        text = b'{"epoch":0,"offset":0}'
        ws = self.understood(frame(text[:5], TEXT, fin=False), frame(b"one", PING),
                             frame(text[5:9], CONTINUES, fin=False),
                             frame(b"nobody asked", PONG), frame(b"", PING), frame(text[9:], CONTINUES))
        self.assertEqual(ws.frame(), (True, PONG, b"one"))
        self.assertEqual(ws.frame(), (True, PONG, b""))
        self.assert_understood(ws)
        self.ends(1000, frame(b"begun", TEXT, fin=False), close_frame(1000))

    def test_slow_bytes(self):
        ws = self.understood(frame(b"are you there", PING), frame(b'{"epoch":0,', TEXT, fin=False),
                             frame(b'"offset":0}', CONTINUES), each=1)
        self.assertEqual(ws.frame(), (True, PONG, b"are you there"))
        self.assert_understood(ws)

    def test_many_at_once(self):
        ws = self.opened()
        ws.socket.sendall(b"".join(frame(f"ping {n}", PING) + frame(f"text {n}") for n in range(200)))
        for n in range(200):
            self.assertEqual(ws.frame(), (True, PONG, f"ping {n}".encode()))

    def test_a_ping_is_echoed(self):
        ws = self.opened()
        for payload in (b"", b"x", bytes(range(125)), b"\xff" * 125):
            ws.send(payload, PING)
            self.assertEqual(ws.frame(), (True, PONG, payload))

    def test_fragments_out_of_order(self):
        self.ends(1002, frame(b"no start", CONTINUES))
        self.ends(1002, frame(b"no start", CONTINUES, fin=False))
        self.ends(1002, frame(b"all"), frame(b"and more", CONTINUES))
        self.ends(1002, frame(b"begun", TEXT, fin=False), frame(b"another"))
        self.ends(1002, frame(b"begun", BINARY, fin=False), frame(b"another", BINARY, fin=False))

    def test_what_is_not_masked(self):
        self.ends(1002, frame(b"x", masked=False))
        self.ends(1002, frame(b"x", PING, masked=False))
        self.ends(1002, close_frame(1000, masked=False))
        self.ends(1002, frame(b"x", TEXT, fin=False), frame(b"x", CONTINUES, masked=False))

    def test_reserved_bits_and_opcodes(self):
        for bits in (0x10, 0x20, 0x40, 0x70):
            for opcode in (TEXT, BINARY, PING, CLOSE):
                self.ends(1002, frame(b"", opcode, reserved=bits))
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
            self.ends(1002, frame(b"x", opcode))

    def test_control_frames_that_are_none(self):
        for opcode in (PING, PONG, CLOSE):
            self.ends(1002, frame(b"\x03\xe8", opcode, fin=False))
            self.ends(1002, frame(b"\x03\xe8" + b"x" * 124, opcode))

    def test_text_that_is_no_utf8(self):
        for wrong in (b"\xff", b"\x80", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
                      b"\xf8\x88\x80\x80\x80", b"ok\xc3", b"ok\xe2\x82", b"\xf0\x9f\x98"):
            self.ends(1007, frame(wrong))
            self.ends(1007, *(frame(bytes([b]), CONTINUES if n else TEXT, fin=n == len(wrong) - 1)
                              for n, b in enumerate(wrong)))
        # Binary may be anything, and so may what a ping carries.
        ws = self.opened()
        ws.send(b"\xff\xfe", BINARY)
        ws.send(b"\xff", PING)
        self.assertEqual(ws.frame(), (True, PONG, b"\xff"))

    def test_closing(self):
        for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
            self.ends(code, close_frame(code, b"bye"))
        self.ends(1000, close_frame(1000, b"x" * 123))
        self.ends(1000, close_frame(1000, "\u20ac".encode() * 41))
        # Nothing said, nothing said back: 1005 stands for that.
        self.assertIn(self.ends_without_code(), (1000, 1005))
        for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999):
            self.ends(1002, close_frame(code))
        # The RFC says nothing of these: Beast takes them for private ones.
        for code in (5000, 65535):
            self.ends(code, close_frame(code))
        self.ends(1002, frame(b"\x03", CLOSE))
        for wrong in (b"\xff", b"\xe2\x82"):
            self.ends(1002, close_frame(1000, wrong))
        # What comes after it does not count.
        self.ends(1000, close_frame(1000), frame(b"late"), frame(b"x", PING), frame(b"x", 3))

    def ends_without_code(self):
        ws = self.opened()
        ws.send(b"", CLOSE)
        return ws.closing()

    def test_sizes(self):
        self.ends(1009, frame(b"x" * 513))
        self.ends(1009, frame(b"x" * 300, TEXT, fin=False), frame(b"x" * 300, CONTINUES))
        self.ends(1009, frame(b"x" * 8193), query="username=a&resume=message")
        # Judged by what is claimed, before it comes.
        self.ends(1009, frame(b"", claimed=70_000))
        self.ends(1009, frame(b"", claimed=1 << 62, form=64))
        self.ends(1002, frame(b"", claimed=1 << 63, form=64))
        for length, form in ((0, 16), (125, 16), (5, 64), (65535, 64)):
            self.ends(1002, frame(b"x" * length, form=form))
        ws = self.opened()
        ws.send(b"x" * 512)
        ws.send(b"x" * 256, TEXT, fin=False)
        ws.send(b"x" * 256, CONTINUES)
        ws.send(b"still there", PING)
        self.assertEqual(ws.frame(), (True, PONG, b"still there"))

    def test_closing_while_much_is_under_way(self):
        ws = self.opened("username=busy", receive_buffer=16384)
        until(lambda: self.store.client.pubsub_numsub("workflow:events:busy")[0][1] > 0, "subscribed")
        for n in range(200):
            self.store.client.publish("workflow:events:busy", f"{n} " + "x" * 5000)
        self.assertEqual(ws.receive().split(" ")[0], "0")
        ws.socket.sendall(close_frame(4000, b"enough"))
        # Whole frames, in order, up to the answer.
        with self.assertRaises(Closed) as end:
            for n in range(1, 201):
                self.assertEqual(ws.receive(), f"{n} " + "x" * 5000)
        self.assertEqual(end.exception.code, 4000)
        until(lambda: self.store.client.pubsub_numsub("workflow:events:busy")[0][1] == 0, "nobody listens any more")

    def test_a_peer_that_does_not_wait_for_the_answer(self):
        for n in range(20):
            ws = self.opened("username=hasty")
            ws.socket.sendall(frame(b"x" * n, TEXT, fin=n % 2 == 0) + (close_frame(1000) if n % 3 == 0 else b"\x81"))
            ws.close()
        until(lambda: self.store.client.pubsub_numsub("workflow:events:hasty")[0][1] == 0, "all are forgotten")
        self.assertEqual(self.node.get("/livez").status, 200)


if __name__ == "__main__":
    unittest.main()
