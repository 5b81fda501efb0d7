"""The command line: settings are checked all at once, and the exit code says what was wrong."""

import os
import re
import subprocess
import unittest

import support
from support import BY_THE_RULE, request_xml

USAGE, CONFIG = 2, 78


class Settings(support.Case):
    def run_server(self, *arguments, **environment):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder()), **environment}
        return subprocess.run([str(support.SERVER), *arguments], env=env, capture_output=True, text=True,
                              timeout=support.BOUND)

    def file(self, text):
        path = self.folder() / "vnserver.info"
        path.write_text(text)
        return path

    def test_version_and_help(self):
        version = self.run_server("--version")
        self.assertEqual(version.returncode, 0)
        self.assertRegex(version.stdout, r"^vnserver \d+\.\d+\.\d+")
        help_text = self.run_server("--help")
        self.assertEqual(help_text.returncode, 0)
        for option in ("--config", "--check-config", "--print-config", "--version"):
            self.assertIn(option, help_text.stdout)

    def test_unknown_options_are_bad_usage(self):
        for arguments in (["--nonsense"], ["extra"], ["--config"]):
            self.assertEqual(self.run_server(*arguments).returncode, USAGE, arguments)

    def test_the_shipped_file_is_right_and_what_is_printed_can_be_read_again(self):
        shipped = self.run_server("--check-config", "--config", str(support.SOURCE / "etc" / "vnserver.info"))
        self.assertEqual((shipped.returncode, shipped.stderr), (0, ""))
        printed = self.run_server("--print-config", "--config", str(self.file("tasks\n{\n    max_running 3\n}\n")))
        self.assertEqual((printed.returncode, printed.stderr), (0, ""))
        again = self.run_server("--print-config", "--config", str(self.file(printed.stdout)))
        self.assertEqual(again.stdout, printed.stdout)

    def test_all_mistakes_are_told_at_once_with_file_and_key(self):
        path = self.file("http\n{\n    port 99999\n    colour red\n}\ntasks\n{\n    max_running many\n}\nnothing 1\n"
                         "log\n{\n    level shouting\n}\n")
        told = self.run_server("--check-config", "--config", str(path), PAYLOAD_MAX_BYTES="lots",
                               VN_ROLES="api,king", HTTP_ADDRESS="not an address")
        self.assertEqual(told.returncode, CONFIG)
        for wanted in ("http.port", "http.colour", "tasks.max_running", "nothing", "log.level", "PAYLOAD_MAX_BYTES",
                       "VN_ROLES", "HTTP_ADDRESS"):
            self.assertIn(wanted, told.stderr)
        self.assertEqual(len(re.findall(re.escape(str(path)) + r":\d+", told.stderr)), 5, told.stderr)
        started = self.run_server("--config", str(path))
        self.assertEqual(started.returncode, CONFIG)

    def test_a_file_that_is_missing_or_no_settings_file(self):
        self.assertEqual(self.run_server("--config", "/nowhere/x.info").returncode, CONFIG)
        for text in ("http {", "}", "http\n{\n port 1\n port 2\n}\n", "#include \"/etc/passwd\"\n", "data_dir a b\n"):
            with self.subTest(text):
                told = self.run_server("--check-config", "--config", str(self.file(text)))
                self.assertEqual(told.returncode, CONFIG)
                self.assertNotIn("root:", told.stderr)

    def test_the_environment_goes_before_the_file(self):
        path = self.file("tasks\n{\n    max_running 3\n    max_attempts 2\n}\n")
        printed = self.run_server("--print-config", "--config", str(path), VN_TASKS_MAX_RUNNING="5").stdout
        self.assertRegex(printed, r"(?m)^ *max_running 5$")
        self.assertRegex(printed, r"(?m)^ *max_attempts 2$")

    def test_passwords_are_not_shown(self):
        printed = self.run_server("--print-config", REDIS_URL="redis://ann:s3cret@localhost:1/0")
        self.assertEqual(printed.returncode, 0)
        self.assertNotIn("s3cret", printed.stdout + printed.stderr)
        told = self.run_server("--check-config", REDIS_URL="redis://ann:s3cret@localhost:port/0")
        self.assertNotIn("s3cret", told.stdout + told.stderr)

    def test_a_file_with_roles_and_limits_is_obeyed(self):
        store = self.redis()
        path = self.file(f"redis\n{{\n    url \"{store.url}\"\n}}\nhttp\n{{\n    port 0\n}}\n"
                         "requests\n{\n    payload_max_bytes 1kb\n}\n")
        node = self.server(config=path, VNAS_SCRIPT=self.script(BY_THE_RULE))
        self.assertEqual(node.post(request_xml(1, 1)).status, 200)
        self.assertEqual(node.post(request_xml(4, 9)).status, 413)

    def test_a_password_comes_from_a_file(self):
        store = self.redis()
        store.client.config_set("requirepass", "s3cret")
        secret = self.folder() / "password"
        secret.write_text("s3cret\n")
        node = self.server(REDIS_URL=store.url, VN_REDIS_PASSWORD_FILE=secret, VNAS_SCRIPT=self.script(BY_THE_RULE))
        self.assertEqual(node.post(request_xml(1, 1)).status, 200)
        self.assertNotIn("s3cret", "\n".join(node.lines))

    def test_a_port_that_is_taken_ends_the_start(self):
        node = self.server(REDIS_URL=self.redis().url)
        second = self.run_server(HTTP_PORT=str(node.port), REDIS_URL="redis://127.0.0.1:1", VN_DATA_DIR=node.data)
        self.assertEqual(second.returncode, 1)
        self.assertIn(str(node.port), second.stderr)


if __name__ == "__main__":
    unittest.main()
