#include "cli/sweep_summary.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/text.h"
#include "dataset/index.h"

void sweep_summary_points(const int *threads, size_t count, char *text, size_t size)
{
    *text = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, size - used, "%s%d", i ? ", " : "", threads[i]);
    }
}

/* Seconds in which the wanted precision should be had: the width falls as the root of the rounds.
 */
static double needed_seconds(const struct sweep_summary *summary)
{
    const struct rounds_result *result = summary->result;
    double ratio = result->half_width / summary->options->ci;
    double rounds = fmax(ceil(result->rounds * ratio * ratio), 3);
    return summary->seconds + (rounds - result->rounds) * result->round_seconds;
}

/* "--budget 240s" of two significant digits, rounded up. */
static void print_advice(const struct sweep_summary *summary, FILE *stream)
{
    double seconds = needed_seconds(summary);
    double unit = pow(10, floor(log10(seconds)) - 1);
    double rounded = ceil(seconds / unit) * unit;
    if (rounded < 1)
        rounded = 1;
    if (isfinite(rounded) && rounded < 1e6)
        fprintf(stream, "; --budget %.0fs should do for %.3g %%", ceil(rounded),
                100 * summary->options->ci);
}

static void print_precision(const struct sweep_summary *summary, FILE *stream)
{
    const struct rounds_result *result = summary->result;
    char budget[TEXT_SIZE];
    double percent = 100 * result->half_width;
    if (summary->points->count + summary->serial == 1) {
        fprintf(stream, "one number of threads has no speed-up\n");
        return;
    }
    if (result->end == ROUNDS_PRECISE) {
        fprintf(stream, "stopped: every speed-up is known to within %.2g %% (95 %% interval)\n",
                percent);
        return;
    }
    fprintf(stream, "stopped: the budget of %s is spent; ",
            text_duration(budget, summary->options->budget_seconds));
    if (isfinite(result->half_width)) {
        fprintf(stream, "speed-ups are known to within %.2g %% (95 %% interval)", percent);
        print_advice(summary, stream);
    } else {
        fprintf(stream, "a point has too few undisturbed runs for an interval; give more --budget");
    }
    fprintf(stream, "\n");
}

void sweep_summary_print(const struct sweep_summary *summary, FILE *stream)
{
    const struct rounds_result *result = summary->result;
    char points[400], runs[TEXT_SIZE], time[TEXT_SIZE];
    sweep_summary_points(summary->points->threads, summary->points->count, points, sizeof points);
    escape_line(stream, "%s: %s records, %d round%s of %s thread%s%s, in %s", summary->records,
                text_count(runs, (uint64_t)result->runs), result->rounds,
                result->rounds == 1 ? "" : "s", points,
                summary->points->count == 1 && summary->points->threads[0] == 1 ? "" : "s",
                summary->serial ? " and the plain loop (--serial)" : "",
                text_duration(time, summary->seconds));
    print_precision(summary, stream);
    if (result->spoiled)
        fprintf(stream, "%d run%s disturbed by something else; the record says by what\n",
                result->spoiled, result->spoiled == 1 ? " was" : "s were");
    escape_line(stream, "next: pixscale fit %s", summary->records);
}

bool sweep_summary_json(const struct sweep_summary *summary, FILE *stream)
{
    const struct rounds_result *result = summary->result;
    char *path = index_escape_copy(summary->records); /* it may not be UTF-8 */
    json_t *threads = json_array();
    for (size_t i = 0; i < summary->points->count; i++)
        json_array_append_new(threads, json_integer(summary->points->threads[i]));
    json_t *root = json_pack(
        "{s:s, s:s, s:o, s:b, s:i, s:i, s:i, s:s, s:o, s:f}", "schema", "pixscale.sweep/1",
        "records", path, "threads", threads, "serial", summary->serial, "rounds", result->rounds,
        "runs", result->runs, "disturbed", result->spoiled, "stopped_by",
        result->end == ROUNDS_PRECISE ? "precision" : "budget", "half_width",
        isfinite(result->half_width) ? json_real(result->half_width) : json_null(), "seconds",
        summary->seconds);
    free(path);
    bool ok = root && json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0;
    if (ok)
        fprintf(stream, "\n");
    json_decref(root);
    return ok;
}

const char *sweep_summary_found(const struct spawn_result *result)
{
    if (!*result->errors)
        return "it has written no message";
    return result->errors_cut ? "its last messages:" : "its messages:";
}

void sweep_summary_messages(const struct spawn_result *result, FILE *stream)
{
    for (const char *line = result->errors; *line; line += *line == '\n') {
        int length = (int)strcspn(line, "\n");
        escape_line(stream, "%.*s", length, line);
        line += length;
    }
}
