#!/usr/bin/python3
"""Ends a server at its n-th Redis command, for every n until a small request is done without it ending, and looks that
all ends well: the response is right, no task with a result ran again, each was counted once, no key is left behind.

    kill_at_n.py [--every K] [--first N] [--only NAME] [--only-n N]

Two ways to end (before the command is sent; after it had its effect and before its reply is seen) and four places:
everything in one server; the same with documents that travel apart and tasks that fail once; the orchestrator with the
worker beside it; the worker with the orchestrator beside it."""

import argparse
import http.client
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

import support
import truth
from book import Request, write_script
from support import Redis, Server, new_id, until

SHAPE = [[("s", 11, 0), ("s", 12, 0)], [("s", 21, 0), ("s", 22, 0)]]
LEFT = 86  # exit code of server/redis/exit_point.hpp
# Short, so that what waits for a lease does not wait long.
QUICK = {"VN_LEASE_MS": 300, "VN_NODE_SWEEP_MS": 100, "LIFECYCLE_BLOCK_MS": 100, "VN_NODE_CLEAN_UP_SECONDS": 1,
         "VN_REDIS_RECONNECT_WAIT_MS": 20, "VN_REDIS_BULK_BYTES": 1024, "VN_TASKS_RETRY_BASE_MS": 10}
# Roles of the one that ends, and of the one beside it; what is valued.
PLACES = {"all": (None, None, Request(SHAPE)),
          "large": (None, None, Request(SHAPE, fails=1, note="n" * 2000)),
          "orchestrator": ("api,orchestrator", "worker", Request(SHAPE)),
          "worker": ("worker", "api,orchestrator", Request(SHAPE, fails=1))}
ALIVE_IN_A_ROW = 8  # a blocking read that is still waiting when all is done says nothing about the commands after it
WAYS = {"before": "VN_TEST_EXIT_BEFORE_COMMAND", "after": "VN_TEST_EXIT_AFTER_COMMAND"}


class Case:
    def __init__(self, store, folder, place, way, n):
        self.store, self.folder, self.place, self.way, self.n = store, folder, place, way, n
        self.runs = pathlib.Path(folder) / "runs"
        self.runs.write_text("")
        self.servers = []

    def start(self, roles, ready=True, **more):
        settings = {"REDIS_URL": self.store.url, "VNAS_SCRIPT": str(pathlib.Path(self.folder) / "value.sh"), **QUICK,
                    **more}
        if roles:
            settings["VN_ROLES"] = roles
        server = Server(ready=ready, **settings)
        self.servers.append(server)
        return server

    def run_counts(self):
        counts = {}
        for line in self.runs.read_text().splitlines():
            counts[tuple(line.split()[:3])] = counts.get(tuple(line.split()[:3]), 0) + 1
        return counts

    def tasks_with_result(self):
        found = [k.split(":") for k in self.store.client.scan_iter("cache:task:*:result", count=1000)]
        return [tuple(k[2:5]) for k in found]

    def submit(self, key, server):
        """Request id, or None if the server does not take it."""
        try:
            answer = server.post(self.book.xml(), sync=False, headers={"Idempotency-Key": key})
        except (OSError, http.client.HTTPException):
            return None
        return answer.json["requestId"] if answer.status == 202 else None

    def run(self):
        """Whether the server has ended at its n-th command, and what is wrong."""
        self.store.client.flushall()
        roles, beside, self.book = PLACES[self.place]
        other = self.start(beside) if beside else None
        victim = self.start(roles, ready=False, **{WAYS[self.way]: self.n})
        ended = lambda: victim.process.poll() is not None
        front = victim if self.place != "worker" else other
        key, request, replacement, done_before = new_id(), None, None, None
        if front is victim:
            until(lambda: ended() or victim.log("listening"), "it listens or ends")
            if victim.log("listening"):
                victim.port = int(victim.log("listening")[0]["address"].rsplit(":", 1)[1])

        def is_over():
            nonlocal request, replacement, done_before, front
            if replacement is None and ended():
                if victim.process.returncode != LEFT:
                    raise AssertionError(f"it ended with {victim.process.returncode}: " + "\n".join(victim.lines[-20:]))
                done_before = (self.tasks_with_result(), self.run_counts())
                replacement = self.start(roles)
                if front is victim:
                    front = replacement
            if request is None:
                request = self.submit(key, front)
            return request and self.store.client.hget(f"state:request:{request}", "status") in truth.FINAL

        began = time.monotonic()
        until(is_over, "the request ends")
        self.took = time.monotonic() - began
        return replacement is not None, self.wrong(request, done_before)

    def wrong(self, request, done_before):
        client = self.store.client
        wrong = truth.outcome_wrong(client, request, self.book) + truth.lifecycle_wrong(client, [request])
        wrong += truth.counted_twice(client) + truth.groups_early(client, [request])
        if done_before:
            tasks, before = done_before
            now = self.run_counts()
            wrong += [f"task {t} ran again" for t in tasks if now.get(t) != before.get(t)]
        states = [k for k in client.scan_iter("state:request:*") if ":group:" not in k]
        if len(states) != 1:
            wrong.append(f"one submission became {states}")
        try:
            until(lambda: not truth.streams_not_empty(client), "the streams are empty")
        except AssertionError:
            wrong += truth.streams_not_empty(client)
        return wrong + truth.keys_without_bound(client)

    def close(self):
        for server in self.servers:
            server.process.kill()
            server.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="every K-th command only")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--only", default="", help="such as worker/after")
    parser.add_argument("--only-n", type=int, default=0)
    asked = parser.parse_args()

    folder = tempfile.mkdtemp(prefix="vn-kill-")
    store = Redis()
    failures, total = 0, 0
    try:
        write_script(folder, pathlib.Path(folder) / "runs")
        print("place         end      commands  ended well  longest  wrong")
        for place in PLACES:
            for way in WAYS:
                if asked.only and asked.only != f"{place}/{way}":
                    continue
                n, well, bad, longest, alive = asked.only_n or asked.first, 0, [], 0.0, 0
                while alive < max(3, ALIVE_IN_A_ROW // asked.every):
                    case = Case(store, folder, place, way, n)
                    try:
                        was_ended, wrong = case.run()
                        longest = max(longest, case.took)
                    except AssertionError as e:
                        was_ended, wrong = True, [str(e)]
                    finally:
                        case.close()
                    if wrong:
                        bad.append(n)
                        print(f"{place}/{way} n={n}: " + "\n    ".join(wrong))
                        for server in case.servers if asked.only_n else ():
                            print("\n".join(server.lines[-60:]))
                    well += not wrong
                    if asked.only_n:
                        break
                    alive = 0 if was_ended else alive + 1
                    n += asked.every
                total += well + len(bad)
                failures += len(bad)
                last = n - 1 - alive * asked.every
                print(f"{place:13} {way:8} {last:8}  {well:10}  {longest:5.1f} s  {bad or '-'}", flush=True)
    finally:
        store.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{total} runs, {failures} went wrong")
    return 1 if failures or not total else 0


if __name__ == "__main__":
    sys.exit(main())
