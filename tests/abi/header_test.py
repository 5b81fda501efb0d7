#!/usr/bin/env python3
"""Every header of the SDK compiles alone, in every language and standard it promises, without a warning.

usage: header_test.py SDK_INCLUDE_DIR
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

WARNINGS = "-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror".split()
C = ["c11", "c17"]
CPP = ["c++11", "c++14", "c++17", "c++20"]
COMPILERS = [("clang-19", "clang++-19"), ("clang", "clang++"), ("gcc", "g++")]


def main():
    include = pathlib.Path(sys.argv[1])
    tried, bad = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for c, cpp in COMPILERS:
            jobs = []
            if shutil.which(c):
                jobs += [(c, s, "plugin.h", ".c") for s in C]
            if shutil.which(cpp):
                jobs += [(cpp, s, "plugin.h", ".cpp") for s in CPP]
                # error.hpp is in plugin.hpp and so on: each alone, once, in the oldest standard
                for header in sorted(p.relative_to(include / "vn") for p in (include / "vn").rglob("*.hpp")):
                    jobs.append((cpp, "c++17", header, ".cpp"))
                jobs.append((cpp, "c++20", "plugin.hpp", ".cpp"))
            for compiler, standard, header, suffix in jobs:
                source = pathlib.Path(folder) / ("one" + suffix)
                source.write_text(f"#include <vn/{header}>\n#include <vn/{header}>\nint main(void) {{ return 0; }}\n")
                done = subprocess.run([compiler, "-std=" + standard, *WARNINGS, "-I", include, "-fsyntax-only", source],
                                      capture_output=True, text=True)
                tried += 1
                if done.returncode != 0:
                    bad.append(f"{compiler} -std={standard} {header}\n{done.stderr}")
    print(f"{tried} compilations, {len(bad)} failed")
    print("\n".join(bad))
    return 1 if bad or tried < 7 else 0


sys.exit(main())
