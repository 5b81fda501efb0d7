"""Clients that go on submitting while something happens, and remember what they were told."""

import threading

from support import BOUND, amounts, request_xml, until

GROUPS, TASKS = 2, 3
RIGHT = [[f"{100 * (g + 1) + t + 1}.00" for t in range(TASKS)] for g in range(GROUPS)]


class SteadyLoad:
    """One client that submits and goes, one that waits for the answer. Whatever they are told has to be documented: a
    202 or the right response, or a 503 that says when to come again."""

    def __init__(self, node):
        self.node = node
        self.accepted, self.uncertain, self.refused, self.wrong = [], [], [], []
        self.answered = 0
        self.lost = 0
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(sync,), daemon=True) for sync in (False, True)]
        for thread in self.threads:
            thread.start()

    def run(self, sync):
        while not self.ended.is_set():
            try:
                self.take(self.node.post(request_xml(GROUPS, TASKS), sync=sync, timeout=BOUND))
            except Exception as e:  # a hung or cut call is a finding, not the end of the client
                self.wrong.append(repr(e))
            self.ended.wait(0.1)

    def take(self, answer):
        if answer.status == 202:
            self.accepted.append(answer.json["requestId"])
        elif answer.status == 200:
            if amounts(answer.body) != RIGHT:
                self.wrong.append(answer.text)
            self.answered += 1
        elif answer.status == 503 and int(answer.headers["Retry-After"]) >= 1:
            self.refused.append(answer.json["code"])
            if answer.json["code"] == "submission-uncertain":
                self.uncertain.append(answer.json["requestId"])
        else:
            self.wrong.append((answer.status, answer.text))

    def count(self):
        return len(self.accepted) + self.answered

    def goes_on(self, by=3):
        """New requests are taken, and answered."""
        before, answered = self.count(), self.answered
        until(lambda: self.wrong or self.count() >= before + by and self.answered > answered, "new requests pass")

    def is_refused(self, times=1):
        before = len(self.refused)
        until(lambda: self.wrong or len(self.refused) >= before + times, "new requests are refused")

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def check(self, test, may_lose=False):
        """Every request that was taken has ended right; where Redis may lose some, those are not known any more."""
        self.stop()
        test.assertEqual(self.wrong, [])
        for request in self.accepted:
            self.lost += not self.ended_right(test, request, may_lose)
        for request in self.uncertain:
            self.ended_right(test, request, True)

    def ended_right(self, test, request, may_be_unknown):
        def ended():
            answer = self.node.get(f"/valuation/{request}/status")
            return (answer.status == 404 and may_be_unknown or
                    answer.status == 200 and answer.json["status"] in ("succeeded", "failed")) and answer
        answer = until(ended, f"{request} ends")
        if answer.status == 404:
            return False

        def told():
            results = self.node.get(f"/valuation/{request}/results")
            return results.status != 503 and results
        results = until(told, f"{request} gives its results")
        test.assertEqual((answer.json["status"], results.status), ("succeeded", 200), results.text)
        test.assertEqual(amounts(results.body), RIGHT)
        return True
