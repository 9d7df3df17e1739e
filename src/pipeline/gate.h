/*
 * gate: how threads share memory. One at a time may hold a picture that takes more than a thread
 * may hold by itself; if need be, all others stand still meanwhile, with empty hands.
 *
 * Without a limit a thread may hold any file and GATE_WORKING_BYTES of what a picture takes beside
 * it, and the gate is no more than a lock. With a limit, half of it is shared out: gate_own bytes a
 * thread, for file, decoder and rows together. The other half is for the one behind the gate. If it
 * needs more than that half and its own share, the others are called to rest: each finishes its
 * item, gives back what it keeps, and waits until the gate opens.
 *
 * No deadlock: who waits at the gate or rests holds nothing, there is one lock, and who has it
 * waits only for threads that are at work on an item of their own share, which wait for nobody.
 * Before a thread's first item and after its last it counts as resting.
 * Knows: base, OpenMP's locks.
 */
#ifndef PIXSCALE_PIPELINE_GATE_H
#define PIXSCALE_PIPELINE_GATE_H

#include <stdbool.h>
#include <stdint.h>

/* Without a limit: decoder, rows and weights above this pass one at a time. A progressive JPEG of 5
 * megapixels, as few data sets have many of, is below it. */
#define GATE_WORKING_BYTES (32u << 20)

struct gate;

/* `bytes` is what all threads together may hold of pictures; 0: no limit. NULL when memory ran out.
 */
struct gate *gate_new(int threads, uint64_t bytes);
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

/* Waits until nobody else is behind the gate and, if `need` asks for it, the others rest. With a
 * limit the thread must be resting, and `need` at most gate_most. */
void gate_enter(struct gate *gate, uint64_t need);

/* Opens the gate; what the thread held must be gone. With a limit it is still resting. */
void gate_leave(struct gate *gate);

#endif
