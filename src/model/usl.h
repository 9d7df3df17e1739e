/*
 * usl: Gunther's universal scalability law (CMG 1993), C = γN/(1 + σ(N−1) + κN(N−1)).
 *
 * σ is contention, κ coherency; with κ the throughput has a peak at sqrt((1−σ)/κ).
 * Knows: model/time_space.h.
 */
#ifndef PIXSCALE_MODEL_USL_H
#define PIXSCALE_MODEL_USL_H

#include "model/least_squares.h"
#include "model/study.h"
#include "model/study_sample.h"

/* From the three-term fit of the times. The peak is that of the estimates, gate or not. */
void usl_from_fit(struct study_usl *usl, const struct least_squares_fit *fit);

/* Whether the 99 % interval of the growth term C lies above 0. */
bool usl_gate(const struct least_squares_fit *fit);

/* Fits the throughput 1/T unweighted, as R's package usl does (Gauss–Newton with halved steps,
 * begun at the fit of the times). `fit` is replaced by the times' A, B and C of that solution, with
 * T(1) taken as known: σ, κ, speed-ups and the gate then follow from it as from any other. Not
 * solved when it does not converge. False: no memory. */
bool usl_fit_throughput(struct least_squares_fit *fit, const struct study_sample *sample);

#endif
