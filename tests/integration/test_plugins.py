"""Where tasks go: routes, declared names, the default, plugins that come late or not at all, several nodes, commands."""

import signal
import sys
import unittest

import support
from plugin_files import build, drop, listed, row
from support import amounts, request_xml, until



class Plugins(support.Case):
    def start(self, settings="", store=None, plugins=None, **more):
        folder = self.folder()
        config = folder / "s.info"
        config.write_text(settings)
        node = self.server(REDIS_URL=(store or self.redis()).url, VNAS_SCRIPT=self.script("cat >/dev/null; echo 1\n"),
                           VN_PLUGIN_DIR=plugins or self.folder(), VN_PLUGIN_RESCAN_MS=100, config=config, **more)
        return node

    def values(self, node, name="loan"):
        answer = node.post(request_xml(1, 1, name=name))
        self.assertEqual(answer.status, 200, answer.body)
        return amounts(answer.body)[0][0]

    def test_routes_go_before_declared_names_before_the_default(self):
        plugins = self.folder()
        drop(plugins, "a.so", build(NAME="alpha", TASK="loan", AMOUNT="2.00"))
        drop(plugins, "b.so", build(NAME="beta", TASK="swap", AMOUNT="3.00"))
        node = self.start('tasks {\n route { name "fx-*" plugin "beta" }\n route { name "fx-usd" plugin "script" }\n'
                          ' route { name "swap" plugin "alpha" }\n}\n', plugins=plugins)
        self.assertEqual({n: self.values(node, n) for n in ("loan", "swap", "fx-eur", "fx-usd", "equity")},
                         {"loan": "2.00", "swap": "2.00", "fx-eur": "3.00", "fx-usd": "1.00", "equity": "1.00"})

    def test_a_restart_uses_what_is_there_before_it_takes_tasks(self):
        plugins = self.folder()
        drop(plugins, "a.so", build(NAME="alpha", TASK="loan", AMOUNT="2.00"))
        store = self.redis()
        api = self.start(store=store, VN_ROLES="api")
        waiting = api.post(request_xml(1, 3), sync=False).json["requestId"]
        node = self.start(store=store, plugins=plugins)
        node.wait_status(waiting, "succeeded")
        self.assertEqual(amounts(node.get(f"/valuation/{waiting}/results").body), [["2.00"] * 3])

    def test_a_task_waits_for_its_plugin_and_others_go_on(self):
        plugins = self.folder()
        node = self.start('tasks { route { name "loan" plugin "alpha" } }\n', plugins=plugins, VN_TASKS_MAX_RUNNING=2)
        waiting = node.post(request_xml(1, 20), sync=False).json["requestId"]
        self.assertEqual(self.values(node, "other"), "1.00")
        self.assertEqual(node.status(waiting)["status"], "running")
        drop(plugins, "a.so", build(NAME="alpha", TASK="x", AMOUNT="2.00"))
        node.wait_status(waiting, "succeeded")
        self.assertEqual(amounts(node.get(f"/valuation/{waiting}/results").body), [["2.00"] * 20])

    def test_a_task_without_executor_fails_with_a_reason(self):
        node = self.start('tasks { route { name "loan" plugin "alpha" } }\n', VN_TASKS_UNROUTABLE_WAIT_MS=300)
        answer = node.post(request_xml(1, 2))
        self.assertEqual(answer.status, 500)
        failures = answer.json["detail"]["failures"]
        self.assertEqual({f["code"] for f in failures}, {"no-executor"})
        self.assertIn("alpha", failures[0]["error"])
        self.assertEqual({f["attempt"] for f in failures}, {1})

    def test_a_task_goes_to_the_node_that_has_its_plugin(self):
        store, plugins = self.redis(), self.folder()
        route = 'tasks { route { name "loan" plugin "alpha" } }\n'
        without = self.start(route, store=store)
        drop(plugins, "a.so", build(NAME="alpha", TASK="x", AMOUNT="2.00"))
        having = self.start(route, store=store, plugins=plugins)
        self.assertEqual(listed(having), {"a.so": "offered 1.0"})
        answer = without.post(request_xml(1, 10))
        self.assertEqual(amounts(answer.body), [["2.00"] * 10])
        self.assertEqual(row(having, "a.so")["calls"], 10)

    def start_two(self, lease=10_000):
        """Two nodes with a drop folder each: alpha is declared at the first alone, beta at the second."""
        self.store = self.redis()
        self.folders = [self.folder(), self.folder()]
        drop(self.folders[0], "a.so", build(NAME="a", TASK="alpha", AMOUNT="2.00"))
        drop(self.folders[1], "b.so", build(NAME="b", TASK="beta", AMOUNT="3.00"))
        return [self.start(store=self.store, plugins=f, VN_LEASE_MS=lease, VN_NODE_NAME=name)
                for f, name in zip(self.folders, ("first", "second"))]

    def mixed(self, tasks):
        """A request with so many tasks each of alpha, beta and what only the default is for."""
        one = ("<valuation name='{}'><analytics><price><amount>1</amount></price></analytics></valuation>")
        all_of_them = "".join(one.format(name) for name in ("alpha", "beta", "other")) * tasks
        return ("<vnml><project><market name='M'/><model name='m'/><group name='G'>" + all_of_them
                + "</group></project></vnml>")

    def test_a_name_that_another_node_declares_is_never_left_to_the_default_here(self):
        first, second = self.start_two()
        answers = [node.post(self.mixed(50)) for node in (first, second, first)]
        for answer in answers:
            self.assertEqual(answer.status, 200, answer.body[:500])
            self.assertEqual(amounts(answer.body), [["2.00", "3.00", "1.00"] * 50])
        where = {}
        for _, update in self.store.client.xrange("stream:task:updates"):
            self.assertEqual((update["status"], update["attempt"]), ("completed", "1"))
            where.setdefault(update["valuationName"], set()).add(update["node"])
        self.assertEqual((where["alpha"], where["beta"]), ({"first"}, {"second"}))
        self.assertEqual((row(first, "a.so")["calls"], row(second, "b.so")["calls"]), (150, 150))

    def test_many_tasks_reach_the_node_that_is_for_them_soon(self):
        first, second = self.start_two()
        answer = first.post(request_xml(1, 1000, name="beta"))
        self.assertEqual(amounts(answer.body), [["3.00"] * 1000])
        self.assertEqual(row(second, "b.so")["calls"], 1000)

    def test_a_declared_name_counts_at_once_and_until_it_is_gone(self):
        first, second = self.start_two()
        self.assertEqual(self.values(first, "gamma"), "1.00")
        drop(self.folders[1], "c.so", build(NAME="c", TASK="gamma", AMOUNT="4.00"))
        until(lambda: '"gamma"' in self.store.client.get("vn:node:second"), "the second node says so")
        self.assertEqual(self.values(first, "gamma"), "4.00")
        (self.folders[1] / "c.so").unlink()
        until(lambda: '"gamma"' not in self.store.client.get("vn:node:second"), "it says so no more")
        self.assertEqual(self.values(first, "gamma"), "1.00")

    def test_when_the_node_that_declares_a_name_goes_the_default_is_for_it(self):
        for how in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(how=how):
                first, second = self.start_two(lease=2000)
                self.assertEqual(self.values(first, "beta"), "3.00")
                second.stop(how)
                self.assertEqual(self.values(first, "beta"), "1.00")
                self.assertEqual(self.values(first, "alpha"), "2.00")

    def test_a_route_here_goes_before_a_name_declared_elsewhere(self):
        store, plugins = self.redis(), self.folder()
        drop(plugins, "b.so", build(NAME="b", TASK="beta", AMOUNT="3.00"))
        self.start(store=store, plugins=plugins, VN_ROLES="api,worker", VN_LEASE_MS=1000, VN_NODE_NAME="second",
                   settings='tasks { route { name "*" plugin "script" } }\n')
        until(lambda: store.client.get("vn:node:second"), "the second node is there")
        # Routed to the script there, it is not declared for others.
        self.assertNotIn("beta", store.client.get("vn:node:second"))
        first = self.start('tasks { route { name "beta" plugin "script" } }\n', store=store, VN_LEASE_MS=1000)
        self.assertEqual(self.values(first, "beta"), "1.00")

    def test_a_waiting_task_does_not_hold_up_the_stop(self):
        store = self.redis()
        route = 'tasks { route { name "loan" plugin "alpha" } }\n'
        first = self.start(route, store=store, VN_NODE_SHUTDOWN_GRACE_MS=500)
        request = first.post(request_xml(1, 2), sync=False).json["requestId"]
        first.wait_status(request, "running")
        self.assertEqual(first.stop(), 0)
        plugins = self.folder()
        drop(plugins, "a.so", build(NAME="alpha", TASK="x", AMOUNT="2.00"))
        second = self.start(route, store=store, plugins=plugins)
        second.wait_status(request, "succeeded")

    def test_inline_and_host_run_the_same_file(self):
        plugins = self.folder()
        drop(plugins, "a.so", build(NAME="alpha", TASK="loan", AMOUNT="2.00"))
        drop(plugins, "b.so", build(NAME="beta", TASK="swap", AMOUNT="3.00"))
        node = self.start('plugins { alpha { run "inline" } beta { hosts "1" } }\n', plugins=plugins)
        self.assertEqual((self.values(node, "loan"), self.values(node, "swap")), ("2.00", "3.00"))
        self.assertEqual((row(node, "a.so")["run"], row(node, "a.so")["hosts"]), ("inline", 0))
        self.assertEqual((row(node, "b.so")["run"], row(node, "b.so")["hosts"]), ("host", 1))

    def test_an_inline_plugin_that_hangs_costs_its_workers_and_is_told(self):
        plugins = self.folder()
        drop(plugins, "stuck.so", (support.BUILD / "tests" / "sinners" / "ignores_cancel.so").read_bytes())
        settings = 'plugins { sin-ignores_cancel { run "inline" settings { stays "1" } } }\n'
        node = self.start(settings, plugins=plugins, MAX_TASK_RETRIES=1,
                          TASK_WAIT_TIMEOUT_MS=4000, VN_PLUGIN_INLINE_WORKERS=2, VN_PLUGIN_GRACE_MS=200,
                          VN_NODE_SHUTDOWN_GRACE_MS=1000)
        for abandoned in (1, 2):
            answer = node.post(request_xml(1, 1, name="sin-ignores_cancel"))
            self.assertEqual(answer.json["detail"]["failures"][0]["code"], "plugin-deadline")
            self.assertEqual(row(node, "stuck.so")["abandoned"], abandoned)
        # With all workers stuck nothing waits for them any more.
        answer = node.post(request_xml(1, 1, name="sin-ignores_cancel"))
        failed = answer.json["detail"]["failures"][0]
        self.assertEqual(failed["code"], "plugin-unavailable")
        self.assertIn("stuck", row(node, "stuck.so")["reason"])
        self.assertEqual(self.values(node), "1.00")
        # They do not hold up the end of the server, which says that it was not in order.
        self.assertEqual(node.stop(), 1)
        self.assertTrue(node.log("the server could not stop in order"))

    def test_many_versions_inline_then_hosts(self):
        plugins = self.folder()
        node = self.start('plugins { alpha { run "inline" } }\n', plugins=plugins)
        for version in range(1, 11):
            drop(plugins, "a.so", build(NAME="alpha", TASK="loan", AMOUNT="2.00", VERSION=f"{version}.0"))
            until(lambda: f"offered {version}.0" in listed(node).get("a.so", ""), f"version {version} is offered")
            self.assertEqual(self.values(node), "2.00")
        last = row(node, "a.so")
        self.assertEqual(last["run"], "host")
        self.assertIn("not inline", last["reason"])

    def test_the_list_has_every_field(self):
        plugins = self.folder()
        drop(plugins, "a.so", build(NAME="alpha", TASK="loan", FUNCTIONS=True))
        node = self.start(plugins=plugins)
        self.values(node)
        a = row(node, "a.so")
        self.assertEqual(a["capabilities"], {"valuesTasks": True, "tasks": ["loan"], "functions": ["plus"],
                                             "schemes": []})
        self.assertEqual((a["name"], a["version"], a["calls"], a["failures"], a["running"], a["restarts"]),
                         ("alpha", "1.0", 1, 0, 0, 0))
        self.assertEqual(len(a["sha256"]), 64)
        self.assertEqual(a["folder"], str(plugins))

    def test_a_command_that_does_not_start_is_listed(self):
        node = self.start(f'plugins {{ py {{ command "{sys.executable} -c pass" tasks "loan" }} }}\n')
        refused = until(lambda: [p for p in node.get("/plugins").json["plugins"] if p["file"] == "plugins.py"],
                        "it is listed")[0]
        self.assertEqual(refused["state"], "refused")
        self.assertTrue(refused["reason"])
        self.assertEqual(self.values(node), "1.00")


if __name__ == "__main__":
    unittest.main()
