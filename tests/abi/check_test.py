#!/usr/bin/env python3
"""vn-plugin-check on one plugin.

usage: check_test.py VN_PLUGIN_CHECK PLUGIN [TRIAL TEXT]

Without TRIAL nothing may be found. With it a problem has to be found in that trial whose text matches TEXT.
"""
import json
import re
import subprocess
import sys

program, plugin, *wanted = sys.argv[1:]
done = subprocess.run([program, "--json", "--timeout", "8" if wanted else "30", "--grace", "2", "--memory", "400", plugin],
                      capture_output=True, text=True, timeout=120)
print(done.stdout, done.stderr)
found = json.loads(done.stdout)
assert done.returncode == (1 if found["problems"] else 0), done.returncode
if wanted:
    trial, text = wanted
    assert any(p["trial"] == trial and re.search(text, p["text"]) for p in found["problems"]), found["problems"]
else:
    assert not found["problems"], found["problems"]
    assert found["offers"] and found["trials"][-1] == "repetition", found
