#!/usr/bin/env python3
"""Keeps the rules of the house that no compiler knows: layers, names, sizes, docstrings, SQL with parameters only.

Usage: headway_lint.py [ROOT]
Prints `file:line: [rule] what is wrong` for each finding; exits with 1 if there is one. ARCHITECTURE.md gives the reasons.
"""

import os
import re
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

SKIPPED_FOLDERS = {".git", "build", "node_modules", "__pycache__", ".pytest_cache", ".yarn", "dist", "dist-types", "coverage"}
GENERATED = {"backstage-plugin/plugins/headway/src/gen"}
TOP_LEVEL = {"proto", "services", "ingester", "aggregator", "backstage-plugin", "deploy", "tests", "docs", ".ci"}
CPP = (".h", ".cc")
TYPESCRIPT = (".ts", ".tsx", ".mjs")
TEXT = CPP + TYPESCRIPT + (".proto", ".sql", ".py", ".sh", ".md", ".txt", ".json", ".yaml", ".yml", ".conf", ".cmake", "")

# Longest file of each kind, in lines. The aim is about 100 for a header and 150 for a source; this is where it is too much.
LIMITS = {".h": 220, ".cc": 400, "_test.cc": 800, ".proto": 500, ".sql": 400, ".py": 700, "main.cc": 60, ".ts": 250, ".tsx": 200,
          ".test.ts": 400, ".test.tsx": 400, ".mjs": 400}


class Finding(NamedTuple):
    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    return enumerate(text.splitlines(), start=1)


def includes(text: str) -> Iterator[tuple[int, str]]:
    for number, line in lines_of(text):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1)


def top(path: str) -> str:
    return path.split("/", 1)[0]


# Which folders of the project a folder may include, by the first prefix that fits.
LAYERS = [
    ("ingester/", ("ingester/", "headway/v1/", "services/base/")),
    ("aggregator/", ("aggregator/", "headway/v1/", "services/base/")),
    ("services/base/", ("headway/v1/", "services/base/")),
]


def check_layers(path: str, text: str) -> Iterator[Finding]:
    allowed = next((may for prefix, may in LAYERS if path.startswith(prefix)), None)
    if not path.endswith(CPP) or allowed is None:
        return
    if path.endswith("_test.cc"):
        allowed = allowed + ("tests/",)
    for number, name in includes(text):
        if top(name) in TOP_LEVEL | {"headway"} and not name.startswith(allowed):
            yield Finding(path, number, "layer", f'{path.rsplit("/", 1)[0]} must not include "{name}"')


def check_libraries(path: str, text: str) -> Iterator[Finding]:
    """Libraries that belong to one layer."""
    if not path.endswith(CPP):
        return
    for number, name in includes(text):
        if name.startswith("pqxx/") and not path.startswith("aggregator/store/"):
            yield Finding(path, number, "pqxx", "only aggregator/store talks to PostgreSQL")
        if (name.endswith(".grpc.pb.h") or name.startswith("grpcpp/")) and top(path) not in ("services", "tests"):
            yield Finding(path, number, "grpc", f"{name} belongs to the adapters under services/")
        if re.match(r"(absl/flags/|CLI/|CLI11)", name) and top(path) not in ("services", "tests"):
            yield Finding(path, number, "configuration", "flags are read by services; a library takes an options struct")
    for number, line in lines_of(text):
        if re.search(r"\bgetenv\s*\(", line) and top(path) not in ("services", "tests"):
            yield Finding(path, number, "configuration", "the environment is read by services only")


EMPTY_NAMES = re.compile(r"(^|[_\-./])(commons?|utils?|helpers?|misc|managers?)($|[_\-./])")


