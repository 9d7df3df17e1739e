#!/usr/bin/env python3
"""pixscale predict --nodes: planted records against shares worked out by hand; what it refuses."""
import json
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import program
import records
from program import CLEAN, USAGE, ProgramTest

PHASES = {"scan": 0.3, "plan": 0.2, "open": 0.05, "index": 0.1, "commit": 0.02, "other": 0.03}


def shard(of, index, count, seconds, name="a", rows=None):
    """The record of one shard of the run `of`."""
    result = records.measured(of["wall_ns"] * 1e-9, of["omp"]["delivered"], of)
    result["wall_ns"] = records.ns(seconds)
    result["phases"] = [{"name": "other", "kind": "serial", "wall_ns": result["wall_ns"]}]
    result["shard"] = {"set": name, "index": index, "count": count, "first_row": 0, "rows": 1,
                       "set_rows": rows or of["job"]["items"]}
    return result


def once(of, kind, seconds, name=None):
    """The record of a merge or a freezing of all its rows."""
    result = shard(of, None, None, seconds, name)
    result["job"]["kind"] = kind
    return result


class NodesTest(ProgramTest):
    def records(self, *which, name="one.jsonl"):
        return self.write(name, records.lines(which))

    def nodes(self, *arguments):
        result = self.check(program.run("predict", "--json", *arguments), CLEAN)
        return json.loads(result.stdout)

    def points(self, *arguments):
        return {p["nodes"]: p for p in self.nodes(*arguments)["nodes"]["points"]}

    def refused(self, *arguments, words=()):
        result = self.check(program.run("predict", *arguments), USAGE)
        self.assertEqual(result.stdout, "")
        self.assert_one_line_error(result, *words)


class Shares(NodesTest):
    def test_worked_out_by_hand(self):
        """8 items: two nodes have the first three and the other five, by cost."""
        items = [3, 1, 2, 1, 1, 1, 1, 2]
        path = self.records(records.planted(items, serial=PHASES))
        points = self.points(path, "--nodes", "1,2,4", "--threads", "1")
        self.assertAlmostEqual(points[1]["seconds"], sum(PHASES.values()) + 12, 6)
        start = 0.05 + 0.03
        self.assertAlmostEqual(points[2]["freeze_seconds"], 0.3, 6)
        self.assertAlmostEqual(points[2]["merge_seconds"], 0.12, 6)
        self.assertAlmostEqual(points[2]["node_seconds"], start + 0.2 * 5 / 8 + 6, 6)
        self.assertAlmostEqual(points[2]["seconds"], 0.42 + start + 0.2 * 5 / 8 + 6, 6)
        self.assertEqual((points[2]["least_rows"], points[2]["most_rows"]), (3, 5))
        self.assertAlmostEqual(points[2]["speedup"], points[1]["seconds"] / points[2]["seconds"], 6)
        # 3 | 1 2 | 1 1 1 | 1 2: the middles lie at 1.5, 3.5, 5, 6.5, 7.5, 8.5, 9.5, 11 of 12
        self.assertAlmostEqual(points[4]["node_seconds"], start + 0.2 * 3 / 8 + 3, 6)

    def test_threads_schedule_and_order(self):
        path = self.records(records.planted([1, 1, 1, 1, 4, 4], order="input", serial={}))
        self.assertAlmostEqual(self.points(path, "--nodes", "1", "-t", "2")[1]["seconds"], 6, 6)
        self.assertAlmostEqual(self.points(path, "--nodes", "1", "-t", "2", "--schedule", "static")
                               [1]["seconds"], 9, 6)
        self.assertAlmostEqual(self.points(path, "--nodes", "1", "-t", "3", "--order", "cost")
                               [1]["seconds"], 4, 6)

    def test_more_items_and_bytes(self):
        one = records.planted([0.01] * 100, serial={"scan": 0.01})
        one["job"]["bytes"] = 10 ** 9
        path = self.records(one)
        answer = self.nodes(path, "--nodes", "1..1000", "--threads", "10", "--items-total",
                            "100000000", "--bandwidth", "10T")
        self.assertEqual(answer["items_total"], 10 ** 8)
        points = {p["nodes"]: p for p in answer["nodes"]["points"]}
        self.assertAlmostEqual(points[1]["compute_seconds"] / 1e5, 1, 3)
        self.assertAlmostEqual(points[1000]["compute_seconds"] / 1e2, 1, 3)
        self.assertAlmostEqual(points[1000]["loop_seconds"] / 100, 1, 3)
        self.assertLess(points[1000]["error_bound"], 0.001)
        slow = self.nodes(path, "--nodes", "1..1000", "--threads", "10", "--items-total",
                          "100000000", "--bandwidth", "1T")["nodes"]
        points = {p["nodes"]: p for p in slow["points"]}
        self.assertAlmostEqual(points[1000]["loop_seconds"] / 1000, 1, 3)
        self.assertAlmostEqual(points[100]["loop_seconds"] / 1000, 1, 3)
        self.assertAlmostEqual(points[50]["loop_seconds"] / 2000, 1, 3)
        self.assertEqual(points[1000]["limit"], "freeze")
        self.assertEqual(points[50]["limit"], "freeze")
        fast = self.points(path, "--nodes", "10", "--bandwidth", "500M", "--node-bandwidth", "20M")
        self.assertAlmostEqual(fast[10]["loop_seconds"], 5, 6)
        self.assertEqual(fast[10]["limit"], "node's link")

    def test_freezing_and_merge_that_were_recorded(self):
        one = records.planted([1] * 100, serial=PHASES)
        path = self.records(one)
        extra = self.records(once(one, "manifest", 2), once(one, "merge", 5), name="extra.jsonl")
        point = self.points(path, extra, "--nodes", "2", "--items-total", "1000")[2]
        self.assertAlmostEqual(point["freeze_seconds"], 20, 6)
        self.assertAlmostEqual(point["merge_seconds"], 50, 6)
        self.assertIn("recorded ones", program.run("predict", path, "--nodes", "2", "--measured",
                                                   extra).stdout)


