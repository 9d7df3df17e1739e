#include "cli/commands.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/node_list.h"
#include "cli/predict_show.h"
#include "sweep/points.h"

#define MOST_FILES  64
#define MOST_FACTOR 1000.0
#define WORKING_DAY 8 /* hours */

#define MOST_BANDWIDTH 1e15 /* bytes a second */

struct settings {
    struct predict_options predict;
    struct predict_nodes_options nodes;
    const char *measured[MOST_FILES];
    size_t measured_count;
    int64_t items_total;
    struct predict_show show;
};

static bool parse_threads(const struct option_spec *spec, const char *text, void *target,
                          struct error *error)
{
    struct settings *settings = target;
    struct points points = {.count = 0};
    struct error inner;
    if (!points_parse(&points, text, &inner))
        return error_set(error, ERROR_USAGE, "--%s: %s", spec->name, inner.text);
    for (size_t i = 0; i < points.count; i++)
        settings->predict.threads[i] = points.threads[i];
    settings->predict.thread_count = points.count;
    return true;
}

static bool parse_schedule(const struct option_spec *spec, const char *text, void *target,
                           struct error *error)
{
    struct predict_options *options = &((struct settings *)target)->predict;
    struct schedule schedule;
    if (!schedule_parse(&schedule, text))
        return error_set(error, ERROR_USAGE,
                         "--%s: '%s' is not static, dynamic, guided or auto, as in dynamic,4",
                         spec->name, text);
    for (size_t i = 0; i < options->schedule_count; i++)
        if (predict_same_schedule(&options->schedules[i], &schedule))
            return true;
    if (options->schedule_count == PREDICT_MOST_SCHEDULES)
        return error_set(error, ERROR_USAGE, "--%s: more than %d schedules", spec->name,
                         PREDICT_MOST_SCHEDULES);
    options->schedules[options->schedule_count++] = schedule;
    return true;
}

/* The stage whose name is `length` characters of `text`, or an error that names them all. */
static bool find_stage(const char *name, const char *text, size_t length, int *found,
                       struct error *error)
{
    char list[128] = "";
    for (int s = 0; s < STAGE_DISPATCH; s++) {
        const char *stage = stages_name((enum stage)s);
        if (strlen(stage) == length && memcmp(stage, text, length) == 0) {
            *found = s;
            return true;
        }
        strcat(strcat(list, s ? ", " : ""), stage);
    }
    return error_set(error, ERROR_USAGE, "--%s: '%.*s' is no stage; there are %s", name,
                     (int)(length < 40 ? length : 40), text, list);
}

/* "decode=0.5,read=2" */
static bool parse_what_if(const struct option_spec *spec, const char *text, void *target,
                          struct error *error)
{
    struct settings *settings = target;
    bool seen[STAGE_DISPATCH] = {false};
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, "=,");
        int stage = 0;
        char *end = (char *)at;
        if (!find_stage(spec->name, at, length, &stage, error))
            return false;
        double factor = at[length] == '=' ? strtod(at + length + 1, &end) : NAN;
        bool number = end > at + length + 1 && (*end == ',' || !*end);
        if (!number || !(factor >= 0 && factor <= MOST_FACTOR))
            return error_set(error, ERROR_USAGE,
                             "--%s: '%s' is not STAGE=FACTOR,... with factors from 0 to %g, such "
                             "as decode=0.5",
                             spec->name, text, MOST_FACTOR);
        if (seen[stage])
            return error_set(error, ERROR_USAGE, "--%s: '%s' names %s twice", spec->name, text,
                             stages_name((enum stage)stage));
        seen[stage] = true;
        settings->predict.factor[stage] = factor;
        at = end;
        if (!*at)
            return true;
    }
}

/* double, in seconds; a time that people work. */
static bool parse_effort(const struct option_spec *spec, const char *text, void *target,
                         struct error *error)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 3600 * WORKING_DAY}};
    struct settings *settings = target;
    char *end;
    double value = strtod(text, &end);
    if (end != text && value > 0 && value <= 1e6)
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (strcmp(end, units[i].unit) == 0) {
                settings->predict.effort_seconds = value * units[i].seconds;
                return true;
            }
    return error_set(error, ERROR_USAGE, "--%s: '%s' is not a time such as 30m, 3h or 2d",
                     spec->name, text);
}

static bool parse_nodes(const struct option_spec *spec, const char *text, void *target,
                        struct error *error)
{
    return node_list_parse(&((struct settings *)target)->nodes, text, spec->name, error);
}

