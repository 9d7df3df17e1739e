#!/usr/bin/python3
"""Text of strangers is data wherever it comes out: in messages, tables, CSV, JSON, figures, pages.

What may stand raw in an output is judged by Python's own tables of Unicode, what an output means by
readers that are not ours: csv, json, html.parser, shlex, gnuplot.
"""
import csv
import html.parser
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import unicodedata
import unittest
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

program.python3_modules("numpy", "PIL")
import numpy

import pictures
import records

GNUPLOT = shutil.which("gnuplot")
TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}

# Each may be a file's name: no slash, no NUL, at most 255 bytes.
NAMES = [
    b"\x1b[2J\x1b]0;x\x07", b"two\nlines", b"cr\rlf\ttab\x7f", b"q'uo\"te", b"com,ma;se\\mi",
    b"`touch x`", b"$(touch x)", b"; touch x;", b"|touch x", b"%s%n%1000000d", b"<script>alert(1)",
    b"<img src=x onerror=alert(1)>", b"\"onload=\"alert(1)", b"'onload='alert(1)", b"&amp;&lt;&#0;",
    b"-->]]><!--", b"--help", b"-rf", b"\xff\xfe\xc0\x80", b"\xe2\x80\xaegpj.\xe2\x81\xa6",
    b"\xc2\x9b2J\xc2\x85\xe2\x80\xa8", b"\"; system 'touch x'; \"", b"'; system 'touch x'; '",
    b"'; set output '|touch x' #", b"\\\nsystem 'touch x'\n#", b"EOD", b"\nEOD\nsystem 'touch x'\n",
    b"_a^b{@c}&{d}~e{f}", b"\\alpha$x^2$\\input{x}", b"@m {} !touch x", b"=1+1", b"#no",
    b"\xf0\x9f\x8d\x9e \xc3\xa9 \xe2\x82\xac", b"n" * 250, b"\xc3\xa4" * 125, b"\n" * 250, b" ", b"~",
]
# What may stand in a record: more than a name may.
TEXTS = [os.fsdecode(name).encode("utf-8", "replace").decode() for name in NAMES] + [
    "</script></style></svg></title><script>alert(1)</script>", "\u00e4" * 3000, "x" + "\u20ac" * 3000,
    "a/../../x", "{/Symbol a}{/=40 b}", "\U000e0041\ufeff\u200b"]


def escaped(name):
    """What should be shown of these bytes."""
    shown = ""
    for char in name.decode("utf-8", "surrogateescape"):
        raw = char.encode("utf-8", "surrogateescape")
        if char == "\n":
            shown += "\\n"
        elif unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            shown += "".join(f"\\x{byte:02x}" for byte in raw)
        else:
            shown += char
    return shown


class Elements(html.parser.HTMLParser):
    """The kinds of elements and attributes of a page, those inside drawings too."""

    def __init__(self, text):
        super().__init__()
        self.kinds, self.text = set(), ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.kinds |= {(tag,)} | {(tag, name) for name, _ in attrs}

    def handle_comment(self, data):
        self.kinds.add("a comment")

    def unknown_decl(self, data):
        self.kinds.add("a declaration")

    handle_pi = unknown_decl

    def handle_data(self, data):
        self.text += data


class Untrusted(program.ProgramTest):
    def setUp(self):
        super().setUp()
        random.seed(self.id())
        self.picture = pictures.jpeg(pictures.texture(numpy.random.default_rng(1), 40, 30, 3))

    def tearDown(self):
        found = [name for _, folders, names in os.walk(os.fsencode(self.folder))
                 for name in folders + names if name == b"x"]
        self.assertEqual(found, [], "a name or text was run as a command")

    def assert_harmless(self, data):
        """UTF-8 in which nothing steers a terminal, turns the direction or ends a line but ours."""
        for char in set(data.decode("utf-8")) - {"\n"}:
            self.assertNotIn(unicodedata.category(char), ("Cc", "Zl", "Zp"), ascii(char))
            self.assertNotIn(unicodedata.bidirectional(char), TURNS, ascii(char))

    def go(self, *arguments, status=program.CLEAN, **how):
        result = program.run(*arguments, cwd=self.folder, **how)
        self.assert_harmless(result.out)
        self.assert_harmless(result.err)
        return self.check(result, status)