class Sets(NodesTest):
    def setUp(self):
        super().setUp()
        self.one = records.planted([1] * 100, serial={})
        self.path = self.records(self.one)

    def measured(self, *which):
        return self.nodes(self.path, "--nodes", "1,2", "--measured",
                          self.records(*which, name="sets.jsonl"))["nodes"]

    def test_slowest_shard_and_merge(self):
        answer = self.measured(shard(self.one, 2, 2, 55, "a"), shard(self.one, 1, 2, 40, "a"),
                               shard(self.one, 1, 2, 61, "b"), shard(self.one, 2, 2, 50, "b"),
                               shard(self.one, 1, 2, 60, "c"), shard(self.one, 2, 2, 50, "c"),
                               once(self.one, "merge", 3, "c"))
        plain, merged = answer["measured"]
        self.assertEqual((plain["nodes"], plain["sets"], plain["range"]), (2, 2, [55, 61]))
        self.assertAlmostEqual(plain["seconds"], 58, 6)
        self.assertAlmostEqual(plain["predicted_seconds"], 50, 6)
        self.assertAlmostEqual(plain["error"], 50 / 58 - 1, 6)
        self.assertAlmostEqual(merged["seconds"], 63, 6)
        self.assertAlmostEqual(merged["predicted_seconds"], 53, 6)

    def test_sets_that_are_not_whole(self):
        for which in ([shard(self.one, 1, 2, 5)], [shard(self.one, 2, 2, 5)] * 2,
                      [shard(self.one, 1, 3, 5), shard(self.one, 2, 3, 5), shard(self.one, 2, 3, 5)],
                      [shard(self.one, 1, 2, 5, "a"), shard(self.one, 2, 2, 5, "b")]):
            answer = self.measured(*which)
            self.assertEqual(answer["measured"], [])
            self.assertGreater(answer["sets_left_out"], 0)
        text = program.run("predict", self.path, "--nodes", "2", "--measured",
                           self.at("sets.jsonl")).stdout
        self.assertIn("left out: a shard is missing", text)

    def test_shards_that_shared_few_cores(self):
        """The planted machine has four."""
        for count, crowded in ((4, False), (5, True)):
            shards = [shard(self.one, k + 1, count, 30) for k in range(count)]
            (answer,) = self.measured(*shards)["measured"]
            self.assertEqual(answer["crowded"], crowded)
            text = program.run("predict", self.path, "--nodes", "2", "--measured",
                               self.at("sets.jsonl")).stdout
            self.assertEqual("fewer cores than threads" in text, crowded)
            self.assertLessEqual(max(len(line) for line in text.splitlines()), 80)
            shards[0]["host"]["name"] = "other"
            self.assertFalse(self.measured(*shards)["measured"][0]["crowded"])

    def test_runs_of_one_process_are_one_node(self):
        (run,) = self.measured(records.measured(40, 2, self.one))["measured"]
        self.assertEqual((run["nodes"], run["threads"]), (1, 2))
        self.assertAlmostEqual(run["predicted_seconds"], 50, 6)

    def test_shards_of_something_else(self):
        other = shard(self.one, 1, 2, 5)
        other["job"]["options"] = "size=32x32"
        fewer = shard(self.one, 1, 2, 5, rows=99)
        for which, word in ((other, "options"), (fewer, "number of rows")):
            self.refused(self.path, "--nodes", "2", "--measured",
                         self.records(which, name="sets.jsonl"), words=(word,))

    def test_shards_are_no_runs_of_their_own(self):
        """Nor are they replayed, though they have items."""
        part = records.planted([1] * 50, serial={})
        part["shard"] = {"set": "a", "index": 1, "count": 2, "first_row": 0, "rows": 50,
                         "set_rows": 100}
        path = self.records(part, self.one, once(self.one, "merge", 1, "a"))
        answer = self.nodes(path)
        self.assertEqual(answer["source"]["items"], 100)
        self.assertEqual(answer["measured"], [])


