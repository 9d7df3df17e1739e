#include "cli/commands.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/escape.h"
#include "base/json_memory.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/json_print.h"
#include "dataset/index.h"
#include "dataset/synth.h"

#define MAX_THREADS 1024 /* as `run` has it */

struct settings {
    int64_t count, seed, min_side, max_side, threads;
    bool force, quiet, json;
    int progress; /* enum progress_when */
};

static void show_progress(void *user, uint64_t done, uint64_t total)
{
    struct progress *progress = user;
    char rate[TEXT_SIZE], details[TEXT_SIZE + 16];
    if (!progress_due(progress))
        return;
    double seconds = progress_seconds(progress);
    snprintf(details, sizeof details, "%s images/s", text_rate(rate, (double)done / seconds));
    progress_bar(progress, (double)done / (double)total, done, total, details);
}

static bool print_json(const struct settings *settings, const char *folder,
                       const struct synth_result *result, double seconds, struct error *error)
{
    json_memory_watch();
    char *path = index_escape_copy(folder); /* it may not be UTF-8 */
    json_t *root = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "schema",
                             "pixscale.synth/1", "folder", path, "seed", (json_int_t)settings->seed,
                             "files", (json_int_t)result->files, "jpeg", (json_int_t)result->jpeg,
                             "png", (json_int_t)result->png, "bytes", (json_int_t)result->bytes,
                             "pixels", (json_int_t)result->pixels, "seconds", seconds);
    free(path);
    return json_print(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9), "synth", error);
}

static void print_summary(const char *folder, const struct synth_result *result, double seconds)
{
    char files[TEXT_SIZE], jpeg[TEXT_SIZE], png[TEXT_SIZE], bytes[TEXT_SIZE], time[TEXT_SIZE];
    char pixels[TEXT_SIZE];
    escape_line(stdout, "%s: %s pictures (%s JPEG, %s PNG), %s, %s megapixels, in %s", folder,
                text_count(files, result->files), text_count(jpeg, result->jpeg),
                text_count(png, result->png), text_bytes(bytes, (double)result->bytes),
                text_rate(pixels, (double)result->pixels * 1e-6), text_duration(time, seconds));
}

static int make_set(const char *folder, const struct settings *settings)
{
    struct synth_options options = {.count = (uint32_t)settings->count,
                                    .seed = (uint64_t)settings->seed,
                                    .min_side = (uint32_t)settings->min_side,
                                    .max_side = (uint32_t)settings->max_side,
                                    .threads = (int)settings->threads,
                                    .force = settings->force};
    struct progress progress;
    struct synth_result result;
    struct error error;
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is then an error of write, with a name */
    signal(SIGPIPE, SIG_IGN); /* nobody reads the progress: no reason to stop */
    progress_start(&progress,
                   settings->quiet ? PROGRESS_OFF : (enum progress_when)settings->progress, stderr);
    bool ok = synth_write(folder, &options, show_progress, &progress, &result, &error);
    double seconds = progress_seconds(&progress);
    progress_end(&progress);
    if (!ok)
        return commands_fail(&error);
    if (settings->json && !print_json(settings, folder, &result, seconds, &error))
        return commands_fail(&error);
    if (!settings->json && !settings->quiet)
        print_summary(folder, &result, seconds);
    return EXIT_CLEAN;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct settings settings = {.seed = 1, .min_side = 200, .max_side = 3000};
    struct error error;
    int first = argc;
    enum options_outcome outcome = options_parse(self, argc, argv, &settings, &first);
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    if (settings.count == 0)
        error_set(&error, ERROR_USAGE, "synth: how many pictures? Say -n, such as -n 1000");
    else if (argc - first != 1 || !*argv[first])
        error_set(&error, ERROR_USAGE, "synth: one folder to write to is needed, %d were given",
                  argc - first);
    else if (settings.min_side > settings.max_side)
        error_set(&error, ERROR_USAGE, "synth: --min-side %" PRId64 " is above --max-side %" PRId64,
                  settings.min_side, settings.max_side);
    else
        return make_set(argv[first], &settings);
    return commands_fail(&error);
}

static const char *const progress_names[] = {"auto", "on", "off", NULL};

#define AT(field) offsetof(struct settings, field)
#define RANGE(least, most)                                                                         \
    &(const struct option_range)                                                                   \
    {                                                                                              \
        least, most                                                                                \
    }

static const struct option_spec options[] = {
    {"count", 'n', "N", "how many pictures; must be given", option_number, AT(count),
     RANGE(1, 10000000)},
    {"seed", 0, "N", "another seed gives another set (default 1)", option_number, AT(seed),
     RANGE(0, INT64_MAX)},
    {"min-side", 0, "PIXELS", "shortest side (default 200)", option_number, AT(min_side),
     RANGE(1, SYNTH_MAX_SIDE)},
    {"max-side", 0, "PIXELS", "longest side (default 3000); that of PNG files is at most 900",
     option_number, AT(max_side), RANGE(1, SYNTH_MAX_SIDE)},
    {"threads", 't', "N", "threads (default: OMP_NUM_THREADS, else every CPU allowed)",
     option_number, AT(threads), RANGE(1, MAX_THREADS)},
    {"force", 'f', NULL,
     "write into a folder that is not empty: files of the same name are replaced, others stay",
     option_flag, AT(force), NULL},
    {"progress", 0, "WHEN", "auto (default: on a terminal), on or off", option_choice, AT(progress),
     &(const struct option_choices){progress_names}},
    {"json", 0, NULL, "print the summary as JSON", option_flag, AT(json), NULL},
    {"quiet", 'q', NULL, "no summary and no progress, errors only", option_flag, AT(quiet), NULL},
    {0},
};

static const char *const usage[] = {"synth -n N [OPTIONS] DIR", NULL};
static const char *const examples[] = {"pixscale synth -n 1000 sample",
                                       "a thousand pictures, some 0.1 GB",
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