def check_names(path: str, text: str) -> Iterator[Finding]:
    if EMPTY_NAMES.search(path):
        yield Finding(path, 1, "name", "say what it is: common, util, helper, misc and manager say nothing")
    if "/" in path and top(path) not in TOP_LEVEL:
        yield Finding(path, 1, "name", f"the folders of the top level are fixed: {', '.join(sorted(TOP_LEVEL))}")
    if path.endswith("CMakeLists.txt"):
        for number, line in lines_of(text):
            target = re.match(r"\s*(?:headway_library|headway_test|add_library|add_executable)\((\S+)", line)
            if target and EMPTY_NAMES.search(target.group(1)):
                yield Finding(path, number, "name", f"target {target.group(1)} says nothing")


def check_size(path: str, text: str) -> Iterator[Finding]:
    name = path.rsplit("/", 1)[-1]
    suffix = next((s for s in ("main.cc", "_test.cc") if name == s or (s[0] == "_" and name.endswith(s))), None)
    if re.search(r"\.test\.tsx?$", name):
        suffix = name[name.index(".test.") :]
    limit = LIMITS.get(suffix or os.path.splitext(name)[1])
    count = text.count("\n")
    if limit is not None and count > limit:
        yield Finding(path, limit, "size", f"{count} lines, at most {limit}: it holds more than one idea")


def check_machine_paths(path: str, text: str) -> Iterator[Finding]:
    pattern = re.compile(r"(?<![\w$}.])/(?:work|farm|home/[a-z][\w-]*|root)/(?!\.\.\.)")
    for number, line in lines_of(text):
        match = pattern.search(line)
        if match:
            yield Finding(path, number, "machine-path", f"{match.group(0)} exists on one machine only")


def check_guard(path: str, text: str) -> Iterator[Finding]:
    if not path.endswith(".h"):
        return
    guard = "HEADWAY_" + re.sub(r"\W", "_", path).upper() + "_"
    if f"#ifndef {guard}\n#define {guard}\n" not in text:
        yield Finding(path, 1, "guard", f"the include guard is {guard}")
    if not text.lstrip().startswith("//"):
        yield Finding(path, 1, "header-comment", "a header begins with what it is for")


PROTO_ITEM = re.compile(
    r"\s*(?:(?:optional|repeated)\s+)?(?:map<[^>]+>|[\w.]+)\s+\w+\s*=\s*-?\d+\s*(?:\[[^\]]*\]\s*)?;"  # field
    r"|\s*\w+\s*=\s*-?\d+\s*(?:\[[^\]]*\]\s*)?;"  # enum value
    r"|\s*(?:message|enum|service)\s+\w+\s*\{"
    r"|\s*rpc\s+\w+"
)


def check_proto_docs(path: str, text: str) -> Iterator[Finding]:
    """A comment above or behind. That of an enum or oneof covers its members."""
    if not path.endswith(".proto"):
        return
    previous, blocks = "", []  # each open brace: (keyword, documented)
    for number, line in lines_of(text):
        stripped, code = line.strip(), re.sub(r"//.*", "", line)
        opened = re.match(r"\s*(message|enum|service|oneof|rpc)\b", code)
        documented = "//" in line or previous.startswith("//")
        covered = bool(blocks) and blocks[-1][0] in ("enum", "oneof") and blocks[-1][1]
        is_item = PROTO_ITEM.match(code) and not stripped.startswith(("option ", "import", "syntax", "package", "reserved"))
        if is_item and not documented and not covered:
            yield Finding(path, number, "docstring", f"say what it is: {stripped}")
        for character in code:
            if character == "{":
                blocks.append((opened.group(1), documented) if opened else ("", True))
            elif character == "}" and blocks:
                blocks.pop()
        previous = stripped


SQL = r"(?:SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE|CREATE|ALTER|DROP|COPY|LISTEN|NOTIFY|SET|GRANT)\s"
SQL_ALLOWED = "lint: sql of constants"
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
JOINED_SQL = [
    re.compile(r'"\s*' + SQL + r'[^"]*"\s*\+', re.S),
    re.compile(r'\+\s*"\s*(?:FROM|WHERE|VALUES|AND|ORDER BY|RETURNING)\b'),
]
JOINED_ARGUMENT = re.compile(r"\bexec\w*\s*\([^;()]*\+", re.S)


