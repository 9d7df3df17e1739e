/*
 * robust_mean: the mean of a few measured numbers, of which one may be far off.
 *
 * Huber's estimate with the covariance that the fits use too (model/least_squares.h): a run in
 * which the machine stood still counts no more than one at the edge of the others' scatter.
 * Knows: model/least_squares.h.
 */
#ifndef PIXSCALE_MODEL_ROBUST_MEAN_H
#define PIXSCALE_MODEL_ROBUST_MEAN_H

#include <stdbool.h>
#include <stddef.h>

struct robust_mean {
    double value; /* NAN of none */
    double error; /* its standard error; NAN of fewer than two */
};

/* Of `count` numbers above 0. False: no memory. */
bool robust_mean(struct robust_mean *mean, const double *values, size_t count);

#endif
