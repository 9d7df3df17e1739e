/*
 * run_summary: what a finished run tells a person, or a program.
 * Knows: base, dataset, pipeline, cli/run_output.h.
 */
#ifndef PIXSCALE_CLI_RUN_SUMMARY_H
#define PIXSCALE_CLI_RUN_SUMMARY_H

#include <stdio.h>

#include "cli/run_options.h"
#include "cli/run_output.h"
#include "dataset/index.h"
#include "dataset/npy.h"
#include "pipeline/pipeline.h"

struct run_summary {
    const struct run_options *options;
    const struct manifest *manifest;
    const struct index_item *items;
    const struct pipeline_result *result;
    const struct run_output_before *before;
    const struct run_shard *shard; /* NULL: none */
    const struct npy_shape *shape; /* of the array as written */
    const char *output, *index;
    const char *schedule; /* as the runtime had it, such as "dynamic,1"; "none" if serial */
    double seconds;       /* of the whole run, scan to rename */
};

/* The text for people. */
void run_summary_print(const struct run_summary *summary, FILE *stream);

/* Of a shard that was done before. */
void run_summary_done(const struct run_shard *shard, FILE *stream);

/* One JSON object (pixscale.run/1) and a newline. False when memory ran out. */
bool run_summary_json(const struct run_summary *summary, FILE *stream);

/* The first `most` failed inputs with their reasons, a line each, and how many more there are. */
void run_summary_failures(const struct manifest *manifest, const struct index_item *items,
                          uint64_t most, FILE *stream);

#endif
