"""HTTP calls: reads of a status beside a bare Beast loop and nginx with a file of the same size, and submissions that
nobody waits for beside the same loop, which reads them and answers."""
import contextlib
import os
import shutil
import socket
import subprocess

import request_texts
from programs import bare_http, folder, load, processor_seconds, real_redis, vnserver
from report import Rounds, note_missing
from support import until

AT_ONCE = 32
NGINX = """daemon off; worker_processes 1; pid {0}/pid; error_log {0}/error.log crit;
events {{ worker_connections 512; }}
http {{ access_log off; keepalive_requests 100000000; default_type application/json; sendfile on; tcp_nopush on;
  client_body_temp_path {0}/body; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f; uwsgi_temp_path {0}/u;
  scgi_temp_path {0}/s; open_file_cache max=16; server {{ listen 127.0.0.1:{1}; root {0}/files; }} }}
"""


@contextlib.contextmanager
def nginx(path, content):
    """Its port, or nothing: with one worker, so that all have one thread."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not program:
        note_missing("nginx", "it is not installed")
        yield None
        return
    (path / "files").mkdir()
    (path / "files" / "status").write_bytes(content)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    (path / "conf").write_text(NGINX.format(path, port) if os.getuid() else "user root;" + NGINX.format(path, port))
    process = subprocess.Popen([program, "-p", str(path), "-c", str(path / "conf")], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answers():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    try:
        until(answers, "nginx answers", 10)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def measure(port, target, options, pid=None, **more):
    before = processor_seconds(pid) if pid else 0
    got = load(port, target, options.seconds, AT_ONCE, **more)
    figures = {"calls/s": got["calls"] / got["seconds"], "ms, median": got["milliseconds"]["median"],
               "ms, p99": got["milliseconds"]["p99"]}
    if pid:
        figures["CPU us/call"] = 1e6 * (processor_seconds(pid) - before) / got["calls"]
    return figures


def reads(options, path, store):
    with vnserver(store) as node, contextlib.ExitStack() as open_ones:
        request = node.post(request_texts.shape(2, 3), sync=False).json["requestId"]
        node.wait_status(request, "succeeded")
        target = f"/valuation/{request}/status"
        content = node.get(target).body
        beast = open_ones.enter_context(bare_http(len(content)))
        other = None if options.quick else open_ones.enter_context(nginx(path, content))
        rounds = Rounds("http", f"status, {AT_ONCE} at once", options.rounds)
        rounds.add("status", lambda: measure(node.port, target, options, node.process.pid), ["beast", "nginx"],
                   "GET /valuation/{id}/status")
        rounds.add("beast", lambda: measure(beast, target, options), what="bare Beast loop, the same bytes")
        if other:
            rounds.add("nginx", lambda: measure(other, "/status", options), what="nginx, one worker, a file")
        rounds.run()


def submissions(options, path, store):
    """On a node that only takes in: what is taken in stays where it is."""
    body = path / "request.xml"
    body.write_text(request_texts.shape(2, 10))
    most = 50 if options.quick else 20_000 // (options.rounds + 1)
    with vnserver(store, database=5, VN_ROLES="api") as node, bare_http(200, 202) as beast:
        rounds = Rounds("http", f"submission, {AT_ONCE} at once", options.rounds)
        more = {"body": body, "expect": 202, "calls": most}
        rounds.add("submission", lambda: measure(node.port, "/valuation?sync=N", options, node.process.pid, **more),
                   ["beast"], "POST /valuation?sync=N, 20 tasks")
        rounds.add("beast", lambda: measure(beast, "/valuation?sync=N", options, **more), what="bare Beast loop")
        rounds.run()


def run(options):
    with folder() as path, real_redis() as store:
        reads(options, path, store)
        submissions(options, path, store)
