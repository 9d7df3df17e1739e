#include "cli/run_output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/run_facts.h"
#include "cli/run_output_parts.h"
#include "cli/shell_words.h"

struct npy_shape run_output_shape(const struct row_format *row, uint64_t rows)
{
    struct npy_shape shape = {.descr = row->f32 ? "<f4" : "|u1",
                              .item_size = row->f32 ? 4 : 1,
                              .dimensions = 4,
                              .size = {rows, row->height, row->width, row->channels}};
    if (row->chw) {
        shape.size[1] = row->channels;
        shape.size[2] = row->height;
        shape.size[3] = row->width;
    }
    return shape;
}

static struct journal_identity identity_of(const struct run_output *output)
{
    return (struct journal_identity){.facts = output->facts,
                                     .manifest = output->manifest,
                                     .row_bytes = row_format_bytes(output->row)};
}

static bool is_good(const struct index_item *item)
{
    return item->done && status_has_pixels((enum status)item->status);
}

static uint64_t count_good(const struct run_output *output)
{
    uint64_t good = 0;
    for (size_t i = 0; i < output->manifest->count; i++)
        good += is_good(&output->items[i]);
    return good;
}

static void count_before(struct run_output *output)
{
    struct run_output_before *before = &output->before;
    before->resumed = true;
    for (size_t i = 0; i < output->manifest->count; i++) {
        const struct index_item *item = &output->items[i];
        before->rows += item->done != 0;
        before->failed += item->done && !is_good(item);
        before->bytes += item->done ? output->manifest->entries[i].bytes : 0;
    }
}

static bool begin(struct run_output *output, struct error *error)
{
    struct journal_identity identity = identity_of(output);
    if (!journal_clear(output->checkpoints.journal, error))
        return false;
    if (output->shared) {
        if (!npy_reserve_rows(output->npy, error))
            return false;
    } else {
        output->npy = npy_create(output->path, &output->shape, error);
    }
    if (!output->npy)
        return false;
    output->begun = true;
    return journal_begin(output->checkpoints.journal, &identity, error);
}

static void say_gone(const struct run_output *output)
{
    if (!output->options->quiet)
        fprintf(stderr, "pixscale: what the stopped run wrote is gone; this one begins anew\n");
}

/* The stopped run's array is gone, or has its name already: the one with that mark. */
static bool without_partial(struct run_output *output, uint64_t mark, struct error *error)
{
    const struct run_options *options = output->options;
    if (run_output_state(output) == JOURNAL_FINISHED) {
        if (options->on_error == RUN_OPTIONS_DROP && !output->shard)
            output->shape.size[0] = count_good(output);
        output->complete =
            npy_is_complete(output->path, &output->shape, mark, output->shard != NULL);
        if (output->complete)
            return true;
        output->shape.size[0] = output->manifest->count;
    }
    memset(output->items, 0, output->manifest->count * sizeof *output->items);
    memset(&output->checkpoints.before, 0, sizeof output->checkpoints.before);
    if (!run_output_check(output, options->force, error))
        return false;
    say_gone(output);
    return begin(output, error);
}

/* The slots of the common array, which is there, being the one that the facts name. */
static bool resume_shared(struct run_output *output, struct error *error)
{
    uint64_t numbers[JOURNAL_NUMBERS];
    struct journal_identity identity = identity_of(output);
    output->complete = run_output_state(output) == JOURNAL_FINISHED;
    if (output->complete)
        journal_take_all(output->checkpoints.journal);
    if (!journal_resume(output->checkpoints.journal, &identity, output->items, numbers, error))
        return false;
    checkpoint_sums(numbers, &output->checkpoints.before);
    output->begun = true;
    count_before(output);
    return true;
}

static bool resume(struct run_output *output, struct error *error)
{
    uint64_t numbers[JOURNAL_NUMBERS];
    struct journal_identity identity = identity_of(output);
    bool left = npy_is_left(output->path);
    if (!left && run_output_state(output) != JOURNAL_FINISHED)
        return without_partial(output, 0, error);
    if (!left)
        journal_take_all(output->checkpoints.journal);
    if (!journal_resume(output->checkpoints.journal, &identity, output->items, numbers, error))
        return false;
    checkpoint_sums(numbers, &output->checkpoints.before);
    if (left) {
        output->npy = npy_reopen(output->path, &output->shape, error);
        output->begun = output->npy != NULL;
    } else if (!without_partial(output, checkpoint_array(numbers), error)) {
        return false;
    }
    if (!output->npy && !output->complete)
        return false;
    if (left || output->complete)
        count_before(output);
    return true;
}

