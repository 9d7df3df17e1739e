#!/usr/bin/python3
"""What the system does to a run: reads and writes that fail, no descriptors, long paths, many
names, full disks, limits, closed streams.

System calls fail by injection. After a failure the file under the final name is whole or absent;
what was begun may stay beside it."""
import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import injection
import oracle
import pictures

injection.needed()
MB = 1 << 20


class System(program.ProgramTest):

    def setUp(self):
        super().setUp()
        random = numpy.random.default_rng(22)
        self.jpeg = pictures.jpeg(pictures.texture(random, 200, 150, 3), quality=92)
        self.assertGreater(len(self.jpeg), 8192)  # read in two pieces: its beginning tells what it is
        self.paths = [self.write(f"in/{name}.jpg", self.jpeg) for name in "abc"]
        self.expected = oracle.sized(oracle.opened(self.paths[0]), (64, 64), "bicubic")
        self.out = self.at("o.npy")

    def inject(self, kind, *options, status, **how):
        for left in (".partial", ".journal"):
            if os.path.exists(self.out + left):
                os.unlink(self.out + left)
        result = injection.run("run", self.at("in"), "-o", self.out, "-t", "2", "--force", *options,
                               kind=kind, report=self.at("report"), **how)
        return self.check(result, status)

    def statuses(self):
        """Of the inputs, by the index; the good rows are right and the others zero."""
        array, index = numpy.load(self.out), program.read_index(program.index_beside(self.out))
        self.assertEqual(len(array), len(index))
        for row, line in zip(array, index):
            if line["status"] == "ok":
                self.assertEqual(oracle.difference(self.expected, row), "", line)
            else:
                self.assertFalse(row.any(), line)
                self.assertNotEqual(line["reason"], "")
        return [line["status"] for line in index]

    def assert_no_output(self, result, *words):
        """Status 3, one clear line, nothing under the final names."""
        self.check(result, program.OUTPUT)
        lines = [line for line in result.stderr.splitlines()
                 if "; to go on" not in line and "to begin anew instead" not in line]
        self.assertEqual(len(lines), 1, str(result))
        self.assertRegex(lines[0], "^pixscale: [ -~]+$")
        for word in words:
            self.assertIn(word, lines[0])
        self.assert_nothing_written(self.out)

    # Rows 22 to 25: reading

    def test_22_error_of_open_or_read(self):
        for kind in ("open", "read"):
            with self.subTest(kind=kind):
                self.inject(kind, status=program.SOME_FAILED, path="/b.jpg", at=1, always=True)
                self.assertEqual(self.statuses(), ["ok", "io", "ok"])

    def test_23_a_file_that_ends_early(self):
        for at in (1, 2):
            with self.subTest(at=at):
                self.inject("read", status=program.SOME_FAILED, path="/b.jpg", at=at, error=0,
                            always=True)
                self.assertEqual(self.statuses(), ["ok", "truncated", "ok"])

    def test_24_interrupted_calls(self):
        """Each is made again."""
        for kind, path in (("open", ".jpg"), ("read", ".jpg"), ("pwrite", ""), ("reserve", ""),
                           ("lock", "")):
            calls, at = 1, 1
            while at <= calls:
                with self.subTest(kind=kind, at=at):
                    calls = self.inject(kind, status=program.CLEAN, path=path, at=at,
                                        error=errno.EINTR).calls
                    self.assertEqual(self.statuses(), ["ok"] * 3)
                at += 1
            self.assertGreater(at, 1)

    def test_25_no_descriptors(self):
        """A hard limit: the run says so, or the pictures that it concerns do."""
        for files in range(4, 17):
            for threads in ("1", "8"):
                with self.subTest(files=files, threads=threads):
                    result = program.run("run", self.at("in"), "-o", self.out, "-t", threads, "-f",
                                         preexec=program.limit(resource.RLIMIT_NOFILE, files))
                    if "shared libraries" in result.stderr:
                        continue  # not enough for the program itself
                    if result.status == program.OUTPUT:
                        self.assert_no_output(result, "Too many open files")
                        continue
                    self.assertIn(result.status, (program.CLEAN, program.SOME_FAILED), str(result))
                    self.assertLessEqual(set(self.statuses()), {"ok", "io"})
                    for path in (self.out, program.index_beside(self.out)):
                        os.unlink(path)
        self.check(result, program.CLEAN)  # with 16 of them nothing is wanting

    # Rows 30 and 31: names

    def test_30_paths_longer_than_the_kernel_takes(self):
        """Folders in folders, to around PATH_MAX and beyond; by a walk and by a list."""
        where = os.getcwd()
        self.addCleanup(os.chdir, where)
        os.mkdir(self.at("deep"))
        os.chdir(self.at("deep"))
        names, length = [], len(os.fsencode(self.at("deep")))
        for step in [200] * 18 + [100] * 4 + [20] * 10 + [200] * 5:
            names.append("d" * step)
            os.mkdir(names[-1])
            os.chdir(names[-1])
            length += 1 + step
            if length > 3900:
                with open("a.jpg", "wb") as stream:
                    stream.write(self.jpeg)
        os.chdir(where)
        self.check(program.run("run", self.at("deep"), "-o", self.out), program.CLEAN)
        self.assertEqual(set(self.statuses()), {"ok"})
        index = program.read_index(program.index_beside(self.out))
        lengths = [len(line["path"]) for line in index]
        self.assertLess(min(lengths), 4096)
        self.assertGreater(max(lengths), 5000)
        listing = b"\0".join(line["path"] for line in index)
        again = self.at("again.npy")
        self.check(program.run("run", "--files-from", "-", "-0", "-o", again, stdin=listing),
                   program.CLEAN)
        numpy.testing.assert_array_equal(numpy.load(again), numpy.load(self.out))

    @unittest.skipIf(program.sanitized(), "a sanitizer has memory of its own")
    def test_31_memory_of_many_names(self):
        """It grows by little more than the names, and the run tells how much it was."""
        def peak(names):
            listing = self.write("list", b"".join(b"none/%012d.jpg\n" % i for i in range(names)))
            status, peak = program.peak_memory("run", "--files-from", listing, "-o", self.out, "-f",
                                               "--size", "1x1", "-q", "-t", "2")
            self.assertEqual(status, program.SOME_FAILED)
            return peak
        few, many = peak(20000), peak(220000)
        self.assertLess((many - few) / 200000, 400)
        result = program.run("run", "--files-from", self.at("list"), "-o", self.out, "-f",
                             "--size", "1x1", "-t", "2")
        told = [line.split()[1:3] for line in result.stdout.splitlines() if "memory" in line]
        unit = {"kB": 1e3, "MB": 1e6}[told[0][1]]
        self.assertAlmostEqual(float(told[0][0]) * unit / many, 1, delta=0.3)

    # Rows 33 to 36: writing

    def small_disk(self):
        """A folder on a disk of 4 MB, where the output goes."""
        disk = self.at("disk")
        os.mkdir(disk)
        mount = shutil.which("mount")
        if os.geteuid() != 0 or not mount or subprocess.run(
                [mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], check=False,
                stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("a small disk takes root, who may mount one")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        self.out = os.path.join(disk, "o.npy")
        return disk

    def fill(self, disk, left):
        """Another program writes until so many bytes are left."""
        place = os.statvfs(disk)
        with open(os.path.join(disk, "filler"), "ab") as stream:
            stream.write(b"x" * (place.f_bfree * place.f_frsize - left))

    def test_33_full_disk(self):
        """Refused before a picture is opened; nothing is left on the disk; with room it goes."""
        disk = self.small_disk()
        result = self.inject("open", "--size", "700x700", status=program.OUTPUT, path=".jpg")
        self.assert_no_output(result, "bytes and the disk has", "make room")
        self.assertEqual(result.calls, 0, "a picture was opened")
        self.assertEqual([name for name in os.listdir(disk) if name.endswith(".npy")], [])
        self.fill(disk, 128 * 1024)  # room for the array, which has 36 KB, journal and index
        result = self.inject("open", "--label-from", "folder", status=program.CLEAN)
        self.assertEqual(self.statuses(), ["ok"] * 3)
        for path in (self.out, program.index_beside(self.out)):
            os.unlink(path)
        self.fill(disk, 48 * 1024)  # and for the array only
        self.assert_no_output(self.inject("open", status=program.OUTPUT), "No space left")
        os.unlink(os.path.join(disk, "filler"))
        self.inject("open", status=program.CLEAN)
        self.assertEqual(self.statuses(), ["ok"] * 3)

    def test_33_disk_filled_meanwhile(self):
        """What the run will need to say what it has done has its place from the beginning."""
        disk = self.small_disk()
        for number in range(3997):
            os.link(self.paths[0], self.at("in", f"{number:04}.jpg"))
        words = ["run", self.at("in"), "-o", self.out, "--size", "8x8", "--serial", "-q"]
        process = self.slowly(*words, pause_ms=1, every_ms=100, stderr=subprocess.PIPE)
        self.wait_for_rows(process, self.out + ".partial")  # and nearly all is still to be done
        process.send_signal(signal.SIGSTOP)
        self.fill(disk, 0)
        process.send_signal(signal.SIGCONT)
        errors = process.communicate(timeout=300)[1].decode()
        self.assertEqual(process.returncode, program.OUTPUT, errors)
        self.assertIn("No space left", errors)
        self.assertIn("4,000 of 4,000 inputs are kept", errors)
        self.check(program.run(*words, "--resume"), program.OUTPUT)  # there still is no room
        os.unlink(os.path.join(disk, "filler"))
        self.check(program.run(*words, "--resume"), program.CLEAN)
        self.assertEqual([line["status"] for line in program.read_index(
            program.index_beside(self.out))], ["ok"] * 4000)
        array = numpy.load(self.out)
        self.assertTrue(array[0].any() and (array == array[0]).all())

    def test_34_writing_fails(self):
        for kind, at, error in (("pwrite", 3, errno.ENOSPC), ("pwrite", 3, errno.EIO),
                                ("fsync", 1, errno.EIO), ("fsync", 2, errno.EIO),
                                ("rename", 1, errno.EXDEV), ("rename", 2, errno.EXDEV)):
            with self.subTest(kind=kind, at=at, error=errno.errorcode[error]):
                result = self.inject(kind, status=program.OUTPUT, at=at, error=error)
                self.assert_no_output(result, os.strerror(error))
                self.check(program.run("run", self.at("in"), "-o", self.out, "--resume"),
                           program.CLEAN)
                self.assertEqual(self.statuses(), ["ok"] * 3)
                for path in (self.out, program.index_beside(self.out)):
                    os.unlink(path)

    def test_34_close_tells_of_a_lost_write(self):
        result = self.inject("close", status=program.OUTPUT, path="o.npy", at=1, always=True)
        self.assert_no_output(result, os.strerror(errno.EIO))

    def test_34_short_writes(self):
        """Half of the bytes each time: the rest follows."""
        for kind in ("pwrite", "write"):
            result = self.inject(kind, status=program.CLEAN, at=1, always=True, error="half")
            self.assertGreater(result.failed, 3, str(result))
            self.assertEqual(self.statuses(), ["ok"] * 3)

    def test_35_limit_of_file_size(self):
        """An error with a name and no signal: for the array at once, for the index at the end."""
        limit = program.limit(resource.RLIMIT_FSIZE, 40000)
        result = program.run("run", self.at("in"), "-o", self.out, "--size", "640x480",
                             preexec=limit)
        self.assert_no_output(result, "ulimit -f")
        names = "\n".join(self.paths * 400).encode()
        result = program.run("run", "-", "-o", self.out, "--size", "1x1", "-q", stdin=names,
                             preexec=limit)
        self.assert_no_output(result, "o.index.csv", "File too large")
        result = program.run("run", self.at("in"), "-o", self.out, "--profile", self.at("p.jsonl"),
                             "-q", "--items", preexec=limit)
        self.check(result, program.CLEAN)

    def test_36_streams_that_are_full_or_closed(self):
        """What cannot be told is a failure by its status, and costs no output."""
        def streams(number, how):
            if how == "full":
                os.dup2(os.open("/dev/full", os.O_WRONLY), number)
            else:
                os.close(number)
        for how in ("full", "closed"):
            for options in ([], ["--json"]):
                with self.subTest(stdout=how, options=options):
                    result = program.run("run", self.at("in"), "-o", self.out, "-f", *options,
                                         preexec=lambda how=how: streams(1, how))
                    self.check(result, program.OUTPUT)
                    self.assertIn("standard output", result.stderr)
                    self.assertEqual(self.statuses(), ["ok"] * 3)
            with self.subTest(stderr=how):
                result = program.run("run", self.at("none"), "-o", self.out, "-f",
                                     preexec=lambda how=how: streams(2, how))
                self.check(result, program.USAGE)
                result = program.run("run", self.at("in"), "-o", self.out, "-f",
                                     preexec=lambda how=how: [streams(n, how) for n in (0, 1, 2)])
                self.check(result, program.OUTPUT)
                self.assertEqual(self.statuses(), ["ok"] * 3)

    # Row 45: memory and threads

    @unittest.skipIf(program.sanitized(), "a sanitizer reserves address space of its own")
    def test_45_limit_of_address_space(self):
        """Whatever the limit, a run ends by itself; with room enough it succeeds."""
        seen = set()
        for megabytes in [*range(16, 130, 6), 400]:
            for threads in ("1", "16"):
                with self.subTest(megabytes=megabytes, threads=threads):
                    result = program.run(
                        "run", *self.paths * 8, self.at("in"), "-o", self.out, "-f", "-q",
                        "-t", threads, preexec=program.limit(resource.RLIMIT_AS, megabytes * MB))
                    if "shared libraries" in result.stderr or "shared object" in result.stderr:
                        continue  # no room for the program itself
                    seen.add(result.status)
                    self.assertIn(result.status, (program.CLEAN, program.SOME_FAILED,
                                                  program.OUTPUT), str(result))
                    if result.status == program.OUTPUT:
                        self.assertRegex(result.stderr, r"(?m)^pixscale: .{9,}$")
                        self.assert_nothing_written(self.out)
                        continue
                    self.assertLessEqual(set(self.statuses()), {"ok", "memory"})
                    for path in (self.out, program.index_beside(self.out)):
                        os.unlink(path)
        self.assertLessEqual({program.CLEAN, program.OUTPUT}, seen)

    def test_45_threads_that_cannot_be_started(self):
        result = injection.run("run", self.at("in"), "-o", self.out, "-t", "3", kind="thread",
                               at=2, error=errno.EAGAIN, report=self.at("report"))
        self.check(result, program.OUTPUT)
        self.assertIn("pixscale: the OpenMP runtime gave up; use fewer threads", result.stderr)
        self.assert_nothing_written(self.out)

    @unittest.skipIf(program.sanitized(), "a sanitizer starts a thread that looks for leaks")
    def test_45_limit_of_processes(self):
        """It does not bind root, so root runs the program as somebody who has no other process."""
        os.chmod(self.folder, 0o777)
        def become():
            resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
            if os.geteuid() == 0:
                os.setuid(61234)
        try:
            self.check(program.run("--version", preexec=become), program.CLEAN)
        except (PermissionError, subprocess.SubprocessError, BlockingIOError):
            self.skipTest("that user may not run the program from where it lies")
        result = program.run("run", self.at("in"), "-o", self.out, "-t", "3", preexec=become)
        self.check(result, program.OUTPUT)
        self.assertIn("pixscale: the OpenMP runtime gave up; use fewer threads", result.stderr)
        self.assert_nothing_written(self.out)
        self.check(program.run("run", self.at("in"), "-o", self.out, "-t", "1", preexec=become),
                   program.CLEAN)


if __name__ == "__main__":
    program.main()
