"""Every case of the conformance corpus through the running server: over HTTP, Redis and scripts that value by its rule.
Task documents, responses and messages are what the corpus expects."""

import importlib.util
import shutil
import unittest

import support

spec = importlib.util.spec_from_file_location("compare", support.CASES / "compare.py")
compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare)


class Corpus(support.Case):
    @classmethod
    def setUpClass(cls):
        cls.seen = support.new_folder(cls.addClassCleanup)
        cls.root = support.new_folder(cls.addClassCleanup)
        cls.store = support.Redis()
        cls.addClassCleanup(cls.store.close)
        keep = f"d={cls.seen}/$VN_REQUEST_ID/tasks; mkdir -p $d; cat >$d/$VN_GROUP_INDEX-$VN_TASK_ID.xml; "
        script = support.write_script(keep + support.BY_THE_RULE.removeprefix("cat >/dev/null; "), cls.addClassCleanup)
        cls.node = support.Server(REDIS_URL=cls.store.url, VNAS_SCRIPT=script, VN_FILES_ROOTS=cls.root)
        cls.addClassCleanup(cls.node.close)

    def setUp(self):
        self.addCleanup(self.show_log, self.node)

    def run_case(self, case):
        shutil.rmtree(self.root / "files", ignore_errors=True)
        if (case / "files").is_dir():
            shutil.copytree(case / "files", self.root / "files")
        answer = self.node.post((case / "request.xml").read_bytes())
        if answer.status == 400:
            got, message = support.new_folder(self.addCleanup), answer.json["message"]
        else:
            got = self.seen / answer.headers["Location"].split("/")[2]
            got.mkdir(exist_ok=True)
            message = answer.json["detail"]["error"] if answer.status != 200 else None
        if message is None:
            (got / "response.xml").write_bytes(answer.body)
        else:
            (got / "error.txt").write_text(message)
        self.assertEqual(compare.compare_tree(case / "expected", got, messages=True), [])
        return answer

    def test_shipped_requests(self):
        for name in ("shipped-request", "shipped-request3"):
            with self.subTest(name):
                self.assertEqual(self.run_case(support.CASES / name).status, 200)

    def test_every_case(self):
        cases = sorted(c.parent for c in support.CASES.glob("*/case.json"))
        self.assertGreater(len(cases), 50)
        for case in cases:
            with self.subTest(case.name):
                answer = self.run_case(case)
                rejected = (case / "expected" / "error.txt").exists()
                self.assertIn(answer.status, (400, 500) if rejected else (200,))
                if answer.status == 500:
                    self.assertEqual(self.node.status(answer.json["requestId"])["status"], "failed")


if __name__ == "__main__":
    unittest.main()
