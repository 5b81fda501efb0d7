"""What cmake --install puts down works where it is put, and needs nothing of the build tree."""

import os
import re
import shutil
import subprocess
import unittest

import support
from plugin_files import build, drop, row
from support import amounts, children, request_xml, until


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=support.BOUND, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Install(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        staged = support.new_folder(cls.addClassCleanup)
        for component in ("server", "plugins", "sdk"):
            run("cmake", "--install", support.BUILD, "--component", component, "--prefix", staged / "first")
        # As an archive that is unpacked elsewhere.
        cls.prefix = staged / "opt"
        (staged / "first").rename(cls.prefix)

    def test_everything_is_in_place(self):
        files = {str(f.relative_to(self.prefix)) for f in self.prefix.rglob("*") if f.is_file()}
        programs = {f"bin/{name}" for name in ("vnserver", "vnctl", "vn-plugin-host", "vn-plugin-check")}
        shipped = {f"lib/vnserver/plugins/{f.name}" for f in (support.BUILD / "lib/vnserver/plugins").glob("*.so")}
        self.assertLessEqual({"lib/vnserver/plugins/functions.so", "lib/vnserver/plugins/bond.so"}, shipped)
        self.assertLessEqual(programs | shipped | {"etc/vnserver/vnserver.info", "share/vnserver/vnas.sh"}, files)
        for name in programs | {"share/vnserver/vnas.sh"}:
            self.assertTrue(os.access(self.prefix / name, os.X_OK), name)
        # By whom they are owned is the installer's business; that nobody else can write to them is ours (R34).
        for name in shipped:
            self.assertEqual((self.prefix / name).stat().st_mode & 0o022, 0, name)

    def test_no_program_looks_into_the_build_tree_for_libraries(self):
        for name in ("vnserver", "vnctl", "vn-plugin-host", "vn-plugin-check"):
            dynamic = run("readelf", "-d", self.prefix / "bin" / name)
            self.assertNotRegex(dynamic, r"R(UN)?PATH", name)

    def test_the_installed_server_uses_what_is_installed(self):
        dropped = self.folder()
        drop(dropped, "a.so", build(NAME="alpha", TASK="loan", AMOUNT="2.00"))
        node = self.server(program=self.prefix / "bin/vnserver", REDIS_URL=self.redis().url, VN_PLUGIN_DIR=dropped)
        until(lambda: row(node, "a.so"), "the plugin is offered")
        folders = {p["file"]: p["folder"] for p in node.get("/plugins").json["plugins"]}
        shipped = str(self.prefix / "lib/vnserver/plugins")
        self.assertEqual((folders["functions.so"], folders["bond.so"]), (shipped, shipped))
        self.assertEqual(amounts(node.post(request_xml(1, 1)).body), [["2.00"]])
        self.assertEqual(amounts(node.post(request_xml(1, 1, name="noop")).body), [["1"]])
        hosts = [pid for pid, name in children(node.process.pid) if name.startswith("vn-plugin-host")]
        self.assertEqual({os.readlink(f"/proc/{pid}/exe") for pid in hosts}, {str(self.prefix / "bin/vn-plugin-host")})
        # By the default: the script of the same folder.
        answer = node.post(request_xml(1, 1, name="other"))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertRegex(amounts(answer.body)[0][0], r"^[0-9]+\.[0-9]{2}$")
        self.assertEqual(node.stop(), 0)

    def test_the_installed_settings_are_read(self):
        own = shutil.copytree(self.prefix, self.folder() / "own")
        file = own / "etc/vnserver/vnserver.info"
        text = file.read_text()
        self.assertEqual(len(re.findall(r"^    hosts 2$", text, re.M)), 1)
        file.write_text(re.sub(r"^    hosts 2$", "    hosts 7", text, flags=re.M))
        clean = {"PATH": "/usr/bin:/bin", "HOME": str(own)}
        self.assertIn("\n    hosts 7\n", run(own / "bin/vnserver", "--print-config", env=clean))
        self.assertIn("\n    hosts 2\n", run(self.prefix / "bin/vnserver", "--print-config", env=clean))

    def test_the_installed_vnctl_calls_functions_without_a_server(self):
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder())}
        self.assertEqual(run(self.prefix / "bin/vnctl", "functions", "call", "add", "5", "7", env=env), "12\n")


if __name__ == "__main__":
    unittest.main()
