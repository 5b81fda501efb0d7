#!/usr/bin/env python3
"""Hydration as tests/conformance/README.md specifies it, written from that text alone, with lxml (python3-lxml).

    reference_hydration.py CASE_DIR OUT_DIR

Reads CASE_DIR/request.xml and writes tasks/<g>-<N>.xml and response.xml or error.txt into OUT_DIR. The counterpart of
vn-conformance in comparisons and benchmarks, to read beside the specification: without limits, for trusted input only.
Section numbers are those of the specification. Exits 0 also for a rejected request.
"""
import copy
import re
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree

WHITE = " \t\r\n"
LINE_END = {"\r": "&#13;"}
HREF_ROUNDS = 16
SELECT_LEVELS = 64
NOT_IN_TASKS = ("market", "model", "calculator", "portfolio")

NAME = r"[^\W\d][\w.-]*"
LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
PREFIXED = re.compile(rf"(?<![\w.-]){NAME}\s*:(?!:)|\$")
CALLED = re.compile(rf"({NAME})\s*\(")
KNOWN = set(
    "last position count id local-name namespace-uri name string concat starts-with contains substring-before "
    "substring-after substring string-length normalize-space translate boolean not true false lang number sum floor "
    "ceiling round comment text processing-instruction node and or div mod".split()
)


class Rejected(Exception):
    """The request is rejected; the text is the message."""


def parse(data):
    """The tree of a document; its text nodes are joined. ValueError: not well-formed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False)
    try:
        tree = etree.ElementTree(etree.fromstring(data, parser))
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    if tree.docinfo.internalDTD is not None:
        raise Rejected("A document type declaration is not accepted.")
    return tree


def is_element(node):
    return isinstance(node, etree._Element) and isinstance(node.tag, str)


def elements(node):
    """Node and its descendants, elements only, in document order."""
    return [e for e in node.iter() if is_element(e)]


def below(node):
    return elements(node)[1:]


def blank(text):
    return not (text or "").strip(WHITE)


def markup(root):
    """A document as it is written, with prefixes of its own. libxml2 forgets xmlns="" where an element without namespace
    came into a default one."""
    prefixes = {"http://www.w3.org/XML/1998/namespace": "xml"}

    def written(name):
        name = etree.QName(name)
        if not name.namespace:
            return name.localname
        return f"{prefixes.setdefault(name.namespace, f'n{len(prefixes)}')}:{name.localname}"

    def write(node, out):
        if not is_element(node):
            out.append(etree.tostring(node, encoding="unicode", with_tail=False))
        else:
            attributes = "".join(f" {written(k)}={quoted(v)}" for k, v in node.attrib.items())
            out.append(f"<{written(node.tag)}{attributes}>{escape(node.text or '', LINE_END)}")
            for child in node:
                write(child, out)
                out.append(escape(child.tail or "", LINE_END))
            out.append(f"</{written(node.tag)}>")
        return out

    start, *rest = write(root, [])
    declared = "".join(f' xmlns:{prefix}="{uri}"' for uri, prefix in prefixes.items() if prefix != "xml")
    name = written(root.tag)
    return "".join([f"<{name}{declared}{start[len(name) + 1 :]}", *rest]).encode()


def quoted(value):
    return '"' + escape(value, {**LINE_END, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}) + '"'


def evaluate(expression, context):
    """Section 2, last paragraph: prefixes and unknown functions are rejected wherever they stand."""
    bare = LITERAL.sub('""', expression)
    if PREFIXED.search(bare):
        raise Rejected(f"XPath '{expression}' uses a prefix or a variable.")
    for name in CALLED.findall(bare):
        if name not in KNOWN:
            raise Rejected(f"XPath '{expression}' calls the unknown function '{name}'.")
    try:
        return context.xpath(expression, smart_strings=False)
    except (etree.XPathError, ValueError) as error:
        raise Rejected(f"XPath '{expression}' cannot be evaluated: {error}.") from error


def node_set(expression, context):
    found = evaluate(expression, context)
    if not isinstance(found, list):
        raise Rejected(f"XPath '{expression}' does not select nodes.")
    return found


def replace(old, new):
    """Puts the elements new into the place of old; the last one has old's tail, the others that which they brought."""
    parent, tail = old.getparent(), old.tail
    at = parent.index(old)
    parent[at : at + 1] = new
    new[-1].tail = tail


