/*
 * run_output: the files that a run writes, from the claim to their names: array, index, journal;
 * and what an earlier run left of them, with --resume. Of a shard they lie in the folder of its
 * set: its slots of the common array, or an array of its own, and its journal, which stays.
 *
 * claim, open, (the pipeline,) finish or keep, close. Until finish has succeeded nothing stands
 * under the final names; close removes what is begun, unless the journal tells of rows that a later
 * run can go on from.
 * Knows: base, dataset, pipeline, cli/run_options.h.
 */
#ifndef PIXSCALE_CLI_RUN_OUTPUT_H
#define PIXSCALE_CLI_RUN_OUTPUT_H

#include <stdio.h>

#include "cli/run_options.h"
#include "cli/run_shard.h"
#include "dataset/index.h"
#include "dataset/npy.h"
#include "pipeline/checkpoint.h"
#include "pipeline/pipeline.h"
#include "profile/phases.h"

/* What an earlier run has done. */
struct run_output_before {
    uint64_t rows, failed; /* the failed among them; without those to be tried again */
    uint64_t bytes;        /* of their files */
    bool resumed;          /* there was one */
};

struct run_output {
    const struct run_options *options;
    const struct manifest *manifest;
    const struct row_format *row;
    struct run_shard *shard; /* NULL: the run is none */
    char *path;              /* of the array that is written: the output, or the shard's */
    char *index_path, *facts;
    struct npy *npy;
    struct npy_shape shape;
    struct index_item *items; /* one for each input */
    struct checkpoint_plan checkpoints;
    struct run_output_before before;
    bool shared;   /* other shards write to the array, too */
    bool begun;    /* the journal is of this run */
    bool complete; /* an earlier run did it all, and only its journal is left */
    bool done;     /* the outputs have their names */
};

/* Checks the names, and takes them: another run to the same output is refused from now on, and so
 * is this one when a stopped run left its journal and there is no --resume. A shard's set gets its
 * folder. `shard` outlives the output; one that is none is as good as NULL. */
bool run_output_claim(struct run_output *output, const struct run_options *options,
                      struct run_shard *shard, struct error *error);

/* The shape of the whole array of `rows` rows. */
struct npy_shape run_output_shape(const struct row_format *row, uint64_t rows);

/* Creates the array and its journal, or opens those of the stopped run. `row` and `manifest` must
 * outlive the output. A shard must have joined its set. */
bool run_output_open(struct run_output *output, const struct manifest *manifest,
                     const struct row_format *row, struct error *error);

/* Writes the index, makes all durable and gives them their names: the index first, the array last.
 * `result` is of the whole run. */
bool run_output_finish(struct run_output *output, const struct pipeline_result *result,
                       struct phases *phases, struct error *error);

/* A run that cannot be finished: makes durable what is done, for --resume. */
void run_output_keep(struct run_output *output, const struct pipeline_result *result);

/* After that: how many rows are kept and how to go on, and how to begin anew, a line each; nothing
 * when none are. `too_many`: as it is, the run would fail again. */
void run_output_tell(const struct run_output *output, bool too_many, const char *const *arguments,
                     int count, FILE *stream);

/* Closes and frees; removes what no later run could use. */
void run_output_close(struct run_output *output);

#endif
