/*
 * predict_nodes_figure: predicted speed-up over nodes as a figure, with what limits it.
 * Knows: report/predict_nodes.h, report/figures.h (its forms).
 */
#ifndef PIXSCALE_REPORT_PREDICT_NODES_FIGURE_H
#define PIXSCALE_REPORT_PREDICT_NODES_FIGURE_H

#include <stdbool.h>

#include "base/error.h"
#include "report/figures.h"
#include "report/predict_nodes.h"

#define PREDICT_NODES_FIGURE_NAME "predict_nodes"

/* What must stand below it. The caller frees it; NULL without memory. */
char *predict_nodes_figure_caption(const struct predict_nodes *nodes);

/* The self-contained gnuplot script, which the caller frees; NULL without memory. */
char *predict_nodes_figure_script(const struct predict_nodes *nodes,
                                  const struct figures_form *form, struct error *error);

/* As figures_draw and figures_render: predict_nodes.gp, .svg and .png in the folder; or what the
 * terminal shows. */
bool predict_nodes_figure_draw(const struct predict_nodes *nodes, const char *folder, bool dark,
                               bool *drawn, struct error *error);
bool predict_nodes_figure_render(const struct predict_nodes *nodes, const struct figures_form *form,
                                 char **printed, bool *drawn, struct error *error);

#endif
