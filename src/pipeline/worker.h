/*
 * worker: one thread's tools, and one input through all its stages: read, decode, convert, resize,
 * store.
 *
 * A worker belongs to one thread from worker_new to worker_free. It writes only its own state, the
 * input's index_item, and the input's row of the array.
 * Knows: base, image, dataset, profile, the rest of this room.
 */
#ifndef PIXSCALE_PIPELINE_WORKER_H
#define PIXSCALE_PIPELINE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "dataset/index.h"
#include "dataset/manifest.h"
#include "dataset/npy.h"
#include "pipeline/gate.h"
#include "pipeline/row_format.h"
#include "pipeline/readahead.h"
#include "pipeline/row_sums.h"
#include "pipeline/transform.h"
#include "profile/slots.h"

struct worker_options {
    struct transform_options transform;
    struct row_format row;
    uint64_t max_bytes;    /* of a file */
    uint64_t memory;       /* what all workers together may hold of pictures, bytes; 0: no limit */
    uint64_t memory_alone; /* what one of them may while all others rest */
};

struct worker;

/* For thread `thread` of those that the gate was made for. NULL when memory ran out. Options, gate
 * and array must outlive the worker. */
struct worker *worker_new(const struct worker_options *options, struct gate *gate, int thread,
                          struct npy *npy);
void worker_free(struct worker *worker);

/* What a worker has beside what it holds of pictures, at most: its row of the array as a picture
 * and encoded, and, unless it rests, the weights that it keeps and the state of its decoders. */
uint64_t worker_fixed_bytes(const struct row_format *row, bool rests);

/* Before the thread's first item, and after its last: from then on nobody waits for it. */
void worker_begin(struct worker *worker);
void worker_end(struct worker *worker);

/* The clock of the worker's thread; NULL, as it is at first, for none. */
void worker_set_clock(struct worker *worker, struct stages_clock *clock);

/* The worker's thread has taken position k of the plan: asks for the files that come later. `ahead`
 * may be NULL. */
void worker_look_ahead(struct worker *worker, const struct readahead *ahead, size_t k);

/* Works on one input, the clock being in STAGE_READ (stages_item_begin): fills *item, writes row
 * `row` if the picture is good, counts in `slot`. Returns 0, or the errno of a failed write to the
 * array, which ends the whole run. */
int worker_item(struct worker *worker, const struct manifest_entry *entry, uint64_t row,
                struct index_item *item, struct slot *slot);

/* The sums over all pictures that this worker stored. */
const struct row_sums *worker_sums(const struct worker *worker);

#endif