class Paths(Untrusted):
    def fill(self):
        """A good and a bad file of every name; their paths, as an index of the folder has them."""
        paths = []
        for name in NAMES:
            for folder, data in ((b"in/good/", self.picture), (b"in/bad/", b"no picture, but text")):
                self.write(os.fsdecode(folder + name), data)
                paths.append(folder + name)
        return sorted(paths)

    def index(self, name="out.index.csv"):
        with open(self.at(name), "rb") as stream:
            self.assert_harmless(stream.read())
        return program.read_index(self.at(name))

    def test_names_of_inputs(self):
        paths = self.fill()
        result = self.go("run", "in", "-o", "out.npy", "-v", status=program.SOME_FAILED)
        self.assertEqual([line["path"] for line in self.index()], paths)
        said = [line for line in result.stderr.splitlines() if ": unsupported: " in line]
        self.assertEqual([line.rpartition(": unsupported: ")[0] for line in said],
                         ["pixscale: " + escaped(p) for p in paths if p.startswith(b"in/bad/")])

    def test_names_of_a_list_and_of_operands(self):
        paths = [path for path in self.fill() if path.startswith(b"in/good/")]
        self.write("list", b"".join(path + b"\0" for path in paths))
        self.go("run", "--files-from", "list", "-0", "-o", "out.npy")
        self.assertEqual([line["path"] for line in self.index()], paths)
        self.go("run", "-o", "two.npy", "--", *paths)
        self.assertEqual([line["path"] for line in self.index("two.index.csv")], paths)
        bare = sorted(os.path.basename(path) for path in paths)  # among them some that begin with "-"
        result = program.run("run", "-o", self.at("three.npy"), "--", *bare,
                             cwd=self.at("in", "good"))
        self.assertEqual([line["path"] for line in self.index("three.index.csv")], bare, str(result))

    def test_labels(self):
        for name in NAMES:
            self.write(os.fsdecode(b"in/" + name + b"/a.jpg"), self.picture)
        self.go("run", "in", "--label-from", "folder", "-o", "out.npy")
        with open(self.at("out.index.csv"), newline="", encoding="utf-8") as stream:
            labels = [program.unescape(line["label"]) for line in csv.DictReader(stream)]
        self.assertEqual(sorted(labels), sorted(NAMES))

    def test_names_of_outputs(self):
        self.write("a.jpg", self.picture)
        for name in NAMES:
            with self.subTest(name=name):
                out = b"./" + name + b".npy" if len(name) < 240 else b"./" + name[:230] + b".npy"
                text = self.go("run", "a.jpg", b"--output=" + out, "--json").out
                told = json.loads(text)
                self.assertEqual(program.unescape(told["output"]), out)
                self.assertEqual(program.unescape(told["index"]), out[:-4] + b".index.csv")
                text = self.go("run", "a.jpg", b"-o" + out, "--force").stdout
                self.assertIn("  array   " + escaped(out) + "  (1,", text)
                self.go("run", "a.jpg", b"-o" + out, status=program.USAGE)

    def test_a_path_of_4000_bytes(self):
        folder = b"/".join([b"\x1b" * 250] * 15)  # escaped it is four times as long
        os.makedirs(os.path.join(os.fsencode(self.folder), folder))
        self.write(os.fsdecode(folder + b"/a.jpg"), self.picture)
        self.write(os.fsdecode(folder + b"/b.jpg"), b"text")
        out = folder + b"/out.npy"
        told = self.go("run", folder, "-o", out, "--json", status=program.SOME_FAILED)
        self.assertEqual(program.unescape(json.loads(told.out)["output"]), out)
        index = program.read_index(os.path.join(os.fsencode(self.folder), folder, b"out.index.csv"))
        self.assertEqual([line["path"] for line in index], [folder + b"/a.jpg", folder + b"/b.jpg"])
        error = self.go("run", folder, "-o", out, status=program.USAGE)
        self.assert_one_line_error(error, "--force")  # what to do is not lost behind the path
        error = self.go("run", folder + b"/none", "-o", "o.npy", status=program.USAGE)
        self.assert_one_line_error(error, "cannot read input '", "No such file or directory")

    def test_sample_sets(self):
        for name in NAMES[:25]:
            folder = b"./" + name
            out = self.go("synth", "-n1", "--max-side", "200", "--json", folder).out
            self.assertEqual(program.unescape(json.loads(out)["folder"]), folder)
            out = self.go("synth", "-n1", "--max-side", "200", "--force", folder).stdout
            self.assertTrue(out.startswith(escaped(folder) + ": 1 pictures"), out)

    def test_recorded_command(self):
        self.write("a.jpg", self.picture)
        self.go("run", "-q", "--profile", "p.jsonl", "-o", "out.npy", "a.jpg", "--index=i.csv",
                "--include", b"".join(NAMES[:12]), "--include=*")
        with open(self.at("p.jsonl"), encoding="utf-8") as stream:
            command = json.loads(stream.read())["job"]["command"]
        words = shlex.split(os.fsdecode(program.unescape(command)))
        self.assertEqual(os.fsencode(words[words.index("--include") + 1]), b"".join(NAMES[:12]))


