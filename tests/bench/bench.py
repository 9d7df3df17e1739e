"""Benchmarks as ratios: two commands in turn, whole processes, user + system CPU seconds.

Usage: bench.py PIXSCALE JPEG_FLOOR [--rounds N] [--only NAME]

Needs PIXSCALE_DATA (pictures). Prints, never judges: absolute times mean nothing on a shared machine,
and even a ratio needs its spread beside it.
"""
import argparse
import glob
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time


def cpu_and_wall(command, env=None):
    """Runs a command and returns its CPU and wall seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"failed with {done.returncode}: {' '.join(command[:3])} ...")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def pairs(first, second, rounds, which):
    """Ratios first/second, run in turn; one round is discarded."""
    ratios, times = [], []
    for i in range(rounds + 1):
        a = cpu_and_wall(*first)[which]
        b = cpu_and_wall(*second)[which]
        if i:
            ratios.append(a / b)
            times.append((a, b))
    return ratios, times


def show(name, ratios, times):
    a = statistics.median(t[0] for t in times)
    b = statistics.median(t[1] for t in times)
    print(f"{name:34} {statistics.median(ratios):6.3f}  ({min(ratios):.3f} to {max(ratios):.3f})"
          f"   {a:.3f} s / {b:.3f} s, {len(ratios)} pairs", flush=True)


def repeated(files, least):
    """The list, repeated until it holds enough bytes for a run of some length."""
    size = sum(os.path.getsize(f) for f in files)
    return files * max(1, -(-least // size))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pixscale")
    parser.add_argument("floor")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    data = os.environ.get("PIXSCALE_DATA")
    if not data:
        sys.exit("PIXSCALE_DATA names no folder of pictures")
    env = {k: v for k, v in os.environ.items() if not k.startswith("OMP_")}
    with tempfile.TemporaryDirectory() as folder:
        def run(files, threads, out="out.npy", simd="", more=()):
            path = os.path.join(folder, f"{len(files)}-{os.path.basename(files[0])}.list")
            with open(path, "w") as listing:
                listing.write("\n".join(files))
            return ([args.pixscale, "run", "--files-from", path, "-q", "--force", "--threads",
                     str(threads), "-o", os.path.join(folder, out), *more],
                    {**env, "PIXSCALE_SIMD": simd})

        print("ratio of CPU seconds, one thread, whole process: pixscale run / libjpeg-turbo alone")
        for name in ("photos", "products", "camera"):
            files = repeated(sorted(glob.glob(f"{data}/{name}/*")), 40_000_000)
            if args.only in name:
                show(name, *pairs(run(files, 1), ([args.floor, *files], env), args.rounds, 0))
        fast = ["--decode", "fast"]
        print("the same with --decode fast: pixscale run / libjpeg-turbo's scaled decode alone")
        for name in ("photos", "products", "camera"):
            files = repeated(sorted(glob.glob(f"{data}/{name}/*")), 40_000_000)
            if args.only in name:
                show(name, *pairs(run(files, 1, more=fast),
                                  ([args.floor, "-s", "128", *files], env), args.rounds, 0))
        print("ratio of CPU seconds, one thread: run / run --decode fast")
        for name in ("photos", "products", "camera"):
            files = repeated(sorted(glob.glob(f"{data}/{name}/*")), 40_000_000)
            if args.only in name:
                show(name, *pairs(run(files, 1), run(files, 1, more=fast), args.rounds, 0))
        print("ratio of wall seconds: one thread / two threads")
        for name in ("photos", "products", "camera"):
            files = repeated(sorted(glob.glob(f"{data}/{name}/*")), 120_000_000)
            if args.only in name:
                show(name, *pairs(run(files, 1), run(files, 2), args.rounds, 1))
        loop = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pillow_loop.py")
        for threads in (1, 2):
            print(f"ratio of wall seconds, {threads} at a time: Pillow in Python / pixscale run")
            for name in ("photos", "products", "camera", "png-photos"):
                files = repeated(sorted(glob.glob(f"{data}/{name}/*")), 20_000_000)
                if args.only in name:
                    ours = run(files, threads)
                    listing = ours[0][ours[0].index("--files-from") + 1]
                    theirs = [sys.executable, "-W", "ignore", loop, listing,
                              os.path.join(folder, "pillow.npy"), str(threads)]
                    show(name, *pairs((theirs, env), ours, args.rounds, 1))
        print("ratio of wall seconds, two threads: run --profile / run")
        for name in ("photos", "products", "camera"):
            files = repeated(sorted(glob.glob(f"{data}/{name}/*")), 120_000_000)
            if args.only in name:
                plain = run(files, 2)
                record = os.path.join(folder, "record.jsonl")
                show(name, *pairs((plain[0] + ["--profile", record], plain[1]), plain,
                                  args.rounds, 1))
        print("ratio of CPU seconds, one thread: scalar kernels / the fastest that this CPU has")
        for name in ("photos", "products", "camera"):
            files = repeated(sorted(glob.glob(f"{data}/{name}/*")), 20_000_000)
            if args.only in name:
                show(name, *pairs(run(files, 1, simd="scalar"), run(files, 1), args.rounds, 0))


if __name__ == "__main__":
    main()
