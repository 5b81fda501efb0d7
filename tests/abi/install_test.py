#!/usr/bin/env python3
"""The SDK, installed, is all that an author needs: the template builds against it, with CMake and with pkg-config, by
every compiler there is, and vn-plugin-check finds nothing in what comes out.

usage: install_test.py BUILD_DIR
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def exports(plugin):
    return [line.split()[-1].split("@")[0] for line in run("nm", "-D", "--defined-only", plugin).splitlines()]


def field(package, name):
    """One field of a pkg-config file, its variables replaced."""
    text = package.read_text().replace("${pcfiledir}", str(package.parent))
    for key, value in reversed(re.findall(r"^(\w+)=(.*)$", text, re.M)):  # each refers to earlier ones only
        text = text.replace("${" + key + "}", value)
    return re.search(rf"^{name}: (.*)$", text, re.M).group(1)


def main():
    build = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        prefix = folder / "prefix"
        run("cmake", "--install", build, "--component", "sdk", "--prefix", prefix)
        check = prefix / "bin/vn-plugin-check"
        # Copied away from the SDK, as an author would do.
        shutil.copytree(prefix / "share/vnserver-sdk/template", folder / "template")

        compilers = [pair for pair in (("clang-19", "clang++-19"), ("gcc", "g++")) if shutil.which(pair[1])]
        assert compilers, "no compiler"
        for c, cpp in compilers:
            out = folder / ("build-" + c)
            run("cmake", "-S", folder / "template", "-B", out, f"-DCMAKE_PREFIX_PATH={prefix}",
                f"-DCMAKE_C_COMPILER={c}", f"-DCMAKE_CXX_COMPILER={cpp}", "-DCMAKE_BUILD_TYPE=Release",
                "-DCMAKE_C_FLAGS=-Wall -Wextra -Wpedantic -Werror", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Werror")
            run("cmake", "--build", out)
            plugins = sorted(out.glob("*.so"))
            assert len(plugins) == 3, plugins
            for plugin in plugins:
                assert exports(plugin) == ["vn_plugin_entry"], (plugin, exports(plugin))
            run("ctest", "--test-dir", out, "--output-on-failure", "--no-tests=error")

        # Without pkg-config, its two fields are read as it would.
        package = next(prefix.rglob("vnserver-sdk.pc"))
        if shutil.which("pkg-config"):
            environment = dict(os.environ, PKG_CONFIG_PATH=str(package.parent))
            cflags, libs = (run("pkg-config", what, "vnserver-sdk", env=environment).split()
                            for what in ("--cflags", "--libs"))
        else:
            cflags, libs = (field(package, name).split() for name in ("Cflags", "Libs"))
        plugin = folder / "by-hand.so"
        run(compilers[0][0], *cflags, "-o", plugin, folder / "template/fixed_amount_c.c", *libs)
        assert exports(plugin) == ["vn_plugin_entry"], exports(plugin)
        run(check, "--list", plugin)
    print(f"built by {len(compilers)} compilers and by hand")


main()