class CommandLine(NodesTest):
    def setUp(self):
        super().setUp()
        self.path = self.records(records.planted([1] * 20))

    def test_lists(self):
        for text, expected in (("1..20", [1, 2, 5, 10, 20]), ("3-5,4", [3, 4, 5]),
                               ("1..1,7", [1, 7])):
            self.assertEqual(sorted(self.points(self.path, "--nodes", text)), expected)
        for text in ("", "0", "1,", "1..", "x", "1..x", "10001", "2-1", "1-9999", "-1", "1e3",
                     "\x1b[31m", "9" * 400):
            self.refused(self.path, f"--nodes={text}", words=("--nodes",))

    def test_bandwidths(self):
        for text in ("", "0", "-1", "x", "1X", "1e99", "inf", "nan", "1GG", "1 G"):
            self.refused(self.path, "--nodes", "2", f"--bandwidth={text}", words=("--bandwidth",))
        answer = self.nodes(self.path, "--nodes", "2", "--bandwidth", "2.5g", "--node-bandwidth",
                            "100")["nodes"]
        self.assertEqual((answer["bandwidth"], answer["node_bandwidth"]), (2.5e9, 100))

    def test_what_does_not_fit(self):
        self.refused(self.path, "--bandwidth", "1G", words=("--nodes",))
        self.refused(self.path, "--nodes", "2", "--threads", "1,2", words=("one number",))
        self.refused(self.path, "--nodes", "2", "--schedule", "static", "--schedule", "dynamic",
                     words=("one --schedule",))
        self.refused(self.path, "--nodes", "2", "--effort", "3h", words=("--effort",))
        self.refused(self.path, "--items-total", "10000001", words=("--items-total",))
        self.refused(self.path, "--nodes", "1", "--schedule", "static", "--items-total",
                     "1000000000", words=("too many to simulate",))
        unknown = records.planted([1] * 5)
        unknown["job"]["bytes"] = None
        self.refused(self.records(unknown), "--nodes", "2", "--bandwidth", "1G",
                     words=("how many bytes",))

    def test_table(self):
        text = program.run("predict", self.path, "--nodes", "1,2,40", "--what-if", "decode=0.5",
                           "--items-total", "2000", "--bandwidth", "1G", "--node-bandwidth",
                           "1G").stdout
        for word in ("replayed", "decode takes 0.5", "2,000 items", "bandwidth", "left out",
                     "node-h", "limit", "compute"):
            self.assertIn(word, text)
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 80)

    def test_figure(self):
        result = self.check(program.run("predict", self.path, "--nodes", "1..50", "-o",
                                        self.at("p"), "--bandwidth", "1G"), CLEAN)
        script = open(self.at("p/predict_nodes.gp"), encoding="utf-8").read()
        self.assertIn("$CURVE", script)
        if shutil.which("gnuplot"):
            self.assertIn("predict_nodes.gp .svg .png", result.stdout)
            for name in ("svg", "png"):
                self.assertGreater(os.path.getsize(self.at(f"p/predict_nodes.{name}")), 1000)
            again = subprocess.run(["gnuplot", "predict_nodes.gp"], cwd=self.at("p"), check=True,
                                   capture_output=True)
            self.assertEqual(again.stderr, b"")
            text = program.run("predict", self.path, "--nodes", "1..50", "--term").stdout
            self.assertIn("speed-up over nodes", text)


if __name__ == "__main__":
    unittest.main()
