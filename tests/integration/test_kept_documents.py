"""tasks.keep_documents: how long the documents of tasks stay in Redis."""

import unittest

import support
from support import request_xml, until


class KeptDocuments(support.Case):
    def setUp(self):
        self.store = self.redis()
        self.place = self.folder()
        self.addCleanup((self.place / "good").touch)

    def start(self, kept):
        """The second group waits for a word: good or bad."""
        script = f"""cat >/dev/null
[ $VN_GROUP_INDEX = 0 ] || until [ -e {self.place}/good ] || [ -e {self.place}/bad ]; do sleep 0.02; done
[ $VN_GROUP_INDEX = 0 ] || [ -e {self.place}/good ] || exit 65
echo 7
"""
        return self.server(REDIS_URL=self.store.url, VNAS_SCRIPT=self.script(script), VN_TASKS_KEEP_DOCUMENTS=kept)

    def documents(self, request):
        return sorted(key.removeprefix(f"cache:task:{request}:").removesuffix(":xml")
                      for key in self.store.client.scan_iter(f"cache:task:{request}:*:xml"))

    def in_second_group(self, node):
        request = node.post(request_xml(2, 2), sync=False).json["requestId"]
        until(lambda: self.store.client.hget(f"state:request:{request}", "currentGroup") == "1" and
              self.store.client.xpending("stream:task:dispatch", "task-workers")["pending"] == 2, "it runs")
        return request

    def ends(self, node):
        """What is kept while it runs, then after each of its three ends."""
        request = self.in_second_group(node)
        kept = [self.documents(request)]
        self.assertEqual(node.request("DELETE", f"/valuation/{request}").status, 200)
        until(lambda: self.store.client.xlen("stream:task:dispatch") == 0, "its tasks are gone")
        kept.append(self.documents(request))
        for word, status in (("bad", "failed"), ("good", "succeeded")):
            request = self.in_second_group(node)
            (self.place / word).touch()
            node.wait_status(request, status)
            until(lambda: self.store.client.xlen("stream:request:ingest") == 0, "it has ended")
            if self.second_look(request):
                until(lambda: not self.documents(request), "they go after the end")
            kept.append(self.documents(request))
            (self.place / word).unlink()
        self.assertEqual(support.without_bound(self.store.client), [])
        return kept

    def second_look(self, request):
        return self.store.client.hget(f"state:request:{request}", "taskDocuments") == "request"

    def test_until_the_task_ends(self):
        self.assertEqual(self.ends(self.start("task")), [["1:1", "1:2"], [], [], []])

    def test_until_the_request_ends(self):
        self.assertEqual(self.ends(self.start("request")), [["0:1", "0:2", "1:1", "1:2"], [], [], []])

    def test_until_their_time_is_over(self):
        every = ["0:1", "0:2", "1:1", "1:2"]
        # Tasks that were cancelled must not be found by a worker.
        self.assertEqual(self.ends(self.start("ttl")), [every, ["0:1", "0:2"], every, every])


if __name__ == "__main__":
    unittest.main()
