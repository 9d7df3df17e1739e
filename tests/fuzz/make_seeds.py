#!/usr/bin/env python3
"""Writes the seeds of the harnesses that need nothing but Python for them.

usage: make_seeds.py FOLDER

FOLDER/records, FOLDER/command, FOLDER/index, FOLDER/journal and FOLDER/manifest are made anew. Each
input begins with the byte that its harness reads its options from.
"""
import json
import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import records as made  # noqa: E402
import shards  # noqa: E402

COMMANDS = ["run", "sweep", "fit", "plot", "report", "predict", "lesson", "synth", "info",
            "calibrate", "bakery", "bakery toast", "bakery coffee", "bakery overheads",
            "manifest", "merge", "slurm"]
LINES = """\
run photos -o out.npy --size 32x64 --filter=lanczos --fit pad --pad-color 1,2,3 --threads 2
run -n -o a.npy -- -photo.jpg
run -o o --mean 0.5,0.5,0.5 --std 1,1,1 --dtype f32 --layout chw --schedule guided,4 -q -0
sweep photos --threads 1-4,8 --budget 5m --ci 2% --size 8x8 -o x.jsonl
sweep --threads 1,2 --weak --json -- ./a.out --flag
fit a.jsonl --predict 8,16,32 --space throughput --include smt --json
fit --help
plot a.jsonl -o plots --only speedup,ledger --term
report a.jsonl b.jsonl -o page.html --force
predict a.jsonl --threads 1,2,4-8 --schedule static;dynamic,2 --what-if decode=0.5,read=2
predict a --effort 3h --items-total 35000 --order cost --measured b
lesson 3 --plan 45 --batch --answers
synth -n 20 folder --seed 3 --min-side 10 --max-side 99
info --json
calibrate --quick --cases knee,contention --seed 4 --runs 3
bakery --help
bakery_toast -n 12 --toasters 1,4 --minute 5ms --serial 5% --stages read=0.2,decode=0.8 --slow 1.5
bakery_coffee --cups 3 --minute 1ms
bakery_overheads --threads 1,2 --iterations 100 --rounds 3 --json
manifest photos -o list --include *.png --threads 4 --force --profile r.jsonl
manifest list --shards 16 --json
merge out.npy --force --max-failures 1% --json -v
slurm -N 4 -c 8 photos it's -o out.npy --time 1:00:00 --sbatch=--account=a -- --size 32x32
slurm --nodes 3 --tasks-per-node 2 --launcher srun --files-from list -0 -o -out.npy
slurm -N 2 --launcher mpirun --include *.png photos -o o.npy --mem 4G --partition p -- -f
slurm -N 2 --launcher parallel --hosts hosts photos -o o.npy -- --shard 1/2
run --tread 4 --no-such -xyz --size= --
"""
CSV = {
    "csv": "threads,seconds\n1,4\n2,2.5\n4,1.5\n8,1.2\n1,4.1\n2,2.4\n4,1.6\n8,1.1\n",
    "csv-throughput": "name;load;throughput\nA;1;10\nA;2;19\nA;4;33\nB;1;5\n\"B\";8;\"20\"\n",
    "csv-quotes": "# remark\r\n\"name\"\t\"p\"\t\"time\"\r\n\"a\"\"b\"\t1\t1e1\r\n\tx2\t3\r\n",
}


def hyperfine():
    results = [{"command": f"OMP_NUM_THREADS={p} ./a.out", "mean": 4 / p, "times": [4 / p, 4.1 / p],
                "exit_codes": [0, 0], "parameters": {"threads": str(p), "size": "big"}}
               for p in (1, 2, 4)]
    return json.dumps({"results": results}, indent=2)


def slim(records):
    """Without what is only shown: short inputs are tried faster."""
    for record in records:
        del record["tool"], record["time_utc"], record["host"]
        record.pop("launch", None)
        record["threads"] = record["threads"][:2]
        for name in ("bind", "places", "wait_policy", "runtime"):
            del record["omp"][name]
    return records


