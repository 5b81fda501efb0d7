"""Where tasks go: routes, declared names, the default, plugins that come late or not at all, several nodes, commands."""

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
        without = self.start(route, store=store, VN_LEASE_MS=1000)
        drop(plugins, "a.so", build(NAME="alpha", TASK="x", AMOUNT="2.00"))
        having = self.start(route, store=store, plugins=plugins, VN_LEASE_MS=1000)
        self.assertEqual(listed(having), {"a.so": "offered 1.0"})
        answer = without.post(request_xml(1, 10))
        self.assertEqual(amounts(answer.body), [["2.00"] * 10])
        self.assertEqual(row(having, "a.so")["calls"], 10)

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
