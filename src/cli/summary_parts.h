/*
 * summary_parts: what the summaries of a run and of a merge have in common.
 * Knows: base, dataset, pipeline/row_sums.h, jansson.
 */
#ifndef PIXSCALE_CLI_SUMMARY_PARTS_H
#define PIXSCALE_CLI_SUMMARY_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "dataset/index.h"
#include "dataset/npy.h"
#include "pipeline/row_sums.h"

/* Lines of the text for people: name, shape and size of the array; mean and deviation of its
 * channels; the memory that this process took at most. */
void summary_parts_array(const char *what, const char *output, const struct npy_shape *shape,
                         FILE *stream);
void summary_parts_pixels(const struct row_sums *sums, unsigned channels, FILE *stream);
void summary_parts_memory(FILE *stream);

/* "  failed  7: truncated 4, corrupt 2, format 1", without an end, as where to find out why is the
 * caller's to say; nothing where none failed. Before it a line of those that are partial. */
void summary_parts_statuses(const uint64_t statuses[STATUS_COUNT], uint64_t failed, FILE *stream);

/* A line for an input that failed. */
void summary_parts_failure(const char *path, const struct index_item *item, FILE *stream);

/* Bytes, since this program began. */
uint64_t summary_parts_peak_memory(void);

/* Parts of the object for programs. NULL where memory ran out. A path, which may not be UTF-8, is
 * escaped as in the index. */
json_t *summary_parts_json_path(const char *path);
json_t *summary_parts_json_moments(const struct row_sums *sums, unsigned channels, bool std);
json_t *summary_parts_json_shape(const struct npy_shape *shape);
json_t *summary_parts_json_statuses(const uint64_t statuses[STATUS_COUNT]);

#endif
