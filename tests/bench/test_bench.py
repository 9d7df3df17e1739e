#!/usr/bin/python3
"""The benchmark runs, with next to nothing to do: it must not rot between the times that somebody
needs its figures. What those are is not judged here."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench.py")
PROGRAMS = [os.environ[name] for name in ("JPEG_FLOOR", "PNG_FLOOR", "BENCH_MEASURE")]
MEASURE = PROGRAMS[-1]


class Bench(program.ProgramTest):

    def bench(self, *options, **changes):
        return subprocess.run([sys.executable, "-B", BENCH, program.BINARY, *PROGRAMS, *options],
                              env=program.environment(PIXSCALE_DATA=None, **changes), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)

    def test_one_round(self):
        """A peer that is there and fails is named and left out; Markdown and JSON tell the same."""
        fake = self.write("bin/vipsthumbnail", b"#!/bin/sh\nexit 3\n")
        os.chmod(fake, 0o755)
        path = os.path.dirname(fake) + os.pathsep + os.environ["PATH"]
        done = self.bench("--rounds", "1", "--seconds", "0", "--pictures", "12", "--markdown",
                          self.at("b.md"), "--json", self.at("b.json"), "--folder", self.folder,
                          PATH=path)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.at("b.md"), encoding="utf-8") as stream:
            page = stream.read()
        self.assertEqual(page.strip(), done.stdout.strip())
        with open(self.at("b.json"), encoding="utf-8") as stream:
            told = json.load(stream)
        self.assertEqual([s["name"] for s in told["sets"]], ["synth-jpeg", "synth-png"])
        self.assertEqual(sum(s["files"] for s in told["sets"]), 12)
        for these in told["sets"]:
            names = [c["name"] for c in these["contenders"]]
            self.assertEqual(len(set(names)), len(names))
            self.assertEqual({"floor", "pixscale exact", "pixscale exact, all"} - set(names), set())
            self.assertEqual("pixscale fast" in names, these["format"] == "jpeg")
            self.assertEqual(these["notes"], ["libvips thumbnail failed and was left out"])
            self.assertIn(these["notes"][0], page)
            for contender in these["contenders"]:
                self.assertEqual(len(contender["cpu_seconds"]), 1)
                self.assertGreater(contender["peak_bytes"], 100_000)
            for answer in these["ratios"]:
                self.assertLessEqual(answer["least"], answer["median"])
                self.assertLessEqual(answer["median"], answer["most"])
                self.assertIn(f"| {answer['name']} | {answer['median']:.3f} |", page)
            self.assertIn("exact / floor", [answer["name"] for answer in these["ratios"]])

    def test_a_set_that_is_not_there(self):
        done = self.bench("--sets", "photos")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no set of that name", done.stderr)

    def test_measure(self):
        """The status, CPU seconds also of children, and the peak of the largest process."""
        code = ("import os, sys, time\n"
                "while time.process_time() < 0.2: pass\n"
                "os.system(f'{sys.executable} -c \"bytearray(80 << 20)\"')\n"
                "sys.exit(3)")
        told = subprocess.run([MEASURE, sys.executable, "-c", code], stdout=subprocess.PIPE,
                              check=True, text=True).stdout.split()
        status, cpu, wall, peak = int(told[0]), float(told[1]), float(told[2]), int(told[3])
        self.assertEqual(status, 3)
        self.assertGreaterEqual(cpu, 0.2)
        self.assertGreaterEqual(wall, 0.2)
        self.assertGreater(peak, 80 << 10)
        tiny = subprocess.run([MEASURE, "true"], stdout=subprocess.PIPE, check=True, text=True)
        self.assertLess(int(tiny.stdout.split()[3]), 20 << 10)  # not the memory of this Python

    def test_floors_want_a_list(self):
        for floor in PROGRAMS[:2]:
            done = subprocess.run([floor, self.at("none")], stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    if not program.BINARY or not all(map(os.path.exists, PROGRAMS)):
        sys.exit(program.SKIPPED)
    program.main()
