"""A master that changes, with three sentinels that say so: the server follows, and work goes on. What had not reached the
replica is lost, and only that: such requests are not known any more."""

import signal
import unittest

from redis_places import Watched
from support import until
from troubled_case import TroubledCase


class Sentinel(TroubledCase):
    def setUp(self):
        self.watched = Watched()
        self.addCleanup(self.watched.close)

    def goes_on_at_the_new_master(self, old):
        until(lambda: self.watched.master() != old, "there is another master")
        client = self.watched.client(self.watched.master())
        self.addCleanup(client.close)
        self.store = type("Store", (), {"client": client})
        self.goes_on(may_lose=True)
        for stream, group in (("stream:request:ingest", "orchestrator-main"), ("stream:task:dispatch", "task-workers")):
            [state] = [g for g in client.xinfo_groups(stream) if g["name"] == group]
            self.assertEqual(state["pending"], 0)

    def test_failover_that_is_asked_for(self):
        self.start(self.watched.url)
        for _ in range(2):
            old = self.watched.master()
            self.watched.fail_over()
            self.ready()
            self.load.goes_on()
        self.goes_on_at_the_new_master(old)

    def test_killed_master(self):
        self.start(self.watched.url)
        old = self.watched.kill_master()
        self.unready("redis")
        self.load.is_refused()
        self.goes_on_at_the_new_master(old)

    def test_frozen_master_that_comes_back_as_a_replica(self):
        self.start(self.watched.url)
        old = self.watched.master()
        self.watched.processes[old].send_signal(signal.SIGSTOP)
        self.unready("redis")
        until(lambda: self.watched.master() != old, "there is another master")
        self.watched.processes[old].send_signal(signal.SIGCONT)
        self.goes_on_at_the_new_master(old)


if __name__ == "__main__":
    unittest.main()
