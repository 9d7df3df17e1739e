/*
 * clock_check: how fine the clock is and what a reading of it costs, measured here and now.
 *
 * Every figure of a stage rests on differences of clock_now_ns: one that is not large against both
 * of these says nothing.
 * Knows: base.
 */
#ifndef PIXSCALE_PROFILE_CLOCK_CHECK_H
#define PIXSCALE_PROFILE_CLOCK_CHECK_H

#include <stdint.h>

struct clock_check {
    int64_t least_step_ns;  /* the smallest step, other than none, between two readings in a row */
    int64_t median_step_ns; /* the median of such steps */
    double stamp_ns;        /* what one clock_now_ns costs: the best of several batches */
};

/* Measures in some milliseconds (20 ns a reading; a tenth of a second where a reading is a system
 * call). Works with clocks as coarse as 10 ms, which then take a second. */
void clock_check_run(struct clock_check *check);

#endif
