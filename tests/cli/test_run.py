#!/usr/bin/python3
"""The command line as a user meets it: what stands on stdout and stderr, and the exit status."""
import fcntl
import json
import os
import pty
import re
import resource
import select
import signal
import struct
import sys
import termios
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import pictures

COMMANDS = ("run", "synth", "info")


class Words(program.ProgramTest):
    """What is typed, and what is said of mistakes. No picture is decoded here."""

    def refused(self, *arguments, words=()):
        """Exit 2, one clear line on stderr, nothing on stdout, nothing written."""
        result = program.run(*arguments, cwd=self.folder)
        self.check(result, program.USAGE)
        self.assertEqual(result.out, b"")
        self.assert_one_line_error(result, *words)
        self.assert_nothing_written(self.at("o.npy"))
        return result

    def run_refused(self, *options, words=()):
        self.write("in/a.png", pictures.png([[0]], 8, pictures.GRAY))
        return self.refused("run", "in", "-o", "o.npy", *options, words=words)

    def test_no_arguments(self):
        self.refused(words=["--help"])

    def test_help(self):
        for arguments in (["--help"], ["-h"], ["help"]):
            result = self.check(program.run(*arguments), program.CLEAN)
            self.assertEqual(result.err, b"")
            for command in COMMANDS:
                self.assertRegex(result.stdout, rf"(?m)^  {command} +\S")

    def test_help_of_each_command(self):
        for command in COMMANDS:
            for arguments in ([command, "--help"], [command, "-h"], ["help", command]):
                result = self.check(program.run(*arguments), program.CLEAN)
                self.assertEqual(result.err, b"")
                self.assertIn(f"pixscale {command}", result.stdout)
                self.assertIn("--help", result.stdout)
                self.assertRegex(result.stdout, r"(?m)^Examples:\n  # ")
                for line in result.stdout.splitlines():
                    self.assertLessEqual(len(line), 100, line)
                    self.assertEqual(line, line.rstrip(), "blanks at the end of a line")

    def test_help_names_every_option_of_run(self):
        text = program.run("run", "--help").stdout
        for name in ("size filter fit pad-color mode decode alpha gray16 exif layout dtype mean std"
                     " label-from include threads schedule order serial truncated on-error"
                     " max-failures max-pixels max-bytes max-memory readahead index resume force"
                     " progress files-from null json output quiet verbose").split():
            self.assertRegex(text, rf"--{name}\b", name)

    def test_version(self):
        result = self.check(program.run("--version"), program.CLEAN)
        self.assertRegex(result.stdout, r"^pixscale \d+\.\d+\.\d+\S*\n$")

    def test_mistyped_command(self):
        self.refused("rnu", words=["'rnu'", "did you mean 'run'"])
        self.refused("inof", words=["did you mean 'info'"])
        self.refused("frobnicate", words=["'frobnicate'", "--help"])
        self.refused("", words=["--help"])

    def test_mistyped_option(self):
        for wrong, right in (("--fliter", "--filter"), ("--sise=3x3", "--size"),
                             ("--thread-s", "--threads"), ("--on-eror", "--on-error")):
            self.run_refused(wrong, words=[wrong, f"did you mean '{right}'"])
        self.assertNotIn("did you mean", self.run_refused("--qqqqqq").stderr)
        self.run_refused("-Z", words=["-Z"])

    def test_mistyped_value(self):
        self.run_refused("--filter", "bicubik", words=["--filter", "did you mean 'bicubic'"])
        self.run_refused("--fit", "crop", words=["--fit", "stretch", "cover", "pad"])

    def test_missing_value(self):
        for option in ("--size", "--filter", "--threads", "-o"):
            self.refused("run", "in", option, words=[option, "needs a value"])

    def test_bad_values(self):
        for option, values in {
                "--size": ("", "64", "64x", "x64", "64x64x3", "0x64", "64x0", "-1x5", "6.5x7",
                           "64X64 ", "99999999999x1", "1e2x5", "64×64"),
                "--threads": ("0", "-1", "two", "", "1.5", "99999999999999999999"),
                "--schedule": ("", "fast", "dynamic,", "dynamic,0", "dynamic,-1", "dynamic,x",
                               "static,1,2"),
                "--pad-color": ("", "256,0,0", "1,2", "1,2,3,4", "-1,0,0", "red!"),
                "--alpha": ("", "256,0,0", "1,2", "keep"),
                "--max-failures": ("", "-1", "x", "nan", "1,5"),
                "--max-pixels": ("", "-1", "many"),
                "--max-bytes": ("", "-1", "12Q", "M", "1.5M", "99999999999G"),
                "--max-memory": ("", "-1", "0", "12Q", "much"),
                "--readahead": ("", "-1", "on", "64Q", "1.5M"),
                "--mean": ("", "x", "1,2", "1,2,3,", "1,2,3,4"), "--std": ("", "0,1,1", "1,2", "nan,1,1"),
                "--layout": ("", "wch"), "--dtype": ("f64",), "--mode": ("rgba",),
                "--decode": ("slow",),
                "--fast-margin": ("1", "9", "2.5", "0", "-2", "", "x"),
                "--exif": ("rotate",), "--order": ("random",),
                "--truncated": ("maybe",), "--on-error": ("ignore",), "--progress": ("bar",),
                "--gray16": ("low-byte",), "--label-from": ("name",)}.items():
            for value in values:
                with self.subTest(option=option, value=value):
                    extra = ["--dtype", "f32"] if option in ("--mean", "--std") else []
                    result = self.run_refused(*extra, f"{option}={value}")
                    self.assertIn(option, result.stderr)

    def test_margin_is_of_the_fast_decode(self):
        for extra in ([], ["--decode", "exact"]):
            result = self.run_refused("--fast-margin", "3", *extra)
            self.assertIn("--fast-margin needs --decode fast", result.stderr)

    def test_size_has_two_sides(self):
        """WxH: the array is (N, H, W, C)."""
        self.write("in/a.png", pictures.png([[0]], 8, pictures.GRAY))
        array, _, _ = self.preprocess(self.at("in"), "--size", "30x20")
        self.assertEqual(array.shape, (1, 20, 30, 3))

    def test_no_input_and_no_output(self):
        self.refused("run", words=["no input"])
        self.refused("run", "-o", "o.npy", words=["no input"])
        self.write("in/a.png", pictures.png([[0]], 8, pictures.GRAY))
        self.refused("run", "in", words=["-o"])

    def test_missing_input(self):
        self.refused("run", "nowhere", "-o", "o.npy", words=["nowhere", "No such file"])
        self.refused("run", "--files-from", "nowhere", "-o", "o.npy",
                     words=["nowhere", "No such file"])

    def test_missing_folder_of_the_output(self):
        self.write("in/a.png", pictures.png([[0]], 8, pictures.GRAY))
        out = self.at("no/such/folder/o.npy")
        result = program.run("run", self.at("in"), "-o", out)
        self.assertIn(result.status, (program.USAGE, program.OUTPUT), str(result))
        self.assert_one_line_error(result, "no/such/folder", "No such file")

    def test_output_is_a_folder(self):
        self.write("in/a.png", pictures.png([[0]], 8, pictures.GRAY))
        os.mkdir(self.at("o.npy"))
        for force in ([], ["--force"]):
            result = program.run("run", self.at("in"), "-o", self.at("o.npy"), *force)
            self.assertIn(result.status, (program.USAGE, program.OUTPUT), str(result))
            self.assertTrue(os.path.isdir(self.at("o.npy")))

    def test_wrong_simd_name(self):
        result = program.run("info", env={"PIXSCALE_SIMD": "mmx"})
        self.check(result, program.USAGE)
        self.assert_one_line_error(result, "mmx")

    def test_full_stdout(self):
        for arguments in (["--help"], ["run", "--help"], ["info"], ["--version"]):
            with open("/dev/full", "wb") as full:
                process = program.spawn(arguments, stdin=-3, stdout=full, stderr=-1)
                _, err = process.communicate(timeout=60)
            self.assertGreater(process.returncode, 0, arguments)
            self.assertIn(b"standard output", err)

    def test_closed_stdout(self):
        process = program.spawn(["--help"], preexec=lambda: os.close(1), stdin=-3, stderr=-1)
        process.communicate(timeout=60)
        self.assertGreater(process.returncode, 0)


