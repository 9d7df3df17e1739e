#!/usr/bin/python3
"""`pixscale sweep`: the records it leaves, of pictures and of programs with a known truth, and what
becomes of programs that fail, are missing or are interrupted."""
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

PLANTED = os.environ.get("PLANTED", "planted")
COMPUTES = ("sh", "-c", "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done")
CPUS = len(os.sched_getaffinity(0))


def gone(pid):
    """True when a process has ended, whether or not somebody has asked how."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            return stream.read().rsplit(b")", 1)[1].split()[0] in (b"Z", b"X")
    except (FileNotFoundError, ProcessLookupError):
        return True


class SweepTest(program.ProgramTest):
    def sweep(self, *arguments, status=program.CLEAN, **how):
        return self.check(program.run("sweep", *arguments, cwd=self.folder, **how), status)

    def records(self, name="r.jsonl"):
        """The records of a file below the test's folder; every line must be one."""
        with open(self.at(name), encoding="utf-8") as stream:
            text = stream.read()
        self.assertTrue(text.endswith("\n"))
        records = [json.loads(line) for line in text.splitlines()]
        for record in records:
            self.assertEqual(record["schema"], "pixscale.profile/1")
        return records

    def assert_nothing_left(self, *but):
        left = [name for name in os.listdir(self.folder) if name not in but]
        self.assertEqual(left, [])

    def wait_for(self, condition):
        for _ in range(3000):
            if condition():
                return
            time.sleep(0.01)
        self.fail("waited for 30 s in vain")


class CommandLine(SweepTest):
    def refused(self, *arguments, words=(), **how):
        result = self.sweep(*arguments, status=program.USAGE, **how)
        self.assertEqual(result.out, b"")
        self.assert_one_line_error(result, *words)
        self.assert_nothing_left("s")

    def test_refusals(self):
        os.mkdir(self.at("s"))
        self.refused(words=["no input", "--"])
        self.refused("--", words=["no program"])
        self.refused("s", "--", "true", words=["not both"])
        self.refused("--weak", "--", "true", words=["--weak"])
        self.refused("--size", "8x8", "--", "true", words=["--size"])
        for threads in ("0", "1,", "x", "2-1", "1025", "1-65"):
            self.refused("s", "--threads", threads, words=["--threads", threads])
        for width in ("0", "-1%", "x", "101%", "nan"):
            self.refused("s", "--ci", width, words=["--ci", width])
        for budget in ("-1", "1x", "", "inf", "nan"):
            self.refused("s", "--budget", budget, words=["--budget", budget])
        self.refused("s", "--size", "0x1", words=["--size"])
        self.refused("s", "--dtype", "u8", "--mean", "1", words=["--mean"])
        self.refused("s", "--force", words=["--force"])
        self.refused("s", "--serial", words=["--serial"])
        self.refused("s", "-o", "s", words=["folder"])

    def test_records_that_cannot_be_written(self):
        result = self.sweep("-o", "nowhere/r.jsonl", "--", "true", status=program.OUTPUT)
        self.assert_one_line_error(result, "nowhere/r.jsonl")
        self.assert_nothing_left()

    def test_no_other_file_is_appended_to(self):
        photo = self.write("photo.jpg", b"\xff\xd8\xff")
        self.sweep("-o", photo, "--", "true", status=program.USAGE)
        with open(photo, "rb") as stream:
            self.assertEqual(stream.read(), b"\xff\xd8\xff")

    def test_help_is_of_sweep(self):
        result = self.check(program.run("sweep", "--help"), program.CLEAN)
        for name in ("--oversubscribe", "--ci", "--budget", "--weak", "run --help"):
            self.assertIn(name, result.stdout)
        self.assertNotIn("--filter", result.stdout)


