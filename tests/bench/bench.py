"""The benchmark: pixscale, the floors of its decoders and its peers on the same files, in turn.

Usage: bench.py PIXSCALE JPEG_FLOOR PNG_FLOOR MEASURE [--rounds N] [--seconds S] [--sets A,B] [--only WORD]
                [--folder DIR] [--markdown FILE] [--json FILE]

Each round runs every contender once on a set, in an order that moves on by one from round to round;
the first round warms the disk's memory and is not counted. What is compared are *ratios within a
round*, so that a machine that others use, too, disturbs both sides: their median is told, with their
range, which says how much to believe. One thread is compared by CPU seconds (user and system, of the
whole process and all that it starts), all threads by wall seconds. What a contender takes for a list
of one small picture, the start of Python and its modules above all, is taken off.

The floor is what the decoder alone needs for the files, decoding to nothing: libjpeg-turbo in full,
or scaled to what `--decode fast` asks for; libspng's spng_decode_image. A list is repeated until the
floor takes --seconds. Arrays go to memory (/dev/shm, else the temporary folder): the null output of
this benchmark, as a disk would be measured otherwise. Peak memory is that of the largest process.

Sets: two that `pixscale synth` makes, and those below the folder that PIXSCALE_DATA names. Prints,
never judges.
"""
import argparse
import datetime
import glob
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

import contenders

DATA_SETS = {"photos": "jpeg", "products": "jpeg", "camera": "jpeg", "png-photos": "png",
             "png-emoji": "png"}
MOST_FILES = 60_000  # in a list


class Sample:
    """One run: CPU and wall seconds, peak bytes."""

    def __init__(self, cpu, wall, peak):
        self.cpu, self.wall, self.peak = cpu, wall, peak


    def less(self, start):
        """Without the start of the program; never nothing."""
        return Sample(max(self.cpu - start.cpu, 1e-4), max(self.wall - start.wall, 1e-4), self.peak)


class Bench:
    """How commands are measured, and where they may write."""

    def __init__(self, program, folder, rounds, seconds):
        self.program, self.folder = program, folder
        self.rounds, self.seconds = rounds, seconds

    def run(self, words, env):
        """A command to its end. None when it failed."""
        told = subprocess.run([self.program, *words], env=env, stdout=subprocess.PIPE, text=True,
                              check=True).stdout.split()
        if int(told[0]) not in (0, 1):  # 1: some inputs failed
            return None
        return Sample(float(told[1]), float(told[2]), int(told[3]) * 1024)

    def start(self, runner, these):
        """What the contender takes for one small picture: the least of a few. None when it failed."""
        listing = os.path.join(self.folder, "one.list")
        with open(listing, "w", encoding="utf-8") as stream:
            stream.write(min(these.files, key=os.path.getsize) + "\n")
        words = runner.command(listing, self.folder)
        times = 3 if self.seconds else 1
        samples = [self.run(words, environment(runner)) for _ in range(times)]
        if None in samples:
            return None
        return Sample(min(s.cpu for s in samples), min(s.wall for s in samples), 0)


class Set:
    """Files of one format, and what was measured on them."""

    def __init__(self, name, format_, files):
        self.name, self.format, self.files, self.repeats = name, format_, files, 1
        self.samples = {}  # name of the contender: [Sample of each round]
        self.notes = []

    def write_list(self, folder):
        path = os.path.join(folder, f"{self.name}.list")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("".join(f"{file}\n" for file in self.files * self.repeats))
        return path

    def count(self):
        return len(self.files) * self.repeats


def environment(contender):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("OMP_") and name != "PIXSCALE_SIMD"}
    return {**kept, **contender.env}


