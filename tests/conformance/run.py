#!/usr/bin/env python3
"""Runs every case of the corpus through vn-conformance and compares, messages included.

    run.py VN_CONFORMANCE OUT_FOLDER [CASE...]

A case may name "plugins" in its case.json, of those that are built beside the program.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    program, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    cases = sys.argv[3:] or sorted(c.parent.name for c in HERE.glob("*/case.json"))
    failed = []
    for case in cases:
        got = out / case
        shutil.rmtree(got, ignore_errors=True)
        plugins = [word for name in json.loads((HERE / case / "case.json").read_text()).get("plugins", [])
                   for word in ("--plugin", program.parent.parent / "lib/vnserver/plugins" / f"{name}.so")]
        run = subprocess.run([program, *plugins, HERE / case, got], capture_output=True, text=True, timeout=120)
        if run.returncode != 0:
            failed.append(case)
            print(f"{case}: exit status {run.returncode}: {run.stderr.strip()}")
            continue
        compared = subprocess.run(
            [sys.executable, HERE / "compare.py", "--tree-messages", HERE / case / "expected", got],
            capture_output=True,
            text=True,
            timeout=120,
        )
        if compared.returncode != 0:
            failed.append(case)
            print(f"{case}: {compared.stdout.strip()}{compared.stderr.strip()}")
    print(f"{len(cases) - len(failed)} of {len(cases)} cases pass")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