class Pictures(SweepTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pictures = os.path.join(cls.shared, "pictures")
        result = program.run("synth", "-n", "24", "--max-side", "260", "-q", cls.pictures)
        assert result.status == 0, str(result)

    def of(self, records, threads, serial=False):
        return [r for r in records
                if r["omp"]["requested"] == threads and r["job"]["serial"] == serial]

    def test_records_of_a_round(self):
        result = self.sweep(self.pictures, "--threads", "1,2", "--budget", "0", "--size", "9x8",
                            "--filter", "box", "-o", "r.jsonl")
        self.assertIn("3 records", result.stdout)
        self.assertIn("1 round ", result.stdout)
        self.assertIn("pixscale fit r.jsonl", result.stdout)
        records = self.records()
        self.assertEqual(len(records), 3)
        for threads, serial in ((1, False), (2, False), (1, True)):
            (record,) = self.of(records, threads, serial)
            self.assertEqual(record["omp"]["delivered"], threads)
            self.assertEqual(record["job"]["kind"], "serial" if serial else "run")
            self.assertEqual(record["job"]["items"], 24)
            self.assertEqual(record["job"]["failed"], 0)
            self.assertIn("size=9x8", record["job"]["options"])
            self.assertIn("box", record["job"]["options"])
            self.assertEqual(sum(p["wall_ns"] for p in record["phases"]), record["wall_ns"])
            self.assertFalse(record["job"]["oversubscribe"] or record["job"]["weak"])
            if threads <= CPUS:
                self.assertGreater(record["guard"]["capacity"], 0)
        self.assertEqual(len({r["job"]["command"] for r in records}), 1)
        self.assertEqual(len({r["job"]["manifest_hash"] for r in records}), 1)
        self.assertNotIn(".sweep", records[0]["job"]["command"])
        self.assert_nothing_left("r.jsonl")

    def test_default_file_is_appended_to(self):
        for count in (2, 4):
            result = self.sweep(self.pictures, "--threads", "1", "--budget", "0", "--json")
            summary = json.loads(result.stdout)
            self.assertRegex(summary["records"], r"\Aprofiles/[\w.-]+-\d{4}-\d\d-\d\d\.jsonl\Z")
            self.assertEqual(len(self.records(summary["records"])), count)
        self.assertEqual(summary["schema"], "pixscale.sweep/1")
        self.assertEqual((summary["rounds"], summary["runs"], summary["threads"]), (1, 2, [1]))
        self.assertEqual(summary["stopped_by"], "budget")
        self.assertEqual(os.listdir(self.at("profiles")), [os.path.basename(summary["records"])])

    def test_weak_multiplies_the_work(self):
        self.sweep(self.pictures, "--weak", "--threads", "1,2,3", "--budget", "0", "-q",
                   "--oversubscribe", "-o", "r.jsonl")
        records = self.records()
        self.assertEqual(len(records), 4)
        (one,) = self.of(records, 1)
        (serial,) = self.of(records, 1, serial=True)
        self.assertEqual((one["job"]["kind"], serial["job"]["kind"]), ("weak", "serial"))
        for record in records:
            self.assertTrue(record["job"]["weak"] and record["job"]["oversubscribe"])
            for what in ("items", "bytes", "pixels"):
                self.assertEqual(record["job"][what],
                                 record["omp"]["requested"] * one["job"][what])

    def test_lists_and_failed_pictures(self):
        """A list from standard input serves every run; a bad picture is no failure of the sweep."""
        names = [os.path.join(self.pictures, name) for name in sorted(os.listdir(self.pictures))[:7]]
        names.append(self.write("bad.jpg", b"\xff\xd8\xff\xe0 nothing"))
        for separator, options in (("\n", []), ("\0", ["-0"])):
            self.sweep("--files-from", "-", *options, "--threads", "1,2", "--budget", "0", "-q",
                       "-o", f"{len(options)}.jsonl", stdin=separator.join(names).encode())
            records = self.records(f"{len(options)}.jsonl")
            self.assertEqual([r["job"]["items"] for r in records], [8] * 3)
            self.assertEqual([r["job"]["failed"] for r in records], [1] * 3)

    def test_an_option_for_teams_is_not_for_the_plain_loop(self):
        self.sweep(self.pictures, "--schedule", "static", "--items", "--threads", "2", "--budget",
                   "0", "-q", "-o", "r.jsonl")
        records = self.records()
        (record,) = self.of(records, 2)
        self.assertEqual(record["omp"]["schedule"], "static")
        self.assertEqual(sorted(record["items"]["row"]), list(range(24)))
        self.assertEqual(len(self.of(records, 1, serial=True)), 1)

    def test_a_run_that_fails(self):
        result = self.sweep(self.at("no-such-folder"), "--threads", "1", "-o", "r.jsonl",
                            status=program.USAGE)
        self.assertIn("no-such-folder", result.stderr)
        self.assertIn("exit status 2", result.stderr)
        bad = self.write("bad.png", b"\x89PNG\r\n\x1a\n")
        result = self.sweep(bad, "--on-error", "fail", "--threads", "1", "-o", "r.jsonl",
                            status=program.TOO_MANY)
        self.assertIn("exit status 4", result.stderr)
        self.assert_nothing_left("bad.png")

    def test_interrupt_removes_the_arrays(self):
        process = program.spawn(["sweep", self.pictures, "--threads", "1,2", "--ci", "0.1%",
                                 "--budget", "1h", "-o", "r.jsonl"], cwd=self.folder,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.wait_for(lambda: os.path.exists(self.at("r.jsonl")))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (128 + signal.SIGTERM, b""))
        self.assertIn(b"SIGTERM", err)
        count = int(re.search(rb"records of (\d+) run", err)[1])
        self.assertEqual(len(self.records()), count)
        self.assert_nothing_left("r.jsonl")


class Programs(SweepTest):
    def launch_seconds(self):
        """What it takes to start and end a program of 16 threads that has 1 ms to do."""
        seconds = []
        for _ in range(9):
            start = time.monotonic()
            subprocess.run([PLANTED, "1", "0"], env=program.environment(OMP_NUM_THREADS="16"),
                           check=True)
            seconds.append(time.monotonic() - start)
        return sorted(seconds)[4]

    def fitted_share(self, threads):
        """Serial share by least squares of relative errors, T = parallel / p + serial. A busy
        machine can only add to a program that sleeps: the least time of each point counts."""
        records = self.records()
        p = numpy.array(threads, float)
        seconds = numpy.array([min(r["wall_ns"] for r in records if r["omp"]["requested"] == n)
                               for n in threads]) * 1e-9
        terms = numpy.stack([1 / p, numpy.ones_like(p)], 1) / seconds[:, None]
        (parallel, serial), *_ = numpy.linalg.lstsq(terms, numpy.ones_like(p), rcond=None)
        return serial / (serial + parallel)

    def test_what_a_program_computes_at_its_start_is_not_held_against_its_waiting(self):
        """Of 16 threads' 31 ms 6 are computed; of one thread's 406 no more."""
        self.sweep("--threads", "1,16", "--budget", "1s", "-q", "-o", "r.jsonl", "--", PLANTED, "400",
                   "0", "6")
        for record in self.records():
            self.assertEqual(record["job"]["work"], "waiting")

    def test_a_planted_serial_share_is_found(self):
        """20 % of 2 s are serial. More rounds are made while others are in the way."""
        threads = [1, 2, 4, 8, 16]
        for _ in range(3):
            self.sweep("--oversubscribe", "--threads", ",".join(map(str, threads)), "--budget",
                       "14s", "--ci", "0.1%", "-o", "r.jsonl", "--", PLANTED, "2000", "0.2")
            self.check_planted(self.records(), threads)
            if abs(self.fitted_share(threads) - 0.2) < 0.01:
                return
        launch = self.launch_seconds()
        if launch > 0.01:
            self.skipTest(f"too busy a machine: starting a program takes {1000 * launch:.0f} ms")
        self.assertAlmostEqual(self.fitted_share(threads), 0.2, delta=0.01)

    def check_planted(self, records, threads):
        self.assertGreaterEqual(len(records), 5)
        self.assertEqual(len(records) % 5, 0)
        for first in range(0, len(records), 5):  # whole rounds, each with every point
            self.assertEqual(sorted(r["omp"]["requested"] for r in records[first:first + 5]),
                             threads)
        for record in records:
            self.assertEqual(record["job"]["kind"], "foreign")
            self.assertEqual(record["job"]["command"], f"{PLANTED} 2000 0.2")
            self.assertTrue(record["job"]["oversubscribe"])
            self.assertFalse(record["job"]["serial"] or record["job"]["weak"])
            self.assertNotIn("threads", record)
            self.assertEqual(record["limits"]["affinity_cpus"], CPUS)
            self.assertEqual(record["job"]["work"], "waiting")
            self.assertFalse(record["guard"]["contaminated"])

    def test_a_program_that_computes(self):
        self.sweep("-t", f"1,{CPUS + 1}", "--oversubscribe", "--budget", "0", "-q", "-o", "r.jsonl",
                   "--", *COMPUTES)
        for record in self.records():
            self.assertEqual(record["job"]["work"], "computing")
            self.assertEqual("capacity" in record["guard"], record["omp"]["requested"] == 1)

    def test_the_program_gets_its_threads_and_our_environment(self):
        # It clearly waits: one run of the largest team tells, and no other warms up.
        script = 'echo "$OMP_NUM_THREADS $COLOR $*" >> seen; cat > /dev/null; sleep 0.8'
        self.sweep("-t", "1-3", "--oversubscribe", "--budget", "0", "-q", "-o", "r.jsonl", "--",
                   "sh", "-c", script, "sh", "--size", "a b", env={"COLOR": "blue",
                                                                   "OMP_NUM_THREADS": "7"})
        with open(self.at("seen"), encoding="utf-8") as stream:
            seen = stream.read().splitlines()
        self.assertEqual(seen[0], "3 blue --size a b")  # the warm-up
        self.assertEqual(sorted(seen[1:]), [f"{n} blue --size a b" for n in (1, 2, 3)])
        self.assertTrue(self.records()[0]["job"]["command"].endswith("sh --size 'a b'"))

    def test_affinity_is_given_on(self):
        """Under OMP_PROC_BIND the sweep itself sits on one CPU; what it starts must not."""
        self.sweep("-t", "1", "--budget", "0", "-q", "-o", "r.jsonl", "--", "sh", "-c",
                   "grep Cpus_allowed: /proc/self/status > mask", env={"OMP_PROC_BIND": "true"})
        with open(self.at("mask"), encoding="utf-8") as stream:
            mask = int(stream.read().split()[1].replace(",", ""), 16)
        self.assertEqual(bin(mask).count("1"), CPUS)

    def test_a_failing_program(self):
        for script, words in (("echo 'oh \x1b[31mno' >&2; exit 7", ["exit status 7", "oh \\x1b[31mno"]),
                              ("kill -SEGV $$", ["signal 11", "no message"])):
            result = self.sweep("-t", "1,2", "-o", "r.jsonl", "--", "sh", "-c", script,
                                status=program.OUTPUT)
            self.assertEqual(result.out, b"")
            for word in ["2 threads", *words]:
                self.assertIn(word, result.stderr)
            self.assert_nothing_left()

    def test_a_program_that_fails_later(self):
        result = self.sweep("-t", "1,2,3", "--oversubscribe", "-o", "r.jsonl", "--", "sh", "-c",
                            'test "$OMP_NUM_THREADS" != 2', status=program.OUTPUT)
        self.assertIn("2 threads", result.stderr)
        if os.path.exists(self.at("r.jsonl")):
            self.assertNotIn(2, [r["omp"]["requested"] for r in self.records()])

    def test_a_missing_program(self):
        result = self.sweep("--", "no-such-program", status=program.USAGE)
        self.assert_one_line_error(result, "no-such-program", "No such file")
        self.assert_nothing_left()

    def test_interrupt_kills_what_runs(self):
        """Some runs end, then one does not: it is killed with what it has started."""
        # Those that end clearly wait, so that one warms up and two are recorded.
        script = ('echo $$ >> pids; test $(wc -l < pids) -lt 4 && exec sleep 0.8; trap "" TERM; '
                  "sleep 600 & echo $! >> pids; while :; do sleep 600; done")
        process = program.spawn(["sweep", "-t", "1,2", "-o", "r.jsonl", "--", "sh", "-c", script],
                                cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

        def pids():
            if not os.path.exists(self.at("pids")):
                return []
            with open(self.at("pids"), encoding="utf-8") as stream:
                return [int(line) for line in stream.read().splitlines()]
        self.wait_for(lambda: len(pids()) == 5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (130, b""))
        self.assertIn(b"SIGINT", err)
        self.assertEqual(len(self.records()), 2)
        self.wait_for(lambda: all(map(gone, pids())))

    def test_nothing_outlives_a_killed_sweep(self):
        process = program.spawn(["sweep", "-t", "1", "-o", "r.jsonl", "--", "sh", "-c",
                                 "echo $$ > pid; exec sleep 600"], cwd=self.folder)
        self.wait_for(lambda: os.path.exists(self.at("pid")) and os.path.getsize(self.at("pid")))
        process.kill()
        process.wait()
        with open(self.at("pid"), encoding="utf-8") as stream:
            pid = int(stream.read())
        self.wait_for(lambda: gone(pid))

    def test_more_threads_than_cpus_are_told_of(self):
        arguments = ("-t", f"1,{CPUS + 1}", "--budget", "0", "-o", "r.jsonl")
        result = self.sweep(*arguments, "--", *COMPUTES)
        self.assert_one_line_error(result, f"than CPUs: {CPUS + 1} (", "--oversubscribe")
        self.assertFalse(any(r["job"]["oversubscribe"] for r in self.records()))
        self.assertEqual(self.sweep(*arguments, "--oversubscribe", "--", *COMPUTES).err, b"")


if __name__ == "__main__":
    program.main()
