"""`pixscale info` against the kernel, coreutils, util-linux and OpenMP's own rules."""
import json
import os
import re
import resource
import subprocess
import tempfile
import unittest

PIXSCALE = os.environ.get("PIXSCALE", "pixscale")
CPUS = sorted(os.sched_getaffinity(0))
OMP_NAMES = ["OMP_NUM_THREADS", "OMP_SCHEDULE", "OMP_PROC_BIND", "OMP_PLACES", "OMP_DYNAMIC",
             "OMP_THREAD_LIMIT", "OMP_WAIT_POLICY", "GOMP_CPU_AFFINITY"]
CLEAN = {k: v for k, v in os.environ.items()
         if not k.startswith(("OMP_", "GOMP_", "KMP_", "HWLOC_", "PIXSCALE_"))}


def run(*args, prefix=(), **env):
    """Runs the program with these variables and no other of OpenMP's. Returns the process."""
    return subprocess.run([*prefix, PIXSCALE, *args], env={**CLEAN, **env}, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def info(prefix=(), **env):
    done = run("info", "--json", prefix=prefix, **env)
    assert done.returncode == 0, (done.returncode, done.stderr)
    return json.loads(done.stdout.decode("utf-8"))


def notes(result):
    return "\n".join(result["notes"])


class Form(unittest.TestCase):
    KEYS = {
        "": ["schema", "tool", "host", "limits", "omp", "libraries", "simd", "clock", "notes"],
        "tool": ["version", "compiler", "build_type", "sanitize"],
        "host": ["name", "kernel", "cpu_model", "sockets", "cores", "cores_known", "cpus", "smt",
                 "numa_nodes", "virtual_machine", "memory_bytes", "caches"],
        "limits": ["affinity_cpus", "cores", "cgroup_cpus", "cgroup_version", "cgroup_file",
                   "memory_bytes", "usable_cpus", "sentence"],
        "omp": ["runtime", "version_date", "max_threads", "procs", "thread_limit", "dynamic",
                "max_active_levels", "schedule", "bind", "places", "place_cpus", "environment"],
        "simd": ["used", "available"],
        "clock": ["least_step_ns", "median_step_ns", "stamp_ns"],
    }

    def test_every_key(self):
        result = info()
        self.assertEqual(result["schema"], "pixscale.info/1")
        for name, keys in self.KEYS.items():
            self.assertEqual(list(result[name] if name else result), keys, name)
        self.assertEqual(list(result["omp"]["environment"]), OMP_NAMES)
        for cache in result["host"]["caches"]:
            self.assertEqual(list(cache), ["level", "bytes", "count", "shared_by"])
        for library in result["libraries"]:
            self.assertEqual(list(library), ["name", "compiled", "linked", "file"])

    def test_nothing_but_the_answer(self):
        for args in (["info"], ["info", "--json"]):
            done = run(*args)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertTrue(done.stdout.endswith(b"\n"))

    def test_text_says_what_json_says(self):
        result = info()
        text = run("info").stdout.decode()
        for section in ("Machine", "Limits", "OpenMP", "Libraries", "Build", "Clock"):
            self.assertRegex(text, rf"(?m)^{section}$")
        for expected in (result["limits"]["sentence"], result["omp"]["schedule"],
                         result["omp"]["runtime"], result["host"]["cpu_model"],
                         result["tool"]["compiler"], result["simd"]["used"]):
            self.assertIn(expected, text)
        for name in OMP_NAMES:
            self.assertRegex(text, rf"(?m)^  {name} +not set$")

    def test_values_stand_in_one_column(self):
        for line in run("info", OMP_SCHEDULE="guided,3").stdout.decode().splitlines():
            if line.startswith("  ") and not line.startswith("  - "):
                self.assertNotEqual(line[21], " ", line)
                self.assertEqual(line[20], " ", line)

    def test_usage(self):
        for args in (["info", "x"], ["info", "--jsom"], ["info", "--json=1"]):
            done = run(*args)
            self.assertEqual((done.returncode, done.stdout), (2, b""), args)
            self.assertEqual(done.stderr.count(b"\n"), 1)
        done = run("info", "--help")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"--json", done.stdout)

    def test_full_disk_is_an_error(self):
        with open("/dev/full", "wb") as full:
            for args in (["info"], ["info", "--json"]):
                done = subprocess.run([PIXSCALE, *args], env=CLEAN, stdout=full,
                                      stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 3)
                self.assertIn(b"cannot write", done.stderr)


