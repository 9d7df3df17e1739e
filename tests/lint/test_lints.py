#!/usr/bin/env python3
"""Plants violations and checks that each lint finds them: a lint that cannot fail protects nothing.

usage: test_lints.py -v        (CC names the compiler, else cc)
"""

import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
CC = os.environ.get("CC", "cc")

GOOD = {
    "src/base/clock.h": "/* time */\n#ifndef PIXSCALE_BASE_CLOCK_H\n#define PIXSCALE_BASE_CLOCK_H\n"
                        "\nint clock_now(void);\n\n#endif\n",
    "src/base/clock.c": '#include "base/clock.h"\n\n#include <time.h>\n\n'
                        "int clock_now(void)\n{\n    return (int)time(0);\n}\n",
    "src/image/options.h": "#ifndef PIXSCALE_IMAGE_OPTIONS_H\n#define PIXSCALE_IMAGE_OPTIONS_H\n"
                           "\nint option_flag(void);\n\n#endif\n",
    "src/image/options.c": '#include "image/options.h"\n\n#include "base/clock.h"\n\n'
                           "int option_flag(void)\n{\n    return clock_now();\n}\n",
    "src/cli/main.c": '#include "image/options.h"\n\n#include <stdio.h>\n\n'
                      'int main(void)\n{\n    return printf("%d", option_flag());\n}\n',
}


