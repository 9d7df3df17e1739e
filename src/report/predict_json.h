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

/* Parts of it, as above. */
json_t *predict_json_source(const struct replay *replay);
json_t *predict_json_phases(const struct replay *replay);
json_t *predict_json_what_if(const double factors[STAGE_DISPATCH]); /* those that are not 1 */

#endif
