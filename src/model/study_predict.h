/*
 * study_predict: what the selected law says of other numbers of threads.
 *
 * Knows: model/study.h.
 */
#ifndef PIXSCALE_MODEL_STUDY_PREDICT_H
#define PIXSCALE_MODEL_STUDY_PREDICT_H

#include "model/study.h"

/* Predicts for the numbers of threads asked for, else for the next two powers of two above the
 * most threads that were fitted. Where no law fits nothing is said: NAN. `t1` is the fitted time of
 * one thread. False: no memory. */
bool study_predict(struct study *study, const struct study_options *options, double t1);

#endif