def remove(nodes):
    """Removes nodes with their tails."""
    for node in list(nodes):
        node.getparent().remove(node)


# 2.5 ----------------------------------------------------------------

def identity(node):
    if not is_element(node):
        return None
    for attribute in ("name", "id"):
        if attribute in node.attrib:
            return node.tag, attribute, node.get(attribute)
    return (node.tag,)


def key(node, place):
    what = identity(node)
    return what if what is None or len(what) == 3 else what + (place,)


def merge(local, remote, ignored_local=(), ignored_remote=()):
    made = etree.Element(remote.tag, nsmap={**local.nsmap, **remote.nsmap})
    for name, value in remote.attrib.items():
        if name not in ignored_remote:
            made.set(name, value)
    for name, value in local.attrib.items():
        if name not in ignored_local:
            made.set(name, value)

    if "select" in local.attrib and remote.text is not None:
        made.text = remote.text
    else:
        made.text = remote.text if blank(local.text) else local.text

    theirs = [(r, identity(r), key(r, place)) for place, r in enumerate(remote)]
    by_key = {k: r for r, _, k in theirs if k is not None}
    used_keys, used_identities = set(), set()
    for place, c in enumerate(local):
        partner = None
        if is_element(c):
            partner = by_key.get(key(c, place))
            if partner is not None:
                used = key(c, place)
            else:
                free = [(r, k) for r, i, k in theirs if i == identity(c) and k not in used_keys]
                partner, used = free[0] if free else (None, None)
        if partner is None:
            made.append(copy.deepcopy(c))
        else:
            made.append(merge(c, partner, ignored_local, ignored_remote))
            used_keys.add(used)
            used_identities.add(identity(c))
    for r, i, k in theirs:
        if i is None or (k not in used_keys and i not in used_identities):
            made.append(copy.deepcopy(r))
    made.tail = local.tail
    return made


