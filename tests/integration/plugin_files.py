"""Plugin files for the black-box tests, compiled from sample_plugin.c."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import support

SAMPLE = pathlib.Path(__file__).with_name("sample_plugin.c")
VNCTL = support.BUILD / "bin" / "vnctl"
_built = {}


def build(add_cleanup=None, libraries=(), **choices):
    """The bytes of a plugin with these choices; True is a choice without a value."""
    key = (tuple(libraries), tuple(sorted(choices.items())))
    if key not in _built:
        folder = tempfile.mkdtemp(prefix="vn-plugin-")
        try:
            out = os.path.join(folder, "plugin.so")
            defines = [f"-D{k}" if v is True else f'-D{k}={v}' if isinstance(v, int) else f'-D{k}="{v}"'
                       for k, v in choices.items()]
            subprocess.run(["clang-19", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{support.SOURCE}/sdk/include",
                            *defines, "-o", out, str(SAMPLE), *libraries], check=True, capture_output=True)
            _built[key] = pathlib.Path(out).read_bytes()
        finally:
            shutil.rmtree(folder)
    return _built[key]


def drop(folder, name, content, mode=0o644):
    """As installing does: under another name first, then renamed."""
    part = folder / f".{name}.part"
    part.write_bytes(content)
    part.chmod(mode)
    part.rename(folder / name)


def listed(server):
    """State by file name: 'offered 1.0', 'refused plugin-incomplete', several with commas between. Not of those that
    come with the server."""
    found = {}
    for p in server.get("/plugins").json["plugins"]:
        if p["folder"] == str(support.BUILD / "lib" / "vnserver" / "plugins"):
            continue
        state = f"{p['state']} {p['code'] if p['state'] == 'refused' else p['version']}"
        found[p["file"]] = f"{found[p['file']]}, {state}" if p["file"] in found else state
    return found


def row(server, file, state="offered"):
    return next(p for p in server.get("/plugins").json["plugins"] if p["file"] == file and p["state"] == state)
