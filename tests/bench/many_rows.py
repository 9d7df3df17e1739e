#!/usr/bin/python3
"""What very many rows take: a list frozen, shards of it planned and run, one array merged.

Usage: many_rows.py PIXSCALE LIST_RANGE MEASURE [--rows 1000000,3000000,10000000] [--folder DIR]
                    [--ahead 100000000] [--shard-rows 100000] [--threads N] [--no-shards]
                    [--markdown FILE] [--json FILE]

The names are hard links to a few pictures of 64x64 pixels and some 1 KB: each is an input of its
own to whoever walks the folders, and takes no room but that of its name. They, the list and the
array go below --folder (default: the temporary folder), some 500 bytes a row in all; a tmpfs gives
each of its names an inode, of which it may not have enough. Shards have --shard-rows rows however
long the list is, as they would have of a longer one, and run one after the other. The arrays are of
8x8 pixels, so that writing them does not hide the rest. --no-shards freezes and plans only.

Every figure is that of a process of its own: wall clock, and the largest resident set that the
kernel saw; where shards are planned, the median of some. Phases are from the commands' records.
Seconds are those of this machine and of whoever else is at work on it; bytes are not.

Behind the measured columns stand --ahead rows: the straight line through what was measured, every
point weighted by its relative error, and how far the farthest of three or more lies off it. What a
shard takes of so long a list is measured there, too: the list is made of the blocks of the longest
one over and over, and one shard of it is planned and run.

Every line of the index is looked at, and rows from each part of the array; the exit status is 1
when they are not as they must be.
"""
import argparse
import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import zlib

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
BEGINNING = ("open", "scan", "plan")  # phases of a run before its first picture
HEAD = 64  # bytes; the format is in src/dataset/manifest_file_rows.h
TABLE = numpy.dtype([("at", "<u8"), ("cost", "<u8"), ("crc", "<u4")])


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


