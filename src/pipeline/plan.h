/*
 * plan: in which order the inputs are worked on. Rows stay where the manifest puts them.
 *
 * One long picture taken last leaves all threads but one idle; taking the costliest first keeps
 * that tail short. The cost is guessed from what the scan knows (dataset/manifest_cost.h):
 * reading headers here would be serial work.
 * Knows: base, dataset.
 */
#ifndef PIXSCALE_PIPELINE_PLAN_H
#define PIXSCALE_PIPELINE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "dataset/index.h"
#include "dataset/manifest.h"

enum plan_order {
    PLAN_COST,  /* costliest first; equal costs in manifest order */
    PLAN_INPUT, /* manifest order */
};

struct plan {
    uint32_t *order; /* [count] manifest entries in the order they are started */
    size_t count;
};

/* False when memory ran out or there are 2^32 inputs or more. Freed by plan_free. */
bool plan_make(struct plan *plan, const struct manifest *manifest, enum plan_order order,
               struct error *error);
void plan_free(struct plan *plan);

/* Leaves out what is done already: entries whose items[] say so. */
void plan_skip_done(struct plan *plan, const struct index_item *items);

#endif
