#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_memory.h"
#include "cli/json_print.h"
#include "report/analysis.h"
#include "report/fit_json.h"
#include "report/table.h"

#define MAX_PREDICTIONS 64
#define MOST_THREADS    1000000

enum space { SPACE_TIME, SPACE_THROUGHPUT };
enum keep { KEEP_CORES = -1, KEEP_SMT };

struct settings {
    bool json;
    struct {
        double threads[MAX_PREDICTIONS];
        size_t count;
    } predict;
    int space, include;
};

/* Whole numbers of threads with commas between them. */
static bool parse_predict(const struct option_spec *spec, const char *text, void *target,
                          struct error *error)
{
    struct settings *settings = target;
    settings->predict.count = 0;
    for (const char *at = text;; at++) {
        char *end;
        long value = strspn(at, "0123456789") ? strtol(at, &end, 10) : 0;
        if (value < 1 || value > MOST_THREADS || (*end && *end != ','))
            return error_set(error, ERROR_USAGE,
                             "--%s: '%s' is not a list of numbers of threads such as 8,16",
                             spec->name, text);
        if (settings->predict.count == MAX_PREDICTIONS)
            return error_set(error, ERROR_USAGE, "--%s: more than %d numbers of threads",
                             spec->name, MAX_PREDICTIONS);
        settings->predict.threads[settings->predict.count++] = (double)value;
        at = end;
        if (!*at)
            return true;
    }
}

static int print_json(const struct analysis *analysis)
{
    struct error error;
    json_memory_watch();
    if (!json_print(fit_json_new(analysis), FIT_JSON_FLAGS, "fit", &error))
        return commands_fail(&error);
    return EXIT_CLEAN;
}

static int fit(const struct settings *settings, const char *const *paths, size_t count)
{
    struct analysis_options options = {
        .include_smt = settings->include == KEEP_SMT,
        .study = {.predict = settings->predict.count ? settings->predict.threads : NULL,
                  .predict_count = settings->predict.count,
                  .throughput = settings->space == SPACE_THROUGHPUT}};
    struct analysis analysis;
    struct error error;
    if (!analysis_load(&analysis, paths, count, &options, &error))
        return commands_fail(&error);
    int status = EXIT_CLEAN;
    if (settings->json)
        status = print_json(&analysis);
    else
        table_write(stdout, &analysis);
    analysis_free(&analysis);
    return status;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct settings settings = {.include = KEEP_CORES};
    int first = argc;
    enum options_outcome outcome = options_parse(self, argc, argv, &settings, &first);
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    if (first == argc) {
        struct error error;
        error_set(&error, ERROR_USAGE,
                  "fit: no records given; such as pixscale fit profiles/*.jsonl");
        return commands_fail(&error);
    }
    return fit(&settings, (const char *const *)argv + first, (size_t)(argc - first));
}

static const char *const space_names[] = {
    [SPACE_TIME] = "time", [SPACE_THROUGHPUT] = "throughput", NULL};
static const char *const include_names[] = {[KEEP_SMT] = "smt", NULL};

#define AT(field) offsetof(struct settings, field)

static const struct option_spec options[] = {
    {"predict", 0, "N,N", "numbers of threads (or ranks) to predict (default: the next doublings)",
     parse_predict, 0, NULL},
    {"space", 0, "SPACE",
     "fit times (default: time), or the USL to throughput, unweighted as in its literature",
     option_choice, AT(space), &(const struct option_choices){space_names}},
    {"include", 0, "WHAT", "smt: keep the points with more threads than physical cores in the fit",
     option_choice, AT(include), &(const struct option_choices){include_names}},
    {"json", 0, NULL, "print one JSON object (schema pixscale.fit/1)", option_flag, AT(json), NULL},
    {0},
};
static const char *const usage[] = {"fit [OPTIONS] RECORDS...", NULL};
static const char *const examples[] = {
    "pixscale fit profiles/*.jsonl",
    "how far it scales, why no further, and what more threads would bring",
    "pixscale fit times.csv --predict 8,16,32",
    "any program: a file with the line threads,seconds and a line for each run",
    "hyperfine -L threads 1,2,4 --export-json a.json \\\n"
    "      'OMP_NUM_THREADS={threads} ./a.out'\n  "
    "pixscale fit a.json",
    "times that hyperfine took",
    "pixscale fit load.csv --space throughput --json",
    "the universal scalability law as fitted to published throughputs",
    "pixscale fit nodes/*.jsonl",
    "records of the shards of runs: how it scales over ranks, and what the merge costs",
    NULL};
const struct command cmd_fit = {
    .name = "fit",
    .summary = "fit scaling laws to measured times: losses, ceilings, predictions",
    .usage = usage,
    .about =
        "Reads records (JSON Lines), CSV with the columns threads,seconds or threads,throughput "
        "and the --export-json of hyperfine with a parameter called threads; - is standard input. "
        "Fits the laws of Amdahl, Gustafson and Gunther with 95 % intervals, and says in plain "
        "words what they tell and what they cannot. Runs of different machines, programs, data or "
        "options are never put together. Points with more threads than the records' own machine "
        "had cores, and disturbed runs, are shown and left out. Records of shards are put together "
        "to runs of as many ranks, each as long as its slowest shard, its merge and its frozen "
        "list, and fitted over the ranks.",
    .options = options,
    .examples = examples,
    .run = run};
