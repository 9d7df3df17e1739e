#!/usr/bin/python3
"""Sharded runs in `fit`, `plot` and `report`: what was planted is found, what is broken is named."""
import json
import os
import random
import re
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program
import records
import shards


class Ranks(program.ProgramTest):
    def load(self, *lists, command="fit", arguments=("--json",), status=program.CLEAN):
        path = self.write("ranks.jsonl", records.lines([one for some in lists for one in some]))
        return self.check(program.run(command, path, *arguments), status)

    def fit(self, *lists):
        return json.loads(self.load(*lists).out)

    def only(self, *lists):
        fit = self.fit(*lists)
        self.assertEqual([group["axis"] for group in fit["groups"]], ["ranks"])
        return fit["groups"][0]

    def part(self, group, ranks):
        return next(part for part in group["parts"] if part["ranks"] == ranks)


class Planted(Ranks):
    """Truths that are put into records must come out of them."""

    def test_time_is_that_of_list_slowest_shard_and_merge(self):
        group = self.only([shards.frozen(1.5)], shards.study(runs=1, uneven=0.2, merge=3.0))
        part = self.part(group, 4)
        self.assertAlmostEqual(part["freeze"], 1.5, 6)
        self.assertAlmostEqual(part["slowest"], 100 / 4 / 4 * 1.2 + 0.5, 6)
        self.assertAlmostEqual(part["mean"], 100 / 4 / 4 + 0.5, 6)
        self.assertAlmostEqual(part["startup"], 0.5, 6)
        self.assertAlmostEqual(part["merge"], 3.0, 6)
        self.assertAlmostEqual(part["seconds"], 1.5 + 8.0 + 3.0, 6)
        self.assertEqual([point["ranks"] for point in group["points"]], [1, 2, 4, 8])
        self.assertEqual(group["threads_per_rank"], 4)

    def test_serial_merge_is_found_within_its_interval(self):
        # 10 % of the time of one rank is the merge.
        merge = 25 / 9
        found = 0
        for seed in range(40):
            group = self.only(shards.study(seed=seed, noise=0.01, startup=0.0001, merge=merge))
            low, high = group["models"][0]["ci95"]
            self.assertLess(high - low, 0.03)
            found += low < 0.1 < high
            self.assertAlmostEqual(group["timers"]["serial_fraction"], 0.1, 2)
        # By chance 38; of these seeds.
        self.assertGreaterEqual(found, 35)

    def test_startup_of_every_shard_is_serial(self):
        group = self.only(shards.study(noise=0.005, startup=2.5, merge=0.0001))
        low, high = group["models"][0]["ci95"]
        truth = 2.5 / 27.5
        self.assertLess(low, truth)
        self.assertGreater(high, truth)
        self.assertAlmostEqual(group["timers"]["serial_fraction"], truth, 2)
        self.assertEqual(group["diagnosis"]["cause"], "serial")
        self.assertIn("start-up of a shard", group["verdict"])

    def test_imbalance_is_told_from_serial_time(self):
        group = self.only(shards.study(noise=0.0, startup=0.01, merge=0.01, uneven=0.25))
        row = next(row for row in group["ledger"] if row["ranks"] == 8)
        seconds = next(p["seconds"] for p in group["points"] if p["ranks"] == 8)
        self.assertAlmostEqual(row["imbalance"], 8 * 0.25 * 100 / 32 / seconds, 6)
        self.assertEqual(group["diagnosis"]["cause"], "imbalance")
        for row in group["ledger"]:
            whole = (row["speedup"] + row["serial"] + row["imbalance"] + row["overhead"]
                     + row["inflation"])
            self.assertAlmostEqual(whole, row["ranks"], 9)

    def test_runs_without_shards_are_one_rank_and_stay_runs(self):
        fit = self.fit(shards.study(ranks=(2, 4)), [shards.single(4) for _ in range(3)],
                       [shards.single(1) for _ in range(3)])
        self.assertEqual([group["axis"] for group in fit["groups"]], ["threads", "ranks"])
        threads, ranks = fit["groups"]
        self.assertEqual([p["threads"] for p in threads["points"]], [1, 4])
        self.assertEqual([p["runs"] for p in threads["points"]], [3, 3])
        self.assertEqual([p["ranks"] for p in ranks["points"]], [1, 2, 4])
        self.assertEqual(ranks["points"][0]["seconds"], 25.5)  # no merge
        self.assertIn("1/1", ranks["verdict"])
        self.assertIsNone(threads["threads_per_rank"])

    def test_shards_are_no_runs(self):
        fit = self.fit([shards.single(p) for p in (1, 2, 4)], shards.study(ranks=(2, 4)))
        threads = fit["groups"][0]
        self.assertEqual([(p["threads"], p["runs"]) for p in threads["points"]],
                         [(1, 1), (2, 1), (4, 1)])

    def test_each_number_of_threads_is_a_group_and_all_are_one_table(self):
        two = [shards.at(one, shard__set=one["shard"]["set"] + "-two")
               for one in shards.study(ranks=(1, 2, 4), threads=2)]
        fit = self.fit(shards.study(ranks=(1, 2, 4), threads=1), two)
        self.assertEqual([group["threads_per_rank"] for group in fit["groups"]], [1, 2])
        (table,) = fit["ranks_by_threads"]
        self.assertEqual((table["base"]["ranks"], table["base"]["threads"]), (1, 1))
        self.assertEqual(len(table["cells"]), 6)
        cell = next(c for c in table["cells"] if (c["ranks"], c["threads"]) == (4, 2))
        self.assertAlmostEqual(cell["seconds"], 12.5 + 2.5, 6)
        self.assertAlmostEqual(cell["speedup"], 102.5 / 15, 6)
        self.assertIn("Ranks by threads", self.load(shards.study(ranks=(1, 2), threads=1), two,
                                                    arguments=()).stdout)

    def test_weak_scaling_is_told_by_the_rows(self):
        sets = []
        for n in (1, 2, 4, 8):
            for run in range(3):
                sets += [shards.at(one, job__manifest_hash=f"{n:016x}") for one in
                         shards.sharded(f"{n}-{run}", n, work=50 * n, rows=1000 * n + 8 * (n == 1))]
        group = self.only(sets)
        self.assertTrue(group["weak"])
        self.assertEqual(group["weak_by"], "rows")
        share = group["models"][3]
        # Of the time of 8 ranks that of merge and start-up stays: the rate falls by nothing.
        self.assertLess(abs(share["serial_share"]), 0.01)
        self.assertAlmostEqual(group["points"][3]["speedup"], 8000 / 1008, 6)

    def test_weak_scaling_is_told_by_the_records(self):
        sets = []
        for n in (1, 2, 4):
            sets += [shards.at(one, job__manifest_hash=f"{n:016x}", job__weak=True,
                               job__command="pixscale run photos") for one in
                     shards.sharded(f"{n}", n, work=50 * n, rows=1000 * n + 300 * (n > 1))]
        group = self.only(sets)
        self.assertEqual(group["weak_by"], "records")

    def test_more_rows_a_rank_are_no_weak_scaling(self):
        sets = []
        for n in (1, 2, 4):
            sets += [shards.at(one, job__manifest_hash=f"{n:016x}") for one in
                     shards.sharded(f"{n}", n, rows=1000 * n + 30 * n * n)]
        fit = self.fit(sets)
        self.assertEqual([group["weak"] for group in fit["groups"]], [False] * 3)


