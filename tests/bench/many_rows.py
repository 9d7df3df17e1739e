#!/usr/bin/python3
"""What very many rows take: a list frozen, shards of it planned and run, one array merged.

Usage: many_rows.py PIXSCALE LIST_RANGE MEASURE [--rows 1000000,3000000,10000000] [--folder DIR]
                    [--shard-rows 100000] [--threads N] [--no-shards] [--markdown FILE] [--json FILE]

The names are hard links to a few pictures of 64x64 pixels and some 1 KB: each is an input of its
own to whoever walks the folders, and takes no room but that of its name. They, the list and the
array go below --folder (default: the temporary folder), some 500 bytes a row in all; a tmpfs gives
each of its names an inode, of which it may not have enough. Shards have --shard-rows rows however
long the list is, as they would have of a longer one, and run one after the other. The arrays are of
8x8 pixels, so that writing them does not hide the rest. --no-shards freezes and plans only.

Every figure is that of a process of its own: wall clock, and the largest resident set that the
kernel saw; where shards are planned, the median of some. Phases are from the commands' records.
Seconds are those of this machine and of whoever else is at work on it; bytes are not. Behind the
measured columns stand the straight line through them at 100 million rows, every point weighted by
its relative error, and how far the farthest of three or more lies off the line. Every line of the
index is looked at, and rows from each part of the array; the exit status is 1 when they are not as
they must be.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import numpy

import oracle
import pictures
import program

A_FOLDER = 10_000    # names
SOURCES = 8          # pictures
MOST_LINKS = 50_000  # of one file; ext4 allows 65,000
SIDE = 8
TIMES = 5
AHEAD = 100_000_000


class Failure(Exception):
    """What was made is wrong, or a command failed."""


def require(holds, what):
    if not holds:
        raise Failure(what)


class Names:
    """Folders of links, which grow from one number of rows to the next."""

    def __init__(self, folder):
        self.top, self.sources = os.path.join(folder, "photos"), os.path.join(folder, "sources")
        os.mkdir(self.top)
        os.mkdir(self.sources)
        random = numpy.random.default_rng(8)
        self.data = [pictures.jpeg(pictures.texture(random, 64, 64, 3), quality=30 + 5 * i)
                     for i in range(SOURCES)]
        self.count = 0

    def name(self, number):
        return f"{self.top}/shelf-{number // A_FOLDER:05}/product-{number:010}.jpg"

    def source(self, number):
        return f"{self.sources}/{number // SOURCES // MOST_LINKS:04}-{number % SOURCES}.jpg"

    def grow(self, count):
        for number in range(self.count, count):
            if number % A_FOLDER == 0:
                os.mkdir(os.path.dirname(self.name(number)))
            if number // SOURCES % MOST_LINKS == 0:
                with open(self.source(number), "wb") as stream:
                    stream.write(self.data[number % SOURCES])
            os.link(self.source(number), self.name(number))
        self.count = max(self.count, count)

    def rows(self):
        """What the pictures look like in the array."""
        return numpy.stack([oracle.sized(oracle.opened(self.source(i)), (SIDE, SIDE), "bicubic")
                            for i in range(SOURCES)])


class Sample:
    """One process: wall seconds, peak bytes, and the record that it has added to a file, or None."""

    def __init__(self, wall, peak, record):
        self.wall, self.peak, self.record = wall, peak, record

    def phase(self, *names):
        """Seconds of the phases of these names."""
        return sum(phase["wall_ns"] for phase in self.record["phases"]
                   if phase["name"] in names) / 1e9


class Study:
    """The commands on one number of rows."""

    def __init__(self, options, folder, names):
        self.options, self.names = options, names
        self.list, self.out = os.path.join(folder, "list"), os.path.join(folder, "out.npy")
        self.records = os.path.join(folder, "records.jsonl")
        self.threads = ["--threads", str(options.threads)] if options.threads else []

    def run(self, *words):
        """Runs a command to its end, which must be a good one."""
        profile = "--profile" in words
        done = subprocess.run([self.options.measure, *map(str, words)],
                              env=program.environment(), stdout=subprocess.PIPE, text=True,
                              check=True).stdout.split()
        require(int(done[0]) == 0, f"exit status {done[0]} of {' '.join(map(str, words))}")
        record = None
        if profile:
            with open(self.records, encoding="utf-8") as stream:
                record = json.loads(stream.readlines()[-1])
            os.unlink(self.records)
        return Sample(float(done[2]), int(done[3]) * 1024, record)

    def freeze(self, told, rows):
        sample = self.run(self.options.pixscale, "manifest", self.names.top, "-o", self.list, "-qf",
                          *self.threads, "--profile", self.records)
        size = os.path.getsize(self.list)
        told("list", "the frozen list", "bytes", size)
        told("freeze", "freezing it: time", "seconds", sample.wall)
        told("freeze_walk", "– of that the walk", "seconds", sample.phase("scan"))
        told("freeze_peak", "– memory", "bytes", sample.peak)
        require(sample.record["job"]["items"] == rows, "the list has not as many rows as names")

    def plan(self, told, rows, part):
        """Range k of n of about `part` rows, from the middle, where the search is longest."""
        n = max(1, rows // part)
        samples = [self.run(self.options.list_range, self.list, n // 2 + 1, n)
                   for _ in range(TIMES)]
        what = f"planning a shard of {part:,} rows"
        told(f"plan_{part}", f"{what}: time", "seconds", statistics.median(s.wall for s in samples))
        told(f"plan_{part}_peak", "– memory", "bytes", max(s.peak for s in samples))

    def shards(self, told, rows):
        part = self.options.shard_rows
        n = max(1, rows // part)
        samples = [self.run(self.options.pixscale, "run", "--manifest", self.list, "-o", self.out,
                            "--size", f"{SIDE}x{SIDE}", "-q", *self.threads, "--shard", f"{k}/{n}",
                            "--profile", self.records) for k in range(1, n + 1)]
        left = self.out + ".shards"
        journals = sum(os.path.getsize(os.path.join(left, name)) for name in os.listdir(left)
                       if name.endswith(".journal"))
        what = f"a shard of {part:,} rows"
        told("shard_begin", f"{what}: time before its first picture", "seconds",
             statistics.median(s.phase("open", "scan", "plan") for s in samples))
        told("shard_first", "– of the first, which makes the array", "seconds",
             samples[0].phase("open", "scan", "plan"))
        told("shard_peak", "– memory of all of it", "bytes", max(s.peak for s in samples))
        told("journals", "journals of all shards", "bytes", journals)
        told("shards", "all shards, one after the other: time", "seconds",
             sum(s.wall for s in samples))

    def merge(self, told):
        sample = self.run(self.options.pixscale, "merge", self.out, "-q", "--profile", self.records)
        told("merge", "merging: time", "seconds", sample.wall)
        for name, what in (("check", "looking at the shards"), ("index", "the index"),
                           ("sync", "having all on disk")):
            told(f"merge_{name}", f"– of that {what}", "seconds", sample.phase(name))
        told("merge_peak", "– memory", "bytes", sample.peak)
        told("index", "the index", "bytes", os.path.getsize(program.index_beside(self.out)))
        told("array", f"the array, {SIDE}x{SIDE}", "bytes", os.path.getsize(self.out))

    def check(self, rows):
        """All lines of the index, and the rows at both ends of each thousandth of the array."""
        array, wanted = numpy.load(self.out, mmap_mode="r"), self.names.rows()
        require(array.shape == (rows, SIDE, SIDE, 3), f"the array's shape is {array.shape}")
        step = max(1, rows // 1000)
        for number in sorted({*range(0, rows, step), *range(step - 1, rows, step), rows - 1}):
            require(numpy.array_equal(array[number], wanted[number % SOURCES]),
                    f"row {number} is of another picture")
        sizes = [len(data) for data in self.names.data]
        number = -1
        with open(program.index_beside(self.out), encoding="utf-8") as stream:
            next(stream)
            for number, line in enumerate(stream):
                require(line == f"{number},{self.names.name(number)},ok,64,64,jpeg,RGB,"
                                f"{sizes[number % SOURCES]},\n", f"the index says {line!r}")
        require(number + 1 == rows, "the index has not as many lines as rows")
        require(not os.path.exists(self.out + ".shards"), "the shards were not removed")

    def measure(self, told, rows):
        self.names.grow(rows)
        self.freeze(told, rows)
        self.plan(told, rows, self.options.shard_rows)
        self.plan(told, rows, 10 * self.options.shard_rows)
        if self.options.no_shards:
            return
        self.shards(told, rows)
        self.merge(told)
        self.check(rows)
        os.unlink(self.out)
        os.unlink(program.index_beside(self.out))


def line_through(rows, values):
    """What the straight line through these, by least squares of relative errors, is AHEAD, and how
    far the farthest lies off it, as a share; None where there are too few to tell."""
    if len(rows) < 2 or min(values) <= 0:
        return None, None
    x, weight = numpy.array(rows) / AHEAD, 1 / numpy.array(values)
    columns = numpy.stack([weight, weight * x], 1)
    line = numpy.linalg.lstsq(columns, numpy.ones(len(rows)), rcond=None)[0]
    off = float(numpy.abs(columns @ line - 1).max())
    return float(line.sum()), off if len(rows) > 2 else None


def show(value, unit):
    if value is None:
        return ""
    if unit == "seconds":
        return f"{value:.3g} s" if value < 100 else f"{value:,.0f} s"
    for size, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "KB")):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.0f} bytes"


class Table:
    """Figures by name, one of each for every number of rows that was measured."""

    def __init__(self):
        self.rows, self.figures = [], {}

    def begin(self, rows):
        self.rows.append(rows)

    def add(self, name, what, unit, value):
        figure = self.figures.setdefault(name, {"name": name, "what": what, "unit": unit,
                                                "measured": []})
        figure["measured"].append(value)

    def extrapolate(self):
        for figure in self.figures.values():
            figure["ahead"], figure["residual"] = line_through(self.rows, figure["measured"])

    def markdown(self):
        heads = ["", *(f"{rows:,} rows" for rows in self.rows), f"{AHEAD:,}, extrapolated", "off by"]
        lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
        for figure in self.figures.values():
            off = figure["residual"]
            cells = [figure["what"], *(show(value, figure["unit"]) for value in figure["measured"]),
                     show(figure["ahead"], figure["unit"]), "" if off is None else f"{off:.1%}"]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"

    def json(self):
        return json.dumps({"rows": self.rows, "ahead": AHEAD,
                           "figures": list(self.figures.values())}, indent=1) + "\n"


def write(path, text):
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pixscale", type=os.path.abspath)
    parser.add_argument("list_range", type=os.path.abspath)
    parser.add_argument("measure", type=os.path.abspath)
    parser.add_argument("--rows", default="1000000,3000000,10000000",
                        type=lambda text: sorted({int(number) for number in text.split(",")}))
    parser.add_argument("--shard-rows", type=int, default=100_000)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--no-shards", action="store_true")
    parser.add_argument("--folder")
    parser.add_argument("--markdown")
    parser.add_argument("--json")
    return parser.parse_args()


def main():
    options, table = parse(), Table()
    with tempfile.TemporaryDirectory(prefix="pixscale-rows-", dir=options.folder) as folder:
        study = Study(options, folder, Names(folder))
        for rows in options.rows:
            table.begin(rows)
            study.measure(table.add, rows)
            print(f"{rows:,} rows are done", file=sys.stderr, flush=True)
    table.extrapolate()
    print(table.markdown(), end="")
    if options.markdown:
        write(options.markdown, table.markdown())
    if options.json:
        write(options.json, table.json())


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"many_rows: {failure}")
