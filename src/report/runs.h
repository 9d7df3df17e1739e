/*
 * runs: what a record says of its run, in the terms of the models.
 *
 * Where the seconds went, and whether the run may take part in a fit. A record is judged by what it
 * says of the machine that it was made on, never by the machine that reads it.
 * Knows: model/study.h, profile/record.h.
 */
#ifndef PIXSCALE_REPORT_RUNS_H
#define PIXSCALE_REPORT_RUNS_H

#include <stdbool.h>

#include "model/study.h"
#include "profile/record.h"

/* Of work that sleeps, and where it was asked for, more threads than CPUs are no mistake. */
bool runs_keeps_crowded(const struct record *record);

/* Why the run of `threads` threads is left out of the fits, or NULL. The text lives as long as the
 * record. `include_smt` keeps teams beyond the physical cores. */
const char *runs_excluded(const struct record *record, int threads, bool include_smt);

/* The run; `seconds` is its wall time. Scale is 1, runs_scale sets it. */
struct study_run runs_of_record(const struct record *record, int threads, double seconds,
                                bool include_smt);

/* Weak scaling: work as a multiple of that of the runs with one thread, by items where the records
 * count them; else by threads, which is what weak scaling means. `records` may hold NULL. */
void runs_scale(struct study_run *runs, const struct record *const *records, size_t count);

#endif
