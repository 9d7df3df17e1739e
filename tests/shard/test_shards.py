#!/usr/bin/python3
"""Shards of a run, as `run --shard` makes them: together they are the array that one run writes,
whatever their number and order, and what does not belong together is refused."""
import fcntl
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import pictures

COUNT, BAD = 30, (4, 19)


def content(path):
    with open(path, "rb") as stream:
        return stream.read()


def make_inputs(folder, count=COUNT, bad=BAD, seed=5):
    os.mkdir(folder)
    rng = numpy.random.default_rng(seed)
    for number in range(count):
        data = (pictures.make_png(rng, 30 + number, 40, 8, pictures.RGB) if number % 3 else
                pictures.jpeg(pictures.texture(rng, 60 + 20 * number, 80, 3)))
        with open(os.path.join(folder, f"p{number:03}"), "wb") as stream:
            stream.write(b"no picture at all" if number in bad else data)


class Shards(program.ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.input = os.path.join(cls.shared, "in")
        make_inputs(cls.input)
        cls.good = os.path.join(cls.shared, "good.npy")
        assert program.run("run", cls.input, "-o", cls.good).status == program.SOME_FAILED

    def setUp(self):
        super().setUp()
        self.out = self.at("o.npy")
        self.set = self.out + ".shards"

    def go(self, *options, status=program.CLEAN, inputs=None, **how):
        return self.check(program.run("run", *(inputs or [self.input]), "-o", self.out, *options,
                                      **how), status)

    def array(self):
        return content(os.path.join(self.set, "array.npy"))

    def refused(self, *options, words=(), status=program.USAGE, **how):
        result = self.go(*options, status=status, **how)
        self.assert_one_line_error(result, *words)
        return result

    # Together they are the whole

    def test_any_number_in_any_order(self):
        order = random.Random(1)
        for count in (1, 2, 3, 7, 64):
            with self.subTest(count=count):
                shards = list(range(1, count + 1))
                order.shuffle(shards)
                rows = {}
                for index in shards:
                    told = json.loads(self.go("--shard", f"{index}/{count}", "--json").stdout)
                    rows[index] = (told["shard"]["first_row"], told["shard"]["rows"])
                    self.assertEqual(told["shard"]["set_rows"], COUNT)
                    self.assertFalse(os.path.exists(self.out))
                row = 0
                for index in range(1, count + 1):
                    self.assertEqual(rows[index][0] if rows[index][1] else row, row)
                    row += rows[index][1]
                self.assertEqual(row, COUNT)
                self.assertEqual(self.array(), content(self.good))
                shutil.rmtree(self.set)

    def test_all_at_once(self):
        """Whoever is first makes list, set and array; the others find them."""
        for repetition in range(3):
            processes = [program.spawn(["run", self.input, "-o", self.out, "--shard", f"{k}/7",
                                        "-t", "1"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE) for k in range(1, 8)]
            for process in processes:
                _, err = process.communicate(timeout=120)
                self.assertEqual(process.returncode, program.CLEAN, err)
            self.assertEqual(self.array(), content(self.good), repetition)
            names = sorted(os.listdir(self.set))
            self.assertEqual([n for n in names if n.startswith(".") or "." in n.split(".npy")[0]],
                             [])
            shutil.rmtree(self.set)

    def test_separate_files_hold_the_rows(self):
        for k in range(1, 4):
            self.go("--shard", f"{k}/3", "--separate")
        rows = numpy.concatenate([numpy.load(os.path.join(self.set, f"{k}-of-3.npy"))
                                  for k in range(1, 4)])
        self.assertTrue(numpy.array_equal(rows, numpy.load(self.good)))
        self.assertFalse(os.path.exists(os.path.join(self.set, "array.npy")))

    def test_of_a_frozen_list(self):
        frozen = self.at("list")
        self.check(program.run("manifest", self.input, "-o", frozen), program.CLEAN)
        self.check(program.run("run", "--manifest", frozen, "-o", self.at("one.npy")),
                   program.SOME_FAILED)
        self.assertEqual(content(self.at("one.npy")), content(self.good))
        self.assertEqual(content(self.at("one.index.csv")),
                         content(program.index_beside(self.good)))
        for k in range(1, 4):
            self.check(program.run("run", "--manifest", frozen, "-o", self.out, "--shard",
                                   f"{k}/3"), program.CLEAN)
        self.assertEqual(self.array(), content(self.good))
        self.assertFalse(os.path.exists(os.path.join(self.set, "manifest")))

    def test_a_frozen_list_is_told_from_a_picture(self):
        frozen = self.at("list")
        self.check(program.run("manifest", self.input, "-o", frozen), program.CLEAN)
        self.refused(inputs=[frozen], words=("--manifest",))

    def test_what_the_walk_could_not_see_is_told(self):
        """At once, as the frozen list keeps it."""
        os.mkdir(self.at("in"))
        shutil.copy(os.path.join(self.input, "p000"), self.at("in", "a"))
        os.symlink("nowhere", self.at("in", "b"))
        result = self.go("--shard", "1/2", inputs=[self.at("in")])
        self.assertIn("1 of the inputs cannot be read", result.stderr)
        self.assertNotIn("cannot be read", self.go("--shard", "2/2", inputs=[self.at("in")]).stderr)
        result = program.run("manifest", self.at("in"), "-o", self.at("list"))
        self.assertIn("1 of the inputs cannot be read, and will fail: ", result.stderr)

    def test_an_output_within_the_input(self):
        """What the set has is never an input."""
        shutil.copytree(self.input, self.at("in"))
        for k in (2, 1):
            told = json.loads(self.check(program.run("run", ".", "-o", "o.npy", "--shard",
                                                     f"{k}/2", "--json", cwd=self.at("in")),
                                         program.CLEAN).stdout)
            self.assertEqual(told["shard"]["set_rows"], COUNT)

    # The environment of launchers

    def test_the_launcher_says_which(self):
        ways = [{"SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_MIN": "4",
                 "SLURM_ARRAY_TASK_MAX": "6", "SLURM_ARRAY_TASK_STEP": "1",
                 "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_JOB_ID": "7"},
                {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "3"},
                {"PMI_RANK": "1", "PMI_SIZE": "3"}]
        for env in ways:
            with self.subTest(env=env):
                result = self.go("--json", env=env)
                self.assertEqual(json.loads(result.stdout)["shard"]["index"], 2)
                self.assertIn("shard 2/3, as ", result.stderr)
                shutil.rmtree(self.set)
                self.go("--shard", "none", "-f", env=env, status=program.SOME_FAILED)
                self.assertEqual(content(self.out), content(self.good))
                os.unlink(self.out)
                os.unlink(program.index_beside(self.out))

    def test_a_single_process_is_no_shard(self):
        self.go(env={"OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1"},
                status=program.SOME_FAILED)
        self.assertEqual(content(self.out), content(self.good))

    def test_an_array_with_holes(self):
        self.refused(env={"SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_MIN": "1",
                          "SLURM_ARRAY_TASK_MAX": "5", "SLURM_ARRAY_TASK_COUNT": "2"},
                     words=("Slurm", "--shard k/n"))

    # Going on

    def test_a_finished_one_is_done(self):
        self.go("--shard", "2/3")
        before = self.array()
        self.refused("--shard", "2/3", words=("done", "--resume"))
        told = json.loads(self.go("--shard", "2/3", "--resume", "--json").stdout)
        self.assertEqual(told["resumed"], told["shard"]["rows"])
        self.assertEqual(self.array(), before)
        again = self.go("--shard", "2/3", "--resume", "--profile", self.at("p"))
        self.assertIn("shard 2/3 is done already", again.stdout)
        self.assertEqual(again.stderr, "")
        self.assertFalse(os.path.exists(self.at("p")), "nothing was measured")

    def test_killed_and_resumed(self):
        folder = self.at("in")
        make_inputs(folder, 400, (7, 300), 9)
        good = self.at("good.npy")
        self.check(program.run("run", folder, "-o", good), program.SOME_FAILED)
        chance, kept = random.Random(2), 0
        for way in ([], ["--separate"]):
            for k in (1, 2):
                journal = os.path.join(self.set, f"{k}-of-2.npy.journal")
                for attempt in range(6):
                    process = self.slowly("run", folder, "-o", self.out, "--shard", f"{k}/2",
                                          "--resume", "-t", "2", *way, stdout=-3, stderr=-3,
                                          pause_ms=0 if attempt else 20)
                    if attempt:
                        time.sleep(chance.uniform(0.005, 0.06))
                    else:  # it has something to go on from, however slow the machine is
                        enough = chance.randint(1, 10)
                        self.wait_until(lambda: program.batches(journal) >= enough, process,
                                        f"{enough} batches")
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                told = json.loads(self.go("--shard", f"{k}/2", "--resume", "--json", *way,
                                          inputs=[folder]).stdout)
                kept += told["resumed"]
                self.assertEqual(told["items"], told["shard"]["rows"])
            names = ["array.npy"] if not way else ["1-of-2.npy", "2-of-2.npy"]
            rows = numpy.concatenate([numpy.load(os.path.join(self.set, n)) for n in names])
            self.assertTrue(numpy.array_equal(rows, numpy.load(good)))
            shutil.rmtree(self.set)
        self.assertGreater(kept, 0)

    def test_the_line_that_is_told_goes_on(self):
        result = self.go("--on-error", "fail", "--serial", "--order", "input",
                         env={"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"},
                         status=program.TOO_MANY)
        line = [l for l in result.stderr.splitlines() if "to go on" in l][0]
        self.assertIn("--shard 2/2", line)
        shutil.rmtree(self.set)
        result = self.go("--on-error", "fail", "--serial", "--order", "input", "--shard", "auto",
                         env={"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"},
                         status=program.TOO_MANY)
        line = [l for l in result.stderr.splitlines() if "to go on" in l][0]
        self.assertIn("--resume --shard 2/2", line)
        self.assertNotIn("auto", line)

    # Only what belongs together

    def test_twice_at_once(self):
        """The second is refused while the first holds the lock of its journal."""
        self.go("--shard", "1/2")
        with open(os.path.join(self.set, "2-of-2.npy.journal"), "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refused("--shard", "2/2", words=("another run is writing",),
                         status=program.OUTPUT)
        self.go("--shard", "2/2", "--resume")
        self.assertEqual(self.array(), content(self.good))

    def test_another_number_of_shards_or_other_options(self):
        self.go("--shard", "1/3")
        self.refused("--shard", "2/4", words=("shards was 3 and is 4",))
        self.refused("--shard", "2/3", "--filter", "box", words=("filter was bicubic and is box",))
        self.refused("--shard", "2/3", "--separate", words=("array was shared and is separate",))
        shutil.copytree(self.input, self.at("other"))
        self.refused("--shard", "2/3", inputs=[self.at("other")], words=("inputs was",))
        for name in os.listdir(self.set):
            self.assertFalse(name.startswith("."), name)
        self.go("--shard", "2/3")

    def test_a_list_of_one_who_never_joined(self):
        """Is not taken for that of other inputs."""
        self.go("--shard", "1/2", "--max-memory", "1M", status=program.USAGE)
        self.assertNotIn("set", os.listdir(self.set))
        shutil.copytree(self.input, self.at("other"))
        self.refused("--shard", "1/2", inputs=[self.at("other")], words=("inputs was",))
        self.go("--shard", "1/2")

    def test_a_limit_of_file_sizes(self):
        """Is an error, and no signal, also before the work begins."""
        self.refused("--shard", "1/2", status=program.OUTPUT, words=("array.npy",),
                     preexec=program.limit(resource.RLIMIT_FSIZE, 100000))
        self.assertEqual([n for n in os.listdir(self.set) if n.startswith("array")], [])
        self.go("--shard", "1/2")

    def test_names_without_end(self):
        """What a shell wrote out is no more than a journal can hold."""
        os.mkdir(self.at("many"))
        names = [self.at("many", f"{number:0>150}") for number in range(1000)]
        for name in names:
            os.symlink(os.path.join(self.input, "p000"), name)
        for shard in ("1/2", "2/2"):
            self.go("--shard", shard, inputs=names)
        self.refused("--shard", "2/2", "--resume", inputs=names[1:], words=("inputs was",))
        self.check(program.run("merge", self.out), program.CLEAN)

    def test_relative_names_behind_absolute_ones(self):
        """They are other files from another folder."""
        for folder in ("here", "there"):
            os.mkdir(self.at(folder))
            shutil.copytree(self.input, self.at(folder, "in"))
        self.go("--shard", "1/2", inputs=[self.input, "in"], cwd=self.at("here"))
        self.refused("--shard", "2/2", inputs=[self.input, "in"], cwd=self.at("there"),
                     words=("folder was",))

    def test_removed_under_its_hands(self):
        """What is gone was not done."""
        fifo = self.at("list")
        os.mkfifo(fifo)
        # The list ends, and so the scan, when we close it; the journal is there by then.
        child = program.spawn(["run", "--files-from", fifo, "-o", self.out, "--shard", "1/1"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        with open(fifo, "wb") as stream:
            for name in sorted(os.listdir(self.input)):
                stream.write(os.fsencode(os.path.join(self.input, name)) + b"\n")
            os.remove(os.path.join(self.set, "1-of-1.npy.journal"))
        said = child.communicate()[1].decode()
        self.assertEqual(child.returncode, program.OUTPUT, said)
        self.assertIn("was removed", said)

    def test_a_run_of_the_whole(self):
        self.go("--shard", "1/3")
        self.refused(words=("shards of it", "pixscale merge"))
        shutil.rmtree(self.set)
        self.go("--on-error", "fail", "--serial", "--order", "input", status=program.TOO_MANY)
        self.refused("--shard", "1/3", words=("run of the whole",))

    def test_an_output_that_exists(self):
        self.go(status=program.SOME_FAILED)
        self.refused("--shard", "1/2", words=("--force",))
        self.assertFalse(os.path.exists(self.set))
        self.go("--shard", "1/2", "--force")

    def test_a_set_that_is_damaged(self):
        self.go("--shard", "1/2")
        name = os.path.join(self.set, "set")
        with open(name, "wb") as stream:
            stream.write(b"\0nonsense\n\n")
        self.refused("--shard", "2/2", words=("set",))
        name = os.path.join(self.set, "manifest")
        with open(name, "r+b") as stream:
            stream.write(b"X")
        self.refused("--shard", "2/2", words=("manifest",))

    def test_a_journal_of_another_set(self):
        self.go("--shard", "1/2")
        journal = content(os.path.join(self.set, "1-of-2.npy.journal"))
        shutil.rmtree(self.set)
        self.go("--shard", "2/2")
        with open(os.path.join(self.set, "1-of-2.npy.journal"), "wb") as stream:
            stream.write(journal)
        self.refused("--shard", "1/2", "--resume", words=("set was",))

    def test_file_systems_number_inodes_as_they_like(self):
        """As hosts do that see the folder across a network: nothing that lasts tells of one."""
        for way in ([], ["--separate"]):
            for k in (1, 2):
                self.go("--shard", f"{k}/2", *way)
            for name in os.listdir(self.set):
                path = os.path.join(self.set, name)
                shutil.copy2(path, path + ".copy")
                seconds = int(os.stat(path).st_mtime)
                os.utime(path + ".copy", (seconds, seconds))
                os.rename(path + ".copy", path)
            told = json.loads(self.go("--shard", "1/2", "--resume", "--json", *way).stdout)
            self.assertEqual(told["resumed"], told["shard"]["rows"])
            self.check(program.run("merge", self.out), program.SOME_FAILED)
            self.assertEqual(content(self.out), content(self.good))
            os.unlink(self.out)
            os.unlink(program.index_beside(self.out))

    def test_an_array_that_is_gone(self):
        """Rows of the one are not believed of another."""
        self.go("--shard", "1/2")
        self.go("--shard", "2/2")
        os.unlink(os.path.join(self.set, "array.npy"))
        os.unlink(os.path.join(self.set, "1-of-2.npy.journal"))
        for shard in ("1/2", "2/2"):
            self.refused("--shard", shard, "--resume", words=("array.npy", "is gone"))
        os.unlink(os.path.join(self.set, "2-of-2.npy.journal"))
        self.go("--shard", "1/2", "--resume")
        self.go("--shard", "2/2", "--resume")
        self.assertEqual(self.array(), content(self.good))

    def test_a_frozen_list_and_folders(self):
        """What differs is that, and not the version of the program."""
        frozen = self.at("list")
        self.check(program.run("manifest", self.input, "-o", frozen, "-q"), program.CLEAN)
        by_list = ["run", "--manifest", frozen, "-o", self.out, "--shard"]
        self.go("--shard", "1/2")
        result = self.check(program.run(*by_list, "2/2"), program.USAGE)
        self.assert_one_line_error(result, "begun without --manifest")
        shutil.rmtree(self.set)
        self.check(program.run(*by_list, "1/2"), program.CLEAN)
        self.refused("--shard", "2/2", words=("begun with --manifest",))

    def test_nonsense(self):
        for shard in ("0/3", "4/3", "1", "1/0", "-1/3", "1/3x", "", "1/99999999999"):
            with self.subTest(shard=shard):
                self.refused("--shard", shard, words=("--shard", "K/N"))
        self.refused("--shard", "1/2", "--files-from", "-", inputs=[""], words=("not both",))
        result = program.run("run", "--files-from", "-", "-o", self.out, "--shard", "1/2",
                             stdin=b"x\n")
        self.check(result, program.USAGE)
        self.assert_one_line_error(result, "freeze the list")
        self.refused("--manifest", "x", words=("--manifest",))

    def test_failures_are_counted_for_each_shard(self):
        """And are no reason for a status that launchers take for a crash."""
        told = json.loads(self.go("--shard", "1/1", "--json").stdout)
        self.assertEqual(told["failed"], len(BAD))
        shutil.rmtree(self.set)
        self.go("--shard", "1/2", "--max-failures", "0.01", status=program.TOO_MANY)
        self.go("--shard", "1/2", "--max-failures", "0.5", "--resume")

    def test_records_know_their_shard(self):
        profile = self.at("p.jsonl")
        for k in (1, 2):
            self.go("--shard", f"{k}/2", "--profile", profile, "--items")
        with open(profile, encoding="utf-8") as stream:
            records = [json.loads(line) for line in stream]
        self.assertEqual([r["shard"]["index"] for r in records], [1, 2])
        self.assertEqual(len({r["shard"]["set"] for r in records}), 1)
        self.assertEqual(len({r["job"]["manifest_hash"] for r in records}), 1)
        rows = sorted(row for r in records for row in r["items"]["row"])
        self.assertEqual(rows, list(range(COUNT)))
        self.assertEqual(sum(r["shard"]["rows"] for r in records), COUNT)


if __name__ == "__main__":
    program.main()
