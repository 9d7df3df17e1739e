#!/usr/bin/python3
"""`pixscale fit`: files of every kind, planted truths, groups, exclusions, refusals.

The records are made here, with a truth that is known; the laws are written out in Python.
"""
import json
import math
import os
import random
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

STAGES = ("read", "decode", "convert", "resize", "store")

# Published measurements (Gunther 2007): load and throughput of SPEC SDM91, and what R's package usl
# makes of them.
SDM91 = "load,throughput\n1,64.9\n18,995.9\n36,1652.4\n72,1853.2\n108,1828.9\n144,1775.0\n216,1702.2\n"


def record(threads, seconds, outside, busy, *, host="nid01", cpus=16, cores=16, quota=0, guard=None,
           omp=None, **job):
    """A record as `pixscale.profile/1` has it. `outside` seconds lie outside the region, busy[i] is
    what thread i worked inside it."""
    def ns(value):
        return round(value * 1e9)
    alone = ns(outside)
    return {
        "schema": "pixscale.profile/1",
        "tool": {"version": "0.1.0", "git": "abcdef"},
        "time_utc": "2024-05-01T10:00:00Z",
        "host": {"name": host, "cpu_model": "Model 1", "kernel": "Linux 6.1"},
        "omp": {"requested": threads, "delivered": threads, "schedule": "dynamic,1",
                "bind": "false", "places": "", "wait_policy": "passive", "runtime": "libgomp",
                **(omp or {})},
        "limits": {"affinity_cpus": cpus, "cgroup_cpus": quota, "cores": cores},
        "guard": {"contaminated": False, **(guard or {})},
        "job": {"kind": "run", "work": "computing",
                "command": f"pixscale run photos -o x.npy --threads {threads}", "items": 2000,
                "failed": 0, "bytes": 1, "pixels": 1, "options": "size=64x64",
                "manifest_hash": "0123456789abcdef", "oversubscribe": False, **job},
        "wall_ns": ns(seconds),
        "phases": [{"name": "scan", "kind": "serial", "wall_ns": alone},
                   {"name": "process", "kind": "parallel", "wall_ns": ns(seconds) - alone}],
        "threads": [{"items": 1, "dispatch_ns": 0,
                     "stage_ns": {stage: 0 for stage in STAGES}, "busy_ns": ns(work),
                     "idle_ns": 0, "cpu_ns": ns(work)} for work in busy],
    }


def amdahl(threads, share=0.05, t1=10.0, noise=0.0, **how):
    """A run of a program with this serial share, its parallel work shared out evenly."""
    factor = 1 + random.gauss(0, noise)
    serial, work = share * t1 * factor, (1 - share) * t1 * factor / threads
    return record(threads, serial + work, serial, [work] * threads, **how)


def sweep(teams=(1, 2, 4, 8), runs=5, noise=0.003, **how):
    """Rounds of runs over these teams."""
    return [amdahl(p, noise=noise, **how) for _ in range(runs) for p in teams]


