/*
 * page_parts: the parts of a page, each written by a file of its own.
 *
 * For pages of this room and for other pages in the same style. Knows: what page.h knows,
 * report/writer.h.
 */
#ifndef PIXSCALE_REPORT_PAGE_PARTS_H
#define PIXSCALE_REPORT_PAGE_PARTS_H

#include "report/figures.h"
#include "report/page.h"
#include "report/writer.h"

/* The page up to and with <main>: what it may load (nothing), style, colours, title. `more_style`
 * is added to the style. */
void page_begin(struct writer *writer, const char *title, const char *more_style);

/* All figures of groups over that axis that the analysis has data for. False on errors of gnuplot.
 */
bool page_figures_write(struct writer *writer, const struct analysis *analysis,
                        enum analysis_axis axis, bool *drawn, struct error *error);

/* The verdict of each group with its most important numbers. */
void page_verdict_write(struct writer *writer, const struct analysis *analysis);

/* The section on sharded runs, where there are any: verdict, figures, tables, what was left out. As
 * page_figures_write. */
bool page_ranks_write(struct writer *writer, const struct analysis *analysis, bool *drawn,
                      struct error *error);

/* The heading of a group where there are several. */
void page_group_heading(struct writer *writer, const struct analysis *analysis, size_t group);

/* One drawing, wide and narrow, without heading and caption; names inside begin with `prefix`. As
 * figures_render says of *drawn. */
bool page_figures_draw(struct writer *writer, const struct analysis *analysis,
                       enum figures_kind kind, const char *prefix, bool *drawn,
                       struct error *error);

/* The palette as custom properties, for light and dark. */
void page_figures_colours(struct writer *writer, bool dark);

/* The tables of a group: points, laws, predictions, ledger, efficiencies. */
void page_tables_write(struct writer *writer, const struct analysis_group *group);

/* A table that compares groups. */
void page_tables_compare(struct writer *writer, const struct analysis *analysis);

/* A table's head: the caption and names of columns, separated by '|'; the first column holds what
 * the row is about. Cells follow, ended by page_tables_end. */
void page_tables_begin(struct writer *writer, const char *caption, const char *columns);
void page_tables_end(struct writer *writer);

/* The machine and environment of a group's records, and every run. */
void page_machine_write(struct writer *writer, const struct analysis_group *group);

#endif