class Messages(Untrusted):
    WORST = [b"".join(NAMES[:9]) + b"\xe2\x80\xae", b"-" + NAMES[0], NAMES[18], b"z" * 3000 + b"\x1b",
             b"\xc3\xa4" * 2000, b"%n%s%p"]

    def test_one_line_whatever_is_named(self):
        self.write("a.jpg", self.picture)
        for worst in self.WORST:
            path = b"./" + worst
            for arguments in (
                    [b"x" + worst], ["run", "--" + os.fsdecode(worst), "a.jpg"],
                    ["run", path, "-o", "o.npy"], ["run", "a.jpg", "-o", path + b"/o.npy"],
                    ["run", "a.jpg", "-o", "o.npy", b"--size=" + worst],
                    ["run", "a.jpg", "-o", "o.npy", b"--filter=" + worst],
                    ["run", "a.jpg", "-o", "o.npy", b"--profile=" + path + b"/p"],
                    ["run", "-o", "o.npy", b"--files-from=" + path],
                    ["fit", path], ["plot", path], ["report", path, "-o", "o.html"],
                    ["predict", path], ["fit", b"--predict=" + worst, "a.jpg"],
                    ["plot", b"--only=" + worst, "a.jpg"], ["predict", b"--what-if=" + worst, "a.jpg"],
                    ["synth", "-n", "1", b"a.jpg/" + worst], ["synth", b"-n" + worst, "d"],
                    ["bakery", b"x" + worst], ["bakery", "toast", b"--slices=" + worst],
                    ["lesson", b"x" + worst], ["lesson", b"--pictures=" + path, "1"],
                    ["lesson", "--all", b"--handout=" + path + b"/h"],
                    ["calibrate", b"x" + worst], ["calibrate", b"--only=" + worst],
                    ["info", b"x" + worst], ["sweep", b"--output=" + path + b"/p", "a.jpg"],
                    ["sweep", "-q", "--output=s.jsonl", "--threads=1", "--", path]):
                with self.subTest(arguments=arguments):
                    result = program.run(*arguments, cwd=self.folder)
                    self.assertIn(result.status, (program.USAGE, program.OUTPUT), str(result))
                    self.assert_harmless(result.err)
                    self.assert_one_line_error(result)
                    self.assertLess(len(result.err), 1100)

    def test_environment(self):
        for worst in self.WORST:
            result = self.go("info", status=program.USAGE,
                             env={"PIXSCALE_SIMD": os.fsdecode(worst)})
            self.assert_one_line_error(result, "see pixscale info")
            # OpenMP's runtime has nothing to say about these two.
            for form in ("--json", "-t"):
                out = program.run("info", *([form] if form == "--json" else []), cwd=self.folder,
                                  env={"OMP_WAIT_POLICY": os.fsdecode(worst)}).out
                self.assert_harmless(out)
                if form == "--json":
                    json.loads(out)

    def test_a_program_and_its_messages(self):
        for worst in [*NAMES[:12], *NAMES[18:25]]:
            path = b"./" + worst
            with open(os.path.join(os.fsencode(self.folder), worst), "wb") as stream:
                stream.write(b"#!/bin/sh\nprintf '%s' \"$1\" >&2\nexit 3\n")
            os.chmod(stream.name, 0o755)
            result = self.go("sweep", "-q", "--threads", "1", "-o", "s.jsonl", "--", path, worst,
                             status=program.OUTPUT)
            self.assertIn(escaped(path) + " failed with exit status 3", result.stderr)
            for line in worst.split(b"\n"):
                self.assertIn(escaped(line), result.stderr.splitlines())

    def test_records_of_a_program(self):
        worst = [b"".join(NAMES[:12]), *NAMES[12:25]]
        records_file = b"./" + NAMES[0] + NAMES[18]
        self.go("sweep", "--threads", "1,2", "--budget", "0.1s", "-o", records_file, "--",
                "/bin/true", *worst)
        with open(os.path.join(os.fsencode(self.folder), records_file), encoding="utf-8") as stream:
            command = json.loads(stream.readline())["job"]["command"]
        self.assertEqual(shlex.split(os.fsdecode(program.unescape(command))),
                         ["/bin/true", *map(os.fsdecode, worst)])
        out = self.go("sweep", "--threads", "1", "--budget", "0.1s", "--json", "-o", records_file,
                      "--", "/bin/true").out
        self.assertEqual(program.unescape(json.loads(out)["records"]), records_file)
        self.go("fit", records_file)


