/*
 * checkpoint: while the team works, thread 0 now and then makes durable what is done, and has the
 * journal say so.
 *
 * No lock and no atomic read-modify-write: each thread links the items that it has finished
 * (index_item.previous). Thread 0 asks by counting up a number that the others look at after each
 * item; a thread that finds it changed leaves the head of its chain, with its sums, in a place of
 * its own, and answers with that number. When all have answered, or after a while, thread 0 syncs
 * the array and appends the rows of those chains to the journal, between two items of its own. A
 * thread in the midst of a long item is waited for by nobody: its rows come with the next round.
 *
 * Syncing takes no more than a share of thread 0's time: the longer a disk takes, the more seldom
 * it is asked. Knows: base, dataset, pipeline/row_sums.h.
 */
#ifndef PIXSCALE_PIPELINE_CHECKPOINT_H
#define PIXSCALE_PIPELINE_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "dataset/index.h"
#include "dataset/journal.h"
#include "dataset/npy.h"
#include "pipeline/row_sums.h"

/* How often. A second of work is what a kill costs; less would not be noticed, and a disk that does
 * nothing else takes 1 to 100 ms for each. */
#define CHECKPOINT_EVERY_NS INT64_C(1000000000)
#define CHECKPOINT_REST     20 /* times as long as one took, before the next: at most 5 % */

struct checkpoint_plan {
    struct journal *journal; /* NULL: no checkpoints */
    struct row_sums before;  /* of the rows that an earlier run stored */
    int64_t every_ns;        /* between two of them, at least */
    int64_t rest;            /* times the duration of the last, at least */
};

struct checkpoint;

/* For a team. `items` as in the pipeline. NULL without memory. */
struct checkpoint *checkpoint_new(const struct checkpoint_plan *plan, int threads, struct npy *npy,
                                  struct index_item *items);
void checkpoint_free(struct checkpoint *checkpoint);

/* `thread` has finished the item of `row`, whose row, if any, is written; `sums` are of all that it
 * stored. */
void checkpoint_item(struct checkpoint *checkpoint, int thread, uint32_t row,
                     const struct row_sums *sums);

/* Thread 0, between two items: whether there is something to do for checkpoint_work. */
bool checkpoint_due(struct checkpoint *checkpoint);

/* Thread 0: does it. 0, or the errno of a failed sync, after which nothing of the array is safe but
 * what the journal tells of. That the journal cannot be written is no error: its rows come later.
 */
int checkpoint_work(struct checkpoint *checkpoint);

/* Has the journal tell of every item that is done and that it does not tell of yet: after the join,
 * the rows being durable. `finished`: the mark (npy_mark) of the array that only wants its name, or
 * 0 when more is missing. As journal_seal. */
bool checkpoint_rest(struct journal *journal, struct index_item *items, size_t count,
                     const struct row_sums *sums, uint64_t finished);

/* That mark, of the journal's numbers. */
uint64_t checkpoint_array(const uint64_t numbers[JOURNAL_NUMBERS]);

/* The sums that the journal keeps as its numbers. */
void checkpoint_sums(const uint64_t numbers[JOURNAL_NUMBERS], struct row_sums *sums);

#endif
