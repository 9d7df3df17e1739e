#include "cli/run_summary.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/escape.h"
#include "base/json_memory.h"
#include "base/text.h"
#include "cli/run_shard.h"
#include "image/reason.h"

/* getrusage's figure also counts what the process was before exec: a run started by a large program
 * would seem as large. The kernel's own mark is of this program alone. */
static uint64_t peak_memory(void)
{
    unsigned long long kib = 0;
    char line[128];
    FILE *stream = fopen("/proc/self/status", "re");
    while (stream && fgets(line, sizeof line, stream))
        if (sscanf(line, "VmHWM: %llu", &kib) == 1)
            break;
    if (stream)
        fclose(stream);
    if (kib == 0) {
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        kib = (unsigned long long)usage.ru_maxrss;
    }
    return (uint64_t)kib * 1024;
}

static uint64_t good_items(const struct pipeline_result *result)
{
    return result->statuses[STATUS_OK] + result->statuses[STATUS_PARTIAL];
}

/* NumPy's notation: "(4812, 64, 64, 3) uint8". */
static void shape_text(const struct npy_shape *shape, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "(%" PRIu64 ",", shape->size[0]);
    for (int i = 1; i < shape->dimensions && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, " %" PRIu64 "%s", shape->size[i],
                                 i + 1 < shape->dimensions ? "," : "");
    if (used < size)
        snprintf(text + used, size - used, ") %s", shape->item_size == 1 ? "uint8" : "float32");
}

static uint64_t array_bytes(const struct npy_shape *shape)
{
    uint64_t bytes = shape->item_size;
    for (int i = 0; i < shape->dimensions; i++)
        bytes *= shape->size[i];
    return bytes;
}

static uint64_t failed_items(const struct run_summary *summary)
{
    return summary->result->counts.failed + summary->before->failed;
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
    escape_line(stream, "\n  merge   when all are done: pixscale merge %s", shard->set.output);
}

static void print_output(const struct run_summary *summary, FILE *stream)
{
    char shape[128], size[TEXT_SIZE], memory[TEXT_SIZE];
    shape_text(summary->shape, shape, sizeof shape);
    escape_line(stream, "  array   %s  %s, %s", summary->output, shape,
                text_bytes(size, (double)array_bytes(summary->shape)));
    if (summary->shard)
        print_shard(summary, stream);
    else
        escape_line(stream, "  index   %s", summary->index);
    unsigned channels = summary->options->mode == 1 ? 1 : 3;
    double mean[3], std[3];
    for (unsigned c = 0; c < channels; c++)
        row_sums_moments(&summary->result->sums, c, &mean[c], &std[c]);
    fprintf(stream, "  pixels  mean");
    for (unsigned c = 0; c < channels; c++)
        fprintf(stream, " %.4f", mean[c]);
    fprintf(stream, "  std");
    for (unsigned c = 0; c < channels; c++)
        fprintf(stream, " %.4f", std[c]);
    fprintf(stream, "  (good rows, 0 to 1)\n  memory  %s at its peak\n",
            text_bytes(memory, (double)peak_memory()));
}

/* "  failed  7: truncated 4, corrupt 2, format 1" */
static void print_statuses(const struct run_summary *summary, FILE *stream)
{
    const struct pipeline_result *result = summary->result;
    char count[TEXT_SIZE];
    if (result->statuses[STATUS_PARTIAL])
        fprintf(stream, "  partial %s (truncated files whose rows hold what arrived)\n",
                text_count(count, result->statuses[STATUS_PARTIAL]));
    if (!failed_items(summary))
        return;
    fprintf(stream, "  failed  %s:", text_count(count, failed_items(summary)));
    const char *separator = " ";
    for (int s = 0; s < STATUS_COUNT; s++)
        if (!status_has_pixels((enum status)s) && result->statuses[s]) {
            fprintf(stream, "%s%s %s", separator, status_name((enum status)s),
                    text_count(count, result->statuses[s]));
            separator = ", ";
        }
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

void run_summary_failures(const struct manifest *manifest, const struct index_item *items,
                          uint64_t most, FILE *stream)
{
    uint64_t failed = 0;
    char why[256];
    for (size_t i = 0; i < manifest->count; i++) {
        enum status status = (enum status)items[i].status;
        if (!items[i].done || status_has_pixels(status) || failed++ >= most)
            continue;
        escape_line(stream, "pixscale: %s: %s: %s", manifest->entries[i].path, status_name(status),
                    reason_text(&items[i].reason, why, sizeof why));
    }
    if (failed > most)
        fprintf(stream, "pixscale: and %" PRIu64 " more\n", failed - most);
}

/* A string that may not be UTF-8, escaped as the index does. */
static json_t *json_path(const char *path)
{
    char *text = index_escape_copy(path);
    json_t *value = text ? json_string(text) : NULL;
    free(text);
    return value;
}

static json_t *json_moments(const struct run_summary *summary, bool std)
{
    json_t *array = json_array();
    for (unsigned c = 0; c < (summary->options->mode == 1 ? 1u : 3u); c++) {
        double moment[2];
        row_sums_moments(&summary->result->sums, c, &moment[0], &moment[1]);
        json_array_append_new(array, json_real(moment[std]));
    }
    return array;
}

static json_t *json_shape(const struct npy_shape *shape)
{
    json_t *array = json_array();
    for (int i = 0; i < shape->dimensions; i++)
        json_array_append_new(array, json_integer((json_int_t)shape->size[i]));
    return array;
}

static json_t *json_statuses(const struct pipeline_result *result)
{
    json_t *object = json_object();
    for (int s = 0; s < STATUS_COUNT; s++)
        json_object_set_new(object, status_name((enum status)s),
                            json_integer((json_int_t)result->statuses[s]));
    return object;
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
        "schema", "pixscale.run/1", "output", json_path(summary->output), "index",
        json_path(summary->index), "shape", json_shape(summary->shape), "dtype",
        summary->shape->descr, "items", (json_int_t)summary->manifest->count, "good",
        (json_int_t)good_items(result), "failed", (json_int_t)failed_items(summary), "statuses",
        json_statuses(result), "seconds", summary->seconds, "images_per_second", per_second,
        "images_per_hour", per_second * 3600, "bytes_read", (json_int_t)result->counts.bytes,
        "pixels_decoded", (json_int_t)result->counts.pixels, "bytes_per_second",
        (double)result->counts.bytes / seconds, "threads", result->threads, "serial",
        (int)summary->options->serial, "schedule", summary->schedule, "peak_memory_bytes",
        (json_int_t)peak_memory(), "mean", json_moments(summary, false), "std",
        json_moments(summary, true), "resumed", (json_int_t)summary->before->rows);
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
