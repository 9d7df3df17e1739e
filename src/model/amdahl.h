/*
 * amdahl: S = 1/(s + (1 − s)/p) for fixed-size work, limit 1/s (Amdahl, AFIPS 1967).
 *
 * The fitted s is of the curve: it bends like a serial share of s, whatever the reason.
 * Knows: model/time_space.h.
 */
#ifndef PIXSCALE_MODEL_AMDAHL_H
#define PIXSCALE_MODEL_AMDAHL_H

#include "model/least_squares.h"
#include "model/study.h"

/* Speed-up at p threads over a base of b: at b = 1 the law as it is written. */
double amdahl_speedup(double serial_fraction, double base, double threads);

/* The speed-up falls as s rises, so the ends change places. */
struct study_interval amdahl_speedup_interval(struct study_interval serial_fraction, double base,
                                              double threads);

/* From the two-term fit. Where even the upper end of s is below 0 the work runs faster than
 * linear: s is NAN then. The limit stays NAN unless the lower end is above 0. */
void amdahl_from_fit(struct study_amdahl *amdahl, const struct least_squares_fit *fit);

#endif