/* double, in bytes a second; thousands, as makers of disks and networks count. */
static bool parse_bandwidth(const struct option_spec *spec, const char *text, void *target,
                            struct error *error)
{
    static const char units[] = "KMGT";
    char *end;
    double value = strtod(text, &end);
    const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    for (const char *u = units; unit && u <= unit; u++)
        value *= 1000;
    bool wrong = !isdigit((unsigned char)*text) || !(value >= 1 && value <= MOST_BANDWIDTH) ||
                 (*end && (!unit || end[1]));
    if (wrong)
        return error_set(error, ERROR_USAGE,
                         "--%s: '%s' is not a number of bytes a second such as 500M, 2.5G or 1T",
                         spec->name, text);
    *(double *)target = value;
    return true;
}

static bool parse_measured(const struct option_spec *spec, const char *text, void *target,
                           struct error *error)
{
    struct settings *settings = target;
    if (settings->measured_count == MOST_FILES)
        return error_set(error, ERROR_USAGE, "--%s: more than %d files", spec->name, MOST_FILES);
    return option_text(spec, text, &settings->measured[settings->measured_count++], error);
}

static bool show_teams(const struct settings *settings, const struct replay *replay,
                       struct error *error)
{
    struct predict predict;
    if (!predict_make(&predict, replay, &settings->predict, error))
        return false;
    bool ok = predict_show_teams(&settings->show, &predict, error);
    predict_free(&predict);
    return ok;
}

static bool show_nodes(const struct settings *settings, const struct replay *replay,
                       struct error *error)
{
    struct predict_nodes nodes;
    if (!predict_nodes_make(&nodes, replay, &settings->nodes, error))
        return false;
    bool ok = predict_show_nodes(&settings->show, &nodes, error);
    predict_nodes_free(&nodes);
    return ok;
}

static int predict_records(const struct settings *settings, const char *const *paths, size_t count)
{
    struct replay replay;
    struct error error;
    if (!replay_load(&replay, paths, count, settings->measured, settings->measured_count, &error))
        return commands_fail(&error);
    bool ok = settings->nodes.node_count ? show_nodes(settings, &replay, &error)
                                         : show_teams(settings, &replay, &error);
    replay_free(&replay);
    return ok ? EXIT_CLEAN : commands_fail(&error);
}

/* With --nodes there is one kind of node; without it, nothing for it to be limited by. */
static bool complete(struct settings *settings, struct error *error)
{
    struct predict_options *predict = &settings->predict;
    struct predict_nodes_options *nodes = &settings->nodes;
    const char *most = nodes->node_count ? "1000000000 with --nodes" : "10000000";
    if (nodes->node_count == 0 && (nodes->bandwidth > 0 || nodes->node_bandwidth > 0))
        return error_set(error, ERROR_USAGE,
                         "predict: --bandwidth and --node-bandwidth limit nodes; say how many with "
                         "--nodes, such as --nodes 1..1000");
    if (nodes->node_count > 0 && (predict->thread_count > 1 || predict->schedule_count > 1))
        return error_set(error, ERROR_USAGE,
                         "predict: all nodes are alike, so --nodes takes one number of --threads "
                         "and one --schedule");
    if (nodes->node_count > 0 && predict->effort_seconds > 0)
        return error_set(error, ERROR_USAGE, "predict: --effort is about threads, not --nodes");
    if (settings->items_total > (nodes->node_count ? PREDICT_ROWS_MOST : REPLAY_MOST_ITEMS))
        return error_set(error, ERROR_USAGE, "predict: --items-total is at most %s", most);
    predict->items_total = (size_t)settings->items_total;
    nodes->items_total = (uint64_t)settings->items_total;
    nodes->threads = predict->thread_count ? predict->threads[0] : 0;
    nodes->scheduled = predict->schedule_count > 0;
    nodes->schedule = predict->schedules[0];
    nodes->order = predict->order;
    nodes->runtime = predict->runtime;
    memcpy(nodes->factor, predict->factor, sizeof nodes->factor);
    return true;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct settings settings = {.predict = predict_options_default(),
                                .nodes = predict_nodes_options_default()};
    struct error error;
    int first = argc;
    enum options_outcome outcome = options_parse(self, argc, argv, &settings, &first);
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    if (first == argc)
        error_set(&error, ERROR_USAGE,
                  "predict: no record given; make one with pixscale run ... --threads 1 --profile "
                  "FILE --items");
    else if (settings.show.json && settings.show.terminal)
        error_set(&error, ERROR_USAGE, "predict: --json and --term both want standard output");
    else if (complete(&settings, &error))
        return predict_records(&settings, (const char *const *)argv + first,
                               (size_t)(argc - first));
    return commands_fail(&error);
}