class Hydration:
    """One request. self.live is what expressions see: the root element of the live document."""

    def __init__(self, folder):
        self.folder = folder
        self.documents = {}
        self.live = None

    # 2.1 ----------------------------------------------------------------

    def fetch(self, value):
        if value in self.documents:
            return self.documents[value]
        scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", value)
        path = value
        if scheme:
            if scheme[1].lower() != "file":
                raise Rejected(f"No fetcher available to handle URI '{value}'.")
            path = value[scheme.end() :]
            if path.startswith("///"):
                path = path[2:]
        file = self.folder / path
        if not path or not file.is_file():
            raise Rejected(f"File not found for URI '{value}'.")
        try:
            tree = parse(file.read_bytes())
        except ValueError as error:
            raise Rejected(f"Unable to parse XML from '{value}'.") from error
        self.documents[value] = tree.getroot()
        return self.documents[value]

    @staticmethod
    def path(element):
        steps = []
        while element is not None:
            parent = element.getparent()
            step = etree.QName(element).localname
            same = [] if parent is None else [e for e in parent if e.tag == element.tag]
            if len(same) > 1:
                step += f"[{same.index(element) + 1}]"
            steps.append(step)
            element = parent
        return "/" + "/".join(reversed(steps))

    def partner(self, local, value):
        remote, path = self.fetch(value), self.path(local)
        # A step of the path cannot name what is in a namespace.
        if not any("}" in e.tag for e in (local, *local.iterancestors())):
            found = [e for e in remote.xpath(path) if is_element(e)]
            if len(found) == 1:
                return found[0]
        same = [e for e in elements(remote) if e.tag == local.tag]
        for attribute in ("name", "id"):
            if local.get(attribute):
                found = [e for e in same if e.get(attribute) == local.get(attribute)]
                if len(found) == 1:
                    return found[0]
        if len(same) == 1:
            return same[0]
        raise Rejected(f"Remote document at '{value}' does not contain a single match for XPath '{path}'.")

    def resolve_hrefs(self, top, outside=lambda element: True):
        for _ in range(HREF_ROUNDS):
            listed = [e for e in below(top) if "href" in e.attrib and outside(e)]
            if not listed:
                return
            for element in listed:
                value = element.get("href")
                if not value:
                    raise Rejected(f"Element <{element.tag}> has an empty href attribute and cannot be hydrated.")
                replace(element, [merge(element, self.partner(element, value), ("href",), ("href",))])
        if any("href" in e.attrib and outside(e) for e in below(top)):
            raise Rejected(f"Maximum href depth ({HREF_ROUNDS}) exceeded.")

    # 2.2 ----------------------------------------------------------------

    def expand_use(self, element, context):
        value = element.get("use")
        if not value:
            return [(element, context)]
        called = value.partition("(")[0]
        if ":" not in called:
            raise Rejected(f"Invalid use attribute '{called}'; expected prefix:function format.")
        prefix, _, function = called.partition(":")
        if prefix != "vn":
            raise Rejected(f"Unsupported custom hydration namespace '{prefix}' in '{value}'.")
        if not value.endswith(")"):
            raise Rejected(f"Invalid use attribute '{value}'; expected parentheses.")
        if "(" not in value:
            raise Rejected(f"Invalid use attribute '{value}'.")
        arguments = [part.strip(WHITE) for part in value.partition("(")[2][:-1].split(",")]
        arguments = [part for part in arguments if part]
        if len(arguments) != 2:
            raise Rejected(f"Custom function '{function}' expects exactly two arguments; received {len(arguments)}.")
        if function != "link":
            raise Rejected(f"Unsupported custom hydration function '{function}'.")

        sources = node_set(arguments[0], self.live)
        if not sources:
            raise Rejected(f"vn:link source XPath '{arguments[0]}' did not resolve to any elements.")
        items = []
        for source in filter(is_element, sources):
            for target in filter(is_element, node_set("./" + arguments[1], source)):
                item = copy.deepcopy(element)
                del item.attrib["use"]
                items.append((item, target))
        if not items:
            raise Rejected(f"Custom function '{value}' did not resolve to any target nodes.")
        return items

    # 2.3 ----------------------------------------------------------------

    def resolve_placeholders(self, top, context, outside=lambda element: True):
        for element in elements(top):
            if not outside(element):
                continue
            for name, value in element.attrib.items():
                if value.startswith("${select(") and value.endswith(")}"):
                    element.set(name, self.placeholder(element, value[9:-2].strip(WHITE), value, context))

    def placeholder(self, element, expression, value, context):
        if not expression:
            raise Rejected("Attribute select placeholder must include a non-empty XPath expression.")
        if expression.startswith("/"):
            context = self.live
        elif not expression.startswith("."):
            raise Rejected(f"Attribute select XPath '{expression}' must be absolute or relative.")
        elif context is None:
            if element.get("use") or any(e.get("use") for e in element.iterancestors()):
                return value
            raise Rejected(f"XPath '{expression}' requires a context node provided by a custom function.")
        found = node_set(expression, context)
        if not found:
            raise Rejected(f"Attribute select XPath '{expression}' did not resolve to any values.")
        if len(found) != 1:
            raise Rejected(
                f"Attribute select XPath '{expression}' resolved to {len(found)} values; expected exactly one."
            )
        if isinstance(found[0], etree._Element):
            text = etree.tostring(found[0], encoding="unicode", with_tail=True)
            # libxml2 writes such characters in values by number if the document did not name its encoding.
            return re.sub("&#x([0-9A-F]{2,});", lambda number: chr(int(number[1], 16)), text)
        return found[0] if isinstance(found[0], str) else found[0][1]

    # 2.4 ----------------------------------------------------------------

    def resolve_selects(self, top, context, level, outside=lambda element: True):
        while True:
            listed = [
                e
                for e in below(top)
                if "select" in e.attrib and outside(e) and not any(a.get("use") for a in e.iterancestors())
            ]
            if not listed:
                return
            for element in listed:
                merged = merge(element, self.source(element.get("select"), context), ("select",))
                made = [item for item, _ in self.hydrate(merged, context, level + 1)]
                for item in made:
                    item.attrib.pop("select", None)
                replace(element, made)

    def source(self, expression, context):
        if not expression:
            raise Rejected("Encountered select attribute without a value during hydration.")
        if expression.startswith("/"):
            context = self.live
        elif not expression.startswith("."):
            raise Rejected(
                f"Select expression '{expression}' must be absolute or relative to the custom function context."
            )
        elif context is None:
            raise Rejected(
                f"Select expression '{expression}' requires a context node provided by a custom function."
            )
        found = [e for e in node_set(expression, context) if is_element(e)]
        if len(found) != 1:
            raise Rejected(
                f"Select expression '{expression}' resolved to {len(found)} elements; expected exactly one."
            )
        return found[0]

    # 2 ----------------------------------------------------------------

    def hydrate(self, element, context, level=0):
        if level > SELECT_LEVELS:
            raise Rejected(f"Maximum select depth ({SELECT_LEVELS}) exceeded.")
        made = copy.deepcopy(element)
        self.resolve_hrefs(made)
        items = self.expand_use(made, context)
        for item, its_context in items:
            self.resolve_placeholders(item, its_context)
        for item, its_context in items:
            self.resolve_selects(item, its_context, level)
        for item, _ in items:
            self.resolve_hrefs(item)
        return items

    # 3 ----------------------------------------------------------------

    def initial_pass(self, tree):
        root = tree.getroot()
        self.resolve_hrefs(root)
        self.live = copy.deepcopy(tree).getroot()
        groups = set(self.groups(root))

        def outside(element):
            return element not in groups and not any(a in groups for a in element.iterancestors())

        self.resolve_placeholders(root, None, outside)
        self.resolve_selects(root, None, 0, outside)
        self.resolve_hrefs(root, outside)
        self.live = root

    @staticmethod
    def groups(root):
        return root.find("project").findall("group")


