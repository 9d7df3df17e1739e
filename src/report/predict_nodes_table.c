#include "report/predict_nodes_table.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "report/predict_words.h"
#include "report/table.h"

#define LINE 600

static void write_changes(FILE *out, const struct predict_nodes *nodes)
{
    char changes[256], items[TEXT_SIZE], line[LINE];
    const struct replay_loop *recorded = &nodes->replay->recorded, *loop = &nodes->loop;
    predict_changes_of(nodes->options.factor, changes, sizeof changes);
    if (*changes)
        predict_words_entry(out, "what if", changes);
    if (nodes->options.items_total) {
        snprintf(line, sizeof line, "%s items like the recorded ones",
                 text_count(items, nodes->rows.total));
        predict_words_entry(out, "what if", line);
    }
    if (loop->by_cost != recorded->by_cost)
        predict_words_entry(out, "what if", loop->by_cost ? "costliest first" : "in input order");
    if (loop->runtime != recorded->runtime) {
        snprintf(line, sizeof line, "chunks as %s cuts them", replay_runtimes[loop->runtime]);
        predict_words_entry(out, "what if", line);
    }
}

static void write_bytes(FILE *out, const struct predict_nodes *nodes)
{
    const struct predict_nodes_options *options = &nodes->options;
    char bytes[TEXT_SIZE], rate[TEXT_SIZE], seconds[PHRASE_SIZE], line[LINE];
    text_bytes(bytes, nodes->bytes);
    if (options->bandwidth > 0) {
        snprintf(line, sizeof line, "%s at %s/s for all nodes together: no loop ends before %s",
                 bytes, text_bytes(rate, options->bandwidth),
                 predict_words_duration(seconds, nodes->bytes / options->bandwidth));
        predict_words_entry(out, "bandwidth", line);
    }
    if (options->node_bandwidth > 0) {
        snprintf(line, sizeof line, "%s at %s/s for each node: %s with one", bytes,
                 text_bytes(rate, options->node_bandwidth),
                 predict_words_duration(seconds, nodes->bytes / options->node_bandwidth));
        predict_words_entry(out, "bandwidth", line);
    }
}

static void write_notes(FILE *out, const struct predict_nodes *nodes)
{
    const struct replay *replay = nodes->replay;
    bool frozen = !isnan(replay->freeze_row_seconds), merged = !isnan(replay->merge_row_seconds);
    char line[LINE];
    double most = 0;
    snprintf(line, sizeof line, "freezing and merging take as long as %s",
             frozen && merged ? "recorded ones"
             : merged         ? "the run's scan, and a recorded merge"
             : frozen         ? "a recorded freezing, and the run's index and commit"
                              : "the run's scan, index and commit");
    predict_words_entry(out, "assumed", line);
    predict_words_entry(out, "assumed",
                        replay->waiting
                            ? "the work waits, so there is room for any number of threads"
                            : "nodes like this machine, a core for every thread; items are not "
                              "slowed by others beside them");
    predict_words_entry(out, "left out",
                        nodes->options.bandwidth > 0
                            ? "waiting for the nodes, starting processes"
                            : "waiting for the nodes, starting processes, and what the file system "
                              "gives them all (--bandwidth)");
    if (replay->recorded.threads > 1 && !replay->waiting)
        predict_words_entry(out, "note",
                            "with more than one thread the recorded items may be stretched "
                            "already; a record of one thread predicts better");
    if (replay->all_disturbed)
        predict_words_entry(out, "note",
                            "something else disturbed the recorded run, as it says itself");
    for (size_t i = 0; i < nodes->options.node_count; i++)
        most = fmax(most, nodes->points[i].error);
    if (most > 0) {
        snprintf(line, sizeof line,
                 "the loops of shards of more than %d rows are taken from bounds, wrong by at most "
                 "%.2g %%",
                 PREDICT_NODES_EXACT, 100 * most);
        predict_words_entry(out, "note", line);
    }
}

static struct predict_unit unit_of(const struct predict_nodes *nodes)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < nodes->options.node_count; i++) {
        least = fmin(least, nodes->points[i].seconds);
        most = fmax(most, nodes->points[i].seconds);
    }
    return predict_words_unit(least, most);
}

static void write_points(FILE *out, const struct predict_nodes *nodes)
{
    struct predict_unit unit = unit_of(nodes);
    fprintf(out, "\n%6s%9s%8s%10s%8s%8s%7s%9s  %s\n", "nodes", unit.name, "freeze", "slowest",
            "merge", "S", "E", "node-h", "limit");
    for (size_t i = 0; i < nodes->options.node_count; i++) {
        const struct predict_nodes_point *point = &nodes->points[i];
        char factor[PHRASE_SIZE], hours[32];
        snprintf(hours, sizeof hours, point->node_hours < 999.5 ? "%.3g" : "%.0f",
                 point->node_hours);
        fprintf(out, "%6d%9.*f%8.*f%10.*f%8.*f%8s%5.0f %%%9s  %s\n", point->nodes, unit.places,
                point->seconds * unit.scale, unit.places, point->freeze * unit.scale, unit.places,
                point->node * unit.scale, unit.places, point->merge * unit.scale,
                phrase_factor(factor, point->speedup), 100 * point->efficiency, hours,
                predict_nodes_limit(point->limit));
    }
    table_wrap(out,
               "S: speed-up over one node; E: S over nodes; slowest: the node that ends last; "
               "node-h: hours of nodes, all held until the slowest is done",
               0);
}

