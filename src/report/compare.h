/*
 * compare: two groups side by side, with an interval of their difference.
 *
 * Two intervals that overlap may still differ, and two that do not touch always do: neither is the
 * interval of the difference, which is made of both by the method of variance estimates recovery
 * (Zou and Donner, Statistics in Medicine 27, 2008): about d = a − b its low end lies at
 * √((a − low a)² + (high b − b)²) below, its high end likewise above. Knows: report/analysis.h.
 */
#ifndef PIXSCALE_REPORT_COMPARE_H
#define PIXSCALE_REPORT_COMPARE_H

#include "report/analysis.h"

struct compare_difference {
    double first, second, difference; /* difference: second − first; NAN if unknown */
    struct study_interval ci;
};

struct compare {
    struct compare_difference serial_fraction; /* as fitted by Amdahl's law */
    struct compare_difference speedup;         /* as measured, at `threads` */
    int threads; /* the largest team that both have in their fits; 0 none above 1 */
};

/* False when neither can be compared. */
bool compare_groups(struct compare *compare, const struct analysis_group *first,
                    const struct analysis_group *second);

/* Of two estimates with 95 % intervals. */
struct compare_difference compare_estimates(double first, struct study_interval first_ci,
                                            double second, struct study_interval second_ci);

#endif
