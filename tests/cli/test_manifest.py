#!/usr/bin/python3
"""`pixscale manifest`: what it freezes is what `run` would read, and what is in the file is read here
by its description alone; what it refuses."""
import csv
import errno
import fcntl
import fractions
import io
import json
import os
import resource
import struct
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import program

BLOCK, HEAD, TABLE_ROW = 4096, 64, 20
KINDS = ["file", "folder", "special", "missing"]


def fnv(rows):
    """manifest_hash: FNV-1a over paths with their zeros, and sizes."""
    value = 0xcbf29ce484222325
    for path, size in rows:
        for byte in path + b"\0" + struct.pack("<Q", size):
            value = (value ^ byte) * 0x100000001b3 % 2 ** 64
    return value


def cost_of(row):
    if row["kind"] != "file":
        return 1
    png = len(row["path"]) > 4 and row["path"].lower().endswith(b".png")
    return 1 + (25000 + 5 * row["bytes"] if png else 300000 + 11 * row["bytes"])


class Varints:
    def __init__(self, data):
        self.data, self.at = data, 0

    def next(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def take(self, count):
        self.at += count
        return self.data[self.at - count:self.at]


def rows_of_block(data, count):
    source, path, mtime = Varints(data), b"", 0
    for _ in range(count):
        flags = source.take(1)[0]
        row = {"kind": KINDS[flags & 3], "error": source.next() if flags & 4 else 0, "bytes": 0,
               "mtime_ns": 0}
        if row["kind"] == "file":
            row["bytes"] = source.next()
            step = source.next()
            mtime += -(step + 1) // 2 if step & 1 else step // 2
            row["mtime_ns"] = mtime
        shared, length = source.next(), source.next()
        path = path[:shared] + source.take(length)
        yield {**row, "path": path}
    assert source.at == len(data)


def read_frozen(path):
    """(totals, rows) of a frozen list; every checksum is looked at."""
    with open(path, "rb") as stream:
        data = stream.read()
    names = "magic crc block rows bytes cost hash frozen table".split()
    totals = dict(zip(names, struct.unpack_from("<8sIIQQQQqQ", data)))
    assert totals["magic"] == b"PXLIST\1\n" and totals["block"] == BLOCK
    end = totals["table"]
    assert zlib.crc32(data[:8] + bytes(4) + data[12:HEAD] + data[end:]) == totals["crc"]
    table = list(struct.iter_unpack("<QQI", data[end:]))
    assert len(table) == -(-totals["rows"] // BLOCK)
    rows = []
    for i, (at, before, crc) in enumerate(table):
        assert sum(map(cost_of, rows)) == before
        block = data[at:table[i + 1][0] if i + 1 < len(table) else end]
        assert zlib.crc32(block) == crc
        rows += rows_of_block(block, min(BLOCK, totals["rows"] - BLOCK * i))
    return totals, rows


def cut(rows, count):
    """The shard of each row, from 0, by fractions."""
    total, before = sum(map(cost_of, rows)), 0
    for row in rows:
        cost = cost_of(row)
        yield (fractions.Fraction(2 * before + cost, 2) * count / total).__floor__()
        before += cost


class Manifest(program.ProgramTest):
    def manifest(self, *arguments, status=program.CLEAN, **how):
        how.setdefault("cwd", self.folder)
        return self.check(program.run("manifest", *arguments, **how), status)

    def refused(self, *arguments, status=program.USAGE, words=(), **how):
        before = sorted(os.listdir(self.folder))
        result = self.manifest(*arguments, status=status, **how)
        self.assertEqual(result.out, b"")
        self.assert_one_line_error(result, *words)
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def some_files(self, count=30):
        for i in range(count):
            self.write(f"in/{i % 4}/{i:05}.{'png' if i % 3 else 'jpg'}", bytes(i * 37 % 5000))

    def test_output_appears_meanwhile(self):
        """A file that somebody makes while the names are read is theirs."""
        process = program.spawn(["manifest", "--files-from", "-", "-o", self.at("m")], stdin=-1,
                                stdout=-1, stderr=-1)
        self.give(process, b"a\nb\n")
        self.write("m", b"precious")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, program.OUTPUT, err)
        self.assertIn(b"--force", err)
        self.assertEqual(os.listdir(self.folder), ["m"])
        with open(self.at("m"), "rb") as stream:
            self.assertEqual(stream.read(), b"precious")

    def test_same_rows_as_a_run(self):
        self.some_files()
        self.write('in/od"d, \xff\n\\name.jpg'.encode("latin-1").decode("utf-8", "surrogateescape"),
                   b"x")
        os.symlink("nowhere", self.at("in/dangling"))
        os.mkfifo(self.at("in/pipe"))
        self.manifest("in", "-o", "m")
        self.check(program.run("run", "in", "-o", "a.npy", "-q", cwd=self.folder),
                   program.SOME_FAILED)
        index = program.read_index(self.at("a.index.csv"))
        totals, rows = read_frozen(self.at("m"))
        self.assertEqual([line["path"] for line in index], [row["path"] for row in rows])
        for row in rows:
            path = os.path.join(os.fsencode(self.folder), row["path"])
            if row["path"] == b"in/dangling":
                self.assertEqual((row["kind"], row["error"]), ("missing", errno.ENOENT))
                continue
            self.assertEqual(row["kind"], "special" if row["path"] == b"in/pipe" else "file")
            if row["kind"] == "file":
                found = os.stat(path)
                self.assertEqual((row["bytes"], row["mtime_ns"]),
                                 (found.st_size, found.st_mtime_ns))
        self.assertEqual(totals["rows"], len(rows))
        self.assertEqual(totals["bytes"], sum(row["bytes"] for row in rows))
        self.assertEqual(totals["cost"], sum(map(cost_of, rows)))
        self.assertEqual(totals["hash"], fnv((row["path"], row["bytes"]) for row in rows))

    def test_what_it_says(self):
        self.some_files()
        result = self.manifest("in", "-o", "m")
        totals, _ = read_frozen(self.at("m"))
        self.assertEqual(result.err, b"")
        self.assertRegex(result.stdout,
                         rf"\Am: 30 rows, \S+ kB, hash {totals['hash']:016x}, in \S+ s\n\Z")
        self.assertRegex(self.manifest("m").stdout,
                         rf"\Am: 30 rows, \S+ kB, hash {totals['hash']:016x}, "
                         r"frozen 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\n\Z")
        told = json.loads(self.manifest("in", "-o", "m", "--force", "--json").stdout)
        self.assertEqual(set(told),
                         {"schema", "manifest", "rows", "bytes", "hash", "frozen_ns", "seconds"})
        shown = json.loads(self.manifest("m", "--json").stdout)
        del told["seconds"]
        self.assertEqual(shown, told)
        self.assertEqual((told["schema"], told["manifest"], told["rows"], told["bytes"]),
                         ("pixscale.manifest/1", "m", 30, totals["bytes"]))
        self.assertEqual(told["hash"], f"{totals['hash']:016x}")
        result = self.manifest("in", "-o", "m", "-q", "-f")
        self.assertEqual((result.out, result.err), (b"", b""))

    def test_list_is_csv(self):
        self.some_files(4)
        odd = self.write('in/a "b", c\n\x1b\\.png', b"12")
        self.manifest("in", "-o", "m")
        out = self.manifest("m", "--list").out
        lines = list(csv.DictReader(io.StringIO(out.decode(), newline="")))
        _, rows = read_frozen(self.at("m"))
        self.assertEqual(out.count(b"\n"), 6)
        self.assertNotIn(b"\x1b", out)
        self.assertEqual([int(line["row"]) for line in lines], list(range(5)))
        for line, row in zip(lines, rows):
            self.assertEqual(program.unescape(line["path"]), row["path"])
            self.assertEqual([line["kind"], int(line["bytes"]), int(line["mtime_ns"]),
                              int(line["cost"])],
                             [row["kind"], row["bytes"], row["mtime_ns"], cost_of(row)])
        self.assertIn(os.fsencode(os.path.relpath(odd, self.folder)), [r["path"] for r in rows])

    def many(self, count=10000):
        """A list of names that need not exist, over several blocks."""
        self.write("real.jpg", bytes(100000))
        names = [b"none/%d/%05d" % (i // 100, i) if i % 7 else b"real.jpg" for i in range(count)]
        self.write("names", b"\0".join(names))
        self.manifest("--files-from", "names", "-0", "-o", "m", "-q")
        return names

    def test_shards(self):
        names = self.many()
        self.assertEqual([row["path"] for row in read_frozen(self.at("m"))[1]], names)
        _, rows = read_frozen(self.at("m"))
        total = sum(map(cost_of, rows))
        for count in (1, 2, 7, 64):
            told = json.loads(self.manifest("m", "--shards", str(count), "--json").stdout)
            owners, at = list(cut(rows, count)), 0
            self.assertEqual(len(told["shards"]), count)
            for k, shard in enumerate(told["shards"]):
                own = [row for row, owner in zip(rows, owners) if owner == k]
                self.assertEqual((shard["shard"], shard["first_row"], shard["rows"]),
                                 (k + 1, at, len(own)))
                self.assertEqual(shard["bytes"], sum(row["bytes"] for row in own))
                self.assertAlmostEqual(shard["share"], sum(map(cost_of, own)) / total, places=7)
                at += len(own)
            table = self.manifest("m", "--shards", str(count)).stdout.splitlines()
            self.assertEqual(table[0].split(), ["shard", "first", "row", "rows", "bytes", "cost"])
            self.assertEqual([int(line.split()[2].replace(",", "")) for line in table[1:]],
                             [shard["rows"] for shard in told["shards"]])

    def test_more_shards_than_rows(self):
        self.some_files(2)
        self.manifest("in", "-o", "m", "-q")
        told = json.loads(self.manifest("m", "--shards", "100", "--json").stdout)["shards"]
        self.assertEqual(len(told), 100)
        self.assertEqual(sum(shard["rows"] for shard in told), 2)

    def test_inputs(self):
        self.some_files(6)
        self.manifest("in", "--include", "*.png", "-o", "m", "-q")
        self.assertEqual([row["path"] for row in read_frozen(self.at("m"))[1]],
                         [b"in/0/00004.png", b"in/1/00001.png", b"in/1/00005.png",
                          b"in/2/00002.png"])
        names = b"in/2/00002.png\ngone\nin\nin/0/00000.jpg\n"
        for arguments in (["-"], ["--files-from", "-"]):
            self.manifest(*arguments, "-fo", "m", "-q", stdin=names)
            rows = read_frozen(self.at("m"))[1]
            self.assertEqual(b"".join(row["path"] + b"\n" for row in rows), names)
            self.assertEqual([row["kind"] for row in rows], ["file", "missing", "folder", "file"])
        one = self.manifest("in", "-fo", "m", "-t", "1", "--json")
        four = self.manifest("in", "-fo", "m", "-t", "4", "--json")
        self.assertEqual(json.loads(one.stdout)["hash"], json.loads(four.stdout)["hash"])

    def test_what_it_writes_is_no_input(self):
        self.write("a.jpg", b"1")
        self.write("m.partial", b"left by a killed one")
        for _ in range(2):
            self.manifest(".", "-fo", "m", "--profile", "r.jsonl", "-q")
            self.assertEqual([row["path"] for row in read_frozen(self.at("m"))[1]], [b"./a.jpg"])
            self.assertEqual(sorted(os.listdir(self.folder)), ["a.jpg", "m", "r.jsonl"])

    def test_record(self):
        self.some_files()
        told = json.loads(self.manifest("in", "-o", "m", "--profile", "r.jsonl", "--json").stdout)
        with open(self.at("r.jsonl")) as stream:
            record = json.loads(stream.read())
        job = record["job"]
        self.assertEqual((job["kind"], job["items"], job["bytes"], job["manifest_hash"]),
                         ("manifest", 30, told["bytes"], told["hash"]))
        self.assertEqual(job["command"], "pixscale manifest -o m --profile r.jsonl --json in")
        phases = {phase["name"]: phase["wall_ns"] for phase in record["phases"]}
        self.assertEqual(set(phases), {"scan", "write", "other"})
        self.assertEqual(sum(phases.values()), record["wall_ns"])
        self.assertAlmostEqual(told["seconds"], record["wall_ns"] * 1e-9, places=8)

    def test_refusals(self):
        self.some_files(3)
        self.manifest("in", "-o", "m", "-q")
        self.write("list", b"in/0/00000.jpg\n")
        self.write("mine.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0")
        os.mkdir(self.at("empty"))
        self.refused("in", "-o", "m", words=["m", "--force"])
        self.refused("in", "-fo", "mine.jpg", words=["picture"])
        self.refused("in", "-o", "empty", words=["folder"])
        self.refused("in", "-o", "no/m", status=program.OUTPUT, words=["no/m"])
        self.refused("in", "m", "-fo", "m", words=["m"])
        self.refused("gone", "-o", "n", words=["gone"])
        self.refused("empty", "-o", "n", words=["no input"])
        self.refused("in", "--include", "*.gif", "-o", "n", words=["--include"])
        self.refused("--files-from", "gone", "-o", "n", words=["gone"])
        self.refused("-", "-o", "n", words=["no file"])
        self.refused("in", "--files-from", "list", "-o", "n", words=["--files-from"])
        self.refused("in", "-0", "-o", "n", words=["-0"])
        self.refused("-o", "n", words=["no input"])
        self.refused("m", "-o", "n", words=["frozen already"])
        self.refused("in", "-o", "n", "--profile", "n", words=["profile"])
        self.refused("in", "-o", "n", "--profile", "./n.partial", words=["profile"])
        self.refused("in", "-o", "n", "--profile", "list", words=["list"])
        self.refused("in", "-o", "n", "--list", words=["--list"])
        self.refused("in", "-o", "n", "--shards", "3", words=["--shards"])
        self.refused(words=["-o"])
        self.refused("m", "m", words=["one frozen list"])
        self.refused("in", words=["no frozen list"])
        self.refused("list", "-l", words=["no frozen list"])
        self.refused("gone", "-l", words=["gone"])
        self.refused("m", "--list", "--json", words=["--json"])
        self.refused("m", "--list", "--shards", "2", words=["--shards"])
        self.refused("m", "--shards", "0", words=["--shards"])
        self.refused("m", "--include", "*.png", words=["-o"])

    def test_another_is_writing(self):
        self.some_files(3)
        with open(self.at("m.partial"), "wb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            self.refused("in", "-o", "m", status=program.OUTPUT, words=["another run"])

    def test_damage_is_refused(self):
        self.many()
        with open(self.at("m"), "rb") as stream:
            good = stream.read()
        for at in list(range(0, len(good), len(good) // 40)) + [len(good) - 1]:
            bad = bytearray(good)
            bad[at] ^= 0x10
            self.write("bad", bytes(bad))
            for what in (["--list"], ["--shards", "4"]):
                result = self.manifest("bad", *what, status=program.USAGE)
                self.assert_one_line_error(result, "bad")
        for size in range(0, len(good), len(good) // 20):
            self.write("bad", good[:size])
            self.assert_one_line_error(self.manifest("bad", "-l", status=program.USAGE), "bad")

    def test_full_disk(self):
        self.many()
        self.refused("--files-from", "names", "-0", "-o", "n", status=program.OUTPUT,
                     words=["n", os.strerror(errno.EFBIG)],
                     preexec=program.limit(resource.RLIMIT_FSIZE, 4096))
        self.assertFalse(os.path.exists(self.at("n.partial")))


if __name__ == "__main__":
    program.main()
