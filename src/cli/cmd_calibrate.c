/*
 * The command `calibrate`: faults that are known, for the profiler to find.
 */
#include "cli/commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bakery/calibrate_runs.h"
#include "base/clock.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/calibrate_show.h"
#include "cli/run_record.h"
#include "cli/stop.h"

/* Slices of 1 ms with four runs a point keep --quick well below 20 s; without it there is time
 * for longer ones, of which a late waking is a smaller part. */
#define QUICK_RUNS      4
#define QUICK_MINUTE_NS 500000
#define FULL_RUNS       40
#define FULL_MINUTE_NS  1000000
#define MOST_RUNS       10000
#define LEAST_RUNS      2 /* of one run no scatter can be told */
#define RIGHT_SHARE     0.9

extern char **environ;

struct settings {
    bool quick, json;
    int64_t runs, seed; /* 0, -1: not given */
    bool wanted[CALIBRATE_CASES];
    const char *keep;
    int progress;
};

struct calibration {
    struct settings settings;
    struct calibrate_runs runs;
    struct calibrate_show show;
    struct progress progress;
};

static int find_case(const char *word, size_t length)
{
    for (int i = 0; i < CALIBRATE_CASES; i++)
        if (strlen(calibrate_cases[i].word) == length &&
            strncmp(calibrate_cases[i].word, word, length) == 0)
            return i;
    return -1;
}

static bool wrong_case(const struct option_spec *spec, const char *word, int length,
                       struct error *error)
{
    char list[200] = "";
    for (int i = 0; i < CALIBRATE_CASES; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", calibrate_cases[i].word);
    }
    return error_set(error, ERROR_USAGE, "--%s: '%.*s' is no case; the cases are %s", spec->name,
                     length, word, list);
}

/* bool [CALIBRATE_CASES]: "knee,contention" */
static bool parse_cases(const struct option_spec *spec, const char *text, void *target,
                        struct error *error)
{
    bool *wanted = target;
    for (int i = 0; i < CALIBRATE_CASES; i++)
        wanted[i] = false;
    for (const char *word = text;; word++) {
        size_t length = strcspn(word, ",");
        int which = find_case(word, length);
        if (which < 0)
            return wrong_case(spec, word, length < 40 ? (int)length : 40, error);
        wanted[which] = true;
        word += length;
        if (!*word)
            return true;
    }
}

static void show_progress(void *user, double fraction, int done, int total)
{
    struct calibration *calibration = user;
    if (progress_due(&calibration->progress))
        progress_bar(&calibration->progress, fraction, (uint64_t)done, (uint64_t)total, "runs");
}

static void prepare(struct calibration *calibration)
{
    const struct settings *settings = &calibration->settings;
    struct calibrate_runs *runs = &calibration->runs;
    const char *temporary = getenv("TMPDIR");
    *runs = (struct calibrate_runs){
        .runs = settings->quick ? QUICK_RUNS : FULL_RUNS,
        .minute_ns = settings->quick ? QUICK_MINUTE_NS : FULL_MINUTE_NS,
        .seed = (uint64_t)settings->seed,
        .temporary = temporary && *temporary ? temporary : "/tmp",
        .environment = environ,
        .stop = &stop_signal,
        .progress = show_progress,
        .user = calibration,
    };
    if (settings->runs)
        runs->runs = (int)settings->runs;
    if (settings->seed < 0)
        runs->seed = ((uint64_t)clock_now_ns() ^ (uint64_t)getpid() << 40) & INT32_MAX;
    memcpy(runs->wanted, settings->wanted, sizeof runs->wanted);
    calibration->show = (struct calibrate_show){.quick = settings->quick,
                                                .runs = runs->runs,
                                                .minute_ns = runs->minute_ns,
                                                .seed = runs->seed};
    memcpy(calibration->show.wanted, settings->wanted, sizeof runs->wanted);
}

/* Before anything happens: nobody likes to wait without knowing for what. */
static void announce(const struct calibration *calibration)
{
    char time[TEXT_SIZE];
    const struct calibrate_runs *runs = &calibration->runs;
    int cases = calibrate_show_cases(&calibration->show);
    fprintf(stderr, "pixscale: calibrate: %d case%s x %d teams x %d runs, about %s\n", cases,
            cases == 1 ? "" : "s", CALIBRATE_POINTS, runs->runs,
            text_duration(time, ceil(calibrate_runs_seconds(runs))));
}

/* One case: what its file says, and in a full calibration what sweeps drawn from it say. */
static bool judge(struct calibration *calibration, int i, struct error *error)
{
    struct calibrate_show *show = &calibration->show;
    enum calibrate_quantity quantity = calibrate_cases[i].quantity;
    const char *paths[] = {calibration->runs.file[i]};
    const struct analysis_options options = {0};
    struct analysis analysis;
    if (!analysis_load(&analysis, paths, 1, &options, error))
        return false;
    const struct analysis_group *group = &analysis.groups[0];
    bool ok = analysis.group_count == 1;
    if (!ok)
        error_set(error, ERROR_OUTPUT,
                  "the machine changed between the runs: their records are of "
                  "%zu kinds",
                  analysis.group_count);
    int late, all;
    if (ok && !calibrate_estimate_late(group, CALIBRATE_SHOW_LATE, &late, &all))
        ok = error_set(error, ERROR_OUTPUT, "no memory");
    show->late += ok ? late : 0;
    show->all += ok ? all : 0;
    show->truth[i] = calibrate_truth(&calibrate_cases[i], show->minute_ns);
    show->estimate[i] = calibrate_estimate_make(quantity, group);
    if (ok && !show->quick) {
        ok = calibrate_estimate_cover(&show->coverage[i], quantity, group, show->truth[i],
                                      show->estimate[i].value, CALIBRATE_SWEEPS,
                                      CALIBRATE_SWEEP_RUNS, show->seed + (uint64_t)i, &stop_signal);
        if (!ok)
            error_set(error, ERROR_OUTPUT, "no memory");
    }
    analysis_free(&analysis);
    return ok;
}

