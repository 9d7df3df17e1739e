#!/usr/bin/python3
"""`pixscale lesson`: what is listed, what every lesson measures, the page, and wrong options."""
import html.parser
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program
from neighbours import Neighbours

WAITING = ["1", "2", "3", "4"]  # lessons whose claims hold on any machine
FIGURE = "3"  # of these the one with a figure
VOID = {"meta", "br", "hr", "img", "link", "input"}
LOADING = {"src", "srcset", "data", "action", "formaction", "poster", "background", "ping", "cite"}
ATTEMPTS = 6  # a machine that others use may be late now and then


class Page(html.parser.HTMLParser):
    """Checks that a page is well formed while it reads it, and that it loads nothing."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.references, self.wrong, self.text = [], [], [], [], ""
        self.tags = []
        self.feed(text)
        self.close()
        if self.open:
            self.wrong.append(f"still open: {self.open}")

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        self.look(tag, attributes)

    def handle_startendtag(self, tag, attributes):
        self.look(tag, attributes)

    def look(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name in LOADING or name.startswith("on"):
                self.wrong.append(f"<{tag} {name}>")
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.references.append(value)
            self.references += re.findall(r"url\(([^)]*)\)", value or "")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


class Lesson(program.ProgramTest):
    def lesson(self, *arguments, status=program.CLEAN, **how):
        how["env"] = {"TMPDIR": self.folder, **how.get("env", {})}
        return self.check(program.run("lesson", *arguments, cwd=self.folder, **how), status)

    def read(self, text):
        """A page with all that must hold for every page."""
        page = Page(text)
        self.assertEqual(page.wrong, [])
        self.assertEqual(len(page.ids), len(set(page.ids)))
        for reference in page.references:
            self.assertTrue(reference.startswith("#"), reference)
            self.assertIn(reference[1:], page.ids)
        self.assertIn("default-src 'none'", text)
        style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
        self.assertNotRegex(style, r"url\(|@import|https?:")
        used = set(re.findall(r"var\(--([\w-]+)\)", text))
        for scheme in re.findall(r":root\{([^}]*)\}", style):
            self.assertLessEqual(used, set(re.findall(r"--([\w-]+):", scheme)))
        return page

    def numbers(self):
        """Numbers and names of the lessons there are, from the list."""
        return re.findall(r"^ +(\d+)  (\w+) +\d+  ", self.lesson("--list").stdout, re.MULTILINE)

    def test_list(self):
        listed = self.lesson("--list").stdout
        self.assertEqual(listed, self.lesson().stdout)
        self.assertEqual([number for number, _ in self.numbers()][:4], WAITING)
        self.assertIn("pixscale lesson 1", listed)
        self.assertTrue(all(len(line) < 96 for line in listed.splitlines()))
        self.assertEqual(os.listdir(self.folder), [])

    def test_waiting_claims_hold(self):
        """Each once, that is; a late sleeper may spoil another claim the next time."""
        late = [number for number in WAITING if number != FIGURE]
        held, neighbours = set(), Neighbours()
        for attempt in range(ATTEMPTS):
            time.sleep(attempt)
            result = program.run("lesson", *late, "--json", "--brief", "-q", cwd=self.folder,
                                 env={"TMPDIR": self.folder})
            self.assertIn(result.status, (program.CLEAN, program.SOME_FAILED), str(result))
            answer = json.loads(result.stdout)
            self.assertEqual(answer["schema"], "pixscale.lesson/1")
            self.assertEqual([str(lesson["number"]) for lesson in answer["lessons"]], late)
            claims = [(lesson["number"], i, claim) for lesson in answer["lessons"]
                      for i, claim in enumerate(lesson["claims"])]
            self.assertEqual(any(claim["outcome"] != "held" for *_, claim in claims),
                             result.status == program.SOME_FAILED)
            held |= {(number, i) for number, i, claim in claims if claim["outcome"] == "held"}
            failed = [entry for entry in claims if entry[:2] not in held]
            for lesson in answer["lessons"]:
                self.assertGreaterEqual(len(lesson["claims"]), 2)
                for claim in lesson["claims"]:
                    self.assertEqual(claim["outcome"] == "held",
                                     claim["least"] <= claim["measured"] <= claim["most"])
            if not failed:
                break
            late = sorted({str(number) for number, *_ in failed})
        if failed and program.sanitized():
            self.skipTest(f"an instrumented program on a busy machine: {failed}")
        if failed:
            neighbours.excuse(self)
        self.assertEqual(failed, [])
        self.assertEqual(os.listdir(self.folder), [])  # the scratch folder is gone

    def test_batch(self):
        neighbours = Neighbours()
        for attempt in range(ATTEMPTS):
            time.sleep(attempt)
            result = program.run("lesson", FIGURE, "--batch", "--brief",
                                 env={"TMPDIR": self.folder})
            if result.status != program.SOME_FAILED:
                break
        if result.status == program.SOME_FAILED and program.sanitized():
            self.skipTest("an instrumented program on a busy machine")
        if result.status == program.SOME_FAILED:
            neighbours.excuse(self)
        self.check(result, program.CLEAN)
        for words in ("QUESTION", "MEASURING", "MEASURED", "WHY", "CHECKED", "TRY NEXT",
                      "\n$ OMP_NUM_THREADS=1 pixscale bakery toast", " held, 0 not held, 0 skipped"):
            self.assertIn(words, result.stdout)
        for words in ("prediction (", "FOR THE TEACHER", "[Enter"):
            self.assertNotIn(words, result.stdout)
        self.assertEqual(result.stderr, "")
        self.assertTrue(result.stdout.isascii())
        for line in result.stdout.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_no_terminal(self):
        result = program.run("lesson", "2", "--brief", env={"TMPDIR": self.folder, "OMP_SCHEDULE": "static"})
        self.assertIn(result.status, (program.CLEAN, program.SOME_FAILED), str(result))
        self.assertIn("not a terminal", result.stderr)
        self.assertIn("OMP_", result.stderr)
        self.assertIn("CHECKED", result.stdout)

    def test_teachers_notes(self):
        result = program.run("lesson", "2", "--answers", "--brief", "-q", env={"TMPDIR": self.folder})
        self.assertIn("FOR THE TEACHER", result.stdout)
        self.assertNotIn("$ pixscale bakery coffee --minute 50ms\n", result.stdout)
        self.assertEqual(result.stderr, "")

    def test_plans(self):
        every = [number for number, _ in self.numbers()]
        for plan, wanted in (("90", every), ("45", [n for n in every if n in "13478"])):
            page = self.read(self.lesson("--plan", plan, "--handout", "-").stdout)
            self.assertEqual(re.findall(r"Lesson (\d+): .*, \d+ minutes\n", page.text), wanted)

    def test_empty_handout(self):
        self.assertEqual(self.lesson("--handout", "a.html").stdout, "a.html\n")
        with open(self.at("a.html"), encoding="utf-8") as stream:
            page = self.read(stream.read())
        for number, _ in self.numbers():
            self.assertIn(f"pixscale lesson {number}", page.text)
        self.assertIn("My prediction", page.text)
        for words in ("For the teacher", "The answer", "Checked on"):
            self.assertNotIn(words, page.text)
        self.assert_one_line_error(self.lesson("--handout", "a.html", status=program.USAGE),
                                   "a.html", "--force")
        self.lesson("--handout", "a.html", "--force")
        self.assertEqual(os.listdir(self.folder), ["a.html"])

    def test_handout_with_answers(self):
        result = program.run("lesson", "2", FIGURE, "--handout", "a.html", "--answers", "--brief", "-q",
                             cwd=self.folder, env={"TMPDIR": self.folder})
        self.assertIn(result.status, (program.CLEAN, program.SOME_FAILED), str(result))
        with open(self.at("a.html"), encoding="utf-8") as stream:
            page = self.read(stream.read())
        for words in ("For the teacher", "The answer", "Checked on this machine",
                      "OMP_NUM_THREADS=32 pixscale bakery toast -n 96 --serial 0.1"):
            self.assertIn(words, page.text)
        self.assertNotIn("My prediction", page.text)
        self.assertEqual("svg" in page.tags, "gnuplot is not installed" not in page.text)
        self.assertEqual(os.listdir(self.folder), ["a.html"])

    def test_without_gnuplot(self):
        result = program.run("lesson", FIGURE, "--batch", "--brief", "-q",
                             env={"TMPDIR": self.folder, "PATH": "/nonexistent"})
        self.assertIn(result.status, (program.CLEAN, program.SOME_FAILED), str(result))
        self.assertIn("gnuplot is not installed", result.stdout)
        self.assertIn("speed-up", result.stdout)

    def test_wrong_options(self):
        for arguments, words in (
                (["0"], ["'0'", "--list"]), (["9"], ["'9'"]), (["tost"], ["'tost'"]),
                (["1x"], ["'1x'"]), (["--plan", "60"], ["60"]), (["1", "--plan", "45"], ["--plan"]),
                (["1", "--force"], ["--handout"]), (["--json", "--handout", "a"], ["--json"]),
                (["1", "--pictures", "nowhere"], ["nowhere"]), (["1"] * 9, ["8"]),
                (["--handout", "no/a.html"], ["no/a.html"])):
            with self.subTest(arguments=arguments):
                status = program.OUTPUT if "no/a.html" in arguments else program.USAGE
                result = self.lesson(*arguments, status=status)
                self.assert_one_line_error(result, *words)
                self.assertEqual(result.out, b"")
        result = self.lesson("2", "--batch", env={"TMPDIR": self.at("no")}, status=program.OUTPUT)
        self.assert_one_line_error(result, "no", "No such file")
        # Before the runs: nobody shall wait for a page that has no place.
        result = self.lesson("1", "--answers", "--handout", "no/a.html", status=program.OUTPUT)
        self.assert_one_line_error(result, "no/a.html")

    def interrupted(self, arguments, disturb):
        """A lesson that is disturbed when it measures; its status."""
        process = program.spawn(["lesson", *arguments], env={"TMPDIR": self.folder},
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, start_new_session=True)
        for line in process.stdout:
            if line.startswith(b"$ "):
                break
        disturb(process)
        status = process.wait(60)
        process.stdout.close()
        with self.assertRaises(ProcessLookupError):  # nor are its runs still there
            os.killpg(process.pid, 0)
        self.assertEqual(os.listdir(self.folder), [])
        return status

    def test_stopped(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            status = self.interrupted(["1", "--batch"], lambda p: p.send_signal(number))
            self.assertEqual(status, 128 + number)

    def test_nobody_reads_on(self):
        self.assertEqual(self.interrupted(["1", "--batch"], lambda p: p.stdout.close()),
                         128 + signal.SIGPIPE)

    def converse(self, answers, *arguments):
        """The lesson at a terminal of its own with a learner who waits for each prompt: (status,
        what was said)."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.update(program.environment(TMPDIR=self.folder))
            os.execv(program.BINARY, [program.BINARY, "lesson", *arguments])
        said, answers, end = b"", list(answers), time.monotonic() + 120
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                more = os.read(terminal, 65536)
            except OSError:  # the other side is closed
                break
            if not more:
                break
            said += more
            if answers and said.rstrip(b" ").endswith((b"leaves):", b"leaves]")):
                os.write(terminal, answers.pop(0))
                said += b" "
        else:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        return os.waitstatus_to_exitcode(status), said.decode().replace("\r", "")

    def test_at_a_terminal(self):
        status, said = self.converse([b"six\n", b"9 minutes\n", b"\n"], "2", "--brief")
        self.assertEqual(status, program.CLEAN, said)
        for words in ("That is not a number", "You said 9: ", "too much", "WHY", "TRY NEXT"):
            self.assertIn(words, said)
        for answer in (b"q\n", b"\x04"):
            status, said = self.converse([answer], "2", "1")
            self.assertEqual(status, program.CLEAN, said)
            self.assertIn("another time: pixscale lesson 2", said)
            self.assertNotIn("MEASURING", said)
        status, _ = self.converse([b"\x03"], "2")
        self.assertEqual(status, 130)
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    program.main()
