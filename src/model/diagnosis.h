/*
 * diagnosis: the one main reason why a program did not scale, named from what was measured.
 *
 * The ledger says how many cores were lost to serial phases, to imbalance, to waiting inside the
 * region and to work that took longer. This goes one step further and names the cause behind the
 * largest loss: imbalance is a slow thread's where one thread takes longer for the same items;
 * longer work is overhead where it is dispatch that grew, a bandwidth knee or contention where the
 * selected law says so. It says "none" where too little was lost to matter and "unknown" where the
 * evidence does not tell: it never guesses.
 * Pure numbers; what the evidence is made from, report/ knows. Knows: model/study.h.
 */
#ifndef PIXSCALE_MODEL_DIAGNOSIS_H
#define PIXSCALE_MODEL_DIAGNOSIS_H

#include <stdbool.h>

#include "model/study.h"

enum diagnosis_cause {
    DIAGNOSIS_NONE,       /* less than DIAGNOSIS_LEAST of the team was lost */
    DIAGNOSIS_SERIAL,     /* time outside of the parallel region */
    DIAGNOSIS_IMBALANCE,  /* uneven shares of the work */
    DIAGNOSIS_SLOW,       /* one thread slower than the others at the same items */
    DIAGNOSIS_OVERHEAD,   /* handing out work, starting and joining */
    DIAGNOSIS_CONTENTION, /* work takes longer with every thread more: kappa */
    DIAGNOSIS_BANDWIDTH,  /* a resource of which there are only so many: a knee */
    DIAGNOSIS_UNKNOWN,
    DIAGNOSIS_COUNT
};

#define DIAGNOSIS_LEAST 0.02 /* of the team: what repeated runs differ by anyway */

/* Beside the study: what single threads and items tell at the largest kept team, means over its
 * runs. NAN where the records do not tell. */
struct diagnosis_evidence {
    int threads;
    double dispatch_share;  /* of the busy time, at this team */
    double slowest;         /* the slowest thread: its time over the median thread's, for the same
                               items (each item against the same item in the one-thread runs) */
    double slowest_scatter; /* standard deviation of that ratio over the runs; NAN with one run */
};

struct diagnosis {
    enum diagnosis_cause cause;
    double cores; /* lost to it, of the team; NAN for none and unknown */
    double lost;  /* in all: team − speed-up */
};

struct diagnosis diagnosis_make(const struct study *study,
                                const struct diagnosis_evidence *evidence);

/* "serial phases", "imbalance", "a slow thread", … */
const char *diagnosis_name(enum diagnosis_cause cause);

#endif
