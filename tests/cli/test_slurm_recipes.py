"""`pixscale slurm`: its scripts are run for real, against launchers that record what they were told.

The stand-ins for sbatch, srun, mpirun and parallel lie before the real ones in PATH. They write down
their words, and start what they were told to start as the real ones do; so does the stand-in for
pixscale itself, which only writes down its words.
"""
import json
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from program import BINARY, USAGE, ProgramTest, environment, main, run  # noqa: E402

LAUNCHERS = ("array", "srun", "mpirun", "parallel")
SHELLS = [path for path in map(shutil.which, ("sh", "bash", "dash", "zsh", "tcsh", "fish")) if path]

STAND_IN = """#!{python} -ISE
import json, os, re, subprocess, sys
name, words = os.path.basename(sys.argv[0]), sys.argv[1:]

def note(**more):
    kept = {{key: os.environ[key] for key in ("SLURM_ARRAY_TASK_ID", "SLURM_PROCID", "OMP_NUM_THREADS",
                                            "OMPI_COMM_WORLD_RANK") if key in os.environ}}
    line = json.dumps(dict(program=name, words=[os.fsencode(w).hex() for w in words], cwd=os.getcwd(),
                           set=kept, **more)) + "\\n"
    with open({log!r}, "a") as stream:
        stream.write(line)

def value(option):
    return next((w.split("=", 1)[1] for w in words if w.startswith(option + "=")), None)

def start(command, **variables):
    return subprocess.run(command, env=dict(os.environ, **variables), stdin=subprocess.DEVNULL).returncode

def sbatch():
    script = sys.stdin.read()
    assert script.startswith("#!"), script
    array = value("--array")
    last = int(array.split("-")[1]) if array else 1
    statuses = [start(["bash", "-c", script],
                      **(dict(SLURM_ARRAY_TASK_ID=str(i)) if array else {{}}))
                for i in range(1, last + 1)]
    note(statuses=statuses)
    print("77;east" if "--parsable" in words else "Submitted batch job 78")
    return 0

def ranks(count, variable):
    note()
    at = next(i for i, w in enumerate(words) if "pixscale" in w)
    return max(start(words[at:], **{{variable: str(i)}}) for i in range(count))

def parallel():
    note()
    for line in sys.stdin:
        start([os.environ["SHELL"], "-c", line])
    return 0

def pixscale():
    note()
    return int(os.environ.get("STATUS_" + words[0].upper(), 0))

if name == "srun":
    status = ranks(int(value("--ntasks")), "SLURM_PROCID")
elif name == "mpirun":
    status = ranks(int(words[words.index("-n") + 1]), "OMPI_COMM_WORLD_RANK")
else:
    status = dict(sbatch=sbatch, parallel=parallel, pixscale=pixscale)[name]()
sys.exit(status)
"""

# Each would do harm, or vanish, in a script that does not quote it.
HOSTILE = [
    b"my photos", b"it's", b"a\nnewline", b"tab\tand\rmore", b"$(touch harm)", b"`touch harm`", b"$HOME",
    b"a;touch harm", b"a&b|c>d<e", b"*", b"?[a]", b"~", b"#no comment", b"!history", b"back\\slash",
    b'"double"', b"{}", b"{.}", b"{#}{%}", b"{1..3}", b"%s%a%j", b"TASK", b"\xff\xfe no text",
    "bild–ü".encode(), b"\xe2\x80\xaeturned", b"a=b", b"(x)", b"trailing ", b" ",
]


