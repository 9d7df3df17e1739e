"""Runs the program under test as a user would, and reads what it leaves.

The binary's path comes from the environment variable PIXSCALE; that of the same program with a
checkpoint every few milliseconds, where one is there, from HASTY. Variables that change a run
(OMP_*, GOMP_*, PIXSCALE_SIMD, JPEGMEM, those of launchers) are taken out of the environment, so that a test sees only
what it sets itself.
"""
import csv
import fcntl
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

os.umask(0o022)  # files that nobody else may read are made by the tests that need them

BINARY = os.environ.get("PIXSCALE", "pixscale")
HASTY = os.environ.get("HASTY", "")
DATA = os.environ.get("PIXSCALE_DATA", "")
SKIPPED = 77  # the exit status that CTest shows as "Skipped"

CLEAN, SOME_FAILED, USAGE, OUTPUT, TOO_MANY = range(5)
COLUMNS = ["row", "path", "status", "width", "height", "format", "mode", "bytes", "reason"]
STATUSES = {"ok", "partial", "empty", "format", "unsupported", "truncated", "corrupt", "too-large",
            "too-complex", "not-a-file", "permission", "io", "changed", "memory"}


def environment(**changes):
    """The environment of a run: ours, without what would steer it, plus `changes`."""
    kept = {name: value for name, value in os.environ.items()
            if name == "OMP_TOOL_LIBRARIES"  # what finds races
            or (not name.startswith(("OMP_", "GOMP_", "SLURM_", "OMPI_", "PMI_", "PMIX_", "MPI_"))
                and name not in ("PIXSCALE_SIMD", "JPEGMEM"))}
    for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
        kept[name] = kept.get(name, "") + ":exitcode=99"  # their 1 is "some inputs failed" here
    for name, value in changes.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = value
    return kept


class Result:
    """What a run left: exit status (128 + N for signal N), both streams as bytes, seconds."""

    def __init__(self, status, out, err, seconds):
        self.status, self.out, self.err, self.seconds = status, out, err, seconds

    @property
    def stdout(self):
        return self.out.decode("utf-8", "replace")

    @property
    def stderr(self):
        return self.err.decode("utf-8", "replace")

    def __str__(self):
        return f"exit status {self.status}\nstdout: {self.stdout}\nstderr: {self.stderr}"


def spawn(arguments, env=None, cwd=None, preexec=None, **streams):
    """Starts the program; a test that uses this waits for it itself."""
    return subprocess.Popen([BINARY, *map(os.fspath, arguments)],
                            env=environment(**(env or {})), cwd=cwd, preexec_fn=preexec, **streams)


# Linux counts the memory that a process had before exec as its own. A tiny parent of its own keeps
# this test's memory out of the program's: it prints the peak, in KiB, to the file descriptor argv[1].
MEASURE = """import os, sys
pid = os.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(pid, 0)
os.write(int(sys.argv[1]), b"%d" % usage.ru_maxrss)
code = os.waitstatus_to_exitcode(status)
sys.exit(128 - code if code < 0 else code)
"""


