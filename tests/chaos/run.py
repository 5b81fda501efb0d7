#!/usr/bin/python3
"""Real servers, a real Redis and a seeded schedule of faults under load. What the clients were told is held against
what is in Redis at the end.

    run.py [--seed N] [--minutes M] [--clients C] [--only KIND,KIND] [--log FILE]

The seed decides the requests and which fault comes when; what a fault meets also depends on the machine."""

import argparse
import collections
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

import truth
from cluster import APIS, Cluster
from faults import Faults
from load import PATIENCE, Client
from support import until

# Ends that are promised for a task that ends its workers again and again: with nodes killed at random it may hit one.
ALLOWED_FAILURES = ("poison",)


def requests_in(client):
    """Id and key of every request that Redis knows."""
    found = {}
    for state in client.scan_iter("state:request:*", count=1000):
        if state.count(":") == 2:
            request = state.split(":")[2]
            found[request] = client.hget(f"cache:request:{request}:metadata", "x-chaos")
    return found


def judge(it, calls):
    """Everything that is wrong at the end."""
    client = it.store.client
    by_key = {c.key: c for c in calls}
    wrong = [w for c in calls for w in c.wrong]
    wrong += [f"{c.key} was told a failure: {c.failure}" for c in calls
              if c.failure and not any(f'"code":"{r}"' in c.failure for r in ALLOWED_FAILURES)]
    known = requests_in(client)

    def all_ended():
        return not [r for r in known if client.hget(f"state:request:{r}", "status") not in truth.FINAL]
    try:
        until(all_ended, "every request has ended")
    except AssertionError as e:
        wrong.append(str(e))

    per_key = collections.Counter(known.values())
    for c in calls:
        wrong += [f"{c.key} was told {r}, which is not in Redis" for r in c.ids if r not in known]
        if c.is_idempotent and (len(c.ids) > 1 or per_key[c.key] > 1):
            wrong.append(f"{c.key} became {per_key[c.key]} requests, the client was told {c.ids}")
    for request, key in known.items():
        if key not in by_key:
            wrong.append(f"{request} with key {key} is of no client")
        else:
            call, status = by_key[key], client.hget(f"state:request:{request}", "status")
            if status == "cancelled" and not call.asked_to_cancel or status != "cancelled" and call.is_cancelled:
                wrong.append(f"{request} is {status}, but its client has asked for something else: {call.answers}")
            elif status != "cancelled":
                wrong += truth.outcome_wrong(client, request, call.book, ALLOWED_FAILURES)
    failed = {r for r in known if client.hget(f"state:request:{r}", "status") == "failed"}
    wrong += truth.lifecycle_wrong(client, known) + truth.counted_twice(client)
    wrong += truth.groups_early(client, set(known) - failed)
    for look in (truth.streams_not_empty, truth.keys_without_bound):
        try:
            until(lambda: not look(client), look.__name__)
        except AssertionError:
            wrong += look(client)
    return wrong, known, failed


def percentile(sorted_values, part):
    return sorted_values[min(len(sorted_values) - 1, int(part * len(sorted_values)))]


def print_counts(it, calls, faults, known, failed):
    tasks = sum(c.book.tasks for c in calls if c.ids)
    answers = collections.Counter(str(a) for c in calls for _, a in c.answers)
    cancelled = sum(c.is_cancelled for c in calls)
    print(f"\nrequests: {len(known)} taken in, {len(known) - len(failed) - cancelled} succeeded, {len(failed)} failed, "
          f"{cancelled} cancelled; tasks: {tasks}")
    print("answers: " + ", ".join(f"{n} x {a}" for a, n in answers.most_common()))
    print(f"faults: {len(faults.done)} ({faults.left_out} left out: the victim was with another)")
    print("  kind                  count   until all requests in flight had ended: median, longest")
    ended = {c.key: c.ended for c in calls}
    for kind in sorted({f[0] for f in faults.done}):
        mine = [f for f in faults.done if f[0] == kind]
        times = sorted(max([0.0] + [ended[k] - end for k in keys if ended.get(k)]) for _, _, end, keys in mine)
        print(f"  {kind:20} {len(mine):6}   {percentile(times, 0.5):6.1f} s {times[-1]:6.1f} s")
    m = it.messages
    print("duplicates discarded: " + str(m["task finished: duplicate"] + m["task finished: dropped"]) +
          f", tasks claimed: {m['task claimed']}, entries lost and sent again: {m['task entry lost']}"
          f", tasks counted by servers: {m['task finished: counted']}"
          f", failures recorded: {m['task finished: recorded']}")
    client = it.store.client
    for dead in ("stream:task:dead", "stream:request:dead"):
        reasons = collections.Counter(f["reason"] for _, f in truth.entries(client, dead))
        print(f"{dead}: {dict(reasons)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--only", default="", help="these kinds of faults only, comma-separated")
    parser.add_argument("--log", help="file for the logs of the servers that are left, if something was wrong")
    asked = parser.parse_args()
    print(f"chaos: seed {asked.seed}, {asked.minutes:g} minutes, {asked.clients} clients", flush=True)

    it = Cluster()
    wrong, logs = [], []
    try:
        stop, calm = threading.Event(), threading.Event()
        clients = [Client(f"c{n}", asked.seed, it.servers, stop) for n in range(asked.clients)]

        def in_flight():
            return [c.calls[-1].key for c in clients if c.calls and not c.calls[-1].ended]
        faults = Faults(it, asked.seed, in_flight, calm, [k for k in asked.only.split(",") if k])
        schedule = threading.Thread(target=faults.run, daemon=True)
        for c in clients:
            c.thread.start()
        schedule.start()
        calm.wait(60 * asked.minutes)
        calm.set()
        schedule.join()
        faults.join()
        stop.set()
        it.wait_healthy()
        for c in clients:
            c.thread.join(PATIENCE + 30)
        calls = [call for c in clients for call in c.calls]
        wrong = [f"a client broke down: {c.problem!r}" for c in clients if c.problem]
        if faults.problem:
            wrong.append(f"a fault broke down: {faults.problem!r}")
        found, known, failed = judge(it, calls)
        wrong += found
        for server in it.servers:
            it.count(server)
        print_counts(it, calls, faults, known, failed)
        wrong += it.surprises + [f"an error was logged: {e}" for e in it.errors]
        if wrong and asked.log:
            with open(asked.log, "w") as f:
                for i, server in enumerate(it.servers):
                    f.write("".join(f"{i} {line}\n" for line in server.lines))
    finally:
        it.close()
    for w in wrong:
        print("WRONG: " + w)
    print(f"seed {asked.seed}: " + (f"{len(wrong)} things went wrong" if wrong else "nothing lost, nothing wrong"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
