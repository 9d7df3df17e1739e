/*
 * What is asked before anything is scanned: that the names are free, and nobody else works on them.
 */
#include "cli/run_output_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/run_inputs.h"

bool run_output_no_memory(struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "no memory");
}

enum journal_state run_output_state(const struct run_output *output)
{
    return journal_state(output->checkpoints.journal);
}

bool run_output_has_rows(const struct run_output *output)
{
    return run_output_state(output) != JOURNAL_NEW && journal_rows(output->checkpoints.journal) > 0;
}

static bool refuse_journal(const struct run_output *output, struct error *error)
{
    const char *name = journal_name(output->checkpoints.journal);
    if (output->shard && run_output_state(output) == JOURNAL_FINISHED)
        return error_set(error, ERROR_USAGE,
                         "%s: shard %" PRIu32 "/%" PRIu32 " is done; with --resume that is no "
                         "error, and to make it anew remove its journal, %s",
                         output->options->output, output->shard->shard.index,
                         output->shard->shard.count, name);
    return error_set(error, ERROR_USAGE,
                     "%s: a stopped run left its journal, %s; add --resume to go on where it was, "
                     "or remove the journal to begin anew",
                     output->options->output, name);
}

/* Runs of the whole and shards of it do not go to one output. */
static bool check_way(const struct run_output *output, struct error *error)
{
    const char *path = output->options->output;
    char *journal = NULL;
    struct shard_set set = {0};
    bool ok = false;
    if (asprintf(&journal, "%s%s", path, JOURNAL_SUFFIX) < 0 || !shard_set_name(&set, path, error))
        run_output_no_memory(error);
    else if (output->shard && access(journal, F_OK) == 0)
        error_set(
            error, ERROR_USAGE,
            "%s: a run of the whole is writing it, or was stopped; finish that, or remove its "
            "journal, %s",
            path, journal);
    else if (!output->shard && shard_set_exists(&set))
        error_set(error, ERROR_USAGE,
                  "%s: shards of it are in %s; finish them with pixscale merge, or remove the "
                  "folder to begin anew",
                  path, set.folder);
    else
        ok = true;
    free(journal);
    shard_set_free(&set);
    return ok;
}

static bool name_array(struct run_output *output, struct error *error)
{
    output->path = output->shard ? shard_set_array(&output->shard->set, output->shard->shard)
                                 : strdup(output->options->output);
    return output->path || run_output_no_memory(error);
}

/* A shard's array and index get their names from the merge. */
bool run_output_check(const struct run_output *output, bool replace, struct error *error)
{
    return run_inputs_check_outputs(output->options, output->index_path, replace, error);
}

bool run_output_claim(struct run_output *output, const struct run_options *options,
                      struct run_shard *shard, struct error *error)
{
    output->options = options;
    output->shard = shard && run_shard_is(shard) ? shard : NULL;
    output->shared = output->shard && !options->separate;
    output->index_path = run_inputs_index_path(options);
    if (!output->index_path)
        return run_output_no_memory(error);
    /* A run that was finished but for its journal has its outputs. */
    bool may_be_there = options->force || (options->resume && !output->shard);
    if (!run_output_check(output, may_be_there, error) || !check_way(output, error) ||
        !name_array(output, error) ||
        (output->shard && !shard_set_make(&output->shard->set, error)))
        return false;
    output->checkpoints.journal = journal_open(output->path, error);
    if (!output->checkpoints.journal)
        return false;
    if (output->shard)
        journal_keep_durable(output->checkpoints.journal);
    if (run_output_has_rows(output) && !options->resume)
        return refuse_journal(output, error);
    return run_output_state(output) == JOURNAL_FINISHED ||
           run_output_check(output, options->force, error);
}
