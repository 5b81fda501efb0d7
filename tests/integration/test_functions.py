"""Hydration functions and fetchers of plugins, inside of real requests: those that are shipped, those that are dropped
in while the server runs, those that fail."""

import re
import unittest
from xml.etree import ElementTree

import support
from plugin_files import build, drop, listed
from support import until


def request(valuation, before=""):
    return (f"<vnml xmlns:vn='urn:vnserver:1'><project>{before}<market name='M'><rate>0.035</rate><day>2026-01-31</day>"
            f"</market><group name='G'>{valuation}</group></project></vnml>")


def valuation(content="", use=""):
    return (f"<valuation name='v'{f' use={chr(34)}{use}{chr(34)}' if use else ''}>{content}"
            "<analytics><price><amount>1</amount></price></analytics></valuation>")


class Functions(support.Case):
    """Each test has a drop folder of its own, beside the plugins that are shipped."""

    def setUp(self):
        super().setUp()
        self.plugins = self.folder()
        self.node = self.server(REDIS_URL=self.redis().url, VNAS_SCRIPT=self.script("cat >/dev/null; echo 1\n"),
                                VN_PLUGIN_DIR=self.plugins, VN_PLUGIN_RESCAN_MS=100, MAX_TASK_RETRIES=1,
                                VN_HYDRATION_ENV="TEST_DESK,TEST_UNSET", TEST_DESK="rates & fx",
                                TEST_SECRET="canary")

    def ask(self, content="", **more):
        return self.node.post(request(valuation(content, more.pop("use", "")), **more))

    def valued(self, content="", **more):
        """The valuation as the request's response has it."""
        answer = self.ask(content, **more)
        self.assertEqual(answer.status, 200, answer.body)
        return ElementTree.fromstring(answer.body).find("project/group/valuation")

    def fails(self, content, code, message, **more):
        answer = self.ask(content, **more)
        self.assertEqual((answer.status, answer.json["code"]), (500, "processing-failed"), answer.body)
        detail = answer.json["detail"]
        self.assertEqual(detail["code"], code, detail)
        self.assertIn(message, detail["error"])
        self.assertEqual(self.node.status(answer.json["requestId"])["status"], "failed")
        return detail

    def comes_to_be(self, file, state):
        until(lambda: listed(self.node).get(file) == state, f"{file} is {state}")

    def test_functions_that_are_shipped(self):
        got = self.valued(
            "<sum use='vn:add(5, 7)'/><low use=\"vn:to_lowercase('HOLA')\"/>"
            "<percent use='vn:multiply(/vnml/project/market/rate, 100)'/>"
            "<due use=\"vn:format_date(vn:add_months(/vnml/project/market/day, 1), '%d.%m.%Y')\"/>"
            "<largest use='vn:max(/vnml/project/market/rate, vn:divide(1, 8))'/>"
            "<text>[<vn:use function='round' value='${select(/vnml/project/market/rate/text())}' digits='2'/>]</text>"
            "<join><vn:use function='vn:concat'><vn:argument name='values'>a</vn:argument>"
            "<vn:argument name='values'>b</vn:argument></vn:use></join>")
        self.assertEqual({e.tag: e.text for e in got if e.tag not in ("analytics", "vndb")},
                         {"sum": "12", "low": "hola", "percent": "3.5", "due": "28.02.2026", "largest": "0.125",
                          "text": "[0.04]", "join": "ab"})
        self.assertEqual(got.findtext("analytics/price/amount"), "1.00")

    def test_functions_that_are_built_in(self):
        got = self.valued("<desk use=\"vn:env('TEST_DESK')\"/><other use=\"vn:env('TEST_UNSET', 'none')\"/>"
                          "<day use='vn:today()'/><time use='vn:now()'/><again use='vn:now()'/>"
                          "<id use='vn:uuid()'/><id2 use='vn:uuid()'/>")
        self.assertEqual((got.findtext("desk"), got.findtext("other")), ("rates & fx", "none"))
        self.assertRegex(got.findtext("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(got.findtext("time"), got.findtext("again"))
        self.assertTrue(got.findtext("time").startswith(got.findtext("day")))
        self.assertRegex(got.findtext("id"), r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertNotEqual(got.findtext("id"), got.findtext("id2"))

    def test_the_environment_is_shut_but_for_the_list(self):
        for name in ("TEST_SECRET", "PATH", "TEST_NOWHERE"):
            with self.subTest(name=name):
                detail = self.fails(f"<x use=\"vn:env('{name}')\"/>", "function-failed",
                                    f"the variable '{name}' is not among those that requests may see")
                self.assertNotIn("canary", str(detail))
        self.fails("<x use=\"vn:env('TEST_UNSET')\"/>", "function-failed", "'TEST_UNSET' is not set")

    def test_a_function_with_results_of_an_earlier_group(self):
        later = ("</group><group name='H'><valuation name='v'><twice use='vn:multiply(/vnml/project/group[1]/valuation"
                 "/analytics/price/amount, 2)'/><analytics><price><amount>1</amount></price></analytics></valuation>")
        answer = self.node.post(request(valuation() + later))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(ElementTree.fromstring(answer.body).findtext("project/group[2]/valuation/twice"), "2")

    def test_select_elements_take_nodes_of_the_request(self):
        got = self.valued("<c>[<vn:select path='/vnml/project/market/rate/text()'/>]</c>"
                          "<vn:select path='/vnml/project/market/*' expect='some'/>")
        self.assertEqual((got.findtext("c"), got.findtext("rate"), got.findtext("day")),
                         ("[0.035]", "0.035", "2026-01-31"))
        self.fails("<vn:select path='/vnml/project/nothing'/>", "hydration-failed", "/vnml/project/nothing")

    def test_what_is_not_there_or_not_taken_is_refused(self):
        self.fails("<vn:use function='nothing'/>", "hydration-failed", "nothing")
        self.fails("", "hydration-failed", "nothing", use="vn:nothing(1)")
        self.fails("<x use='vn:add(5)'/>", "hydration-failed", "Custom function 'add' expects 2 arguments; received 1.")
        self.fails("<x use=\"vn:add(5, 'x')\"/>", "hydration-failed", "argument 'b' must be a number (got 'x').")
        self.fails("<x use='vn:divide(1, 0)'/>", "function-failed", "Custom function 'divide' failed: ")

    def test_a_function_that_fails_costs_its_request_alone(self):
        drop(self.plugins, "broken.so", build(NAME="broken", TASK="b", FUNCTIONS=True, FUNCTION="broken", BROKEN=True))
        drop(self.plugins, "deadly.so", build(NAME="deadly", TASK="d", FUNCTIONS=True, FUNCTION="deadly", DEADLY=True))
        self.comes_to_be("broken.so", "offered 1.0")
        self.comes_to_be("deadly.so", "offered 1.0")
        self.fails("<x use='vn:broken(1, 2)'/>", "function-failed", "the curve is gone")
        self.fails("<x use='vn:deadly(1, 2)'/>", "function-failed", "SIGABRT")
        self.assertEqual(self.valued("<x use='vn:add(1, 2)'/>").findtext("x"), "3")

    def test_a_function_comes_changes_and_goes_with_its_file(self):
        self.fails("<vn:use function='plus'/>", "hydration-failed", "plus")
        drop(self.plugins, "p.so", build(NAME="p", TASK="p", FUNCTIONS=True))
        self.comes_to_be("p.so", "offered 1.0")
        self.assertEqual(self.valued("<x use='vn:plus(5, 7)'/>").findtext("x"), "12")
        drop(self.plugins, "p.so", build(NAME="p", TASK="p", VERSION="2.0", FUNCTIONS=True, BROKEN=True))
        self.comes_to_be("p.so", "offered 2.0")
        self.fails("<x use='vn:plus(5, 7)'/>", "function-failed", "the curve is gone")
        (self.plugins / "p.so").unlink()
        until(lambda: "p.so" not in listed(self.node), "it is gone")
        self.fails("<vn:use function='plus'/>", "hydration-failed", "plus")

    def test_documents_of_a_fetcher(self):
        self.fails("<m href='mem:a'/>", "no-fetcher", "No fetcher available to handle URI 'mem:a'.")
        drop(self.plugins, "m.so", build(NAME="m", TASK="m", SCHEME="mem", DOCUMENT="<m><coupon>4</coupon></m>"))
        self.comes_to_be("m.so", "offered 1.0")
        self.assertEqual(self.valued("<m href='mem:a'/>").findtext("m/coupon"), "4")
        self.assertEqual(self.valued("<c><vn:select source='mem:b' path='./coupon/text()'/></c>").findtext("c"), "4")
        self.fails("<m href='mem:missing'/>", "file-not-found", "File not found for URI 'mem:missing'.")
        detail = self.fails("<m href='mem:broken'/>", "document-unavailable",
                            "Unable to fetch the document at 'mem:broken'.")
        self.assertTrue(re.search("the archive is closed", str(detail)), detail)
        drop(self.plugins, "m.so", build(NAME="m", TASK="m", VERSION="2.0", SCHEME="mem", DOCUMENT="half <a"))
        self.comes_to_be("m.so", "offered 2.0")
        self.fails("<m href='mem:a'/>", "document-unparsable", "Unable to parse XML from 'mem:a'.")
        (self.plugins / "m.so").unlink()
        until(lambda: "m.so" not in listed(self.node), "it is gone")
        self.fails("<m href='mem:a'/>", "no-fetcher", "'mem:a'")


if __name__ == "__main__":
    unittest.main()
