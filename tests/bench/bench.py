#!/usr/bin/python3
"""bench.py [--quick] WHAT...: runs benchmarks of the build named by VN_BUILD_DIR. docs/performance.md says what the figures
mean; report.py has the form of a line. --quick: no figure means anything, but all of it is tried."""
import argparse
import importlib

ALL = ["flow", "floor", "http", "script", "plugins", "documents", "scale", "events", "idle", "profile"]
MODULES = {"http": "calls", "script": "scripts", "plugins": "plugin_calls", "profile": "profiling"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="of each figure in a round")
    parser.add_argument("what", nargs="+", choices=ALL)
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 2, 0.05
    for what in options.what:
        importlib.import_module(MODULES.get(what, what)).run(options)


if __name__ == "__main__":
    main()
