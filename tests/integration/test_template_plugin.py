"""An author's day: the SDK installed, its template copied, built against that alone, dropped into a server at work,
and replaced twice."""

import hashlib
import shutil
import subprocess
import threading
import unittest

import support
from plugin_files import drop, listed, row
from support import amounts, request_xml, until

CLIENTS = 50
SCRIPT, FIRST, SECOND, THIRD = "1.00", "100.00", "200.00", "300.00"


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")


class Author:
    """A folder outside of the tree, with the template and what it needs."""

    def __init__(self, folder):
        self.prefix, self.source, self.out = folder / "sdk", folder / "my-plugins", folder / "out"
        run("cmake", "--install", support.BUILD, "--component", "sdk", "--prefix", self.prefix)
        shutil.copytree(self.prefix / "share/vnserver-sdk/template", self.source)
        run("cmake", "-G", "Ninja", "-S", self.source, "-B", self.out, f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_C_COMPILER=clang-19", "-DCMAKE_CXX_COMPILER=clang++-19", "-DCMAKE_BUILD_TYPE=Release")
        self.text = (self.source / "fixed_amount.cpp").read_text()

    def build(self, **edits):
        """The bytes of fixed_amount.so, after these edits of the template's source."""
        text = self.text
        for old, new in edits.values():
            if text.count(old) != 1:
                raise AssertionError(f"the template has {old!r} {text.count(old)} times")
            text = text.replace(old, new)
        (self.source / "fixed_amount.cpp").write_text(text)
        run("cmake", "--build", self.out, "--target", "fixed_amount")
        return (self.out / "fixed_amount.so").read_bytes()


def version(number, amount):
    return {"version": ('"1.0.0"', f'"{number}"'), "amount": ("amount_ = 100;", f"amount_ = {amount};")}


def held_by(folder):
    """Calls for documents with <hold> say so by a file, and wait for another one."""
    return {"include": ("#include <vn/plugin.hpp>\n",
                        "#include <vn/plugin.hpp>\n#include <fstream>\n#include <thread>\n"),
            "wait": ("        vn::document task(call.payload());\n",
                     f'''        if (call.payload().find("<hold") != std::string_view::npos)
        {{
            std::ofstream("{folder}/began");
            while (!std::ifstream("{folder}/open") && !call.cancelled())
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }}
        vn::document task(call.payload());
''')}


class Updates:
    """All that is told of tasks: amounts are for the answers, this is for what valued them."""

    def __init__(self, store):
        self.client, self.seen = store.client, []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        last = "0"
        while not self.stopping.is_set():
            for _, entries in self.client.xread({"stream:task:updates": last}, count=1000, block=100):
                self.seen += [fields for _, fields in entries]
                last = entries[-1][0]

    def close(self):
        self.stopping.set()
        self.thread.join()


class TemplatePlugin(support.Case):
    def setUp(self):
        super().setUp()
        self.store, self.plugins, self.gate = self.redis(), self.folder(), self.folder()
        self.node = self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.script("cat >/dev/null; echo 1.00\n"),
                                VN_PLUGIN_DIR=self.plugins, VN_PLUGIN_RESCAN_MS=200, LOG_LEVEL="info",
                                VN_STREAMS_UPDATES_LENGTH=10_000_000)
        self.answers, self.stopping, self.clients = [], threading.Event(), []
        self.addCleanup(self.stop_clients)

    def ask(self):
        while not self.stopping.is_set():
            try:
                answer = self.node.post(request_xml(1, 2, name="fixed"))
                self.answers.append((answer.status, amounts(answer.body) if answer.status == 200 else answer.body))
            except Exception as e:  # whatever it is, the test has to show it
                self.answers.append((0, repr(e)))

    def stop_clients(self):
        self.stopping.set()
        for client in self.clients:
            client.join()

    def seen(self, amount):
        return any(status == 200 and [amount] * 2 in groups for status, groups in list(self.answers))

    def replace(self, content, amount):
        drop(self.plugins, "fixed_amount.so", content)
        until(lambda: self.seen(amount), f"{amount} is answered; {listed(self.node)}")

    def test_built_alone_dropped_and_replaced_under_load(self):
        author = Author(self.folder())
        first = author.build()
        second = author.build(**version("1.1.0", 200), **held_by(self.gate))
        third = author.build(**version("2.0.0", 300))
        updates = Updates(self.store)
        self.addCleanup(updates.close)
        self.clients = [threading.Thread(target=self.ask) for _ in range(CLIENTS)]
        for client in self.clients:
            client.start()
        until(lambda: self.seen(SCRIPT), "the script values tasks")

        self.replace(first, FIRST)
        self.replace(second, SECOND)
        held = self.node.post(request_xml(1, 1, name="fixed", extra="<hold/>"), sync=False).json["requestId"]
        until(lambda: (self.gate / "began").exists(), "a call is held")
        self.replace(third, THIRD)
        self.assertIn("draining 1.1.0", listed(self.node)["fixed_amount.so"])
        self.assertEqual(self.node.status(held)["status"], "running")
        (self.gate / "open").touch()
        self.node.wait_status(held, "succeeded")
        until(lambda: listed(self.node)["fixed_amount.so"] == "offered 2.0.0", "only the last one is left")
        self.stop_clients()

        self.assertEqual([a for a in self.answers if a[0] != 200], [])
        self.assertEqual(amounts(self.node.get(f"/valuation/{held}/results").body), [[SECOND]])
        self.assertEqual(amounts(self.node.post(request_xml(1, 2, name="fixed")).body), [[THIRD] * 2])
        self.assertEqual(row(self.node, "fixed_amount.so")["failures"], 0)
        self.finds_what_valued(updates, held, {"1.0.0": first, "1.1.0": second, "2.0.0": third})

    def finds_what_valued(self, updates, held, files):
        """Name, version and hash of each, one after the other; each task once."""
        asked = 2 * (len(self.answers) + 1) + 1  # of the clients, the last one and the held one
        until(lambda: len(updates.seen) >= asked, "every task is told of")
        self.assertEqual(len(updates.seen), asked)
        self.assertEqual({u["status"] for u in updates.seen}, {"completed"})
        self.assertEqual(updates.seen[0]["executor"], "script")
        names = [f"fixed-amount {v} {hashlib.sha256(content).hexdigest()}" for v, content in files.items()]
        names.insert(0, updates.seen[0]["plugin"])
        used = [u.get("plugin", "") for u in updates.seen]
        self.assertEqual(list(dict.fromkeys(used)), names)
        self.assertEqual([u.get("plugin", "") for u in updates.seen if u["requestId"] == held], [names[2]])
        valued = [amount for _, groups in self.answers for group in groups for amount in group]
        counts = [valued.count(SCRIPT), valued.count(FIRST), valued.count(SECOND) + 1, valued.count(THIRD) + 2]
        self.assertEqual([used.count(name) for name in names], counts)
        print(f"\n{CLIENTS} clients; tasks by script and versions: {counts}")


if __name__ == "__main__":
    unittest.main()
