/*
 * calibrate_estimate: what the profiler makes of one case, and how often its intervals hold.
 *
 * An estimate is the number that answers for the quantity planted, with its 95 % interval: of a fit
 * the fit's own, of a mean over runs (Huber's, which one late run cannot
 * bend) Student's. Coverage is asked of sweeps drawn anew, with
 * replacement, from many real runs: how often does the interval of such a sweep hold the planted
 * truth, and how often what all runs together say? The first falls where the sleeping itself is
 * biased (threads wake up late), the second only where the intervals are wrong.
 * Knows: bakery/calibrate.h, report/analysis.h.
 */
#ifndef PIXSCALE_BAKERY_CALIBRATE_ESTIMATE_H
#define PIXSCALE_BAKERY_CALIBRATE_ESTIMATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bakery/calibrate.h"
#include "report/analysis.h"

struct calibrate_estimate {
    double value; /* NAN: cannot be told */
    struct study_interval ci;
    struct diagnosis diagnosis;
};

/* From a group with study, evidence and diagnosis. */
struct calibrate_estimate calibrate_estimate_make(enum calibrate_quantity quantity,
                                                  const struct analysis_group *group);

/* Whether the interval is known and holds the value. */
bool calibrate_estimate_holds(const struct calibrate_estimate *estimate, double value);

/* Kept runs that took longer than the median of their number of toasters by more than the share: a
 * thread woke up much later than usual in them. False: no memory. */
bool calibrate_estimate_late(const struct analysis_group *group, double share, int *late,
                             int *runs);

#define CALIBRATE_SWEEPS     2000
#define CALIBRATE_SWEEP_RUNS 5 /* a point, as a sweep makes them */

struct calibrate_coverage {
    int sweeps;
    int truth_held, mean_held;      /* intervals that hold the truth; the value of all runs */
    int diagnosed[DIAGNOSIS_COUNT]; /* how often each cause was named */
};

/* Draws `sweeps` sweeps of `runs` runs a point from the group's kept runs and judges each. `value`
 * is what the whole group gives. False: no memory, or *stop is not 0. */
bool calibrate_estimate_cover(struct calibrate_coverage *coverage, enum calibrate_quantity quantity,
                              const struct analysis_group *group, double truth, double value,
                              int sweeps, int runs, uint64_t seed, const atomic_int *stop);

#endif
