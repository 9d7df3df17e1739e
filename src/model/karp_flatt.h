/*
 * karp_flatt: the serial fraction that one point seems to have, determined experimentally.
 *
 * e = (1/S − 1/p)/(1 − 1/p): Karp and Flatt, CACM 33(5), 1990. Knows: model/study.h.
 */
#ifndef PIXSCALE_MODEL_KARP_FLATT_H
#define PIXSCALE_MODEL_KARP_FLATT_H

#include "model/study.h"

/* NAN at one thread. */
double karp_flatt(double speedup, double threads);

/* The fraction falls as the speed-up rises, so the ends change places. */
struct study_interval karp_flatt_interval(struct study_interval speedup, double threads);

#endif
