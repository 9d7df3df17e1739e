/*
 * pipeline: the parallel region. All inputs of a plan through workers, one a thread.
 * Knows: base, image, dataset, profile, the rest of this room.
 */
#ifndef PIXSCALE_PIPELINE_PIPELINE_H
#define PIXSCALE_PIPELINE_PIPELINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/status.h"
#include "pipeline/checkpoint.h"
#include "pipeline/plan.h"
#include "pipeline/readahead.h"
#include "pipeline/worker.h"

/* Called by thread 0 between its items (and by nobody else); `counts` is not exact while others
 * work. */
typedef void (*pipeline_progress_fn)(void *user, const struct slots *slots);

struct pipeline_job {
    const struct manifest *manifest;
    const struct plan *plan;
    const struct readahead *ahead; /* or NULL */
    const struct worker_options *options;
    struct npy *npy;
    uint64_t write_behind; /* after so many bytes of rows the disk is told to begin; 0: never */
    const struct checkpoint_plan *checkpoints; /* or NULL */
    struct index_item *items; /* [manifest->count], zeroed by the caller; done where the plan has
                                 left out what an earlier run did */
    int threads;              /* the team asked for, at least 1 */
    bool serial;              /* a plain loop without a parallel region */
    uint64_t max_failures;    /* more failed inputs than this stop the run */
    uint64_t failed_before;   /* of an earlier run, that count for it */
    bool clear_failed;        /* an earlier run may have left something in rows that fail now */
    const atomic_int *stop; /* not 0: finish the items in hand and return; may be set by a signal */
    pipeline_progress_fn progress; /* or NULL */
    void *user;
    struct stages_clock *clocks; /* [threads], zeroed; NULL: nothing is timed */
    struct stages_item *times;   /* [manifest->count], or NULL; needs clocks */
};

struct pipeline_result {
    int threads;                            /* the team that was delivered */
    int64_t region_start_ns, region_end_ns; /* clock_now_ns before the team starts, after its join;
                                               of the plain loop when serial */
    bool stopped;                           /* *stop was set before all was done */
    bool too_many;                          /* max_failures was passed */
    int write_error;                        /* errno of a failed write to the array, or 0 */
    bool sync_failed;                       /* it was of no row but of making rows durable */
    uint64_t write_row;                     /* and its row */
    struct slots_totals counts;             /* of this run; in statuses[] the earlier one is, too */
    uint64_t statuses[STATUS_COUNT];        /* of the inputs that were worked on */
    struct row_sums sums;                   /* of this run */
};

/* Runs the job. The schedule is the OpenMP runtime's current one (omp_set_schedule). False when the
 * run could not start (memory). Stopping, failures and write errors are told in *result. */
bool pipeline_run(const struct pipeline_job *job, struct pipeline_result *result,
                  struct error *error);

#endif
