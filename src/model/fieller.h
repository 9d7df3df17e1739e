/*
 * fieller: intervals for the ratio of two linear terms of a fit.
 *
 * Fieller, "Some problems in interval estimation" (J. R. Statist. Soc. B 16, 1954): the interval
 * holds each ratio θ for which numerator − θ·denominator is not significantly different from 0. It
 * needs no linearisation and so covers as promised where the ratio is close to a bound.
 * Knows: model/least_squares.h.
 */
#ifndef PIXSCALE_MODEL_FIELLER_H
#define PIXSCALE_MODEL_FIELLER_H

#include "model/least_squares.h"
#include "model/study.h"

/* The interval of (numerator·β)/(denominator·β), β being the fit's free terms and t the quantile
 * of Student's distribution. −∞…∞ when the denominator is not significantly different from 0: no
 * ratio can be told then. NAN when covariance or t are. */
struct study_interval fieller_ratio(const struct least_squares_fit *fit,
                                    const double numerator[LEAST_SQUARES_TERMS],
                                    const double denominator[LEAST_SQUARES_TERMS], double t);

/* The interval, cut to low…high; NAN when nothing of it lies there. */
struct study_interval fieller_cut(struct study_interval interval, double low, double high);

#endif