def calls(text: str, names: str) -> Iterator[tuple[int, str]]:
    """Where each call of one of the functions begins, and its arguments."""
    for match in re.finditer(r"\b(?:" + names + r")\s*\(", text):
        depth, at = 1, match.end()
        while at < len(text) and depth > 0:
            literal = STRING.match(text, at)
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at = literal.end() if literal else at + 1
        yield match.start(), text[match.end() : at - 1]


# What may stand between literals: another constant, a list of columns or a table by a function of that name, a choice of two literals.
CONSTANT_PIECE = re.compile(r'\s*(?:L?(?:""\s*)+|k[A-Z]\w*|\w*(?:Columns|Fields|TableOf|Sql)\([^()]*\)|[^,?]*\?\s*""\s*:\s*"")\s*')


def of_constants(arguments: str) -> bool:
    return all(CONSTANT_PIECE.fullmatch(piece) for piece in STRING.sub('""', arguments).split(",") if piece.strip())


def check_sql(path: str, text: str) -> Iterator[Finding]:
    """Statements are literals and values are parameters. What is built from constants in another way says so in a comment."""
    if not path.endswith(CPP) or path.endswith("_test.cc"):
        return
    found = [(m.start(), m.group(0)) for pattern in JOINED_SQL for m in pattern.finditer(text)]
    blank = STRING.sub(lambda literal: '"' + " " * (len(literal.group(0)) - 2) + '"', text)
    found += [(m.start(), m.group(0)) for m in JOINED_ARGUMENT.finditer(blank)]
    for start, arguments in calls(text, "StrCat|StrAppend|StrFormat|Substitute|format"):
        if re.search(r'"\s*' + SQL, arguments) and not of_constants(arguments):
            found.append((start, arguments))
    all_lines, seen = text.splitlines(), set()
    for start, what in found:
        number = text.count("\n", 0, start) + 1
        around = all_lines[max(0, number - 3) : number + what.count("\n")]
        if number in seen or any(SQL_ALLOWED in line for line in around):
            continue
        seen.add(number)
        yield Finding(path, number, "sql", f"SQL is put together from pieces; use parameters, or say `{SQL_ALLOWED}`")


def check_finished(path: str, text: str) -> Iterator[Finding]:
    if not path.endswith(CPP + TYPESCRIPT + (".proto", ".sql")):
        return
    for number, line in lines_of(text):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            yield Finding(path, number, "unfinished", "finish it, or write an issue")
        if re.search(r"\bGTEST_SKIP\b|\bDISABLED_\w|\b(?:it|describe|test)\.(?:skip|only|todo)\b|\bx(?:it|describe)\(", line):
            yield Finding(path, number, "unfinished", "a test that does not run proves nothing")


CHECKS = [
    check_layers,
    check_libraries,
    check_names,
    check_size,
    check_machine_paths,
    check_guard,
    check_proto_docs,
    check_sql,
    check_finished,
]


def files(root: Path) -> Iterator[Path]:
    for folder, names, file_names in os.walk(root):
        relative = Path(folder).relative_to(root).as_posix()
        names[:] = sorted(n for n in names if n not in SKIPPED_FOLDERS and f"{relative}/{n}" not in GENERATED | {"tests/data"})
        for name in sorted(file_names):
            if os.path.splitext(name)[1] in TEXT:
                yield Path(folder) / name


def lint(root: Path) -> list[Finding]:
    findings = []
    for file in files(root):
        path = file.relative_to(root).as_posix()
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # not text
        for check in CHECKS:
            findings.extend(check(path, text))
    return findings


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
    findings = lint(root)
    for finding in findings:
        print(finding)
    count = sum(1 for _ in files(root))
    print(f"{len(findings)} findings in {count} files")
    if count == 0:
        print(f"{root} holds no files: nothing was checked")
    return 1 if findings or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
