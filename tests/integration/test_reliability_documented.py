"""docs/reliability.md names tests: each of them is there. Needs no server."""

import re
import unittest

import support

NAMED = re.compile(r"`(\w+\.(?:py|cpp))(?:: (\w+))?`")


class ReliabilityDocumented(unittest.TestCase):
    def test_every_test_that_is_named_is_there(self):
        page = (support.SOURCE / "docs" / "reliability.md").read_text()
        files = {f.name: f for f in (support.SOURCE / "tests").rglob("*") if f.suffix in (".py", ".cpp")}
        named = NAMED.findall(page)
        self.assertGreater(len(named), 80)
        for file, test in named:
            with self.subTest(f"{file}: {test}"):
                self.assertIn(file, files)
                if test:
                    self.assertRegex(files[file].read_text(), rf"(def |CASE\(){test}\b")


if __name__ == "__main__":
    unittest.main()
