"""Live events over WebSocket: what an idle client costs, and how fast events reach all clients, beside nchan. Each
client has a user of its own, or all have the same."""
import contextlib
import os
import pathlib
import resource
import shutil
import socket
import subprocess

from programs import BIN, Talker, folder, processor_seconds, real_redis, vnserver
from report import Rounds, note_missing, tell
from support import children, until

MODULE = "ngx_nchan_module.so"
NCHAN = """load_module {2}; daemon off; worker_processes 1; pid {0}/pid;
error_log {0}/error.log crit;
events {{ worker_connections {3}; }}
http {{ access_log off; keepalive_requests 1000000000; nchan_shared_memory_size 512m;
  client_body_temp_path {0}/body; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f; uwsgi_temp_path {0}/u;
  scgi_temp_path {0}/s;
  server {{ listen 127.0.0.1:{1} backlog=4096;
    location /sub {{ nchan_subscriber websocket; nchan_channel_id $arg_user; nchan_subscriber_first_message newest;
      nchan_websocket_ping_interval 25; }}
    location /pub {{ nchan_publisher http; nchan_channel_id $arg_user; nchan_message_buffer_length 16; }} }} }}
"""
# Messages that are on their way to all their listeners while the rate is measured.
IN_FLIGHT = {"all": 4, "each": 256}


def nchan_module():
    for place in ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/lib/nginx/modules"):
        if (found := pathlib.Path(place, MODULE)).exists():
            return found
    return None


def raise_descriptors():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextlib.contextmanager
def nchan(path, sockets):
    """Port and process of the worker, or nothing. One worker and its own memory, as no other node is to be told."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    module = nchan_module()
    if not program or not module:
        note_missing("nchan", "it is not installed")
        yield None
        return
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    # It needs more than one place for each client.
    text = NCHAN.format(path, port, module, 2 * sockets + 1024)
    (path / "conf").write_text(text if os.getuid() else "user root;" + text)
    process = subprocess.Popen([program, "-p", str(path), "-c", str(path / "conf")], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=raise_descriptors)

    def answers():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    try:
        until(lambda: children(process.pid) and answers(), "nchan answers", 10)
        yield port, next(pid for pid, _ in children(process.pid))
    finally:
        process.terminate()
        process.wait(10)


def resident_kilobytes(pid):
    for line in pathlib.Path("/proc", str(pid), "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError(f"no memory of {pid}")


class Crowd:
    """The clients of one server, whose process it is, and of all that work for it."""

    def __init__(self, sockets, users, pid, pids, *words):
        self.pids = pids
        before = resident_kilobytes(pid)
        self.talker = Talker(BIN / "bench-events", "--sockets", sockets, "--users", users, *words)
        self.kilobytes = (resident_kilobytes(pid) - before) / sockets

    def deliver(self, options, in_flight, rate):
        before = sum(map(processor_seconds, self.pids))
        fast = self.talker.ask(seconds=options.seconds, in_flight=in_flight)
        spent = sum(map(processor_seconds, self.pids)) - before
        calm = self.talker.ask(seconds=options.seconds, rate=rate)["milliseconds"]
        return {"messages/s": fast["messages"] / fast["seconds"], "CPU us/message": 1e6 * spent / fast["messages"],
                "ms, median": calm["median"], "ms, p99": calm["p99"]}

    def close(self):
        self.talker.close()


def measure(options, case, sockets, users, in_flight, rate):
    with contextlib.ExitStack() as open_ones:
        path = open_ones.enter_context(folder())
        store = open_ones.enter_context(real_redis())
        node = open_ones.enter_context(vnserver(store, VN_HTTP_MAX_CONNECTIONS=sockets + 2000))
        other = None if options.quick else open_ones.enter_context(nchan(path, sockets))
        crowds = {}

        def add(name, pid, pids, *words):
            # With a first client comes all that is made once.
            Crowd(1, 1, pid, pids, *words).close()
            crowds[name] = Crowd(sockets, users, pid, pids, *words)
            open_ones.callback(crowds[name].close)
        add("vnserver", node.process.pid, [node.process.pid, store.process.pid], "--port", node.port, "--redis",
            store.socket)
        if other:
            port, pid = other
            add("nchan", pid, [pid], "--port", port, "--target", "/sub?user=", "--publish", "/pub?user=")
        for name, crowd in crowds.items():
            tell("events", f"{case}, idle", name, {"KB/socket": [crowd.kilobytes]},
                 ["nchan"] if name != "nchan" and other else [], "resident memory of the process")
        rounds = Rounds("events", case, options.rounds)
        for name, crowd in crowds.items():
            rounds.add(name, lambda crowd=crowd: crowd.deliver(options, in_flight, rate),
                       [] if name == "nchan" else ["nchan"],
                       "published by HTTP" if name == "nchan" else "published by Redis, whose CPU time is in it")
        rounds.run()


def run(options):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    sockets = 20 if options.quick else min(10_000, most - 2000)
    measure(options, f"{sockets} sockets, a user each", sockets, sockets, IN_FLIGHT["each"], 2000)
    measure(options, f"{sockets} sockets, one user", sockets, 1, IN_FLIGHT["all"], 2)