class Recipes(ProgramTest):
    def setUp(self):
        super().setUp()
        self.log = self.at("log")
        self.work = self.at("work")
        for folder in ("bin", "work"):
            os.mkdir(self.at(folder))
        for name in ("sbatch", "srun", "mpirun", "parallel", "pixscale"):
            path = self.at("bin", name)
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(STAND_IN.format(python=sys.executable, log=self.log))
            os.chmod(path, 0o755)

    def recipe(self, *words, name="pixscale", work=None):
        """The script, as bytes, of a program that was called by `name`."""
        result = subprocess.run([name, "slurm", *words], executable=shutil.which(BINARY),
                                env=environment(), cwd=work or self.work, capture_output=True,
                                check=False, timeout=60)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout

    def execute(self, script, path=None, **variables):
        """Pipes it into bash; (status, notes of what was started)."""
        path = path or self.at("bin") + os.pathsep + os.environ["PATH"]
        if os.path.exists(self.log):
            os.unlink(self.log)
        env = environment(**dict(PATH=path, HOME=self.folder, SHELL="/bin/sh") | variables)
        for name in ("OMP_NUM_THREADS", "SLURM_PROCID", "SLURM_ARRAY_TASK_ID"):
            env.pop(name, None)
        done = subprocess.run(["bash"], input=script, env=env, cwd=self.folder, capture_output=True,
                              check=False, timeout=120)
        self.said = done.stdout + done.stderr
        with open(self.log, encoding="utf-8") as stream:
            notes = [json.loads(line) for line in stream]
        for note in notes:
            note["words"] = [bytes.fromhex(word) for word in note["words"]]
        return done.returncode, notes

    def of(self, notes, program, command=None):
        return [note for note in notes if note["program"] == program
                and (command is None or note["words"][0] == command)]

    def check_syntax(self, script):
        checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, check=False)
        self.assertEqual((checked.returncode, checked.stderr), (0, b""), script)
        if shutil.which("shellcheck"):  # SC2016: that $ and ` in single quotes are only text is meant
            checked = subprocess.run(["shellcheck", "--exclude=SC2016", "-"], input=script, capture_output=True,
                                     check=False)
            self.assertEqual(checked.returncode, 0, checked.stdout)
            # Within the quotes of a here-document it does not look.
            for begin in (b"<<'TASK'\n", b"<<'JOB'\n", b"<<'MERGE'\n"):
                for part in script.split(begin)[1:]:
                    inner = part.split(b"\n" + begin[3:-2] + b"\n")[0]
                    checked = subprocess.run(["shellcheck", "--exclude=SC2016", "-"], input=inner + b"\n",
                                             capture_output=True, check=False)
                    self.assertEqual(checked.returncode, 0, checked.stdout)

    def check_shards(self, notes, launcher, count, words):
        """Each shard was started once, with `words`."""
        runs = self.of(notes, "pixscale", b"run")
        self.assertEqual(len(runs), count)
        if launcher in ("array", "parallel"):
            shards = sorted(int(run["words"][run["words"].index(b"--shard") + 1].split(b"/")[0])
                            for run in runs)
            self.assertEqual(shards, list(range(1, count + 1)))
            for run in runs:
                shard = run["words"][run["words"].index(b"--shard") + 1]
                self.assertEqual(shard.split(b"/")[1], b"%d" % count)
                if launcher == "array":
                    self.assertEqual(shard.split(b"/")[0].decode(),
                                     run["set"]["SLURM_ARRAY_TASK_ID"])
        else:
            variable = "SLURM_PROCID" if launcher == "srun" else "OMPI_COMM_WORLD_RANK"
            self.assertEqual(sorted(int(run["set"][variable]) for run in runs), list(range(count)))
        for run in runs:
            at = run["words"].index(b"--shard")
            self.assertEqual(run["words"][:at], [b"run", *words])
            self.assertEqual(run["cwd"], os.path.realpath(self.work))

    def test_launchers(self):
        for launcher in LAUNCHERS:
            with self.subTest(launcher=launcher):
                script = self.recipe("--nodes", "3", "--tasks-per-node", "2", "photos/", "more",
                                     "-o", "out.npy", "--launcher", launcher, "-c", "8",
                                     "--include", "*.png", "--", "--size", "32x32")
                self.check_syntax(script)
                status, notes = self.execute(script)
                self.assertEqual(status, 0, self.said)
                made, = self.of(notes, "pixscale", b"manifest")
                self.assertEqual(made["words"], [b"manifest", b"-o", b"out.npy.manifest", b"--force",
                                                 b"--include", b"*.png", b"photos/", b"more"])
                self.check_shards(notes, launcher, 6,
                                  [b"--manifest", b"out.npy.manifest", b"-o", b"out.npy",
                                   b"--resume", b"--size", b"32x32"])
                merge, = self.of(notes, "pixscale", b"merge")
                self.assertEqual(merge["words"], [b"merge", b"out.npy"])
                self.assertGreater(notes.index(merge),
                                   max(map(notes.index, self.of(notes, "pixscale", b"run"))))

    def test_words_for_slurm(self):
        own = ["--time", "1:30:00", "--partition", "fast", "--mem", "16G", "--sbatch=--account=a b"]
        site = {b"--time=1:30:00", b"--partition=fast", b"--account=a b"}
        status, notes = self.execute(self.recipe("-N", "4", "in", "-o", "out.npy", *own))
        self.assertEqual(status, 0, self.said)
        tasks, merge = self.of(notes, "sbatch")
        self.assertLessEqual(site | {b"--mem=16G", b"--array=1-4", b"--requeue"},
                             set(tasks["words"]))
        self.assertLessEqual(site | {b"--dependency=afterany:77"}, set(merge["words"]))
        self.assertNotIn(b"--mem=16G", merge["words"])
        self.assertFalse([word for word in tasks["words"] if b"cpus-per-task" in word])

    def test_words_for_srun_and_mpirun(self):
        for launcher in ("srun", "mpirun"):
            status, notes = self.execute(self.recipe("-N", "2", "--tasks-per-node", "2", "-c", "4",
                                                     "in", "-o", "out.npy", "--launcher", launcher))
            self.assertEqual(status, 0, self.said)
            job, = self.of(notes, "sbatch")
            self.assertLessEqual({b"--nodes=2", b"--ntasks-per-node=2", b"--cpus-per-task=4"},
                                 set(job["words"]))
            words = self.of(notes, launcher)[0]["words"]
            if launcher == "srun":
                self.assertLessEqual({b"--ntasks=4", b"--cpus-per-task=4", b"--kill-on-bad-exit=0"},
                                     set(words))
            else:
                at = words.index(b"--map-by")
                self.assertEqual(words[:at + 6], [b"-n", b"4", b"--map-by", b"ppr:2:node",
                                                  b"--bind-to", b"none", b"-x", b"OMP_NUM_THREADS"])
                for run in self.of(notes, "pixscale", b"run"):
                    self.assertEqual(run["set"]["OMP_NUM_THREADS"], "4")

    def test_hostile_names(self):
        for launcher in LAUNCHERS:
            with self.subTest(launcher=launcher):
                work = os.fsencode(self.at("work")) + b"/" + HOSTILE[2] + b"'$(touch harm)"
                os.makedirs(work, exist_ok=True)
                output = b"-out '$(touch harm)'\n.npy"
                script = self.recipe("-N", "2", *HOSTILE, "-o", output, "--launcher", launcher,
                                     "--include", "$(touch harm)", "--", "--index", HOSTILE[4],
                                     work=work)
                self.check_syntax(script)
                self.assertTrue(script.decode().replace("\n", "").isprintable())
                status, notes = self.execute(script)
                self.assertEqual(status, 0, self.said)
                name = b"./" + output
                made, = self.of(notes, "pixscale", b"manifest")
                self.assertEqual(made["words"][3:], [b"--force", b"--include", b"$(touch harm)",
                                                     *HOSTILE])
                self.work = os.fsdecode(work)
                self.check_shards(notes, launcher, 2,
                                  [b"--manifest", name + b".manifest", b"-o", name, b"--resume",
                                   b"--index", HOSTILE[4]])
                self.assertEqual(self.of(notes, "pixscale", b"merge")[0]["words"], [b"merge", name])
                self.work = self.at("work")
        self.assertFalse([at for at in os.walk(self.folder) if "harm" in at[2]])

    def check_parallel(self, *options, **variables):
        index, name = b"a'b {} $(touch harm)\n", b"o'ut {} {#}.npy"
        script = self.recipe("-N", "2", "--tasks-per-node", "2", "-c", "2", *HOSTILE, "-o", name, *options,
                             "--launcher", "parallel", "--", "--index", index)
        status, notes = self.execute(script, **variables)
        self.assertEqual(status, 0, self.said)
        self.check_shards(notes, "parallel", 4, [b"--manifest", name + b".manifest", b"-o", name,
                                                 b"--resume", b"--index", index])
        for run in self.of(notes, "pixscale", b"run"):
            self.assertEqual(run["words"][-2:], [b"--threads", b"2"])

    def test_lines_for_any_shell(self):
        """A user's own shell, here or on another host, need not know bash's ways of quoting."""
        work = os.fsencode(self.at("work")) + b"/a\nb'!$(touch harm)"
        os.makedirs(work)
        self.work = os.fsdecode(work)
        for shell in SHELLS:
            with self.subTest(shell):
                self.check_parallel(SHELL=shell)

    @unittest.skipUnless(shutil.which("parallel"), "GNU parallel is not installed")
    def test_real_parallel(self):
        """Here, and as if by ssh: what would go to another host is told to a shell of this one."""
        os.unlink(self.at("bin", "parallel"))
        ssh = self.write("bin/ssh-here", b"#!/bin/bash\nwhile [[ $1 == -* ]]; do shift; done\n"
                                         b"shift\n[[ $1 != -- ]] || shift\nexec \"$SHELL\" -c \"$*\"\n")
        os.chmod(ssh, 0o755)
        self.write("work/hosts", b"2/node1\n2/node2\n")
        for shell in SHELLS:
            for hosts in ([], ["--hosts", "hosts"]):
                with self.subTest(shell, hosts=hosts):
                    self.check_parallel(*hosts, SHELL=shell, PARALLEL_SSH=ssh)
        for shell in ("/bin/false", None):  # an account of a service; a container's bare environment
            with self.subTest(shell):
                self.check_parallel(SHELL=shell)

    def test_one_shard_wants_a_merge_too(self):
        for launcher in LAUNCHERS:
            status, notes = self.execute(self.recipe("-N", "1", "in", "-o", "out.npy", "--launcher",
                                                     launcher))
            self.assertEqual(status, 0, self.said)
            run, = self.of(notes, "pixscale", b"run")
            self.assertEqual(run["words"][-2:], [b"--shard", b"1/1"])

    def test_hosts(self):
        status, notes = self.execute(self.recipe("-N", "3", "in", "-o", "out.npy", "--launcher",
                                                 "parallel", "--hosts", "my hosts"))
        self.assertEqual(status, 0, self.said)
        words = self.of(notes, "parallel")[0]["words"]
        self.assertEqual(words[words.index(b"--sshloginfile") + 1], b"my hosts")
        self.assertEqual(words[words.index(b"--jobs") + 1], b"1")

    def test_list_from_a_file(self):
        _, notes = self.execute(self.recipe("-N", "2", "-o", "out.npy", "--files-from", "my list",
                                            "-0"))
        self.assertEqual(self.of(notes, "pixscale", b"manifest")[0]["words"][4:],
                         [b"--files-from", b"my list", b"-0"])

    def test_list_stays_while_shards_are_unfinished(self):
        for launcher in LAUNCHERS:
            os.makedirs(self.at("work", "out.npy.shards"), exist_ok=True)
            script = self.recipe("-N", "2", "in", "-o", "out.npy", "--launcher", launcher)
            status, notes = self.execute(script)
            self.assertEqual(status, 0, self.said)
            self.assertEqual(self.of(notes, "pixscale", b"manifest"), [])
            self.assertEqual(len(self.of(notes, "pixscale", b"run")), 2)

    def test_list_that_fails_starts_nothing(self):
        for launcher in LAUNCHERS:
            status, notes = self.execute(self.recipe("-N", "2", "in", "-o", "out.npy", "--launcher",
                                                     launcher), STATUS_MANIFEST="2")
            self.assertNotEqual(status, 0)
            self.assertEqual([note["program"] for note in notes], ["pixscale"])

    def test_shards_that_fail_are_told_by_the_merge(self):
        for launcher in LAUNCHERS:
            script = self.recipe("-N", "2", "in", "-o", "out.npy", "--launcher", launcher)
            for merge, expected in (("1", 0), ("3", 1)):
                status, notes = self.execute(script, STATUS_RUN="3", STATUS_MERGE=merge)
                self.assertEqual(len(self.of(notes, "pixscale", b"run")), 2)
                self.assertEqual(len(self.of(notes, "pixscale", b"merge")), 1)
                job = self.of(notes, "sbatch")[-1]["statuses"][0] if launcher != "parallel" else status
                self.assertEqual(job, expected, (launcher, merge))
            if launcher == "array":
                self.assertEqual(self.of(notes, "sbatch")[0]["statuses"], [3, 3])

    def test_pasted_it_leaves_the_shell_as_it_was(self):
        path = self.write("script", self.recipe("-N", "2", "in", "-o", "out.npy"))
        env = environment(PATH=self.at("bin") + os.pathsep + os.environ["PATH"], STATUS_MANIFEST="2")
        asked = subprocess.run(["bash", "-c", f"b=$-; . {path}; echo still here $PWD $b $-"], env=env,
                               cwd=self.folder, capture_output=True, check=False)
        words = asked.stdout.decode().split()
        self.assertEqual(words[:3], ["still", "here", os.path.realpath(self.folder)])
        self.assertEqual(words[3], words[4])

    def test_cut_short_it_does_nothing(self):
        script = self.recipe("-N", "2", "in", "-o", "out.npy")
        for end in range(script.index(b"(\n") + 2, script.rindex(b"\n)\n") + 1, 97):
            done = subprocess.run(["bash"], input=script[:end], capture_output=True, check=False,
                                  env=environment(PATH=self.at("bin") + os.pathsep
                                                  + os.environ["PATH"]))
            self.assertNotEqual(done.returncode, 0)
            self.assertFalse(os.path.exists(self.log), script[:end])

    def test_force_is_the_merges_too(self):
        _, notes = self.execute(self.recipe("-N", "2", "in", "-o", "out.npy", "--", "-f"))
        self.assertEqual(self.of(notes, "pixscale", b"merge")[0]["words"],
                         [b"merge", b"--force", b"out.npy"])

    def test_name_of_the_program(self):
        """A path is made whole, as the script may be run from elsewhere; a bare name stays one."""
        os.symlink(shutil.which(BINARY), self.at("work", "my pixscale"))
        script = self.recipe("-N", "2", "in", "-o", "out.npy", name="./my pixscale")
        whole = os.path.realpath(shutil.which(BINARY))
        self.assertIn(whole.encode() + b" manifest", script)
        self.assertIn(b"exec " + whole.encode() + b" run", script)
        self.assertIn(b"exec pixscale run", self.recipe("-N", "2", "in", "-o", "out.npy"))

    def test_refused(self):
        base = ["-N", "2", "in", "-o", "out.npy"]
        for words, named in (
                (["in", "-o", "out.npy"], "--nodes"), (["-N", "2", "in"], "-o OUT.npy"),
                (["-N", "2", "-o", "out.npy"], "no input"), ([*base, "--files-from", "x"], "--files-from"),
                (["-N", "2", "-", "-o", "out.npy"], "standard input"),
                (["-N", "2", "--files-from", "-", "-o", "out.npy"], "standard input"),
                (["-N", "0", "in", "-o", "out.npy"], "--nodes"),
                (["-N", "1000", "--tasks-per-node", "1001", "in", "-o", "o.npy"], "1000000"),
                ([*base, "--launcher", "pbs"], "array, srun"),
                ([*base, "--sbatch", "account"], "--sbatch"), ([*base, "--hosts", "x"], "--hosts"),
                ([*base, "--launcher", "parallel", "--time", "1"], "--time"),
                ([*base, "--", "--shard", "1/2"], "--shard"), ([*base, "--", "--shar=1/2"], "--shard"),
                ([*base, "--", "--manifest=x"], "--manifest"), ([*base, "--", "-o", "x"], "-o"),
                ([*base, "--", "--include", "x"], "before the --"), ([*base, "--", "in2"], "inputs"),
                ([*base, "--", "--size", "big"], "--size"), ([*base, "--", "--sise", "1x1"], "--size"),
                ([*base, "--", "--mean", "1"], "--mean"), ([*base, "--size", "1x1"], "--size")):
            with self.subTest(words=words):
                result = self.check(run("slurm", *words), USAGE)
                self.assertEqual(result.out, b"")
                self.assert_one_line_error(result, named)


if __name__ == "__main__":
    main()
