/*
 * predict_json: predictions as one JSON object (pixscale.predict/1).
 * Knows: report/predict.h, jansson.
 */
#ifndef PIXSCALE_REPORT_PREDICT_JSON_H
#define PIXSCALE_REPORT_PREDICT_JSON_H

#include <jansson.h>

#include "report/predict.h"

#define PREDICT_JSON_SCHEMA "pixscale.predict/1"

/* The caller has the reference. NULL when memory ran out. */
json_t *predict_json_new(const struct predict *predict);

#endif
