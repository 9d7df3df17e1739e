#!/usr/bin/python3
"""The measurement of very many rows runs, with few: it must not rot between the times that somebody
needs its figures. Times are not judged here."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "many_rows.py")


class ManyRows(program.ProgramTest):

    def measure(self, *options, binary=program.BINARY):
        return subprocess.run(
            [sys.executable, "-B", SCRIPT, binary, os.environ["LIST_RANGE"],
             os.environ["BENCH_MEASURE"], "--folder", self.folder, "--shard-rows", "500",
             "--ahead", "100000", *options],
            env=program.environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            check=False)

    def test_all_of_it(self):
        done = self.measure("--rows", "1000,2000,5000", "--markdown", self.at("t.md"), "--json",
                            self.at("t.json"))
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.at("t.md"), encoding="utf-8") as stream:
            self.assertEqual(stream.read(), done.stdout)
        with open(self.at("t.json"), encoding="utf-8") as stream:
            told = json.load(stream)
        self.assertEqual((told["rows"], told["ahead"]), ([1000, 2000, 5000], 100_000))
        figures = {figure["name"]: figure for figure in told["figures"]}
        self.assertEqual(len(done.stdout.splitlines()), 2 + len(figures))
        array = figures["array"]
        self.assertEqual(array["measured"], [128 + 192 * rows for rows in told["rows"]])
        self.assertAlmostEqual(array["ahead"], 128 + 192 * 100_000, places=3)
        self.assertLess(array["residual"], 1e-9)
        self.assertIn("| 192 KB | 384 KB | 960 KB | 19.2 MB | 0.0% |", done.stdout)
        self.assertEqual({name for name, figure in figures.items() if "measured_ahead" in figure},
                         {"plan_500", "plan_500_peak", "plan_5000", "plan_5000_peak",
                          "shard_begin", "shard_first", "shard_peak"})
        for name, figure in figures.items():
            if name.startswith("plan_5000"):
                self.assertEqual(figure["measured"], [None] * 3)  # that would be all of it
                continue
            self.assertEqual(len(figure["measured"]), 3, name)
            self.assertGreater(min(figure["measured"]), 0, name)
            if name.endswith("_peak"):
                self.assertGreater(min(figure["measured"]), 500_000, name)
        self.assertEqual(sorted(os.listdir(self.folder)), ["t.json", "t.md"])

    def test_plans_only(self):
        """And two numbers of rows make a line of which nobody can tell how straight it is."""
        done = self.measure("--rows", "6000,5000", "--no-shards", "--json", self.at("t.json"))
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.at("t.json"), encoding="utf-8") as stream:
            told = json.load(stream)
        self.assertEqual(told["rows"], [5000, 6000])
        self.assertNotIn("merge", [figure["name"] for figure in told["figures"]])
        self.assertEqual({figure["residual"] for figure in told["figures"]}, {None})

    def test_a_wrong_row_is_seen(self):
        """A program that leaves other bytes in the array than it should."""
        tampering = self.write("tampering", f"""#!{sys.executable}
import subprocess, sys
status = subprocess.call([{program.BINARY!r}, *sys.argv[1:]])
if sys.argv[1] == "merge":
    with open(sys.argv[2], "r+b") as stream:
        stream.seek(-1, 2)
        last = stream.read(1)
        stream.seek(-1, 2)
        stream.write(bytes([last[0] ^ 1]))
sys.exit(status)
""".encode())
        os.chmod(tampering, 0o755)
        done = self.measure("--rows", "1000", binary=tampering)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "many_rows: row 999 is of another picture\n")

    def test_a_command_that_fails(self):
        done = self.measure("--rows", "1000", binary="/bin/false")
        self.assertEqual(done.returncode, 1)
        self.assertIn("many_rows: exit status 1 of /bin/false manifest", done.stderr)


if __name__ == "__main__":
    program.main()