def peak_memory(*arguments, timeout=600):
    """Runs the program; (exit status, peak resident bytes). Some 5 MB of that may be the measuring
    parent's."""
    with tempfile.TemporaryFile() as figure:
        process = subprocess.run(
            [sys.executable, "-ISE", "-c", MEASURE, str(figure.fileno()), shutil.which(BINARY),
             *map(os.fspath, arguments)], env=environment(), pass_fds=[figure.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=timeout, check=False)
        figure.seek(0)
        return process.returncode, int(figure.read()) * 1024


def run(*arguments, env=None, cwd=None, stdin=b"", timeout=300, preexec=None):
    """Runs the program to its end."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as err:
        source.write(stdin)
        source.seek(0)
        start = time.monotonic()
        process = spawn(arguments, env, cwd, preexec, stdin=source, stdout=out, stderr=err)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"still running after {timeout} s: {process.args}") from None
        seconds = time.monotonic() - start
        out.seek(0)
        err.seek(0)
        return Result(128 - code if code < 0 else code, out.read(), err.read(), seconds)


def unescape(text):
    """The path, as bytes, that stands escaped in an index."""
    raw, path, i = text.encode(), bytearray(), 0
    while i < len(raw):
        if raw[i] != 0x5c:
            path.append(raw[i])
            i += 1
        elif raw[i + 1] == 0x78:
            path.append(int(raw[i + 2:i + 4], 16))
            i += 4
        else:
            path += {0x5c: b"\\", 0x6e: b"\n"}[raw[i + 1]]
            i += 2
    return bytes(path)


def read_index(path):
    """The lines of an index as dicts; `path` is unescaped to bytes, numbers are int or None."""
    with open(path, newline="", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    for line in lines:
        line["path"] = unescape(line["path"])
        for name in ("row", "width", "height", "bytes"):
            line[name] = int(line[name]) if line[name] else None
    return lines


def index_beside(out):
    """The default place of an array's index."""
    out = os.fspath(out)
    return (out[:-4] if out.endswith(".npy") else out) + ".index.csv"


def python3_modules(*names):
    """Skips the test file when a module that gives the expected values is missing."""
    for name in names:
        try:
            __import__(name)
        except ImportError:
            print(f"skipped: Python has no module {name}")
            sys.exit(SKIPPED)


def simd_variants():
    """What PIXSCALE_SIMD may name on this CPU."""
    return json.loads(run("info", "--json").stdout)["simd"]["available"]


def holds(symbol):
    """Whether the program under test was linked with this symbol of a sanitizer's."""
    with open(BINARY if os.sep in BINARY else shutil.which(BINARY), "rb") as stream:
        return symbol in stream.read()


def sanitized():
    """True where a sanitizer makes figures of memory meaningless."""
    return holds(b"__asan_init") or watched_for_races()


def watched_for_races():
    """True where the thread sanitizer looks on, which needs a temporary file of its own."""
    return holds(b"__tsan_init")


def hear_hang_up():
    """In a child: SIGHUP ends it, also where the tests were started by nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def batches(journal):
    """How many times a run has recorded what it has done."""
    try:
        with open(journal, "rb") as stream:
            return stream.read().count(b"BTCH")
    except FileNotFoundError:
        return 0


class ProgramTest(unittest.TestCase):
    """A test with a folder of its own."""
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls._shared = tempfile.TemporaryDirectory(prefix="pixscale-shared-")
        cls.shared = cls._shared.name

    @classmethod
    def tearDownClass(cls):
        cls._shared.cleanup()

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="pixscale-test-")
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def at(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, data):
        """Writes a file below the test's folder, with the folders above it; gives its path."""
        path = self.at(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(data)
        return path

    def slowly(self, *arguments, pause_ms=20, every_ms=1, **streams):
        """A run that rests after each picture, and so is not over before it is to be."""
        if not HASTY:
            self.skipTest("HASTY names no program")
        streams.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen([HASTY, *arguments], **streams, preexec_fn=hear_hang_up,
                                   env=environment(HASTY_PAUSE_MS=str(pause_ms),
                                                   HASTY_EVERY_MS=str(every_ms)))
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)  # the first to be called
        return process

    def wait_until(self, condition, process, what):
        """The process must still be at work when it holds."""
        deadline = time.monotonic() + 60
        while not condition():
            self.assertIsNone(process.poll(), f"ended too early: {what}")
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.001)

    def wait_for_file(self, process, path):
        self.wait_until(lambda: os.path.exists(path), process, path)

    def wait_for_rows(self, process, partial):
        """Until a row of the array that is being written is there; that of a black picture never
        is seen."""
        def written():
            try:
                with open(partial, "rb") as stream:
                    stream.seek(128)  # the header
                    return stream.read(1 << 20).strip(b"\0")
            except FileNotFoundError:
                return False
        self.wait_until(written, process, partial)

    def give(self, process, data):
        """Writes `data`, which a pipe can hold, to a process; it has read all of it afterwards."""
        process.stdin.write(data)
        process.stdin.flush()
        def unread():
            return struct.unpack("i", fcntl.ioctl(process.stdin, termios.FIONREAD, bytes(4)))[0]
        self.wait_until(lambda: unread() == 0, process, "it reads what it is given")

    def check(self, result, status):
        self.assertEqual(result.status, status, str(result))
        return result

    def preprocess(self, inputs, *options, status=CLEAN, env=None, timeout=300, preexec=None):
        """`run` on folders or files; (array, index, result). The array is read into memory."""
        import numpy
        out = self.at(f"out-{time.monotonic_ns()}.npy")
        if isinstance(inputs, (str, bytes, os.PathLike)):
            inputs = [inputs]
        result = self.check(run("run", *options, "-o", out, "--", *inputs, env=env,
                                timeout=timeout, preexec=preexec), status)
        array, index = numpy.load(out), read_index(index_beside(out))
        self.assertLessEqual({line["status"] for line in index}, STATUSES)
        self.assert_no_leftovers(out)
        os.unlink(out)
        os.unlink(index_beside(out))
        return array, index, result

    def preprocess_list(self, paths, *options, **how):
        """`run` on paths in the order given, by a list."""
        name = self.at(f"list-{time.monotonic_ns()}")
        with open(name, "wb") as stream:
            stream.write(b"".join(os.fsencode(path) + b"\0" for path in paths))
        try:
            return self.preprocess([], "--files-from", name, "-0", *options, **how)
        finally:
            os.unlink(name)

    def assert_no_leftovers(self, out):
        """No partial file stays beside a finished or failed output."""
        left = [name for name in os.listdir(os.path.dirname(out)) if name.endswith(".partial")]
        self.assertEqual(left, [])

    def assert_nothing_written(self, out):
        """A refused or stopped run left neither array nor index under a final name."""
        self.assertFalse(os.path.exists(out), out)
        self.assertFalse(os.path.exists(index_beside(out)), index_beside(out))

    def assert_one_line_error(self, result, *words):
        """One clear line, the program's name first, no control characters, holding `words`."""
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 1, str(result))
        self.assertTrue(lines[0].startswith("pixscale: "), str(result))
        self.assertTrue(lines[0].isprintable(), repr(lines[0]))
        for word in words:
            self.assertIn(word, lines[0])


def limit(kind, value):
    """A preexec function that lowers a resource limit."""
    return lambda: resource.setrlimit(kind, (value, value))


def main():
    """unittest.main, but when every test was skipped the status says so to CTest."""
    outcome = unittest.main(module="__main__", exit=False, warnings="ignore").result
    if not outcome.wasSuccessful():
        sys.exit(1)
    if outcome.testsRun and outcome.testsRun == len(outcome.skipped):
        sys.exit(SKIPPED)
