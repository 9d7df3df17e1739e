/*
 * predict_table: predictions as text for people, 80 columns wide, in plain ASCII.
 * Knows: report/predict.h, report/phrase.h, report/table.h.
 */
#ifndef PIXSCALE_REPORT_PREDICT_TABLE_H
#define PIXSCALE_REPORT_PREDICT_TABLE_H

#include <stdio.h>

#include "report/predict.h"

/* A failed write is found in the stream. */
void predict_table_write(FILE *out, const struct predict *predict);

#endif
