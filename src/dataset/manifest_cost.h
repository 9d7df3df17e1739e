/*
 * manifest_cost: what an input is guessed to cost, from what the scan knows of it.
 * Knows: dataset/manifest.h.
 */
#ifndef PIXSCALE_DATASET_MANIFEST_COST_H
#define PIXSCALE_DATASET_MANIFEST_COST_H

#include <stdint.h>

#include "dataset/manifest.h"

/* Nanoseconds of some core, that only compare; from the file's size, as far as 1 TiB, and the
 * ending of its name. 0 for what is not read. A wrong guess costs time, never correctness. Frozen
 * lists hold sums of it: a change of what it returns raises the version of their format
 * (dataset/manifest_file_rows.h). */
uint64_t manifest_cost(const struct manifest_entry *entry);

#endif