def record_files():
    random.seed(5)
    yield "sweep", 0, made.lines(slim(made.sweep((1, 2, 4), 2)))
    yield "smt", 5, made.lines(slim(made.sweep((1, 2, 16), 1)))
    yield "throughput", 6, made.lines(slim(made.sweep((1, 2, 3), 1)))
    yield "items", 8, made.lines(made.sweep((1, 2), 2, items=6))
    yield "hostile", 0, made.lines(made.hostile(r) for r in made.sweep((1, 2), 1))
    yield "planted", 24, made.lines([made.planted([0.5, 1, 2, 0.25], dispatch=0.1, team=0.01)])
    weak = made.sweep((1, 2, 4), 1)
    for record in weak:
        record["job"]["kind"] = "weak"
    yield "weak", 0, made.lines(weak)
    serial = made.record(1)
    serial["job"]["kind"] = "serial"
    foreign = made.record(2)
    foreign["job"]["kind"] = "foreign"
    del foreign["threads"], foreign["phases"]
    yield "kinds", 0, made.lines([serial, made.record(2), foreign])
    ranks = [shards.frozen(1.5), shards.single(2), *shards.study((1, 2), 2, uneven=0.3)]
    yield "ranks", 0, made.lines(slim(ranks))
    yield "ranks-grid", 4, made.lines(slim([*shards.sharded("a", 1, 1), *shards.sharded("b", 2, 1),
                                            *shards.sharded("c", 2, 2, merge=None)]))
    yield "ranks-crowded", 1, made.lines(shards.sharded("d", 3, 2, hosts=["h"]))
    least = {"schema": "pixscale.profile/1", "wall_ns": 10, "omp": {"delivered": 1}}
    yield "least", 0, made.lines([least])
    for name, text in CSV.items():
        yield name, len(name) & 3, text.encode()
    yield "hyperfine", 0, hyperfine().encode()


def command_lines():
    for number, line in enumerate(LINES.splitlines()):
        name, *words = line.split(" ")
        place = COMMANDS.index(name.replace("_", " "))
        yield f"{number:02}-{name}", bytes([place]) + "\0".join(words).encode()


def indexes():
    names = b"a.jpg\0b/\"q\",c.png\0tab\there\nline\0\\x41\0\xff\xc3\xa4\xe2\x80\xa8\xc2\x85\0-dash"
    items = bytes(range(0, 256, 3))
    for options in range(4):
        yield f"{options}", bytes([options | 5 << 2]) + items[options:options + 48] + names


def journals():
    """Groups of rows as src/dataset/journal_file.h has them; the harness puts header and sums right."""
    def row(number, status=0, kind=0, code=0):
        return struct.pack("=IIQHHIqqIIBBB5x", number, 0, 1234, kind, code, 0, 3, 4, 64, 48, status,
                           1 + number % 2, 11)

    def batch(rows, flags=0):
        return struct.pack("=IIII7Q", 0x48435442, 0, len(rows), flags, *range(7)) + b"".join(rows)

    whole = batch([row(0), row(2, 6, 1, 20)]) + batch([row(1)], 2)
    yield "groups", b"\7" + whole
    yield "long", b"\7" + batch([row(0)], 1) + batch([row(1, 11, 2, 5), row(2, 5, 3, 118)])
    yield "torn", b"\7" + whole[:-9]
    yield "wrong-sums", b"\6" + whole
    yield "changed", b"\3" + whole
    yield "header", b"\0PXJRNL\1\n" + struct.pack("=IIQQ", 1, 4, 1, 99) + b"a=b\n" + bytes(16)


def manifests():
    """Frozen lists as src/dataset/manifest_file_rows.h has them: rows alone, or whole files whose
    sums the harness puts right."""
    rows = (b"\0\x81\1\x80\2\0\7a/b.jpg" b"\0\2\1\2\5c.PNG" b"\7\2\2\5c.PNG" b"\1\0\4x/yz"
            b"\2\0\3\xff\n," b"\0\xff\xff\xff\xff\x1f\3\0\1q")
    cost = 300001 + 129 * 11 + 25001 + 2 * 5 + 3 + 300001 + 0x1ffffffff * 11
    head = struct.pack("<8sIIQQQQqQ", b"PXLIST\1\n", 0, 4096, 6, 131 + 0x1ffffffff, cost, 0, 0,
                       64 + len(rows))
    yield "rows", b"\2" + rows
    yield "rows-cut", b"\2" + rows[:-3]
    yield "file", b"\1" + head + rows + struct.pack("<QQI", 64, 0, 0)
    yield "wrong-sums", b"\0" + head + rows + struct.pack("<QQI", 64, 0, 0)
    yield "none", b"\1" + struct.pack("<8sIIQQQQqQ", b"", 0, 4096, 0, 0, 0, 0xcbf29ce484222325, 0, 64)
    yield "cut", b"\0PXLIST\1"
    row = b"\0\1\0\0\1a"
    block, rest = row * 4096, row * 2
    head = struct.pack("<8sIIQQQQqQ", b"", 0, 4096, 4098, 4098, 4098 * 300012, 0, 0,
                       64 + len(block + rest))
    table = struct.pack("<QQIQQI", 64, 0, 0, 64 + len(block), 4096 * 300012, 0)
    yield "two-blocks", b"\1" + head + block + rest + table


def main():
    top = pathlib.Path(sys.argv[1])
    kinds = {"records": [(name, bytes([choice]) + data) for name, choice, data in record_files()],
             "command": list(command_lines()), "index": list(indexes()),
             "journal": list(journals()), "manifest": list(manifests())}
    for kind, files in kinds.items():
        folder = top / kind
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, data in files:
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
