"""docs/openapi.yaml as the tests need it: which answers an operation has, and whether an answer is one of them. Knows as
much of JSON Schema as that file uses."""

import json
import re
from xml.etree import ElementTree

import yaml

import support

# On every answer, and nobody's contract.
GENERIC = {"date", "server", "connection", "content-type", "content-length"}
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
FORMATS = {"uuid": re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")}
UNDERSTOOD = {"type", "enum", "required", "properties", "items", "allOf", "pattern", "format", "minimum", "description",
              "example", "default"}


class Document:
    def __init__(self):
        self.tree = yaml.safe_load((support.SOURCE / "docs" / "openapi.yaml").read_text())

    def resolved(self, node):
        while "$ref" in node:
            target = self.tree
            for name in node["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            node = target
        return node

    def operations(self):
        """(METHOD, path) of each."""
        return [(method.upper(), path) for path, item in self.tree["paths"].items() for method in item]

    def responses(self, method, path):
        """Status -> response."""
        listed = self.tree["paths"][path][method.lower()]["responses"]
        return {int(status): self.resolved(r) for status, r in listed.items()}

    def codes(self, response):
        """The error codes that the response can have; empty for a success."""
        content = response.get("content", {}).get("application/json")
        return self._codes(content["schema"]) if content else set()

    def _codes(self, schema):
        schema = self.resolved(schema)
        found = set(schema.get("properties", {}).get("code", {}).get("enum", ()))
        return found.union(*(self._codes(part) for part in schema.get("allOf", ())))

    def names(self, schema):
        """The members that the schema speaks of."""
        schema = self.resolved(schema)
        return set(schema.get("properties", {})).union(*(self.names(part) for part in schema.get("allOf", ())))

    def mistakes(self, value, schema, where="$"):
        """What is wrong with a JSON value, one text each. A member that no schema names is wrong too."""
        found = self._mistakes(value, schema, where)
        return found + self._unnamed(value, schema, where)

    def _unnamed(self, value, schema, where):
        if not isinstance(value, dict) or not self.names(schema):
            return []
        return [f"{where}.{name} is not in the document" for name in value if name not in self.names(schema)]

    def _mistakes(self, value, schema, where):
        schema = self.resolved(schema)
        unknown = set(schema) - UNDERSTOOD
        if unknown:
            return [f"{where}: the checker does not know {unknown}"]
        found = []
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if types and not any(isinstance(value, TYPES[t]) and (t == "boolean" or value is not True and value is not False)
                             for t in types):
            return [f"{where}: {value!r} is not {types}"]
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{where}: {value!r} is not one of {schema['enum']}")
        if isinstance(value, str):
            if "pattern" in schema and not re.search(schema["pattern"], value):
                found.append(f"{where}: {value!r} does not match {schema['pattern']}")
            if "format" in schema and not FORMATS[schema["format"]].fullmatch(value):
                found.append(f"{where}: {value!r} is no {schema['format']}")
        if "minimum" in schema and value is not None and value < schema["minimum"]:
            found.append(f"{where}: {value} is below {schema['minimum']}")
        if isinstance(value, dict):
            found += [f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in value]
            for name, member in schema.get("properties", {}).items():
                if name in value:
                    found += self.mistakes(value[name], member, f"{where}.{name}")
        if isinstance(value, list) and "items" in schema:
            for i, item in enumerate(value):
                found += self.mistakes(item, schema["items"], f"{where}[{i}]")
        for part in schema.get("allOf", ()):
            found += self._mistakes(value, part, where)
        return found

    def check(self, answer, response):
        """What is wrong with an answer, one text each."""
        found = []
        headers = {name.lower(): value for name, value in answer.headers.items()}
        documented = {name.lower(): self.resolved(h) for name, h in response.get("headers", {}).items()}
        for name, header in documented.items():
            if name in headers:
                found += self.mistakes(headers[name], header["schema"], name)
            elif header.get("required"):
                found.append(f"{name} is missing")
        found += [f"{name} is not in the document" for name in headers if name not in documented and name not in GENERIC]

        given = headers.get("content-type", "").split(";")[0]
        content = response.get("content", {})
        if not content and not answer.body and not given:
            return found
        if given not in content:
            return found + [f"Content-Type {given!r} is not one of {list(content)}"]
        if given == "application/json":
            return found + self.mistakes(json.loads(answer.body), content[given]["schema"])
        if not given.startswith("text/"):
            ElementTree.fromstring(answer.body)
        return found
