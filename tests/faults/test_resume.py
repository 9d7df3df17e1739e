#!/usr/bin/python3
"""Runs that are stopped, by a signal, a fault or a kill, and go on with --resume: what comes out is
what an undisturbed run writes, byte by byte, and what cannot go on is refused with the reason.

With "all" as its first argument: the long test of many kills alone."""
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import pictures

INJECT = os.environ.get("INJECT", "")  # the launcher that lets requests for memory fail
MANY = "all" in sys.argv[1:]
COUNT, BAD = 24, 10


def content(path):
    with open(path, "rb") as stream:
        return stream.read()


class Resume(program.ProgramTest):
    """A folder of COUNT files, of which number BAD is none; runs are stopped at it by
    --on-error fail, so that nothing depends on time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.input = os.path.join(cls.shared, "in")
        os.mkdir(cls.input)
        rng = numpy.random.default_rng(3)
        for number in range(COUNT):
            data = (pictures.make_png(rng, 40 + number, 30, 8, pictures.RGB) if number % 3 else
                    pictures.jpeg(pictures.texture(rng, 90, 40 + number, 3)))
            with open(os.path.join(cls.input, f"p{number:02}"), "wb") as stream:
                stream.write(b"no picture at all" if number == BAD else data)
        cls.good = os.path.join(cls.shared, "good.npy")
        assert program.run("run", cls.input, "-o", cls.good).status == program.SOME_FAILED

    def setUp(self):
        super().setUp()
        self.out = self.at("o.npy")
        self.journal, self.partial = self.out + ".journal", self.out + ".partial"
        self.folder_of_input = self.input

    def go(self, *options, status=program.SOME_FAILED, **how):
        return self.check(program.run("run", self.folder_of_input, "-o", self.out, *options, **how),
                          status)

    def own_input(self):
        """A copy of the pictures, times and all, for a test that changes them."""
        self.folder_of_input = self.at("in")
        shutil.copytree(self.input, self.folder_of_input)

    def stop(self, *options, order="input"):
        """Leaves a run that ended at the file that is no picture."""
        result = self.go("--serial", "--order", order, "--on-error", "fail", *options,
                         status=program.TOO_MANY)
        self.assertTrue(os.path.exists(self.journal))
        self.assertTrue(os.path.exists(self.partial))
        if "-f" not in options:
            self.assert_nothing_written(self.out)
        return result

    def assert_whole(self, good=None):
        good = good or self.good
        self.assertEqual(content(self.out), content(good))
        ours, theirs = (content(program.index_beside(name)) for name in (self.out, good))
        self.assertEqual(ours.replace(os.fsencode(self.folder_of_input), b""),
                         theirs.replace(os.fsencode(self.input), b""))
        self.assertFalse(os.path.exists(self.journal))
        self.assertFalse(os.path.exists(self.partial))

    def refused(self, *options, words=()):
        before = content(self.journal), content(self.partial)
        result = self.go("--resume", *options, status=program.USAGE)
        self.assert_one_line_error(result, self.journal, *words)
        self.assertEqual((content(self.journal), content(self.partial)), before)
        return result

    # What is resumed

    def test_the_rest_is_done(self):
        result = self.stop()
        self.assertIn(f"{BAD + 1} of {COUNT} inputs are kept", result.stderr)
        told = json.loads(self.go("--resume", "--json").stdout)
        self.assertEqual((told["resumed"], told["items"], told["failed"]), (BAD + 1, COUNT, 1))
        self.assertEqual(told["statuses"]["ok"], COUNT - 1)
        self.assert_whole()
        fresh = json.loads(self.go("--force", "--json").stdout)
        self.assertEqual(fresh["resumed"], 0)
        for name in ("mean", "std", "statuses", "shape", "good"):
            self.assertEqual(fresh[name], told[name], name)

    def test_the_summary_tells_it(self):
        self.stop()
        self.assertIn(f"resumed {BAD + 1} of {COUNT} were there", self.go("--resume").stdout)

    def test_the_line_that_is_told_goes_on(self):
        """It is a shell's, whatever the names are."""
        self.folder_of_input = self.at("a 'b'\n\\x41 $(id) \xe9 \u2028")
        shutil.copytree(self.input, self.folder_of_input)
        told, anew = self.stop("--label-from", "folder").stderr.splitlines()[-2:]
        self.assertTrue(told.isprintable() and anew.isprintable())
        command = told.split("; to go on, allowing more failures: ")[1].replace("--on-error fail", "")
        if not shutil.which("bash"):
            self.skipTest("no bash")
        result = subprocess.run(["bash", "-c", command], env=program.environment(), check=False)
        self.assertEqual(result.returncode, program.SOME_FAILED)
        self.assertEqual(content(self.out), content(self.good))
        self.stop("--label-from", "folder", "-f")
        anew = anew.split("to begin anew instead: ")[1]
        subprocess.run(["bash", "-c", anew], check=True)
        self.go("--force")

    def test_other_threads_and_orders(self):
        for options in (["-t", "3", "--schedule", "guided"], ["--serial", "--order", "cost"],
                        ["-t", "2", "--readahead", "0", "--profile", self.at("p")]):
            with self.subTest(options=options):
                self.stop("-f", order="cost")
                self.go("--resume", "-f", *options)
                self.assert_whole()

    def test_stopped_again_and_again(self):
        self.own_input()
        for number in (3, 7):
            with open(self.at("in", f"p{number:02}"), "wb") as stream:
                stream.write(b"none")
        good = self.at("good.npy")
        self.check(program.run("run", self.at("in"), "-o", good), program.SOME_FAILED)
        for allowed in ("0", "0.05", "0.1"):
            self.go("--serial", "--order", "input", "--max-failures", allowed, "--resume",
                    status=program.TOO_MANY)
        # as few as before: nothing is done at all
        self.go("--resume", "--max-failures", "0", status=program.TOO_MANY)
        told = json.loads(self.go("--resume", "--json").stdout)
        self.assertEqual(told["resumed"], BAD + 1)
        self.folder_of_input = self.input  # assert_whole compares paths without their folder
        self.assertEqual(content(self.out), content(good))
        self.assertEqual(content(program.index_beside(self.out)),
                         content(program.index_beside(good)))

    def test_all_ways_to_write(self):
        for options in (["--on-error", "drop"], ["--decode", "fast"], ["--dtype", "f32"],
                        ["--layout", "chw", "--label-from", "folder"], ["--size", "200x200"]):
            with self.subTest(options=options):
                good = self.at("good.npy")
                self.check(program.run("run", self.input, "-o", good, "-f", *options),
                           program.SOME_FAILED)
                if "drop" in options:
                    self.go("-f", "--serial", "--order", "input", "--max-failures", "0", *options,
                            status=program.TOO_MANY)
                else:
                    self.stop("-f", *options)
                result = self.go("--resume", "-f", *options)
                self.assertIn("were there", result.stdout)
                self.assert_whole(good)

    def test_nothing_to_resume(self):
        result = self.go("--resume")
        self.assertIn("begins anew", result.stderr)
        self.assert_whole()
        self.assertEqual(self.go("--resume", "-q", "-f").err, b"")

    def test_a_run_that_did_nothing_leaves_nothing(self):
        self.own_input()
        os.rename(self.at("in", f"p{BAD}"), self.at("in", "a"))
        self.go("--serial", "--order", "input", "--on-error", "fail", "--max-bytes", "1",
                status=program.TOO_MANY)
        os.unlink(self.journal)
        os.unlink(self.partial)
        result = program.run("run", self.at("in"), "-o", self.out, "-t", "1000",
                             preexec=program.limit(9, 400 << 20))  # RLIMIT_AS
        if result.status == program.OUTPUT:
            self.assertFalse(os.path.exists(self.journal), str(result))
            self.assertFalse(os.path.exists(self.partial), str(result))

    def test_left_rows_of_a_kill(self):
        """What a killed run had in hand is no picture's: a row that fails is zeros."""
        self.stop("--max-bytes", "100K")
        size = 64 * 64 * 3
        with open(self.partial, "r+b") as stream:
            stream.seek(-size * (COUNT - BAD - 1), 2)
            stream.write(b"\x55" * size * (COUNT - BAD - 1))
        self.go("--resume", "--max-bytes", "100K")
        self.own_input()
        # and now with a picture that fails behind it
        os.unlink(self.out)
        os.unlink(program.index_beside(self.out))
        with open(self.at("in", "p20"), "wb") as stream:
            stream.write(b"none")
        self.stop()
        with open(self.partial, "r+b") as stream:
            stream.seek(-size * (COUNT - BAD - 1), 2)
            stream.write(b"\x55" * size * (COUNT - BAD - 1))
        self.go("--resume")
        array = numpy.load(self.out)
        self.assertFalse(array[20].any())
        self.assertTrue((array[21:] == numpy.load(self.good)[21:]).all())

    def test_a_profile_of_a_resumed_run_is_marked(self):
        self.stop()
        self.go("--resume", "--profile", self.at("p.jsonl"))
        record = json.loads(content(self.at("p.jsonl")))
        self.assertTrue(record["guard"]["contaminated"])
        self.assertIn(f"resumed: {BAD + 1} of {COUNT}", record["guard"]["why"])

    # What is refused

    def test_a_journal_without_resume(self):
        self.stop()
        before = content(self.journal), content(self.partial)
        for options in ([], ["--force"]):
            result = self.go(*options, status=program.USAGE)
            self.assert_one_line_error(result, self.journal, "--resume", "remove")
        self.assertEqual((content(self.journal), content(self.partial)), before)
        os.unlink(self.journal)
        self.go()
        self.assert_whole()

    def test_a_journal_of_nothing(self):
        """A run that was killed before it had anything on disk stands in nobody's way."""
        self.stop()
        with open(self.journal, "rb+") as stream:
            facts, rows = struct.unpack("12xIQ", stream.read(24))
            stream.truncate(32 + facts + 8 * rows)
        self.go()
        self.assert_whole()

    def test_other_options(self):
        self.stop()
        for options, words in (
                (["--size", "32x32"], ["--size was 64x64 and is 32x32"]),
                (["--filter", "box"], ["--filter was bicubic and is box"]),
                (["--fit", "pad", "--pad-color", "1,2,3"],
                 ["--fit was stretch and is pad", "--pad-color was 0,0,0 and is 1,2,3"]),
                (["--mode", "l"], ["--mode was rgb and is l"]),
                (["--decode", "fast"], ["--decode was exact and is fast"]),
                (["--alpha", "white"], ["--alpha was drop and is 255,255,255"]),
                (["--gray16", "high-byte"], ["--gray16"]), (["--exif", "apply"], ["--exif"]),
                (["--layout", "chw"], ["--layout"]), (["--dtype", "f32"], ["--dtype"]),
                (["--dtype", "f32", "--mean", "0.1", "--std", "2"],
                 ["--mean was none and is 0.1", "--std was none and is 2,2,2"]),
                (["--truncated", "accept"], ["--truncated"]),
                (["--max-pixels", "99"], ["--max-pixels was 178956970 and is 99"]),
                (["--max-bytes", "1M"], ["--max-bytes was 268435456 and is 1048576"]),
                (["--on-error", "drop"], ["--on-error"]),
                (["--label-from", "folder"], ["--label-from was none and is folder"])):
            with self.subTest(options=options):
                self.refused(*options, words=words)
        self.go("--resume")
        self.assert_whole()

    def test_other_margin(self):
        self.stop("--decode", "fast")
        self.refused("--decode", "fast", "--fast-margin", "4",
                     words=["--fast-margin was 2 and is 4"])

    def test_another_version(self):
        self.stop()
        data = content(self.journal)
        at = data.index(b"\npixscale=") if b"\npixscale=" in data else data.index(b"pixscale=")
        with open(self.journal, "r+b") as stream:
            stream.seek(at + 9)
            stream.write(b"\0")
        self.refused(words=["damaged"])

    def test_other_inputs(self):
        self.own_input()
        self.stop()
        done, later = self.at("in", "p02"), self.at("in", "p20")
        for path in (done, later):
            st = os.stat(path)
            os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns + 1))
            self.refused(words=[f"input {int(path[-2:])}", path, "changed"])
            os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
        os.rename(later, self.at("p20"))
        self.refused(words=[f"there were {COUNT} inputs and are {COUNT - 1}", "number 20"])
        shutil.copy2(self.at("p20"), self.at("in", "p20x"))
        self.refused(words=["input 20 was another file", "p20x"])
        os.rename(self.at("p20"), later)
        self.refused(words=[f"are {COUNT + 1}", "p20x"])
        os.unlink(self.at("in", "p20x"))
        self.go("--resume")
        self.assert_whole()

    def test_output_exists(self):
        self.write("o.npy", b"precious")
        result = self.go("--force", "--serial", "--order", "input", "--on-error", "fail",
                         status=program.TOO_MANY)
        self.assertIn("--force", result.stderr)
        self.go("--resume", status=program.USAGE)
        self.assertEqual(content(self.out), b"precious")
        self.go("--resume", "--force")
        self.assert_whole()

    def test_output_appears_meanwhile(self):
        """A file that somebody makes while the run works is theirs; nothing done is lost."""
        names = sorted(os.listdir(self.input))
        data = "".join(os.path.join(self.input, name) + "\n" for name in names).encode()
        command = ["run", "--files-from", "-", "-o", self.out, "-q"]
        index = program.index_beside(self.out)
        for theirs, other in ((self.out, index), (index, self.out)):
            for options in ([], ["--on-error", "drop"]):
                with self.subTest(theirs, options=options):
                    process = program.spawn([*command, *options], stdin=-1, stdout=-1, stderr=-1)
                    self.give(process, data)  # it was asked before that whether names are free
                    with open(theirs, "wb") as stream:
                        stream.write(b"precious")
                    _, err = process.communicate(timeout=120)
                    self.assertEqual(process.returncode, program.OUTPUT, err)
                    self.assertIn(theirs.encode(), err.splitlines()[0])
                    self.assertIn(b"--force", err.splitlines()[0])
                    self.assertIn(b"24 of 24 inputs are kept", err)
                    self.assertEqual(content(theirs), b"precious")
                    self.assertFalse(os.path.exists(other))
                    self.check(program.run(*command, *options, "--resume", stdin=data),
                               program.OUTPUT)
                    self.assertEqual(content(theirs), b"precious")
                    self.assertFalse(os.path.exists(other))
                    os.rename(theirs, self.at("theirs"))
                    told = self.check(program.run(*command, *options, "--resume", "--json", stdin=data),
                                      program.SOME_FAILED)
                    self.assertEqual(json.loads(told.stdout)["resumed"], COUNT)
                    good = self.good
                    if options:
                        good = self.at("good.npy")
                        program.run("run", self.input, "-o", good, "-f", *options)
                    self.assert_whole(good)
                    os.unlink(self.out)
                    os.unlink(index)

    def test_no_journal_of_ours(self):
        for data in (b"dear diary", b"PXJRNL\1\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", b"P X"):
            self.write("o.npy.journal", data)
            for options in ([], ["--resume"], ["--force"]):
                result = self.go(*options, status=program.USAGE)
                self.assert_one_line_error(result, self.journal, "remove")
                self.assertEqual(content(self.journal), data)

    def test_journal_is_something_else(self):
        self.write("precious", b"precious")
        os.symlink(self.at("precious"), self.journal)
        self.go(status=program.OUTPUT)
        os.unlink(self.journal)
        os.mkfifo(self.journal)
        self.assertIn(self.go(status=program.USAGE, timeout=20).status, (2, 3))
        self.assertEqual(content(self.at("precious")), b"precious")

    def test_empty_or_begun_journal(self):
        """A run that was killed before its header was whole has lost nothing."""
        self.stop()
        data = content(self.journal)
        for length in (0, 1, 7, 8, 20, 31, 32, 100, 600):
            self.write("o.npy.journal", data[:length])
            self.go("-f")
            self.assert_whole()

    def test_without_its_array(self):
        self.stop()
        os.unlink(self.partial)
        self.assertIn("begins anew", self.go("--resume").stderr)
        self.assert_whole()

    def test_another_array(self):
        self.stop()
        data = content(self.partial)
        for wrong in (b"", data[:-1], data + b"\0", b"\x93NUMPX" + data[6:]):
            with open(self.partial, "wb") as stream:
                stream.write(wrong)
            result = self.go("--resume", status=program.OUTPUT)
            self.assert_one_line_error(result, self.partial)
            self.assertEqual(content(self.partial), wrong)
        with open(self.partial, "wb") as stream:
            stream.write(data)
        self.go("--resume")
        self.assert_whole()

    def test_journal_among_the_inputs(self):
        self.own_input()
        self.out = self.at("in", "o.npy")
        self.journal, self.partial = self.out + ".journal", self.out + ".partial"
        self.stop()
        self.go("--resume")
        self.assertEqual(content(self.out), content(self.good))

    # What is torn

    def test_torn_and_garbled_tails(self):
        self.stop()
        journal, partial = content(self.journal), content(self.partial)
        rng = random.Random(4)
        row = (len(journal) - journal.index(b"BTCH")) // (BAD + 1)
        self.assertLess(row, 100)
        for cut in (1, 3, row, row + 1, 5 * row, (BAD + 1) * row):
            for damaged in (journal[:-cut], journal[:-cut] + bytes(cut),
                            journal[:-cut] + bytes([journal[-cut] ^ 1]) + journal[len(journal) - cut + 1:],
                            journal + rng.randbytes(cut), journal + journal[-cut:]):
                for name, data in ((self.journal, damaged), (self.partial, partial)):
                    with open(name, "wb") as stream:
                        stream.write(data)
                self.go("--resume", "-f", "-q")
                self.assert_whole()

    # Signals and faults; these ask for time or for strace

    def test_signals(self):
        """The items in hand are finished, and what is done is kept."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            names = self.write("list", (os.fsencode(self.large()) + b"\n") * 800)
            good = self.at("good.npy")
            command = ["run", "--files-from", names, "-t", "2", "-o"]
            if not os.path.exists(good):
                self.check(program.run(*command, good), program.CLEAN)
            process = self.slowly(*command, self.out, stdout=-3, stderr=-1)
            self.wait_for_rows(process, self.partial)
            process.send_signal(number)
            told = process.communicate(timeout=300)[1].decode()
            self.assertEqual(process.returncode, 128 + number, told)
            self.assertRegex(told.splitlines()[0], "stopped by SIG[A-Z]+ after")
            self.assertIn("no output was written", told)
            self.assertRegex(told.splitlines()[1], r"^pixscale: [\d,]+ of 800 inputs are kept")
            self.assert_nothing_written(self.out)
            result = program.run(*command, self.out, "--resume", "--json")
            self.check(result, program.CLEAN)
            resumed = json.loads(result.stdout)["resumed"]
            self.assertIn(f"after {resumed} of 800", told)
            self.assert_whole(good)
            os.unlink(self.out)
            os.unlink(program.index_beside(self.out))

    def test_signal_before_the_first_picture(self):
        """As soon as there is a file to clear away; strace sends it once the file is open."""
        for name in ("INT", "TERM", "HUP"):
            result = self.strace(f"openat:signal={name}:when=1", path=self.partial,
                                 status=128 + getattr(signal, f"SIG{name}"))
            self.assertEqual(result.stderr.decode(), f"pixscale: stopped by SIG{name} after 0 of "
                             f"{COUNT} inputs; no output was written\n")
            self.assertEqual(os.listdir(self.folder), [])

    def large(self):
        path = os.path.join(self.shared, "large.jpg")
        if not os.path.exists(path):
            rng = numpy.random.default_rng(8)
            with open(path, "wb") as stream:
                stream.write(pictures.jpeg(pictures.texture(rng, 1000, 800, 3)))
        return path

    def test_two_runs_to_one_output(self):
        names = self.write("list", (os.fsencode(self.large()) + b"\n") * 5000)
        command = ["run", "--files-from", names, "-t", "2", "-o", self.out]
        process = self.slowly(*command, stdout=-3, stderr=-3)
        self.wait_for_file(process, self.partial)
        for options in ([], ["--resume"], ["--force"]):
            result = self.check(program.run(*command, *options), program.OUTPUT)
            self.assert_one_line_error(result, "another run is writing it")
        self.assertIsNone(process.poll())

    def strace(self, *inject, options=(), status=None, path=None):
        """Runs it all with faults injected, into calls that name `path` if it is given; the test is
        skipped where nobody may trace."""
        if not shutil.which("strace"):
            self.skipTest("no strace")
        words = [word for fault in inject for word in ("-e", f"inject={fault}")]
        words += ["-P", path] if path else []
        command = ["strace", "-f", "-o", "/dev/null", *words, program.BINARY, "run",
                   self.folder_of_input, "-o", self.out, "--serial", "--order", "input", *options]
        environment = program.environment(ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") +
                                          ":detect_leaks=0:exitcode=99")
        result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                                timeout=300, preexec_fn=program.hear_hang_up)
        if b"ptrace" in result.stderr or b"Operation not permitted" in result.stderr:
            self.skipTest("tracing is not allowed here")
        if status is not None:
            self.assertEqual(result.returncode, status, result.stderr.decode())
        return result

    def test_full_disk_in_the_middle(self):
        """The array has its place; what a file system does then all the same."""
        result = self.strace("pwrite64:error=ENOSPC:when=9", status=program.OUTPUT)
        self.assertIn(b"No space left", result.stderr)
        self.assertIn(b"7 of 24 inputs are kept", result.stderr)  # the header is the first of 9
        self.assert_nothing_written(self.out)
        self.assertEqual(json.loads(self.go("--resume", "--json").stdout)["resumed"], 7)
        self.assert_whole()

    def test_full_disk_at_the_index(self):
        """All the work is kept, and the next run writes the index alone."""
        result = self.strace("/^rename:error=ENOSPC:when=1", status=program.OUTPUT)
        self.assertIn(b"24 of 24 inputs are kept", result.stderr)
        self.assert_nothing_written(self.out)
        self.assertEqual(json.loads(self.go("--resume", "--json").stdout)["resumed"], COUNT)
        self.assert_whole()

    def test_the_array_gets_no_name(self):
        result = self.strace("/^rename:error=EXDEV:when=2", status=program.OUTPUT)
        self.assertIn(b"24 of 24 inputs are kept", result.stderr)
        self.assert_nothing_written(self.out)
        self.go("--resume")
        self.assert_whole()

    def test_names_on_a_network(self):
        """NFS cannot rename only if the name is free, but link; some file systems can neither."""
        for faults in (["renameat2:error=EINVAL"],
                       ["renameat2:error=EINVAL", "/^link:error=EPERM"]):
            self.strace(*faults, status=program.SOME_FAILED)
            self.assert_whole()
            os.unlink(self.out)
            os.unlink(program.index_beside(self.out))

    def test_killed_between_two_names(self):
        """The array has its name by a link, and its old one still: the next run clears that away."""
        result = self.strace("renameat2:error=EINVAL", "unlink:signal=KILL:when=2",
                             path=self.partial)  # the first time is before it is made
        self.assertIn(result.returncode, (-signal.SIGKILL, 128 + signal.SIGKILL))
        self.assertTrue(os.path.samefile(self.out, self.partial))
        self.assertEqual(json.loads(self.go("--resume", "--json").stdout)["resumed"], COUNT)
        self.assert_whole()

    def test_the_disk_fails(self):
        """After a failed fsync nothing of the array is relied on but what was durable before."""
        for call in ("fsync", "fdatasync"):
            result = self.strace("fsync:error=EIO", "fdatasync:error=EIO", status=program.OUTPUT)
            self.assertIn(b"Input/output error", result.stderr)
            self.assertNotIn(b"kept", result.stderr)
            self.assert_nothing_written(self.out)
            self.assertFalse(os.path.exists(self.journal), call)
            self.assertFalse(os.path.exists(self.partial), call)

    def test_the_disk_fails_late(self):
        """What was durable before the fault is still good."""
        self.stop()
        result = self.strace("fsync:error=EIO:when=2", options=["--resume"], status=program.OUTPUT)
        self.assertIn(b"Input/output error", result.stderr)
        self.assertIn(b"%d of 24 inputs are kept" % (BAD + 1), result.stderr)
        self.assertEqual(json.loads(self.go("--resume", "--json").stdout)["resumed"], BAD + 1)
        self.assert_whole()

    def test_the_journal_cannot_be_written(self):
        """That is no reason to lose an array which can."""
        self.stop()
        result = self.strace("write:error=ENOSPC:when=1", options=["--resume", "--on-error", "fail"])
        self.go("--resume")
        self.assert_whole()
        self.assertEqual(result.returncode, program.TOO_MANY, result.stderr)

    def test_killed_between_the_last_steps(self):
        index = program.index_beside(self.out)
        for fault, path in (("/^rename:signal=KILL", index + ".partial"),
                            ("/^rename:signal=KILL", self.partial),
                            ("/^rename:signal=KILL", self.out + ".kept.partial"),
                            ("unlink:signal=KILL", self.journal),
                            ("unlink:error=EIO", self.journal)):
            for options in ([], ["--on-error", "drop"]):
                if path in (self.partial, self.out + ".kept.partial"):
                    if ("kept" in path) != bool(options):
                        continue  # the array that gets the name is the other one
                with self.subTest(fault=fault, path=path, options=options):
                    good = self.good
                    if options:
                        good = self.at("good.npy")
                        program.run("run", self.input, "-o", good, "-f", *options)
                    self.strace(fault, options=[*options, "-q"], path=path)
                    if not os.path.exists(self.journal):
                        self.fail("nothing was left to resume")
                    told = json.loads(self.go("--resume", "--json", *options).stdout)
                    self.assertEqual((told["resumed"], told["failed"]), (COUNT, 1))
                    self.assertEqual(told["shape"], list(numpy.load(good).shape))
                    self.assert_whole(good)
                    os.unlink(self.out)
                    os.unlink(program.index_beside(self.out))

    def test_another_array_has_the_name(self):
        """One of the same shape, by the time that the run is resumed: not what was finished."""
        self.strace("unlink:signal=KILL", options=["-q"], path=self.journal)
        shape = numpy.load(self.out).shape
        os.unlink(self.out)
        numpy.save(self.out, numpy.zeros(shape, numpy.uint8))
        self.assert_one_line_error(self.go("--resume", status=program.USAGE), "--force")
        self.assertFalse(numpy.load(self.out).any())
        self.go("--resume", "--force")
        self.assert_whole()

    def test_killed_after_an_input_that_may_come_back(self):
        """All has its name: the row that would be tried again has no array to go to."""
        self.own_input()
        os.symlink("nowhere", self.at("in", "p99"))
        self.strace("unlink:signal=KILL", path=self.journal)
        before = content(self.out)
        told = json.loads(self.go("--resume", "--json").stdout)
        self.assertEqual((told["resumed"], told["failed"]), (COUNT + 1, 2))
        self.assertEqual(content(self.out), before)
        self.assertFalse(os.path.exists(self.journal))

    def test_killed_while_it_begins_anew(self):
        """The old journal must not tell of the rows of a new array."""
        self.stop()
        os.unlink(self.partial)
        self.strace("fallocate:signal=KILL", path=self.partial, options=["--resume"])
        self.assertEqual(content(self.journal), b"")
        self.go("--resume")
        self.assert_whole()

    def test_sums_after_a_row_that_was_not_written(self):
        self.strace("pwrite64:error=ENOSPC:when=6", path=self.partial,
                    options=["--serial", "--order", "input"], status=program.OUTPUT)
        told = json.loads(self.go("--resume", "--json").stdout)
        fresh = json.loads(self.go("--force", "--json").stdout)
        for name in ("mean", "std"):
            self.assertEqual(fresh[name], told[name], name)

    def test_sums_after_a_run_that_could_not_begin(self):
        """A resumed run without memory for its profile keeps the sums that were there."""
        if not INJECT or program.sanitized():
            self.skipTest("no injection, or a sanitizer's own memory")
        self.stop()
        kept = content(self.journal)
        command = [INJECT, "malloc", None, "once", "12", "", self.at("report"), program.BINARY,
                   "run", self.input, "-o", self.out, "--serial", "--resume", "--profile",
                   self.at("p"), "--items"]
        for number in range(60, 250):
            command[2] = str(number)
            result = subprocess.run(command, env=program.environment(), stdout=subprocess.DEVNULL,
                                    stderr=subprocess.PIPE, check=False, timeout=300)
            if b"to profile" in result.stderr:
                break
            if os.path.exists(self.out):  # it went on: leave it stopped again
                os.unlink(self.out)
                os.unlink(program.index_beside(self.out))
                self.stop()
        else:
            self.skipTest("no request for memory was the profile's")
        self.assertEqual(content(self.journal), kept)

    def test_names_that_the_array_has_on_its_way(self):
        for option in ("--index", "--profile"):
            for ending in (".partial", ".kept.partial", ".journal"):
                with self.subTest(option=option, ending=ending):
                    result = self.go(option, self.out + ending, "-f", status=program.USAGE,
                                     timeout=20)
                    self.assert_one_line_error(result, self.out + ending)
                    self.assert_nothing_written(self.out)

    def test_a_lost_index_is_written_again(self):
        self.strace("unlink:signal=KILL", path=self.journal)
        os.unlink(program.index_beside(self.out))
        before = os.stat(self.out)
        self.go("--resume")
        self.assertEqual(os.stat(self.out).st_ino, before.st_ino)
        self.assert_whole()

    def test_what_may_have_gone_is_tried_again(self):
        """EIO, and a file that may not be read; a changed one is another test's."""
        victim = os.path.join(self.input, "p05")
        for error, status in (("EIO", "io"), ("EACCES", "permission")):
            with self.subTest(error=error):
                result = self.strace(f"openat:error={error}", path=victim,
                                     options=["--max-failures", "0.05", "-f"],
                                     status=program.TOO_MANY)
                self.assertIn(status.encode() + b":", result.stderr)
                self.assertIn(b"%d of 24 inputs are kept" % BAD, result.stderr)
                told = json.loads(self.go("--resume", "--json", "-f").stdout)
                self.assertEqual((told["resumed"], told["failed"]), (BAD, 1))
                self.assert_whole()

    def test_a_hasty_run_records_as_it_goes(self):
        """SIGKILL leaves what the last checkpoint told of, and no less."""
        names = self.write("list", (os.fsencode(self.large()) + b"\n") * 60)
        command = ["run", "--files-from", names, "-t", "2", "-o"]
        self.check(program.run(*command, self.at("good.npy")), program.CLEAN)
        process = self.slowly(*command, self.out, pause_ms=100)
        self.wait_until(lambda: program.batches(self.journal) >= 3, process, "3 batches")
        process.kill()
        self.assertEqual(process.wait(), -signal.SIGKILL, "it ended too early")
        told = json.loads(self.check(program.run(*command, self.out, "--resume", "--json"),
                                     program.CLEAN).stdout)
        self.assertGreater(told["resumed"], 0)
        self.assert_whole(self.at("good.npy"))


