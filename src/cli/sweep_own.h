/*
 * sweep_own: the runs of a sweep over pictures, each by `pixscale run --profile` in a process of
 * its own, with the array in a folder that goes away with the sweep.
 *
 * The array is really written, synced and renamed, so that the serial end of a run is measured too.
 * Knows: base, dataset, profile, sweep, cli/sweep_options.h.
 */
#ifndef PIXSCALE_CLI_SWEEP_OWN_H
#define PIXSCALE_CLI_SWEEP_OWN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "cli/sweep_options.h"
#include "dataset/manifest.h"
#include "profile/record.h"
#include "sweep/spawn.h"

struct sweep_own {
    const struct sweep_options *options;
    char *const *environment; /* of this process */
    const atomic_int *stop;
    char *folder; /* where all that follows lies */
    char *array, *profile, *list;
    char *command;            /* what the records call it: without the paths above */
    struct manifest manifest; /* --weak: what the sample is taken from */
    size_t sample;            /* --weak: inputs for each thread */
};

/* Makes the folder below `beside` and, from standard input or for --weak, the list of inputs.
 * Whatever it returns, sweep_own_close is to be called. */
bool sweep_own_open(struct sweep_own *own, const char *beside, int most_threads,
                    struct error *error);

/* One run, or with `serial` one of the plain loop. When it ended well (result->status is 0 or, with
 * pictures that failed, 1; not stopped), *record is the caller's to free; else it is empty. False
 * when it could not be started or left no record. */
bool sweep_own_run(struct sweep_own *own, int threads, bool serial, struct spawn_result *result,
                   struct record *record, struct error *error);

/* Removes the folder. */
void sweep_own_close(struct sweep_own *own);

#endif
