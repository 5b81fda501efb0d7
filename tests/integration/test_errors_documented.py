"""docs/errors.md has every code that the sources can give, and no other; and what it says of HTTP is what openapi.yaml
says. Needs no server."""

import re
import unittest

import openapi
import support

ROW = re.compile(r"^\| `([a-z0-9-]+)` \| ([^|]+) \| [^|]+ \| [^|]+ \|$")
WORD = r'"([a-z][a-z0-9-]*)"'

# How the sources say a code. Each finds something, or it is out of date.
DIRECT = [
    rf"\bcode = {WORD}",
    rf"\berror_reply\(\s*\d+, {WORD}",
    rf"\b(?:refusal|refusal \w+|return )\{{\d{{3}}, {WORD}",
    rf"\b(?:bad|stop)\({WORD},",
    rf"\bfailed\((?:\w+ \? {WORD} : )?{WORD},",
    rf"\bpark\([^;\"]*, {WORD}\)",
    r"\bpark\([^\n']*, '([a-z-]+)'\)",
]
CHOSEN = re.compile(r"\bcode = [\w.]+ == [^;]*\?[^;]*;")
KIND = re.compile(r"\bname_of\(attempt_failure::(\w+)\)")

# Between two parts of the server; nobody else sees them.
# The first becomes file-not-found; the others are told as warnings, or tried again.
INTERNAL = {"document-missing", "plugin-changing", "plugin-folder", "plugin-allow-list"}


def codes_in(text):
    found = set()
    for pattern in DIRECT:
        for groups in re.findall(pattern, text):
            found.update(filter(None, (groups,) if isinstance(groups, str) else groups))
    for statement in CHOSEN.findall(text):
        found.update(re.findall(rf"[?:]\s*{WORD}", statement))
    found.update(kind.replace("_", "-") for kind in KIND.findall(text))
    return found


def sources():
    return "\n".join(f.read_text() for f in sorted((support.SOURCE / "server").rglob("*"))
                     if f.suffix in (".cpp", ".hpp", ".lua"))


def table():
    """(code, where) of each row."""
    lines = (support.SOURCE / "docs" / "errors.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| `")]
    found = [ROW.match(row) for row in rows]
    assert all(found), [row for row, match in zip(rows, found) if not match]
    return [(match[1], match[2].split(", ")) for match in found]


class ErrorsDocumented(unittest.TestCase):
    maxDiff = None

    def test_table_has_what_the_sources_have(self):
        self.assertEqual(codes_in(sources()) - INTERNAL, {code for code, _ in table()})

    def test_every_pattern_is_in_use(self):
        text = sources()
        for pattern in (*DIRECT, CHOSEN, KIND):
            self.assertTrue(re.search(pattern, text), pattern)

    def test_table_is_in_order(self):
        codes = [code for code, _ in table()]
        self.assertEqual(codes, sorted(set(codes)))

    def test_places_are_known(self):
        for code, where in table():
            for place in where:
                self.assertRegex(place, r"^(HTTP [45]\d\d|failure|task|dead|log|plugins)$", code)

    def test_http_is_as_in_openapi(self):
        document = openapi.Document()
        responses = [(status, response) for method, path in document.operations()
                     for status, response in document.responses(method, path).items()]
        elsewhere = document.tree["components"]["responses"]
        responses += [(404, elsewhere["NotFound"]), (405, elsewhere["MethodNotAllowed"]),
                      (501, elsewhere["MethodNotImplemented"])]
        documented = {(code, f"HTTP {status}") for status, response in responses for code in document.codes(response)}
        self.assertEqual({(code, place) for code, where in table() for place in where if place.startswith("HTTP")},
                         documented)

    def test_finds_codes_however_they_are_written(self):
        text = """f.code = gate.code == "no-one"   ? "one-a"
                 : gate.code == "no-two" ? "one-b" : "one-c";
            return {.code = "two", .message = "m"}; error_reply(
                404, "three", ""); constexpr refusal x{431, "four", ""}; return {400, "five", m};
            bad("six", ""); failed(a ? "seven-a" : "seven-b", k); co_await park(e, 1, "eight");
            return park(entry, fields, 'nine'); name_of(attempt_failure::ten_x)"""
        self.assertEqual(codes_in(text), {"one-a", "one-b", "one-c", "two", "three", "four", "five", "six", "seven-a",
                                          "seven-b", "eight", "nine", "ten-x"})
