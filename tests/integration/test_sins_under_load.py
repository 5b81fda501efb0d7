"""Every plugin that sins is dropped into a server at work, and its task asked for: the request that asked ends with the
cause, or the file is refused with it, and nobody else notices."""

import concurrent.futures
import os
import pathlib
import re
import threading
import time
import unittest

import support
from plugin_files import build, drop, row
from support import amounts, children, request_xml, until

SINNERS = support.BUILD / "tests" / "sinners"

# What is never offered, and the reason in the list.
REFUSED = {
    "no_entry": "vn_plugin_entry", "unresolved": ": undefined symbol: defined_nowhere$",
    "missing_library": ": libvn-absent.so: cannot open shared object file: No such file or directory$",
    "null_table": "NULL", "other_major": "ABI 2.0", "newer_minor": "ABI 1.1", "small_table": "48",
    "wild_size": "2147483647", "null_create": "create", "null_destroy": "destroy", "null_capability": "capability",
    "null_run": "vn.task/1 is incomplete", "null_names": "names", "both_flags": "flags", "unknown_flag": "flags",
    "bad_name": "name", "null_name": "name", "no_capability": "offers nothing", "any_capability": "function number 0",
    "null_function": "function", "bad_argument": "twice", "load_crash": "SIGSEGV", "load_exit": "exited with code 0",
    "load_hang": "hello", "create_null": "create", "create_crash": "SIGSEGV", "create_hang": "hello",
}

# What fails its calls: code and message of the failure.
FAILS = {
    "null_pointer": ("plugin-crashed", "SIGSEGV"), "abort": ("plugin-crashed", "SIGABRT"),
    "stack_overflow": ("plugin-crashed", "SIGSEGV: stack overflow"), "divide": ("plugin-crashed", "SIGFPE"),
    "illegal": ("plugin-crashed", "SIGILL|SIGTRAP"), "exit": ("plugin-crashed", "exited with code 0"),
    "quick_exit": ("plugin-crashed", "exited with code 0"), "longjmp": ("plugin-crashed", "SIG"),
    "throw": ("plugin-failed", "exception"), "pthread_exit": ("plugin-crashed", "ended the thread of its call"),
    "kill_self": ("plugin-crashed", "SIGKILL"), "closes_files": ("plugin-crashed", "exited with|SIG"),
    "allocates_100gb": ("plugin-failed", "out of memory"), "hog": ("plugin-crashed", "SIGABRT"),
    "huge_output": ("plugin-output-too-large", "more than is allowed"),
    "empty_output": ("output-empty", "empty"), "garbage": ("output-malformed", "half a"),
    "not_utf8": ("output-malformed", "not well-formed"), "null_output": ("output-empty", "empty"),
    "lying_size": ("plugin-output-too-large", "more than is allowed"), "bad_status": ("plugin-failed", "it returned 77, which is no status$"),
    "no_reason": ("plugin-failed", "The plugin failed and gave no reason"), "fails": ("plugin-failed", "on purpose"),
    "retries": ("plugin-retry", "not now"),
}

# What does not answer in time.
LATE = {name: ("plugin-deadline", "did not answer") for name in ("loop", "lock", "ignores_cancel")}

# What sins without harm to its answer.
ANSWERS = {name: "101.00" for name in (
    "none", "load_fork", "load_thread", "load_locale", "load_chdir", "load_signals", "load_umask", "load_environment",
    "destroy_crash", "exit_crash", "slow", "leak", "files", "threads", "forks", "prints", "prints_errors", "logs",
    "writes_later", "writes_elsewhere", "locale", "chdir", "signals", "umask", "environment", "serial")}
ANSWERS["unsafe"] = "100000.00"

# Those that take their time, to take it together.
SLOW = ["load_hang", "create_hang", "hog", "huge_output", "logs", "prints", "prints_errors"]
WAVE = 15

# Far above what is seen; without it a stall of minutes would pass.
PATIENCE = 60


class Load:
    """Clients that ask again and again for what a script, a shipped plugin and a dropped one value, and for health."""

    EXPECTED = {"plain": [["101.00", "102.00"]], "noop": [["1", "1"]], "steady": [["2.00", "2.00"]]}

    def __init__(self, node):
        self.node, self.stopping, self.wrong = node, threading.Event(), []
        self.done = dict.fromkeys([*self.EXPECTED, "healthz"], 0)
        self.threads = [threading.Thread(target=self.repeat, args=(name,)) for name in self.done]
        for thread in self.threads:
            thread.start()

    def repeat(self, name):
        ask = self.health if name == "healthz" else lambda: self.value(name)
        while not self.stopping.is_set():
            try:
                ask()
                self.done[name] += 1
            except Exception as e:  # whatever it is, the test has to show it
                self.wrong.append(f"{name}: {e!r}")

    def value(self, name):
        answer = self.node.post(request_xml(1, 2, name=name))
        if answer.status != 200 or amounts(answer.body) != self.EXPECTED[name]:
            self.wrong.append(f"{name}: {answer.status} {answer.body!r}")

    def health(self):
        began = time.monotonic()
        answer = self.node.get("/healthz")
        took = time.monotonic() - began
        if answer.status != 200 or took > PATIENCE:
            self.wrong.append(f"healthz: {answer.status} after {took:.1f} s")
        self.stopping.wait(0.05)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def started_by(server):
    """What is left of the plugins' processes, theirs included, whoever their parent is now."""
    mark = b"VN_HOST=%d." % server.process.pid
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and support.is_alive(int(entry)):
            try:
                if mark in pathlib.Path("/proc", entry, "environ").read_bytes():
                    found.append(int(entry))
            except OSError:  # it has just ended
                continue
    return found


