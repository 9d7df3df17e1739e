#!/usr/bin/python3
"""`pixscale calibrate`: planted faults are found, named, and shown as tables and as JSON.

What is measured is sleep, so that its numbers may be checked; a machine on which sleepers wake up
late gets some more tries. With the argument `all` the whole of --quick is run, not a part of it.
"""
import json
import os
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program
from neighbours import Neighbours

CASES = {"nothing": "none", "serial-5": "serial", "serial-25": "serial", "triangle": "imbalance",
         "longest": "imbalance", "overhead": "overhead", "contention": "contention",
         "knee": "bandwidth", "slow-static": "slow-thread", "slow-dynamic": "slow-thread"}
PART = {"serial-25": (0.25, 0.02), "triangle": (0.4692, 0.05),  # the truth, and how close to it
        "slow-static": (2.5, 0.3)}
CAUSES = {"none", "serial", "imbalance", "slow-thread", "overhead", "contention", "bandwidth",
          "unknown"}
TRIES = 6
WHOLE = sys.argv[1:] == ["all"]


class Calibrate(program.ProgramTest):
    def calibrate(self, *arguments, until=lambda found: True):
        """The JSON of the first try of which that is true. Where none is and others use the machine,
        the test is skipped; else it is the last one's."""
        neighbours = Neighbours()
        for attempt in range(TRIES):
            time.sleep(attempt)
            result = program.run("calibrate", "--json", *arguments)
            self.assertIn(result.status, (program.CLEAN, program.SOME_FAILED), result)
            found = json.loads(result.out)
            self.assertEqual(found["schema"], "pixscale.calibrate/1")
            self.assertEqual(result.status == program.CLEAN, found["named"] >= 0.9 * found["of"])
            if until(found):
                return found
        neighbours.excuse(self)
        return found

    def check_shape(self, found, words):
        self.assertEqual([c["name"] for c in found["cases"]], list(words))
        self.assertEqual(found["of"], len(words))
        self.assertEqual(found["threads"], [1, 2, 4, 8])
        right = held = 0
        for case in found["cases"]:
            self.assertEqual(case["cause"], CASES[case["name"]])
            self.assertIn(case["diagnosed"], CAUSES)
            right += case["diagnosed"] == case["cause"]
            if case["ci95"]:
                self.assertLessEqual(case["ci95"][0], case["ci95"][1])
                self.assertEqual(case["holds"],
                                 case["ci95"][0] <= case["truth"] <= case["ci95"][1])
            held += case["holds"]
        self.assertEqual(found["named"], right)
        self.assertEqual(found["held"], held)
        planted = {CASES[word] for word in words}
        self.assertEqual(set(found["confusion"]), planted)
        for cause, row in found["confusion"].items():
            self.assertEqual(set(row), CAUSES)
            alike = [word for word in words if CASES[word] == cause]
            sweeps = 1 if found["quick"] else 2000
            self.assertEqual(sum(row.values()), len(alike) * sweeps)

    @staticmethod
    def as_planted(found):
        """Whether the causes of PART are named, and how much is found is close to the truth."""
        by_name = {c["name"]: c for c in found["cases"]}
        return found["named"] == len(PART) and all(
            abs(by_name[name]["estimate"] - truth) <= within
            for name, (truth, within) in PART.items())

    @unittest.skipIf(WHOLE, "a part of the whole")
    def test_planted_faults_are_found_and_named(self):
        kept = self.at("kept.jsonl")
        found = self.calibrate("--quick", "--runs", "3", "--cases", ",".join(PART), "--seed", "5",
                               "--keep", kept, until=self.as_planted)
        self.check_shape(found, PART)
        self.assertTrue(found["quick"])
        self.assertEqual((found["runs"], found["seed"]), (3, 5))
        self.assertTrue(all(c["coverage"] is None for c in found["cases"]))
        self.assertTrue(self.as_planted(found), found["cases"])
        for case in found["cases"]:
            self.assertAlmostEqual(case["truth"], PART[case["name"]][0], delta=1e-4)
        # The records are those of any profile, one group a case.
        groups = json.loads(self.check(program.run("fit", "--json", kept), program.CLEAN).out)
        self.assertEqual(len(groups["groups"]), len(PART))
        for group in groups["groups"]:
            self.assertTrue(group["waiting"])
            self.assertEqual([p["runs"] % 3 for p in group["points"]], [0] * 4)

    @unittest.skipIf(WHOLE, "a part of the whole")
    def test_coverage_is_told_without_quick(self):
        found = self.calibrate("--runs", "2", "--cases", "knee")
        self.check_shape(found, ["knee"])
        coverage = found["cases"][0]["coverage"]
        self.assertEqual((coverage["sweeps"], coverage["runs"]), (2000, 5))
        self.assertEqual(sum(coverage["diagnosed"].values()), 2000)
        for share in (coverage["truth"], coverage["all_runs"]):
            self.assertTrue(0 <= share <= 1)

    @unittest.skipIf(WHOLE, "a part of the whole")
    def test_table_fits_a_terminal(self):
        result = program.run("calibrate", "--quick", "--runs", "2", "--cases", "longest,nothing",
                             "--progress", "on")
        self.assertIn(result.status, (program.CLEAN, program.SOME_FAILED), result)
        lines = result.stdout.splitlines()
        self.assertLessEqual(max(map(len, lines)), 80)
        self.assertTrue(result.stdout.isascii())
        self.assertIn("nothing", result.stdout)
        self.assertIn("one long slice, last", result.stdout)
        self.assertNotIn("sockets", result.stdout)
        self.assertIn("2 cases x 4 teams x 2 runs, about", result.stderr)

    @unittest.skipIf(WHOLE, "a part of the whole")
    def test_stopped(self):
        """^C ends the run in hand and the folder of records goes away; what was kept stays."""
        kept, folder = self.at("kept.jsonl"), self.at("tmp")
        os.mkdir(folder)
        process = program.spawn(["calibrate", "--cases", "nothing", "--keep", kept],
                                env={"TMPDIR": folder}, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)
        for _ in range(600):
            time.sleep(0.05)
            inside = [os.path.join(folder, name) for name in os.listdir(folder)]
            if inside and os.listdir(inside[0]):
                break
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGINT, err)
        self.assertIn(b"stopped by SIGINT", err)
        self.assertEqual(os.listdir(folder), [])
        with open(kept, encoding="utf-8") as stream:
            for line in stream:
                self.assertEqual(json.loads(line)["job"]["kind"], "bakery")

    @unittest.skipIf(WHOLE, "a part of the whole")
    def test_bad_options(self):
        for arguments, said in ((["--runs", "1"], "runs"), (["--runs", "many"], "runs"),
                                (["--cases", "knees"], "'knees' is no case"),
                                (["--cases", ""], "'' is no case"),
                                (["--cases", "knee,"], "'' is no case"),
                                (["--seed", "-3"], "seed"), (["toast"], "unexpected 'toast'"),
                                (["--progress", "maybe"], "progress"), (["--quik"], "--quick")):
            result = self.check(program.run("calibrate", *arguments), program.USAGE)
            self.assertEqual(result.stdout, "")
            self.assertEqual(len(result.stderr.splitlines()), 1, result)
            self.assertIn(said, result.stderr)

    @unittest.skipIf(WHOLE, "a part of the whole")
    def test_no_place_for_records(self):
        result = program.run("calibrate", "--quick", env={"TMPDIR": self.at("missing")})
        self.assertEqual(result.status, program.OUTPUT, result)
        self.assertIn("cannot make a folder", result.stderr)
        self.write("other", b"not a record\n")
        for path, status in (("missing/a.jsonl", program.OUTPUT), ("", program.USAGE),
                             ("other", program.USAGE)):
            result = program.run("calibrate", "--quick", "--keep", self.at(path))
            self.check(result, status)
            self.assert_one_line_error(result, self.at(path))  # and nothing has been run

    @unittest.skipUnless(WHOLE, "takes a quarter of a minute")
    def test_nine_of_ten(self):
        found = self.calibrate("--quick",
                               until=lambda found: found["named"] >= 9 and found["seconds"] < 20)
        self.check_shape(found, CASES)
        self.assertGreaterEqual(found["named"], 9, found["cases"])
        self.assertLess(found["seconds"], 20)


if __name__ == "__main__":
    del sys.argv[1:]
    program.main()