static bool open_shared(struct run_output *output, struct error *error)
{
    const struct run_shard *shard = output->shard;
    struct npy_shape all = run_output_shape(output->row, shard->totals.rows);
    if (!shard_set_check_array(&shard->set, error))
        return false;
    char *path = shard_set_file(&shard->set, "array.npy");
    if (!path)
        return run_output_no_memory(error);
    output->npy = npy_share(path, &all, shard->rows.first, shard->rows.count, error);
    free(path);
    return output->npy != NULL;
}

static char *facts_of(const struct run_output *output)
{
    const struct run_shard *shard = output->shard;
    if (!shard)
        return run_facts_text(output->options);
    return shard_set_facts(&shard->set, shard->shard, shard->rows);
}

bool run_output_open(struct run_output *output, const struct manifest *manifest,
                     const struct row_format *row, struct error *error)
{
    output->manifest = manifest;
    output->row = row;
    output->checkpoints.every_ns = CHECKPOINT_EVERY_NS;
    output->checkpoints.rest = CHECKPOINT_REST;
    output->items = calloc(manifest->count, sizeof *output->items);
    if (!output->items)
        return error_set(error, ERROR_OUTPUT, "no memory for %zu inputs", manifest->count);
    output->shape = run_output_shape(output->row, manifest->count);
    if (output->shared && !open_shared(output, error))
        return false;
    output->facts = facts_of(output);
    if (!output->facts)
        return run_output_no_memory(error);
    if (run_output_has_rows(output) && output->options->resume)
        return output->shared ? resume_shared(output, error) : resume(output, error);
    /* Of a shard that is nothing to tell: whoever launches many always says it. */
    if (output->options->resume && !output->options->quiet && !output->shard)
        fprintf(stderr, "pixscale: no stopped run to resume; this one begins anew\n");
    return begin(output, error);
}

/* --on-error drop: the good rows, in an array of their own. */
static struct npy *copy_good(struct run_output *output, struct error *error)
{
    uint8_t *keep = calloc(output->manifest->count, 1);
    if (!keep) {
        run_output_no_memory(error);
        return NULL;
    }
    for (size_t i = 0; i < output->manifest->count; i++)
        keep[i] = is_good(&output->items[i]);
    struct npy *good = npy_copy_kept(output->npy, output->options->output, keep, error);
    free(keep);
    return good;
}

static bool write_index(const struct run_output *output, struct error *error)
{
    struct index_options options = {.labels = output->options->label_from >= 0,
                                    .drop_failed = output->options->on_error == RUN_OPTIONS_DROP};
    return index_write(output->index_path, output->manifest, output->items, &options, error);
}

/* Of a run that was complete, somebody may have removed the index. */
static bool tidy_up(struct run_output *output, struct error *error)
{
    output->done = access(output->index_path, F_OK) == 0 ||
                   (write_index(output, error) && index_sync(output->index_path, error) &&
                    index_commit(output->index_path, output->options->force, error));
    return output->done;
}

static bool is_kept(const struct run_output *output)
{
    return output->begun && !output->done && journal_rows(output->checkpoints.journal) > 0;
}

/* The rows are durable: so is, from here on, what the journal says. A journal that cannot be
 * written is no reason to lose an array that can. */
static bool sync_all(struct run_output *output, struct npy *array,
                     const struct pipeline_result *result, struct error *error)
{
    if (!index_sync(output->index_path, error) || !npy_sync(array, error) ||
        (array != output->npy && !npy_sync(output->npy, error)))
        return false;
    checkpoint_rest(output->checkpoints.journal, output->items, output->manifest->count,
                    &result->sums, npy_mark(array));
    if (is_kept(output))
        npy_keep(output->npy);
    return true;
}

static bool give_names(struct run_output *output, struct npy *array, struct error *error)
{
    struct npy *slots = array == output->npy ? NULL : output->npy;
    bool force = output->options->force;
    if (!index_commit(output->index_path, force, error)) {
        if (slots)
            npy_abandon(array);
        return false;
    }
    output->npy = slots;
    if (!npy_commit(array, force, error)) {
        unlink(output->index_path); /* an index without its array would lie about an older one */
        return false;
    }
    output->done = true;
    return true;
}

