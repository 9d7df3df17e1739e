#!/usr/bin/python3
"""The Nth call of each kind fails, once or from then on, for N from 1 until the run no longer gets
there: a run then ends by itself with a right status and one clear line, keeps no descriptor, and
leaves an array and an index that are whole, or neither. Then --resume ends with what an undisturbed
run makes.

Without an argument, every few calls of each kind; with `all`, every one."""
import errno
import filecmp
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import injection
import pictures

injection.needed()
ALL = "all" in sys.argv[1:]
SANITIZED = program.sanitized()
STEPS = 4     # calls of a kind and setting that are tried, without `all`
MOST = 150    # with `all`: what makes more calls makes them in libraries, for its record
SETTINGS_EACH = 1 if SANITIZED else 2  # and settings of a kind

# What fails, and how.
KINDS = [("malloc", errno.ENOMEM), ("thread", errno.EAGAIN), ("open", errno.EIO),
         ("open", errno.EMFILE), ("read", errno.EIO), ("read", 0), ("names", errno.EIO), ("write", errno.ENOSPC),
         ("pwrite", errno.ENOSPC), ("pwrite", 0), ("fdatasync", errno.EIO), ("fsync", errno.EIO), ("close", errno.EIO),
         ("reserve", errno.ENOSPC), ("reserve", errno.EOPNOTSUPP), ("lock", errno.ENOLCK),
         ("stat", errno.EIO), ("rename", errno.EXDEV)]

# Settings of a run, by name.
SETTINGS = {
    "serial": ["--serial"],
    "team": ["-t", "2"],
    "profile": ["-t", "2", "--profile", "p.jsonl", "--items"],
    "drop": ["-t", "2", "--on-error", "drop"],
    "list": ["-t", "2"],
    "fast": ["--serial", "--decode", "fast", "--exif", "apply", "--dtype", "f32", "--json",
             "--label-from", "folder"],
    "force": ["-t", "2", "--force"],
    "resume": ["-t", "2", "--resume"],
}


