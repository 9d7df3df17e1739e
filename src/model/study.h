/*
 * study: what a group of measured runs says about how a program scales.
 *
 * Pure functions from numbers to numbers: nothing here knows records, files or clocks. A group is
 * one program on one machine with one work load, run with several numbers of threads, each several
 * times. Definitions, formulae and rules: Amdahl (AFIPS 1967), Gustafson (CACM 1988), Karp and
 * Flatt (CACM 1990), Gunther's USL (CMG 1993), Fieller (1954) for intervals of ratios, Huber
 * M-estimation with the covariance of Street, Carroll and Ruppert (1988), the speed-up ledger after
 * Eyerman et al. (ISPASS 2012). Times in seconds, fractions in 0…1. A quantity that the data cannot
 * identify is NAN, and the notes say why. Knows: base, GSL.
 */
#ifndef PIXSCALE_MODEL_STUDY_H
#define PIXSCALE_MODEL_STUDY_H

#include <stdbool.h>
#include <stddef.h>

/* Time accounting of one run, for ledger and efficiencies; all seconds. */
struct study_account {
    bool known;
    double serial;    /* wall outside parallel regions */
    double region;    /* Σ wall of parallel regions */
    double max_busy;  /* Σ over regions of the busiest thread */
    double mean_busy; /* Σ over regions of the mean over threads */
};

struct study_run {
    int threads;     /* the delivered team, at least 1 */
    double seconds;  /* wall of the whole job */
    bool excluded;   /* drawn, but left out of the fits */
    const char *why; /* why it is excluded; not owned */
    double scale;    /* weak scaling: work as a multiple of the one-thread run's, else 1 */
    double capacity; /* machine ceiling in cores at this team, NAN if not measured */
    struct study_account account;
};

struct study_interval {
    double low, high; /* NAN: unknown. An infinite end is no bound */
};

/* One number of threads, over its kept runs (or its excluded ones if none was kept). */
struct study_point {
    int threads, runs;
    bool excluded;
    const char *why;
    double seconds;
    struct study_interval seconds_ci;
    double speedup; /* ratio of means to the base */
    struct study_interval speedup_ci;
    double efficiency; /* speedup / threads */
    double karp_flatt; /* NAN at one thread */
    struct study_interval karp_flatt_ci;
    double attainable; /* mean capacity, NAN */
};

struct study_amdahl {
    bool fitted;
    double serial_fraction; /* NAN: faster than linear */
    struct study_interval serial_fraction_ci;
    double limit; /* 1/s; NAN unless the interval of s is above 0 */
    struct study_interval limit_ci;
    double t1, aicc;
};

struct study_usl {
    bool fitted;
    double sigma, kappa; /* sigma is NAN: faster than linear */
    double gamma;        /* throughput of one thread, 1/seconds */
    struct study_interval sigma_ci, kappa_ci;
    double peak_threads; /* NAN unless the gate is open */
    double aicc;
};

struct study_knee {
    bool fitted;
    double serial_fraction, knee;  /* region time falls as 1/min(p, knee) */
    struct study_interval knee_ci; /* NAN where the points do not bound it */
    double aicc;
};

struct study_gustafson {
    bool fitted;
    bool converted;      /* from fixed-size data at the largest p, not fitted from weak runs */
    double serial_share; /* s' of the parallel run; NAN: faster than linear */
    struct study_interval serial_share_ci;
};

enum study_law { STUDY_NONE, STUDY_AMDAHL, STUDY_USL, STUDY_KNEE };

struct study_prediction {
    double threads, speedup, seconds;
    struct study_interval speedup_ci;
    bool extrapolated;
};

/* What study_curve draws from; of no use to others. A, B and C of T(p) = A/p + B + C(p − 1), or of
 * a knee A, B and the level behind it. */
struct study_curve_fit {
    enum study_law law;
    double estimate[3], free[3], covariance[3][3], degrees;
    double knee;
};

/* P = speedup + serial + imbalance + overhead + inflation, to 1e-9. */
struct study_ledger {
    int threads;
    double speedup, serial, imbalance, overhead, inflation;
    double inflation_serial; /* the part of inflation in serial phases */
};

/* POP efficiencies, additive form; thread_efficiency × scalability × T1/W1 = E. */
struct study_pop {
    int threads;
    double thread_efficiency, serial_region, region, imbalance, overhead, scalability;
};

#define STUDY_NOTES 16

struct study {
    bool weak; /* the work grows with the threads: speed-ups are of work a second, Gustafson's law
                  alone is fitted, and predicted seconds are those of the grown work */
    struct study_point *points; /* ascending threads */
    size_t point_count;
    int base_threads; /* the fewest kept; efficiency is speedup × base_threads / threads */
    double base_seconds;
    double serial_seconds; /* of the --serial runs' mean, NAN */
    double timers_serial;  /* serial seconds of the one-thread run / its wall, NAN */
    struct study_amdahl amdahl;
    struct study_usl usl;
    struct study_knee knee;
    struct study_gustafson gustafson;
    enum study_law selected;
    double lack_of_fit_p; /* of Amdahl; NAN without degrees of freedom */
    int degrees;          /* of freedom for lack of fit */
    struct study_prediction *predictions;
    size_t prediction_count;
    int recommended;              /* fewest threads within 5 % of the best time; 0 unknown */
    int recommended_efficient;    /* the last with efficiency ≥ 0.8; 0 unknown */
    struct study_ledger *ledgers; /* per point with accounts; NULL without */
    struct study_pop *pops;
    size_t ledger_count;
    const char *notes[STUDY_NOTES]; /* gates that stayed closed and why; static text */
    size_t note_count;
    struct study_curve_fit curve;
};

struct study_options {
    const double *predict; /* numbers of threads; NULL: the next two powers of two */
    size_t predict_count;
    bool throughput; /* --space throughput: USL fitted unweighted to C(N), as R's usl does */
};

/* Fits one group. `serial_base` are the seconds of --serial runs (may be NULL). False when memory
 * ran out (point_count is 0 then) or there is no kept run (the points are there, excluded, for
 * drawing). Runs without a positive, finite time are passed over. Freed by study_free, in either
 * case. */
bool study_fit(struct study *study, const struct study_run *runs, size_t count,
               const double *serial_base, size_t serial_count, const struct study_options *options);
void study_free(struct study *study);

/* The curve of the selected law (Amdahl if none; Gustafson of weak runs), for drawing: speed-up at
 * p over base_threads with its 95 % band. NAN where nothing was fitted. `band` may be NULL. */
double study_curve(const struct study *study, double threads, struct study_interval *band);

#endif