class Crowded(Ranks):
    """Ranks that share cores are no nodes."""

    def crowd(self, n=4, threads=4, cores=8, cpu=0.5, hosts=("node1",), **how):
        sets = shards.study(ranks=(1, 2)) + shards.sharded("crowd", n, threads, hosts=hosts, **how)
        for one in sets:
            one["limits"] = {"affinity_cpus": cores, "cgroup_cpus": 0, "cores": cores}
            for thread in one["threads"]:
                thread["cpu_ns"] = round(cpu * thread["busy_ns"])
        return next(s for s in self.fit(sets)["groups"][0]["sets"] if s["set"] == "crowd")

    def test_more_threads_at_once_than_cores(self):
        found = self.crowd()
        self.assertTrue(found["excluded"])
        self.assertEqual(found["why"], "4 ranks of 4 threads shared 8 cores of node1")
        self.assertEqual(found["hosts"], 1)

    def test_ranks_with_cores_of_their_own(self):
        self.assertFalse(self.crowd(cpu=0.98)["excluded"])

    def test_ranks_of_several_hosts(self):
        self.assertFalse(self.crowd(hosts=("a", "b"))["excluded"])
        self.assertTrue(self.crowd(hosts=("a", "b"), n=6)["excluded"])

    def test_shards_one_after_the_other(self):
        self.assertFalse(self.crowd(together=False)["excluded"])

    def test_short_shards_one_after_the_other_within_a_second(self):
        self.assertFalse(self.crowd(work=4.0, startup=0.01)["excluded"])
        self.assertTrue(self.crowd(work=8.0, startup=0.01)["excluded"])

    def test_without_a_time_all_were_at_once(self):
        sets = shards.sharded("crowd", 4, hosts=["node1"], together=False)
        for one in sets:
            one["limits"] = {"affinity_cpus": 8, "cgroup_cpus": 0, "cores": 8}
            for thread in one["threads"]:
                thread["cpu_ns"] = thread["busy_ns"] // 2
        for stamp, excluded in ((None, True), ("yesterday", True), (sets[0]["time_utc"], True)):
            timed = [shards.at(one, time_utc=stamp) for one in sets]
            self.assertEqual(self.only(timed)["sets"][0]["excluded"], excluded, stamp)
        self.assertFalse(self.only(sets)["sets"][0]["excluded"])

    def test_enough_cores(self):
        self.assertFalse(self.crowd(cores=16)["excluded"])

    def test_work_that_sleeps_and_what_was_asked_for(self):
        for change in ({"job__work": "waiting"}, {"job__oversubscribe": True}):
            sets = [shards.at(one, **change) for one in
                    shards.sharded("crowd", 4, hosts=["node1"]) + shards.sharded("two", 2)]
            for one in sets:
                one["limits"] = {"affinity_cpus": 2, "cgroup_cpus": 0, "cores": 2}
            group = self.only(sets)
            self.assertEqual([s["excluded"] for s in group["sets"]], [False, False], change)

    def test_figures_and_tables_say_so(self):
        sets = shards.study(ranks=(1, 2)) + shards.sharded("crowd", 4, hosts=["node1"])
        for one in sets:
            one["limits"] = {"affinity_cpus": 8, "cgroup_cpus": 0, "cores": 8}
            for thread in one["threads"]:
                thread["cpu_ns"] = thread["busy_ns"] // 2
        self.assertIn("4 ranks of 4 threads shared 8 cores",
                      self.load(sets, arguments=()).stdout)


