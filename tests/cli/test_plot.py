#!/usr/bin/python3
"""`pixscale plot`: figures that are what the records say, from records of every kind, without a
warning of gnuplot's, and nothing of a record is ever a command."""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program
import records

FIGURES = ["speedup", "efficiency", "karp_flatt", "ledger", "stages", "timeline", "residuals"]
OF_TIMES = ["speedup", "efficiency", "karp_flatt", "residuals"]
GNUPLOT = shutil.which("gnuplot")
NO_PATH = {"PATH": "/nonexistent"}


def block(script, name):
    """The rows of a block of data, as words."""
    body = re.search(rf"^\${name} << EOD\n(.*?)^EOD$", script, re.MULTILINE | re.DOTALL)[1]
    return [line.split() for line in body.splitlines()]


def numbers(script, name):
    return [[float(word) for word in row] for row in block(script, name)]


class Plot(program.ProgramTest):
    def setUp(self):
        super().setUp()
        random.seed(self.id())

    def plot(self, *arguments, status=program.CLEAN, **how):
        return self.check(program.run("plot", *arguments, cwd=self.folder, **how), status)

    def script(self, name, folder="plots"):
        with open(self.at(folder, name + ".gp"), encoding="utf-8") as stream:
            return stream.read()

    def sweep(self, name="a.jsonl", **how):
        return self.write(name, records.lines(records.sweep(**how)))

    def csv(self, seconds, teams=(1, 2, 4, 8), runs=4, noise=0.005, name="t.csv"):
        rows = [f"{p},{seconds(p) * random.gauss(1, noise):.7g}" for _ in range(runs) for p in teams]
        return self.write(name, "\n".join(["threads,seconds", *rows, ""]).encode())

    def check_drawing(self, name, folder="plots"):
        """The script alone draws, with nothing to complain about; the SVG parses and refers to
        nothing outside, the PNG is one."""
        alone = self.at("alone-" + folder.replace("/", "-") + name)
        os.mkdir(alone)
        shutil.copy(self.at(folder, name + ".gp"), alone)
        result = subprocess.run([GNUPLOT, "--default-settings", name + ".gp"], cwd=alone,
                                capture_output=True, text=True, timeout=60, check=False,
                                env=program.environment(LC_ALL="C.UTF-8"))
        self.assertEqual((result.returncode, result.stderr, result.stdout), (0, "", ""), name)
        self.assertEqual(sorted(os.listdir(alone)), [name + end for end in (".gp", ".png", ".svg")])
        tree = xml.etree.ElementTree.parse(os.path.join(alone, name + ".svg"))
        for element in tree.iter():
            self.assertNotRegex(element.tag.lower(), r"script|foreignobject|}image$|}a$")
            for key, value in element.attrib.items():
                self.assertFalse(key.lower().startswith("on"), key)
                if key.endswith("href"):
                    self.assertTrue(value.startswith("#"), value)
                self.assertNotRegex(value, r"url\((?!#)")
        with open(os.path.join(alone, name + ".png"), "rb") as stream:
            self.assertEqual(stream.read(8), b"\x89PNG\r\n\x1a\n")

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_every_figure(self):
        self.sweep(items=60)
        result = self.plot("a.jsonl")
        self.assertEqual(result.err, b"")
        self.assertEqual([line.split(".gp")[0] for line in result.stdout.splitlines()],
                         ["plots/" + name for name in FIGURES])
        self.assertEqual(sorted(os.listdir(self.at("plots"))),
                         sorted(name + end for name in FIGURES for end in (".gp", ".png", ".svg")))
        for name in FIGURES:
            self.check_drawing(name)

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_several_files_lie_over_each_other(self):
        self.sweep("a.jsonl", items=40, runs=2)
        for i in range(7):
            self.sweep(f"b{i}.jsonl", share=0.02, t1=8.0, items=40, runs=2, version=f"0.2.{i}")
        self.plot("a.jsonl", "b0.jsonl", "-o", "two", "--dark", env=NO_PATH)
        self.assertEqual({int(row[0]) for row in block(self.script("speedup", "two"), "POINTS")},
                         {1, 2})
        for name in FIGURES:
            self.check_drawing(name, "two")
        self.plot("a.jsonl", *(f"b{i}.jsonl" for i in range(7)), "--only", "speedup,ledger",
                  "-o", "deep/many", env=NO_PATH)
        self.assertIn("Not drawn: 2 more groups", self.script("speedup", "deep/many"))
        for name in ("speedup", "ledger"):
            self.check_drawing(name, "deep/many")

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_times_of_any_shape(self):
        shapes = {
            "usl": dict(seconds=lambda p: 9 / p + 1 + 0.12 * (p - 1), teams=(1, 2, 4, 8, 16, 32)),
            "knee": dict(seconds=lambda p: 9.5 / min(p, 5) + 0.5, teams=(1, 2, 3, 4, 6, 8, 16)),
            "two": dict(seconds=lambda p: 9.5 / p + 0.5, teams=(1, 2)),
            "faster": dict(seconds=lambda p: 10 / p ** 1.1),
            "slower": dict(seconds=lambda p: 10 * p ** 0.3),
            "base2": dict(seconds=lambda p: 9.5 / p + 0.5, teams=(2, 4, 8)),
            "odd": dict(seconds=lambda p: 9.5 / p + 0.5 + 3 * (p == 4), teams=(1, 2, 4, 8, 16)),
            "single": dict(seconds=lambda p: 9.5 / p + 0.5, runs=1),
            "exact": dict(seconds=lambda p: 9.5 / p + 0.5, noise=0),
            "micro": dict(seconds=lambda p: 1e-5 / p),
            "days": dict(seconds=lambda p: 1e5 / p + 3, teams=(1, 64, 1024)),
        }
        for shape, how in shapes.items():
            with self.subTest(shape=shape):
                self.csv(**how)
                self.plot("t.csv", "-o", shape, env=NO_PATH)
                drawn = [name[:-3] for name in os.listdir(self.at(shape)) if name.endswith(".gp")]
                self.assertLessEqual(set(drawn), set(OF_TIMES))
                self.assertIn("speedup", drawn)
                for name in drawn:
                    self.check_drawing(name, shape)

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_hostile_text_is_data(self):
        bad = [records.hostile(r) for r in records.sweep(items=30)]
        bad[2]["guard"].update(contaminated=True, why=records.HOSTILE)
        self.write("a.jsonl", records.lines(bad))
        self.plot("a.jsonl")
        for name in FIGURES:
            self.check_drawing(name)
        for form in (["--term"], ["--dark", "-o", "dark"]):
            result = self.plot("a.jsonl", *form)
            self.assertEqual(re.findall(rb"[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80\xae", result.out), [])
        self.assertEqual(sorted(name for name in os.listdir(self.folder)
                                if not name.startswith("alone")), ["a.jsonl", "dark", "plots"])
        found = [name for _, _, names in os.walk(self.folder) for name in names if "pwned" in name]
        self.assertEqual(found, [])

    def test_points_are_those_of_fit(self):
        path = self.sweep()
        self.plot("a.jsonl", env=NO_PATH)
        group = json.loads(program.run("fit", "--json", path).out)["groups"][0]
        rows = numbers(self.script("speedup"), "POINTS")
        self.assertEqual(len(rows), len(group["points"]))
        for row, point in zip(rows, group["points"]):
            wanted = [1, point["threads"], not point["excluded"], point["runs"], point["seconds"],
                      *point["seconds_ci95"], point["speedup"], *point["speedup_ci95"]]
            for got, want in zip(row, wanted):
                self.assertAlmostEqual(got, want, delta=1e-6 * abs(want))
            if point["threads"] > 1:
                self.assertAlmostEqual(row[10], point["karp_flatt"], places=6)
        self.assertEqual([row[2] for row in rows], [1, 1, 1, 0])  # eight threads, four cores
        share = next(m for m in group["models"] if m["name"] == "amdahl")["serial_fraction"]
        for row in numbers(self.script("speedup"), "CURVE"):
            self.assertAlmostEqual(row[2], 1 / (share + (1 - share) / row[1]), delta=1e-4 * row[2])
            self.assertTrue(row[3] <= row[2] <= row[4], row)
            self.assertEqual(row[5] == 1, row[1] > 4.0001 or row[5] == 1 and row[1] >= 3.999)
        seconds = sorted(r["wall_ns"] * 1e-9 for r in map(json.loads, open(path, "rb")))
        got = sorted(row[3] for row in numbers(self.script("speedup"), "RUNS"))
        for a, b in zip(got, seconds, strict=True):
            self.assertAlmostEqual(a, b, delta=1e-6)

    def test_residuals_are_small_where_the_law_is_true(self):
        self.csv(lambda p: 9.5 / p + 0.5, noise=0)
        self.plot("t.csv", env=NO_PATH)
        for row in numbers(self.script("residuals"), "RUNS"):
            self.assertAlmostEqual(row[5], 0, delta=1e-4)

    def test_ledger_bars_are_whole(self):
        self.sweep()
        self.plot("a.jsonl", env=NO_PATH)
        bars = {}
        for place, _, low, high, _ in numbers(self.script("ledger"), "PARTS"):
            bars[place] = bars.get(place, 0) + (high - low if low >= 0 else low - high)
        self.assertEqual(len(bars), 4)
        for whole in bars.values():
            self.assertAlmostEqual(whole, 1, delta=1e-4)

    def test_stages_are_sums_over_threads(self):
        path = self.sweep()
        self.plot("a.jsonl", env=NO_PATH)
        with open(path, "rb") as stream:
            runs = [json.loads(line) for line in stream]
        sizes = {}
        for place, part, low, high, _ in numbers(self.script("stages"), "PARTS"):
            sizes[place, part] = high - low
        for place, team in enumerate((1, 2, 4, 8)):
            of_team = [r for r in runs if r["omp"]["delivered"] == team]
            for part, stage in enumerate(records.STAGES):
                wanted = sum(t["stage_ns"][stage] for r in of_team for t in r["threads"]) * 1e-9
                self.assertAlmostEqual(sizes[place, part], wanted / len(of_team), delta=1e-4)

    def seconds_of_parts(self, script):
        """Area of the boxes of each part: seconds, since a lane's height counts as one."""
        area = {}
        for left, right, low, high, part in numbers(script, "BOXES"):
            area[part] = area.get(part, 0) + (right - left) * (low - high) / 0.82
        return area

    def test_timeline_keeps_time(self):
        for items in (50, 3000):  # each item drawn; shares of time drawn
            with self.subTest(items=items):
                run = records.record(4, items=items)
                self.write("a.jsonl", records.lines([records.record(1), run]))
                self.plot("a.jsonl", "--only", "timeline", env=NO_PATH)
                area = self.seconds_of_parts(self.script("timeline"))
                for part, stage in enumerate(records.STAGES):
                    wanted = sum(run["items"]["stage_ns"][stage]) * 1e-9
                    self.assertAlmostEqual(area[part], wanted, delta=0.03 * wanted + 0.05)
                serial = sum(p["wall_ns"] for p in run["phases"] if p["kind"] == "serial") * 1e-9
                self.assertAlmostEqual(area[6], serial, delta=1e-4)
                self.assertLess(len(block(self.script("timeline"), "BOXES")), 9000)

    def test_without_gnuplot_scripts_stay(self):
        self.sweep(items=20)
        result = self.plot("a.jsonl", "-o", "out", env=NO_PATH)
        self.assertEqual(sorted(os.listdir(self.at("out"))), sorted(f + ".gp" for f in FIGURES))
        self.assert_one_line_error(result, "gnuplot was not found", "gnuplot-nox", "out")
        result = self.plot("a.jsonl", "--term", env=NO_PATH)
        self.assert_one_line_error(result, "gnuplot was not found")
        self.assertEqual(result.out, b"")

    def test_only_what_can_be_drawn(self):
        self.csv(lambda p: 10 / p)
        result = self.plot("t.csv", "--only", "timeline", status=program.USAGE)
        self.assert_one_line_error(result, "--items")
        self.assertFalse(os.path.exists(self.at("plots")))
        result = self.plot("t.csv", "--only", "speedup,timeline", env=NO_PATH)
        self.assertIn("no timeline", result.stderr)
        self.assertEqual(os.listdir(self.at("plots")), ["speedup.gp"])
        self.csv(lambda p: 10 / p, teams=(1,))
        self.assert_one_line_error(self.plot("t.csv", status=program.USAGE), "two numbers of threads")

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_terminal(self):
        self.sweep(items=30)
        result = self.plot("a.jsonl", "--term")
        self.assertEqual(result.err, b"")
        self.assertEqual(os.listdir(self.folder), ["a.jsonl"])
        for title in ("Speed-up.", "Efficiency.", "Timeline.", "Residuals.", "Base: 1 thread"):
            self.assertIn(title, result.stdout)
        self.assertNotIn("\f", result.stdout)

    def test_refusals(self):
        self.csv(lambda p: 10 / p)
        self.assert_one_line_error(self.plot(status=program.USAGE), "no records")
        self.assert_one_line_error(self.plot("no.jsonl", status=program.USAGE), "no.jsonl")
        result = self.plot("t.csv", "--only", "spedup", status=program.USAGE)
        self.assert_one_line_error(result, "--only", "speedup", "did you mean")
        self.assert_one_line_error(self.plot("t.csv", "--only", "", status=program.USAGE), "--only")
        self.write("file", b"")
        result = self.plot("t.csv", "-o", "file/x", status=program.OUTPUT)
        self.assert_one_line_error(result, "file/x")
        self.plot("t.csv", "--include", "more", status=program.USAGE)

    def test_smt_points_on_demand(self):
        self.sweep()
        self.plot("a.jsonl", "--include", "smt", env=NO_PATH)
        self.assertEqual([row[2] for row in block(self.script("speedup"), "POINTS")], ["1"] * 4)


if __name__ == "__main__":
    program.main()
