#!/usr/bin/python3
"""Records of real runs: times add up, nothing of the array depends on being measured.

Expected values are identities (what must add up), the index that the same run wrote, and Python's own
reading of JSON. No duration is asserted."""
import hashlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
from PIL import Image

STAGES = ("read", "decode", "convert", "resize", "store")
SERIAL = {"scan", "plan", "open", "collect", "drop", "index", "sync", "commit", "other"}


def sha(path):
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


def records(path):
    """The records of a file, read as strictly as Python can."""
    def refuse(word):
        raise ValueError(word)
    with open(path, encoding="utf-8") as stream:
        return [json.loads(line, parse_constant=refuse) for line in stream]


class Profile(program.ProgramTest):

    @classmethod
    def setUpClass(cls):
        """Some 90 pictures of the program's own and a few that fail."""
        super().setUpClass()
        cls.input = os.path.join(cls.shared, "in")
        made = program.run("synth", "-n", "90", "--max-side", "1400", "-q", cls.input)
        assert made.status == 0, str(made)
        for number, data in enumerate((b"", b"GIF89a......", b"\xff\xd8\xff")):
            with open(os.path.join(cls.input, f"bad{number}.jpg"), "wb") as stream:
                stream.write(data)
        for number in range(3):  # their coefficients take 60 MB: one at a time, by the gate
            Image.new("RGB", (3600, 2800), (9, number, 200)).save(
                os.path.join(cls.input, f"gated{number}.jpg"), progressive=True, subsampling=0)

    def profile(self, *options, env=None, status=program.SOME_FAILED):
        """The one record of a run, and the SHA-256 of its array and index."""
        name, out = self.at("r.jsonl"), self.at("o.npy")
        self.check(program.run("run", self.input, "-o", out, "--force", "--profile", name, *options,
                               env=env), status)
        self.assert_no_leftovers(out)
        found = records(name)
        os.unlink(name)
        self.assertEqual(len(found), 1)
        return found[0], (sha(out), sha(program.index_beside(out)))

    def check_sums(self, record):
        """What must add up, to the nanosecond but for the 1 % that the design allows."""
        phases = record["phases"]
        self.assertEqual(sum(p["wall_ns"] for p in phases), record["wall_ns"])
        self.assertLess([p for p in phases if p["name"] == "other"][0]["wall_ns"],
                        0.01 * record["wall_ns"])
        self.assertLessEqual({p["name"] for p in phases if p["kind"] == "serial"}, SERIAL)
        region, = [p["wall_ns"] for p in phases if p["kind"] == "parallel"]
        self.assertEqual(len(record["threads"]), record["omp"]["delivered"])
        for thread in record["threads"]:
            self.assertEqual(set(thread["stage_ns"]), set(STAGES))
            stages = sum(thread["stage_ns"].values()) + thread["dispatch_ns"]
            self.assertAlmostEqual(stages, thread["busy_ns"], delta=0.01 * thread["busy_ns"])
            self.assertAlmostEqual(thread["busy_ns"] + thread["idle_ns"], region,
                                   delta=0.01 * region)
            for name in ("busy_ns", "idle_ns", "cpu_ns", "dispatch_ns"):
                self.assertGreaterEqual(thread[name], 0)
            # A thread cannot compute longer than it was there; ticks of its clock are fine.
            self.assertLessEqual(thread["cpu_ns"], thread["busy_ns"] * 1.01 + 1e6)
        self.assertEqual(sum(t["items"] for t in record["threads"]), record["job"]["items"])
        for stage in STAGES:  # every one of them is stamped
            self.assertGreater(sum(t["stage_ns"][stage] for t in record["threads"]), 0, stage)

    def check_items(self, record):
        """Each input once; the columns sum up to the threads; none runs over another."""
        items = record["items"]
        count = record["job"]["items"]
        self.assertEqual(items["row"], list(range(count)))
        columns = [items["thread"], items["cost"], items["start_ns"],
                   *(items["stage_ns"][s] for s in STAGES)]
        for column in columns:
            self.assertEqual(len(column), count)
        region, = [p["wall_ns"] for p in record["phases"] if p["kind"] == "parallel"]
        for number, thread in enumerate(record["threads"]):
            own = [i for i in range(count) if items["thread"][i] == number]
            self.assertEqual(len(own), thread["items"])
            for stage in STAGES:
                self.assertEqual(sum(items["stage_ns"][stage][i] for i in own),
                                 thread["stage_ns"][stage], stage)
            end = 0
            for i in sorted(own, key=items["start_ns"].__getitem__):
                self.assertGreaterEqual(items["start_ns"][i], end)
                end = items["start_ns"][i] + sum(items["stage_ns"][s][i] for s in STAGES)
            self.assertLessEqual(end, region)

    def test_teams(self):
        out = self.at("o.npy")
        self.check(program.run("run", self.input, "-o", out), program.SOME_FAILED)
        plain = sha(out), sha(program.index_beside(out))
        index = program.read_index(program.index_beside(out))
        for threads in (1, 2, 4):
            for items in ([], ["--items"]):
                with self.subTest(threads=threads, items=items):
                    record, digests = self.profile("--threads", str(threads), *items)
                    self.assertEqual(digests, plain)
                    self.check_sums(record)
                    self.assertEqual(record["omp"]["requested"], threads)
                    self.assertEqual(record["omp"]["delivered"], threads)
                    self.assertEqual(record["omp"]["schedule"], "dynamic,1")
                    self.assertEqual(record["job"]["kind"], "run")
                    self.assertEqual(record["job"]["items"], len(index))
                    self.assertEqual(record["job"]["failed"],
                                     sum(line["status"] != "ok" for line in index))
                    self.assertEqual("items" in record, bool(items))
                    if items:
                        self.check_items(record)

    def test_serial(self):
        record, digests = self.profile("--serial", "--items")
        parallel, same = self.profile("--threads", "2")
        self.assertEqual(digests, same)
        self.check_sums(record)
        self.check_items(record)
        self.assertEqual((record["job"]["kind"], record["job"]["serial"]), ("serial", True))
        self.assertEqual(record["omp"]["schedule"], "none")
        # A base for the other: all that names the work is equal.
        for name in ("options", "manifest_hash"):
            self.assertEqual(record["job"][name], parallel["job"][name])

    def test_static_leaves_idle_threads(self):
        """Under one chunk of everything one thread does it all: the others wait, and say so."""
        record, _ = self.profile("--threads", "3", "--schedule", "static,1000")
        self.check_sums(record)
        self.assertEqual(sorted(t["items"] for t in record["threads"])[:2], [0, 0])
        for thread in record["threads"]:
            if thread["items"] == 0:
                self.assertGreater(thread["idle_ns"], thread["busy_ns"])

    def test_phases_of_dropping(self):
        record, _ = self.profile("--on-error", "drop")
        self.check_sums(record)
        self.assertIn("drop", {p["name"] for p in record["phases"]})

    def test_team_that_was_not_delivered(self):
        record, _ = self.profile("--threads", "4", env={"OMP_THREAD_LIMIT": "2"})
        self.check_sums(record)
        self.assertEqual((record["omp"]["requested"], record["omp"]["delivered"]), (4, 2))

    def test_environment_is_recorded(self):
        record, _ = self.profile(env={"OMP_NUM_THREADS": "2", "OMP_PLACES": "cores",
                                      "OMP_PROC_BIND": "spread", "OMP_SCHEDULE": "guided,3",
                                      "OMP_WAIT_POLICY": "passive", "PIXSCALE_SIMD": "scalar"})
        omp = record["omp"]
        self.assertEqual([omp[name] for name in ("places", "bind", "schedule", "wait_policy")],
                         ["cores", "spread", "guided,3", "passive"])
        self.assertEqual(record["limits"]["affinity_cpus"], len(os.sched_getaffinity(0)))
        self.assertEqual(record["host"]["name"], os.uname().nodename)
        self.assertEqual(record["job"]["options"], "size=64x64 simd=scalar")
        self.assertRegex(record["time_utc"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        version = program.run("--version").stdout.split()[1]
        self.assertEqual(record["tool"]["version"], version)

    def test_options_name_the_work_and_not_the_way(self):
        """Threads, schedule, outputs and what is said do not make another group; pixels do."""
        self.write("in/a", b"x")

        def job_of(*options):
            name = self.at("r.jsonl")
            self.check(program.run("run", self.at("in"), "-o", self.at("o.npy"), "-f", "--profile",
                                   name, *options), program.SOME_FAILED)
            return records(name)[-1]["job"]
        first = job_of()
        for options in (["-t", "3"], ["--schedule", "static"], ["--serial"], ["-v"],
                        ["--progress", "off"], ["--index", self.at("i.csv")], ["--items"],
                        ["--oversubscribe"]):
            job = job_of(*options)
            self.assertEqual((job["options"], job["manifest_hash"]),
                             (first["options"], first["manifest_hash"]), options)
            self.assertEqual(job["oversubscribe"], "--oversubscribe" in options)
        texts = [job_of(*options)["options"] for options in (
            [], ["--size", "32x64"], ["--filter", "box"], ["--fit", "pad"], ["--alpha", "white"],
            ["--order", "input"], ["--dtype", "f32"], ["--mode", "l"], ["--exif", "apply"],
            ["--decode", "fast", "--fast-margin", "3"], ["--decode", "fast"])]
        self.assertIn("decode=fast margin=2", texts[-1])
        self.assertIn("decode=fast margin=3", texts[-2])
        self.assertEqual(len(set(texts)), len(texts), texts)

    def test_manifest_hash_follows_paths_and_sizes(self):
        def hash_of():
            name = self.at("r.jsonl")
            self.check(program.run("run", self.at("in"), "-o", self.at("o.npy"), "-f", "--profile",
                                   name), program.SOME_FAILED)
            return records(name)[-1]["job"]["manifest_hash"]
        self.write("in/a", b"x")
        first = hash_of()
        self.assertEqual(hash_of(), first)
        # FNV-1a by its definition, over path, zero and eight bytes of size.
        value = 0xcbf29ce484222325
        for byte in os.fsencode(self.at("in/a")) + b"\0" + (1).to_bytes(8, "little"):
            value = (value ^ byte) * 0x100000001b3 % 2**64
        self.assertEqual(first, f"{value:016x}")
        self.write("in/a", b"xx")
        second = hash_of()
        self.write("in/b", b"x")
        self.assertEqual(len({first, second, hash_of()}), 3)

    def test_records_are_appended(self):
        name = self.at("r.jsonl")
        self.write("in/a", b"x")
        for count in (1, 2, 3):
            self.check(program.run("run", self.at("in"), "-o", self.at("o.npy"), "-f", "-q",
                                   "--profile", name), program.SOME_FAILED)
            self.assertEqual(len(records(name)), count)
        with open(name, "ab") as stream:
            stream.write(b'{"cut":')
        self.check(program.run("run", self.at("in"), "-o", self.at("o.npy"), "-f", "-q",
                               "--profile", name), program.SOME_FAILED)
        with open(name, "rb") as stream:
            lines = stream.read().split(b"\n")
        self.assertEqual((lines[3], lines[5]), (b'{"cut":', b""))
        self.assertEqual(json.loads(lines[4])["schema"], "pixscale.profile/1")

    def test_hostile_names(self):
        name = b"`touch x`\n\xff'\"<script>"
        folder = os.fsencode(self.at("in"))
        os.mkdir(folder)
        with open(os.path.join(folder, name), "wb") as stream:
            stream.write(b"x")
        self.check(program.run("run", os.path.join(folder, name), "-o", self.at("o.npy"),
                               "--profile", self.at("r.jsonl")), program.SOME_FAILED)
        command = records(self.at("r.jsonl"))[0]["job"]["command"]
        self.assertTrue(command.isprintable())
        # A shell takes the unescaped text apart into the very words.
        words = subprocess.run([b"sh", b"-c", b'pixscale() { printf "%s\\0" "$@"; }\n'
                                + program.unescape(command)], capture_output=True, check=True).stdout
        self.assertIn(os.path.join(folder, name), words.split(b"\0"))

    def test_a_profile_is_no_input_and_no_output(self):
        self.write("in/a", b"x")
        for _ in range(2):
            self.check(program.run("run", self.at("in"), "-o", self.at("o.npy"), "-f", "-q",
                                   "--profile", self.at("in/r.jsonl")), program.SOME_FAILED)
        self.assertEqual(records(self.at("in/r.jsonl"))[1]["job"]["items"], 1)

    def refused(self, status, *options, words=()):
        result = self.check(program.run("run", self.input, "-o", "x.npy", *options,
                                        cwd=self.folder), status)
        self.assert_one_line_error(result, *words)
        self.assert_nothing_written(self.at("x.npy"))

    def test_refusals(self):
        self.write("other.txt", b"my thesis")
        self.refused(program.USAGE, "--items", words=["--items", "--profile"])
        self.refused(program.USAGE, "--oversubscribe", words=["--profile"])
        self.refused(program.USAGE, "--profile", "", words=["--profile"])
        self.refused(program.USAGE, "--profile", "./x.npy", words=["profile"])
        self.refused(program.USAGE, "--profile", "x.index.csv", words=["profile"])
        self.refused(program.USAGE, "--profile", ".", words=["folder"])
        self.refused(program.USAGE, "--profile", "other.txt", words=["other.txt"])
        self.refused(program.OUTPUT, "--profile", "no/r.jsonl", words=["no/r.jsonl"])
        with open(self.at("other.txt"), "rb") as stream:
            self.assertEqual(stream.read(), b"my thesis")

    def test_no_record_of_a_run_that_failed(self):
        self.check(program.run("run", self.input, "-o", self.at("o.npy"), "--on-error", "fail",
                               "--profile", self.at("r.jsonl")), program.TOO_MANY)
        self.assertFalse(os.path.exists(self.at("r.jsonl")))

    def test_a_record_that_cannot_be_written(self):
        """The array is there and complete; the exit status tells of the record."""
        self.write("in/a", b"x")
        result = self.check(program.run("run", self.at("in"), "-o", self.at("o.npy"), "-q",
                                        "--profile", "/dev/full"), program.OUTPUT)
        self.assert_one_line_error(result, "/dev/full", "No space left")
        self.assertTrue(os.path.exists(self.at("o.npy")))

    def test_cost_of_the_clock(self):
        """Readings of the clock, at what one costs, are at most a hundredth of the threads' time."""
        record, _ = self.profile("--threads", "2")
        clock = record["clock"]
        busy = sum(t["busy_ns"] for t in record["threads"])
        self.assertGreater(clock["stamps"], record["job"]["items"] * 4)
        self.assertLessEqual(clock["stamps"] * clock["stamp_ns"], 0.01 * busy)

    def test_what_is_disturbed_is_told(self):
        """Whatever this machine is like now: record, stderr and -q agree."""
        for quiet in ([], ["-q"]):
            name = self.at("r.jsonl")
            result = self.check(program.run("run", self.input, "-o", self.at("o.npy"), "-f",
                                            "--profile", name, *quiet), program.SOME_FAILED)
            guard = records(name)[-1]["guard"]
            self.assertEqual(guard["contaminated"], "why" in guard)
            told = "disturbed" in result.stderr
            self.assertEqual(told, guard["contaminated"] and not quiet)


if __name__ == "__main__":
    program.main()