class Planted(Untrusted):
    """Files of measurements with a text wherever one may be."""

    def replaced(self, value, text):
        """The same record with `text` in the place of all that may be any text."""
        if isinstance(value, dict):
            fixed = ("schema", "kind", "work", "manifest_hash", "schedule")
            return {key: inner if key in fixed else self.replaced(inner, text)
                    for key, inner in value.items()}
        if isinstance(value, list):
            return [self.replaced(inner, text) for inner in value]
        return text if isinstance(value, str) else value

    def sweep(self, text, name="a.jsonl"):
        """Records of one text everywhere, of runs that were left out too."""
        runs = [self.replaced(run, text) for run in records.sweep(teams=(1, 2, 4), runs=3, items=6)]
        runs[4]["guard"].update(contaminated=True, why=text)
        return self.write(name, records.lines(runs))

    def quoted(self, text):
        return b'"' + text.encode().replace(b'"', b'""').replace(b"\n", b" ") + b'"'

    def table(self, texts, name="t.csv"):
        """Times of several programs, whose names are the texts; a line has an end."""
        texts = [text[:1200] for text in texts]
        rows = [b"%s,%d,%.6f" % (self.quoted(text), threads, random.gauss(1, 0.01) * (0.1 + i + 9 / threads))
                for i, text in enumerate(texts) for threads in (1, 2, 4) for _ in range(3)]
        return self.write(name, b"\n".join([b"name,threads,seconds", *rows, b""]))


