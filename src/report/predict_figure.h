/*
 * predict_figure: predicted speed-up over threads as a figure, measured runs over it.
 * Knows: report/predict.h, report/figures.h (its forms).
 */
#ifndef PIXSCALE_REPORT_PREDICT_FIGURE_H
#define PIXSCALE_REPORT_PREDICT_FIGURE_H

#include <stdbool.h>

#include "base/error.h"
#include "report/figures.h"
#include "report/predict.h"

#define PREDICT_FIGURE_NAME "predict"

/* What must stand below it: base, source, what is assumed. The caller frees it; NULL without
 * memory. */
char *predict_figure_caption(const struct predict *predict);

/* The self-contained gnuplot script, which the caller frees; NULL without memory. */
char *predict_figure_script(const struct predict *predict, const struct figures_form *form);

/* As figures_draw and figures_render: predict.gp, .svg and .png in the folder; or what the terminal
 * shows. */
bool predict_figure_draw(const struct predict *predict, const char *folder, bool dark, bool *drawn,
                         struct error *error);
bool predict_figure_render(const struct predict *predict, const struct figures_form *form,
                           char **printed, bool *drawn, struct error *error);

#endif