def make_pictures(folder):
    """Pictures for each way through the decoders, and three that are damaged."""
    random = numpy.random.default_rng(44)
    texture = pictures.texture(random, 70, 50, 3)
    jpeg = pictures.jpeg(texture)
    png = pictures.make_png(random, 60, 40, 8, pictures.RGB_ALPHA)
    files = {
        "a-jpeg": jpeg,
        "b-progressive": pictures.jpeg(texture, progressive=True),
        "c-png": png,
        "d-palette": pictures.make_png(random, 50, 40, 8, pictures.PALETTE, 77),
        "e-interlaced": pictures.make_png(random, 40, 60, 16, pictures.RGB, interlaced=True),
        "f-cmyk": pictures.jpeg(pictures.texture(random, 40, 30, 4), "CMYK"),
        "g-cut-jpeg": jpeg[:len(jpeg) // 2],
        "sub/h-cut-png": png[:len(png) // 2],
        "sub/i-text": b"no picture at all, but long enough to be looked at",
    }
    for name, data in files.items():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        with open(os.path.join(folder, name), "wb") as stream:
            stream.write(data)
    return sorted(os.path.join(folder, name) for name in files)


class Injection(program.ProgramTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inputs = make_pictures(os.path.join(cls.shared, "in"))

    def go(self, setting, kind="open", **how):
        """One run into a folder of its own."""
        self.work = self.at("work")
        shutil.rmtree(self.work, ignore_errors=True)
        self.out = os.path.join(self.work, "o.npy")
        self.index = program.index_beside(self.out)
        if setting == "resume":
            shutil.copytree(self.stopped, self.work)
        else:
            os.mkdir(self.work)
        if setting == "force":
            for path in (self.out, self.index):
                with open(path, "wb") as stream:
                    stream.write(b"old")
        return self.start(setting, kind=kind, **how)

    def start(self, setting, *options, **how):
        from_list = setting == "list"
        inputs = ["-"] if from_list else [os.path.join(self.shared, "in")]
        return injection.run("run", *inputs, "-o", "o.npy", *SETTINGS[setting], *options,
                             cwd=self.work, report=self.at("report"),
                             stdin="\n".join(self.inputs).encode() if from_list else b"", **how)

    @property
    def stopped(self):
        """A folder with what a run left that could not give its output a name."""
        folder = self.at("stopped")
        if not os.path.exists(folder):
            result = self.go("team", "rename", at=1)
            self.check(result, program.OUTPUT)
            self.assertEqual(sorted(os.listdir(self.work)), ["o.npy.journal", "o.npy.partial"])
            os.rename(self.work, folder)
        return folder

    def undisturbed(self, setting, kind="open", **how):
        result = self.go(setting, kind, **how)
        self.check(result, program.SOME_FAILED)
        self.whole = numpy.load(self.out), program.read_index(self.index)
        return result

    @staticmethod
    def settings(how):
        """All, or some in turn."""
        names = list(SETTINGS)
        first = KINDS.index(how) * SETTINGS_EACH
        return names if ALL else [names[(first + i) % len(names)] for i in range(SETTINGS_EACH)]

    def numbers(self, calls):
        """Which calls fail: each, or so many; the last one beyond what there was before."""
        step = max(1, calls // (MOST if ALL else STEPS))
        return [*range(1, calls + 1, step), calls + 1]

    # What must hold after any failure

    @staticmethod
    def missing(index, lines):
        """The inputs that an index lacks, but for what lies in folders which it names instead."""
        there = {line["path"] for line in index}
        folders = tuple(line["path"] + b"/" for line in index if line["status"] == "io")
        return [line["path"] for line in lines
                if line["path"] not in there and not line["path"].startswith(folders)]

    def assert_rows(self):
        """Array and index are those of the undisturbed run, but for rows that say why not."""
        expected, lines = self.whole
        array, index = numpy.load(self.out), program.read_index(self.index)
        self.assertEqual(self.missing(index, lines), [])
        known, rows = {line["path"]: line for line in lines}, 0
        for line in index:
            before = known.get(line["path"], {"status": "ok"})  # a folder that could not be read
            if line["status"] == "ok":
                self.assertEqual({**line, "row": 0}, {**before, "row": 0})
                numpy.testing.assert_array_equal(array[line["row"]], expected[before["row"]])
            else:
                self.assertNotEqual(line["reason"], "")
                if before["status"] == "ok":
                    self.assertIn(line["status"], ("memory", "io", "truncated", "changed"))
                if line["row"] is not None:
                    self.assertFalse(array[line["row"]].any())
            rows += line["row"] is not None
        self.assertEqual(len(array), rows)

    def assert_told(self, result):
        """One line says why there is no output, after those of the inputs that failed and before
        the two that say how to go on. Only the OpenMP runtime may say something before, and
        standard output fail for a reason more."""
        lines = [line for line in result.stderr.splitlines()
                 if line and not line.startswith(("libgomp: ", f"pixscale: {self.shared}"))
                 and "this one begins anew" not in line]
        if lines and "to begin anew instead" in lines[-1]:
            self.assertIn("; to go on", lines[-2])
            del lines[-2:]
            self.assertTrue(os.path.exists(self.out + ".journal"), str(result))
        if len(lines) == 2 and lines[1] == "pixscale: cannot write to standard output":
            lines.pop()
        self.assertEqual(len(lines), 1, str(result))
        self.assertRegex(lines[0], r"^pixscale: [ -~]{9,}$", str(result))

    def assert_outputs(self, result, setting):
        """Under the final names stands what is whole, or what stood there before, or nothing."""
        names = set(os.listdir(self.work))
        self.assertLessEqual(names, {"o.npy", "o.index.csv", "p.jsonl", "o.npy.partial",
                                     "o.npy.journal", "o.index.csv.partial",
                                     "o.npy.kept.partial"}, str(result))
        def old(path):
            with open(path, "rb") as stream:
                return stream.read(4) == b"old"
        if setting == "force" and os.path.exists(self.out) and old(self.out):
            self.assertTrue(not os.path.exists(self.index) or old(self.index), str(result))
            self.assertEqual(result.status, program.OUTPUT, str(result))
        elif os.path.exists(self.out):
            self.assertTrue(os.path.exists(self.index), str(result))
            self.assert_rows()
        else:
            self.assertFalse(os.path.exists(self.index), str(result))
            self.assertEqual(result.status, program.OUTPUT, str(result))
        if result.status != program.OUTPUT or self.whole_stands():
            self.assertEqual([name for name in names if name.startswith("o.npy.")], [], str(result))

    def whole_stands(self):
        return os.path.exists(self.out) and os.path.getsize(self.out) > 3

    def assert_resumed(self, result, setting):
        """The same command with --resume ends with the undisturbed run's bytes."""
        again = self.start(setting, "--resume", kind="open")
        self.assertEqual(again.status, program.SOME_FAILED, f"{result}\n{again}")
        self.assertEqual(program.read_index(self.index), self.whole[1], f"{result}\n{again}")
        numpy.testing.assert_array_equal(numpy.load(self.out), self.whole[0])
        self.assertEqual([name for name in os.listdir(self.work) if name.startswith("o.npy.")], [])

    def assert_held(self, result, setting, kind, before):
        if setting == "resume" and result.status == program.USAGE:
            # A folder that could not be read stands for its pictures: that is another run's list.
            self.assertIn("cannot resume 'o.npy': ", result.stderr)
            result.status = program.OUTPUT
        self.assertIn(result.status, (program.SOME_FAILED, program.OUTPUT), str(result))
        self.assert_outputs(result, setting)
        if result.status == program.OUTPUT:
            self.assert_told(result)
            if not self.whole_stands():
                self.assert_resumed(result, setting)
        # A close that fails here has not closed anything; a runtime that gives up ends all at once.
        if kind != "close" and "runtime gave up" not in result.stderr:
            self.assertEqual(result.left, before.left, str(result))

    def try_all(self, kind, error):
        runs = 0
        # An end that comes too early cannot be told from the right one but in a picture.
        path = "/in/" if (kind, error) == ("read", 0) else ""
        for setting in self.settings((kind, error)):
            before = self.undisturbed(setting, kind, path=path)
            for always in (False, True):
                for at in self.numbers(before.calls):
                    with self.subTest(setting=setting, at=at, always=always):
                        result = self.go(setting, kind, at=at, always=always, error=error,
                                         path=path)
                        self.assert_held(result, setting, kind, before)
                        runs += 1
        print(f"{kind} ({os.strerror(error) if error else 'returns 0'}): {runs} runs")


class Outputs(program.ProgramTest):

    def test_what_stands_there_is_kept(self):
        """Without --force an array stays as it is, whatever fails while it is looked at."""
        make_pictures(self.at("in"))
        for kind, error in KINDS:
            calls, at = 1, 1
            while at <= calls:
                out, index = self.write("o.npy", b"old"), self.write("o.index.csv", b"older")
                with self.subTest(kind=kind, at=at):
                    result = injection.run("run", self.at("in"), "-o", out, kind=kind, at=at,
                                           error=error, always=at % 2, report=self.at("report"))
                    self.assertIn(result.status, (program.USAGE, program.OUTPUT), str(result))
                    self.assert_one_line_error(result)
                    for path, old in ((out, b"old"), (index, b"older")):
                        with open(path, "rb") as stream:
                            self.assertEqual(stream.read(), old)
                    self.assertEqual(os.path.exists(out + ".partial"), False)
                calls, at = result.calls, at + 1


class Detectors(program.ProgramTest):
    """What is planted is seen: else the tests above could not fail."""

    def planted(self):
        make_pictures(self.at("in"))
        return injection.run("run", self.at("in"), "-o", self.at("o.npy"), "--serial",
                             kind="malloc", at=3, env={"INJECT_LEAK": "1"},
                             report=self.at("report"))

    @unittest.skipUnless(SANITIZED, "no sanitizer looks for lost blocks")
    def test_a_lost_block(self):
        result = self.check(self.planted(), 99)
        self.assertIn("leak of 4242 byte", result.stderr)

    def test_a_lost_descriptor(self):
        result = self.planted()
        self.assertEqual(result.failed, 1, str(result))
        self.assertEqual(result.left, ["/"], str(result))

    def test_calls_count_in_stdio_and_in_all_threads(self):
        make_pictures(self.at("in"))
        def calls(kind, *options, path=""):
            return injection.run("run", self.at("in"), "-o", self.at("o.npy"), "-f", *options,
                                 kind=kind, path=path, report=self.at("report")).calls
        rows = 7  # six pictures and the header
        self.assertEqual(calls("pwrite", "--serial"), rows)
        self.assertEqual(calls("pwrite", "-t", "2"), rows)
        self.assertEqual(calls("rename"), 2)
        self.assertEqual(calls("thread", "-t", "4"), 3)
        self.assertGreaterEqual(calls("write", path="index.csv"), 1)


def add_tests():
    for kind, error in KINDS:
        name = f"test_{kind}_{errno.errorcode.get(error, 'nothing').lower()}"
        setattr(Injection, name, lambda self, how=(kind, error): self.try_all(*how))


if __name__ == "__main__":
    sys.argv = [argument for argument in sys.argv if argument != "all"]
    add_tests()
    program.main()