class Run(program.ProgramTest):
    """Whole runs over a few pictures."""

    def setUp(self):
        super().setUp()
        random = numpy.random.default_rng(6)
        self.jpeg = pictures.jpeg(pictures.texture(random, 60, 40, 3))
        self.png = pictures.make_png(random, 50, 30, 8, pictures.RGB_ALPHA)
        for name, data in (("b/2.png", self.png), ("a/1.jpg", self.jpeg), ("a/0.jpg", self.jpeg),
                           ("c.jpg", self.jpeg)):
            self.write(f"in/{name}", data)
        self.good = [self.at("in", name) for name in ("a/0.jpg", "a/1.jpg", "b/2.png", "c.jpg")]
        self.input, self.out = self.at("in"), self.at("o.npy")

    def spoil(self, count=1):
        for number in range(count):
            self.write(f"in/bad{number}.jpg", self.jpeg[:-200])

    def go(self, *options, status=program.CLEAN, **how):
        return self.check(program.run("run", self.input, "-o", self.out, *options, **how), status)

    # Inputs

    def test_folder_is_sorted_bytewise(self):
        _, index, _ = self.preprocess(self.input)
        self.assertEqual([os.fsdecode(line["path"]) for line in index], self.good)
        self.assertEqual([line["row"] for line in index], [0, 1, 2, 3])

    def test_operands_are_sorted_and_each_counts_once(self):
        a, b = self.good[3], self.good[0]
        _, index, _ = self.preprocess([a, b, self.at("in", "a")])
        self.assertEqual([os.fsdecode(line["path"]) for line in index],
                         sorted([a, b, self.good[1]]))

    def test_list_keeps_its_order(self):
        wanted = [self.good[i] for i in (3, 0, 2, 0)]
        base, _, _ = self.preprocess(self.input)
        lines = b"".join(os.fsencode(path) + b"\n" for path in wanted)
        name = self.write("list", lines)
        array, index, _ = self.preprocess([], "--files-from", name)
        self.assertEqual([os.fsdecode(line["path"]) for line in index], wanted)
        self.assertTrue(numpy.array_equal(array, base[[3, 0, 2, 0]]))
        for options, text in ((["--files-from", "-"], lines), (["--files-from", "-"], lines[:-1]),
                              (["--files-from", "-"], lines.replace(b"\n", b"\n\n")),
                              (["--files-from", "-", "-0"], lines.replace(b"\n", b"\0"))):
            self.check(program.run("run", *options, "-o", self.out, "--force", stdin=text),
                       program.CLEAN)
            self.assertTrue(numpy.array_equal(numpy.load(self.out), array))

    def test_list_with_newlines_in_names(self):
        odd = self.write("in/new\nline.jpg", self.jpeg)
        _, index, _ = self.preprocess_list([odd, self.good[0]])
        self.assertEqual(index[0]["path"], os.fsencode(odd))

    def test_list_names_a_missing_file(self):
        array, index, _ = self.preprocess_list([self.good[0], self.at("nothing.jpg")],
                                               status=program.SOME_FAILED)
        self.assertEqual([line["status"] for line in index], ["ok", "io"])
        self.assertFalse(array[1].any())

    def test_empty_list(self):
        result = self.check(program.run("run", "--files-from", "-", "-o", self.out),
                            program.USAGE)
        self.assert_one_line_error(result)
        self.assert_nothing_written(self.out)

    def test_include(self):
        _, index, _ = self.preprocess(self.input, "--include", "*.jpg")
        self.assertEqual([os.fsdecode(line["path"]) for line in index],
                         [path for path in self.good if path.endswith(".jpg")])
        _, index, _ = self.preprocess(self.input, "--include", "*.png", "--include", "1*")
        self.assertEqual(len(index), 2)

    def test_label_from_folder(self):
        self.go("--label-from", "folder")
        with open(program.index_beside(self.out), encoding="utf-8") as stream:
            self.assertEqual(stream.readline().strip().split(","), program.COLUMNS + ["label"])
        index = program.read_index(program.index_beside(self.out))
        self.assertEqual([line["label"] for line in index], ["a", "a", "b", "in"])

    # Outputs

    def test_index_columns(self):
        self.spoil()
        self.go(status=program.SOME_FAILED)
        with open(program.index_beside(self.out), "rb") as stream:
            text = stream.read()
        self.assertEqual(text.split(b"\n")[0].decode().split(","), program.COLUMNS)
        self.assertTrue(text.endswith(b"\n"))
        self.assertNotIn(b"\r", text)
        lines = program.read_index(program.index_beside(self.out))
        self.assertEqual([line["status"] for line in lines],
                         ["ok", "ok", "ok", "truncated", "ok"])
        bad = lines[3]
        self.assertEqual((bad["width"], bad["height"], bad["format"]), (60, 40, "jpeg"))
        self.assertEqual(bad["bytes"], len(self.jpeg) - 200)
        self.assertNotEqual(bad["reason"], "")
        self.assertEqual([line["reason"] for line in lines if line["status"] == "ok"], [""] * 4)

    def test_index_at_another_place(self):
        self.go("--index", self.at("elsewhere.csv"))
        self.assertEqual(len(program.read_index(self.at("elsewhere.csv"))), 4)
        self.assertFalse(os.path.exists(program.index_beside(self.out)))

    def test_index_in_the_place_of_the_array(self):
        os.symlink(self.folder, self.at("alias"))
        for index in ("o.npy", "./o.npy", "in/../o.npy", "alias/o.npy", self.at("o.npy")):
            with self.subTest(index=index):
                result = program.run("run", "in", "-o", "o.npy", "--index", index,
                                     cwd=self.folder)
                self.check(result, program.USAGE)
                self.assert_one_line_error(result, "different names")
                self.assert_nothing_written(self.out)

    def test_nothing_else_is_left(self):
        self.go()
        self.assertEqual(set(os.listdir(self.folder)), {"in", "o.npy", "o.index.csv"})

    def test_quiet_is_silent(self):
        self.assertEqual((self.go("-q").out, self.go("-q", "--force").err), (b"", b""))
        self.spoil()
        result = self.go("-q", "--force", status=program.SOME_FAILED)
        self.assertEqual((result.out, result.err), (b"", b""))

    def test_quiet_still_says_why_it_stopped(self):
        result = program.run("run", self.at("nowhere"), "-o", self.out, "-q")
        self.check(result, program.USAGE)
        self.assert_one_line_error(result, "nowhere")

    def test_summary(self):
        """How many, how many failed, and where the output is."""
        self.spoil(2)
        result = self.go(status=program.SOME_FAILED)
        text = result.stdout + result.stderr
        self.assertIn(self.out, text)
        self.assertRegex(text, r"\b6\b")
        self.assertRegex(text, r"2 [^\n]*failed|failed[^\n]*\b2\b|2 truncated|truncated +2")
        self.assertIn("truncated", text)
        self.assertNotIn("\r", text)

    def test_verbose_says_no_less(self):
        self.spoil()
        plain = self.go(status=program.SOME_FAILED)
        verbose = self.go("-v", "--force", status=program.SOME_FAILED)
        self.assertGreaterEqual(len(verbose.err), len(plain.err))
        self.assertIn("bad0.jpg", verbose.stdout + verbose.stderr)

    def test_json(self):
        self.spoil(2)
        result = self.go("--json", status=program.SOME_FAILED)
        summary = json.loads(result.stdout)
        self.assertIsInstance(summary, dict)
        self.assertEqual(summary["items"], 6)
        self.assertEqual(summary["failed"], 2)
        self.assertEqual(summary["output"], self.out)
        self.assertEqual(summary["index"], program.index_beside(self.out))
        self.assertEqual(summary["shape"], [6, 64, 64, 3])
        self.assertEqual(summary["statuses"]["ok"], 4)
        self.assertEqual(summary["statuses"]["truncated"], 2)
        self.assertEqual(summary["pixels_decoded"], 3 * 60 * 40 + 50 * 30)
        self.assertGreater(summary["threads"], 0)
        self.assertGreater(summary["seconds"], 0)

    def test_json_with_odd_names(self):
        out = os.path.join(os.fsencode(self.folder), b'q"\\\n\xff.npy')
        result = self.check(program.run("run", self.input, "-o", out, "--json"), program.CLEAN)
        json.loads(result.out.decode("utf-8"))
        self.assertTrue(os.path.exists(out))

    def test_output_exists(self):
        self.go()
        before = os.stat(self.out).st_mtime_ns
        result = self.go(status=program.USAGE)
        self.assert_one_line_error(result, self.out, "--force")
        self.assertEqual(os.stat(self.out).st_mtime_ns, before)
        self.go("--force")
        self.assertNotEqual(os.stat(self.out).st_mtime_ns, before)

    def test_force_replaces_only_what_succeeds(self):
        """A run that fails leaves the old output as it was."""
        self.go()
        with open(self.out, "rb") as stream:
            before = stream.read()
        self.spoil()
        self.go("--force", "--on-error", "fail", status=program.TOO_MANY)
        with open(self.out, "rb") as stream:
            self.assertEqual(stream.read(), before)

    # Failures

    def test_clean_and_some_failed(self):
        self.go(status=program.CLEAN)
        self.spoil()
        self.go("--force", status=program.SOME_FAILED)
        array = numpy.load(self.out)
        self.assertFalse(array[3].any())
        self.assertTrue(all(array[i].any() for i in (0, 1, 2, 4)))

    def test_on_error_drop(self):
        whole, _, _ = self.preprocess(self.input)
        self.spoil(2)
        array, index, _ = self.preprocess(self.input, "--on-error", "drop",
                                          status=program.SOME_FAILED)
        self.assertTrue(numpy.array_equal(array, whole))
        self.assertEqual([line["row"] for line in index], [0, 1, 2, None, None, 3])

    def test_on_error_drop_without_failures(self):
        whole, _, _ = self.preprocess(self.input)
        array, index, _ = self.preprocess(self.input, "--on-error", "drop")
        self.assertTrue(numpy.array_equal(array, whole))
        self.assertEqual([line["row"] for line in index], [0, 1, 2, 3])

    def test_on_error_drop_everything(self):
        for number in range(3):
            self.write(f"junk/{number}.jpg", b"junk\0")
        result = program.run("run", self.at("junk"), "-o", self.out, "--on-error", "drop")
        self.assertIn(result.status, (program.SOME_FAILED, program.TOO_MANY), str(result))
        if result.status == program.SOME_FAILED:
            self.assertEqual(numpy.load(self.out).shape, (0, 64, 64, 3))

    def test_on_error_fail(self):
        self.go("--on-error", "fail")
        self.spoil()
        result = self.go("--on-error", "fail", "--force", status=program.TOO_MANY)
        self.assertNotEqual(result.err, b"")
        os.unlink(self.out)
        os.unlink(program.index_beside(self.out))
        os.unlink(self.out + ".journal")
        self.go("--on-error", "fail", status=program.TOO_MANY)
        self.assert_nothing_written(self.out)

    def test_max_failures(self):
        """2 of 6 failed: a third."""
        self.spoil(2)
        for rate, status in (("0", program.TOO_MANY), ("0.2", program.TOO_MANY),
                             ("0.34", program.SOME_FAILED), ("1", program.SOME_FAILED)):
            with self.subTest(rate=rate):
                self.go("--max-failures", rate, "--force", status=status)
                self.assertEqual(os.path.exists(self.out), status == program.SOME_FAILED)
                if status == program.SOME_FAILED:
                    os.unlink(self.out)
                else:
                    os.unlink(self.out + ".journal")

    def test_max_failures_at_the_limit(self):
        """29 of 100 are not more than 29 %, though 0.29 times 100 is less than 29 in binary."""
        bad = self.write("bad", b"no picture")
        paths = [self.good[0]] * 71 + [bad] * 29
        for rate in ("0.29", "29%"):
            self.preprocess_list(paths, "--max-failures", rate, status=program.SOME_FAILED)
        stdin = b"".join(os.fsencode(path) + b"\n" for path in paths)
        self.check(program.run("run", "-", "-o", self.out, "--max-failures", "0.28", stdin=stdin),
                   program.TOO_MANY)

    def test_a_refused_run_removes_nothing(self):
        """What another run may be writing, or a file that is only named so."""
        self.write(os.path.basename(self.out), b"an earlier array")
        partial = program.index_beside(self.out) + ".partial"
        with open(partial, "wb") as stream:
            stream.write(b"somebody's")
        self.go(status=program.USAGE)
        with open(partial, "rb") as stream:
            self.assertEqual(stream.read(), b"somebody's")

    def test_full_disk_device(self):
        """A run whose summary cannot be written says so by its status."""
        with open("/dev/full", "wb") as full:
            process = program.spawn(["run", self.input, "-o", self.out, "--json"], stdin=-3,
                                    stdout=full, stderr=-1)
            process.communicate(timeout=60)
        self.assertGreater(process.returncode, 0)

    def test_stderr_full(self):
        with open("/dev/full", "wb") as full:
            process = program.spawn(["run", self.input, "-o", self.out, "--progress", "on"],
                                    stdin=-3, stdout=-3, stderr=full)
            process.communicate(timeout=60)
        self.assertIn(process.returncode, (program.CLEAN, program.OUTPUT))

    def without_reader(self, stream):
        """The status of a run whose stream is a pipe that nobody reads any more."""
        reader, writer = os.pipe()
        os.close(reader)
        streams = {"stdout": -3, "stderr": -3, stream: writer}
        process = program.spawn(["run", self.input, "-o", self.out, "--force"], stdin=-3,
                                **streams)
        os.close(writer)
        status = process.wait(timeout=60)
        self.assertTrue(os.path.exists(self.out))
        return status

    def test_nobody_reads(self):
        self.write("in/broken.jpg", b"\xff\xd8\xff")
        self.assertEqual(self.without_reader("stderr"), program.SOME_FAILED)
        self.assertEqual(self.without_reader("stdout"), program.OUTPUT)

    def test_read_only_output_folder(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        os.mkdir(self.at("locked"), 0o555)
        result = program.run("run", self.input, "-o", self.at("locked", "o.npy"))
        self.check(result, program.OUTPUT)
        self.assert_one_line_error(result, "Permission denied")

    # Record

    def test_profile_is_one_json_line(self):
        if "--profile" not in program.run("run", "--help").stdout:
            self.skipTest("this program records no profiles")
        self.go("--profile", self.at("p.jsonl"))
        self.go("--profile", self.at("p.jsonl"), "--force", "--items")
        with open(self.at("p.jsonl"), encoding="utf-8") as stream:
            records = [json.loads(line) for line in stream]
        self.assertEqual(len(records), 2, "a record is appended")
        for record in records:
            self.assertEqual(record["schema"], "pixscale.profile/1")
            self.assertEqual(record["job"]["items"], 4)
            self.assertEqual(sum(phase["wall_ns"] for phase in record["phases"]),
                             record["wall_ns"])
            self.assertEqual(sum(thread["items"] for thread in record["threads"]), 4)
        self.assertNotIn("items", records[0])
        self.assertEqual(sorted(records[1]["items"]["row"]), [0, 1, 2, 3])


class Long(program.ProgramTest):
    """Runs that last: stopped by signals, watched by their progress."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        random = numpy.random.default_rng(8)
        cls.picture = os.path.join(cls.shared, "large.jpg")
        with open(cls.picture, "wb") as stream:
            stream.write(pictures.jpeg(pictures.texture(random, 1600, 1200, 3), quality=92))

    def start(self, count, *options, **streams):
        """A run over `count` rows of one large picture."""
        self.out = self.at("o.npy")
        name = self.write("list", (os.fsencode(self.picture) + b"\n") * count)
        return program.spawn(["run", "--files-from", name, "-o", self.out, "--threads", "2",
                              *options], **streams)

    def stop(self, number):
        process = self.start(20000, stdin=-3, stdout=-1, stderr=-1)
        self.wait_for_rows(process, self.out + ".partial")
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        status = process.returncode
        self.assertEqual(128 - status if status < 0 else status, 128 + number, err)
        for name in (self.out, program.index_beside(self.out)):
            self.assertFalse(os.path.exists(name))
        self.assertFalse(os.path.exists(program.index_beside(self.out) + ".partial"))
        for ending in (".partial", ".journal"):  # kept for --resume, as is said
            self.assertTrue(os.path.exists(self.out + ending), ending)
        told = err.decode().splitlines()
        self.assertIn("no output was written", told[0])
        self.assertIn("--resume", told[1])
        return err.decode()

    def test_interrupt(self):
        self.stop(signal.SIGINT)

    def test_terminate(self):
        self.stop(signal.SIGTERM)

    def test_hang_up(self):
        self.stop(signal.SIGHUP)

    def test_nohup(self):
        """A hang-up that the caller has had ignored does not stop the run."""
        process = self.start(300, stdin=-3, stdout=-3, stderr=-3,
                             preexec=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.wait_for_file(process, self.out + ".partial")
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(timeout=300), program.CLEAN)

    def test_closed_streams_are_not_the_output(self):
        """What is written to a stream that was closed must not end up in the array."""
        process = self.start(20000, "--progress", "on",
                             preexec=lambda: [os.close(fd) for fd in range(3)])
        self.wait_for_file(process, self.out + ".partial")
        for fd in range(3):
            held = os.readlink(f"/proc/{process.pid}/fd/{fd}")
            self.assertFalse(held.startswith(os.path.dirname(self.out)), held)
        process.kill()
        process.wait(timeout=60)

    def test_progress_without_a_terminal(self):
        """Plain lines, now and then, each with what is done of how many."""
        process = self.start(20000, "--progress", "on", stdin=-3, stdout=-1, stderr=-1)
        lines = [process.stderr.readline().decode() for _ in range(2)]
        process.terminate()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        done = []
        for line in lines:
            self.assertTrue(line.endswith("\n"))
            self.assertTrue(line[:-1].isprintable(), repr(line))
            done.append(int(re.search(r"([\d,]+)/20,000", line).group(1).replace(",", "")))
        self.assertLess(0, done[0])
        self.assertLess(done[0], done[1])

    def test_no_progress_without_a_terminal_unless_asked_for(self):
        plain = self.start(30, stdin=-3, stdout=-1, stderr=-1)
        auto = plain.communicate(timeout=300)[1]
        off = self.start(30, "--progress", "off", "--force", stdin=-3, stdout=-1, stderr=-1)
        without = off.communicate(timeout=300)[1]
        self.assertEqual(len(auto.splitlines()), len(without.splitlines()))

    def on_terminal(self, *options, columns=80):
        """(what a terminal is sent, seconds, status)"""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        start = time.monotonic()
        process = self.start(150, *options, stdin=-3, stdout=-3, stderr=slave)
        os.close(slave)
        sent = b""
        while True:
            if not select.select([master], [], [], 300)[0]:
                process.kill()
                self.fail("no end")
            try:
                data = os.read(master, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not data:
                break
            sent += data
        os.close(master)
        return sent.decode(), time.monotonic() - start, process.wait(timeout=60)

    def test_progress_on_a_terminal_is_one_rewritten_line(self):
        sent, seconds, status = self.on_terminal()
        self.assertEqual(status, program.CLEAN, sent)
        rewrites = re.split(r"\r(?!\n)", sent)
        self.assertGreater(len(rewrites), 2, "nothing was rewritten")
        self.assertLessEqual(len(rewrites), 6 * seconds + 4)
        for line in rewrites[:-1]:
            self.assertNotIn("\n", line.rstrip("\r\n")[1:], "progress is more than a line")
        self.assertTrue(sent.endswith("\r\n") or sent.endswith("\r\x1b[K"), repr(sent[-60:]))

    def test_progress_off_on_a_terminal(self):
        for options in (["--progress", "off"], ["-q"]):
            sent, _, status = self.on_terminal(*options, "--force")
            self.assertEqual(status, program.CLEAN)
            self.assertEqual(re.findall(r"\r(?!\n)", sent), [])

    def test_progress_fits_a_narrow_terminal(self):
        sent, _, _ = self.on_terminal(columns=30)
        for line in re.split(r"\r(?!\n)", sent)[:-1]:
            shown = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line)
            self.assertLessEqual(len(shown.rstrip()), 30, repr(line))


if __name__ == "__main__":
    program.main()
