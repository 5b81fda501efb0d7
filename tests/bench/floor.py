"""What Redis alone could do: the commands of a run of ours, and the commands that a task cannot do without, sent by a
client that does nothing else. How much of that we reach, and what Redis spends its time with."""
import contextlib

import request_texts
from flow import Flow, name_of, task_bytes
from programs import call, folder, load, processor_seconds, real_redis, vnserver
from recording import Replay, put, recorded
from report import Rounds, tell

SHAPE = (2, 10, 20)
TOP = 14  # commands that are told one by one


def write_needed(out, groups, tasks, size):
    """What the tasks of so many groups cannot do without, in batches of a group: document, dispatch, both delivered to a
    worker; result, update, acknowledgement; both delivered to who waits for them."""
    document, count = b"x" * size, Replay.prepare(out)
    request = b"%08x-0000-4000-8000-000000000000"
    dispatch, updates, ttl = b"stream:task:dispatch", b"stream:task:updates", b"86400"
    for n in range(groups):
        keys = [b"cache:task:%b:0:%d:" % (request % n, t + 1) for t in range(tasks)]
        ids = [b"%d-%d" % (1_700_000_000_000 + n, t) for t in range(tasks)]
        for t, (key, entry) in enumerate(zip(keys, ids)):
            put(out, b"SET", key + b"xml", document, b"EX", ttl)
            put(out, b"XADD", dispatch, entry, b"requestId", request % n, b"groupIdx", b"0", b"groupName", b"G0",
                b"taskId", b"%d" % (t + 1), b"valuationName", b"noop", b"payloadKey", key + b"xml", b"resultKey",
                key + b"result", b"attempt", b"1")
        put(out, b"XREADGROUP", b"GROUP", b"task-workers", b"vn-bench", b"COUNT", b"%d" % tasks, b"STREAMS", dispatch,
            b">")
        put(out, b"MGET", *(key + b"xml" for key in keys))
        for t, (key, entry) in enumerate(zip(keys, ids)):
            put(out, b"SET", key + b"result", document, b"NX", b"EX", ttl)
            put(out, b"XADD", updates, b"MAXLEN", b"~", b"100000", entry, b"requestId", request % n, b"groupIdx", b"0",
                b"groupName", b"G0", b"taskId", b"%d" % (t + 1), b"valuationName", b"noop", b"resultKey",
                key + b"result", b"status", b"completed", b"attempt", b"1", b"durationMs", b"0", b"node", b"bench",
                b"executor", b"inline", b"plugin", b"noop")
        put(out, b"XACK", dispatch, b"task-workers", *ids)
        put(out, b"XDEL", dispatch, *ids)
        put(out, b"XREAD", b"COUNT", b"1000", b"STREAMS", updates, b"%d-0" % (1_700_000_000_000 + n - 1) if n == 0 else
            b"%d-%d" % (1_700_000_000_000 + n - 1, tasks - 1))
        put(out, b"MGET", *(key + b"result" for key in keys))
        count += 4 * tasks + 6
    return count


def spent_by_command(store):
    """Calls and microseconds by now."""
    return {name.removeprefix("cmdstat_"): (s["calls"], s["usec"])
            for name, s in store.client.info("commandstats").items()}


def tell_commands(before, after, tasks, case):
    """What Redis did for us between two looks, most expensive first."""
    spent = {}
    for name, (calls, usec) in after.items():
        calls0, usec0 = before.get(name, (0, 0))
        if calls > calls0:
            spent[name] = ((calls - calls0) / tasks, (usec - usec0) / tasks)
    inside = sum(usec for name, (_, usec) in spent.items() if not name.startswith("eval"))
    scripts = sum(usec for name, (_, usec) in spent.items() if name.startswith("eval"))
    calls = sum(n for name, (n, _) in spent.items() if not name.startswith("eval"))
    tell("floor", case, "commands", {"commands/task": [calls], "us/task, commands": [inside],
                                     "us/task, scripts with what they call": [scripts]},
         what="INFO commandstats of all rounds")
    for name, (n, usec) in sorted(spent.items(), key=lambda item: -item[1][1])[:TOP]:
        tell("floor", case, f"command {name}", {"calls/task": [n], "us/task": [usec]})


def run(options):
    groups, tasks, in_flight = SHAPE
    times = 2 if options.quick else 40
    with contextlib.ExitStack() as open_ones:
        path = open_ones.enter_context(folder())
        store = open_ones.enter_context(real_redis())
        node = open_ones.enter_context(vnserver(store))
        body = path / "request.xml"
        body.write_text(request_texts.shape(groups, tasks))
        few = Flow(store, groups, tasks, in_flight, 10)
        few.calls = in_flight
        few.ours(node, body)
        with recorded(store) as commands:
            few.ours(node, body)
        replay = Replay(commands)
        files = {}
        with open(path / "sent", "wb") as out:
            files["sent"] = (replay.write(out, times), times * groups * tasks * in_flight)
        with open(path / "needed", "wb") as out:
            of_them = files["sent"][1]
            files["needed"] = (write_needed(out, of_them // tasks, tasks, task_bytes()), of_them)

        def replayed(name):
            count, done = files[name]
            before = processor_seconds(store.process.pid)
            got = call("bench-replay", "--socket", store.socket, "--commands", count, path / name)
            if got["errors"] > count // 100:
                raise RuntimeError(f"Redis refuses what is replayed: {got}")
            cpu = processor_seconds(store.process.pid) - before
            return {"tasks/s": done / got["seconds"], "commands/task": count / done, "CPU ms/task, Redis": 1000 * cpu / done}

        case = name_of(*SHAPE)
        one = Flow(store, groups, tasks, in_flight, options.seconds)
        rounds = Rounds("floor", case, options.rounds)
        rounds.add("inline", lambda: one.ours(node, body), ["sent", "needed"], "vnserver, inline plugin")
        rounds.add("sent", lambda: replayed("sent"), what="the commands it sent, again, without scripts")
        rounds.add("needed", lambda: replayed("needed"), what="the commands that a task cannot do without")
        rounds.run()

        before = spent_by_command(store)
        got = load(node.port, "/valuation?sync=Y", options.seconds, in_flight, body)
        tell_commands(before, spent_by_command(store), got["calls"] * groups * tasks, case)
