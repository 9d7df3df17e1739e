/*
 * readahead: tells the kernel which files come next, so that the disk reads while threads decode.
 *
 * The plan knows what will be read. Behind the position that was taken last lies a window of so
 * many bytes of files, and whoever takes a position asks for those that enter the window by that:
 * each file is asked for once, by one thread, with nothing shared but a table that nobody writes.
 * (Under a static schedule, whose threads are at many positions at once, each has a window of its
 * own, which fills while its thread works through the first.) Asking is a hint (posix_fadvise,
 * WILLNEED); it changes no byte and cannot fail.
 *
 * Where files lie in memory already, asking is waste. So a thread that has met some such files in
 * a row sleeps over most of what follows, and looks only now and then.
 * Knows: base, dataset/manifest.h, pipeline/plan.h.
 */
#ifndef PIXSCALE_PIPELINE_READAHEAD_H
#define PIXSCALE_PIPELINE_READAHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataset/manifest.h"
#include "pipeline/plan.h"

/* The window of a run that says nothing else: at 100 MB a second and core, what 16 cores decode in
 * 40 ms, several times what a disk takes to answer; and small beside any memory. 146 MB of pictures
 * on a fast disk, one thread, took 2.76 s without and 2.26 s with it, and 2.13 s when they lay in
 * memory, with or without. */
#define READAHEAD_BYTES (INT64_C(64) << 20)

struct readahead {
    const struct plan *plan;
    const struct manifest *manifest;
    uint32_t *until; /* [count + 1] position k asks for positions until[k] … until[k + 1] − 1; NULL:
                        nothing is asked for */
};

/* What a thread has seen; all zeros at its start. */
struct readahead_eye {
    uint32_t cached; /* files in a row that were in memory already */
    uint32_t asleep; /* files to pass over before looking again */
};

/* The windows of a plan, of `bytes` each, 0 for none, for a team of `threads`. Plan and manifest
 * must outlive it. False when memory ran out. Freed by readahead_free. */
bool readahead_make(struct readahead *ahead, const struct plan *plan,
                    const struct manifest *manifest, uint64_t bytes, int threads);
void readahead_free(struct readahead *ahead);

/* The thread that `eye` belongs to has taken position k: asks for what enters the window. */
void readahead_ask(const struct readahead *ahead, struct readahead_eye *eye, size_t k);

#endif
