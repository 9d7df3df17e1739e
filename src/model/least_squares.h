/*
 * least_squares: linear models of up to three terms, fitted to numbers whose error is relative.
 *
 * Measured times scatter by a share of themselves, so a residual is divided by the fitted value
 * before it is squared. Huber's M-estimate (1964) keeps one spoiled run from bending a curve; its
 * covariance is that of Street, Carroll and Ruppert (The American Statistician 42, 1988). There are
 * no starting values and no local minima. Knows: GSL.
 */
#ifndef PIXSCALE_MODEL_LEAST_SQUARES_H
#define PIXSCALE_MODEL_LEAST_SQUARES_H

#include <stdbool.h>
#include <stddef.h>

#define LEAST_SQUARES_TERMS 3

/* The smallest relative scatter believed in. A clock of nanoseconds cannot say more of a second,
 * and numbers computed without any noise would else find their own rounding significant. */
#define LEAST_SQUARES_FINEST 1e-9

struct least_squares_data {
    const double (*x)[LEAST_SQUARES_TERMS]; /* [n] rows, of which the first `terms` count */
    const double *y;                        /* [n], above 0 */
    size_t n;
    int terms;
};

struct least_squares_fit {
    bool solved; /* false: the rows do not determine the terms, or numbers overflowed */
    int terms;
    double degrees;                       /* n − terms */
    double free[LEAST_SQUARES_TERMS];     /* unconstrained: what intervals are made from */
    double estimate[LEAST_SQUARES_TERMS]; /* none below 0, the best of all active sets */
    double covariance[LEAST_SQUARES_TERMS][LEAST_SQUARES_TERMS]; /* of free; NAN: degrees are 0 */
    double scale; /* relative scatter about the fit */
    double rss;   /* of free, relative and squared */
    double rss_estimate;
};

/* Huber's estimate with weights 1/fitted². False: no memory. */
bool least_squares_robust(struct least_squares_fit *fit, const struct least_squares_data *data);

/* Plain least squares with residual i divided by unit[i]. False: no memory. */
bool least_squares_plain(struct least_squares_fit *fit, const struct least_squares_data *data,
                         const double *unit);

/* Akaike's criterion with the correction for few data (Hurvich and Tsai 1989), of a Gaussian model
 * with `parameters` besides the scatter; comparable only between fits with equal units. NAN: too
 * few data. */
double least_squares_aicc(double rss, size_t n, int parameters);

/* Student's t such that the central interval has this level. NAN without degrees of freedom. */
double least_squares_student(double level, double degrees);

#endif
