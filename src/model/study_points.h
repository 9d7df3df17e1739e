/*
 * study_points: runs of one number of threads as one point with its intervals.
 *
 * Knows: model/study.h, model/study_sample.h, model/karp_flatt.h.
 */
#ifndef PIXSCALE_MODEL_STUDY_POINTS_H
#define PIXSCALE_MODEL_STUDY_POINTS_H

#include "model/study.h"
#include "model/study_sample.h"

/* Fills points, base and its seconds. Speed-ups are ratios of means (of work a second where the
 * work grows); their interval is made on the log ratio with the relative scatter pooled over all
 * points, t with its degrees of freedom. False: no memory. */
bool study_points_fill(struct study *study, const struct study_sample *sample,
                       const struct study_run *runs, size_t count);

/* The fewest threads within 5 % of the best time, and the most with efficiency ≥ 0.8. */
void study_points_recommend(struct study *study);

#endif
