#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "dataset/synth.h"

/* Progress shows after two seconds, six times a second on a terminal, else every five seconds. */
#define QUIET_NS    2000000000
#define TERMINAL_NS (1000000000 / 6)
#define LOG_NS      5000000000

enum progress { PROGRESS_AUTO, PROGRESS_ON, PROGRESS_OFF };

struct settings {
    int64_t count, seed, min_side, max_side, threads;
    bool force, quiet, json;
    int progress; /* enum progress */
};

struct ticker {
    int64_t start_ns, last_ns;
    bool terminal, shown;
};

static void show_progress(void *user, uint64_t done, uint64_t total)
{
    struct ticker *ticker = user;
    int64_t now = clock_now_ns();
    if (now - ticker->start_ns < QUIET_NS ||
        now - ticker->last_ns < (ticker->terminal ? TERMINAL_NS : LOG_NS))
        return;
    ticker->last_ns = now;
    ticker->shown = true;
    fprintf(stderr, "%s%" PRIu64 " of %" PRIu64 " pictures%s", ticker->terminal ? "\r" : "", done,
            total, ticker->terminal ? " " : "\n");
}

static bool json_summary(const struct settings *settings, const struct synth_result *result,
                         double seconds)
{
    json_t *object = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "schema",
                               "pixscale.synth/1", "seed", (json_int_t)settings->seed, "files",
                               (json_int_t)result->files, "jpeg", (json_int_t)result->jpeg, "png",
                               (json_int_t)result->png, "bytes", (json_int_t)result->bytes,
                               "pixels", (json_int_t)result->pixels, "seconds", seconds);
    bool ok = object && json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9)) == 0;
    if (ok)
        printf("\n");
    json_decref(object);
    return ok;
}

static void summary(const char *folder, const struct synth_result *result, double seconds)
{
    printf("%" PRIu64 " pictures (%" PRIu32 " JPEG, %" PRIu32
           " PNG), %.1f MB, %.1f megapixels in %.2f s: %s\n",
           result->files, result->jpeg, result->png, (double)result->bytes / 1e6,
           (double)result->pixels / 1e6, seconds, folder);
}

static int synthesise(const char *folder, const struct settings *settings)
{
    struct synth_options options = {.count = (uint32_t)settings->count,
                                    .seed = (uint64_t)settings->seed,
                                    .min_side = (uint32_t)settings->min_side,
                                    .max_side = (uint32_t)settings->max_side,
                                    .threads = (int)settings->threads,
                                    .force = settings->force};
    bool terminal = isatty(STDERR_FILENO);
    bool progress = settings->progress == PROGRESS_ON ||
                    (settings->progress == PROGRESS_AUTO && terminal && !settings->quiet);
    struct ticker ticker = {.start_ns = clock_now_ns(), .terminal = terminal};
    struct synth_result result;
    struct error error;
    bool ok =
        synth_write(folder, &options, progress ? show_progress : NULL, &ticker, &result, &error);
    double seconds = (double)(clock_now_ns() - ticker.start_ns) * 1e-9;
    if (ticker.shown && terminal)
        fprintf(stderr, "\r\033[K");
    if (!ok)
        return commands_fail(&error);
    if (settings->json) {
        if (!json_summary(settings, &result, seconds)) {
            error_set(&error, ERROR_OUTPUT, "cannot write to standard output");
            return commands_fail(&error);
        }
    } else if (!settings->quiet) {
        summary(folder, &result, seconds);
    }
    return EXIT_CLEAN;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct settings settings = {.count = -1, .seed = 1, .min_side = 200, .max_side = 3000};
    struct error error;
    int operands;
    enum options_outcome outcome = options_parse(self, argc, argv, &settings, &operands);
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    if (settings.count < 0)
        error_set(&error, ERROR_USAGE, "synth: how many pictures? Say -n, such as -n 1000");
    else if (argc - operands != 1)
        error_set(&error, ERROR_USAGE, "synth: one folder is needed, %d were given",
                  argc - operands);
    else if (settings.min_side > settings.max_side)
        error_set(&error, ERROR_USAGE, "synth: --min-side %lld is above --max-side %lld",
                  (long long)settings.min_side, (long long)settings.max_side);
    else
        return synthesise(argv[operands], &settings);
    return commands_fail(&error);
}

static const struct option_range counts = {1, 10000000};
static const struct option_range seeds = {0, INT64_MAX};
static const struct option_range sides = {1, SYNTH_MAX_SIDE};
static const struct option_range teams = {1, 4096};
static const char *const progress_names[] = {"auto", "on", "off", NULL};
static const struct option_choices progress_choices = {progress_names};

#define FIELD(name) offsetof(struct settings, name)
static const struct option_spec options[] = {
    {"count", 'n', "N", "how many pictures", option_number, FIELD(count), &counts},
    {"seed", 0, "N", "another seed, another set (1)", option_number, FIELD(seed), &seeds},
    {"min-side", 0, "PIXELS", "shortest side (200)", option_number, FIELD(min_side), &sides},
    {"max-side", 0, "PIXELS", "longest side (3000); PNG files stay below 900", option_number,
     FIELD(max_side), &sides},
    {"threads", 0, "N", "threads (as OMP_NUM_THREADS says); the files do not depend on it",
     option_number, FIELD(threads), &teams},
    {"force", 0, NULL,
     "write into a folder that is not empty; files of the same name are replaced, others stay",
     option_flag, FIELD(force), NULL},
    {"progress", 0, "WHEN", "auto (on a terminal, after two seconds), on or off", option_choice,
     FIELD(progress), &progress_choices},
    {"quiet", 'q', NULL, "no progress and no summary", option_flag, FIELD(quiet), NULL},
    {"json", 0, NULL, "the summary as JSON (pixscale.synth/1)", option_flag, FIELD(json), NULL},
    {0}};

static const char *const usage[] = {"synth -n N [OPTIONS] DIR", NULL};
static const char *const examples[] = {"pixscale synth -n 1000 sample",
                                       "a thousand pictures, some 0.2 GB",
                                       "pixscale synth -n 200 --max-side 800 --seed 7 small",
                                       "small ones only, and others than those of seed 1", NULL};
const struct command cmd_synth = {
    .name = "synth",
    .summary = "make a sample data set of photo-like pictures",
    .usage = usage,
    .about =
        "Writes made-up product photos, still lifes and landscapes as DIR/000000.jpg, "
        "DIR/000001.png and so on: JPEG (4:2:0 and 4:4:4, some progressive, some gray) and, about "
        "one in four, PNG (RGB, RGBA, palette, gray), sides spread from small to large. The same "
        "seed gives the same files, whatever the number of threads.",
    .options = options,
    .examples = examples,
    .run = run};
