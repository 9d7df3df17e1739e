/*
 * gustafson: S = p − s′(p − 1) for work that grows with the threads (Gustafson, CACM 31(5), 1988).
 *
 * s′ is the serial share of the parallel run. From runs whose work grows it is fitted to the work
 * done a second, relative to one thread; from runs of fixed work it is only another way to write
 * what Amdahl's fit says of the most threads. Knows: model/study_sample.h, model/fieller.h.
 */
#ifndef PIXSCALE_MODEL_GUSTAFSON_H
#define PIXSCALE_MODEL_GUSTAFSON_H

#include "model/study.h"
#include "model/study_sample.h"

double gustafson_speedup(double serial_share, double threads);
struct study_interval gustafson_speedup_interval(struct study_interval serial_share,
                                                 double threads);

/* From runs with growing work; *rate is the fitted work a second of one thread. Not fitted with
 * fewer than two numbers of threads. False: no memory. */
bool gustafson_fit(struct study_gustafson *gustafson, double *rate,
                   const struct study_sample *sample);

/* s′ = s·p/(1 − s + s·p) at p threads. */
void gustafson_convert(struct study_gustafson *gustafson, const struct study_amdahl *amdahl,
                       double threads);

#endif