class Broken(Ranks):
    """Records of others may say anything."""

    def left_out(self, sets, text):
        fit = self.fit(sets, shards.study(ranks=(1, 2)))
        self.assertEqual([p["ranks"] for p in fit["groups"][0]["points"]], [1, 2])
        self.assertEqual(len(fit["left_out"]), 1, fit["left_out"])
        self.assertRegex(fit["left_out"][0], text)

    def test_incomplete_sets(self):
        whole = shards.sharded("broken", 4)
        self.left_out(whole[:2] + whole[3:], "Set broken is left out: it lacks the records of 1 of 4 "
                                             r"shards: 3\.")
        self.left_out(whole[1:2] + whole[4:], "3 of 4 shards: 1, 3, 4")
        many = shards.sharded("broken", 40)
        self.left_out(many[:1], "39 of 40 shards: 2, 3, 4, 5, 6, 7, 8, 9, ...")

    def test_nothing_whole(self):
        result = self.load(shards.sharded("broken", 4)[:3], status=program.USAGE)
        self.assertIn("no whole run", result.stderr)
        self.assertIn("lacks the records of 1 of 4 shards: 4", result.stderr)
        result = self.load([shards.frozen(1.0)], status=program.USAGE)
        self.assertIn("no whole run", result.stderr)

    def test_numbers_that_cannot_be(self):
        whole = shards.sharded("broken", 4, merge=None)
        self.left_out(whole[:3] + [shards.at(whole[3], shard__index=5)], "shard 5 of 4")
        self.left_out(whole[:3] + [shards.at(whole[3], shard__index=10**18)], "shard 10+ of 4")
        self.left_out(whole[:3] + [shards.at(whole[3], shard__index=None)], "shard -1 of 4")
        self.left_out(whole[:3] + [shards.at(whole[3], shard__index=0)], "shard 0 of 4")
        self.left_out([shards.at(one, shard__count=10**18) for one in whole],
                      "9+6 of 10+ shards: 5, 6, 7, 8, 9, 10, 11, 12, ...")
        self.left_out(whole[:3] + [shards.at(whole[3], shard__count=3)], "number of shards")

    def test_negative_numbers_are_refused(self):
        for name in ("index", "count", "rows", "set_rows", "first_row"):
            sets = shards.sharded("broken", 2)
            sets[0]["shard"][name] = -1
            self.load(sets, status=program.USAGE)

    def test_records_that_do_not_belong_together(self):
        whole = shards.sharded("broken", 4, merge=None)
        self.left_out(whole[:3] + [shards.at(whole[3], job__manifest_hash="1")], "the inputs")
        self.left_out(whole[:3] + [shards.at(whole[3], job__options="size=8x8")], "the options")
        self.left_out(whole[:3] + shards.sharded("broken", 4, threads=2)[3:4], "number of threads")
        self.left_out([shards.at(one, shard__set=None) for one in whole],
                      "4 records of shards are left out")

    def test_a_shard_that_was_resumed(self):
        whole = shards.sharded("twice", 2)
        again = shards.at(whole[1], guard__contaminated=True, guard__why="resumed")
        group = self.only(shards.study(ranks=(1, 4)), whole[:2] + [again] + whole[2:])
        found = next(s for s in group["sets"] if s["set"] == "twice")
        self.assertEqual(found["why"], "shard 2 was made in 2 goes")
        self.assertAlmostEqual(found["slowest"], 2 * 13.0, 6)
        group = self.only(shards.study(ranks=(1, 4)), whole[:1] + [again])
        found = next(s for s in group["sets"] if s["set"] == "twice")
        self.assertEqual(found["why"], "shard 2: resumed")

    def test_a_disturbed_merge(self):
        whole = shards.sharded("busy", 2)
        whole[-1]["guard"].update(contaminated=True, why="somebody else was here")
        group = self.only(shards.study(ranks=(1, 4)), whole)
        found = next(s for s in group["sets"] if s["set"] == "busy")
        self.assertEqual(found["why"], "merge: somebody else was here")

    def test_merges_of_nothing_and_lists_of_others_do_no_harm(self):
        group = self.only(shards.study(), [shards.merged("nobody", 4, 99.0)],
                          [shards.at(shards.frozen(99.0), job__manifest_hash="other")])
        self.assertEqual([part["freeze"] for part in group["parts"]], [None] * 4)
        self.assertEqual([part["merge"] for part in group["parts"]], [2.0] * 4)

    def test_different_machines_are_never_put_together(self):
        fit = self.fit(shards.study(ranks=(1, 2), runs=1),
                       [shards.at(one, host__cpu_model="another", shard__set="x")
                        for one in shards.sharded("x", 4)])
        self.assertEqual([[p["ranks"] for p in g["points"]] for g in fit["groups"]], [[1, 2], [4]])

    def test_text_of_records_stays_text(self):
        sets = records.hostile(shards.study(ranks=(1, 2, 4), runs=2))
        result = self.load(sets, sets[:1], arguments=())
        self.assertNotIn(b"\x1b", result.out)
        self.assertNotIn("\u202e", result.stdout)


@unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
class Drawn(Ranks):
    """Figures and pages."""
    FIGURES = ["ranks_speedup", "ranks_time", "ranks_load"]

    def plot(self, *lists, arguments=()):
        self.load(*lists, command="plot", arguments=("-o", self.at("plots"), *arguments))
        return sorted(name[:-3] for name in os.listdir(self.at("plots")) if name.endswith(".gp"))

    def block(self, figure, name):
        with open(self.at("plots", figure + ".gp"), encoding="utf-8") as stream:
            body = re.search(rf"^\${name} << EOD\n(.*?)^EOD$", stream.read(), re.M | re.S)[1]
        return [line.split() for line in body.splitlines()]

    def test_sharded_runs_have_figures_of_their_own(self):
        drawn = self.plot([shards.frozen(1.5)], shards.study(uneven=0.2))
        self.assertEqual(drawn, sorted(self.FIGURES))
        for name in drawn:
            for suffix in (".svg", ".png"):
                self.assertGreater(os.path.getsize(self.at("plots", name + suffix)), 1000)
        both = self.plot(shards.study(ranks=(2, 4)), [shards.single(p) for p in (1, 2, 4)])
        self.assertLess(set(self.FIGURES), set(both))
        self.assertIn("speedup", both)

    def test_bars_are_the_shards(self):
        self.plot(shards.study(ranks=(1, 8), uneven=0.4))
        rows = [[float(word) for word in row] for row in self.block("ranks_load", "SHARDS")]
        self.assertEqual(len(rows), 8)
        self.assertEqual([row[3] for row in rows], [0] * 7 + [1])
        self.assertAlmostEqual(rows[7][1], 100 / 32 * 1.4 + 0.5, 6)
        self.assertAlmostEqual(rows[7][2], 100 / 32 * 1.4, 6)

    def test_many_shards_are_sorted(self):
        self.plot(shards.study(ranks=(1, 100), runs=1, uneven=0.4))
        rows = [[float(word) for word in row] for row in self.block("ranks_load", "SHARDS")]
        self.assertEqual(len(rows), 100)
        self.assertEqual(rows, sorted(rows, key=lambda row: row[1]))

    def test_parts_of_the_time_are_all_of_it(self):
        self.plot([shards.frozen(1.5)], shards.study(uneven=0.2, merge=3.0))
        rows = [[float(word) for word in row] for row in self.block("ranks_time", "PARTS")]
        for place in range(4):
            self.assertAlmostEqual(max(row[3] for row in rows if row[0] == place), 1, 5)
        whole = 1.5 + 100 / 32 * 1.2 + 0.5 + 3.0
        merge = next(row for row in rows if row[:2] == [3, 4])
        self.assertAlmostEqual(merge[3] - merge[2], 3.0 / whole, 5)

    def test_terminal(self):
        out = self.load(shards.study(), command="plot", arguments=("--term",)).stdout
        for title in ("Speed-up across nodes", "What the time is made of", "8 node8"):
            self.assertIn(title, out)

    def report(self, *lists):
        self.load(*lists, command="report", arguments=("-o", self.at("page.html")))
        with open(self.at("page.html"), encoding="utf-8") as stream:
            return stream.read()

    def test_page(self):
        page = self.report(shards.study(ranks=(1, 2, 4)), shards.sharded("broken", 4)[:3],
                           [shards.single(p) for p in (1, 2, 4) for _ in range(2)])
        self.assertIn('<section id="verdict">', page)
        self.assertIn('<section id="nodes"><h2>Across nodes</h2>', page)
        for figure in self.FIGURES:
            self.assertEqual(page.count(f'<figure id="{figure}">'), 1)
        self.assertIn("it lacks the records of 1 of 4 shards: 4", page)
        self.assertIn("Ranks by threads", page)

    def test_page_of_sharded_runs_alone(self):
        page = self.report(shards.study())
        self.assertNotIn('<section id="verdict">', page)
        self.assertIn("ranks of 4 threads</h1>", page)

    def test_page_without_sharded_runs_has_no_such_section(self):
        self.assertNotIn("Across nodes</h2>", self.report(records.sweep(runs=2)))

    def test_hostile_text(self):
        sets = records.hostile(shards.study(ranks=(1, 2, 4), runs=2))
        self.plot(sets, arguments=("--only", "ranks_load,ranks_time,ranks_speedup"))
        page = self.report(sets)
        self.assertNotIn("<script", page)
        self.assertNotIn("\u202e", page)
        self.assertFalse(os.path.exists("pwned") or os.path.exists(self.at("plots", "pwned")))


if __name__ == "__main__":
    program.main()