class Records(Planted):
    def test_tables_and_json(self):
        for text in TEXTS:
            with self.subTest(text=text[:40]):
                self.sweep(text)
                self.go("fit", "a.jsonl")
                group = json.loads(self.go("fit", "--json", "a.jsonl").out)["groups"][0]
                self.assertIsNotNone(group["verdict"])
                self.assertIsNotNone(group["name"])
                self.write("one.jsonl", records.lines([self.replaced(
                    records.planted([0.5, 0.1]), text)]))
                self.go("predict", "one.jsonl")
                told = json.loads(self.go("predict", "--json", "one.jsonl").out)
                self.assertEqual(told["source"]["host"], escaped(text.encode()))
                self.go("predict", "one.jsonl", "--nodes", "1,2")

    def test_a_wrong_record_is_one_line(self):
        plain = records.record(2)
        for text in TEXTS:
            for wrong in ({**plain, "schema": text}, {**plain, text: 1, "wall_ns": text},
                          {**plain, "omp": {**plain["omp"], "delivered": text}}):
                self.write("a.jsonl", records.lines([wrong]))
                self.assert_one_line_error(self.go("fit", "a.jsonl", status=program.USAGE), "a.jsonl")
            for broken in (text.encode(), b'{"' + text.encode(), b'{"schema": "' + text.encode()):
                self.write("b.jsonl", b"{" + broken.replace(b"\n", b" ") + b"\xff")
                self.assert_one_line_error(self.go("fit", "b.jsonl", status=program.USAGE))

    def test_every_reader_names_a_wrong_line(self):
        good = json.dumps(records.record(2)).encode()
        for wrong in (b"\x1b" + good, good[:-20], good.replace(b"profile/1", b"\\u001b/\\u202e"),
                      b'{"a":' * 100000, b'{"schema":"pixscale.profile/1","wall_ns":NaN}'):
            self.write("a.jsonl", good + b"\n" + wrong + b"\n")
            for command in (["fit"], ["plot"], ["report", "-o", "a.html"], ["predict"]):
                result = self.go(*command, "a.jsonl", status=program.USAGE)
                self.assert_one_line_error(result, "a.jsonl:2: ")
        self.assertEqual(os.listdir(self.folder), ["a.jsonl"])

    def test_cells_of_csv(self):
        for text in TEXTS[:len(NAMES)]:
            cell = self.quoted(text)
            for wrong in (b"threads,seconds," + cell + b"\n", b"threads,seconds\n" + cell + b",1\n",
                          b"threads,seconds\n1," + cell + b"\n"):
                self.write("a.csv", wrong)
                if cell.strip(b'" ') != b"":
                    self.assert_one_line_error(self.go("fit", "a.csv", status=program.USAGE), "a.csv:")

    def test_names_of_programs(self):
        texts = [text for text in TEXTS if len(text.encode()) < 300 and text.strip()]
        self.table(texts)
        self.go("fit", "t.csv")
        groups = json.loads(self.go("fit", "--json", "t.csv").out)["groups"]
        self.assertEqual(len(groups), len(texts))
        for text, group in zip(texts, groups):
            shown = "t.csv: " + escaped(text.replace("\n", " ").encode())
            name = group["name"].rpartition("...")[0] if len(shown) > 100 else group["name"]
            self.assertTrue(shown.startswith(name) and name, ascii(group["name"]))

    def test_results_of_hyperfine(self):
        results = [{"command": text, "times": [1.0 / p, 1.01 / p],
                    "parameters": {"threads": str(p), "kind" + text[:20]: text}}
                   for text in TEXTS for p in (1, 2)]
        self.write("h.json", json.dumps({"results": results}).encode())
        self.go("fit", "h.json")
        self.assertEqual(len(json.loads(self.go("fit", "--json", "h.json").out)["groups"]), len(TEXTS))
        results[1]["parameters"]["threads"] = "\x1b"
        self.write("h.json", json.dumps({"results": results}).encode())
        self.assert_one_line_error(self.go("fit", "h.json", status=program.USAGE))


