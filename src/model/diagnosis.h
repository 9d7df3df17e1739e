/*
 * diagnosis: the one main reason why a program did not scale, named from what was measured.
 *
 * The ledger says how many cores were lost to serial phases, to imbalance, to waiting inside the
 * region and to work that took longer. This goes one step further and names the cause behind the
 * largest loss: imbalance and longer work are a slow thread's as far as one thread takes longer for
 * the same items; handing out work is overhead whether it grew or was there with one thread too,
 * where the ledger, which begins with that run, does not count it; what is left of longer work is a
 * bandwidth knee or contention where the selected law says so. It says "none" where too little was
 * lost to matter and "unknown" where the evidence does not tell: it never guesses.
 * Pure numbers; what the evidence is made from, report/ knows. Knows: model/study.h.
 */
#ifndef PIXSCALE_MODEL_DIAGNOSIS_H
#define PIXSCALE_MODEL_DIAGNOSIS_H

#include <stdbool.h>

#include "model/study.h"

enum diagnosis_cause {
    DIAGNOSIS_NONE,       /* less than DIAGNOSIS_LEAST of the team was lost, or up to twice that
                             where the runs differ by as much */
    DIAGNOSIS_SERIAL,     /* time outside of the parallel region */
    DIAGNOSIS_IMBALANCE,  /* uneven shares of the work */
    DIAGNOSIS_SLOW,       /* one thread slower than the others at the same items */
    DIAGNOSIS_OVERHEAD,   /* handing out work, starting and joining */
    DIAGNOSIS_CONTENTION, /* work takes longer with every thread more: kappa */
    DIAGNOSIS_BANDWIDTH,  /* a resource of which there are only so many: a knee */
    DIAGNOSIS_UNKNOWN,    /* no ledger, no law, or nothing lost for sure */
    DIAGNOSIS_COUNT
};

/* Of the team: what repeated runs differ by anyway. */
#define DIAGNOSIS_LEAST 0.02

/* A thread counts as slow from here on: unequal items alone move a median by some per cent. */
#define DIAGNOSIS_SLOWER 1.05

/* Beside the study: what single threads and items tell at the largest kept team, over its runs:
 * means of dispatch, Huber's of the ratio, medians of what it costs. NAN where the records do not
 * tell. Cores are seconds of threads over wall seconds. */
struct diagnosis_evidence {
    int threads, runs;     /* the team, and the runs of it that the threads below are known of */
    double dispatch_share; /* of the busy time, at this team */
    double dispatch_cores; /* in all */
    double dispatch_grown; /* cores: what it is more than in the one-thread runs */
    double slowest;        /* the slowest thread: its time over the median thread's, for the same
                              items (each against the same item in the one-thread runs) */
    double slowest_error;  /* its standard error, by the scatter over the runs, which those with
                              one thread are thought to have too; NAN with one run */
    double slow_cores;     /* what slow threads cost the team */
    double slow_longer;    /* of it what they work longer themselves; for the rest others wait */
};

/* Nothing known. */
struct diagnosis_evidence diagnosis_no_evidence(void);

struct diagnosis {
    enum diagnosis_cause cause;
    double cores; /* lost to it, of the team; NAN for none and unknown */
    double lost;  /* in all: team − speed-up, and overhead that the base has too; NAN unknown */
    int threads;  /* the team; 0: no team larger than the base is kept */
};

struct diagnosis diagnosis_make(const struct study *study,
                                const struct diagnosis_evidence *evidence);

/* What slow threads cost, in seconds of threads. `longer`: what they work longer themselves. */
struct diagnosis_slow {
    double cost, longer;
};

/* `busy` are the seconds of each thread, `slower` how many times as long it takes for the same
 * items. With the work in fixed shares the team waits for the slow, with a shared queue they do
 * less. */
struct diagnosis_slow diagnosis_slow_seconds(const double *busy, const double *slower, int threads);

/* "serial phases", "imbalance", "a slow thread", … */
const char *diagnosis_name(enum diagnosis_cause cause);

/* One word, for machines and narrow tables: "serial", "imbalance", "slow-thread", … */
const char *diagnosis_word(enum diagnosis_cause cause);

#endif
