/*
 * ceiling: what the machine itself makes of p threads, with no memory and no schedule in the way.
 *
 * Each thread runs the same fixed number of steps of a kernel that lives in registers: two
 * dozen independent chains of multiplications and additions, as many as keep the floating-point
 * units of one core busy (four vectors a cycle, a latency of three or four). Then capacity(p) =
 * p·t(1)/t(p) is how many cores' worth of work p threads get done: p on p idle cores, less where
 * clocks drop, hardware threads share a core, a quota stops the team or somebody else is at work.
 * Knows: base/clock.h, OpenMP.
 */
#ifndef PIXSCALE_PROFILE_CEILING_H
#define PIXSCALE_PROFILE_CEILING_H

#include <stdint.h>

/* Long against starting and joining a team (some 0.1 ms) and a tick of the scheduler. */
#define CEILING_NS 50000000

/* How many steps take one thread some CEILING_NS here and now. Measured once, then used for every
 * team: t(1) and t(p) must be of the same work. */
uint64_t ceiling_steps(void);

/* Makes so many steps on the calling thread: work of a known length that needs a core and nothing
 * else. */
void ceiling_work(uint64_t steps);

/* Wall, ns, in which a team of `threads` runs `steps` on each: from a common start to the last end.
 * The least of `rounds`; the team is woken first. 0 when the runtime delivered another team. Starts
 * a parallel region of its own: not for use between a region and a fork. */
int64_t ceiling_ns(int threads, uint64_t steps, int rounds);

/* capacity(p) = p·t(1)/t(p), in cores. */
double ceiling_capacity(int threads, int64_t one_ns, int64_t team_ns);

#endif
