/*
 * instructions: how many instructions a piece of work runs, counted one by one.
 *
 * The work is done by a child that its parent steps through (ptrace), so that no counter of the
 * CPU is needed, which virtual machines often hide, and every instruction set can be counted. The
 * count repeats exactly. A string instruction with a repeat prefix counts once a repeat.
 * Takes some microseconds an instruction. Knows: libc.
 */
#ifndef PIXSCALE_BENCH_INSTRUCTIONS_H
#define PIXSCALE_BENCH_INSTRUCTIONS_H

#include <stdint.h>

/* Instructions of work(with), in user space, the call itself among them. 0 where processes may not
 * be traced. The work must not change anything that the caller needs: it is done by a copy. */
uint64_t instructions_of(void (*work)(const void *), const void *with);

#endif
