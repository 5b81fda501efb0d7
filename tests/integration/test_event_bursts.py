"""Much at once: events by the hundred thousand, a thousand who listen, and Redis that cuts off who cannot follow."""

import json
import selectors
import struct
import threading
import unittest

import support
from event_listeners import SocketsAlone, is_last, ws_count
from support import until
from websocket_client import Closed

# Events of ours from number ARGV[2] to ARGV[3].
WRITE_EVENTS = """
for n = ARGV[2], ARGV[3] do
    local id = string.format('%.0f-%.0f', 1000 + n, n)
    local event = string.format('{"epoch":1000,"id":"%s","offset":%.0f,"run_id":"r","type":"burst"}', id, 1000 + n)
    redis.call('XADD', 'vn:events:' .. ARGV[1], id, 'epoch', 1000, 'event', event)
    redis.call('PUBLISH', 'workflow:events:' .. ARGV[1], event)
end
"""


def resident(node):
    """Bytes of memory of the server."""
    status = support.pathlib.Path(f"/proc/{node.process.pid}/status").read_text()
    return 1024 * int(status.split("VmRSS:")[1].split()[0])


class Readers:
    """Many sockets that are all to get the same texts."""

    def __init__(self, sockets):
        self.all = list(sockets)
        self.expected = b""
        self.selector = selectors.DefaultSelector()

    def expect(self, text):
        self.expected += bytes([0x81]) + (struct.pack(">BH", 126, len(text)) if len(text) > 125 else bytes([len(text)]))
        self.expected += text.encode()

    def read(self):
        """Until each has got all that is expected, and nothing else."""
        for ws in self.all:
            self.selector.register(ws.socket, selectors.EVENT_READ, [ws, 0])
        end = support.time.monotonic() + support.BOUND
        while self.selector.get_map():
            if support.time.monotonic() > end:
                raise AssertionError(f"{len(self.selector.get_map())} have not got everything")
            for key, _ in self.selector.select(1):
                ws, at = key.data
                data, ws.buffer = ws.buffer + ws.socket.recv(1 << 18), b""
                key.data[1] += len(data)
                if not data or self.expected[at:at + len(data)] != data:
                    raise AssertionError(f"after {at} bytes something else came: {data[:200]}")
                if key.data[1] == len(self.expected):
                    self.selector.unregister(ws.socket)
        self.expected = b""

    def close(self):
        self.selector.close()


class EventBursts(SocketsAlone):
    def test_a_thousand_read_beside_one_that_never_does(self):
        """All on one channel. What they are to get is the same to the byte, so it is compared as it comes."""
        self.started(VN_EVENTS_PING_MS=3_000_000, VN_EVENTS_PONG_MS=3_600_000, VN_EVENTS_WRITE_MS=600_000,
                     VN_EVENTS_QUEUE_BYTES="64kb")
        stuck = self.listening("a", receive_buffer=2048)
        readers = Readers(self.opened("username=a") for _ in range(1000))
        self.addCleanup(readers.close)
        until(lambda: self.stats()["connections"] == 1001, "all listen")
        sizes = []
        for n in range(400):
            for m in range(5):
                text = f"{n}.{m} " + "x" * 8000
                self.publish("a", text)
                readers.expect(text)
            readers.read()
            stats = self.stats()
            self.assertLessEqual(stats["queuedBytes"], 65536)
            sizes.append(resident(self.node))
            if stats["tooSlow"]:
                break
        self.assertEqual((stats["tooSlow"], stats["dropped"] > 0), (1, True))
        self.assertEqual(stuck.closing(), 1013)
        until(lambda: self.stats()["connections"] == 1000, "it is gone")
        text = "the end"
        self.publish("a", text)
        readers.expect(text)
        readers.read()
        self.assertEqual((self.stats()["tooSlow"], self.stats()["queued"]), (1, 0))
        # A sanitizer keeps what was given back.
        if not support.os.environ.get("VN_TEST_SANITIZED"):
            self.assertLess(max(sizes) - sizes[0], 32 << 20, sizes)

    def test_a_burst_of_ours(self):
        """As other nodes write them: kept and published at once. The subscription is cut now and then; who is too slow for
        all that is sent away, and comes back."""
        self.started(VN_REDIS_RECONNECT_WAIT_MS=50)
        total = int(support.os.environ.get("VN_TEST_BURST", "100000"))
        write = self.store.client.register_script(WRITE_EVENTS)
        write(args=["a", 1, 1])
        sockets = [self.listening("a") for _ in range(3)]
        start = json.loads(self.store.client.xrange("vn:events:a")[0][1]["event"])
        failed = []

        def publish():
            for n in range(2, total + 1, 500):
                write(args=["a", n, min(n + 499, total)])
                if n % 20_000 < 500:
                    self.interrupt()

        def next_of(ws, n):
            try:
                return ws, ws.receive()
            except Closed as end:
                self.assertEqual(end.code, 1013)
                return self.back("a", {"epoch": 1000, "offset": 1000 + n - 1}), None

        def read(ws):
            try:
                n = 2
                while n <= total:
                    ws, text = next_of(ws, n)
                    if text is None:
                        continue
                    if '"recovered"' in text:
                        self.assertTrue(json.loads(text)["recovered"])
                        continue
                    self.assertEqual(ws_count(text), n)
                    n += 1
            except Exception as wrong:
                failed.append(wrong)
        publishing = threading.Thread(target=publish)
        publishing.start()
        threads = [threading.Thread(target=read, args=(ws,)) for ws in sockets]
        for thread in threads:
            thread.start()
        until(lambda: self.store.client.xlen("vn:events:a") > total // 2, "half of it is written")
        late = self.back("a", start)
        threads.append(threading.Thread(target=read, args=(late,)))
        threads[-1].start()
        for thread in (publishing, *threads):
            thread.join(3 * support.BOUND)
            self.assertFalse(thread.is_alive())
        self.assertEqual(failed, [])

    def test_redis_cuts_off_a_node_that_cannot_follow(self):
        self.started(VN_REDIS_RECONNECT_WAIT_MS=100)
        ws = self.listening("a")
        self.valued("a")
        before = ws.receive_until(is_last)
        self.store.client.config_set("client-output-buffer-limit", "pubsub 200kb 0 0")
        # More at once than that: Redis sends nothing before it has taken all of it.
        pipe = self.store.client.pipeline(transaction=False)
        for n in range(1000):
            pipe.publish("workflow:events:a", f"{n} " + "x" * 1000)
        pipe.execute()
        self.valued("a")
        texts, told = self.over_an_interruption(ws, is_last)
        ours = [t for t in texts if t.startswith("{")]
        numbers = [int(t.split(" ")[0]) for t in texts if not t.startswith("{")]
        self.assertLess(len(numbers), 1000)
        self.assertEqual(numbers, list(range(len(numbers))))
        self.assertEqual(before + ours, [fields["event"] for _, fields in self.store.client.xrange("vn:events:a")])
        self.assertEqual({n["recovered"] for n in told}, {True})

    def test_the_private_redis_has_room_for_a_burst(self):
        node = self.server(VN_ROLES="api")
        limits = node.redis().config_get("client-output-buffer-limit")["client-output-buffer-limit"]
        self.assertIn("pubsub 268435456 67108864 60", limits)


if __name__ == "__main__":
    unittest.main()
