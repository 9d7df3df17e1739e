#!/usr/bin/python3
"""What profiling costs, counted in instructions, which do not depend on who else is at work.

callgrind counts those of pipeline_run and all that it calls, with the profile on and off, on one thread.
Its figures are of the code alone: a reading of the clock, which the kernel's page does in some 20 ns,
is a system call under valgrind and counts as little; tests/profile/test_record.py holds the readings
against what one costs."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program


class Cost(program.ProgramTest):

    def instructions(self, *options, env=None):
        log = self.at("callgrind.out")
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--toggle-collect=pipeline_run", "--dump-instr=no",
             f"--callgrind-out-file={log}", program.BINARY, "run", self.at("in"), "-o",
             self.at("o.npy"), "-f", "-q", *options],
            env=program.environment(PIXSCALE_SIMD="scalar", **(env or {})), capture_output=True,
            text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return int(re.search(r"Collected : (\d+)", done.stderr)[1])

    def test_at_most_a_hundredth(self):
        self.check(program.run("synth", "-n", "24", "--max-side", "900", "-q", self.at("in")), 0)
        for how in (["--serial"], ["-t", "1"]):
            off = self.instructions(*how)
            for items in ([], ["--items"]):
                on = self.instructions(*how, "--profile", self.at("r.jsonl"), *items)
                print(f"{' '.join(how + items)}: {off:,} off, {on:,} on, {on / off - 1:+.4%}")
                self.assertGreater(off, 10_000_000)
                self.assertNotEqual(on, off)  # else the counter was not where the work is
                self.assertLessEqual(on, off * 1.01)


if __name__ == "__main__":
    if not shutil.which("valgrind"):
        print("skipped: there is no valgrind")
        sys.exit(program.SKIPPED)
    if program.sanitized():
        print("skipped: valgrind and a sanitizer do not go together")
        sys.exit(program.SKIPPED)
    program.main()
