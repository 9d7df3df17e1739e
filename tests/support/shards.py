"""Records of sharded runs that never were, with planted truths: what is serial, what is uneven.

A set of n shards takes freeze + slowest shard + merge. `work` are the seconds of one thread for all
rows; each shard has its part of them, more or less by `uneven`, and start-up seconds of its own.
"""
import copy
import random

import records

START = "2026-03-01T10:%02d:%02dZ"


def stamp(seconds):
    return START % (seconds // 60 % 60, seconds % 60)


def parts(seconds, startup, threads, template):
    """Sets phases and threads of a record: start-up before and after one parallel region."""
    template["phases"] = [
        {"name": "scan", "kind": "serial", "wall_ns": records.ns(0.7 * startup)},
        {"name": "process", "kind": "parallel", "wall_ns": records.ns(seconds)},
        {"name": "sync", "kind": "serial", "wall_ns": records.ns(0.3 * startup)}]
    template["wall_ns"] = sum(phase["wall_ns"] for phase in template["phases"])
    for thread in template["threads"]:
        thread.update(busy_ns=records.ns(seconds), idle_ns=0, cpu_ns=records.ns(0.99 * seconds),
                      dispatch_ns=0)
    return template


def plain(threads, rows=4096, host="node1", options="size=64x64", version="0.2.0"):
    """What all records of one study say alike."""
    result = records.record(threads, noise=0, version=version)
    result["host"]["name"] = host
    result["job"].update(items=rows, command="pixscale run --manifest M -o OUT.npy",
                         options=options, manifest_hash="00c0ffee00c0ffee")
    result["limits"] = {"affinity_cpus": 64, "cgroup_cpus": 0, "cores": 64}
    result["guard"]["capacity"] = None
    return result


def single(threads, work=100.0, startup=0.5, rows=4096, noise=0.0, **how):
    """A run that is not sharded."""
    seconds = work / threads * random.uniform(1 - noise, 1 + noise)
    return parts(seconds, startup, threads, plain(threads, rows, **how))


def shard_seconds(n, work, threads, uneven):
    """Of each shard; the slowest has (1 + uneven) times the mean, which stays."""
    mean = work / n / threads
    if n == 1:
        return [mean]
    rest = mean * (1 - uneven / (n - 1))
    return [rest] * (n - 1) + [mean * (1 + uneven)]


def sharded(name, n, threads=4, work=100.0, startup=0.5, merge=2.0, uneven=0.0, rows=4096, noise=0.0,
            hosts=None, together=True, **how):
    """The records of one set: n shards and, unless None, the merge. `noise` is that of the whole set,
    so that the slowest of many shards is not slower by chance."""
    result, chance = [], random.uniform(1 - noise, 1 + noise)
    for k, seconds in enumerate(shard_seconds(n, work, threads, uneven)):
        one = plain(threads, rows // n, host=hosts[k % len(hosts)] if hosts else f"node{k + 1}", **how)
        one["time_utc"] = stamp(0 if together else round(k * (seconds + startup + 1)))
        parts(seconds * chance, startup, threads, one)
        one["job"]["items"] = rows // n
        one["shard"] = {"set": name, "index": k + 1, "count": n, "first_row": k * (rows // n),
                        "rows": rows // n, "set_rows": rows}
        one["launch"] = {"by": "slurm step", "rank": k, "ranks": n, "local_ranks": 1}
        result.append(one)
    if merge is not None:
        result.append(merged(name, n, merge * chance, rows, **how))
    return result


def merged(name, n, seconds, rows=4096, **how):
    """The record of a merge."""
    one = plain(1, rows, **how)
    one["job"].update(kind="merge", command="pixscale merge OUT.npy")
    one["phases"] = [{"name": "index", "kind": "serial", "wall_ns": records.ns(seconds)}]
    one["wall_ns"] = records.ns(seconds)
    one["threads"] = []
    one["shard"] = {"set": name, "count": n, "set_rows": rows}
    return one


def frozen(seconds, rows=4096, **how):
    """The record of freezing the list of inputs."""
    one = plain(1, rows, **how)
    one["job"].update(kind="manifest", command="pixscale manifest photos -o M")
    one["phases"] = [{"name": "scan", "kind": "serial", "wall_ns": records.ns(seconds)}]
    one["wall_ns"] = records.ns(seconds)
    one["threads"] = []
    return one


def study(ranks=(1, 2, 4, 8), runs=4, seed=1, **how):
    """Repetitions of sets of several sizes."""
    random.seed(seed)
    result = []
    for run in range(runs):
        for n in ranks:
            result += sharded(f"set-{n}-{run}", n, **how)
    return result


def at(record, **changes):
    """A copy with members changed, as shard__index=5."""
    result = copy.deepcopy(record)
    for name, value in changes.items():
        place = result
        *path, last = name.split("__")
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return result
