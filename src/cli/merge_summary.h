/*
 * merge_summary: what a merge tells a person, or a program.
 * Knows: base, dataset, shard, pipeline/row_sums.h, cli/summary_parts.h.
 */
#ifndef PIXSCALE_CLI_MERGE_SUMMARY_H
#define PIXSCALE_CLI_MERGE_SUMMARY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "pipeline/row_sums.h"
#include "shard/shard_merge.h"

struct merge_summary {
    const struct shard_merge *merge;
    struct row_sums sums; /* of the good rows */
    unsigned channels;    /* 0: an earlier merge counted, and nobody knows */
    double seconds;
};

/* The text for people, of a merge that was done. */
void merge_summary_print(const struct merge_summary *summary, FILE *stream);

/* One JSON object (pixscale.merge/1) to standard output. `unfinished`: an array of
 * merge_summary_part, which is taken; empty when the merge was done. False without memory. */
bool merge_summary_json(const struct merge_summary *summary, json_t *unfinished,
                        struct error *error);

/* A line about a shard that is not finished, with the command that makes it. */
void merge_summary_line(const struct shard_set *set, const struct shard_merge_part *part,
                        FILE *stream);

/* The same for programs. NULL where memory ran out. */
json_t *merge_summary_part(const struct shard_set *set, const struct shard_merge_part *part);

#endif
