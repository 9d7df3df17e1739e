#include "cli/bakery_tasks.h"

#include <errno.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bakery/overheads.h"
#include "bakery/overheads_json.h"
#include "bakery/overheads_table.h"
#include "cli/commands.h"
#include "profile/machine.h"

struct settings {
    struct points points;
    int64_t iterations, rounds;
    const char *output;
    bool json;
};

static bool parse_points(const struct option_spec *spec, const char *text, void *target,
                         struct error *error)
{
    (void)spec;
    struct error why;
    struct settings *settings = target;
    if (points_parse(&settings->points, text, &why))
        return true;
    return error_set(error, ERROR_USAGE, "--threads: %s", why.text);
}

/* 1, 2, 4, 8 ... and all that may be used: overheads grow smoothly, a doubling shows them. */
static void default_points(struct points *points)
{
    struct machine machine;
    machine_read(&machine);
    points->count = 0;
    for (int threads = 1; threads < machine.usable_cpus && threads < POINTS_MAX_THREADS;
         threads *= 2)
        points->threads[points->count++] = threads;
    points->threads[points->count++] =
        machine.usable_cpus < POINTS_MAX_THREADS ? machine.usable_cpus : POINTS_MAX_THREADS;
}

static bool write_json(FILE *stream, const struct overheads *overheads, const char *name,
                       struct error *error)
{
    json_t *json = overheads_json_new(overheads);
    if (!json)
        return error_set(error, ERROR_OUTPUT, "bakery overheads: out of memory");
    bool ok = json_dumpf(json, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0;
    ok = fputc('\n', stream) != EOF && ok;
    json_decref(json);
    return ok || error_set(error, ERROR_OUTPUT, "bakery overheads: cannot write '%s': %s", name,
                           strerror(errno));
}

static bool write_file(const char *path, const struct overheads *overheads, struct error *error)
{
    FILE *stream = fopen(path, "we");
    if (!stream)
        return error_set(error, ERROR_OUTPUT, "bakery overheads: cannot write '%s': %s", path,
                         strerror(errno));
    bool ok = write_json(stream, overheads, path, error);
    if (fclose(stream) != 0 && ok)
        ok = error_set(error, ERROR_OUTPUT, "bakery overheads: cannot write '%s': %s", path,
                       strerror(errno));
    return ok;
}

static bool write_table(const struct overheads *overheads, struct error *error)
{
    struct writer writer = {0};
    overheads_table_write(&writer, overheads);
    char *text = writer_take(&writer);
    if (!text)
        return error_set(error, ERROR_OUTPUT, "bakery overheads: out of memory");
    fputs(text, stdout); /* a failed write is found when main closes the output */
    free(text);
    return true;
}

static int measure(const struct settings *settings)
{
    struct overheads_plan plan = {.points = settings->points,
                                  .iterations = settings->iterations,
                                  .rounds = (int)settings->rounds};
    static struct overheads overheads; /* large for a stack */
    struct error error;
    omp_set_dynamic(0); /* the team that was asked for, or none */
    bool ok = overheads_measure(&plan, &overheads, &error);
    if (ok)
        ok = settings->json ? write_json(stdout, &overheads, "standard output", &error)
                            : write_table(&overheads, &error);
    /* Last, so that a file that cannot be written costs nobody what was measured. */
    ok = ok && (!settings->output || write_file(settings->output, &overheads, &error));
    return ok ? EXIT_CLEAN : commands_fail(&error);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct settings settings = {.iterations = OVERHEADS_ITERATIONS, .rounds = OVERHEADS_ROUNDS};
    int first = argc;
    enum options_outcome outcome = options_parse(self, argc, argv, &settings, &first);
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    if (first < argc) {
        struct error error;
        error_set(&error, ERROR_USAGE, "bakery overheads: takes no operand, got '%s'", argv[first]);
        return commands_fail(&error);
    }
    if (!settings.points.count)
        default_points(&settings.points);
    return measure(&settings);
}

static const struct option_range iterations_range = {OVERHEADS_LEAST_ITERATIONS,
                                                     OVERHEADS_MOST_ITERATIONS};
static const struct option_range rounds_range = {1, OVERHEADS_MOST_ROUNDS};

#define AT(field) offsetof(struct settings, field)

static const struct option_spec options[] = {
    {"threads", 't', "LIST", "numbers of threads, such as 1,2,4-8 (default: 1, 2, 4 ... all CPUs)",
     parse_points, 0, NULL},
    {"iterations", 0, "N", "numbers to add up in each loop (default: 500000)", option_number,
     AT(iterations), &iterations_range},
    {"rounds", 0, "N", "how often everything is measured (default: 7)", option_number, AT(rounds),
     &rounds_range},
    {"output", 'o', "FILE", "write the JSON object to FILE, beside the table", option_text,
     AT(output), NULL},
    {"json", 0, NULL, "print one JSON object (schema pixscale.overheads/1) instead of the table",
     option_flag, AT(json), NULL},
    {0},
};
static const char *const usage[] = {"bakery overheads [OPTIONS]", NULL};
static const char *const examples[] = {
    "pixscale bakery overheads",
    "tiny tasks, a lock, false sharing: some seconds, on an otherwise idle machine",
    "OMP_WAIT_POLICY=passive pixscale bakery overheads",
    "when threads that wait sleep instead of spinning",
    "pixscale bakery overheads --threads 1,2 --rounds 15 --json",
    "for a program",
    NULL};
const struct command bakery_overheads = {
    .name = "bakery overheads",
    .summary = "what tiny tasks, a lock and false sharing cost on this machine",
    .usage = usage,
    .about =
        "Adds up numbers, a few nanoseconds each, handed out by several schedules and as OpenMP "
        "tasks; into one total through a reduction, an atomic addition and a critical section; and "
        "lets every thread count by itself in counters that share a cache line or do not. This is "
        "computing work: it needs cores of its own. The machine's ceiling is measured beside it, "
        "and the table says when others took a part of it.",
    .options = options,
    .examples = examples,
    .run = run};