class Machine(unittest.TestCase):
    def test_lscpu(self):
        out = subprocess.run(["lscpu", "-p=CPU,CORE,SOCKET,NODE"], stdout=subprocess.PIPE,
                             check=True).stdout.decode()
        rows = [line.split(",") for line in out.splitlines() if not line.startswith("#")]
        host = info()["host"]
        self.assertEqual(host["cpus"], len(rows))
        if host["cores_known"]:
            self.assertEqual(host["cores"], len({row[1] for row in rows}))
        if host["sockets"]:
            self.assertEqual(host["sockets"], len({row[2] for row in rows}))
        self.assertEqual(host["numa_nodes"], len({row[3] or "0" for row in rows}))

    def test_caches_as_lscpu_sees_them(self):
        done = subprocess.run(["lscpu", "-J", "-B", "-C=NAME,ONE-SIZE,ALL-SIZE"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            self.skipTest("this lscpu lists no caches")
        totals = {}
        for cache in info()["host"]["caches"]:
            level = cache["level"]
            totals[level] = totals.get(level, 0) + cache["bytes"] * cache["count"]
        for cache in json.loads(done.stdout).get("caches", []):
            level = {"L1d": 1, "L1": 1, "L2": 2, "L3": 3}.get(cache["name"])
            if level:
                self.assertEqual(totals[level], int(cache["all-size"]), cache)

    def test_memory_is_the_kernels(self):
        with open("/proc/meminfo") as file:
            total = int(re.search(r"MemTotal:\s+(\d+) kB", file.read()).group(1)) * 1024
        self.assertEqual(info()["host"]["memory_bytes"], total)

    def test_hypervisor_flag(self):
        with open("/proc/cpuinfo") as file:
            flags = re.search(r"(?m)^flags\s*:(.*)$", file.read())
        if not flags:
            self.skipTest("no x86")
        self.assertEqual(info()["host"]["virtual_machine"], "hypervisor" in flags[1].split())

    def test_other_machines(self):
        """hwloc makes up a topology on demand: cores, SMT and sockets are read from it."""
        host = info(HWLOC_SYNTHETIC="pack:2 numa:2 l3:1(size=8388608) core:4 pu:2")["host"]
        self.assertEqual([host[k] for k in ("sockets", "numa_nodes", "cores", "cpus", "smt")],
                         [2, 4, 16, 32, 2])
        self.assertIn({"level": 3, "bytes": 8388608, "count": 4, "shared_by": 8}, host["caches"])
        result = info(HWLOC_SYNTHETIC="pu:4")
        self.assertFalse(result["host"]["cores_known"])
        self.assertEqual(result["limits"]["cores"], len(CPUS))
        self.assertIn("no cores", notes(result))

    def test_clock(self):
        clock = info()["clock"]
        self.assertGreaterEqual(clock["least_step_ns"], 1)
        self.assertGreaterEqual(clock["median_step_ns"], clock["least_step_ns"])
        self.assertGreater(clock["stamp_ns"], 0)


class Limits(unittest.TestCase):
    def test_nproc(self):
        nproc = int(subprocess.run(["nproc"], env=CLEAN, stdout=subprocess.PIPE).stdout)
        limits = info()["limits"]
        self.assertEqual(limits["affinity_cpus"], nproc)
        self.assertEqual(limits["affinity_cpus"], len(CPUS))
        self.assertLessEqual(limits["usable_cpus"], nproc)

    def test_affinity(self):
        for count in range(1, min(len(CPUS), 4) + 1):
            for cpus in (CPUS[:count], CPUS[-count:]):
                result = info(prefix=["taskset", "-c", ",".join(map(str, cpus))])
                limits, host = result["limits"], result["host"]
                self.assertEqual(limits["affinity_cpus"], count)
                self.assertEqual(result["omp"]["procs"], count)
                self.assertLessEqual(limits["usable_cpus"], count)
                self.assertLessEqual(limits["cores"], count)
                if count < host["cpus"]:
                    self.assertIn(f"affinity allows {count}", limits["sentence"])

    def test_binding_hides_no_cpu(self):
        """The runtime binds the first thread before main: the mask must be that of the start."""
        for env in ({"OMP_PROC_BIND": "true"}, {"OMP_PROC_BIND": "spread", "OMP_PLACES": "cores"},
                    {"OMP_PLACES": "threads"}, {"GOMP_CPU_AFFINITY": str(CPUS[-1])},
                    {"OMP_PLACES": "{%d}" % CPUS[0], "OMP_PROC_BIND": "close"}):
            result = info(**env)
            self.assertEqual(result["limits"]["affinity_cpus"], len(CPUS), env)
            self.assertNotEqual(result["omp"]["bind"], "false")
        result = info(prefix=["taskset", "-c", str(CPUS[0])], OMP_PROC_BIND="true")
        self.assertEqual(result["limits"]["affinity_cpus"], 1)

    def test_narrow_places_are_noted(self):
        if len(CPUS) < 2:
            self.skipTest("needs two CPUs")
        result = info(OMP_PLACES="{%d}" % CPUS[0])
        self.assertEqual((result["omp"]["places"], result["omp"]["place_cpus"]), (1, 1))
        self.assertIn("threads are bound to 1 place with 1 of", notes(result))

    def test_smt_is_noted(self):
        count = len(CPUS)
        if CPUS[:2] != [0, 1]:
            self.skipTest("needs CPUs 0 and 1")
        result = info(prefix=["taskset", "-c", "0,1"], HWLOC_SYNTHETIC=f"core:{count} pu:2")
        self.assertEqual((result["limits"]["affinity_cpus"], result["limits"]["cores"]), (2, 1))
        self.assertIn("hardware threads of 1 core", notes(result))


class OpenMP(unittest.TestCase):
    def test_defaults(self):
        omp = info()["omp"]
        self.assertEqual((omp["procs"], omp["max_threads"]), (len(CPUS), len(CPUS)))
        self.assertEqual((omp["dynamic"], omp["bind"], omp["places"]), (False, "false", 0))
        self.assertEqual(set(omp["environment"].values()), {None})
        self.assertRegex(omp["runtime"], r"\((GNU|LLVM)\)$")

    def test_threads(self):
        for number in (1, 2, 3, 64):
            result = info(OMP_NUM_THREADS=str(number))
            self.assertEqual(result["omp"]["max_threads"], number)
            self.assertEqual(result["omp"]["environment"]["OMP_NUM_THREADS"], str(number))
            self.assertNotIn("the runtime made", notes(result))
            usable = result["limits"]["usable_cpus"]
            self.assertEqual(f"would start {number} thread" in notes(result), number != usable)

    def test_values_that_cannot_be_used(self):
        """No crash, and what the runtime made of it is shown."""
        values = ["0", "-3", "abc", "", " ", "4,2", "99999", "3x", "1e3", "9" * 30, "4,",
                  "%s%n", "é", "\x1b[31m", "x" * 5000]
        for value in values:
            result = info(OMP_NUM_THREADS=value)
            omp = result["omp"]
            self.assertGreaterEqual(omp["max_threads"], 1)
            shown = omp["environment"]["OMP_NUM_THREADS"]
            self.assertTrue(shown.isprintable() and len(shown) < 128, ascii(shown))
            if value != "99999":
                self.assertIn(f"the runtime made {omp['max_threads']}", notes(result))
            self.assertEqual(run("info", OMP_NUM_THREADS=value).returncode, 0)
        self.assertEqual(info(OMP_NUM_THREADS="99999")["omp"]["max_threads"], 99999)

    def test_nesting(self):
        result = info(OMP_NUM_THREADS="4,2")
        self.assertEqual(result["omp"]["max_threads"], 4)
        self.assertGreater(result["omp"]["max_active_levels"], 1)
        self.assertIn("nested", notes(result))

    def test_schedule(self):
        for given, shown in (("dynamic", "dynamic,1"), ("guided,7", "guided,7"), ("auto", "auto"),
                             ("static", "static"), ("static,4", "static,4"),
                             ("monotonic:dynamic,3", "dynamic,3"),
                             ("nonmonotonic:guided,4", "guided,4")):
            self.assertEqual(info(OMP_SCHEDULE=given)["omp"]["schedule"], shown)
        for given in ("bogus", "", "dynamic,x"):
            self.assertRegex(info(OMP_SCHEDULE=given)["omp"]["schedule"],
                             r"^(static|dynamic|guided|auto)(,\d+)?$")

    def test_limit_and_dynamic(self):
        result = info(OMP_THREAD_LIMIT="1", OMP_DYNAMIC="true", OMP_NUM_THREADS="2")
        self.assertEqual(result["omp"]["thread_limit"], 1)
        self.assertTrue(result["omp"]["dynamic"])
        self.assertIn("OMP_THREAD_LIMIT", notes(result))
        self.assertIn("OMP_DYNAMIC", notes(result))


class Libraries(unittest.TestCase):
    def test_names_and_versions(self):
        libraries = {entry["name"]: entry for entry in info()["libraries"]}
        self.assertEqual(list(libraries), ["libjpeg-turbo", "libspng", "zlib", "libdeflate", "GSL",
                                           "jansson", "hwloc", "glibc"])
        for name, entry in libraries.items():
            if name != "zlib":
                self.assertRegex(entry["compiled"], r"^\d+\.\d+")
            if name not in ("libjpeg-turbo", "hwloc", "libdeflate"):
                self.assertRegex(entry["linked"], r"^\d+\.\d+")

    def test_the_files_are_those_that_are_loaded(self):
        """ldd is asked, which knows nothing of what the program says."""
        out = subprocess.run(["ldd", PIXSCALE], stdout=subprocess.PIPE).stdout.decode()
        loaded = {os.path.basename(os.path.realpath(path))
                  for path in re.findall(r"=> (/\S+)", out)}
        files = [entry["file"] for entry in info()["libraries"] if entry["file"]]
        if not loaded:
            self.skipTest("a static program")
        self.assertTrue(files)
        for name in files:
            self.assertIn(name, loaded)
        self.assertIn(info()["omp"]["runtime"].split()[0], loaded)

    def test_simd(self):
        simd = info()["simd"]
        self.assertIn("scalar", simd["available"])
        self.assertIn(simd["used"], simd["available"])
        for name in simd["available"]:
            self.assertEqual(info(PIXSCALE_SIMD=name)["simd"]["used"], name)


class Faults(unittest.TestCase):
    def test_few_resources(self):
        """No spare descriptors: what cannot be read is unknown, and nothing breaks."""
        done = subprocess.run([PIXSCALE, "info", "--json"], env=CLEAN, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, preexec_fn=lambda: resource.setrlimit(
                                  resource.RLIMIT_NOFILE, (4, 4)))
        if done.returncode == 127:
            self.skipTest("the loader itself needs more")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreaterEqual(json.loads(done.stdout)["limits"]["usable_cpus"], 1)

    def test_no_home_no_cwd(self):
        """Runs in a folder that is gone, without any environment."""
        with tempfile.TemporaryDirectory() as folder:
            gone = os.path.join(folder, "gone")
            os.mkdir(gone)
            done = subprocess.run(["/bin/sh", "-c", 'cd "$1" && rmdir "$1" && exec "$2" info', "sh",
                                   gone, os.path.abspath(PIXSCALE)], env={},
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
