/*
 * predict_nodes_json: what many nodes would bring, as one JSON object (pixscale.predict/1).
 * Knows: report/predict_nodes.h, jansson.
 */
#ifndef PIXSCALE_REPORT_PREDICT_NODES_JSON_H
#define PIXSCALE_REPORT_PREDICT_NODES_JSON_H

#include <jansson.h>

#include "report/predict_nodes.h"

/* The caller has the reference. NULL when memory ran out. */
json_t *predict_nodes_json_new(const struct predict_nodes *nodes);

#endif
