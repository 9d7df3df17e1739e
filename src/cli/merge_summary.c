#include "cli/merge_summary.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/text.h"
#include "cli/json_print.h"
#include "cli/summary_parts.h"

static const char *const states[] = {[SHARD_MERGE_FINISHED] = "finished",
                                     [SHARD_MERGE_RUNNING] = "running",
                                     [SHARD_MERGE_STOPPED] = "stopped",
                                     [SHARD_MERGE_MISSING] = "missing",
                                     [SHARD_MERGE_DAMAGED] = "damaged"};

/* "5 rows of 2 shards merged in 0.01 s" */
static void print_first_line(const struct merge_summary *summary, FILE *stream)
{
    const struct shard_merge_totals *totals = shard_merge_totals(summary->merge);
    char rows[TEXT_SIZE], shards[TEXT_SIZE], time[TEXT_SIZE];
    fprintf(stream, "%s rows of %s shard%s merged in %s\n", text_count(rows, totals->rows),
            text_count(shards, totals->shards), totals->shards == 1 ? "" : "s",
            text_duration(time, summary->seconds));
}

void merge_summary_print(const struct merge_summary *summary, FILE *stream)
{
    const struct shard_merge_totals *totals = shard_merge_totals(summary->merge);
    const char *output = shard_merge_set(summary->merge)->output;
    const char *index = shard_merge_index(summary->merge);
    if (!summary->channels) {
        escape_line(stream, "%s was merged before; what was left of its shards is removed", output);
        return;
    }
    print_first_line(summary, stream);
    summary_parts_array("array", output, shard_merge_shape(summary->merge), stream);
    escape_line(stream, "  index   %s", index);
    summary_parts_pixels(&summary->sums, summary->channels, stream);
    summary_parts_memory(stream);
    summary_parts_statuses(totals->statuses, totals->failed, stream);
    if (totals->failed)
        escape_line(stream, "  (why: %s)", index);
}

/* What is only known of shards that were counted now. */
static void add_counts(json_t *root, const struct merge_summary *summary)
{
    const struct shard_merge_totals *totals = shard_merge_totals(summary->merge);
    const struct npy_shape *shape = shard_merge_shape(summary->merge);
    json_object_set_new(root, "index", summary_parts_json_path(shard_merge_index(summary->merge)));
    json_object_set_new(root, "shape", summary_parts_json_shape(shape));
    json_object_set_new(root, "dtype", json_string(shape->descr));
    json_object_set_new(root, "shards", json_integer((json_int_t)totals->shards));
    json_object_set_new(root, "finished", json_integer((json_int_t)totals->finished));
    json_object_set_new(root, "statuses", summary_parts_json_statuses(totals->statuses));
    json_object_set_new(root, "bytes_read", json_integer((json_int_t)totals->bytes));
    json_object_set_new(root, "mean",
                        summary_parts_json_moments(&summary->sums, summary->channels, false));
    json_object_set_new(root, "std",
                        summary_parts_json_moments(&summary->sums, summary->channels, true));
}

bool merge_summary_json(const struct merge_summary *summary, json_t *unfinished,
                        struct error *error)
{
    const struct shard_merge_totals *totals = shard_merge_totals(summary->merge);
    json_t *root = json_pack(
        "{s:s, s:o, s:b, s:I, s:I, s:I, s:f, s:I, s:o}", "schema", "pixscale.merge/1", "output",
        summary_parts_json_path(shard_merge_set(summary->merge)->output), "merged",
        (int)(json_array_size(unfinished) == 0), "items", (json_int_t)totals->rows, "good",
        (json_int_t)totals->good, "failed", (json_int_t)totals->failed, "seconds", summary->seconds,
        "peak_memory_bytes", (json_int_t)summary_parts_peak_memory(), "unfinished", unfinished);
    if (root && summary->channels)
        add_counts(root, summary);
    return json_print(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9), "merge", error);
}

void merge_summary_line(const struct shard_set *set, const struct shard_merge_part *part,
                        FILE *stream)
{
    char what[128], done[TEXT_SIZE], rows[TEXT_SIZE];
    char *command = shard_set_command(set, part->shard);
    char *journal = shard_set_journal(set, part->shard);
    const char *make = command ? command : "(no memory for the command)";
    snprintf(what, sizeof what, "pixscale: shard %" PRIu32 "/%" PRIu32, part->shard.index,
             part->shard.count);
    text_count(done, part->done);
    text_count(rows, part->rows.count);
    if (part->state == SHARD_MERGE_RUNNING)
        escape_line(stream, "%s is still running; merge when it is done", what);
    else if (part->state == SHARD_MERGE_MISSING)
        escape_line(stream, "%s is missing; to make it: %s", what, make);
    else if (part->state == SHARD_MERGE_STOPPED)
        escape_line(stream, "%s was stopped with %s of %s rows done; to go on: %s", what, done,
                    rows, make);
    else
        escape_line(stream, "%s cannot be used: %s; to make it anew, remove %s, then: %s", what,
                    part->why, journal ? journal : "its journal", make);
    free(command);
    free(journal);
}

json_t *merge_summary_part(const struct shard_set *set, const struct shard_merge_part *part)
{
    char *command = shard_set_command(set, part->shard);
    json_t *object =
        json_pack("{s:I, s:s, s:I, s:I, s:I, s:o, s:o}", "index", (json_int_t)part->shard.index,
                  "state", states[part->state], "first_row", (json_int_t)part->rows.first, "rows",
                  (json_int_t)part->rows.count, "done", (json_int_t)part->done, "why",
                  *part->why ? summary_parts_json_path(part->why) : json_null(), "command",
                  command ? summary_parts_json_path(command) : json_null());
    free(command);
    return object;
}