def failure_of(answer):
    last = answer.json["detail"]["failures"][-1]
    return last["code"], last["error"]


class SinsUnderLoad(support.Case):
    def start(self, task_timeout_ms):
        self.plugins = self.folder()
        config = self.folder() / "s.info"
        config.write_text('plugins { sin-ignores_cancel { settings { stays "1" } } }\n')
        drop(self.plugins, "steady.so", build(NAME="steady", TASK="steady", AMOUNT="2.00"))
        self.node = self.server(
            REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script(support.BY_THE_RULE), VN_PLUGIN_DIR=self.plugins,
            VN_PLUGIN_RESCAN_MS=200, VN_PLUGIN_START_TIMEOUT_MS=12_000, VN_PLUGIN_GRACE_MS=200, VN_PLUGIN_HOSTS=1,
            VN_PLUGIN_MEMORY_BYTES=512 << 20, TASK_WAIT_TIMEOUT_MS=task_timeout_ms, MAX_TASK_RETRIES=2,
            VN_TASKS_RETRY_BASE_MS=10, VN_TASKS_MAX_RUNNING=100, VN_NODE_SHUTDOWN_GRACE_MS=1000, LOG_LEVEL="info",
            config=config)
        until(lambda: self.rows().get("steady.so", {}).get("state") == "offered", "the good plugin is offered")
        self.problems = []

    def rows(self):
        return {p["file"]: p for p in self.node.get("/plugins").json["plugins"]}

    def test_every_sin_is_expected(self):
        self.assertEqual({f.stem for f in SINNERS.glob("*.so")}, {*REFUSED, *FAILS, *LATE, *ANSWERS})

    def test_what_is_refused_fails_or_answers(self):
        self.start(task_timeout_ms=30000)
        sins = SLOW + sorted({*REFUSED, *FAILS, *ANSWERS} - set(SLOW))
        self.commit_under_load([sins[i:i + WAVE] for i in range(0, len(sins), WAVE)])
        self.leaves_nothing()

    def test_what_never_answers_is_ended_in_time(self):
        self.start(task_timeout_ms=8000)
        self.commit_under_load([list(LATE)])
        self.leaves_nothing()

    def commit_under_load(self, waves):
        load = Load(self.node)
        try:
            for sins in waves:
                self.commit(sins)
            until(lambda: min(load.done.values()) >= 20 or load.wrong, f"others are served: {load.done}")
        finally:
            load.stop()
        print(f"\nbeside them: {load.done}")
        self.assertEqual(load.wrong, [])
        self.assertEqual(self.problems, [])
        self.assertEqual((row(self.node, "steady.so")["failures"], row(self.node, "steady.so")["restarts"]), (0, 0))

    def commit(self, sins):
        """Dropped together, called together, removed together."""
        began = time.monotonic()
        for sin in sins:
            drop(self.plugins, f"{sin}.so", (SINNERS / f"{sin}.so").read_bytes())
        files = {f"{sin}.so" for sin in sins}
        until(lambda: files <= self.rows().keys(), f"all are judged: {sins}")
        rows = self.rows()
        with concurrent.futures.ThreadPoolExecutor(len(sins)) as calls:
            answers = dict(zip(sins, calls.map(lambda s: self.node.post(request_xml(1, 1, name=f"sin-{s}")), sins)))
        for sin in sins:
            self.judge(sin, rows[f"{sin}.so"], answers[sin])
        for file in files:
            (self.plugins / file).unlink()
        until(lambda: not files & self.rows().keys(), f"all are gone: {sins}")
        print(f"{time.monotonic() - began:.1f} s: {' '.join(sins)}")

    def judge(self, sin, listed, answer):
        state = f"{listed['state']} {listed.get('reason', '')}"
        if sin in REFUSED:
            fits = listed["state"] == "refused" and re.search(REFUSED[sin], listed["reason"])
            # Nobody else declares its task: the default values it.
            fits = fits and answer.status == 200 and amounts(answer.body) == [["101.00"]]
        elif sin in ANSWERS:
            fits = listed["state"] == "offered" and answer.status == 200
            fits = fits and amounts(answer.body) == [[ANSWERS[sin]]]
        else:
            fits = listed["state"] == "offered" and answer.status == 500
            fits = fits and all(re.search(e, s) for e, s in zip({**FAILS, **LATE}[sin], failure_of(answer)))
        if not fits:
            self.problems.append(f"{sin}: {state}; {answer.status} {answer.body.decode(errors='replace')[:600]}")

    def leaves_nothing(self):
        """Only the good plugins have a process each; with a call that never ends, SIGTERM ends it all."""
        until(lambda: len(self.hosts()) == 2 and len(started_by(self.node)) == 2, "only the hosts in use are left")
        drop(self.plugins, "loop.so", (SINNERS / "loop.so").read_bytes())
        until(lambda: self.rows().get("loop.so", {}).get("state") == "offered", "a last sinner is offered")
        self.node.post(request_xml(1, 1, name="sin-loop"), sync=False)
        until(lambda: row(self.node, "loop.so")["running"] == 1, "its call runs")
        self.assertEqual(self.node.stop(), 0)
        self.assertEqual(len(self.node.log("stopped")), 1)
        self.assertEqual(started_by(self.node), [])

    def hosts(self):
        return [pid for pid, name in children(self.node.process.pid) if name.startswith("vn-plugin-host")]


if __name__ == "__main__":
    unittest.main()
