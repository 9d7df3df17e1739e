/*
 * predict_rows: the rows of a data set that the recorded items stand for, cut into shards.
 *
 * As many rows as one likes: the recorded items again and again, or of fewer an even selection, as
 * replay_prepare takes them. They are never laid out: sums over any range come from those over one
 * period, so that a hundred million rows need no more memory than the recorded ones.
 * Knows: base/ranges.h, report/replay.h.
 */
#ifndef PIXSCALE_REPORT_PREDICT_ROWS_H
#define PIXSCALE_REPORT_PREDICT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ranges.h"
#include "report/replay.h"

#define PREDICT_ROWS_MOST 1000000000 /* a record of each would fill a disk */

struct predict_rows {
    uint64_t total;         /* rows */
    size_t period;          /* row k is item k mod period */
    double *seconds;        /* [period] in the loop */
    uint64_t *cost;         /* [period] as recorded, + 1 */
    double *seconds_before; /* [period + 1] sums of those before */
    uint64_t *cost_before;  /* [period + 1] */
    size_t *order;          /* [period] costliest first, equal ones by row */
    uint64_t whole_cost;    /* of all rows */
    double work, span;      /* of all rows: sum, and the longest */
};

/* `factor` of each stage; `total` rows, 0: as recorded. False without memory. */
bool predict_rows_make(struct predict_rows *rows, const struct replay *replay,
                       const double factor[STAGE_DISPATCH], uint64_t total);
void predict_rows_free(struct predict_rows *rows);

/* Range k of n, counted from 0, by cost: base/ranges.h. */
struct range predict_rows_cut(const struct predict_rows *rows, uint64_t k, uint64_t n);

/* Of a range: its cost, the sum of its seconds, and the longest. */
uint64_t predict_rows_cost(const struct predict_rows *rows, struct range range);
double predict_rows_work(const struct predict_rows *rows, struct range range);
double predict_rows_span(const struct predict_rows *rows, struct range range);

/* When, at the latest, a greedy loop of chunks of one row over the range is done: the row that ends
 * last was begun when no thread was free any longer, so no later than the rows before it take all
 * threads together. Rows that follow costlier ones can be no surprise, and the bound is near. The
 * range is at least a period. `taking`: what each row costs besides. */
double predict_rows_latest(const struct predict_rows *rows, struct range range, bool by_cost,
                           int threads, double taking);

/* Its seconds in the order of a loop, into [range.count]. False without memory. */
bool predict_rows_lay(const struct predict_rows *rows, struct range range, bool by_cost,
                      double *seconds);

#endif
