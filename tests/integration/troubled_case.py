"""A server under a little load, and what has to be true while something happens to its Redis and afterwards."""

import support
from steady_load import SteadyLoad
from support import BY_THE_RULE, until


class TroubledCase(support.Case):
    def open(self, *options, **settings):
        self.store = self.redis(*options)
        self.start(self.store.url, **settings)

    def start(self, url, **settings):
        self.node = self.server(REDIS_URL=url, **{
            "VNAS_SCRIPT": self.script(BY_THE_RULE), "VN_LEASE_MS": 2000, "VN_NODE_SWEEP_MS": 500,
            "VN_REDIS_COMMAND_TIMEOUT_MS": 1000, "VN_REDIS_CONNECT_TIMEOUT_MS": 1000, **settings})
        self.load = SteadyLoad(self.node)
        self.addCleanup(self.load.stop)
        self.load.goes_on()

    def admin(self, *command):
        return self.store.client.execute_command(*command)

    def cut(self):
        """All connections but this one end."""
        self.admin("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    def unready(self, *words):
        """Readiness says why, in these words."""
        def told():
            answer = self.node.get("/readyz")
            return answer.status == 503 and all(w in answer.json["reason"] for w in words) and answer
        answer = until(told, f"it is not ready because of {words}")
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertEqual(self.node.get("/healthz").status, 200)

    def ready(self):
        until(lambda: self.node.get("/readyz").status == 200, "it is ready again")

    def goes_on(self, may_lose=False):
        self.ready()
        self.load.goes_on(10)
        self.ready()
        self.load.check(self, may_lose)
        for stream in ("stream:request:ingest", "stream:task:dispatch"):
            until(lambda: self.store.client.xlen(stream) == 0, f"{stream} is empty")
