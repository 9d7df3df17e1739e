/*
 * grouping: which measurements are of one program, on one machine, with one work load.
 *
 * Times of different things are never pooled. Rows are of one group when all of these are equal:
 * host, CPU model, command (or the manifest's hash), options other than threads, kind of scaling,
 * schedule, binding, waiting, runtime, CPUs allowed, version of the tool. A --serial record is no
 * point: it is a base for every group that differs from it only in what OpenMP was told. Parts of
 * sharded runs are none either: report/ranks.h. Knows: report/readings.h, report/rank_sets.h.
 */
#ifndef PIXSCALE_REPORT_GROUPING_H
#define PIXSCALE_REPORT_GROUPING_H

#include <stdbool.h>
#include <stddef.h>

#include "report/readings.h"

struct grouping_group {
    char *name;        /* unique; what tells it from the others */
    char *host, *what; /* for people; host may be "" */
    size_t *rows;      /* indices of readings->rows, in their order; serial ones left out */
    size_t row_count;
    double *serial; /* seconds of the --serial runs that belong to it */
    size_t serial_count;
};

struct grouping {
    struct grouping_group *groups; /* in the order of their first rows */
    size_t count;
};

/* False when memory ran out. --serial records without any other run make a group without rows. */
bool grouping_make(struct grouping *grouping, const struct readings *readings);
void grouping_free(struct grouping *grouping);

/* Whether the row is a --serial record. */
bool grouping_is_serial(const struct readings *readings, size_t row);

/* What runs on different machines have to agree on to be points of one curve over ranks: all of the
 * above but host, binding and CPUs allowed; with `whole` the inputs, too. For the caller to free;
 * NULL without memory. */
char *grouping_across(const struct record *record, bool whole);

#endif
