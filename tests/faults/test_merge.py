#!/usr/bin/python3
"""The merge of shards: its array and index are, byte for byte, those of one run; what is missing,
running, stopped, damaged or foreign is told and nothing is written; and whatever call of a merge
fails, and wherever it is killed, no file stands under a final name that is not whole, and merging
again ends the same.

Without an argument, every few calls; with `all`, every one."""
import errno
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import injection
import pictures

injection.needed()
ALL = "all" in sys.argv[1:]
STEPS = 3 if program.sanitized() else 5  # calls of a kind that are tried, without `all`
BAD = {4: b"no picture at all", 19: b"", 20: b"\xff\xd8\xff\xe0 cut"}
COUNT = 30

# Options of the run, by name.
SETTINGS = {
    "plain": [],
    "drop": ["--on-error", "drop"],
    "separate": ["--separate"],
    "separate drop": ["--separate", "--on-error", "drop"],
    "labels": ["--label-from", "folder"],
    "network": ["--dtype", "f32", "--layout", "chw", "--size", "20x10"],
    "gray": ["--mode", "l", "--separate"],
}


def content(path):
    with open(path, "rb") as stream:
        return stream.read()


def make_inputs(folder, count=COUNT, bad=None):
    """Pictures in folders of their own, some with names that no list or table is glad of."""
    rng = numpy.random.default_rng(5)
    hostile = [b"comma,quote\".png", b"line\nend.png", b"back\\slash", b"\xff\xfe.png",
               "\u202egnp.png".encode()]
    for number in range(count):
        name = b"p%03d" % number + (hostile[number % 5] if number % 4 == 0 else b"")
        data = (pictures.make_png(rng, 30 + number % 9, 20, 8, pictures.RGB) if number % 3 else
                pictures.jpeg(pictures.texture(rng, 40 + number % 7, 30, 3)))
        place = os.path.join(os.fsencode(folder), b"class %d" % (number % 4))
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, name), "wb") as stream:
            stream.write((BAD if bad is None else bad).get(number, data))


