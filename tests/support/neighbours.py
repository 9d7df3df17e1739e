"""Whether others use the machine while a test measures: what waits then wakes up late.

Of the CPUs' time is counted what neither this process nor its children used, and what another guest
of the same hardware took away (steal).
"""
import os
import resource
import time

FOREIGN = 0.2  # of the CPUs
STOLEN = 0.01
TICK = os.sysconf("SC_CLK_TCK")


class Neighbours:
    def __init__(self):
        self.begin = self.look()

    @staticmethod
    def look():
        """Seconds so far: (of the clock, busy CPUs, stolen, our own CPU time)."""
        with open("/proc/stat", encoding="ascii") as stream:
            user, nice, system, _, _, irq, softirq, steal = (
                int(word) / TICK for word in stream.readline().split()[1:9])
        own = sum(usage.ru_utime + usage.ru_stime
                  for usage in map(resource.getrusage, (resource.RUSAGE_SELF,
                                                        resource.RUSAGE_CHILDREN)))
        return time.monotonic(), user + nice + system + irq + softirq, steal, own

    def excuse(self, test):
        """Skips a test that found a wrong figure, where they disturbed it."""
        if did := self.disturb():
            test.skipTest(did)

    def disturb(self):
        """What they did since the beginning, in words, or nothing where that is little."""
        wall, busy, steal, own = (now - then for now, then in zip(self.look(), self.begin))
        cpus = max(wall, 1 / TICK) * os.cpu_count()
        foreign = (busy - own) / cpus
        if foreign <= FOREIGN and steal <= STOLEN * cpus:
            return ""
        return (f"foreign load: others used {100 * foreign:.0f} % of the CPUs, and "
                f"{100 * steal / cpus:.1f} % were taken away")