static const char *const order_names[] = {[PREDICT_COST] = "cost", [PREDICT_INPUT] = "input", NULL};

#define AT(field) offsetof(struct settings, field)

static const struct option_spec options[] = {
    {"threads", 't', "LIST",
     "numbers of threads up to 1024, such as 1-8,64 (default: 1,2,4 to 64, and as recorded)",
     parse_threads, 0, NULL},
    {"schedule", 0, "KIND[,CHUNK]",
     "static, dynamic, guided or auto, with a chunk; may be given several times (default: as "
     "recorded, and static, dynamic,1 and guided)",
     parse_schedule, 0, NULL},
    {"order", 0, "ORDER", "cost: costliest first, or input (default: as recorded)", option_choice,
     AT(predict.order), &(const struct option_choices){order_names}},
    {"runtime", 0, "NAME", "libgomp or libomp, which cut chunks differently (default: as recorded)",
     option_choice, AT(predict.runtime), &(const struct option_choices){replay_runtimes}},
    {"what-if", 0, "STAGE=FACTOR,...",
     "a stage of every item takes so many times as long: read, decode, convert, resize, store",
     parse_what_if, 0, NULL},
    {"items-total", 0, "N", "so many items like the recorded ones, not as many as recorded",
     option_number, AT(items_total), &(const struct option_range){1, PREDICT_ROWS_MOST}},
    {"nodes", 0, "LIST",
     "shards on so many nodes, such as 1,2,4, 1-8 or 1..1000 (1, 2, 5, 10, 20 ...): time, limit, "
     "knee, node-hours",
     parse_nodes, 0, NULL},
    {"bandwidth", 0, "BYTES", "with --nodes: a second, from a file system that all nodes share",
     parse_bandwidth, AT(nodes.bandwidth), NULL},
    {"node-bandwidth", 0, "BYTES", "with --nodes: a second, that one node can read",
     parse_bandwidth, AT(nodes.node_bandwidth), NULL},
    {"effort", 0, "TIME",
     "what the rewriting costs, such as 30m, 3h or 2d of 8 hours: says on which run it is repaid",
     parse_effort, 0, NULL},
    {"measured", 0, "RECORDS", "measured runs to hold against the predictions; several times",
     parse_measured, 0, NULL},
    {"output", 'o', "DIR",
     "draw the figure there: predict.gp, predict.svg and predict.png (predict_nodes with --nodes)",
     option_text, AT(show.folder), NULL},
    {"term", 0, NULL, "draw the figure in the terminal, by characters", option_flag,
     AT(show.terminal), NULL},
    {"dark", 0, NULL, "with --output: for a dark ground", option_flag, AT(show.dark), NULL},
    {"json", 0, NULL, "print one JSON object (schema pixscale.predict/1)", option_flag,
     AT(show.json), NULL},
    {0},
};
static const char *const usage[] = {"predict [OPTIONS] RECORD...", NULL};
static const char *const examples[] = {
    "pixscale run photos/ -o one.npy --threads 1 --profile one.jsonl --items\n"
    "  pixscale predict "
    "one.jsonl",
    "record one run with one thread, then see what more threads and other schedules would bring",
    "pixscale predict one.jsonl --what-if decode=0.5 --threads 1-8",
    "would a decoder of twice the speed be worth more than a second core?",
    "pixscale predict one.jsonl --items-total 35000 --effort 3h",
    "the whole data set from a sample: hours, and when the work of rewriting is repaid",
    "pixscale predict one.jsonl --measured sweep.jsonl -o plots",
    "the predicted curves with the measured runs over them",
    "pixscale predict one.jsonl --nodes 1..1000 --threads 16 --items-total 100000000 --bandwidth "
    "5G",
    "before booking nodes: how many are worth it, and what will limit them",
    NULL};
const struct command cmd_predict = {
    .name = "predict",
    .summary = "replay a recorded run with other teams, schedules, stages, sizes",
    .usage = usage,
    .about =
        "Reads what each item took from a record made with --items, best of one thread, and "
        "simulates OpenMP's schedules over these times, chunk by chunk as the runtime cuts them. "
        "Several records of one thread give the median of each item. Other runs of the same work "
        "in these files are held against the predictions. Assumed is a core for every thread, and "
        "that items take as long beside others as they did.",
    .options = options,
    .examples = examples,
    .run = run};
