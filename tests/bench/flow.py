"""Whole requests of no-op tasks, over HTTP and synchronous, beside BullMQ's flows and Celery's chords on the same Redis."""
import contextlib
import importlib.util
import shutil
import sys

import request_texts
from programs import BUILD, PEERS, folder, load, processor_seconds, real_redis, talker, vnserver
from report import Rounds, note_missing

# Groups, tasks of each, requests in flight.
SHAPES = [(2, 10, 20), (2, 10, 1), (1, 10_000, 1), (10, 10, 1)]
QUICK_SHAPES = [(2, 3, 2)]


def name_of(groups, tasks, in_flight):
    return f"{groups}x{tasks:,}, " + ("alone" if in_flight == 1 else f"{in_flight} in flight")


def per_task(calls, tasks, seconds, milliseconds, cpu):
    """cpu: seconds that programs spent, by what they are called."""
    figures = {"tasks/s": calls * tasks / seconds, "ms/request": milliseconds}
    for who, spent in cpu.items():
        figures[f"CPU ms/task, {who}"] = 1000 * spent / (calls * tasks)
    figures["CPU ms/task, all"] = 1000 * sum(cpu.values()) / (calls * tasks)
    return figures


class Flow:
    """One round of a shape, measured as often as it is called."""

    def __init__(self, store, groups, tasks, in_flight, seconds):
        self.store, self.groups, self.tasks, self.in_flight = store, groups, tasks, in_flight
        # One of the large requests is enough for a round.
        self.seconds, self.calls = (60, 1) if tasks >= 5_000 else (seconds, 0)

    def measured(self, pids, run):
        before = [processor_seconds(pid) for pid in pids.values()]
        calls, seconds, milliseconds = run()
        spent = [processor_seconds(pid) - b for pid, b in zip(pids.values(), before)]
        return per_task(calls, self.groups * self.tasks, seconds, milliseconds, dict(zip(pids, spent)))

    def ours(self, node, body):
        def run():
            got = load(node.port, "/valuation?sync=Y", self.seconds, self.in_flight, body, calls=self.calls)
            return got["calls"], got["seconds"], got["milliseconds"]["median"]
        return self.measured({"server": node.process.pid, "Redis": self.store.process.pid}, run)

    def peers(self, adder, worker):
        def run():
            got = adder.ask(groups=self.groups, tasks=self.tasks, inFlight=self.in_flight, seconds=self.seconds,
                            calls=self.calls)
            return got["calls"], got["seconds"], got["median"]
        pids = {"server": worker.process.pid, "adder": adder.process.pid, "Redis": self.store.process.pid}
        return self.measured(pids, run)


@contextlib.contextmanager
def bullmq(store):
    """The two processes, or nothing."""
    modules = BUILD / "peers" / "node_modules"
    if not (modules / "bullmq").is_dir() or not shutil.which("node"):
        note_missing("BullMQ", "no node, or npm could not install it")
        yield None
        return
    environment = {"BENCH_SOCKET": store.socket, "BENCH_DATABASE": "1", "BENCH_BYTES": str(task_bytes()),
                   "NODE_PATH": str(modules)}
    program = ["node", PEERS / "bullmq.js"]
    with talker(*program, "worker", **environment) as worker, talker(*program, **environment) as adder:
        yield adder, worker


@contextlib.contextmanager
def celery(store):
    if not importlib.util.find_spec("celery"):
        note_missing("Celery", "python3-celery is not installed")
        yield None
        return
    environment = {"BENCH_SOCKET": store.socket, "BENCH_DATABASE": "2", "BENCH_BYTES": str(task_bytes())}
    program = [sys.executable, "-B", PEERS / "celery_chords.py"]
    with talker(*program, "worker", **environment) as worker, talker(*program, **environment) as adder:
        yield adder, worker


def task_bytes():
    """About what a task document of the shapes has: the peers carry as much."""
    return len(request_texts.shape(1, 1)) + 60


def run(options):
    shapes = QUICK_SHAPES if options.quick else SHAPES
    with contextlib.ExitStack() as open_ones:
        path = open_ones.enter_context(folder())
        store = open_ones.enter_context(real_redis())
        node = open_ones.enter_context(vnserver(store))
        mq = None if options.quick else open_ones.enter_context(bullmq(store))
        chords = None if options.quick else open_ones.enter_context(celery(store))
        for groups, tasks, in_flight in shapes:
            one = Flow(store, groups, tasks, in_flight, options.seconds)
            rounds = Rounds("flow", name_of(groups, tasks, in_flight), options.rounds)
            for name, what in (("noop", "inline plugin"), ("noop-host", "host plugin")):
                body = path / f"{name}-{groups}x{tasks}.xml"
                body.write_text(request_texts.shape(groups, tasks, name))
                rounds.add("inline" if name == "noop" else "host", lambda b=body: one.ours(node, b),
                           ["bullmq", "celery"], what)
            if mq:
                rounds.add("bullmq", lambda: one.peers(*mq), what="BullMQ flows")
            # Ten thousand tasks take it a minute in all rounds.
            if chords and tasks < 5_000:
                rounds.add("celery", lambda: one.peers(*chords), what="Celery chords")
            rounds.run()
        if chords and not options.quick:
            once = Rounds("flow", name_of(1, 10_000, 1) + ", once", 1)
            one = Flow(store, 1, 10_000, 1, options.seconds)
            once.add("celery", lambda: one.peers(*chords), what="Celery chords, one round only")
            once.run(warm_up=False)