/* "6 take 42 min 02 s, ": the knee need not be one of the rows above. */
static const char *knee_takes(const struct predict_nodes *nodes, char *text, size_t size)
{
    struct predict_nodes_point point;
    struct error ignored = {0};
    char time[PHRASE_SIZE];
    text[0] = '\0';
    if (predict_nodes_at(nodes, nodes->knee, &point, &ignored)) {
        predict_words_duration(time, point.seconds);
        snprintf(text, size, "%d take%s %s, ", nodes->knee, nodes->knee == 1 ? "s" : "", time);
    }
    return text;
}

static void write_knee(FILE *out, const struct predict_nodes *nodes)
{
    const struct predict_nodes_point *last = &nodes->points[nodes->options.node_count - 1];
    char line[LINE], best[PHRASE_SIZE], knee[2 * PHRASE_SIZE];
    predict_words_duration(best, nodes->best_seconds);
    fputc('\n', out);
    if (nodes->options.node_count == 1)
        return;
    if (nodes->knee == last->nodes)
        snprintf(line, sizeof line,
                 "No knee up to %d nodes: fewer are more than %.0f %% slower than the best, %s.",
                 last->nodes, 100 * (PREDICT_NODES_KNEE - 1), best);
    else
        snprintf(line, sizeof line,
                 "From %d node%s on, more bring less than %.0f %%: %stheir best is %s, and "
                 "with %d nodes the limit is the %s.",
                 nodes->knee, phrase_plural(nodes->knee), 100 * (PREDICT_NODES_KNEE - 1),
                 knee_takes(nodes, knee, sizeof knee), best, last->nodes,
                 predict_nodes_limit(last->limit));
    table_wrap(out, line, 0);
}

static void write_check(FILE *out, const struct predict_nodes_check *check,
                        struct predict_unit unit)
{
    const struct replay_sets_point *m = check->measured;
    char name[SCHEDULE_SIZE], range[48];
    snprintf(range, sizeof range, "%.*f .. %.*f", unit.places, m->least * unit.scale, unit.places,
             m->most * unit.scale);
    fprintf(out, "%5d%8d  %-11s %-5s %4zu %8.*f %14s %9.*f %+6.1f %%\n", m->shards, m->loop.threads,
            schedule_name(&m->loop.schedule, name), m->loop.by_cost ? "cost" : "input", m->runs,
            unit.places, m->median * unit.scale, range, unit.places, check->seconds * unit.scale,
            100 * check->error);
}

static void write_checks(FILE *out, const struct predict_nodes *nodes)
{
    const struct replay_sets *sets = &nodes->replay->sets;
    double least = INFINITY, most = 0;
    size_t crowded = 0;
    char time[32];
    for (size_t i = 0; i < sets->count; i++) {
        least = fmin(least, fmin(nodes->checks[i].seconds, sets->points[i].median));
        most = fmax(most, fmax(nodes->checks[i].seconds, sets->points[i].median));
        crowded += sets->points[i].crowded;
    }
    if (sets->count == 0)
        return;
    struct predict_unit unit = predict_words_unit(least, most);
    snprintf(time, sizeof time, "times in %s", unit.name);
    table_heading(out, "Measured, and what is predicted for these shards", time);
    fprintf(out, "%5s%8s  %-11s %-5s %4s %8s %14s %9s %8s\n", "nodes", "threads", "schedule",
            "order", "sets", "median", "range", "predicted", "error");
    for (size_t i = 0; i < sets->count; i++)
        write_check(out, &nodes->checks[i], unit);
    if (crowded)
        fprintf(out, "%zu of these ran on one machine with fewer cores than threads: no nodes\n",
                crowded);
}

static void write_left_out(FILE *out, const struct replay_sets *sets)
{
    if (sets->incomplete)
        fprintf(out, "%zu set%s left out: a shard is missing, or was recorded more than once\n",
                sets->incomplete, sets->incomplete == 1 ? "" : "s");
}

void predict_nodes_table_write(FILE *out, const struct predict_nodes *nodes)
{
    char base[256];
    predict_words_source(out, nodes->replay);
    write_changes(out, nodes);
    predict_nodes_base(nodes, base, sizeof base);
    predict_words_entry(out, "base", base);
    write_bytes(out, nodes);
    write_notes(out, nodes);
    write_points(out, nodes);
    write_knee(out, nodes);
    write_checks(out, nodes);
    write_left_out(out, &nodes->replay->sets);
}