class Fit(program.ProgramTest):
    def setUp(self):
        super().setUp()
        random.seed(self.id())

    def lines(self, records, name="r.jsonl"):
        return self.write(name, "".join(json.dumps(r) + "\n" for r in records).encode())

    def groups(self, *arguments, **how):
        result = self.check(program.run("fit", "--json", *arguments, **how), program.CLEAN)
        answer = json.loads(result.out)
        self.assertEqual(answer["schema"], "pixscale.fit/1")
        self.assertEqual(result.err, b"")
        return answer["groups"]

    def group(self, *arguments, **how):
        groups = self.groups(*arguments, **how)
        self.assertEqual(len(groups), 1, [g["name"] for g in groups])
        return groups[0]

    def of_csv(self, text, *options):
        return self.group(self.write("t.csv", text.encode()), *options)

    def model(self, group, name):
        return {model["name"]: model for model in group["models"]}[name]

    def left_out(self, group):
        return {p["threads"]: p["why"] for p in group["points"] if p["excluded"]}

    def test_planted_share_is_found(self):
        group = self.group(self.lines(sweep(share=0.05)))
        law = self.model(group, "amdahl")
        self.assertEqual(group["selected"], "amdahl", group["verdict"])
        self.assertAlmostEqual(law["serial_fraction"], 0.05, delta=0.01)
        self.assertLess(law["ci95"][0], law["serial_fraction"])
        self.assertGreater(law["ci95"][1], law["serial_fraction"])
        self.assertAlmostEqual(law["speedup_limit"], 1 / law["serial_fraction"], delta=1e-6)
        self.assertAlmostEqual(group["timers"]["serial_fraction"], 0.05, delta=1e-6)
        self.assertEqual([p["threads"] for p in group["predictions"]], [16, 32])
        self.assertTrue(all(p["extrapolated"] for p in group["predictions"]))
        self.assertIn("serial by the clock: the two agree", group["verdict"])

    def test_planted_imbalance_is_no_serial_time(self):
        """One thread has up to half a second too much of eight, as with one long item: the curve
        bends, the clock does not."""
        work, serial, extra = 8.0, 0.1, 0.5

        def team(threads):
            if threads == 1:
                return [work]
            most = work / threads + extra * (1 - 1 / threads)
            return [most] + [(work - most) / (threads - 1)] * (threads - 1)

        def group(balanced):
            records = []
            for threads in (1, 2, 4, 8):
                busy = [work / threads] * threads if balanced else team(threads)
                for noise in (0.995, 1.0, 1.005):
                    records.append(record(threads, (serial + max(busy)) * noise, serial * noise,
                                          [b * noise for b in busy]))
            return self.group(self.lines(records))
        even, uneven = group(True), group(False)
        for found in (even, uneven):
            self.assertAlmostEqual(found["timers"]["serial_fraction"], serial / (work + serial),
                                   delta=1e-6)
        share = [self.model(g, "amdahl")["serial_fraction"] for g in (even, uneven)]
        self.assertAlmostEqual(share[0], serial / (work + serial), delta=0.003)
        self.assertGreater(share[1], share[0] + 0.03)
        for before, after in zip(even["points"][1:], uneven["points"][1:]):
            self.assertGreater(after["karp_flatt"], before["karp_flatt"] + 0.03)
        self.assertIn("The main loss is imbalance", uneven["verdict"])
        self.assertIn("try a smaller chunk", uneven["verdict"])
        self.assertIn("the rest is mostly imbalance.", uneven["verdict"])
        self.assertNotIn("imbalance", even["verdict"])
        self.assertEqual(uneven["diagnosis"]["cause"], "imbalance")
        self.assertEqual(even["diagnosis"]["cause"], "serial")
        self.assertAlmostEqual(uneven["diagnosis"]["cores"], uneven["ledger"][-1]["imbalance"],
                               delta=1e-6)
        self.assertAlmostEqual(uneven["diagnosis"]["lost"], 8 - uneven["ledger"][-1]["speedup"],
                               delta=1e-6)

    def test_timers_without_a_kept_run_with_one_thread(self):
        """The timers are there: what is missing is the run to take the share from."""
        spoiled = {"contaminated": True, "why": "a neighbour computed"}
        everything = self.lines(sweep(guard=spoiled))
        base = self.lines([r for r in sweep(teams=(2, 4, 8))], "more.jsonl")
        for records in (everything, base):
            shown = self.check(program.run("fit", records), program.CLEAN).stdout
            self.assertNotIn("only wall times are known", shown)
            self.assertNotIn("wall times alone", shown)
            self.assertIn("no run with one thread was kept", shown)
        wall = self.write("wall.csv", b"threads,seconds\n1,10\n2,5.2\n4,2.9\n")
        shown = self.check(program.run("fit", wall), program.CLEAN).stdout
        self.assertIn("only wall times are known", shown)

    def test_ledger_and_efficiencies_are_identities(self):
        """Over random accounts, overhead and gains included."""
        records = []
        for threads in (1, 2, 3, 8):
            for _ in range(4):
                busy = [random.uniform(0.8, 1.2) * 8 / threads for _ in range(threads)]
                serial, waiting = random.uniform(0.1, 0.5), random.uniform(0, 0.3)
                records.append(record(threads, serial + max(busy) + waiting, serial, busy))
        group = self.group(self.lines(records))
        points = {p["threads"]: p for p in group["points"]}
        t1 = points[1]["seconds"]
        self.assertEqual([e["threads"] for e in group["ledger"]], [1, 2, 3, 8])
        for entry, shares in zip(group["ledger"], group["efficiencies"]):
            p = entry["threads"]
            total = sum(entry[k] for k in
                        ("speedup", "serial", "imbalance", "overhead", "inflation"))
            self.assertAlmostEqual(total, p, delta=1e-9 * p)
            self.assertAlmostEqual(entry["speedup"], t1 / points[p]["seconds"], delta=1e-6)
            self.assertAlmostEqual(shares["thread"],
                                   shares["serial_region"] + shares["region"] - 1, delta=1e-9)
            self.assertAlmostEqual(
                shares["region"],
                1 - shares["imbalance"] - shares["overhead"], delta=1e-9)
            if p > 1:
                e = (1 / entry["speedup"] - 1 / p) / (1 - 1 / p)
                self.assertAlmostEqual(points[p]["karp_flatt"], e, delta=1e-9)

    def test_published_throughputs(self):
        group = self.of_csv(SDM91, "--space", "throughput")
        usl = self.model(group, "usl")
        self.assertAlmostEqual(usl["sigma"], 0.02773, delta=5e-6)
        self.assertAlmostEqual(usl["kappa"], 1.044e-4, delta=5e-8)
        self.assertAlmostEqual(usl["gamma"], 90.0, delta=0.05)
        # 2.78 standard errors, t with 4 degrees of freedom.
        self.assertAlmostEqual(usl["sigma_ci95"][1] - usl["sigma"], 2.776 * 0.00912, delta=3e-4)
        self.assertEqual(group["selected"], "usl")
        self.assertAlmostEqual(usl["peak_threads"], 96.52, delta=0.01)

    def test_hyperfine_runs(self):
        if not shutil.which("hyperfine"):
            self.skipTest("hyperfine is not here")
        out = self.at("h.json")
        subprocess.run(["hyperfine", "-r", "2", "-L", "num_threads", "1,2", "-L", "size", "3,4",
                        "sleep 0.0{num_threads}{size}", "--export-json", out],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        groups = self.groups(out)
        with open(out, encoding="utf-8") as stream:
            results = json.load(stream)["results"]
        self.assertEqual(len(groups), 2)
        for group, size in zip(groups, ("3", "4")):
            self.assertIn(f"sleep 0.0{{threads}}{size} (size={size})", group["name"])
            for point in group["points"]:
                found, = [r for r in results if r["parameters"] ==
                          {"num_threads": str(point["threads"]), "size": size}]
                self.assertEqual(point["runs"], 2)
                self.assertAlmostEqual(point["seconds"], found["mean"], delta=1e-9)

    def test_one_origin_is_as_good_as_another(self):
        """The same times as records of a foreign program, CSV and hyperfine's results."""
        times = [(p, 10 * (0.1 + 0.9 / p) * random.uniform(0.98, 1.02))
                 for _ in range(3) for p in (1, 2, 4)]
        text = "".join(f"{p},{t!r}\n" for p, t in times)
        results = [{"command": f"./a {p}", "times": [t for q, t in times if q == p],
                    "parameters": {"threads": str(p)}} for p in (1, 2, 4)]
        foreign = [record(p, t, 0, [], kind="foreign", command="./a", manifest_hash=None)
                   for p, t in times]
        for entry in foreign:
            del entry["threads"], entry["phases"]
        answers = [self.group(self.lines(foreign)), self.of_csv("threads,seconds\n" + text),
                   self.group(self.write("h.json", json.dumps({"results": results}).encode()))]
        for answer in answers[1:]:
            self.assertAlmostEqual(self.model(answer, "amdahl")["serial_fraction"],
                                   self.model(answers[0], "amdahl")["serial_fraction"], places=6)
        for answer in answers:
            self.assertIsNone(answer["timers"]["serial_fraction"])
            self.assertIsNone(answer["ledger"])
            self.assertIn("wall times alone cannot tell", answer["verdict"])

    def test_different_things_are_never_pooled(self):
        changes = [{}, {"host": "nid02"}, {"options": "size=96x96"}, {"manifest_hash": "fedc"},
                   {"omp": {"schedule": "static"}}, {"omp": {"bind": "close"}}, {"cpus": 15},
                   {"quota": 15.5}, {"oversubscribe": True}]
        records = [r for how in changes for r in sweep((1, 2, 4), 2, **how)]
        other = sweep((1, 2, 4), 2)
        for entry in other:
            entry["tool"]["version"] = "0.2.0"
        random.shuffle(records)
        groups = self.groups(self.lines(records + other))
        self.assertEqual(len(groups), len(changes) + 1)
        self.assertEqual(len({g["name"] for g in groups}), len(groups), "names tell them apart")
        for group in groups:
            self.assertEqual([p["runs"] for p in group["points"]], [2, 2, 2])
        # How the number of threads was given is no difference.
        mixed = sweep((1, 2, 4), 2)
        for entry in mixed:
            entry["job"]["options"] = f"--threads {entry['omp']['delivered']} size=64x64"
        groups = self.groups(self.lines(mixed))
        self.assertEqual(len(groups), 1)

    def test_words_of_other_programs_are_theirs(self):
        """-t and --serial say how many threads our own runs had; elsewhere they may say anything."""
        records = [record(p, 10 / p, 0, [], kind="foreign", command=command, manifest_hash=None)
                   for command in ("./solve -t 1", "./solve -t 2", "./toast --serial 0.1",
                                   "./toast --serial 0.2") for p in (1, 2, 4)]
        for entry in records:
            del entry["threads"], entry["phases"]
        names = [g["name"] for g in self.groups(self.lines(records))]
        self.assertEqual(len(names), 4)
        self.assertTrue(any("./toast --serial 0.2" in name for name in names), names)

    def test_two_groups_are_compared(self):
        """Of equal truths the interval of the difference holds 0, of different ones it does not."""
        for share, differ in ((0.05, False), (0.10, True)):
            path = self.lines(sweep() + sweep(share=share, host="nid02"))
            answer = json.loads(self.check(program.run("fit", "--json", path), program.CLEAN).out)
            found = [self.model(g, "amdahl") for g in answer["groups"]]
            compared = answer["comparison"]["serial_fraction"]
            self.assertAlmostEqual(compared["difference"], found[1]["serial_fraction"] -
                                   found[0]["serial_fraction"], delta=1e-9)
            low, high = compared["ci95"]
            self.assertEqual(low > 0 or high < 0, differ)
            # Wider than each of the two, narrower than both together.
            widths = [law["ci95"][1] - law["ci95"][0] for law in found]
            self.assertGreater(high - low, max(widths))
            self.assertLess(high - low, sum(widths))
            self.assertEqual(answer["comparison"]["threads"], 8)
            self.assertIn("The two compared", program.run("fit", path).stdout)

    def test_several_files_are_one_study(self):
        first = self.lines(sweep((1, 2), 2), "a.jsonl")
        second = self.lines(sweep((4,), 2), "b.jsonl")
        self.assertEqual([p["threads"] for p in self.group(first, second)["points"]], [1, 2, 4])

    def test_serial_runs_are_a_base(self):
        plain = record(1, 8.0, 8.0, [], kind="serial", serial=True, omp={"schedule": "none"})
        group = self.group(self.lines(sweep(runs=2) + [plain, plain]))
        self.assertEqual(group["points"][0]["runs"], 2)
        self.assertAlmostEqual(group["baseline"]["serial_loop_seconds"], 8.0, delta=1e-9)
        self.assertIn("as long as the plain loop", group["verdict"])
        alone = self.group(self.lines([plain]))
        self.assertEqual(alone["points"], [])
        self.assertIn("Cannot tell", alone["verdict"])

    def test_the_records_machine_decides(self):
        """Points beyond its cores, CPUs or quota are shown and not fitted."""
        for how, kept, word in (({"cores": 4}, 4, "cores"), ({"cpus": 4, "cores": 4}, 4, "CPUs"),
                                ({"cpus": 4, "cores": None}, 4, "CPUs"),
                                ({"quota": 2.5}, 2, "quota")):
            path = self.lines(sweep(**how))
            group = self.group(path)
            self.assertEqual(sorted(self.left_out(group)), [p for p in (1, 2, 4, 8) if p > kept])
            self.assertTrue(all(word in why for why in self.left_out(group).values()))
            self.assertIn("left out of the fit", group["verdict"])
            text = self.check(program.run("fit", path), program.CLEAN).stdout
            self.assertIn("a left out of the fit: more threads than", text)
        path = self.lines(sweep(cores=4))
        self.assertEqual(self.left_out(self.group(path, "--include", "smt")), {})
        self.assertIn("shows no cores", self.group(self.lines(sweep(cores=None)))["verdict"])
        for how in ({"oversubscribe": True}, {"work": "waiting"}):
            self.assertEqual(self.left_out(self.group(self.lines(sweep(cores=2, cpus=2, **how)))),
                             {})

    def test_left_out_points_do_not_move_the_fit(self):
        clean = sweep((1, 2, 4), 4)
        spoiled = [amdahl(8, share=0.5, cores=16, guard={"contaminated": True, "why": "steal"}),
                   amdahl(2, share=0.9, guard={"contaminated": True, "why": "steal"}),
                   amdahl(16, share=0.5, omp={"requested": 32})]
        before = self.group(self.lines(clean))
        after = self.group(self.lines(clean + spoiled))
        self.assertEqual(self.model(before, "amdahl"), self.model(after, "amdahl"))
        self.assertEqual(sorted(self.left_out(after)), [8, 16])
        self.assertEqual(self.left_out(after)[8], "steal")
        self.assertIn("fewer threads than asked for", self.left_out(after)[16])
        self.assertEqual({p["threads"]: p["runs"] for p in after["points"]}[2], 4)
        self.assertIn("3 runs are left out", after["verdict"])

    def test_nothing_left(self):
        group = self.group(self.lines(sweep(guard={"contaminated": True, "why": "steal"})))
        self.assertIn("Cannot tell", group["verdict"])
        self.assertIn("steal", group["verdict"])
        self.assertIsNone(group["selected"])
        self.assertEqual(group["predictions"], [])
        self.assertEqual(len(group["points"]), 4)

    def test_two_thread_counts(self):
        group = self.of_csv("threads,seconds\n1,10\n1,10.1\n1,9.95\n2,5.4\n2,5.5\n2,5.45\n")
        law = self.model(group, "amdahl")
        self.assertIsNotNone(law["ci95"])
        self.assertIsNone(group["lack_of_fit_p"])
        self.assertIsNone(self.model(group, "usl")["sigma"])
        self.assertIn("no degrees of freedom for lack of fit", group["verdict"])

    def test_one_thread_count(self):
        for count in (1, 4):
            group = self.of_csv(f"threads,seconds\n{count},10\n{count},11\n")
            self.assertIn(f"only one thread count ({count})", group["verdict"])
            self.assertIsNone(self.model(group, "amdahl")["serial_fraction"])
            self.assertIsNone(group["selected"])

    def test_predictions_are_those_of_the_law(self):
        group = self.group(self.lines(sweep()), "--predict", "3,100")
        law = self.model(group, "amdahl")
        self.assertEqual([(p["threads"], p["extrapolated"]) for p in group["predictions"]],
                         [(3, False), (100, True)])
        for entry in group["predictions"]:
            s, p = law["serial_fraction"], entry["threads"]
            self.assertAlmostEqual(entry["speedup"], 1 / (s + (1 - s) / p), delta=1e-6)
            self.assertLess(entry["speedup_ci95"][0], entry["speedup"])
            self.assertGreater(entry["speedup_ci95"][1], entry["speedup"])

    def test_weak_scaling(self):
        """Work that grows with the team: Gustafson's share of the parallel run."""
        records = []
        for p in (1, 2, 4, 8):
            for _ in range(4):
                factor = 10 * random.uniform(0.998, 1.002)
                records.append(record(p, factor, 0.1 * factor, [0.9 * factor] * p, kind="weak",
                                      weak=True, items=1000 * p, manifest_hash=f"{p}"))
        # What one thread would need for the p-fold work is s' + (1 - s') p of the time, when only
        # the parallel work grows; items count all work, so that the planted share is of p threads.
        group = self.group(self.lines(records))
        self.assertTrue(group["weak"])
        self.assertIsNotNone(self.model(group, "gustafson")["serial_share"])
        self.assertFalse(self.model(group, "gustafson")["converted"])
        self.assertIsNone(self.model(group, "amdahl")["serial_fraction"])

    def refused(self, data, *words, line=None):
        path = self.write("bad", data)
        result = self.check(program.run("fit", path), program.USAGE)
        self.assertEqual(result.out, b"")
        self.assert_one_line_error(result, *words)
        if line:
            self.assertIn(f"{path}:{line}: ", result.stderr)

    def test_nonsense_is_named_by_its_line(self):
        good = json.dumps(amdahl(2)).encode()
        self.refused(b"", "empty")
        self.refused(b"\n \n", "empty")
        self.refused(good + b"\n" + good[:-2] + b"\n", line=2)
        self.refused(good + b"\n\nthreads,seconds\n", line=3)
        self.refused(good.replace(b"profile/1", b"profile/9"), line=1)
        self.refused(b"{}\n", line=1)
        self.refused(b"[" * 100000, line=1)
        self.refused(b"{\"a\":" * 100000, line=1)
        self.refused(b"\x89PNG\r\n\x1a\n\0\0\0", line=1)
        self.refused(b"threads,seconds\n1,2\n2,oops\n", "oops", line=3)
        self.refused(b"threads,seconds\n", "no measurement")
        self.refused(json.dumps({"results": [{"command": "true", "times": [1]}]}).encode(),
                     "no parameter counts the threads")
        for field, value in (("wall_ns", 0), ("wall_ns", -1), ("wall_ns", 1e300),
                             ("wall_ns", "1"), ("threads", 3), ("phases", [1])):
            self.refused(json.dumps({**amdahl(2), field: value}).encode(), line=1)

    def test_every_cut_of_a_record_is_refused(self):
        text = json.dumps(amdahl(2)).encode()
        for length in range(1, len(text), 29):
            self.refused(text[:length], line=1)

    def test_hostile_text_is_harmless(self):
        evil = "\x1b]0;x\x07\x1b[31m\u202egnp.exe\n\r\x9b" + "A" * 5000 + " %s%n"
        records = sweep((1, 2, 4), 2, host=evil, command=evil, options=evil, manifest_hash=None,
                        omp={"schedule": evil})
        records += sweep((8,), 1, host=evil, command=evil, options=evil, manifest_hash=None,
                         omp={"schedule": evil}, guard={"contaminated": True, "why": evil})
        path = self.lines(records)
        for arguments in (("fit", path), ("fit", "--json", path)):
            out = self.check(program.run(*arguments), program.CLEAN).out.decode("utf-8")
            self.assertTrue(out.replace("\n", "").isprintable())
            self.assertNotIn("\u202e", out)
        text = b"threads,name,seconds\n1,\x1b[31m\xff,4\n2,\x1b[31m\xff,2\n"
        self.assertTrue(self.check(program.run("fit", self.write("t.csv", text)), program.CLEAN)
                        .out.decode("utf-8").replace("\n", "").isprintable())

    def test_pipes_and_standard_input(self):
        data = b"threads,seconds\n1,10\n2,6\n4,4\n"
        group = self.group("-", stdin=data)
        self.assertEqual(len(group["points"]), 3)
        # As a shell's <(...) gives it; the data comes when the program is already waiting for it.
        reading, writing = os.pipe()
        process = program.spawn(["fit", "--json", f"/dev/fd/{reading}"], pass_fds=[reading],
                                stdout=subprocess.PIPE)
        time.sleep(0.2)
        os.write(writing, data)
        os.close(writing)
        os.close(reading)
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, program.CLEAN)
        self.assertEqual(len(json.loads(out)["groups"][0]["points"]), 3)

    def test_usage(self):
        path = self.lines(sweep(runs=2))
        for arguments, word in ((("fit",), "no records"), (("fit", self.at("none")), "none"),
                                (("fit", self.folder), "cannot read"),
                                (("fit", path, "--predict", "8,"), "--predict"),
                                (("fit", path, "--predict", "0"), "--predict"),
                                (("fit", path, "--predict", "-1"), "--predict"),
                                (("fit", path, "--predict", "9999999"), "--predict"),
                                (("fit", path, "--predict", ",".join(["1"] * 65)), "--predict"),
                                (("fit", path, "--space", "tim"), "time"),
                                (("fit", path, "--include", "all"), "smt")):
            result = self.check(program.run(*arguments), program.USAGE)
            self.assert_one_line_error(result, word)

    def test_table_agrees_with_json(self):
        path = self.lines(sweep(cores=4))
        group = self.group(path)
        text = self.check(program.run("fit", path), program.CLEAN).stdout
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        self.assertIn(" ".join(group["verdict"].split()), " ".join(text.split()))
        for point in group["points"]:
            self.assertRegex(text, rf"(?m)^[ a] +{point['threads']} +{point['runs']} +"
                                   rf"{point['seconds']:.2f}")
            if point["karp_flatt"] is not None:
                self.assertIn(f"at {point['threads']} threads", text)
        self.assertFalse(any(math.isnan(p["seconds"]) for p in group["points"]))


if __name__ == "__main__":
    program.main()
