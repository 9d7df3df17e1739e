"""Records of runs that never were, for the tests of what is drawn and written from records.

Times follow Amdahl's law with a known serial share and a little noise; threads, phases and items
add up as those of real runs do.
"""
import json
import random

STAGES = {"read": 0.06, "decode": 0.62, "convert": 0.08, "resize": 0.2, "store": 0.03}
PHASES = {"scan": 0.3, "plan": 0.05, "process": None, "index": 0.2, "sync": 0.4, "other": 0.05}

# What no record should be able to do: break out of quotes, lines, blocks, tags or comments.
HOSTILE = ("it's \"x\" `touch pwned` $(touch pwned)\nEOD\nsystem 'touch pwned'\n\\ @m %s%n %%d "
           "{/Bold b} </svg></style><script>alert(1)</script><!-- ]]> --> &amp; \x1b[31m \u202e "
           "<img src=http://example.org/x onerror=alert(1)> '; set output '|touch pwned' #")


def ns(seconds):
    return round(seconds * 1e9)


def item_columns(threads, busy, count):
    """Columns of items that fill the threads, each next one where there is room first."""
    columns = {"row": [], "thread": [], "cost": [], "start_ns": [],
               "stage_ns": {stage: [] for stage in STAGES}}
    free = [0.0] * threads
    for row in range(count):
        thread = free.index(min(free))
        seconds = busy * threads / count * random.uniform(0.5, 1.3)
        columns["row"].append(row)
        columns["thread"].append(thread)
        columns["cost"].append(1)
        columns["start_ns"].append(ns(free[thread] + 0.01 * seconds))
        for stage, share in STAGES.items():
            columns["stage_ns"][stage].append(ns(0.9 * seconds * share))
        free[thread] += 0.95 * seconds
    return columns


def record(threads, share=0.04, t1=10.0, items=0, version="0.1.0", cores=4, noise=0.01):
    """A record of a run, as `pixscale.profile/1` has it."""
    serial = share * t1
    busy = (t1 - serial) / threads * (1 + 0.01 * (threads - 1)) * random.uniform(1 - noise, 1 + noise)
    region = 1.02 * busy
    phases = [{"name": name, "kind": "parallel" if part is None else "serial",
               "wall_ns": ns(region if part is None else serial * part)}
              for name, part in PHASES.items()]
    result = {
        "schema": "pixscale.profile/1", "tool": {"version": version, "git": "abcdef"},
        "time_utc": "2024-05-01T12:00:00Z",
        "host": {"name": "desk", "cpu_model": "Example CPU 9000", "kernel": "Linux 6.1"},
        "omp": {"requested": threads, "delivered": threads, "schedule": "dynamic,1", "bind": "false",
                "places": "", "wait_policy": "passive", "runtime": "libgomp"},
        "limits": {"affinity_cpus": 8, "cgroup_cpus": 0, "cores": cores},
        "guard": {"steal_ms": 0, "throttled_ms": None, "foreign_cpu_ms": 10,
                  "capacity": threads * (1 - 0.01 * threads), "load1": 0.3,
                  "involuntary_switches": 4, "contaminated": False},
        "job": {"kind": "run", "work": "computing", "command": "pixscale run photos", "items": 5000,
                "failed": 0, "bytes": 1000, "pixels": 1000, "options": "size=64x64",
                "manifest_hash": "0123", "oversubscribe": False},
        "wall_ns": sum(phase["wall_ns"] for phase in phases), "phases": phases,
        "threads": [{"items": 1, "stage_ns": {s: ns(busy * part) for s, part in STAGES.items()},
                     "dispatch_ns": ns(busy * 0.01), "busy_ns": ns(busy * (1 - 0.01 * i / threads)),
                     "idle_ns": ns(region - busy), "cpu_ns": ns(busy * 0.99)}
                    for i in range(threads)]}
    if items:
        result["items"] = item_columns(threads, busy, items)
    return result


def sweep(teams=(1, 2, 4, 8), runs=4, items=0, **how):
    """Rounds of runs over these teams; those of the first round have items."""
    return [record(p, items=0 if i else items, **how) for i in range(runs) for p in teams]


def hostile(value):
    """The same with HOSTILE behind every text that may be any."""
    if isinstance(value, dict):
        fixed = ("schema", "kind", "work", "manifest_hash")
        return {key: inner if key in fixed else hostile(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [hostile(inner) for inner in value]
    return value + HOSTILE if isinstance(value, str) else value


def lines(records):
    """The bytes of a file of records."""
    return "".join(json.dumps(r) + "\n" for r in records).encode()


def planted(items, schedule="dynamic,1", order="cost", serial=None, threads=1, dispatch=0.0,
            team=0.0, costs=None, runtime="libgomp", gap=0.0):
    """A record of one run over `items` (seconds, or a dictionary of them by stage), all of whose
    times are exactly these: serial phases by name, `dispatch` seconds of taking chunks in all, `gap`
    between two items, `team` for starting and joining. Items follow each other on thread 0."""
    items = [item if isinstance(item, dict) else {"decode": item} for item in items]
    costs = costs or [ns(sum(item.values())) for item in items]
    rows = list(range(len(items)))
    rows.sort(key=(lambda row: -costs[row]) if order == "cost" else None)
    at, start = 0.0, {}
    for row in rows:
        start[row] = at
        at += sum(items[row].values()) + gap
    busy = sum(sum(item.values()) for item in items) / threads + dispatch / threads
    phases = dict(serial if serial is not None else {"scan": 0.3, "other": 0.1})
    result = record(threads, noise=0)
    result["omp"].update(schedule=schedule, runtime=runtime)
    result["job"].update(items=len(items), options="size=64x64"
                         + (" order=input" if order == "input" else ""))
    result["phases"] = [{"name": name, "kind": "serial", "wall_ns": ns(seconds)}
                        for name, seconds in phases.items()]
    result["phases"].append({"name": "process", "kind": "parallel", "wall_ns": ns(busy + team)})
    result["wall_ns"] = sum(phase["wall_ns"] for phase in result["phases"])
    for thread in result["threads"]:
        thread.update(dispatch_ns=ns(dispatch / threads), busy_ns=ns(busy), idle_ns=ns(team))
    result["items"] = {
        "row": list(range(len(items))), "thread": [0] * len(items), "cost": costs,
        "start_ns": [ns(start[row]) for row in range(len(items))],
        "stage_ns": {stage: [ns(item.get(stage, 0)) for item in items] for stage in STAGES}}
    return result


def measured(seconds, threads, of):
    """A run of the same work without items that took so long."""
    result = json.loads(json.dumps(of))
    del result["items"]
    result["omp"].update(requested=threads, delivered=threads)
    result["threads"] = result["threads"][:1] * threads
    rest = result["wall_ns"] - ns(seconds)
    result["wall_ns"] = ns(seconds)
    result["phases"][-1]["wall_ns"] -= rest
    return result