def value_task(document, group, number):
    """Section 4, step 5: the rule of the corpus."""
    amounts = document.xpath(".//analytics/price/amount")
    if amounts:
        amounts[0].text = f"{100 * (group + 1) + number}.00"


def task_document(live, group, task):
    document = copy.deepcopy(live)
    for name in (*NOT_IN_TASKS, "group"):
        remove(document.xpath(f"/vnml/project/{name}"))
    shell = copy.deepcopy(group)
    remove(shell.findall("valuation"))
    document.find("project").append(shell)
    shell.append(copy.deepcopy(task))
    return document


def respond(root):
    for name in NOT_IN_TASKS:
        remove(root.xpath(f"/vnml/project/{name}"))
    for group in Hydration.groups(root):
        valuations = group.findall("valuation")
        if not valuations:
            continue
        remove(node for node in group if node.tag != "valuation")
        for valuation in sorted(valuations, key=lambda v: int(v.find("vndb").get("externalId"))):
            group.append(valuation)


def run(case, write):
    """Hydrates CASE/request.xml and hands each document to write(name, bytes). Rejected: with what there was before."""
    try:
        tree = parse((case / "request.xml").read_bytes())
    except ValueError as error:
        raise Rejected("Input XML is not well-formed.") from error
    root = tree.getroot()
    if root.find("project") is None:
        raise Rejected("The request has no project.")
    hydration = Hydration(case)
    hydration.initial_pass(tree)

    for number in range(len(hydration.groups(root))):
        group = hydration.groups(root)[number]
        made = hydration.hydrate(group, None)[0][0]
        tasks = []
        for valuation in made.findall("valuation"):
            tasks += [item for item, _ in hydration.hydrate(valuation, None)]
        results = []
        for n, task in enumerate(tasks, 1):
            etree.SubElement(task, "vndb", externalId=str(n))
            document = task_document(root, made, task)
            write(f"tasks/{number}-{n}.xml", markup(document))
            value_task(document, number, n)
            results.append(document.find("project/group/valuation"))
        remove(made.findall("valuation"))
        for result in results:
            made.append(result)
        replace(group, [made])

    respond(root)
    write("response.xml", markup(root))


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    sys.setrecursionlimit(10000)
    out = Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)

    def write(name, data):
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_bytes(data)

    try:
        run(Path(sys.argv[1]), write)
    except Rejected as error:
        write("error.txt", f"{error}\n".encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
