"""What Redis executed while something ran, read by MONITOR, and the same again for other requests."""
import contextlib
import re
import socket
import threading

WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"')
ESCAPED = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.S)
PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}
UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ENTRY = re.compile(rb"\d{13}-\d+")
ENDED = b"vn-bench-recording-ended"
# What a script says is recorded as what it does.
SCRIPTS = {b"EVALSHA", b"EVAL", b"EVALSHA_RO", b"SCRIPT"}
# Reads with an end: nothing may wait for what another client writes.
BLOCKING = {b"BLOCK"}


def unescaped(word):
    def plain(found):
        code = found[1]
        return bytes([int(code[1:], 16)]) if code[:1] == b"x" else PLAIN.get(code, code)
    return ESCAPED.sub(plain, word)


@contextlib.contextmanager
def recorded(store):
    """A list that has, after the block, each command that Redis executed in it, in its order, as a list of words."""
    commands = []
    monitor = socket.socket(socket.AF_UNIX)
    monitor.connect(store.socket)
    monitor.sendall(b"MONITOR\r\n")
    lines = monitor.makefile("rb")
    assert lines.readline() == b"+OK\r\n"

    def read():
        for line in lines:
            words = [unescaped(word) for word in WORD.findall(line[line.index(b"]") + 1:])]
            if ENDED in words:
                return
            if words[0].upper() not in SCRIPTS:
                commands.append(words)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield commands
    finally:
        store.client.echo(ENDED.decode())
        reader.join(60)
        lines.close()
        monitor.close()


def without_waiting(words):
    """A read that blocks, as one that does not."""
    for i, word in enumerate(words[:-1]):
        if word.upper() in BLOCKING:
            return words[:i] + words[i + 2:]
    return words


def put(out, *words):
    out.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w) for w in words))


def is_work(words):
    """It is the work of requests, and not what a node does for itself."""
    return any(UUID.search(word) or word.startswith((b"stream:", b"vn:dispatch", b"vn:ingest")) for word in words[1:])


class Replay:
    """The commands of one recording again and again, each time for requests and entries of other names.

    The names of entries are given by Redis, and rise. Every entry of a work queue is named again when it is acknowledged,
    so the n-th name that the recording mentions is that of the n-th entry that was added; replays give the names
    themselves. Who reads a stream to its end reads on where the read before it stopped.
    """

    STREAMS = {b"stream:request:ingest": b"orchestrator-main", b"vn:ingest:high": b"orchestrator-main",
               b"vn:ingest:low": b"orchestrator-main", b"stream:task:dispatch": b"task-workers",
               b"vn:dispatch:high": b"task-workers", b"vn:dispatch:low": b"task-workers"}
    DATABASE = b"9"

    def __init__(self, commands):
        self.commands = [without_waiting(c) for c in commands if is_work(c)]
        self.ids = sorted({found for c in self.commands for word in c if len(word) < 400 for found in UUID.findall(word)})
        self.seen = {}
        for c in self.commands:
            for word in c[1:]:
                if ENTRY.fullmatch(word):
                    self.seen.setdefault(self.stream_of(c), set()).add(word)

    @staticmethod
    def stream_of(words):
        return next((w for w in words[1:] if w.startswith((b"stream:", b"vn:dispatch", b"vn:ingest"))), b"")

    def write(self, out, times):
        """Writes them as often as that; how many commands that are."""
        count = self.prepare(out)
        for n in range(times):
            names = {i: b"%08x-0000-4000-8000-%012x" % (n, k) for k, i in enumerate(self.ids)}
            base = 1_700_000_000_000 + 1_000_000 * n
            known = {stream: {name: b"%d-0" % (base + k) for k, name in enumerate(sorted(ids, key=self.order))}
                     for stream, ids in self.seen.items()}
            added, read = {}, {}
            for c in self.commands:
                stream, verb = self.stream_of(c), c[0].upper()
                to_its_end = verb == b"XREAD" and stream not in self.STREAMS
                words = []
                for word in c:
                    if verb == b"XADD" and word == b"*":
                        word = b"%d-0" % (base + added.setdefault(stream, 0))
                        added[stream] += 1
                    elif ENTRY.fullmatch(word):
                        word = b"%d-0" % (base + read.get(stream, 0) - 1) if to_its_end else known[stream][word]
                    elif len(word) < 400:
                        word = UUID.sub(lambda found: names[found[0]], word)
                    words.append(word)
                if to_its_end:
                    read[stream] = added.get(stream, 0)
                put(out, *words)
            count += len(self.commands)
        return count

    @classmethod
    def prepare(cls, out):
        put(out, b"SELECT", cls.DATABASE)
        put(out, b"FLUSHDB")
        for stream, group in cls.STREAMS.items():
            put(out, b"XGROUP", b"CREATE", stream, group, b"0", b"MKSTREAM")
        return 2 + len(cls.STREAMS)

    @staticmethod
    def order(entry):
        ms, _, n = entry.partition(b"-")
        return int(ms), int(n)
