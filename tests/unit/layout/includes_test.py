#!/usr/bin/env python3
"""Holds the includes of server/, sdk/ and plugins/ against the rooms and their order (DESIGN.md's section 3; as built:
docs/architecture.md).

    includes_test.py SOURCE_DIR

Exits 1 and prints FILE:LINE: what, one a line, if an include breaks a rule. Before that it checks itself on a tree with one
sin for each rule.
"""
import pathlib
import re
import sys
import tempfile

# Room -> rooms it may include. Whoever is missing here has no room.
MAY_INCLUDE = {
    "core": set(),
    "domain": {"core"},
    "redis": {"core"},
    "execution": {"core", "domain"},
    "plugin_host": {"core", "execution"},
    "ctl": {"core", "execution"},
    "engine": {"core", "domain", "redis", "execution"},
    "http": {"core"},
    "api": {"core", "domain", "redis", "execution", "engine", "http"},
    "app": {"core", "domain", "redis", "execution", "engine", "http", "api"},
    "programs": {"core", "domain", "redis", "execution", "plugin_host", "engine", "http", "api", "app", "ctl"},
}
# The only header of core that domain may include: no Asio, no clock.
DOMAIN_MAY_INCLUDE_OF_CORE = {"core/error.hpp"}
SDK_USERS = {"execution", "plugin_host", "programs"}

# What is included from outside -> where it may be. First match decides.
OUTSIDE = [
    (re.compile(r"boost/property_tree/"), lambda f: f.startswith("server/app/settings")),
    (re.compile(r"CLI/"), lambda f: f.startswith("server/programs/")),
    (re.compile(r"boost/redis"), lambda f: f.startswith("server/redis/") or f == "server/core/boost.cpp"),
    (re.compile(r"boost/beast"), lambda f: f.startswith("server/http/") or f == "server/core/boost.cpp"),
    (re.compile(r"boost/asio"), lambda f: not f.startswith("server/domain/")),
    (re.compile(r"plugins/|\.\./"), lambda f: False),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
CLOCK = re.compile(r"_clock\s*::\s*now")
SOURCES = {".hpp", ".cpp", ".h", ".c"}


def judge(file, target, quoted):
    """What is wrong with this include, or None. file: path from the top, such as server/http/x.cpp."""
    for pattern, allowed in OUTSIDE:
        if pattern.match(target):
            return None if allowed(file) else f"may not include {target}"

    parts = file.split("/")
    if parts[0] == "plugins":
        if target.startswith("vn/") or target.split("/")[0] not in MAY_INCLUDE:
            return None
        return f"a plugin may include the SDK only, not {target}"
    if parts[0] == "sdk":
        if quoted and target.split("/")[0] in MAY_INCLUDE:
            return f"the SDK may not include {target} of the server"
        return None

    room = parts[1]
    if target.startswith("vn/"):
        return None if room in SDK_USERS else f"only {', '.join(sorted(SDK_USERS))} may include the SDK"
    if not quoted:
        return None
    other = target.split("/")[0]
    if other == room:
        return None
    if other not in MAY_INCLUDE:
        return f"{target}: write includes of the project from server/, as room/file.hpp"
    if other not in MAY_INCLUDE[room]:
        return f"{room} may not include {target}"
    if room == "domain" and other == "core" and target not in DOMAIN_MAY_INCLUDE_OF_CORE:
        return f"domain may not include {target}: of core only core/error.hpp"
    return None


def check(top):
    complaints = []
    for path in sorted(p for room in ("server", "sdk", "plugins") for p in (top / room).rglob("*")):
        file = path.relative_to(top).as_posix()
        if path.suffix not in SOURCES or not path.is_file():
            continue
        if file.startswith("server/") and file.split("/")[1] not in MAY_INCLUDE:
            complaints.append(f"{file}:1: {file.split('/')[1]} is not a room of server/")
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            include = INCLUDE.match(line)
            wrong = judge(file, include[2], include[1] == '"') if include else None
            if file.startswith("server/domain/") and CLOCK.search(line):
                wrong = "domain reads no clock"
            if wrong:
                complaints.append(f"{file}:{number}: {wrong}")
    return complaints


RIGHT = {
    "server/core/a.cpp": '#include "core/b.hpp"\n#include <boost/asio/post.hpp>\n',
    "server/core/boost.cpp": "#include <boost/beast/src.hpp>\n#include <boost/redis/src.hpp>\n",
    "server/domain/a.cpp": '#include "core/error.hpp"\n#include <pugixml.hpp>\n',
    "server/execution/a.cpp": '#include "domain/b.hpp"\n#include <vn/plugin.h>\n',
    "server/app/settings_file.cpp": "#include <boost/property_tree/info_parser.hpp>\n",
    "server/programs/vnserver.cpp": '#include "app/app.hpp"\n#include <CLI/CLI.hpp>\n',
    "plugins/x/x.cpp": "#include <vn/plugin.hpp>\n#include <cmath>\n",
}
WRONG = {
    "server/core/up.cpp": '#include "domain/b.hpp"\n',
    "server/domain/asio.cpp": "#include <boost/asio/post.hpp>\n",
    "server/domain/core.cpp": '#include "core/async.hpp"\n',
    "server/domain/clock.cpp": "auto t = std::chrono::system_clock::now();\n",
    "server/redis/aside.cpp": '#include "execution/b.hpp"\n',
    "server/execution/aside.cpp": '#include "redis/b.hpp"\n',
    "server/http/up.cpp": '#include "engine/b.hpp"\n',
    "server/engine/beast.cpp": "#include <boost/beast/http.hpp>\n",
    "server/engine/up.cpp": '  #  include "api/b.hpp"\n',
    "server/api/redis.cpp": "#include <boost/redis/connection.hpp>\n",
    "server/api/sdk.cpp": "#include <vn/plugin.h>\n",
    "server/api/tree.cpp": "#include <boost/property_tree/ptree.hpp>\n",
    "server/app/cli.cpp": "#include <CLI/CLI.hpp>\n",
    "server/app/plugin.cpp": '#include "plugins/x/x.hpp"\n',
    "server/app/beside.cpp": '#include "b.hpp"\n',
    "server/app/above.cpp": '#include "../api/b.hpp"\n',
    "server/shed/a.cpp": "\n",
    "sdk/include/vn/plugin.hpp": '#include "core/error.hpp"\n',
    "plugins/x/y.cpp": '#include "core/error.hpp"\n',
}


def check_itself():
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder)
        for file, text in {**RIGHT, **WRONG}.items():
            (top / file).parent.mkdir(parents=True, exist_ok=True)
            (top / file).write_text(text, encoding="utf-8")
        found = {complaint.split(":")[0] for complaint in check(top)}
    for file in sorted(found ^ set(WRONG)):
        print(f"this test judges {file} wrongly")
    return found == set(WRONG)


def main():
    if len(sys.argv) != 2 or not (pathlib.Path(sys.argv[1]) / "server").is_dir():
        sys.exit("usage: includes_test.py SOURCE_DIR")
    complaints = check(pathlib.Path(sys.argv[1]))
    print("\n".join(complaints) or "every include is where it may be")
    sys.exit(0 if check_itself() and not complaints else 1)


main()
