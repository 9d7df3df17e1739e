#!/usr/bin/python3
"""Memory, files and renames fail under the other commands, one call at a time: a command then ends
by itself, and says why in one line or has the result of an undisturbed run.

Without an argument, a few calls of each kind; with `all`, many more."""
import errno
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program
import injection
import records

injection.needed()
ALL = "all" in sys.argv[1:]
STEPS = 16 if ALL else 4  # calls of a kind that are tried, once and for good

KINDS = [("malloc", errno.ENOMEM), ("thread", errno.EAGAIN), ("open", errno.EIO),
         ("open", errno.EMFILE), ("read", errno.EIO), ("write", errno.ENOSPC),
         ("fsync", errno.EIO), ("rename", errno.EXDEV), ("stat", errno.EIO)]

# Command lines; whether two undisturbed runs leave the same bytes.
COMMANDS = {
    "fit": (["fit", "r.jsonl"], True),
    "fit-json": (["fit", "r.jsonl", "--json", "--predict", "16"], True),
    "predict": (["predict", "r.jsonl", "--json"], True),
    "predict-nodes": (["predict", "r.jsonl", "--nodes", "1..9", "--json"], True),
    "report": (["report", "r.jsonl", "-o", "page.html"], True),
    "plot": (["plot", "r.jsonl", "-o", "plots"], True),
    "synth": (["synth", "-n", "5", "--max-side", "220", "-t", "2", "-q", "made"], True),
    "sweep": (["sweep", "in", "-t", "1,2", "--budget", "0", "-o", "s.jsonl", "-q"], False),
    "sweep-program": (["sweep", "-t", "1,2", "--budget", "0", "-o", "s.jsonl", "-q", "--",
                       "/bin/true"], False),
    "calibrate": (["calibrate", "--quick", "--runs", "2", "--cases", "knee", "--keep", "k.jsonl"],
                  False),
    "toast": (["bakery", "toast", "-t", "2", "-n", "4", "--minute", "1us"], False),
    "manifest": (["manifest", "in", "-o", "m", "--profile", "m.jsonl", "-q", "-t", "2"], False),
    "manifest-list": (["manifest", "list", "--list"], True),
    "info": (["info", "--json"], False),
}
# What takes seconds: of these few calls are tried, and without `all` only of memory.
SLOW = ("calibrate", "sweep", "sweep-program", "plot", "report")


class Commands(program.ProgramTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(os.path.join(cls.shared, "r.jsonl"), "wb") as stream:
            stream.write(records.lines(records.sweep(teams=(1, 2, 4), runs=3, items=8)))
        pictures = os.path.join(cls.shared, "in")
        made = program.run("synth", "-n", "4", "--max-side", "210", "-q", pictures)
        assert made.status == program.CLEAN, str(made)
        made = program.run("manifest", "in", "-o", "list", "-q", cwd=cls.shared)
        assert made.status == program.CLEAN, str(made)

    def go(self, name, kind="open", **how):
        self.work = self.at("work")
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.shared, self.work)
        return injection.run(*COMMANDS[name][0], kind=kind, cwd=self.work,
                             report=self.at("report"), **how)

    def left(self):
        """{name: bytes} of the files that a command wrote; without pictures of gnuplot's, which
        may hold the time."""
        found = {}
        for folder, _, names in os.walk(self.work):
            for name in names:
                path = os.path.join(folder, name)
                place = os.path.relpath(path, self.work)
                if place != "r.jsonl" and not place.startswith("in/"):
                    with open(path, "rb") as stream:
                        found[place] = stream.read()
        return found

    def assert_told(self, result):
        """One line of ours, or one for each of several causes; nothing of a crash."""
        self.assertRegex(result.stderr, r"(?m)^pixscale: [ -~]{9,}$", str(result))
        for line in result.stderr.splitlines():
            self.assertRegex(line, r"^(pixscale: |libgomp: |  |$)", str(result))

    def assert_held(self, name, result, before, files):
        self.assertIn(result.status, (program.CLEAN, program.SOME_FAILED, program.OUTPUT),
                      str(result))
        if result.status != program.CLEAN:
            self.assert_told(result)
        elif COMMANDS[name][1]:
            self.assertEqual(result.out, before.out, str(result))
            now = self.left()
            for place, data in files.items():
                self.assertIn(place, now, str(result))
                if place.endswith((".gp", ".html", ".jpg")):
                    self.assertEqual(now[place], data, f"{place}: {result}")
        leftovers = [place for place in self.left() if place.endswith((".partial", ".journal"))]
        self.assertEqual(leftovers, [], str(result))
        if "runtime gave up" not in result.stderr:
            self.assertEqual(result.left, before.left, str(result))

    def try_all(self, name):
        slow = name in SLOW
        runs, steps = 0, max(1, STEPS // 8) if slow else STEPS
        for kind, error in KINDS if ALL or not slow else KINDS[:1]:
            before = self.go(name, kind)
            self.assertIn(before.status, (program.CLEAN, program.SOME_FAILED), str(before))
            files = self.left()
            for at in range(1, before.calls + 1, max(1, before.calls // steps)):
                for always in (False, True) if ALL else (at % 2 == 0,):
                    with self.subTest(kind=kind, error=errno.errorcode[error], at=at,
                                      always=always):
                        result = self.go(name, kind, at=at, always=always, error=error)
                        self.assert_held(name, result, before, files)
                        runs += 1
        print(f"{name}: {runs} runs")


def add_tests():
    for name in COMMANDS:
        setattr(Commands, f"test_{name.replace('-', '_')}",
                lambda self, name=name: self.try_all(name))


if __name__ == "__main__":
    sys.argv = [argument for argument in sys.argv if argument != "all"]
    add_tests()
    program.main()
