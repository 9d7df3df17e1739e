/*
 * study_sample: the kept runs of a group as the fits want them, and its points as people do.
 *
 * Knows: model/study.h, model/least_squares.h.
 */
#ifndef PIXSCALE_MODEL_STUDY_SAMPLE_H
#define PIXSCALE_MODEL_STUDY_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/least_squares.h"
#include "model/study.h"

struct study_sample {
    size_t run_count;                    /* kept runs, by ascending threads */
    double (*rows)[LEAST_SQUARES_TERMS]; /* of T(p) = A/p + B + C(p−1) */
    double *seconds, *threads, *scales;  /* of each run */
    size_t point_count;                  /* different numbers of threads among them */
    double (*mean_rows)[LEAST_SQUARES_TERMS];
    double *means, *point_threads; /* of each point: mean seconds */
    double *units;                 /* means/√runs: a mean's scatter is relative to it */
    double pure_error;             /* Σ (run/mean − 1)² over all kept runs */
    double pure_degrees;           /* Σ (runs − 1) */
    bool weak;                     /* the work grows with the threads */
};

/* Whether a run can be used at all: a team of at least 1, a positive and finite time. */
bool study_sample_usable(const struct study_run *run);

/* Its work as a multiple of the one-thread run's; 0 is read as 1. */
double study_sample_scale(const struct study_run *run);

/* Collects the kept runs. False: no memory. Freed by study_sample_close. */
bool study_sample_open(struct study_sample *sample, const struct study_run *runs, size_t count);
void study_sample_close(struct study_sample *sample);

#endif