class Kills(program.ProgramTest):
    """Killed at random moments, and resumed until it is done. The first moment of each is a random
    amount of work that is recorded, however fast the machine is; others are times, from the start
    of the process to its end."""

    ROUNDS = 100
    BATCHES = 20  # a run of one thread has 126, of three threads a third of it

    def setUp(self):
        super().setUp()
        if not program.HASTY:
            self.skipTest("HASTY names no program")
        self.input = self.at("in")
        self.check(program.run("synth", "-n", "120", self.input), program.CLEAN)
        for number in range(6):
            self.write(f"in/bad{number}", (b"", b"none", b"\xff\xd8\xff")[number % 3])
        self.rng = random.Random(7)
        self.out = self.at("o.npy")

    def command(self, decode, threads, *more):
        words = [program.HASTY, "run", self.input, "-o", self.out, "--decode", decode, "-q", *more]
        return words + (["--serial"] if threads == 0 else ["-t", str(threads)])

    def undisturbed(self, decode):
        """(its array, its index, seconds)"""
        start = time.monotonic()
        status = subprocess.run(self.command(decode, 2), env=program.environment(), check=False,
                                stderr=subprocess.DEVNULL).returncode
        seconds = time.monotonic() - start
        self.assertEqual(status, program.SOME_FAILED)
        wanted = content(self.out), content(program.index_beside(self.out)), seconds
        self.clean()
        return wanted

    def clean(self):
        for name in os.listdir(self.folder):
            if name.startswith("o."):
                os.unlink(self.at(name))

    def once(self, decode, threads, number, within):
        """Kills until a run comes to its end. (kills, most rows that were resumed)"""
        kills = most = 0
        journal = self.out + ".journal"
        while True:
            process = subprocess.Popen([*self.command(decode, threads, "--resume", "--json")],
                                       env=program.environment(HASTY_PAUSE_MS="0" if kills else "10"),
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            if kills == 0:
                enough = self.rng.randint(1, self.BATCHES // max(1, threads))
                while process.poll() is None and program.batches(journal) < enough:
                    time.sleep(0.001)
                process.send_signal(number)
            elif self.rng.random() < 0.4:
                try:
                    process.wait(timeout=self.rng.uniform(0, within))
                except subprocess.TimeoutExpired:
                    process.send_signal(number)
            out, _ = process.communicate(timeout=120)
            if process.returncode == program.SOME_FAILED:
                return kills, max(most, json.loads(out)["resumed"])
            self.assertEqual(process.returncode if process.returncode < 0 else
                             128 - process.returncode, -number)
            kills += 1
            if os.path.exists(self.out) and not os.path.exists(journal):
                return kills, most  # it had just done the last thing

    def rounds(self, number):
        kills = resumed = 0
        wanted = {decode: self.undisturbed(decode) for decode in ("exact", "fast")}
        for trial in range(self.ROUNDS):
            decode, threads = ("exact", "fast")[trial % 2], trial // 2 % 4
            array, index, seconds = wanted[decode]
            killed, rows = self.once(decode, threads, number, seconds)
            self.assertEqual(content(self.out), array, f"round {trial}")
            self.assertEqual(content(program.index_beside(self.out)), index, f"round {trial}")
            self.assertEqual([name for name in os.listdir(self.folder)
                              if "journal" in name or "partial" in name], [])
            self.clean()
            kills += killed
            resumed += rows > 0
        print(f"{signal.Signals(number).name}: {self.ROUNDS} runs, {kills} kills, {resumed} resumed "
              "with rows that were there")
        self.assertGreater(kills, self.ROUNDS // 2)  # others may end while this process is waiting
        self.assertGreater(resumed, self.ROUNDS // 4)

    def test_kill(self):
        self.rounds(signal.SIGKILL)

    def test_interrupt(self):
        self.rounds(signal.SIGINT)


if __name__ == "__main__":
    if MANY:
        sys.argv.remove("all")
        del Resume
    else:
        Kills.ROUNDS = 4
    program.main()
