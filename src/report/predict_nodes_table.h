/*
 * predict_nodes_table: what many nodes would bring, as a table for people.
 * Knows: report/predict_nodes.h.
 */
#ifndef PIXSCALE_REPORT_PREDICT_NODES_TABLE_H
#define PIXSCALE_REPORT_PREDICT_NODES_TABLE_H

#include <stdio.h>

#include "report/predict_nodes.h"

/* What is replayed and assumed, a line for each number of nodes, where more do not help, and the
 * measured sets; 80 columns. */
void predict_nodes_table_write(FILE *out, const struct predict_nodes *nodes);

#endif
