/*
 * calibrate_runs: the real runs of a calibration, each a process of its own.
 *
 * Every run is `pixscale bakery toast --profile --items`, with a passive wait policy, so that
 * threads that wait do not take the CPUs of those that sleep. Cases and teams of a round are mixed
 * in a random order: what disturbs the machine for a while falls on all alike. The records of each
 * case are a file of their own in a folder that goes away at the end.
 * Knows: bakery/calibrate.h, sweep.
 */
#ifndef PIXSCALE_BAKERY_CALIBRATE_RUNS_H
#define PIXSCALE_BAKERY_CALIBRATE_RUNS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bakery/calibrate.h"
#include "base/error.h"

struct calibrate_runs {
    bool wanted[CALIBRATE_CASES];
    int runs; /* of each point */
    int64_t minute_ns;
    uint64_t seed;            /* of the orders */
    const char *temporary;    /* the folder for folders such as this one */
    char *const *environment; /* of this process */
    const atomic_int *stop;   /* a signal's number: stop now; may be NULL */
    /* Called before every run and once at the end, with the share of the time that is over. May be
     * NULL. */
    void (*progress)(void *user, double fraction, int done, int total);
    void *user;

    char *folder;
    char *file[CALIBRATE_CASES]; /* the records of each wanted case */
};

/* Seconds that it will take, near enough: what the toast takes and the processes. */
double calibrate_runs_seconds(const struct calibrate_runs *runs);

/* Runs everything. False when a run fails, or was stopped (*stop tells); files of the runs that
 * ended are there all the same. Whatever it returns, calibrate_runs_close is to be called. */
bool calibrate_runs_go(struct calibrate_runs *runs, struct error *error);

/* Appends all records to a file. */
bool calibrate_runs_keep(const struct calibrate_runs *runs, const char *path, struct error *error);

/* Removes the folder. */
void calibrate_runs_close(struct calibrate_runs *runs);

#endif
