/*
 * page: an analysis as one self-contained HTML page.
 *
 * The verdict comes first, then figures, tables, the machine, and how all of it was measured and
 * computed. The page loads nothing and runs nothing: figures are inline SVG in one set of colours
 * for light and one for dark, drawn wide for screens and paper and narrow for phones. Texts of
 * records are escaped. Knows: base, profile, model, report/analysis.h, report/figures.h.
 */
#ifndef PIXSCALE_REPORT_PAGE_H
#define PIXSCALE_REPORT_PAGE_H

#include <stdbool.h>

#include "base/error.h"
#include "report/analysis.h"

/* The page as text, which the caller frees. *drawn says whether gnuplot was there; without it the
 * page has its tables and says what is missing. NULL on errors (output). `version` is the
 * program's. */
char *page_html(const struct analysis *analysis, const char *version, bool *drawn,
                struct error *error);

#endif
