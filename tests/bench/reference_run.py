#!/usr/bin/env python3
"""reference_run.py REQUEST_XML SECONDS: the reference semantics on one request again and again, for so long at least.
Prints one JSON object: seconds of the fastest run, and the peak of memory."""
import json
import pathlib
import resource
import sys
import time

import reference_hydration

sys.setrecursionlimit(10_000)
folder = pathlib.Path(sys.argv[1]).parent
until = time.monotonic() + float(sys.argv[2])
best = float("inf")
while best == float("inf") or time.monotonic() < until:
    begin = time.monotonic()
    reference_hydration.run(folder, lambda name, data: None)
    best = min(best, time.monotonic() - begin)
print(json.dumps({"seconds": best, "peakKilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
