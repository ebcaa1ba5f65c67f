#!/usr/bin/env python3
"""Shows that each rule of the lint catches what it is for, and leaves alone what is right."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import headway_lint  # noqa: E402

MACHINE = "/wo" + "rk/"


def header(path: str, body: str = "") -> str:
    guard = "HEADWAY_" + path.upper().replace("/", "_").replace(".", "_").replace("-", "_") + "_"
    return f"// What it is for.\n#ifndef {guard}\n#define {guard}\n{body}\n#endif\n"


class LintTest(unittest.TestCase):
    def findings(self, path: str, text: str) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            return [f.rule for f in headway_lint.lint(Path(folder))]

    def bad(self, rule: str, path: str, text: str) -> None:
        self.assertEqual([rule], self.findings(path, text), f"{path}:\n{text}")

    def good(self, path: str, text: str) -> None:
        self.assertEqual([], self.findings(path, text), f"{path}:\n{text}")

    def test_layers(self):
        self.bad("layer", "ingester/git/a.cc", '#include "aggregator/metrics/evaluate.h"\n')
        self.bad("layer", "ingester/git/a.cc", '#include "services/runtime/server.h"\n')
        self.bad("layer", "aggregator/store/a.cc", '#include "ingester/git/repository.h"\n')
        self.bad("layer", "aggregator/store/a.cc", '#include "tests/postgres/cluster.h"\n')
        self.bad("layer", "services/base/a.cc", '#include "services/runtime/server.h"\n')
        self.bad("layer", "services/base/a.cc", '#  include <aggregator/store/pool.h>\n')
        self.good("ingester/git/a.cc", '#include "ingester/git/a.h"\n#include "headway/v1/ingest.pb.h"\n#include "services/base/clock.h"\n')
        self.good("aggregator/store/a_test.cc", '#include "tests/postgres/cluster.h"\n')
        self.good("services/all/a.cc", '#include "aggregator/a.h"\n#include "ingester/a.h"\n#include "absl/time/time.h"\n')

    def test_libraries_of_one_layer(self):
        for path in ("aggregator/rollup/a.cc", "services/all/a.cc", "tests/e2e/a.cc"):
            self.bad("pqxx", path, "#include <pqxx/pqxx>\n")
        self.good("aggregator/store/a.cc", "#include <pqxx/pqxx>\n")
        self.bad("grpc", "aggregator/metrics/a.cc", '#include "headway/v1/metrics.grpc.pb.h"\n')
        self.bad("grpc", "ingester/git/a.cc", "#include <grpcpp/grpcpp.h>\n")
        self.good("services/metrics/a.cc", '#include "headway/v1/metrics.grpc.pb.h"\n')
        self.bad("configuration", "aggregator/store/a.cc", '#include "absl/flags/flag.h"\n')
        self.bad("configuration", "ingester/git/a.cc", "#include <CLI/CLI.hpp>\n")
        self.bad("configuration", "ingester/git/a.cc", 'auto home = std::getenv("HOME");\n')
        self.good("services/cli/main.cc", 'auto home = std::getenv("HOME");\n')

    def test_names(self):
        for name in ("common.cc", "string_util.cc", "utils/strings.cc", "test_helper.cc", "misc.sql", "pool_manager.cc"):
            self.bad("name", f"aggregator/store/{name}", "\n")
        self.bad("name", "aggregator/CMakeLists.txt", "headway_library(aggregator_util SRCS a.cc)\n")
        self.bad("name", "library/a.cc", "\n")
        self.good("aggregator/store/commonality.cc", "\n")
        self.good("aggregator/CMakeLists.txt", "headway_library(aggregator_store SRCS a.cc)\n")

    def test_sizes(self):
        self.bad("size", "aggregator/a.cc", "\n" * 401)
        self.bad("size", "services/all/main.cc", "\n" * 61)
        self.bad("size", "aggregator/a_test.cc", "\n" * 801)
        self.bad("size", "aggregator/a.h", header("aggregator/a.h", "\n" * 230))
        self.good("aggregator/domain.cc", "\n" * 100)
        self.bad("size", "backstage-plugin/plugins/a/src/A.tsx", "\n" * 201)
        self.bad("size", "backstage-plugin/plugins/a/src/a.test.ts", "\n" * 401)
        self.good("backstage-plugin/plugins/a/src/A.test.tsx", "\n" * 300)
        self.good("backstage-plugin/plugins/headway/src/gen/a_pb.ts", "\n" * 2000)

    def test_paths_of_a_machine(self):
        self.bad("machine-path", "docs/a.md", f"see {MACHINE}notes\n")
        self.bad("machine-path", "tests/a.sh", "cd /ho" + "me/alice/src\n")
        self.good("docs/a.md", "a net" + MACHINE + "x, $HOME/root, https://example.org/home/x\n")

    def test_headers(self):
        self.bad("guard", "aggregator/a.h", "// What.\n#pragma once\n")
        self.bad("header-comment", "aggregator/a.h", header("aggregator/a.h").split("\n", 1)[1])
        self.good("aggregator/a.h", header("aggregator/a.h"))

    def test_proto_docstrings(self):
        for text in (
            "message A {}\n",
            "// A.\nmessage A {\n  int32 x = 1;\n}\n",
            "// A.\nmessage A {\n  // X.\n  int32 x = 1;\n  repeated foo.Bar y = 2 [deprecated = true];\n}\n",
            "// A.\nmessage A {\n  map<string, int64> x = 1;\n}\n",
            "// A.\nmessage A {\n  oneof x {\n    int32 y = 1;\n  }\n}\n",
            "enum A {\n  B = 0;  // B.\n}\n",
            "// A.\nservice A {\n  rpc B(C) returns (D);\n}\n",
        ):
            self.bad("docstring", "proto/headway/v1/a.proto", text)
        self.good(
            "proto/headway/v1/a.proto",
            'syntax = "proto3";\noption cc_enable_arenas = true;\n// A.\nmessage A {\n  // X.\n  optional int32 x = 1;\n'
            "  int32 y = 2;  // Y.\n  // Z.\n  oneof z {\n    int32 a = 3;\n    int32 b = 4;\n  }\n"
            "  // E.\n  enum E {\n    F = 0;\n    G = 1;\n  }\n}\n// S.\nservice S {\n  // R.\n  rpc R(A) returns (A) {\n  }\n}\n",
        )

    def test_sql_with_parameters_only(self):
        for text in (
            'txn.exec("SELECT * FROM a WHERE b = \'" + name + "\'");\n',
            'auto sql = absl::StrCat("DELETE FROM ", table);\n',
            'auto sql = absl::StrCat(\n    "INSERT INTO a VALUES (",\n    value, ")");\n',
            'std::string sql = "UPDATE a SET b = " + value;\n',
            'sql = head + " WHERE a = 1";\n',
            "txn.exec(head + tail);\n",
        ):
            with self.subTest(text):
                self.assertIn("sql", self.findings("aggregator/store/a.cc", text))
        self.good("aggregator/store/a.cc", 'txn.exec_params("SELECT * FROM a WHERE b = $1", name);\n')
        self.good("aggregator/store/a.cc", '// lint: sql of constants\nauto sql = absl::StrCat("LISTEN ", kChannel);\n')
        self.good("aggregator/store/a.cc", 'auto sql = absl::StrCat("SELECT ", kNames, ItemColumns(), " FROM b", last ? " LIMIT 1" : "");\n')
        self.good("aggregator/store/a.cc", 'txn.exec("UPDATE a SET version = version + 1");\n')
        self.good("aggregator/store/a_test.cc", 'Query("SELECT a" + where);\n')
        self.good("aggregator/store/a.cc", 'Transact(absl::StrCat("migrating ", name), [] { tx.exec("SELECT 1"); });\n')
        self.good("aggregator/store/a.cc", 'return absl::NotFoundError(absl::StrCat("selected ", n));\n')

    def test_unfinished(self):
        self.bad("unfinished", "aggregator/a.cc", "// TO" + "DO: later\n")
        self.bad("unfinished", "aggregator/a_test.cc", "GTEST" + "_SKIP();\n")
        self.bad("unfinished", "aggregator/a_test.cc", "TEST(A, DISABLED" + "_B) {}\n")
        self.bad("unfinished", "backstage-plugin/a.test.ts", "it.on" + "ly('a', () => {});\n")
        self.bad("unfinished", "backstage-plugin/a.test.ts", "x" + "it('a', () => {});\n")
        self.good("backstage-plugin/a.test.ts", "process.exit(1); suffix('a'); it('a', () => {});\n")

    def test_what_is_not_ours_is_left_alone(self):
        self.assertEqual([], self.findings("build/dev/util.h", "\n"))
        self.assertEqual([], self.findings("tests/data/x/util.json", f"{MACHINE}\n"))

    def test_exit_code(self):
        program = str(Path(__file__).parent / "headway_lint.py")
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run([sys.executable, program, folder], capture_output=True, text=True, check=False)
            self.assertEqual(1, run.returncode, "an empty folder is a wrong folder")
            (Path(folder) / "README.md").write_text("# Right\n", encoding="utf-8")
            run = subprocess.run([sys.executable, program, folder], capture_output=True, text=True, check=False)
            self.assertEqual(0, run.returncode, run.stdout)
            (Path(folder) / "notes.md").write_text(f"{MACHINE}x\n", encoding="utf-8")
            run = subprocess.run([sys.executable, program, folder], capture_output=True, text=True, check=False)
            self.assertEqual(1, run.returncode)
            self.assertIn("notes.md:1: [machine-path]", run.stdout)


if __name__ == "__main__":
    unittest.main()