class Merge(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.input = os.path.join(cls.shared, "in")
        make_inputs(cls.input)
        cls.singles = {}

    def setUp(self):
        super().setUp()
        self.work = self.at("work")
        os.mkdir(self.work)
        self.out = os.path.join(self.work, "o.npy")
        self.index = program.index_beside(self.out)
        self.set = self.out + ".shards"

    def single(self, setting):
        """Array and index of one run."""
        if setting not in self.singles:
            out = os.path.join(self.shared, f"single {setting}.npy")
            options = [o for o in SETTINGS[setting] if o != "--separate"]
            result = program.run("run", self.input, "-o", out, *options)
            assert result.status == program.SOME_FAILED, str(result)
            self.singles[setting] = (content(out), content(program.index_beside(out)))
        return self.singles[setting]

    def shard(self, index, count, setting="plain", *options, status=program.CLEAN, inputs=None):
        return self.check(program.run("run", inputs or self.input, "-o", self.out, "--shard",
                                      f"{index}/{count}", *SETTINGS[setting], *options), status)

    def shards(self, count, setting="plain"):
        for index in range(1, count + 1):
            self.shard(index, count, setting)

    def merge(self, *options, status=program.SOME_FAILED, **how):
        return self.check(program.run("merge", self.out, *options, **how), status)

    def refused(self, *options, words=(), status=program.USAGE):
        result = self.merge(*options, status=status)
        self.assert_one_line_error(result, *words)
        self.assert_nothing_written(self.out)

    def waits(self, *words, count=1):
        """Nothing is written, as a shard is not finished; the first line says which and why."""
        before = sorted(os.listdir(self.set))
        result = self.merge(status=program.OUTPUT)
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), count + 1, str(result))
        for word in words:
            self.assertIn(word, lines[0])
        for line in lines:
            self.assertTrue(line.startswith("pixscale: ") and line.isprintable(), repr(line))
        self.assertIn("was not written", lines[-1])
        self.assertEqual(os.listdir(self.work), ["o.npy.shards"])
        self.assertEqual(sorted(os.listdir(self.set)), before)
        return lines

    def assert_whole(self, setting="plain"):
        self.assertEqual(content(self.out), self.single(setting)[0])
        self.assertEqual(content(self.index), self.single(setting)[1])

    def assert_merged(self, setting="plain"):
        self.assert_whole(setting)
        self.assertEqual(sorted(os.listdir(self.work)), ["o.index.csv", "o.npy"])

    def again(self):
        shutil.rmtree(self.work)
        os.mkdir(self.work)

    # The array of one run

    def test_equal_to_one_run(self):
        order = random.Random(3)
        for setting in SETTINGS:
            for count in (1, 2, 3, 7, 64) if ALL or setting == "plain" else (1, 3, 7):
                with self.subTest(setting=setting, count=count):
                    shards = list(range(1, count + 1))
                    order.shuffle(shards)
                    for index in shards:
                        self.shard(index, count, setting)
                    self.merge()
                    self.assert_merged(setting)
                    self.again()

    def test_more_shards_than_rows_of_separate_files(self):
        self.shards(64, "separate drop")
        self.merge()
        self.assert_merged("separate drop")

    def test_without_a_failure(self):
        folder = self.at("in")
        make_inputs(folder, bad={})
        self.check(program.run("run", folder, "-o", self.at("good.npy")), program.CLEAN)
        for options in ([], ["--on-error", "drop"], ["--separate"]):
            for index in (1, 2):
                self.check(program.run("run", folder, "-o", self.out, "--shard", f"{index}/2",
                                       *options), program.CLEAN)
            self.merge(status=program.CLEAN)
            self.assertEqual(content(self.out), content(self.at("good.npy")))
            self.assertEqual(content(self.index), content(self.at("good.index.csv")))
            self.again()

    def test_all_failed_and_dropped(self):
        folder = self.at("in")
        make_inputs(folder, bad={n: b"x" for n in range(COUNT)})
        good = self.at("good.npy")
        options = ["--on-error", "drop"]
        self.check(program.run("run", folder, "-o", good, *options), program.SOME_FAILED)
        for separate in ([], ["--separate"]):
            for index in (1, 2):
                self.shard(index, 2, "drop", *separate, inputs=folder)
            self.merge()
            self.assertEqual(content(self.out), content(good))
            self.again()

    def test_an_index_of_its_own_and_from_elsewhere(self):
        """Names are relative to where the shards were started."""
        os.mkdir(self.at("tables"))
        for index in (1, 2):
            self.check(program.run("run", self.input, "-o", "o.npy", "--index", "../tables/i.csv",
                                   "--shard", f"{index}/2", cwd=self.work), program.CLEAN)
        self.check(program.run("merge", self.out, cwd="/"), program.SOME_FAILED)
        self.assertEqual(content(self.out), self.single("plain")[0])
        self.assertEqual(content(self.at("tables", "i.csv")), self.single("plain")[1])

    def test_the_folder_may_be_named(self):
        self.shards(2)
        self.check(program.run("merge", self.set + "/"), program.SOME_FAILED)
        self.assert_merged()

    # What it tells

    def test_the_summary(self):
        self.shards(3)
        before = json.loads(program.run("run", self.input, "-o", self.at("x.npy"),
                                        "--json").stdout)
        told = json.loads(self.merge("--json").stdout)
        self.assertEqual(told["schema"], "pixscale.merge/1")
        for name in ("shape", "dtype", "items", "good", "failed", "statuses", "mean", "std",
                     "bytes_read"):
            self.assertEqual(told[name], before[name], name)
        self.assertEqual((told["merged"], told["shards"], told["unfinished"]), (True, 3, []))

    def test_the_text(self):
        self.shards(3)
        result = self.merge()
        for word in ("30 rows of 3 shards", "(30, 64, 64, 3) uint8", "o.index.csv", "failed  3:",
                     "pixels  mean"):
            self.assertIn(word, result.stdout)
        self.assertEqual(result.stderr.count("\n"), 3)  # the failed inputs
        self.again()
        self.shards(3)
        result = self.merge("-q")
        self.assertEqual((result.out, result.err), (b"", b""))

    def test_the_record(self):
        profile = self.at("p.jsonl")
        for index in (1, 2):
            self.shard(index, 2, "separate", "--profile", profile)
        self.merge("--profile", profile)
        with open(profile, encoding="utf-8") as stream:
            one, _, merged = map(json.loads, stream)
        self.assertEqual(merged["job"]["kind"], "merge")
        self.assertEqual(merged["job"]["items"], COUNT)
        self.assertEqual(merged["job"]["failed"], len(BAD))
        self.assertEqual(merged["job"]["manifest_hash"], one["job"]["manifest_hash"])
        self.assertEqual(merged["shard"]["set"], one["shard"]["set"])
        self.assertEqual((merged["shard"]["count"], merged["shard"]["set_rows"]), (2, COUNT))
        names = {phase["name"] for phase in merged["phases"]}
        self.assertLessEqual({"check", "index", "join", "sync", "commit"}, names)
        self.assertEqual(sum(p["wall_ns"] for p in merged["phases"]), merged["wall_ns"])

    # What is not ready

    def test_no_shards(self):
        self.refused(words=("no shards",))
        os.mkdir(self.set)
        self.refused(words=("no shards",))
        result = program.run("merge")
        self.check(result, program.USAGE)
        self.assert_one_line_error(result, "one array")

    def test_missing_ones_are_named_with_their_command(self):
        self.shard(2, 13)
        lines = self.waits("shard 1/13 is missing", "--shard 1/13", count=11)
        self.assertIn("and 2 more", lines[-2])
        self.assertIn("12 of 13 shards", lines[-1])
        result = self.merge("-v", status=program.OUTPUT)
        self.assertEqual(result.stderr.count("is missing; to make it: "), 12)
        told = json.loads(self.merge("--json", "-q", status=program.OUTPUT).stdout)
        self.assertFalse(told["merged"])
        self.assertEqual([s["index"] for s in told["unfinished"]], [1, *range(3, 14)])
        for line in result.stderr.splitlines()[:-1]:
            command = line.split("to make it: ")[1]
            subprocess.run(["sh", "-c", command], cwd="/", env=program.environment(), check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.merge()
        self.assert_merged()

    def test_a_running_one(self):
        self.shards(2)
        with open(os.path.join(self.set, "2-of-2.npy.journal"), "rb") as journal:
            fcntl.flock(journal, fcntl.LOCK_EX)
            self.waits("shard 2/2 is still running")
        self.merge()
        self.assert_merged()

    def test_a_stopped_one(self):
        for setting in ("plain", "separate"):
            self.shard(1, 2, setting)
            self.shard(2, 2, setting, "--max-failures", "0", "--serial", "--order", "input",
                       status=program.TOO_MANY)
            line = self.waits("shard 2/2 was stopped with ", "to go on: ")[0]
            command = line.split("to go on: ")[1].replace("--max-failures 0", "")
            subprocess.run(["sh", "-c", command], env=program.environment(), check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.merge("--max-failures", "1")
            self.assert_merged(setting)
            self.again()

    def test_killed_before_its_array_had_its_name(self):
        self.shards(2, "separate")
        os.rename(os.path.join(self.set, "1-of-2.npy"),
                  os.path.join(self.set, "1-of-2.npy.partial"))
        self.waits("shard 1/2 was stopped with ", "to go on: ")
        self.shard(1, 2, "separate", "--resume")
        self.merge()
        self.assert_merged("separate")

    def test_too_many_failures(self):
        for told, asked, status in (("0.05", [], program.TOO_MANY),
                                    ("0.5", [], program.SOME_FAILED),
                                    ("0.5", ["--max-failures", "5%"], program.TOO_MANY),
                                    ("0.05", ["--max-failures", "0.1"], program.SOME_FAILED)):
            with self.subTest(told=told, asked=asked):
                for index in (1, 2):
                    first = self.shard(index, 2, "plain", "--max-failures", told, "--resume",
                                       status=program.CLEAN) if told == "0.5" else None
                    if first is None:  # more than the share fail in one of the shards
                        program.run("run", self.input, "-o", self.out, "--shard", f"{index}/2",
                                    "--max-failures", told)
                        self.shard(index, 2, "plain", "--resume")
                result = self.merge(*asked, status=status)
                if status == program.TOO_MANY:
                    self.assertIn("3 of 30 inputs", result.stderr)
                    self.assertEqual(os.listdir(self.work), ["o.npy.shards"])
                    self.merge("--max-failures", "1")
                self.assert_merged()
                self.again()

    def test_an_output_that_exists(self):
        self.shards(2)
        for path in (self.out, self.index):
            with open(path, "wb") as stream:
                stream.write(b"old")
            result = self.merge(status=program.USAGE)
            self.assert_one_line_error(result, path, "--force")
            self.assertEqual(content(path), b"old")
            os.unlink(path)
        for path in (self.out, self.index):
            with open(path, "wb") as stream:
                stream.write(b"old")
        self.merge("-f")
        self.assert_merged()

    def test_two_at_once(self):
        self.shards(2)
        with open(os.path.join(self.set, "set"), "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refused(words=("another merge",), status=program.OUTPUT)
        processes = [program.spawn(["merge", self.out], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL) for _ in range(6)]
        statuses = [process.wait(60) for process in processes]
        # One merges; who comes while that one clears up finds it done; all others are refused.
        self.assertIn(program.SOME_FAILED, statuses)
        self.assertLessEqual(set(statuses), {program.SOME_FAILED, program.USAGE, program.OUTPUT})
        self.assert_merged()

    # What is damaged or belongs elsewhere

    def test_flipped_bytes(self):
        """Wherever a byte is another, either it is told, or it is one that does not count."""
        chance = random.Random(8)
        for setting, name in (("plain", "2-of-3.npy.journal"), ("plain", "set"),
                              ("plain", "manifest"), ("separate", "1-of-3.npy.journal")):
            self.shards(3, setting)
            kept, told = self.at("kept"), 0
            shutil.copytree(self.work, kept, copy_function=os.link)
            data = content(os.path.join(self.set, name))
            places = (range(len(name) % 3, len(data), 3) if ALL else
                      sorted(chance.sample(range(len(data)), 60)))
            for place in places:
                self.again()
                os.rmdir(self.work)
                shutil.copytree(kept, self.work, copy_function=os.link)
                path = os.path.join(self.set, name)
                os.unlink(path)
                with open(path, "wb") as stream:
                    stream.write(data[:place] + bytes([data[place] ^ 1 << place % 8]) +
                                 data[place + 1:])
                result = program.run("merge", self.out)
                with self.subTest(name=name, place=place):
                    if result.status == program.SOME_FAILED and os.path.exists(self.index):
                        self.assert_whole(setting)
                    elif result.status != program.SOME_FAILED:
                        told += 1
                        self.assertIn(result.status, (program.USAGE, program.OUTPUT,
                                                      program.TOO_MANY))
                        self.assertTrue(all(line.isprintable()
                                            for line in result.stderr.splitlines()))
                        self.assert_nothing_written(self.out)
            self.assertGreater(told, 10, name)
            shutil.rmtree(kept)
            self.again()

    def test_cut_files(self):
        for name in ("set", "manifest", "array.npy", "1-of-2.npy.journal"):
            for keep in (0, 7, 100, -1):
                self.shards(2)
                path = os.path.join(self.set, name)
                os.truncate(path, keep if keep >= 0 else os.path.getsize(path) - 1)
                result = program.run("merge", self.out)
                with self.subTest(name=name, keep=keep):
                    self.assertIn(result.status, (program.USAGE, program.OUTPUT), str(result))
                    self.assert_nothing_written(self.out)
                self.again()

    def test_an_array_that_is_gone(self):
        self.shards(2)
        path = os.path.join(self.set, "array.npy")
        os.unlink(path)
        self.refused(words=("array.npy", "is gone", "remove their journals"))

    def test_a_separate_array_that_was_changed(self):
        self.shards(2, "separate")
        path = os.path.join(self.set, "2-of-2.npy")
        with open(path, "r+b") as stream:
            stream.seek(-1, os.SEEK_END)
            stream.write(b"\x55")
        now = os.stat(path).st_mtime
        os.utime(path, (now, now + 1))  # a second is what every file system can tell
        self.waits("shard 2/2 cannot be used: ", "changed")
        os.unlink(path)
        self.waits("shard 2/2 cannot be used: ", "2-of-2.npy")

    def test_a_journal_of_another_set(self):
        self.shards(2)
        journal = content(os.path.join(self.set, "1-of-2.npy.journal"))
        self.again()
        self.shard(1, 2, "plain", "--filter", "box")
        self.shard(2, 2, "plain", "--filter", "box")
        with open(os.path.join(self.set, "1-of-2.npy.journal"), "wb") as stream:
            stream.write(journal)
        self.waits("shard 1/2 cannot be used: ", "--filter was bicubic and is box", "remove ")

    def test_a_list_of_other_inputs(self):
        self.shards(2)
        path = os.path.join(self.set, "manifest")
        os.unlink(path)
        self.check(program.run("manifest", os.path.join(self.input, "class 1"), "-o", path),
                   program.CLEAN)
        self.refused(words=("another list of inputs",))

    # Whatever fails

    @staticmethod
    def numbers(calls, kind):
        """Which calls fail: some, or each; the last one beyond what there was before."""
        step = 1 if ALL else max(1, calls // STEPS)
        return [*range(1, calls + 1, step), calls + 1]

    def fault(self, kept, *options, **how):
        """A merge of the kept set in which a call fails, or before which it is killed."""
        shutil.rmtree(self.work)
        shutil.copytree(kept, self.work, copy_function=os.link)
        force = ["--force"] if os.path.exists(self.out) else []
        return injection.run("merge", self.out, *force, *options, report=self.at("report"), **how), force

    def assert_sound(self, setting, result, killed):
        """Under the final names stands what is whole, or what stood there before; an index without
        its array only where there was no time to take it back."""
        array = os.path.exists(self.out) and content(self.out) != b"old"
        index = os.path.exists(self.index) and content(self.index) != b"old"
        if array:
            self.assert_whole(setting)
        if index:
            self.assertEqual(content(self.index), self.single(setting)[1], str(result))
            self.assertTrue(array or killed, str(result))

    def finish(self, *force):
        """Merges again where there is something left of the set."""
        if not os.path.exists(self.set):
            return
        if os.listdir(self.set):
            self.merge(*force)
        else:  # killed before it could remove the empty folder
            self.assert_one_line_error(self.merge(*force, status=program.USAGE), "merged before")

    def try_faults(self, kinds, name, old=False, options=()):
        self.shards(3, name)
        if old:
            for path in (self.out, self.index):
                with open(path, "wb") as stream:
                    stream.write(b"old")
        kept = self.at("kept")
        shutil.copytree(self.work, kept, copy_function=os.link)
        for kind, error, always in kinds:
            calls = self.fault(kept, *options, kind=kind)[0].calls
            struck = 0
            for at in self.numbers(calls, kind):
                result, force = self.fault(kept, *options, kind=kind, at=at, error=error,
                                           always=always)
                struck += result.failed > 0
                with self.subTest(kind=kind, error=error, at=at, always=always):
                    self.assert_sound(name, result, error == "kill")
                    if error != "kill":
                        self.assertIn(result.status, (program.SOME_FAILED, program.OUTPUT,
                                                      program.USAGE), str(result))
                        if kind != "close":  # a failed one does not close here
                            self.assertEqual(result.left or [], [], str(result))
                    self.finish(*force)
                    self.assert_merged(name)
            if calls:
                self.assertGreater(struck, 0, kind)
        shutil.rmtree(kept)
        self.again()

    def test_output_appears_meanwhile(self):
        """A file that somebody makes while the merge works is theirs, and nothing done is lost.
        The merge rests once its index has its name, which is taken from it again."""
        if not shutil.which("strace"):
            self.skipTest("no strace")
        for setting in ("plain", "drop", "separate drop"):
            with self.subTest(setting):
                self.shards(3, setting)
                process = subprocess.Popen(
                    ["strace", "-f", "-o", "/dev/null", "-P", self.index + ".partial",
                     "-e", "inject=/^rename:signal=STOP", program.BINARY, "merge", self.out],
                    env=program.environment(ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") +
                                            ":detect_leaks=0:exitcode=99"),
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                deadline = time.monotonic() + 300
                while not os.path.exists(self.index) and process.poll() is None:
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.005)
                with open(self.out, "xb") as stream:
                    stream.write(b"precious")
                self.continue_child(process)
                _, err = process.communicate(timeout=300)
                if b"ptrace" in err:
                    self.skipTest("tracing is not allowed here")
                self.assertEqual(process.returncode, program.OUTPUT, err)
                self.assertIn(b"--force", err)
                self.assertEqual(content(self.out), b"precious")
                self.assertFalse(os.path.exists(self.index))
                os.unlink(self.out)
                self.merge()
                self.assert_merged(setting)
                self.again()

    def continue_child(self, process):
        """Also of one that has yet to come to rest."""
        while process.poll() is None:
            try:
                self.continue_children(process.pid)
            except (FileNotFoundError, ProcessLookupError):
                pass  # it ended between two looks
            time.sleep(0.02)

    def continue_children(self, parent):
        with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as stream:
            for child in stream.read().split():
                with open(f"/proc/{child}/stat", encoding="utf-8", errors="replace") as about:
                    if about.read().rpartition(")")[2].split()[0] in "Tt":
                        os.kill(int(child), signal.SIGCONT)

    KINDS = [("malloc", errno.ENOMEM, False), ("open", errno.EIO, False),
             ("open", errno.EMFILE, True), ("read", errno.EIO, False), ("read", 0, False),
             ("write", errno.ENOSPC, False), ("write", errno.ENOSPC, True),
             ("pwrite", errno.ENOSPC, False), ("fsync", errno.EIO, False),
             ("fsync", errno.EIO, True), ("close", errno.EIO, False),
             ("reserve", errno.ENOSPC, False), ("lock", errno.ENOLCK, True),
             ("stat", errno.EIO, False), ("rename", errno.EIO, False),
             ("rename", errno.EXDEV, True), ("copy", errno.EXDEV, False), ("copy", errno.EIO, True),
             ("copy", 0, False), ("names", errno.EIO, False)]

    def test_calls_that_fail(self):
        self.try_faults(self.KINDS, "plain")

    def test_calls_that_fail_while_rows_are_dropped(self):
        self.try_faults(self.KINDS, "drop")

    def test_calls_that_fail_while_files_are_joined(self):
        self.try_faults(self.KINDS, "separate drop")

    def test_calls_that_fail_while_outputs_are_replaced(self):
        self.try_faults([("rename", errno.EIO, False), ("rename", errno.EIO, True),
                         ("fsync", errno.EIO, False), ("write", errno.ENOSPC, False)], "plain",
                        old=True)

    def test_memory_that_runs_out(self):
        """Also of what is told: no value is taken for another one."""
        for name in ("drop", "labels", "gray"):
            with self.subTest(name=name):
                self.try_faults([("malloc", errno.ENOMEM, False), ("malloc", errno.ENOMEM, True)],
                                name, options=["--json", "--profile", self.at("p.jsonl")])

    def test_killed(self):
        """Before each call that changes the disk."""
        for name in ("plain", "drop", "separate drop"):
            for old in (False, True):
                with self.subTest(name=name, old=old):
                    self.try_faults([("change", "kill", False)], name, old)


if __name__ == "__main__":
    sys.argv = [argument for argument in sys.argv if argument != "all"]
    program.main()
