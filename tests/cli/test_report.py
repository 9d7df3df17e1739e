#!/usr/bin/python3
"""`pixscale report`: one page that is whole, loads nothing, and shows what the records say."""
import html.parser
import json
import os
import random
import re
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program
import records

GNUPLOT = shutil.which("gnuplot")
NO_PATH = {"PATH": "/nonexistent"}
VOID = {"meta", "br", "hr", "img", "link", "input"}
# Attributes that make a browser fetch something, or run it.
LOADING = {"src", "srcset", "data", "action", "formaction", "poster", "background", "ping", "cite"}


class Page(html.parser.HTMLParser):
    """Checks that a page is well formed while it reads it; keeps what tests ask about."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.references, self.tags = [], [], [], []
        self.text, self.attributes, self.tables, self.wrong = "", [], [], []
        self.feed(text)
        self.close()
        if self.open:
            self.wrong.append(f"still open: {self.open}")

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.keep(tag, attributes)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.keep(tag, attributes)

    def keep(self, tag, attributes):
        for name, value in attributes:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value)
            elif name == "href":
                self.references.append(value)
            self.references += re.findall(r"url\(([^)]*)\)", value or "")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data
        if self.open and self.open[-1] in ("td", "th"):
            self.tables[-1][-1][-1] += data


class Report(program.ProgramTest):
    def setUp(self):
        super().setUp()
        random.seed(self.id())

    def report(self, *arguments, status=program.CLEAN, **how):
        return self.check(program.run("report", *arguments, cwd=self.folder, **how), status)

    def page(self, *arguments, **how):
        """The page on standard output, with all that must hold for every page."""
        text = self.report(*arguments, "-o", "-", **how).out.decode("utf-8")
        page = Page(text)
        self.assertEqual(page.wrong, [])
        self.assertEqual(len(page.ids), len(set(page.ids)))
        self.assertLessEqual(set(page.tags), {
            "html", "head", "meta", "title", "style", "body", "main", "header", "section", "footer",
            "p", "h1", "h2", "h3", "ul", "li", "b", "span", "figure", "figcaption", "div", "table",
            "caption", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "details", "summary",
            "svg", "g", "path", "text", "tspan", "use", "defs", "rect", "circle", "polygon",
            "polyline", "line", "clippath"})
        for tag, name, value in page.attributes:
            self.assertNotIn(name, LOADING)
            self.assertFalse(name.startswith("on"), (tag, name))
            self.assertNotIn("javascript:", value.lower())
        for reference in page.references:
            self.assertTrue(reference.startswith("#"), reference)
            self.assertIn(reference[1:], page.ids)
        style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
        self.assertNotRegex(style, r"url\(|@import|https?:")
        used = set(re.findall(r"var\(--([\w-]+)\)", text))
        for scheme in re.findall(r":root\{([^}]*)\}", style):
            self.assertLessEqual(used, set(re.findall(r"--([\w-]+):", scheme)))
        self.assertEqual(len(re.findall(r":root\{", style)), 2)
        self.assertIn("default-src 'none'", dict(
            (n, v) for t, n, v in page.attributes if t == "meta" and n == "content").get(
                "content", "") or text)
        return page, text

    def sweep(self, name="a.jsonl", **how):
        return self.write(name, records.lines(records.sweep(**how)))

    def fit(self, *paths):
        return json.loads(program.run("fit", "--json", *paths).out)["groups"]

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_one_group(self):
        path = self.sweep(items=50)
        page, text = self.page("a.jsonl")
        group = self.fit(path)[0]
        self.assertIn(group["verdict"], page.text)
        self.assertLess(text.index('id="verdict"'), text.index('id="figures"'))
        self.assertLess(text.index('id="figures"'), text.index('id="tables"'))
        self.assertEqual(page.tags.count("figure"), 7)
        self.assertEqual(page.tags.count("svg"), 14)  # wide and narrow
        for fact in ("desk", "Example CPU 9000", "libgomp", "dynamic,1", "Linux 6.1"):
            self.assertIn(fact, page.text)
        self.assertNotIn("xmlns", text)
        self.assertNotIn("Gnuplot", text)
        # Colours that cannot follow light and dark are only those of words on coloured ground.
        self.assertLessEqual(set(re.findall(r"rgb\(\s*(\d+),\s*(\d+),\s*(\d+)\)", text)),
                             {("255", "255", "255"), ("0", "0", "0")})

    def test_tables_are_what_fit_says(self):
        path = self.sweep()
        page, _ = self.page("a.jsonl", env=NO_PATH)
        group = self.fit(path)[0]
        points = page.tables[0]
        self.assertEqual([row[0] for row in points[1:]], ["1", "2", "4", "8"])
        for row, point in zip(points[1:], group["points"]):
            self.assertEqual(int(row[1]), point["runs"])
            self.assertAlmostEqual(float(row[2].split()[0]), point["seconds"],
                                   delta=6e-4 * point["seconds"])
            self.assertAlmostEqual(float(row[4].rstrip("x")), point["speedup"], delta=0.006)
            self.assertAlmostEqual(float(row[6].split()[0]), 100 * point["efficiency"], delta=0.06)
        ledger = next(t for t in page.tables if "imbalance" in t[0] and "speed-up" in t[0])
        for row, wanted in zip(ledger[1:], group["ledger"]):
            cells = [float(cell) for cell in row]
            self.assertAlmostEqual(sum(cells[1:6]), cells[0], delta=0.03)
            self.assertAlmostEqual(cells[2], wanted["serial"], delta=0.006)
        runs = page.tables[-1]
        self.assertEqual(len(runs) - 1, 16)

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_groups_side_by_side(self):
        self.sweep("a.jsonl")
        self.sweep("b.jsonl", share=0.01, version="0.2.0")
        page, _ = self.page("a.jsonl", "b.jsonl")
        self.assertIn("2 groups compared", page.text)
        self.assertIn("The difference", page.text)
        for group in self.fit(self.at("a.jsonl"), self.at("b.jsonl")):
            self.assertIn(group["verdict"], page.text)
            self.assertIn(group["name"], page.text)

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_hostile_text_is_text(self):
        bad = [records.hostile(r) for r in records.sweep(items=20)]
        bad[5]["guard"].update(contaminated=True, why=records.HOSTILE)
        self.write("a.jsonl", records.lines(bad))
        page, _ = self.page("a.jsonl")
        self.assertIn("<script>alert(1)</script>", page.text)  # readable, and nothing else
        self.assertNotIn("\x1b", page.text)
        self.assertNotIn("\u202e", page.text)
        self.assertEqual(os.listdir(self.folder), ["a.jsonl"])

    def test_records_of_every_kind(self):
        self.write("t.csv", b"threads,seconds\n1,10\n2,5.5\n4,3.2\n1,10.1\n2,5.4\n4,3.3\n")
        page, _ = self.page("t.csv", env=NO_PATH)
        self.assertIn("without a word on the machine", page.text)
        self.write("one.csv", b"threads,seconds\n1,10\n")
        self.page("one.csv", env=NO_PATH)
        out = records.sweep(runs=2)
        for record in out:
            record["guard"].update(contaminated=True, why="steal")
        self.write("out.jsonl", records.lines(out))
        page, _ = self.page("out.jsonl", env=NO_PATH)
        self.assertIn("steal", page.text)
        # A comma in a record's number would be the locale's; there is none.
        self.page("t.csv", env={**NO_PATH, "LC_ALL": "de_DE.UTF-8"})

    def test_without_gnuplot(self):
        self.sweep(items=20)
        result = self.report("a.jsonl", "-o", "a.html", env=NO_PATH)
        self.assert_one_line_error(result, "gnuplot was not found")
        self.assertEqual(result.stdout, "a.html\n")
        with open(self.at("a.html"), encoding="utf-8") as stream:
            page = Page(stream.read())
        self.assertEqual((page.wrong, page.tags.count("svg")), ([], 0))
        self.assertIn("The figures are missing", page.text)

    def test_files(self):
        self.sweep()
        self.write("a.html", b"mine")
        result = self.report("a.jsonl", "-o", "a.html", status=program.USAGE)
        self.assert_one_line_error(result, "a.html", "--force")
        with open(self.at("a.html"), "rb") as stream:
            self.assertEqual(stream.read(), b"mine")
        self.report("a.jsonl", "-o", "a.html", "--force", env=NO_PATH)
        self.assertGreater(os.path.getsize(self.at("a.html")), 5000)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.html", "a.jsonl"])
        result = self.report("a.jsonl", "-o", "no/a.html", status=program.OUTPUT, env=NO_PATH)
        self.assert_one_line_error(result, "no/a.html")
        self.assert_one_line_error(self.report("a.jsonl", status=program.USAGE), "-o")
        self.assert_one_line_error(self.report("-o", "b.html", status=program.USAGE), "no records")

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_the_same_records_make_the_same_page(self):
        self.sweep()
        self.assertEqual(self.page("a.jsonl")[1], self.page("a.jsonl")[1])


if __name__ == "__main__":
    program.main()
