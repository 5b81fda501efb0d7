"""What goes wrong in a chaos run: a seeded schedule of faults, each undone in time. Faults with different victims
overlap; a fault whose victim is still with another one is left out."""

import os
import random
import signal
import threading
import time

import redis

import cluster
import truth
from support import children

LONG = 2.5 * cluster.LEASE  # frozen for longer than the lease


class Faults:
    def __init__(self, it, seed, in_flight, stop, only=()):
        self.it, self.in_flight, self.stop = it, in_flight, stop
        self.kinds = [k for k in self.KINDS if not only or k[0] in only]
        self.random = random.Random(f"{seed}/faults")
        self.locks = {}
        self.threads = []
        self.done = []  # kind, begin, end, calls in flight at the begin
        self.left_out = 0
        self.problem = None

    # Kind, how often, victim. {} is the number of a server.
    KINDS = (("kill-server", 5, "server {}"), ("stop-server", 2, "server {}"), ("freeze-server", 4, "server {}"),
             ("nap-server", 2, "server {}"), ("kill-host", 3, "server {}"), ("kill-script", 5, "server {}"),
             ("freeze-script", 2, "server {}"), ("kill-external", 3, "external"), ("freeze-external", 2, "external"),
             ("redis-kill", 2, "redis"), ("redis-freeze", 2, "redis"), ("redis-sleep", 2, "redis"),
             ("redis-cut", 3, "redis"), ("redis-forget-scripts", 1, "redis"),
             ("net-cut", 4, "net {}"), ("net-halt", 3, "net {}"), ("net-slow", 2, "net {}"),
             ("net-lose-replies", 4, "net {}"),
             ("again-dispatch", 4, "data"), ("again-update", 4, "data"), ("stale-failure", 3, "data"),
             ("again-ingest", 2, "data"), ("drop-dispatch", 4, "data"),
             ("drop-group", 1, "data"), ("kill-all", 1, "redis"))

    def run(self):
        kinds, weights = [k[0] for k in self.kinds], [k[1] for k in self.kinds]
        victims = {k[0]: k[2] for k in self.kinds}
        while not self.stop.wait(self.random.uniform(0.1, 1.5)):
            kind = self.random.choices(kinds, weights)[0]
            i = self.random.randrange(len(cluster.ROLES))
            length, dice = self.random.random(), random.Random(self.random.random())
            lock = self.locks.setdefault(victims[kind].format(i), threading.Lock())
            if not lock.acquire(blocking=False):
                self.left_out += 1
                continue
            thread = threading.Thread(target=self.one, args=(lock, kind, i, length, dice), daemon=True)
            self.threads.append(thread)
            thread.start()

    def one(self, lock, kind, i, length, dice):
        begin, calls = time.monotonic(), self.in_flight()
        try:
            took_place = getattr(self, kind.replace("-", "_"))(i, length, dice)
            if took_place is not False:
                self.done.append((kind, begin, time.monotonic(), calls))
        except (redis.RedisError, ProcessLookupError):
            pass  # the victim is away for another fault's sake
        except Exception as e:
            self.problem = e
        finally:
            lock.release()

    def join(self):
        for thread in self.threads:
            thread.join(60)

    def pause(self, seconds):
        threading.Event().wait(seconds)

    # Processes

    def kill_server(self, i, length, dice):
        self.it.end_server(i, signal.SIGKILL, -signal.SIGKILL)
        self.pause(length * 2)
        self.it.start_server(i)

    def stop_server(self, i, length, dice):
        self.it.end_server(i, signal.SIGTERM, 0)
        self.it.start_server(i)

    def freeze(self, pid, seconds):
        os.kill(pid, signal.SIGSTOP)
        self.pause(seconds)
        os.kill(pid, signal.SIGCONT)

    def freeze_server(self, i, length, dice):
        self.freeze(self.it.servers[i].process.pid, LONG * (0.7 + length))

    def nap_server(self, i, length, dice):
        self.freeze(self.it.servers[i].process.pid, length * cluster.LEASE / 2)

    def child(self, i, names, dice):
        found = [p for p, name in children(self.it.servers[i].process.pid) if name in names]
        return dice.choice(found) if found else None

    def kill_host(self, i, length, dice):
        return self.signal_child(i, ("framed.py", "python3"), dice)

    def kill_script(self, i, length, dice):
        return self.signal_child(i, ("value.sh",), dice)

    def signal_child(self, i, names, dice):
        pid = self.child(i, names, dice)
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)

    def freeze_script(self, i, length, dice):
        pid = self.child(i, ("value.sh",), dice)
        if pid is None:
            return False
        self.freeze(pid, LONG)

    def kill_external(self, i, length, dice):
        self.it.end_external()
        self.pause(length)
        self.it.start_external()

    def freeze_external(self, i, length, dice):
        self.freeze(self.it.external.pid, 4 * length)

    # Redis

    def redis_kill(self, i, length, dice):
        self.it.store.kill()
        self.pause(length * 2)
        self.it.store.start()

    def redis_freeze(self, i, length, dice):
        self.freeze(self.it.store.process.pid, LONG * length)

    def redis_sleep(self, i, length, dice):
        self.it.store.client.execute_command("DEBUG", "SLEEP", 0.1 + 2 * length)

    def redis_cut(self, i, length, dice):
        self.it.store.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    def redis_forget_scripts(self, i, length, dice):
        self.it.store.client.script_flush()

    def kill_all(self, i, length, dice):
        """A power failure, but for what Redis had written."""
        locks = [self.locks.setdefault(f"server {n}", threading.Lock()) for n in range(len(cluster.ROLES))]
        for lock in locks:
            lock.acquire()
        try:
            for server in self.it.servers:
                os.kill(server.process.pid, signal.SIGKILL)
            self.it.store.kill()
            for n in range(len(locks)):
                self.it.end_server(n, signal.SIGKILL, -signal.SIGKILL)
            self.pause(length * 2)
            self.it.store.start()
            for n in range(len(locks)):
                self.it.start_server(n)
        finally:
            for lock in locks:
                lock.release()

    # The network between a server and Redis

    def net_cut(self, i, length, dice):
        self.it.proxies[i].cut()

    def net_halt(self, i, length, dice):
        self.it.proxies[i].halt()
        self.pause(LONG * length)
        if dice.random() < 0.5:
            self.it.proxies[i].cut()
        self.it.proxies[i].go_on()

    def net_slow(self, i, length, dice):
        self.it.proxies[i].slow_down(0.2 * length)
        self.pause(2)
        self.it.proxies[i].slow_down(0)

    def net_lose_replies(self, i, length, dice):
        self.it.proxies[i].lose_replies(True)
        self.pause(length)
        self.it.proxies[i].lose_replies(False)

    # What arrives twice, late or not at all

    def some_entry(self, stream, dice, **wanted):
        found = [e for e in self.it.store.client.xrevrange(stream, count=50)
                 if all(e[1].get(k) == v for k, v in wanted.items())]
        return dice.choice(found) if found else (None, None)

    def add_again(self, stream, dice, **changed):
        entry, fields = self.some_entry(stream, dice)
        if entry is None:
            return False
        self.it.store.client.xadd(stream, {**fields, **changed})

    def again_dispatch(self, i, length, dice):
        return self.add_again(dice.choice(truth.DISPATCH), dice)

    def again_update(self, i, length, dice):
        return self.add_again("stream:task:updates", dice, node="injected")

    def again_ingest(self, i, length, dice):
        return self.add_again(dice.choice(truth.INGEST), dice)

    def stale_failure(self, i, length, dice):
        """A failure of an attempt that has succeeded, told late."""
        entry, fields = self.some_entry("stream:task:updates", dice, status="completed")
        if entry is None:
            return False
        self.it.store.client.xadd("stream:task:updates", {**fields, "status": "failed", "node": "injected",
                                                          "result": "stale", "code": "stale", "retryable": "no"})

    def drop_dispatch(self, i, length, dice):
        stream = dice.choice(truth.DISPATCH)
        entry, _ = self.some_entry(stream, dice)
        return False if entry is None else bool(self.it.store.client.xdel(stream, entry))

    def drop_group(self, i, length, dice):
        stream, group = dice.choice(list(truth.WORK.items()))
        return bool(self.it.store.client.exists(stream)) and bool(self.it.store.client.xgroup_destroy(stream, group))
