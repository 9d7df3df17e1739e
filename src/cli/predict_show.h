/*
 * predict_show: predictions as tables, JSON and figures, where they were asked for.
 * Knows: report/predict.h, report/predict_nodes.h.
 */
#ifndef PIXSCALE_CLI_PREDICT_SHOW_H
#define PIXSCALE_CLI_PREDICT_SHOW_H

#include <stdbool.h>

#include "base/error.h"
#include "report/predict.h"
#include "report/predict_nodes.h"

struct predict_show {
    const char *folder; /* for the figure's files, or NULL */
    bool json, terminal, dark;
};

/* False with an error: output. */
bool predict_show_teams(const struct predict_show *show, const struct predict *predict,
                        struct error *error);
bool predict_show_nodes(const struct predict_show *show, const struct predict_nodes *nodes,
                        struct error *error);

#endif
