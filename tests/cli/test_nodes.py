#!/usr/bin/env python3
"""pixscale predict --nodes against processes that really share the slices of the bakery.

The work sleeps, so one machine stands for several. Started are they by mpirun where it is installed,
and as plain processes everywhere.
"""
import json
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import program
from neighbours import Neighbours
import sleepers
from program import CLEAN, ProgramTest

NODES = (1, 2, 4)
WITHIN = 0.05
TRIES = 5  # a busy machine wakes sleepers late; the median is of all tries so far
RECIPES = {
    "plain": [],
    "imbalance": ["--imbalance", "0.8"],
    "serial share": ["--serial", "0.1", "--imbalance", "0.5"],
    "one long slice": ["--longest", "0.2"],
    "costliest first": ["--imbalance", "0.9", "--order", "cost"],
    "static": ["--imbalance", "0.6", "--schedule", "static"],
    "overhead": ["--overhead", "0.3", "--serial", "0.05"],
}
BY_MPIRUN = ("plain", "imbalance", "serial share")  # how they are started changes nothing else
OF_TEAMS = (*BY_MPIRUN, "static")  # with several threads a rank, too: these take long
BAKE = ["bakery", "toast", "-q", "--slices", "96"]
# So long that some 10 ms, by which a busy machine wakes one of twelve sleepers late, are no 5 %.
MINUTE = {1: "10ms", 3: "25ms"}


class Nodes(ProgramTest):
    def wait(self, processes):
        for process in processes:
            _, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, CLEAN, err)

    def spawn(self, words):
        return subprocess.Popen(words, env=program.environment(
            OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1"),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def by_mpirun(self, count, words, _):
        self.wait([self.spawn(["mpirun", "-n", str(count), "--oversubscribe", "--bind-to", "none",
                               program.BINARY, *words])])

    def by_hand(self, count, words, name):
        self.wait([self.spawn([program.BINARY, *words, "--shard", f"{k + 1}/{count}", "--set",
                               name]) for k in range(count)])

    def bake(self, start, recipe, threads, number, left):
        """One record of one node of one toaster, and a set for each number of nodes."""
        words = [*BAKE, "--minute", MINUTE[threads], *recipe]
        one, sets = self.at(f"one{number}.jsonl"), self.at("sets.jsonl")
        self.check(program.run(*words, "--toasters", "1", "--profile", one, "--items"), CLEAN)
        for count in left:
            start(count, [*words, "--toasters", str(threads), "--profile", sets], f"{count}.{number}")
        return one, sets

    def agree(self, start, recipe, threads):
        for name in os.listdir(self.folder):
            os.unlink(self.at(name))
        left, told, late, neighbours = list(NODES), {}, [], Neighbours()
        for number in range(TRIES):
            one, sets = self.bake(start, recipe, threads, number, left)
            with open(one, encoding="utf-8") as stream:
                late.append(sleepers.lateness(json.load(stream)))
            answer = json.loads(self.check(program.run(
                "predict", one, "--nodes", ",".join(map(str, NODES)), "--threads", str(threads),
                "--measured", sets, "--json"), CLEAN).stdout)["nodes"]
            self.assertEqual(answer["sets_left_out"], 0)
            points = {p["nodes"]: p["seconds"] for p in answer["points"]}
            for measured in answer["measured"]:
                count = measured["nodes"]
                self.assertEqual(measured["threads"], threads)
                self.assertAlmostEqual(points[count], measured["predicted_seconds"], 9)
                if count in left:
                    told[count] = measured
            left = [count for count in left if abs(told[count]["error"]) > WITHIN]
            if not left:
                break
        for count, measured in sorted(told.items()):
            print(f"  {count} x {threads}: predicted {measured['predicted_seconds']:.3f} s, measured "
                  f"{measured['seconds']:.3f} s, error {100 * measured['error']:+.2f} %")
        self.assertEqual(sorted(told), list(NODES))
        if left:
            sleepers.skip_if_late(self, late, neighbours)
        self.assertFalse(left)

    def all_recipes(self, start, names=tuple(RECIPES)):
        for name in names:
            recipe = RECIPES[name]
            for threads in MINUTE if name in OF_TEAMS else (1,):
                with self.subTest(name, threads=threads):
                    print(f"{name}: {' '.join(recipe)}")
                    self.agree(start, recipe, threads)

    def test_plain_processes(self):
        self.all_recipes(self.by_hand)

    def test_mpirun(self):
        if not shutil.which("mpirun"):
            self.skipTest("no mpirun")
        self.all_recipes(self.by_mpirun, BY_MPIRUN)

    def test_a_planted_fault_is_seen(self):
        """Shards with a serial share that the replayed run did not have do not agree."""
        one, sets = self.bake(self.by_hand, ["--imbalance", "0.8"], 1, 0, ())
        self.by_hand(2, [*BAKE, "--minute", MINUTE[1], "--serial", "0.3", "-t", "1", "--profile", sets], "s")
        with open(sets, encoding="utf-8") as stream:
            records = [json.loads(line) for line in stream]
        with open(one, encoding="utf-8") as stream:
            source = json.load(stream)
        for record in records:
            record["job"].update(options=source["job"]["options"], command=source["job"]["command"])
        with open(sets, "w", encoding="utf-8") as stream:
            stream.writelines(json.dumps(record) + "\n" for record in records)
        answer = json.loads(self.check(program.run("predict", one, "--nodes", "2", "--measured", sets,
                                                   "--json"), CLEAN).stdout)["nodes"]
        self.assertGreater(abs(answer["measured"][0]["error"]), WITHIN)


if __name__ == "__main__":
    unittest.main()
