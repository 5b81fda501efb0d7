"""Programs of other people, written from the Redis contract alone: a worker and a submitter."""

import threading

import redis

from support import until

INGEST, DISPATCH, UPDATES = "stream:request:ingest", "stream:task:dispatch", "stream:task:updates"


def submit(client, request, body, payload=True, **fields):
    """Id of the entry. The payload can also come later."""
    key = f"cache:request:{request}:xml"
    if payload:
        client.set(key, body)
    return client.xadd(INGEST, {"requestId": request, "xmlKey": key,
                                "responseKey": f"cache:request:{request}:response", **fields})


class Worker:
    """Reads the dispatch stream and does with each entry what `do` says: do(worker, entry id, fields)."""

    def __init__(self, store, do, name="worker-7"):
        self.client = redis.Redis(unix_socket_path=store.socket, decode_responses=True)
        self.do, self.name, self.seen, self.problem = do, name, [], None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.stopping.is_set():
                for _, entries in self.client.xreadgroup("task-workers", self.name, {DISPATCH: ">"}, count=5, block=50):
                    for entry, fields in entries:
                        self.seen.append(fields)
                        self.do(self, entry, fields)
        except redis.RedisError as e:
            self.problem = e

    def close(self):
        self.stopping.set()
        self.thread.join()
        self.client.close()
        if self.problem:
            raise self.problem

    def acknowledge(self, entry):
        self.client.xack(DISPATCH, "task-workers", entry)

    def tell(self, fields, status, **more):
        names = ("requestId", "groupIdx", "groupName", "taskId", "resultKey", "attempt")
        self.client.xadd(UPDATES, {**{n: fields[n] for n in names}, "status": status, **more})


def values(worker, entry, fields):
    """The whole document with another amount, as external workers do: no TTL, nothing deleted."""
    document = worker.client.get(fields["payloadKey"])
    worker.client.set(fields["resultKey"], document.replace("<amount>1</amount>", "<amount>42.00</amount>"))
    worker.tell(fields, "completed")
    worker.acknowledge(entry)


def fails(worker, entry, fields):
    words = f"cache:request:{fields['requestId']}:failure", "in words of its own"
    # After the last one the server writes the failure, and this would come before or after it.
    if fields["attempt"] == "3":
        worker.client.set(*words)
    worker.tell(fields, "failed", result="the curve is missing")
    if fields["attempt"] != "3":
        worker.client.set(*words)
    worker.acknowledge(entry)


def acknowledges_and_forgets(worker, entry, fields):
    worker.acknowledge(entry)


def nothing_read(store):
    """True when no entry of the dispatch stream waits for anyone."""
    return store.client.xlen(DISPATCH) == 0


def wait_for_group(store, stream, group):
    def there():
        try:
            return any(g["name"] == group for g in store.client.xinfo_groups(stream))
        except redis.ResponseError:
            return False
    until(there, f"{group} is there")
