/*
 * knee: parallel time that stops falling at k threads, T(p) = A/min(p, k) + B.
 *
 * So memory bandwidth behaves, or any resource of which there are k. Between two measured numbers
 * of threads the law is linear in A, B and the level L = A/k + B that the rest share; the best k is
 * therefore found exactly, segment by segment. Knows: model/least_squares.h, model/study_sample.h.
 */
#ifndef PIXSCALE_MODEL_KNEE_H
#define PIXSCALE_MODEL_KNEE_H

#include "model/least_squares.h"
#include "model/study.h"
#include "model/study_sample.h"

/* The free fit of A, B and L about the best knee, for intervals. */
struct knee_fit {
    struct least_squares_fit level; /* estimate: A, B, L */
    double k;
    double rss; /* over all runs */
};

/* Fits by plain least squares; not solved with fewer than four points. False: no memory. */
bool knee_fit(struct knee_fit *fit, const struct study_sample *sample);

/* The interval of the knee is Fieller's, k = A/(L - B) being a ratio of linear terms. */
void knee_from_fit(struct study_knee *knee, const struct knee_fit *fit, size_t runs);

/* T(p), and the 95 % interval of T(base)/T(p); beyond k the time stays as it is. */
double knee_time(const struct least_squares_fit *level, double k, double threads);
struct study_interval knee_speedup(const struct least_squares_fit *level, double k, double base,
                                   double threads);

#endif
