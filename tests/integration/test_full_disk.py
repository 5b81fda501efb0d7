"""The disk of the data folder is full: a small file system of its own, in a private mount namespace. Needs a machine that
allows such namespaces (`unshare -m`, for others than root `unshare -rm`)."""

import errno
import os
import pathlib
import signal
import subprocess
import unittest

import plugin_files
import support
from support import amounts, request_xml, until

DONE = [["7.00"] * 3] * 2
UNSHARE = "unshare -m" if os.getuid() == 0 else "unshare -rm"
MAY_MOUNT = subprocess.run(f"{UNSHARE} mount -t tmpfs none /mnt", shell=True, capture_output=True).returncode == 0


@unittest.skipUnless(MAY_MOUNT, "this machine allows no mount namespaces: nothing can be mounted here")
class FullDisk(support.Case):
    def setUp(self):
        self.gate = self.folder() / "open"
        self.addCleanup(self.gate.touch)

    def start(self, size="64m", inodes=10_000, **settings):
        """A server whose data folder is a file system of this size."""
        wrapper = self.folder() / "vnserver"
        wrapper.write_text(f"#!/bin/sh\nexec {UNSHARE} sh -c 'mount -t tmpfs -o size={size},nr_inodes={inodes} none "
                           f"\"$VN_DATA_DIR\" && exec {support.SERVER}'\n")
        wrapper.chmod(0o755)
        node = self.server(program=wrapper, **{"VNAS_SCRIPT": self.script(support.waits_for(self.gate)), **settings})
        self.disk = pathlib.Path(f"/proc/{node.process.pid}/root{node.data}")
        self.assertTrue(os.path.ismount(self.disk))
        return node

    def fill(self):
        with open(self.disk / "ballast", "ab", buffering=0) as ballast:
            for piece in (1 << 20, 4096, 1):
                while True:
                    try:
                        ballast.write(b"x" * piece)
                    except OSError as e:
                        self.assertEqual(e.errno, errno.ENOSPC)
                        break

    def clear(self):
        (self.disk / "ballast").unlink()

    def running(self, node):
        request = node.post(request_xml(2, 3), sync=False).json["requestId"]
        node.wait_status(request, "running")
        return request

    def test_the_embedded_redis_has_no_room(self):
        node = self.start()
        accepted = [self.running(node) for _ in range(3)]

        def full():
            self.fill()
            answer = node.post(request_xml(2, 3), sync=False)
            if answer.status == 202:
                accepted.append(answer.json["requestId"])
            return answer.status == 503 and answer
        for _ in range(2):
            refused = until(full, "nothing more is taken")
            self.assertEqual(refused.json["code"], "redis-unavailable")
            self.assertGreaterEqual(int(refused.headers["Retry-After"]), 1)
            until(lambda: "cannot write its data to disk" in node.get("/readyz").json.get("reason", ""), "it says why")
            self.assertEqual(node.get("/healthz").status, 200)
            self.assertEqual(node.status(accepted[0])["status"], "running")
            self.clear()
            until(lambda: node.get("/readyz").status == 200, "it is ready again")
            answer = node.post(request_xml(2, 3), sync=False)
            self.assertEqual(answer.status, 202)
            accepted.append(answer.json["requestId"])

        # Work ends while the disk is full: what is not stored yet waits.
        until(full, "nothing more is taken")
        self.gate.touch()
        until(lambda: "cannot write its data to disk" in node.get("/readyz").json.get("reason", ""), "it says why")
        self.clear()
        self.check(node, accepted)
        self.assertEqual(node.post(request_xml(2, 3)).status, 200)

        # It is on the disk, too.
        redis_server = next(p for p, name in support.children(node.process.pid) if name == "redis-server")
        os.kill(redis_server, signal.SIGKILL)
        until(lambda: node.get("/readyz").status == 503, "it notices")
        until(lambda: node.get("/readyz").status == 200, "it is ready again")
        self.check(node, accepted)

    def check(self, node, accepted):
        for request in accepted:
            node.wait_status(request, "succeeded")
            self.assertEqual(amounts(node.get(f"/valuation/{request}/results").body), DONE)

    def test_there_is_no_room_for_the_folders_of_scripts(self):
        store = self.redis()
        node = self.start(inodes=300, REDIS_URL=store.url, MAX_TASK_RETRIES=1)
        names = []
        with self.assertRaises(OSError) as full:
            for n in range(300):
                names.append(self.disk / str(n))
                names[-1].mkdir()
        self.assertEqual(full.exception.errno, errno.ENOSPC)
        self.gate.touch()
        request = self.running(node)
        until(lambda: node.log("scripts wait to be started"), "tasks wait")
        self.assertEqual(node.get("/readyz").status, 200)
        for name in names[:-1]:
            name.rmdir()
        self.check(node, [request])
        self.assertEqual({e["attempt"] for _, e in store.client.xrange("stream:task:updates")}, {"1"})

    def test_there_is_no_room_for_a_plugin(self):
        self.gate.touch()
        drop = self.folder() / "plugins"
        drop.mkdir()
        drop.chmod(0o755)
        node = self.start(REDIS_URL=self.redis().url, VN_PLUGIN_DIR=drop, VN_PLUGIN_RESCAN_MS=200)
        self.fill()
        file = drop / "sample.so"
        plugin_files.drop(drop, file.name, plugin_files.build())

        until(lambda: plugin_files.listed(node) == {file.name: "refused plugin-not-copied"}, "it says why")
        self.assertEqual(node.post(request_xml(2, 3)).status, 200)
        self.clear()
        until(lambda: "offered" in plugin_files.listed(node)[file.name], "it is looked at again")


if __name__ == "__main__":
    unittest.main()
