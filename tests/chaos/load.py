"""Clients, and the history of what they were told."""

import http.client
import random
import threading
import time

import cluster
from book import Request
from support import amounts

PATIENCE = 240  # seconds for one request, whatever happens meanwhile
WAITS = (0,) * 30 + (0.1,) * 15 + (0.5,) * 15 + (4,)  # seconds that a task takes; the last is longer than a lease
PRIORITIES = ("high", "normal", "normal", "low")
CANCELS = 0.01  # of the looks at a request that runs


class Call:
    """One request of a client, with everything that it was told about it."""

    def __init__(self, key, book, is_idempotent):
        self.key, self.book, self.is_idempotent = key, book, is_idempotent
        self.ids, self.answers, self.wrong = set(), [], []
        self.began, self.ended = time.monotonic(), None
        self.failure = None  # what it was told about a failure
        self.asked_to_cancel, self.is_cancelled = False, False

    def told(self, what):
        self.answers.append((round(time.monotonic() - self.began, 2), what))


class Client:
    """Sends one request after the other, the way a careful program does: again under the same key when it does not
    know. Some it cancels."""

    def __init__(self, name, seed, servers, stop):
        self.name, self.servers, self.stop = name, servers, stop
        self.random = random.Random(f"{seed}/{name}")
        self.calls = []
        self.problem = None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        try:
            n = 0
            while not self.stop.is_set():
                n += 1
                r = self.random
                shape = [[(r.choice(("plain", "plain", "framed")), r.randrange(1_000_000), r.choice(WAITS))
                          for _ in range(r.choice((1, 2, 3, 4, 5, 30)))] for _ in range(r.randint(1, 3))]
                book = Request(shape, fails=r.choice((0, 0, 0, 1)), note="n" * r.choice((0, 0, 0, 2000)))
                call = Call(f"{self.name}-{n}", book, r.random() < 0.8)
                self.calls.append(call)
                self.one(call, sync=r.random() < 0.5)
                call.ended = time.monotonic()
        except Exception as e:  # the run has to say so; in a thread nobody would see it
            self.problem = e

    def api(self):
        return self.servers[self.random.choice(cluster.APIS)]

    def one(self, call, sync):
        headers = {"X-Chaos": call.key, "VN-Priority": self.random.choice(PRIORITIES)}
        if call.is_idempotent:
            headers["Idempotency-Key"] = call.key
        limit = call.began + PATIENCE
        pause = threading.Event()
        while time.monotonic() < limit:
            try:
                answer = self.api().post(call.book.xml(), sync=sync, headers=headers, timeout=10)
            except (OSError, http.client.HTTPException) as e:
                call.told(type(e).__name__)
                answer = None
            if answer is not None and self.judge(call, answer):
                break
            if not call.is_idempotent and not call.ids:
                return  # not to be known by this client; the end of the run looks at it
            pause.wait(0.1)
        while time.monotonic() < limit:
            if not sync and self.random.random() < CANCELS:
                self.cancel(call)
            if self.has_result(call):
                return
            pause.wait(0.05)
        call.wrong.append(f"{call.key} has not ended within {PATIENCE} s: {call.answers[-20:]}")

    def judge(self, call, answer):
        """Whether the request was taken in."""
        request = answer.json.get("requestId") if answer.status != 200 else answer.headers["Location"].split("/")[2]
        word = None if answer.status == 200 else answer.json.get("code") or answer.json.get("status")
        call.told((answer.status, word))
        if answer.status == 503:
            return False
        if answer.status == 409 and call.asked_to_cancel:
            return True
        if answer.status not in (200, 202, 500) or not request:
            call.wrong.append(f"{call.key} was answered {answer.status} {answer.text[:500]}")
            return False
        call.ids.add(request)
        if answer.status == 200 and amounts(answer.body) != call.book.expected():
            call.wrong.append(f"{call.key} got {amounts(answer.body)}, not {call.book.expected()}")
        return True

    def cancel(self, call):
        call.asked_to_cancel = True
        try:
            answer = self.api().request("DELETE", f"/valuation/{next(iter(call.ids))}")
        except (OSError, http.client.HTTPException) as e:
            return call.told(f"cancel: {type(e).__name__}")
        call.told(("cancel", answer.status))
        if answer.status == 200:
            call.is_cancelled = True
        elif answer.status not in (409, 503):
            call.wrong.append(f"{call.key}: its cancel was answered {answer.status} {answer.text[:500]}")

    def has_result(self, call):
        try:
            answer = self.api().get(f"/valuation/{next(iter(call.ids))}/results")
        except (OSError, http.client.HTTPException):
            return False
        if answer.status == 503 or answer.status == 404 and answer.json["code"] == "result-not-available":
            return False
        call.told(answer.status)
        if answer.status == 409 and answer.json["code"] == "request-cancelled" and call.asked_to_cancel:
            call.is_cancelled = True
        elif answer.status == 422:
            call.failure = answer.text
        elif answer.status != 200:
            call.wrong.append(f"{call.key}: results were answered {answer.status} {answer.text[:500]}")
        elif amounts(answer.body) != call.book.expected():
            call.wrong.append(f"{call.key} got {amounts(answer.body)}, not {call.book.expected()}")
        return True
