/*
 * run_shard: a run that is one shard of several: which one, its part of the frozen list, and its
 * place in the set.
 *
 * find, scan, join, in this order; the folder of the set is made by run_output's claim, before the
 * scan. Knows: base, dataset, shard, cli/run_options.h.
 */
#ifndef PIXSCALE_CLI_RUN_SHARD_H
#define PIXSCALE_CLI_RUN_SHARD_H

#include <stdio.h>

#include "cli/run_options.h"
#include "dataset/manifest_file.h"
#include "dataset/npy.h"
#include "shard/launch.h"
#include "shard/shard_set.h"

struct run_shard {
    struct shard shard; /* count 0: none, and of what follows only launch counts */
    struct launch launch;
    struct shard_set set;
    struct range rows;                  /* of the whole list */
    struct manifest_file_totals totals; /* of the frozen list; also of a run with --manifest */
};

/* From --shard, or the launcher's environment. Says on stderr when it was the latter, unless quiet.
 * False (usage): an environment that contradicts itself, or options that do not go with shards. */
bool run_shard_find(struct run_shard *run, const struct run_options *options, struct error *error);
void run_shard_free(struct run_shard *run);

/* Whether it is one. */
bool run_shard_is(const struct run_shard *run);

/* The rows of this shard: of --manifest, or of the list that the first of the set has frozen, which
 * may be this one. Of a run that is no shard, all rows of --manifest. Errors as of run_inputs_scan.
 */
bool run_shard_scan(struct run_shard *run, const struct run_options *options,
                    const char *const *operands, size_t count, const char *index_path,
                    struct manifest *manifest, struct error *error);

/* Joins the set. `shape` is that of the whole array. `arguments` are those of the command line, its
 * name first. */
bool run_shard_join(struct run_shard *run, const struct run_options *options,
                    const char *const *operands, size_t count, const char *index_path,
                    const struct npy_shape *shape, const char *const *arguments, int argument_count,
                    struct error *error);

/* Writes the arguments behind the first as words for a shell, each behind a blank, but for those
 * that run_shard_skips. */
void run_shard_put_arguments(const char *const *arguments, int count, FILE *stream);

/* Whether the argument at `i` chooses the shard or asks to go on, and so is left out of a command
 * that says both anew: 0, or how many arguments that are. */
int run_shard_skips(const char *const *arguments, int count, int i);

#endif