class Drawn(Planted):
    """Figures and pages: a part of the texts here, all of them in test_untrusted_figures.py."""
    names = [NAMES[0], NAMES[20]]
    texts = [TEXTS[15], *TEXTS[20:25]]
    swept = TEXTS[22:23]

    def test_pages_and_figures_are_named(self):
        self.write("a.jsonl", records.lines(records.sweep(runs=2, items=4)))
        for name in self.names:
            path = b"./" + name
            result = self.go("report", "a.jsonl", "-o", path + b".html")
            self.assertIn(escaped(path) + ".html", result.stdout)
            result = self.go("plot", "a.jsonl", "--only", "speedup", "-o", path)
            self.assertIn(escaped(path) + "/speedup.gp", result.stdout)
            self.go("plot", "a.jsonl", "--only", "speedup", "-o", path, env={"PATH": "/nonexistent"})
            result = self.go("lesson", "--plan", "90", "--handout", path + b"2.html")
            self.assertEqual(result.stdout, escaped(path) + "2.html\n")

    def check_figures(self, folder):
        """Scripts draw again, alone and silently; what they draw is whole and refers to nothing."""
        scripts = [name for name in os.listdir(self.at(folder)) if name.endswith(".gp")]
        self.assertNotEqual(scripts, [])
        for script in scripts:
            with open(self.at(folder, script), "rb") as stream:
                self.assert_harmless(stream.read())
            figure = self.at(folder, script[:-3] + ".svg")
            os.unlink(figure)
            again = subprocess.run([GNUPLOT, "--default-settings", script], cwd=self.at(folder),
                                   capture_output=True, timeout=60, check=False)
            self.assertEqual((again.returncode, again.stdout, again.stderr), (0, b"", b""))
            for element in xml.etree.ElementTree.parse(figure).iter():
                self.assertNotRegex(element.tag.lower(), r"script|foreignobject|}image$|}a$")
                self.assertFalse([key for key in element.attrib if key.lower().startswith("on")])

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_names_of_programs_in_figures(self):
        for first in range(0, len(self.texts), 6):
            self.table([text for text in self.texts[first:first + 6] if text.strip()])
            self.go("plot", "t.csv", "--only", "speedup", "-o", f"p{first}")
            self.check_figures(f"p{first}")
            self.go("plot", "t.csv", "--only", "speedup", "--term")

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_text_of_records_in_figures(self):
        for number, text in enumerate(self.swept):
            self.sweep(text)
            self.go("plot", "a.jsonl", "--only", "ledger,stages,timeline", "-o", f"q{number}")
            self.check_figures(f"q{number}")
            self.write("one.jsonl", records.lines([self.replaced(
                records.planted([0.5, 0.1]), text)]))
            self.go("predict", "one.jsonl", "-o", f"r{number}")
            self.check_figures(f"r{number}")
            self.go("predict", "one.jsonl", "--nodes", "1..9", "-o", f"s{number}")
            self.check_figures(f"s{number}")

    def page(self, **how):
        result = self.check(program.run("report", "a.jsonl", "t.csv", "-o", "-", cwd=self.folder,
                                        **how), program.CLEAN)
        self.assert_harmless(result.out.replace(b"\t", b""))  # gnuplot writes tabs between elements
        return Elements(result.out.decode())

    def test_pages(self):
        blanks = "plain  words"  # gnuplot marks text of several blanks
        self.sweep(blanks)
        self.table([blanks, "simple"])
        plain = self.page()
        for first in range(0, len(TEXTS), 2):
            texts = TEXTS[first:first + 2]
            with self.subTest(texts=texts):
                self.sweep(texts[0])
                self.table([text if text.strip() else "blank" for text in texts])
                drawn = texts[0] in self.swept
                page = self.page(env={} if drawn else {"PATH": "/nonexistent"})
                self.assertEqual(page.kinds - plain.kinds, set())
                self.assertIn(escaped(texts[0].encode())[:60], page.text)


if __name__ == "__main__":
    program.main()
