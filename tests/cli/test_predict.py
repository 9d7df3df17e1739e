#!/usr/bin/env python3
"""pixscale predict: replayed records against schedules worked out by hand and by plain loops."""
import json
import os
import random
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import program
import records
import sleepers
from program import CLEAN, USAGE, ProgramTest

PHASES = {"scan": 0.3, "open": 0.05, "index": 0.1, "commit": 0.02, "other": 0.03}
SERIAL = sum(PHASES.values())


def greedy(items, threads, chunks, cost=0.0):
    """Seconds of a loop whose chunks go to the thread that is free first."""
    free, at = [0.0] * threads, 0
    for chunk in chunks:
        first = free.index(min(free))
        free[first] += cost + sum(items[at:at + chunk])
        at += chunk
    assert at >= len(items)
    return max(free)


def even_split(items, threads):
    count, at, longest = len(items), 0, 0.0
    for thread in range(threads):
        share = count // threads + (thread < count % threads)
        longest = max(longest, sum(items[at:at + share]))
        at += share
    return longest


def guided_chunks(count, threads):
    chunks = []
    while count > 0:
        chunks.append(-(-count // threads))
        count -= chunks[-1]
    return chunks


class Predict(ProgramTest):
    def records(self, *which, name="one.jsonl"):
        return self.write(name, records.lines(which))

    def predict(self, *arguments):
        result = self.check(program.run("predict", "--json", *arguments), CLEAN)
        return json.loads(result.stdout)

    def seconds(self, answer):
        return {(p["threads"], p["schedule"]): p["seconds"] for p in answer["predictions"]}

    def refused(self, *arguments, words=()):
        result = self.check(program.run("predict", *arguments), USAGE)
        self.assertEqual(result.stdout, "")
        self.assert_one_line_error(result, *words)


class Replay(Predict):
    def test_worked_out_by_hand(self):
        path = self.records(records.planted([3, 2, 2, 1, 4], order="input", serial=PHASES))
        answer = self.predict(path, "--threads", "1,2,5", "--schedule", "static", "--schedule",
                              "static,1", "--schedule", "dynamic", "--schedule", "dynamic,2",
                              "--schedule", "guided")
        loop = {(2, "static"): 7, (2, "static,1"): 9, (2, "dynamic"): 8, (2, "dynamic,2"): 7,
                (2, "guided"): 7, (5, "static"): 4, (5, "dynamic"): 4, (5, "dynamic,2"): 5}
        seconds = self.seconds(answer)
        for (threads, schedule), expected in loop.items():
            self.assertAlmostEqual(seconds[threads, schedule], SERIAL + expected, 6,
                                   (threads, schedule))
        for schedule in ("static", "static,1", "dynamic", "dynamic,2", "guided"):
            self.assertAlmostEqual(seconds[1, schedule], SERIAL + 12, 6)
        self.assertAlmostEqual(answer["baseline"]["seconds"], SERIAL + 12, 6)
        self.assertAlmostEqual(answer["work"], 12, 6)
        self.assertAlmostEqual(answer["span"], 4, 6)
        self.assertAlmostEqual(answer["serial_seconds"], SERIAL, 6)
        for point in answer["predictions"]:
            self.assertAlmostEqual(point["speedup"], (SERIAL + 12) / point["seconds"], 6)
            bound = (SERIAL + 12) / (SERIAL + max(12 / point["threads"], 4))
            self.assertAlmostEqual(point["bound"], bound, 6)
            self.assertLessEqual(point["speedup"], bound + 1e-6)

    def test_order_of_cost_is_the_estimated_cost(self):
        """The guess may be wrong: it is replayed, not the time. Ties go by row."""
        path = self.records(records.planted([3, 2, 2, 1, 4], costs=[1, 5, 5, 9, 1]))
        for order, items in (("cost", [1, 2, 2, 3, 4]), ("input", [3, 2, 2, 1, 4])):
            answer = self.predict(path, "--order", order, "--threads", "2", "--schedule", "static")
            self.assertEqual(answer["order"], order)
            self.assertAlmostEqual(self.seconds(answer)[2, "static"], 0.4 + even_split(items, 2), 6)
        self.assertEqual(self.predict(path)["order"], "cost")

    def test_order_and_schedule_are_the_recorded_ones_unless_told(self):
        path = self.records(records.planted([1] * 20, order="input", schedule="guided,2"))
        answer = self.predict(path)
        self.assertEqual(answer["order"], "input")
        self.assertEqual([p["schedule"] for p in answer["predictions"][:4]],
                         ["guided,2", "static", "dynamic,1", "guided"])
        self.assertEqual(sorted({p["threads"] for p in answer["predictions"]}),
                         [1, 2, 4, 8, 16, 32, 64])

    def test_plain_loops_agree(self):
        random.seed(5)
        for count in (1, 7, 64, 200):
            items = [round(random.expovariate(10), 6) for _ in range(count)]
            path = self.records(records.planted(items, order="input", serial={}))
            answer = self.predict(path, "--threads", "1,2,3,8,64,1024", "--schedule", "static",
                                  "--schedule", "dynamic,1", "--schedule", "dynamic,4",
                                  "--schedule", "guided")
            for (threads, schedule), seconds in self.seconds(answer).items():
                expected = {"static": lambda p: even_split(items, p),
                            "dynamic,1": lambda p: greedy(items, p, [1] * count),
                            "dynamic,4": lambda p: greedy(items, p, [4] * -(-count // 4)),
                            "guided": lambda p: greedy(items, p, guided_chunks(count, p)),
                            }[schedule](threads)
                self.assertAlmostEqual(seconds, expected, 6, (count, threads, schedule))

    def test_costs_of_chunks_and_team(self):
        """Dispatch per chunk by the recorded schedule's rule; the region less its busiest thread."""
        items = [0.1] * 40
        for schedule, chunks in (("dynamic,1", 40), ("dynamic,4", 10)):
            path = self.records(records.planted(items, schedule=schedule, dispatch=0.4, team=0.25))
            source = self.predict(path)["source"]
            self.assertAlmostEqual(source["chunk_seconds"], 0.4 / chunks, 6)
            self.assertAlmostEqual(source["team_seconds"], 0.25, 6)
        answer = self.predict(path, "--threads", "4", "--schedule", "dynamic,2")
        expected = 0.4 + 0.25 + greedy(items, 4, [2] * 20, 0.04)
        self.assertAlmostEqual(self.seconds(answer)[4, "dynamic,2"], expected, 6)

    def test_one_chunk_tells_no_cost_of_chunks(self):
        """static on one thread: what it cost stays, but is not taken for every item's chunk."""
        one = records.planted([0.1] * 40, schedule="static", dispatch=0.5, gap=0.01)
        path = self.records(one)
        answer = self.predict(path, "--threads", "1", "--schedule", "static", "--schedule",
                              "dynamic,1")
        self.assertIsNone(answer["source"]["chunk_seconds"])
        self.assertAlmostEqual(answer["source"]["item_seconds"], 0.01, 6)
        for seconds in self.seconds(answer).values():
            self.assertAlmostEqual(seconds, one["wall_ns"] * 1e-9, 6)
        self.assertIn("too few chunks", program.run("predict", path).stdout)

    def test_runtimes_cut_guided_differently(self):
        items = [1.0] * 64
        path = self.records(records.planted(items, order="input", serial={}))
        for runtime, expected in (("libgomp", greedy(items, 8, guided_chunks(64, 8))), ("libomp", 8)):
            answer = self.predict(path, "--runtime", runtime, "--threads", "8", "--schedule",
                                  "guided")
            self.assertEqual(answer["runtime"], runtime)
            self.assertAlmostEqual(self.seconds(answer)[8, "guided"], expected, 6)
        path = self.records(records.planted(items, runtime="libomp.so.5 (LLVM)"))
        self.assertEqual(self.predict(path)["runtime"], "libomp")

    def test_medians_of_several_runs(self):
        runs = [[1, 5, 3], [2, 4, 30], [9, 6, 2]]
        serial = [{"scan": 1}, {"scan": 7}, {"scan": 2}]
        path = self.records(*[records.planted(r, order="input", serial=s, costs=[1, 1, 1])
                              for r, s in zip(runs, serial)])
        answer = self.predict(path, "--threads", "1,3", "--schedule", "dynamic,1")
        self.assertEqual(answer["source"]["records"], 3)
        self.assertAlmostEqual(answer["serial_seconds"], 2, 6)
        self.assertAlmostEqual(self.seconds(answer)[1, "dynamic,1"], 2 + 2 + 5 + 3, 6)
        self.assertAlmostEqual(self.seconds(answer)[3, "dynamic,1"], 2 + 5, 6)

    def test_disturbed_runs_are_left_out_if_others_are_there(self):
        spoiled = records.planted([9, 9])
        spoiled["guard"]["contaminated"] = True
        fine = records.planted([1, 2])
        answer = self.predict(self.records(spoiled, fine))
        self.assertEqual(answer["source"]["disturbed_records_left_out"], 1)
        self.assertEqual(answer["measured"], [])
        self.assertAlmostEqual(answer["work"], 3, 6)
        answer = self.predict(self.records(spoiled))
        self.assertTrue(answer["source"]["disturbed"])
        self.assertAlmostEqual(answer["work"], 18, 6)


class Changes(Predict):
    def test_what_if_scales_stages(self):
        items = [{"read": 1, "decode": 4}, {"read": 2, "decode": 2}, {"resize": 3}]
        path = self.records(records.planted(items, order="input", costs=[1, 1, 1]))
        answer = self.predict(path, "--what-if", "decode=0.5,read=2", "--threads", "1,2",
                              "--schedule", "dynamic,1")
        self.assertEqual(answer["what_if"], {"read": 2, "decode": 0.5})
        self.assertAlmostEqual(self.seconds(answer)[1, "dynamic,1"], 0.4 + 4 + 5 + 3, 6)
        self.assertAlmostEqual(self.seconds(answer)[2, "dynamic,1"], 0.4 + 7, 6)
        self.assertAlmostEqual(answer["baseline"]["seconds"], 0.4 + 12, 6)  # as recorded

    def test_items_total(self):
        """Serial phases grow with the items but for open, commit and other; the span stays."""
        items = [1, 2, 3, 4]
        path = self.records(records.planted(items, order="input", serial=PHASES))
        answer = self.predict(path, "--items-total", "12", "--threads", "1,2,1000", "--schedule",
                              "dynamic,1")
        serial = 3 * (0.3 + 0.1) + 0.05 + 0.02 + 0.03
        seconds = self.seconds(answer)
        self.assertEqual(answer["items_total"], 12)
        self.assertAlmostEqual(answer["serial_seconds"], serial, 6)
        self.assertAlmostEqual(answer["baseline"]["seconds"], serial + 30, 6)
        self.assertAlmostEqual(seconds[2, "dynamic,1"], serial + greedy(items * 3, 2, [1] * 12), 6)
        self.assertAlmostEqual(seconds[1000, "dynamic,1"], serial + 4, 6)
        answer = self.predict(path, "--items-total", "2", "--threads", "1")
        self.assertAlmostEqual(answer["work"], 1 + 3, 6)

    def test_effort(self):
        path = self.records(records.planted([60] * 10, order="input", serial={}))
        answer = self.predict(path, "--effort", "3h", "--threads", "1,10", "--schedule", "static")
        one, ten = answer["predictions"]
        self.assertAlmostEqual(ten["saved_seconds"], 540, 5)
        self.assertEqual(ten["pays_on_run"], 20)
        self.assertIsNone(one["pays_on_run"])
        table = program.run("predict", path, "--effort", "1d", "--threads", "1,10").stdout
        self.assertIn("8 h 00 min", table)
        self.assertRegex(table, r" 10 .* 9 min 00 s +54\n")
        self.assertRegex(table, r" 1 .* never\n")

    def test_measured_runs_beside(self):
        one = records.planted([1] * 8, order="input", serial={"scan": 1})
        runs = [records.measured(s, 4, one) for s in (3.1, 3.3, 3.0)]
        static = records.measured(4, 2, one)
        static["omp"]["schedule"] = "static"
        own = self.predict(self.records(one, *runs, static), "--what-if", "decode=9")
        beside = self.predict(self.records(one), "--what-if", "decode=9", "--measured",
                              self.records(*runs, name="a"), "--measured",
                              self.records(static, name="b"))
        self.assertEqual(own["measured"], beside["measured"])
        two, four = own["measured"]
        self.assertEqual((two["threads"], two["schedule"], two["runs"]), (2, "static", 1))
        self.assertEqual((four["threads"], four["schedule"], four["runs"]), (4, "dynamic,1", 3))
        self.assertAlmostEqual(two["error"], 5 / 4 - 1, 6)
        self.assertAlmostEqual(four["seconds"], 3.1, 6)
        self.assertAlmostEqual(four["predicted_seconds"], 3, 6)
        self.assertAlmostEqual(four["error"], 3 / 3.1 - 1, 6)
        self.assertEqual(four["range"], [3.0, 3.3])
        self.assertAlmostEqual(four["speedup"], 9 / 3.1, 6)

    def test_record_of_several_threads_is_taken_with_a_note(self):
        path = self.records(records.planted([1] * 8, threads=2))
        answer = self.predict(path)
        self.assertEqual(answer["source"]["threads"], 2)
        self.assertIn("note", program.run("predict", path).stdout)
        self.assertNotIn("note", program.run("predict", self.records(records.planted([1] * 8))).stdout)


class Shown(Predict):
    def test_table_fits_a_terminal(self):
        path = self.records(records.planted([0.5, 0.1, 0.2] * 20),
                            records.measured(3.0, 4, records.planted([0.5, 0.1, 0.2] * 20)))
        for extra in ([], ["--items-total", "350000", "--effort", "3h"],
                      ["--schedule", "static,1000", "--schedule", "guided,7", "--schedule", "auto",
                       "--schedule", "dynamic,1000000", "--schedule", "static"]):
            result = self.check(program.run("predict", path, *extra), CLEAN)
            self.assertTrue(result.stdout.isascii())
            self.assertLessEqual(max(map(len, result.stdout.splitlines())), 80, result.stdout)
            self.assertNotIn(" \n", result.stdout)
            for word in ("base", "assumed", "at best", "Measured"):
                self.assertIn(word, result.stdout)

    def test_hostile_text_stays_data(self):
        path = self.records(records.hostile(records.planted([0.5, 0.1])))
        if shutil.which("gnuplot"):
            self.check(program.run("predict", path, "-o", self.at("p"), "--schedule", "static",
                                   cwd=self.folder), USAGE)  # its schedule is none
        one = records.hostile(records.planted([0.5, 0.1]))
        one["omp"]["schedule"] = "dynamic,1"
        path = self.records(one)
        result = self.check(program.run("predict", path, "-o", self.at("p"), cwd=self.folder), CLEAN)
        self.assertTrue(all(c.isprintable() or c == "\n" for c in result.stdout))
        self.assertNotIn("pwned", os.listdir(self.folder))
        self.assertNotIn("pwned", os.listdir(self.at("p")))

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is missing")
    def test_figures(self):
        one = records.planted([0.5, 0.1, 0.2] * 20)
        path = self.records(one, records.measured(3.0, 4, one))
        for extra in ([], ["--dark"], ["--what-if", "decode=0.1"], ["--threads", "1"],
                      ["--threads", "1024", "--schedule", "static"]):
            folder = self.at("new", "f" + str(len(extra)))
            self.check(program.run("predict", path, "-o", folder, *extra), CLEAN)
            with open(os.path.join(folder, "predict.svg"), encoding="utf-8") as stream:
                svg = stream.read()
            self.assertIn("Base: 1 thread", svg)
            with open(os.path.join(folder, "predict.png"), "rb") as stream:
                self.assertEqual(stream.read(4), b"\x89PNG")
        result = self.check(program.run("predict", path, "--term"), CLEAN)
        self.assertIn("threads p", result.stdout)
        self.assertEqual(result.stderr, "")

    def test_without_gnuplot_the_script_stays(self):
        path = self.records(records.planted([0.5, 0.1]))
        result = self.check(program.run("predict", path, "-o", self.at("p"), "--json",
                                        env=program.environment(PATH="/nowhere")), CLEAN)
        json.loads(result.stdout)
        self.assertIn("gnuplot was not found", result.stderr)
        self.assertEqual(os.listdir(self.at("p")), ["predict.gp"])


class Baked(Predict):
    """Real runs of sleeping work; more of them in test_predict_slow.py."""

    def test_uneven_slices(self):
        sleepers.agree(self, ["--slices", "60", "--minute", "7ms", "--imbalance", "0.8"],
                       [(2, "static", "input"), (5, "dynamic,1", "input"), (5, "guided", "cost"),
                        (6, "dynamic,4", "input")])

    def test_what_if(self):
        sleepers.agree(self, ["--slices", "40", "--minute", "5ms", "--stages", "read=0.5,decode=0.5"],
                       [(2, "static", "input")], how=["--what-if", "read=0,decode=2"],
                       really=["--slices", "40", "--minute", "5ms"])


class Refused(Predict):
    def test_options(self):
        path = self.records(records.planted([1, 2]))
        for option, value, word in (
                ("threads", "0", "threads"), ("threads", "1025", "1024"), ("threads", "x", "x"),
                ("schedule", "random", "random"), ("schedule", "dynamic,0", "dynamic,0"),
                ("order", "size", "size"), ("runtime", "tbb", "tbb"),
                ("what-if", "bake=2", "read, decode, convert, resize, store"),
                ("what-if", "decode=-1", "decode=-1"), ("what-if", "decode", "decode"),
                ("what-if", "decode=nan", "nan"), ("what-if", "decode=2,", "no stage"),
                ("what-if", "", "no stage"), ("what-if", "dispatch=2", "no stage"),
                ("what-if", "decode=2,decode=3", "decode twice"),
                ("items-total", "0", "0"), ("items-total", "99999999", "10000000"),
                ("effort", "3", "3"), ("effort", "0h", "0h"), ("effort", "nanh", "nanh")):
            with self.subTest(option=option, value=value):
                self.refused(path, f"--{option}={value}", words=[f"--{option}", word])
        self.refused(path, "--json", "--term", words=["--json and --term"])

    def test_records(self):
        one = records.planted([1, 2])
        other = records.planted([1, 2])
        other["job"].update(manifest_hash="4567")
        longer = records.planted([1, 2, 3])
        fewer = records.planted([1, 2])
        fewer["job"].update(items=3)
        serial = records.planted([1, 2])
        serial["job"]["serial"] = True
        strange = records.planted([1, 2], schedule="none")
        self.refused(words=["no record given"])
        self.refused(self.at("missing"), words=["missing"])
        self.refused(self.records(records.record(1)), words=["items", "--items"])
        self.refused(self.records(serial), words=["items"])
        self.refused(self.write("a", b"threads,seconds\n1,2\n"), words=["items"])
        self.refused(self.write("b", b"{broken\n"), words=["b:1"])
        self.refused(self.write("c", b""), words=["empty"])
        self.refused(self.records(one, other), words=["groups"])
        self.refused(self.records(fewer, longer), words=["different items"])
        self.refused(self.records(strange), words=["schedule 'none'"])
        self.refused(self.records(one), "--measured", self.records(
            records.measured(2, 2, other), name="d"), words=["something else"])
        self.refused(self.records(one), "--measured", self.at("missing"), words=["missing"])


if __name__ == "__main__":
    program.main()
