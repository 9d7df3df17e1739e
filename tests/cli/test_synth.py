#!/usr/bin/python3
"""`pixscale synth`: what it prints, what it refuses, and that `run` makes of its pictures what
Pillow does."""
import hashlib
import json
import os
import resource
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy
from PIL import Image


def digest(folder):
    """One hash of all names and bytes."""
    state = hashlib.sha256()
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as stream:
            data = stream.read()
        state.update(f"{name} {len(data)}\n".encode() + data)
    return state.hexdigest()


class Synth(program.ProgramTest):
    def synth(self, name, *options, count=30, status=program.CLEAN, **how):
        return self.check(program.run("synth", "-n", str(count), "--max-side", "400", *options,
                                      self.at(name), **how), status)

    def refused(self, *arguments, words=()):
        result = self.check(program.run("synth", *arguments, cwd=self.folder), program.USAGE)
        self.assertEqual(result.out, b"")
        self.assert_one_line_error(result, *words)
        self.assertEqual(os.listdir(self.folder), [])

    def test_refusals(self):
        self.refused("x", words=["-n"])
        self.refused("-n", "0", "x", words=["--count"])
        self.refused("-n", "3", words=["folder"])
        self.refused("-n", "3", "x", "y", words=["folder"])
        self.refused("-n", "3", "", words=["folder"])
        self.refused("-n", "3", "x", "--min-side", "300", "--max-side", "200",
                     words=["--min-side", "--max-side"])
        self.refused("-n", "3", "x", "--max-side", "65501", words=["--max-side"])
        self.refused("-n", "3", "x", "--threads", "0", words=["--threads"])
        self.refused("-n", "3", "x", "--sed", "-1", words=["--seed"])

    def test_json_adds_up(self):
        result = self.synth("s", "--json", "--seed", "12")
        self.assertEqual(result.err, b"")
        summary = json.loads(result.stdout)
        self.assertEqual(set(summary), {"schema", "folder", "seed", "files", "jpeg", "png", "bytes",
                                        "pixels", "seconds"})
        self.assertEqual(summary["schema"], "pixscale.synth/1")
        self.assertEqual((summary["folder"], summary["seed"]), (self.at("s"), 12))
        names = os.listdir(self.at("s"))
        paths = [self.at("s", name) for name in names]
        self.assertEqual(summary["files"], len(names))
        self.assertEqual(summary["jpeg"], sum(name.endswith(".jpg") for name in names))
        self.assertEqual(summary["png"], sum(name.endswith(".png") for name in names))
        self.assertEqual(summary["bytes"], sum(map(os.path.getsize, paths)))
        pixels = 0
        for path in paths:
            with Image.open(path) as image:
                pixels += image.width * image.height
        self.assertEqual(summary["pixels"], pixels)

    def test_summary_and_quiet(self):
        result = self.synth("s")
        self.assertRegex(result.stdout, r"\A\S+: 30 pictures \(\d+ JPEG, \d+ PNG\), .* in .*\n\Z")
        self.assertEqual(result.err, b"")
        result = self.synth("s", "-q", "--force")
        self.assertEqual((result.out, result.err), (b"", b""))

    def test_a_used_folder_needs_force(self):
        mine = self.write("s/mine.txt", b"mine")
        result = self.synth("s", status=program.USAGE)
        self.assert_one_line_error(result, "--force")
        self.assertEqual(os.listdir(self.at("s")), ["mine.txt"])
        self.synth("s", "-f")
        with open(mine, "rb") as stream:
            self.assertEqual(stream.read(), b"mine")
        self.assertEqual(len(os.listdir(self.at("s"))), 31)

    def test_the_same_for_every_team_and_environment(self):
        self.synth("1", "--threads", "1")
        for name, env in (("2", {"OMP_NUM_THREADS": "2"}), ("5", {"OMP_NUM_THREADS": "5"}),
                          ("odd", {"OMP_SCHEDULE": "static,7", "JPEGMEM": "1",
                                   "LC_ALL": "de_DE.UTF-8", "GSL_RNG_TYPE": "taus",
                                   "GSL_RNG_SEED": "77"})):
            self.synth(name, env=env)
            self.assertEqual(digest(self.at(name)), digest(self.at("1")), name)
        self.synth("other", "--seed", "2")
        self.assertNotEqual(digest(self.at("other")), digest(self.at("1")))

    @unittest.skipIf(program.watched_for_races(), "the sanitizer's own file meets the limit")
    def test_a_limit_on_files_is_an_error_with_a_name(self):
        result = self.synth("s", status=program.OUTPUT,
                            preexec=program.limit(resource.RLIMIT_FSIZE, 3000))
        self.assert_one_line_error(result, "cannot write", self.at("s"))
        for name in os.listdir(self.at("s")):
            with Image.open(self.at("s", name)) as image:
                image.load()

    def test_run_makes_of_it_what_pillow_does(self):
        self.synth("s", count=100)
        array, index, _ = self.preprocess(self.at("s"))
        self.assertEqual({line["status"] for line in index}, {"ok"})
        for line in index:
            with Image.open(line["path"]) as image:
                wanted = image.convert("RGB").resize((64, 64))
            self.assertTrue(numpy.array_equal(array[line["row"]], wanted), line["path"])


if __name__ == "__main__":
    program.main()