def run_set(bench, these, runners):
    """Fills in these.samples. One process after the other, all of them in each round."""
    runners = [r for r in runners if these.format in r.formats]
    starts = {r.name: bench.start(r, these) for r in runners}
    floor = runners[0]
    # The shortest of three, the first of which brings the files into memory.
    words = floor.command(these.write_list(bench.folder), bench.folder)
    once = min(bench.run(words, environment(floor)).cpu for _ in range(3))
    wanted = round(bench.seconds / max(once, 1e-3))
    these.repeats = max(1, min(wanted, MOST_FILES // len(these.files)))
    listing = these.write_list(bench.folder)
    commands = {r.name: r.command(listing, bench.folder) for r in runners if starts[r.name]}
    samples = {name: [] for name in commands}
    for number in range(bench.rounds + 1):
        for i in range(len(runners)):
            runner = runners[(i + number) % len(runners)]
            if runner.name not in commands:
                continue
            sample = bench.run(commands[runner.name], environment(runner))
            if sample is None:
                del commands[runner.name]
            elif number:
                samples[runner.name].append(sample.less(starts[runner.name]))
    these.samples = {name: samples[name] for name in commands}
    these.notes = [f"{r.name} failed and was left out" for r in runners if r.name not in commands]


def ratio(these, over, under, what):
    """{median, least, most} of a ratio of two contenders, or None when one is missing. Of several
    names in `over` each round takes the least, which is the best of them."""
    over = [name for name in ([over] if isinstance(over, str) else over) if name in these.samples]
    if not over or under not in these.samples:
        return None
    values = [min(getattr(these.samples[name][i], what) for name in over) / getattr(base, what)
              for i, base in enumerate(these.samples[under])]
    return {"over": over, "under": under, "by": what, "median": statistics.median(values),
            "least": min(values), "most": max(values)}


def ratios(these, cpus):
    """[(what the ratio says, ratio)]."""
    every = lambda name: f"{name}, all"
    processes = f"Pillow bicubic, {cpus} processes"
    questions = [
        ("exact / floor", "pixscale exact", "floor", "cpu"),
        ("fast / scaled floor", "pixscale fast", "floor, scaled", "cpu"),
        ("with a profile / without", "pixscale exact, profile", "pixscale exact", "cpu"),
        ("with a profile / without, all threads", every("pixscale exact, profile"),
         every("pixscale exact"), "wall"),
        ("1 thread / all, exact", "pixscale exact", every("pixscale exact"), "wall"),
        ("1 thread / all, fast", "pixscale fast", every("pixscale fast"), "wall"),
        (f"Pillow in {cpus} processes / exact on all threads", processes,
         every("pixscale exact"), "wall"),
        # From a loop of Python to all cores in C: what better serial code brings (the first) and
        # what the cores bring (1 thread / all) multiply to the whole (the second).
        ("Pillow loop / exact on 1 thread", "Pillow bicubic", "pixscale exact", "wall"),
        ("Pillow loop / exact on all threads", "Pillow bicubic", every("pixscale exact"), "wall"),
        (f"Pillow loop / Pillow in {cpus} processes", "Pillow bicubic", processes, "wall"),
    ]
    exact = ("Pillow bicubic", "Pillow nearest", "OpenCV", "libvips thumbnail", "GraphicsMagick")
    fast = ("Pillow draft", "OpenCV reduced", "libvips thumbnail", "GraphicsMagick sized")
    questions += [(f"{name} / exact", name, "pixscale exact", "cpu") for name in exact]
    questions += [(f"{name} / fast", name, "pixscale fast", "cpu") for name in fast]
    questions += [("the best of these / fast", fast, "pixscale fast", "cpu")]
    answers = [(text, ratio(these, *rest)) for text, *rest in questions]
    return [(text, answer) for text, answer in answers if answer]


def set_as_markdown(these, cpus):
    megabytes = sum(map(os.path.getsize, these.files)) / 1e6
    lines = [f"### {these.name}: {len(these.files)} files, {megabytes:.1f} MB, "
             f"{these.repeats} times", "",
             "| | CPU s | wall s | images/s | peak MB |", "|---|---|---|---|---|"]
    for name, samples in these.samples.items():
        cpu, wall, peak = (statistics.median(getattr(s, what) for s in samples)
                           for what in ("cpu", "wall", "peak"))
        lines.append(f"| {name} | {cpu:.3f} | {wall:.3f} | {these.count() / wall:,.0f} "
                     f"| {peak / 1e6:.0f} |")
    lines += ["", "| ratio | median | range | of |", "|---|---|---|---|"]
    for text, answer in ratios(these, cpus):
        unit = "CPU seconds" if answer["by"] == "cpu" else "wall seconds"
        lines.append(f"| {text} | {answer['median']:.3f} | {answer['least']:.3f} to "
                     f"{answer['most']:.3f} | {unit} |")
    return "\n".join(lines + [f"\n{note}." for note in these.notes]) + "\n"


def set_as_json(these, cpus):
    return {
        "name": these.name, "format": these.format, "files": len(these.files),
        "repeats": these.repeats, "notes": these.notes,
        "contenders": [{"name": name, "cpu_seconds": [s.cpu for s in samples],
                        "wall_seconds": [s.wall for s in samples],
                        "peak_bytes": max(s.peak for s in samples)}
                       for name, samples in these.samples.items()],
        "ratios": [{"name": text, **answer} for text, answer in ratios(these, cpus)],
    }


def cpu_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            return next(line.split(":", 1)[1].strip() for line in stream
                        if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def find_sets(binary, wanted, pictures, folder):
    """The generated sets and those of PIXSCALE_DATA, of which `wanted` names some (or all)."""
    sets = []
    made = os.path.join(folder, "synth")
    if not wanted or any(name.startswith("synth") for name in wanted):
        subprocess.run([binary, "synth", "-n", str(pictures), "-q", made], check=True)
        for name, format_, ending in (("synth-jpeg", "jpeg", "jpg"), ("synth-png", "png", "png")):
            files = glob.glob(f"{made}/**/*.{ending}", recursive=True)
            sets.append(Set(name, format_, sorted(files)))
    data = os.environ.get("PIXSCALE_DATA")
    for name, format_ in DATA_SETS.items():
        sets.append(Set(name, format_, sorted(glob.glob(f"{data}/{name}/*")) if data else []))
    return [s for s in sets if s.files and (not wanted or s.name in wanted)]


def parse():
    parser = argparse.ArgumentParser()
    for name in ("pixscale", "jpeg_floor", "png_floor", "measure"):
        parser.add_argument(name)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--pictures", type=int, default=400, help="of the generated sets")
    parser.add_argument("--sets", default="")
    parser.add_argument("--only", default="", help="contenders with this in their name, and floors")
    parser.add_argument("--folder", default="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    parser.add_argument("--markdown")
    parser.add_argument("--json")
    return parser.parse_args()


def main():
    args = parse()
    cpus = len(os.sched_getaffinity(0))
    others, missing = contenders.peers(cpus)
    runners = contenders.pixscale_and_floors(args.pixscale, args.jpeg_floor, args.png_floor)
    runners = [r for r in runners + others if args.only in r.name or r.name.startswith("floor")]
    version = subprocess.run([args.pixscale, "--version"], capture_output=True, text=True,
                             check=True).stdout.strip()
    head = (f"{version}, {cpu_name()}, {cpus} CPUs, "
            f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}. Medians of {args.rounds} "
            f"rounds in turn; load average at the start {os.getloadavg()[0]:.1f}.\n\n"
            + "".join(f"{line}.\n" for line in missing))
    print(head, flush=True)
    texts, results = [head], []
    with tempfile.TemporaryDirectory(prefix="pixscale-bench-", dir=args.folder) as folder:
        wanted = [name for name in args.sets.split(",") if name]
        for these in find_sets(args.pixscale, wanted, args.pictures, folder):
            run_set(Bench(args.measure, folder, args.rounds, args.seconds), these, runners)
            texts.append(set_as_markdown(these, cpus))
            results.append(set_as_json(these, cpus))
            print(texts[-1], flush=True)
    if not results:
        sys.exit("bench.py: no set of that name; PIXSCALE_DATA names a folder with more")
    if args.markdown:
        with open(args.markdown, "w", encoding="utf-8") as stream:
            stream.write("\n".join(texts))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as stream:
            json.dump({"schema": "pixscale.bench/1", "version": version, "cpu": cpu_name(),
                       "cpus": cpus, "rounds": args.rounds, "missing": missing, "sets": results},
                      stream, indent=1)


if __name__ == "__main__":
    main()
