#!/usr/bin/env python3
"""Runs every case of the corpus through vn-conformance and compares, messages included.

    run.py VN_CONFORMANCE OUT_FOLDER [CASE...]

A case may name "plugins" in its case.json, of those that are built beside the program. Each case runs twice: as it is,
and with all that may be kept as text instead of as a tree kept so, which must make no difference to a byte.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def files(folder):
    return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    program, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    cases = sys.argv[3:] or sorted(c.parent.name for c in HERE.glob("*/case.json"))
    failed = []
    for case in cases:
        got, folded = out / case, out / f"{case}.folded"
        plugins = [word for name in json.loads((HERE / case / "case.json").read_text()).get("plugins", [])
                   for word in ("--plugin", program.parent.parent / "lib/vnserver/plugins" / f"{name}.so")]
        runs = []
        for folder, options in [(got, []), (folded, ["--folded"])]:
            shutil.rmtree(folder, ignore_errors=True)
            runs.append(subprocess.run([program, *plugins, *options, HERE / case, folder], capture_output=True,
                                       text=True, timeout=120))
        if wrong := [run for run in runs if run.returncode != 0]:
            failed.append(case)
            print(f"{case}: exit status {wrong[0].returncode}: {wrong[0].stderr.strip()}")
            continue
        if files(got) != files(folded):
            failed.append(case)
            print(f"{case}: kept as text it comes out otherwise: {folded}")
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