def lengthen(source, path, rows):
    """A frozen list of at least so many rows: the full blocks of another, over and over."""
    with open(source, "rb") as stream:
        data = stream.read()
    a_block, = struct.unpack_from("<I", data, 12)
    count, size, cost, checksum, frozen, at = struct.unpack_from("<6Q", data, 16)
    table, full = numpy.frombuffer(data, TABLE, offset=at), count // a_block
    require(full > 0, f"a list of {count} rows has no full block to be copied")
    if full < len(table):
        at, cost = int(table["at"][full]), int(table["cost"][full])
    needed = -(-rows // a_block)
    turn, block = numpy.divmod(numpy.arange(needed + 1), full)
    longer = numpy.empty(needed + 1, TABLE)
    longer["at"] = table["at"][block] + turn.astype("u8") * (at - HEAD)
    longer["cost"] = table["cost"][block] + turn.astype("u8") * cost
    longer["crc"] = table["crc"][block]
    end, raw = longer[-1], longer[:-1].tobytes()
    head = bytearray(data[:HEAD])
    struct.pack_into("<I", head, 8, 0)
    struct.pack_into("<6Q", head, 16, needed * a_block, size * int(turn[-1] + 1), end["cost"],
                     checksum, frozen, end["at"])
    struct.pack_into("<I", head, 8, zlib.crc32(raw, zlib.crc32(head)))
    with open(path, "wb") as stream:
        stream.write(head)
        while stream.tell() < end["at"]:
            stream.write(data[HEAD:min(at, HEAD + int(end["at"]) - stream.tell())])
        stream.write(raw)


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
        self.list, self.longer = os.path.join(folder, "list"), os.path.join(folder, "longer")
        self.out = os.path.join(folder, "out.npy")
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

    def planned(self, name, rows, part):
        """Seconds and bytes of loading range k of n from the middle of a list."""
        n = rows // part
        samples = [self.run(self.options.list_range, name, n // 2 + 1, n) for _ in range(TIMES)]
        return statistics.median(s.wall for s in samples), max(s.peak for s in samples)

    def plan(self, told, rows, part):
        """Not of all rows: who loads the whole list checks its hash, too."""
        seconds, peak = self.planned(self.list, rows, part) if rows >= 2 * part else (None, None)
        told(f"plan_{part}", f"planning a shard of {part:,} rows: time", "seconds", seconds)
        told(f"plan_{part}_peak", "– memory", "bytes", peak)

    def shard(self, name, k, n):
        return self.run(self.options.pixscale, "run", "--manifest", name, "-o", self.out, "--size",
                        f"{SIDE}x{SIDE}", "-q", *self.threads, "--shard", f"{k}/{n}", "--profile",
                        self.records)

    def look_ahead(self, told, rows):
        """What one shard takes of a list that is as long."""
        part = self.options.shard_rows
        lengthen(self.list, self.longer, rows)
        for some in (part, 10 * part):
            seconds, peak = self.planned(self.longer, rows, some)
            told(f"plan_{some}", seconds)
            told(f"plan_{some}_peak", peak)
        room = shutil.disk_usage(os.path.dirname(self.out)).free
        if not self.options.no_shards and room > 2 * rows * SIDE * SIDE * 3:
            sample = self.shard(self.longer, rows // part // 2 + 1, rows // part)
            told("shard_begin", sample.phase(*BEGINNING))
            told("shard_first", sample.phase(*BEGINNING))
            told("shard_peak", sample.peak)
            shutil.rmtree(self.out + ".shards")
        os.unlink(self.longer)

    def shards(self, told, rows):
        part = self.options.shard_rows
        n = max(1, rows // part)
        samples = [self.shard(self.list, k, n) for k in range(1, n + 1)]
        left = self.out + ".shards"
        journals = sum(os.path.getsize(os.path.join(left, name)) for name in os.listdir(left)
                       if name.endswith(".journal"))
        what = f"a shard of {part:,} rows"
        told("shard_begin", f"{what}: time before its first picture", "seconds",
             statistics.median(s.phase(*BEGINNING) for s in samples))
        told("shard_first", "– of the first, which makes the array", "seconds",
             samples[0].phase(*BEGINNING))
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


def line_through(rows, values, ahead):
    """What the straight line through these, by least squares of relative errors, is `ahead`, and
    how far the farthest lies off it, as a share; None where there are too few to tell."""
    known = [(row, value) for row, value in zip(rows, values) if value]
    if len(known) < 2:
        return None, None
    x, weight = numpy.array([row for row, _ in known]) / ahead, 1 / numpy.array([v for _, v in known])
    columns = numpy.stack([weight, weight * x], 1)
    line = numpy.linalg.lstsq(columns, numpy.ones(len(known)), rcond=None)[0]
    if line[1] < 0:  # nothing shrinks with more rows: what does not grow was disturbed
        line = numpy.array([weight.sum() / (weight ** 2).sum(), 0])
    off = float(numpy.abs(columns @ line - 1).max())
    return float(line.sum()), off if len(known) > 2 else None


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

    def __init__(self, ahead):
        self.ahead, self.rows, self.figures = ahead, [], {}

    def begin(self, rows):
        self.rows.append(rows)

    def add(self, name, what, unit, value):
        figure = self.figures.setdefault(name, {"name": name, "what": what, "unit": unit,
                                                "measured": []})
        figure["measured"].append(value)

    def add_ahead(self, name, value):
        self.figures[name]["measured_ahead"] = value

    def extrapolate(self):
        for figure in self.figures.values():
            figure["ahead"], figure["residual"] = line_through(self.rows, figure["measured"],
                                                               self.ahead)

    def markdown(self):
        heads = ["", *(f"{rows:,} rows" for rows in self.rows), f"{self.ahead:,} rows", "off by"]
        lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
        for figure in self.figures.values():
            off, measured = figure["residual"], figure.get("measured_ahead")
            cells = [figure["what"], *(show(value, figure["unit"]) for value in figure["measured"])]
            if measured is not None:
                cells += [show(measured, figure["unit"]), "measured"]
            else:
                cells += [show(figure["ahead"], figure["unit"]), "" if off is None else f"{off:.1%}"]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"

    def json(self):
        return json.dumps({"rows": self.rows, "ahead": self.ahead,
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
    parser.add_argument("--ahead", type=int, default=100_000_000)
    parser.add_argument("--shard-rows", type=int, default=100_000)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--no-shards", action="store_true")
    parser.add_argument("--folder")
    parser.add_argument("--markdown")
    parser.add_argument("--json")
    return parser.parse_args()


def tell(table, options):
    table.extrapolate()
    print(table.markdown(), end="", flush=True)
    if options.markdown:
        write(options.markdown, table.markdown())
    if options.json:
        write(options.json, table.json())


def main():
    options = parse()
    table = Table(options.ahead)
    with tempfile.TemporaryDirectory(prefix="pixscale-rows-", dir=options.folder) as folder:
        study = Study(options, folder, Names(folder))
        for rows in options.rows:
            table.begin(rows)
            study.measure(table.add, rows)
            print(f"{rows:,} rows are done", file=sys.stderr, flush=True)
        study.look_ahead(table.add_ahead, options.ahead)
        tell(table, options)  # before millions of names are removed


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"many_rows: {failure}")
