"""Runs the program with one of its calls failing, by the launcher tests/faults/inject.c."""
import errno
import os
import subprocess
import sys

import program

LAUNCHER = os.environ.get("INJECT", "")
SECONDS = 300  # after which a run hangs


class Injected(program.Result):
    """What a run left, and how many calls it made, how many failed, which descriptors stayed."""

    def __init__(self, status, out, err, calls, failed, left):
        super().__init__(status, out, err, 0)
        self.calls, self.failed, self.left = calls, failed, left

    def __str__(self):
        return f"{super().__str__()}\n{self.failed} of {self.calls} calls failed, left {self.left}"


def sanitizers():
    """Options by which the sanitizers let a library be preloaded, and look for leaks."""
    before = program.environment()
    return {"ASAN_OPTIONS": before["ASAN_OPTIONS"] + ":verify_asan_link_order=0",
            "LD_PRELOAD": None}


def run(*arguments, kind, at=0, always=False, error=errno.EIO, path="", report, env=None,
        cwd=None, stdin=b"", preexec=None):
    """Runs the program; call number `at` of the kind fails, with `always` all after it, too."""
    command = [LAUNCHER, kind, str(at), "always" if always else "once", str(error), path, report,
               program.BINARY, *map(os.fspath, arguments)]
    with subprocess.Popen(command, env=program.environment(**sanitizers(), **(env or {})), cwd=cwd,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          preexec_fn=preexec) as process:
        try:
            out, err = process.communicate(stdin, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"still running after {SECONDS} s: {command}") from None
    if process.returncode == program.SKIPPED:
        raise RuntimeError(err.decode())
    with open(report, encoding="utf-8", errors="surrogateescape") as stream:
        calls, failed, left = map(int, stream.readline().split())
        names = sorted(stream.read().splitlines())
    return Injected(process.returncode, out, err, calls, failed, names if left >= 0 else None)


def needed():
    """Skips the test file where calls cannot be made to fail."""
    if not LAUNCHER:
        print("skipped: INJECT names no launcher")
        sys.exit(program.SKIPPED)
    try:
        run("--version", kind="open", report=os.devnull)
    except RuntimeError as why:
        print(f"skipped: {why}")
        sys.exit(program.SKIPPED)
    except ValueError:  # /dev/null tells no counts
        pass
