#include "cli/run_summary.h"

#include <inttypes.h>
#include <jansson.h>

#include "base/escape.h"
#include "base/json_memory.h"
#include "base/text.h"
#include "cli/run_shard.h"
#include "cli/summary_parts.h"

static uint64_t good_items(const struct pipeline_result *result)
{
    return result->statuses[STATUS_OK] + result->statuses[STATUS_PARTIAL];
}

static uint64_t failed_items(const struct run_summary *summary)
{
    return summary->result->counts.failed + summary->before->failed;
}

static unsigned channels_of(const struct run_summary *summary)
{
    return summary->options->mode == 1 ? 1 : 3;
}

static void print_speed(const struct run_summary *summary, FILE *stream)
{
    char count[TEXT_SIZE], time[TEXT_SIZE], rate[TEXT_SIZE], hour[TEXT_SIZE], read[TEXT_SIZE];
    double seconds = summary->seconds > 0 ? summary->seconds : 1e-9;
    double per_second = (double)summary->result->counts.items / seconds;
    int threads = summary->result->threads;
    fprintf(stream, "%s pictures in %s %s", text_count(count, summary->result->counts.items),
            text_duration(time, summary->seconds),
            summary->options->serial ? "without a parallel region" : "");
    if (!summary->options->serial)
        fprintf(stream, "on %d thread%s (%s)", threads, threads == 1 ? "" : "s", summary->schedule);
    fprintf(stream, "\n  speed   %s images/s = %s images/hour, %s/s read\n",
            text_rate(rate, per_second), text_rate(hour, per_second * 3600),
            text_bytes(read, (double)summary->result->counts.bytes / seconds));
    if (summary->before->resumed)
        fprintf(stream, "  resumed %s of %s were there\n", text_count(count, summary->before->rows),
                text_count(rate, summary->manifest->count));
}

/* "  shard   2/4: rows 25 to 49 of 100" and what is still to be done. */
static void print_shard(const struct run_summary *summary, FILE *stream)
{
    const struct run_shard *shard = summary->shard;
    char count[TEXT_SIZE], of[TEXT_SIZE];
    fprintf(stream, "  shard   %" PRIu32 "/%" PRIu32 ": %s of %s rows", shard->shard.index,
            shard->shard.count, text_count(count, shard->rows.count),
            text_count(of, shard->totals.rows));
    if (shard->rows.count)
        fprintf(stream, ", from row %" PRIu64 " on", shard->rows.first);
    fputc('\n', stream);
    escape_line(stream, "  merge   when all are done: pixscale merge %s", shard->set.output);
}

static void print_output(const struct run_summary *summary, FILE *stream)
{
    summary_parts_array(summary->shard ? "rows" : "array", summary->output, summary->shape, stream);
    if (summary->shard)
        print_shard(summary, stream);
    else
        escape_line(stream, "  index   %s", summary->index);
    summary_parts_pixels(&summary->result->sums, channels_of(summary), stream);
    summary_parts_memory(stream);
}

static void print_statuses(const struct run_summary *summary, FILE *stream)
{
    summary_parts_statuses(summary->result->statuses, failed_items(summary), stream);
    if (!failed_items(summary))
        return;
    if (summary->shard)
        fputs("  (why: with -v, or in the merged index)\n", stream);
    else
        escape_line(stream, "  (why: %s)", summary->index);
}

void run_summary_print(const struct run_summary *summary, FILE *stream)
{
    print_speed(summary, stream);
    print_output(summary, stream);
    print_statuses(summary, stream);
}

void run_summary_done(const struct run_shard *shard, FILE *stream)
{
    char count[TEXT_SIZE];
    fprintf(stream, "shard %" PRIu32 "/%" PRIu32 " is done already: %s rows\n", shard->shard.index,
            shard->shard.count, text_count(count, shard->rows.count));
}

void run_summary_failures(const struct manifest *manifest, const struct index_item *items,
                          uint64_t most, FILE *stream)
{
    uint64_t failed = 0;
    for (size_t i = 0; i < manifest->count; i++) {
        enum status status = (enum status)items[i].status;
        if (items[i].done && !status_has_pixels(status) && failed++ < most)
            summary_parts_failure(manifest->entries[i].path, &items[i], stream);
    }
    if (failed > most)
        fprintf(stream, "pixscale: and %" PRIu64 " more\n", failed - most);
}

static json_t *json_shard(const struct run_shard *shard)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "index", (json_int_t)shard->shard.index, "count",
                     (json_int_t)shard->shard.count, "first_row", (json_int_t)shard->rows.first,
                     "rows", (json_int_t)shard->rows.count, "set_rows",
                     (json_int_t)shard->totals.rows);
}

bool run_summary_json(const struct run_summary *summary, FILE *stream)
{
    const struct pipeline_result *result = summary->result;
    double seconds = summary->seconds > 0 ? summary->seconds : 1e-9;
    double per_second = (double)result->counts.items / seconds;
    json_memory_watch();
    json_t *root = json_pack(
        "{s:s, s:o, s:o, s:o, s:s, s:I, s:I, s:I, s:o, s:f, s:f, s:f, s:I, s:I, s:f, s:i, s:b, s:s,"
        " s:I, s:o, s:o, s:I}",
        "schema", "pixscale.run/1", "output", summary_parts_json_path(summary->output), "index",
        summary_parts_json_path(summary->index), "shape", summary_parts_json_shape(summary->shape),
        "dtype", summary->shape->descr, "items", (json_int_t)summary->manifest->count, "good",
        (json_int_t)good_items(result), "failed", (json_int_t)failed_items(summary), "statuses",
        summary_parts_json_statuses(result->statuses), "seconds", summary->seconds,
        "images_per_second", per_second, "images_per_hour", per_second * 3600, "bytes_read",
        (json_int_t)result->counts.bytes, "pixels_decoded", (json_int_t)result->counts.pixels,
        "bytes_per_second", (double)result->counts.bytes / seconds, "threads", result->threads,
        "serial", (int)summary->options->serial, "schedule", summary->schedule, "peak_memory_bytes",
        (json_int_t)summary_parts_peak_memory(), "mean",
        summary_parts_json_moments(&result->sums, channels_of(summary), false), "std",
        summary_parts_json_moments(&result->sums, channels_of(summary), true), "resumed",
        (json_int_t)summary->before->rows);
    if (summary->shard)
        json_object_set_new(root, "shard", json_shard(summary->shard));
    bool ok =
        root && !json_memory_failed() &&
        (json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0 || ferror(stream));
    json_decref(root);
    if (ok)
        fputc('\n', stream);
    return ok;
}