/* Durable rows, and a journal that says so and stays for the merge. */
static bool finish_shard(struct run_output *output, const struct pipeline_result *result,
                         struct phases *phases, struct error *error)
{
    phases_enter(phases, "sync", false);
    output->done = output->complete;
    if (output->done)
        return true;
    if (!npy_sync(output->npy, error))
        return false;
    uint64_t mark = output->shared ? 1 : npy_stamp(output->npy);
    bool told = checkpoint_rest(output->checkpoints.journal, output->items, output->manifest->count,
                                &result->sums, mark);
    if (!told && errno == ESTALE)
        return error_set(error, ERROR_OUTPUT,
                         "%s was removed, or another process is writing it; start this shard again "
                         "when no other is running",
                         journal_name(output->checkpoints.journal));
    if (!told)
        return error_set(error, ERROR_OUTPUT, "cannot write '%s': %s",
                         journal_name(output->checkpoints.journal), strerror(errno));
    npy_keep(output->npy);
    phases_enter(phases, "commit", false);
    struct npy *array = output->npy;
    output->npy = NULL;
    output->done = npy_commit(array, true, error); /* in the set: a name of ours */
    return output->done;
}

bool run_output_finish(struct run_output *output, const struct pipeline_result *result,
                       struct phases *phases, struct error *error)
{
    struct npy *array = output->npy;
    if (output->shard)
        return finish_shard(output, result, phases, error);
    if (output->complete)
        return tidy_up(output, error);
    if (output->options->on_error == RUN_OPTIONS_DROP) {
        phases_enter(phases, "drop", false);
        array = copy_good(output, error);
        if (!array)
            return false;
    }
    phases_enter(phases, "index", false);
    bool ok = write_index(output, error);
    if (ok) {
        phases_enter(phases, "sync", false);
        ok = sync_all(output, array, result, error);
        if (!ok)
            index_abandon(output->index_path);
    }
    if (!ok) {
        if (array != output->npy)
            npy_abandon(array);
        return false;
    }
    phases_enter(phases, "commit", false);
    if (!give_names(output, array, error))
        return false;
    if (output->options->on_error == RUN_OPTIONS_DROP)
        output->shape = run_output_shape(output->row, count_good(output));
    return true;
}

void run_output_keep(struct run_output *output, const struct pipeline_result *result)
{
    if (output->begun && output->npy && npy_sync_rows(output->npy))
        checkpoint_rest(output->checkpoints.journal, output->items, output->manifest->count,
                        &result->sums, 0);
}

/* What must be different the next time, or be there again. */
static const char *condition(const struct run_output *output, bool too_many)
{
    const char *list = output->options->files_from;
    return too_many                         ? ", allowing more failures"
           : list && strcmp(list, "-") == 0 ? ", given the same list again"
                                            : "";
}

/* What was given, and what makes it go on: of a shard which one it is, whoever started it. */
static void put_arguments(const struct run_output *output, const char *const *arguments, int count,
                          FILE *stream)
{
    fprintf(stream, " %s --resume", arguments[0]);
    if (output->shard)
        fprintf(stream, " --shard %" PRIu32 "/%" PRIu32, output->shard->shard.index,
                output->shard->shard.count);
    else if (output->options->shard.how == RUN_OPTIONS_SHARD_NONE)
        fputs(" --shard none", stream);
    run_shard_put_arguments(arguments, count, stream);
}

void run_output_tell(const struct run_output *output, bool too_many, const char *const *arguments,
                     int count, FILE *stream)
{
    char kept[TEXT_SIZE], all[TEXT_SIZE];
    if (!is_kept(output))
        return;
    fprintf(stream, "pixscale: %s of %s inputs are kept; to go on%s: ",
            text_count(kept, journal_rows(output->checkpoints.journal)),
            text_count(all, output->manifest->count), condition(output, too_many));
    shell_words_put(program_invocation_name, stream);
    put_arguments(output, arguments, count, stream);
    fputs("\npixscale: to begin anew instead: rm -- ", stream);
    shell_words_put(journal_name(output->checkpoints.journal), stream);
    fputc('\n', stream);
}

void run_output_close(struct run_output *output)
{
    bool kept = is_kept(output);
    if (output->npy && output->begun && !output->shared) {
        if (kept)
            npy_keep(output->npy);
        else
            npy_let_go(output->npy);
    }
    npy_abandon(output->npy);
    output->npy = NULL;
    if (output->checkpoints.journal) {
        bool left = !output->begun && !output->done && run_output_state(output) != JOURNAL_NEW;
        journal_close(output->checkpoints.journal, kept || left || (output->shard && output->done));
    }
    output->checkpoints.journal = NULL;
    if (output->shard && !output->begun)
        rmdir(output->shard->set.folder); /* unless somebody has something in it */
    free(output->items);
    free(output->facts);
    free(output->path);
    free(output->index_path);
}
