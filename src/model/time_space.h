/*
 * time_space: both laws of fixed-size scaling as one linear model of the wall time.
 *
 *     T(p) = A/p + B + C·(p − 1)
 *
 * Amdahl's law is C = 0. With Gunther's names T(1) = A + B, sigma = B/T(1), kappa = C/T(1),
 * gamma = 1/T(1), and the throughput peaks at sqrt(A/C) threads.
 * Knows: model/least_squares.h, model/fieller.h.
 */
#ifndef PIXSCALE_MODEL_TIME_SPACE_H
#define PIXSCALE_MODEL_TIME_SPACE_H

#include "model/fieller.h"
#include "model/least_squares.h"
#include "model/study.h"
#include "model/study_sample.h"

/* Coefficients of A, B and C at p threads. */
void time_space_row(double threads, double row[LEAST_SQUARES_TERMS]);

/* T(p) of A, B and C. */
double time_space_time(const double beta[LEAST_SQUARES_TERMS], double threads);

/* Fits A and B (terms 2) or A, B and C (terms 3) to all runs. False: no memory. */
bool time_space_fit(struct least_squares_fit *fit, const struct study_sample *sample, int terms);

/* Sum of squares of plain least squares over the means, with what the means leave: comparable
 * between laws, and with the pure error. False: no memory. */
bool time_space_fit_means(struct least_squares_fit *fit, const struct study_sample *sample,
                          int terms);

/* 95 % intervals from the unconstrained fit, not cut: of B/T(1), of C/T(1), and of T(base)/T(p). */
struct study_interval time_space_share(const struct least_squares_fit *fit);
struct study_interval time_space_growth(const struct least_squares_fit *fit);
struct study_interval time_space_speedup(const struct least_squares_fit *fit, double base,
                                         double threads);

#endif