class Lint(unittest.TestCase):
    """A tree in a temporary folder: GOOD, and what a test plants in it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.src = self.root / "src"
        for name, text in GOOD.items():
            self.plant(name, text)

    def plant(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def plant_after(self, name, text):
        self.plant(name, GOOD[name] + text)

    def run_lint(self, *args):
        return subprocess.run([sys.executable, HERE / args[0], *map(str, args[1:])],
                              capture_output=True, text=True)

    def passes(self, *args):
        result = self.run_lint(*args)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)

    def finds(self, complaint, *args):
        """The lint must fail, and say this among other things."""
        result = self.run_lint(*args)
        self.assertEqual((result.returncode, result.stderr), (1, ""), result.stdout)
        self.assertIn(complaint, result.stdout)
        return result.stdout

    def finds_only(self, complaint, *args):
        self.assertEqual(self.finds(complaint, *args), complaint + "\n")


class Layering(Lint):
    def lint(self):
        return "layering.py", self.src

    def test_good(self):
        self.passes(*self.lint())

    def test_downward(self):
        self.plant_after("src/base/clock.c", '  #  include "image/options.h"\n')
        self.finds_only("src/base/clock.c:9: base must not know image", *self.lint())

    def test_header_counts(self):
        self.plant_after("src/base/clock.h", '#include "image/options.h"\n')
        self.finds_only("src/base/clock.h:8: base must not know image", *self.lint())

    def test_sideways(self):
        self.plant("src/profile/a.h", "")
        self.plant("src/dataset/b.c", '#include "profile/a.h"\n')
        self.finds_only("src/dataset/b.c:1: dataset must not know profile", *self.lint())

    def test_relative(self):
        self.plant_after("src/base/clock.c", '#include "clock.h"\n#include "../image/options.h"\n')
        text = self.finds('src/base/clock.c:9: "clock.h" is not written as "room/file.h"',
                          *self.lint())
        self.assertIn("src/base/clock.c:10:", text)

    def test_angles(self):
        self.plant_after("src/base/clock.c", "#include <image/options.h>\n")
        self.finds_only('src/base/clock.c:9: <image/options.h> is ours: write "image/options.h"',
                        *self.lint())

    def test_missing(self):
        self.plant_after("src/base/clock.c", '#include "base/nothing.h"\n')
        self.finds_only('src/base/clock.c:9: "base/nothing.h" does not exist', *self.lint())

    def test_unknown_room(self):
        self.plant("src/attic/a.c", "")
        self.finds("src/attic: a room", *self.lint())

    def test_generated(self):
        self.plant("src/cli/version.h.in", "")
        self.plant_after("src/cli/main.c", '#include "cli/version.h"\n')
        self.passes(*self.lint())


class Symbols(Lint):
    def lint(self):
        objects = []
        for path in sorted(self.src.rglob("*.c")):
            name = self.root / "objects" / path.relative_to(self.src)
            name.parent.mkdir(parents=True, exist_ok=True)
            objects.append(name.with_suffix(".c.o"))
            subprocess.run([CC, "-I", self.src, "-c", path, "-o", objects[-1]], check=True)
        return "symbols.py", self.src, *objects

    def test_good(self):
        self.passes(*self.lint())

    def test_function(self):
        self.plant_after("src/base/clock.c", "int now(void)\n{\n    return 1;\n}\n")
        self.finds_only("src/base/clock.c: now is external and does not begin with clock_",
                        *self.lint())

    def test_longer_word(self):
        self.plant_after("src/base/clock.c", "int clocks;\n")
        self.finds_only("src/base/clock.c: clocks is external and does not begin with clock_",
                        *self.lint())

    def test_other_stem(self):
        self.plant_after("src/base/clock.c", "const int option_three = 3;\n")
        self.finds_only("src/base/clock.c: option_three is external and does not begin with clock_",
                        *self.lint())

    def test_file_extends_header(self):
        self.plant("src/base/clock_slow.c", "int clock_slow;\nint clock_later;\n")
        self.passes(*self.lint())
        self.plant("src/base/clockwork.c", "int clock_sooner;\n")
        self.finds_only("src/base/clockwork.c: clock_sooner is external and does not begin with "
                        "clockwork_", *self.lint())

    def test_declared_by_header(self):
        self.plant("src/base/other.c", "int clock_later;\n")
        self.finds_only("src/base/other.c: clock_later is external and does not begin with other_",
                        *self.lint())
        self.plant("src/base/clock.h", GOOD["src/base/clock.h"].replace(
            "\n#endif", "extern int clock_later;\n\n#endif"))
        self.passes(*self.lint())

    def test_static_is_free(self):
        self.plant_after("src/base/clock.c", "static int now;\nint *clock_p(void);\n"
                         "int *clock_p(void)\n{\n    return &now;\n}\n")
        self.passes(*self.lint())

    def test_only_in_cli(self):
        calls = {"exit(1)": "exit: exits", 'printf("%d", 1)': "printf: writes to standard output",
                 'getenv("A")': "getenv: reads the environment",
                 'fputs("a", stdout)': "stdout: writes to standard output"}
        for call, complaint in calls.items():
            with self.subTest(call):
                body = ("#include <stdio.h>\n#include <stdlib.h>\n"
                        f"void clock_f(void)\n{{\n    {call};\n}}\n")
                self.plant_after("src/base/clock.c", body)
                self.finds_only(f"src/base/clock.c: {complaint}, which only cli/ does",
                                *self.lint())

    def test_no_objects(self):
        self.assertNotEqual(self.run_lint("symbols.py", self.src).returncode, 0)


class Headers(Lint):
    def lint(self):
        return "headers.py", self.src, CC, "-std=c11"

    def test_good(self):
        self.passes(*self.lint())

    def test_needs_another(self):
        needy = GOOD["src/base/clock.h"].replace("int clock", "size_t clock")
        self.plant("src/base/clock.h", needy)
        self.finds("src/base/clock.h: does not compile alone:", *self.lint())

    def test_guards(self):
        good = GOOD["src/base/clock.h"]
        guard = "PIXSCALE_BASE_CLOCK_H"
        for bad in (good.replace(guard, "CLOCK_H"), good + "extern int clock_late;\n",
                    good.replace("#define " + guard, "#define PIXSCALE_BASE_COLCK_H"),
                    "#include <time.h>\n" + good):
            with self.subTest(bad):
                self.plant("src/base/clock.h", bad)
                self.finds(f"src/base/clock.h: the include guard is not {guard}", *self.lint())


class Words(Lint):
    def lint(self):
        return "words.py", self.root

    def test_good(self):
        self.passes(*self.lint())

    def test_text(self):
        plants = {b"int a;\t\n": "a tab", b"int a; \n": "blanks at the end of the line",
                  b"int a;\r\n": "a carriage return", b"int a;": "the last line has no end",
                  b"\xff\n": "not UTF-8", b"int a;\n\n": "an empty line at the end of the file"}
        for content, complaint in plants.items():
            for name in ("src/base/plant.c", "tests/unit/plant.c", "CMakeLists.txt", ".ci/run"):
                with self.subTest(name=name, complaint=complaint):
                    path = self.plant(name, content)
                    self.finds(f": {complaint}", *self.lint())
                    path.unlink()

    def test_foreign_files(self):
        for name in ("src/base/notes.txt", "src/base/Clock.c", "src/clock.c", "src/base/a.o",
                     "src/base/deep/a.c"):
            with self.subTest(name):
                path = self.plant(name, "")
                self.finds("src/", *self.lint())
                path.unlink()
                if path.parent.name == "deep":
                    path.parent.rmdir()


class ManPage(Lint):
    HELP = ("Usage: pixscale COMMAND\n\nCommands:\n  run        one\n  info       two\n\nEvery\n",
            "pixscale run: one\n\nOptions:\n  -o, --output FILE         where to --lie\n"
            "      --an-option-so-long-that LINE\n                            breaks\n"
            "  -q, --quiet               say less\n  -h, --help                this\n",
            "pixscale info: two\n\nOptions:\n  -h, --help                this\n")
    PAGE = ('.TH PIXSCALE 1 "" "pixscale 1" "User Commands"\n.SH NAME\npixscale \\- x\n'
            ".SH COMMANDS\n.SS run \\fIINPUT\\fR\nOne.\n.TP\n"
            "\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fIFILE\\fR\nWhere.\n.TP\n"
            "\\fB\\-\\-an\\-option\\-so\\-long\\-that\\fR \\fILINE\\fR\nLong.\n.TP\n"
            "\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR\nLess.\n.SS info\nTwo.\n"
            ".SH OTHER\n.TP\n\\fB\\-\\-help\\fR\nThis.\n")

    def lint(self, page=PAGE, overview=HELP[0], run=HELP[1]):
        program = self.plant("program", "#!/bin/sh\ncase $1 in\n"
                             f"--help) cat <<'END'\n{overview}END\n;;\n"
                             f"run) cat <<'END'\n{run}END\n;;\n"
                             f"info) cat <<'END'\n{self.HELP[2]}END\n;;\nesac\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return "manpage.py", program, self.plant("page.1", page)

    def test_good(self):
        self.passes(*self.lint())

    def test_option_only_in_help(self):
        run = self.HELP[1] + "      --force               more\n"
        self.finds_only("run: --force: in --help, not in the page", *self.lint(run=run))

    def test_option_only_in_page(self):
        run = self.HELP[1].replace("  -q, --quiet               say less\n", "")
        self.finds_only("run: -q, --quiet: in the page, not in --help", *self.lint(run=run))

    def test_placeholder_and_letter(self):
        self.finds("run: -o, --output PATH: in the page, not in --help",
                   *self.lint(page=self.PAGE.replace("FILE", "PATH")))
        self.finds("run: -p, --output FILE: in the page, not in --help",
                   *self.lint(page=self.PAGE.replace("\\fB\\-o", "\\fB\\-p")))

    def test_section_twice(self):
        section = re.search(r"(?ms)^\.SS run.*?(?=^\.S|\Z)", self.PAGE)[0]
        self.finds_only("run: described more than once",
                        *self.lint(page=self.PAGE.replace(section, 2 * section)))

    def test_tasks(self):
        run = self.HELP[1].replace("\nOptions", "\nTasks:\n  info       two\n\nOptions")
        page = self.PAGE.replace(".SS info", ".SS run info\n.TP\n\\fB\\-\\-lie\\fR\nX.\n.SS info")
        self.finds_only("run info: a command that the page does not describe", *self.lint(run=run))
        self.finds("run info: in the page, not among the commands of --help", *self.lint(page=page))
        self.finds("run info: --lie: in the page, not in --help", *self.lint(run=run, page=page))

    def test_command(self):
        self.finds_only("fit: a command that the page does not describe",
                        *self.lint(overview=self.HELP[0].replace("\n\nEvery", "\n  fit  x\n\n")))
        self.finds_only("fit: in the page, not among the commands of --help",
                        *self.lint(page=self.PAGE.replace(".SH OTHER", ".SS fit\n.SH OTHER")))


if __name__ == "__main__":
    unittest.main()