static bool judge_all(struct calibration *calibration, struct error *error)
{
    if (!calibration->show.quick && calibration->progress.active)
        progress_show(&calibration->progress, "drawing sweeps from the runs");
    for (int i = 0; i < CALIBRATE_CASES; i++)
        if (calibration->runs.wanted[i] && !judge(calibration, i, error))
            return false;
    return true;
}

static int finish(const struct calibration *calibration)
{
    const struct calibrate_show *show = &calibration->show;
    if (!calibration->settings.json)
        calibrate_show_table(show, stdout);
    else if (!calibrate_show_json(show, stdout)) {
        fprintf(stderr, "pixscale: calibrate: no memory\n");
        return EXIT_OUTPUT;
    }
    bool right = calibrate_show_named(show) >= RIGHT_SHARE * calibrate_show_cases(show);
    return right ? EXIT_CLEAN : EXIT_SOME_FAILED;
}

static int calibrate(struct calibration *calibration)
{
    const struct settings *settings = &calibration->settings;
    struct error error = {0};
    stop_catch();
    prepare(calibration);
    announce(calibration);
    progress_start(&calibration->progress, (enum progress_when)settings->progress, stderr);
    bool ok = calibrate_runs_go(&calibration->runs, &error);
    calibration->show.seconds = progress_seconds(&calibration->progress);
    if (settings->keep && calibration->runs.folder) {
        struct error unkept;
        if (!calibrate_runs_keep(&calibration->runs, settings->keep, &unkept)) {
            error = ok ? unkept : error;
            ok = false;
        }
    }
    ok = ok && judge_all(calibration, &error);
    progress_end(&calibration->progress);
    calibrate_runs_close(&calibration->runs);
    int number = atomic_load(&stop_signal);
    if (!ok && number) {
        fprintf(stderr, "pixscale: calibrate: stopped by SIG%s\n", sigabbrev_np(number));
        return 128 + number;
    }
    return ok ? finish(calibration) : commands_fail(&error);
}

static int run(const struct command *self, int argc, char **argv)
{
    static struct calibration calibration;
    calibration.settings = (struct settings){.seed = -1};
    for (int i = 0; i < CALIBRATE_CASES; i++)
        calibration.settings.wanted[i] = true;
    int first = argc;
    enum options_outcome outcome = options_parse(self, argc, argv, &calibration.settings, &first);
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    struct error error;
    const char *keep = calibration.settings.keep;
    if (first < argc) {
        error_set(&error, ERROR_USAGE, "calibrate: unexpected '%s': it takes options only",
                  argv[first]);
        return commands_fail(&error);
    }
    if (keep && !run_record_check_file(keep, &error))
        return commands_fail(&error); /* minutes before it would be found out */
    return calibrate(&calibration);
}

static const char *const progress_names[] = {"auto", "on", "off", NULL};

#define AT(field) offsetof(struct settings, field)

static const struct option_spec options[] = {
    {"quick", 0, NULL, "4 short runs a point, no coverage: under 20 seconds", option_flag,
     AT(quick), NULL},
    {"runs", 0, "N", "runs of each point (default 40; 4 with --quick)", option_number, AT(runs),
     &(const struct option_range){LEAST_RUNS, MOST_RUNS}},
    {"cases", 0, "LIST", "only these, such as knee,contention (default: all ten)", parse_cases,
     AT(wanted), NULL},
    {"seed", 0, "N", "of the order of the runs, and of what is drawn (default: another each time)",
     option_number, AT(seed), &(const struct option_range){0, INT32_MAX}},
    {"keep", 0, "FILE", "append the records of all runs, for fit, plot and report", option_text,
     AT(keep), NULL},
    {"progress", 0, "WHEN", "auto (default: on a terminal), on or off", option_choice, AT(progress),
     &(const struct option_choices){progress_names}},
    {"json", 0, NULL, "print one JSON object (schema pixscale.calibrate/1)", option_flag, AT(json),
     NULL},
    {0},
};

static const char *const usage[] = {"calibrate [OPTIONS]", NULL};

static const char *const examples[] = {
    "pixscale calibrate --quick",
    "ten planted faults, measured and named",
    "pixscale calibrate",
    "how often the intervals hold, over 2,000 sweeps drawn from 40 runs a point",
    "pixscale calibrate --cases knee,contention --keep bent.jsonl\n"
    "  pixscale report bent.jsonl "
    "-o bent.html",
    "two of them, to look at as any other measurement",
    NULL,
};

const struct command cmd_calibrate = {
    .name = "calibrate",
    .summary = "plant known faults, measure them, and check every estimate",
    .usage = usage,
    .about = "Bakes toast (see pixscale bakery) with one known fault at a time: a serial part, "
             "unequal slices, chunks that are dear to fetch, contention, too few power sockets, a "
             "slow thread. Each run is measured in a process of its own as any run is, and the "
             "profiler must find the fault, its size and the name of its cause. Exit status 1 when "
             "fewer than nine of ten causes are named right, as on a very busy machine.",
    .options = options,
    .examples = examples,
    .run = run,
};
