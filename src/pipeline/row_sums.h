/*
 * row_sums: exact sums over the pictures of an array, for its mean and standard deviation.
 *
 * Knows: pipeline/row_format.h.
 */
#ifndef PIXSCALE_PIPELINE_ROW_SUMS_H
#define PIXSCALE_PIPELINE_ROW_SUMS_H

#include <stdint.h>

#include "pipeline/row_format.h"

/* Exact sums of samples, for mean and standard deviation: independent of order and threads. */
struct row_sums {
    uint64_t samples; /* in each channel */
    uint64_t sum[3];
    uint64_t square[3];
};

/* Adds a picture. */
void row_sums_add(struct row_sums *sums, const struct row_format *format, const uint8_t *picture);

/* Adds other sums. */
void row_sums_merge(struct row_sums *into, const struct row_sums *from);

/* Mean and population standard deviation of a channel, samples scaled to 0…1. 0 without samples. */
void row_sums_moments(const struct row_sums *sums, unsigned channel, double *mean, double *std);

#endif
