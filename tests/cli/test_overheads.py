#!/usr/bin/python3
"""`pixscale bakery overheads`: what it prints, what it writes, what it refuses."""
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

FEW = ("--iterations", "2000", "--rounds", "2")  # what is tested is what is said, not what it takes
WAYS = [("tiny tasks", "plain loop"), ("tiny tasks", "static"), ("tiny tasks", "dynamic,100"),
        ("tiny tasks", "dynamic,1"), ("tiny tasks", "a task each"), ("one total", "reduction"),
        ("one total", "atomic"), ("one total", "critical section"), ("false sharing", "plain loop"),
        ("false sharing", "128 bytes apart"), ("false sharing", "side by side")]


class Overheads(program.ProgramTest):
    def overheads(self, *arguments, status=program.CLEAN, **how):
        return self.check(program.run("bakery", "overheads", *arguments, cwd=self.folder, **how),
                          status)

    def look(self, answer, threads):
        """What must hold for every answer."""
        self.assertEqual(answer["schema"], "pixscale.overheads/1")
        self.assertEqual([point["threads"] for point in answer["points"]], threads)
        for point in answer["points"]:
            self.assertGreaterEqual(point["region_ns"], point["region_best_ns"])
            self.assertGreater(point["region_best_ns"], 0)
            self.assertGreater(point["cores"], 0)
        self.assertEqual([(way["experiment"], way["name"]) for way in answer["ways"]], WAYS)
        base = None
        for way in answer["ways"]:
            # The bases head what is compared with them, but for "one total", whose base is above.
            base = way if way["base"] else base
            self.assertEqual(way["base"], way["name"] == "plain loop")
            self.assertEqual([point["threads"] for point in way["points"]], threads)
            for point, plain in zip(way["points"], base["points"]):
                self.assertGreaterEqual(point["median_ns"], point["best_ns"])
                self.assertGreater(point["best_ns"], 0)
                ratio = plain["median_ns"] / point["median_ns"]
                self.assertAlmostEqual(point["speedup"] / ratio, 1, places=4)

    def test_json(self):
        result = self.overheads(*FEW, "--threads", "1-3", "--json")
        answer = json.loads(result.stdout)
        self.look(answer, [1, 2, 3])
        self.assertEqual((answer["iterations"], answer["rounds"]), (2000, 2))
        self.assertEqual(result.err, b"")

    def test_default_threads(self):
        usable = json.loads(program.run("info", "--json").stdout)["limits"]["usable_cpus"]
        answer = json.loads(self.overheads(*FEW, "--json").stdout)
        threads = [point["threads"] for point in answer["points"]]
        self.look(answer, threads)
        self.assertEqual((threads[0], threads[-1]), (1, usable))

    def test_table(self):
        result = self.overheads(*FEW, "-t", "1,2,4,5", "-o", "a.json")
        self.assertEqual(result.err, b"")
        self.assertTrue(result.stdout.isascii())
        for line in result.stdout.splitlines():
            self.assertLessEqual(len(line), 80, line)
            self.assertEqual(line, line.rstrip())
        with open(self.at("a.json"), encoding="utf-8") as stream:
            answer = json.load(stream)
        self.look(answer, [1, 2, 4, 5])
        # Every number of threads heads a column, and the figures are those of the file.
        self.assertEqual([int(n) for n in re.findall(r"(\d+) threads?\b", result.stdout)][:4],
                         [1, 2, 4, 5])
        block = result.stdout.split("5 threads")[0]
        for way in answer["ways"][1:8]:
            cells = re.search(rf"^  {way['name']} .*$", block, re.MULTILINE)[0]
            shown = [float(ns) for ns in re.findall(r"([\d.]+) ns", cells)]
            for ns, point in zip(shown, way["points"], strict=False):
                self.assertLess(abs(ns / point["median_ns"] - 1), 0.006, cells)
            self.assertEqual(len(shown), 3)
        self.assertIn("With 5 threads, against the plain loop:", result.stdout)

    def test_environment_does_not_change_the_team(self):
        answer = json.loads(self.overheads(*FEW, "-t", "2", "--json", env={
            "OMP_NUM_THREADS": "7", "OMP_DYNAMIC": "true", "OMP_SCHEDULE": "guided"}).stdout)
        self.look(answer, [2])

    def test_another_team_is_an_error(self):
        result = self.overheads(*FEW, "-t", "1,3", env={"OMP_THREAD_LIMIT": "2"},
                                status=program.OUTPUT)
        self.assert_one_line_error(result, "3 threads", "OMP_THREAD_LIMIT")
        self.assertEqual(result.out, b"")

    def test_refusals(self):
        for arguments, words in (
                (["--threads", "0"], ["--threads"]), (["--threads", "1,x"], ["--threads"]),
                (["--threads", ""], ["--threads"]), (["--threads", "1-9999"], ["--threads"]),
                (["--iterations", "10"], ["--iterations", "1000"]),
                (["--iterations", "-5"], ["--iterations"]), (["--rounds", "0"], ["--rounds"]),
                (["--rounds", "x"], ["--rounds"]), (["toast"], ["no operand", "toast"]),
                (["--output", ""], ["--output"]), (["--round", "1", "--sockets", "2"], ["sockets"])):
            with self.subTest(arguments=arguments):
                result = self.overheads(*arguments, status=program.USAGE)
                self.assert_one_line_error(result, *words)
                self.assertEqual(result.out, b"")
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_file_that_cannot_be_written(self):
        result = self.overheads(*FEW, "-t", "1", "-o", "no/a.json", status=program.OUTPUT)
        self.assert_one_line_error(result, "no/a.json")
        result = self.overheads(*FEW, "-t", "1", "-o", "/dev/full", status=program.OUTPUT)
        self.assert_one_line_error(result, "/dev/full", "space")
        self.assertIn("False sharing", result.stdout)  # what was measured is not lost

    def test_help(self):
        for arguments in (["bakery", "overheads", "--help"], ["bakery", "help", "overheads"]):
            text = self.check(program.run(*arguments), program.CLEAN).stdout
            self.assertIn("false sharing", text)
            self.assertIn("--iterations", text)
        self.assertIn("  overheads ", program.run("bakery", "--help").stdout)


if __name__ == "__main__":
    program.main()
