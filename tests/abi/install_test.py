#!/usr/bin/env python3
"""The SDK, installed, is all that an author needs: the template builds against it, with CMake and with pkg-config, by
every compiler there is, and vn-plugin-check finds nothing in what comes out.

usage: install_test.py BUILD_DIR
"""
import os
import pathlib
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

        package = next(prefix.rglob("vnserver-sdk.pc"))
        text = package.read_text()
        configured = next(line for line in text.splitlines() if line.startswith("prefix="))
        package.write_text(text.replace(configured, f"prefix={prefix}"))
        if shutil.which("pkg-config"):
            environment = dict(os.environ, PKG_CONFIG_PATH=str(package.parent))
            cflags = run("pkg-config", "--cflags", "vnserver-sdk", env=environment).split()
            libs = run("pkg-config", "--libs", "vnserver-sdk", env=environment).split()
        else:  # what pkg-config would say
            fields = dict(line.split("=", 1) for line in package.read_text().splitlines() if "=" in line.split(" ")[0])
            expand = lambda line: line.replace("${plugin_map}", fields["plugin_map"]).replace(
                "${includedir}", fields["includedir"]).replace("${prefix}", str(prefix)).split()[1:]
            lines = package.read_text().splitlines()
            cflags = expand(next(line for line in lines if line.startswith("Cflags:")))
            libs = expand(next(line for line in lines if line.startswith("Libs:")))
        plugin = folder / "by-hand.so"
        run(compilers[0][0], *cflags, "-o", plugin, folder / "template/fixed_amount_c.c", *libs)
        assert exports(plugin) == ["vn_plugin_entry"], exports(plugin)
        run(check, "--list", plugin)
    print(f"built by {len(compilers)} compilers and by hand")


main()
