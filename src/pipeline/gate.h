/*
 * gate: how threads share memory. A picture that takes more than a thread may hold by itself passes
 * the gate: only as many are behind it at a time as there is memory for.
 *
 * Without a limit a thread may hold any file and GATE_WORKING_BYTES of what a picture takes beside
 * it, and the gate lets one through at a time. With a limit, half of it is shared out: gate_own
 * bytes a thread, for file, decoder and rows together. The other half is common: for those behind
 * the gate. For a picture that needs more than all of that half and its thread's own share, the
 * others are called to rest: each finishes its item, gives back what it keeps, and waits until that
 * picture is done.
 *
 * No deadlock: who waits to be let through, or rests, holds nothing; and who is waited for, behind
 * the gate or at work in its own share, waits for nobody. No one is overtaken while it waits for
 * its turn's memory, so large pictures do not starve. Before a thread's first item and after its
 * last it counts as resting.
 * Knows: OpenMP's locks.
 */
#ifndef PIXSCALE_PIPELINE_GATE_H
#define PIXSCALE_PIPELINE_GATE_H

#include <stdbool.h>
#include <stdint.h>

/* Without a limit: decoder, rows and weights above this pass one at a time. A progressive JPEG of 5
 * megapixels, as few data sets have many of, is below it. */
#define GATE_WORKING_BYTES (32u << 20)

struct gate;

/* `bytes` is what all threads together may hold of pictures; 0: no limit. `alone`, no less, is what
 * one may while all others rest. NULL when memory ran out. */
struct gate *gate_new(int threads, uint64_t bytes, uint64_t alone);
void gate_free(struct gate *gate);

/* What a thread may hold by itself of a picture, the file with it; UINT64_MAX without a limit. */
uint64_t gate_own(const struct gate *gate);

/* What a picture may take at all; UINT64_MAX without a limit. */
uint64_t gate_most(const struct gate *gate);

/* Whether the others are to rest now: one relaxed load. */
bool gate_called(const struct gate *gate);

/* Thread `thread` holds nothing any more, and will not until it works again. */
void gate_rest(struct gate *gate, int thread);

/* It goes to work; returns when nobody behind the gate minds. */
void gate_work(struct gate *gate, int thread);

/* Waits until there is memory for `need` bytes, or without a limit until nobody else is behind the
 * gate. With a limit the thread must be resting, and `need` at most gate_most. */
void gate_enter(struct gate *gate, uint64_t need);

/* To be called with the same `need` when what the thread held is gone. With a limit it is still
 * resting. */
void gate_leave(struct gate *gate, uint64_t need);

#endif
