"""Predictions held against real runs of the bakery, whose work sleeps.

A disturbed machine wakes sleepers late, never early, and now and then by milliseconds. So each case
is tried again, with a new record and one more measured run for the median, until it agrees.
"""
import json
import os
import statistics

import program
from program import CLEAN

WITHIN = 0.03
TRIES = 6


def one_run(test, threads, *recipe, items=False):
    """The record of one run of the recipe, and the file it stands in."""
    path = test.at("run.jsonl")
    if os.path.exists(path):
        os.unlink(path)
    test.check(program.run("bakery", "toast", "-q", "--toasters", str(threads), "--profile", path,
                           *(["--items"] if items else []), *recipe), CLEAN)
    with open(path, encoding="utf-8") as stream:
        return json.loads(stream.read()), path


def predicted(test, path, threads, schedule, order, *how):
    result = test.check(program.run("predict", path, "--json", "--threads", ",".join(map(str, threads)),
                                    "--schedule", schedule, "--order", order, *how), CLEAN)
    return {p["threads"]: p["seconds"] for p in json.loads(result.stdout)["predictions"]}


def agree(test, recipe, cases, really=None, how=(), least=0.1):
    """`cases` are (threads, schedule, order). `really` is the recipe of the measured runs, if it is
    another one. Gives the worst error of the last try of each case."""
    left, seconds, errors = list(cases), {case: [] for case in cases}, {}
    for _ in range(TRIES):
        _, path = one_run(test, 1, *recipe, items=True)
        one = test.at("one.jsonl")
        os.replace(path, one)
        for case in list(left):
            threads, schedule, order = case
            run, _ = one_run(test, threads, *(really or recipe), "--schedule", schedule, "--order",
                             order)
            test.assertEqual(run["omp"]["delivered"], threads)
            seconds[case].append(run["wall_ns"] * 1e-9)
            expected = predicted(test, one, [threads], schedule, order, *how)[threads]
            test.assertGreaterEqual(expected, least)
            errors[case] = expected / statistics.median(seconds[case]) - 1
            if abs(errors[case]) <= WITHIN:
                left.remove(case)
        if not left:
            break
    test.assertFalse(left, {case: (errors[case], seconds[case]) for case in left})
    return max(errors.values(), key=abs)
