"""What a task costs as there are more of everything: tasks in a group, groups, requests in flight, worker processes. Each
beside the first of its series, in the same rounds: it should stay flat."""
import contextlib

import request_texts
from flow import Flow
from programs import folder, real_redis, vnserver
from report import Rounds

TASKS = [10, 100, 1_000, 10_000, 100_000]
GROUPS = [1, 10, 100, 1_000]
IN_FLIGHT = [1, 10, 100, 500]
WORKERS = [1, 2, 4]


def cost(figures):
    tasks = figures["tasks/s"]
    return {"us/task": 1e6 / tasks, "CPU us/task, server": 1000 * figures["CPU ms/task, server"],
            "CPU us/task, Redis": 1000 * figures["CPU ms/task, Redis"]}


def series(options, path, store, node, title, name, shapes):
    rounds = Rounds("scale", title, min(options.rounds, 3))
    first = None
    for label, (groups, tasks, in_flight) in shapes:
        body = path / f"{groups}x{tasks}.xml"
        if not body.exists():
            body.write_text(request_texts.shape(groups, tasks, make=request_texts.least))
        one = Flow(store, groups, tasks, in_flight, options.seconds / 2)
        rounds.add(label, lambda o=one, b=body: cost(o.ours(node, b)), [first] if first else [], name)
        first = first or label
    rounds.run(warm_up=not options.quick)


def workers(options, path, store):
    counts = [1, 2] if options.quick else WORKERS
    body = path / "workers.xml"
    body.write_text(request_texts.shape(2, 10))
    rounds = Rounds("scale", "2x10, 20 in flight, workers apart", min(options.rounds, 3))
    with contextlib.ExitStack() as open_ones:
        # Each has a Redis database of its own, and an own node for everything but the valuing.
        for database, count in enumerate(counts, 6):
            front = open_ones.enter_context(vnserver(store, database, VN_ROLES="api,orchestrator"))
            for _ in range(count):
                open_ones.enter_context(vnserver(store, database, VN_ROLES="worker"))
            one = Flow(store, 2, 10, 20, options.seconds / 2)

            def measure(o=one, node=front):
                got = o.ours(node, body)
                return {"us/task": 1e6 / got["tasks/s"]}

            rounds.add(f"{count} workers", measure, [f"{counts[0]} workers"] if count > counts[0] else [],
                       "worker processes")
        rounds.run()


def run(options):
    most = 100 if options.quick else 1_000_000
    with folder() as path, real_redis() as store:
        with vnserver(store) as node:
            def each(title, name, shapes):
                fitting = [(label, s) for label, s in shapes if s[0] * s[1] * s[2] <= most or not options.quick]
                series(options, path, store, node, title, name, fitting)

            each("tasks of one group, alone", "tasks", [(f"{n:,} tasks", (1, n, 1)) for n in TASKS])
            each("groups of 10 tasks, alone", "groups", [(f"{n:,} groups", (n, 10, 1)) for n in GROUPS])
            each("2x10, in flight", "requests", [(f"{n} in flight", (2, 10, n)) for n in IN_FLIGHT])
        workers(options, path, store)
