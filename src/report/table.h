/*
 * table: an analysis as text for people, 80 columns wide, in plain ASCII.
 *
 * What is estimated stands with its interval, what was left out with its reason, and what the data
 * cannot tell as a dash. Knows: report/analysis.h, report/phrase.h, report/table_laws.h.
 */
#ifndef PIXSCALE_REPORT_TABLE_H
#define PIXSCALE_REPORT_TABLE_H

#include <stdio.h>

#include "report/analysis.h"

#define TABLE_WIDTH 80

/* Everything about every group. A failed write is found in the stream. */
void table_write(FILE *out, const struct analysis *analysis);

/* The heading of a section: the title at the left, a remark at the right; parts of the table share
 * it. */
void table_heading(FILE *out, const char *title, const char *remark);

/* The letter of the reason why the point is left out of the fits, or ' '. */
char table_mark(const struct study *study, int threads);

/* Words wrapped at TABLE_WIDTH, each line indented. */
void table_wrap(FILE *out, const char *words, int indent);

#endif
