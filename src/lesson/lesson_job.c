#include "lesson/lesson_job.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lesson/lesson_exec.h"
#include "profile/machine.h"
#include "sweep/capacity.h"

#define LOOKS 3

int lesson_job_team(void)
{
    static const int teams[] = {8, 6, 4, 3};
    struct machine machine;
    machine_read(&machine);
    int cores = machine.usable_cpus;
    if (machine.affinity_cores > 0 && machine.affinity_cores < cores)
        cores = machine.affinity_cores; /* two threads of one core are not two cores */
    for (size_t i = 0; i < sizeof teams / sizeof *teams; i++)
        if (teams[i] <= cores)
            return teams[i];
    return 2;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double lesson_job_cores(int threads)
{
    struct capacity capacity = {0};
    double look[LOOKS];
    for (int i = 0; i < LOOKS; i++)
        look[i] = capacity_measure(&capacity, threads);
    qsort(look, LOOKS, sizeof *look, ascending);
    return look[LOOKS / 2];
}

char *lesson_job_pictures(const struct lesson_context *context, const char *name, int count,
                          struct error *error)
{
    char number[16];
    char *path = context->pictures ? strdup(context->pictures) : lesson_exec_path(context, name);
    if (!path) {
        error_set(error, ERROR_OUTPUT, "lesson: no memory");
        return NULL;
    }
    snprintf(number, sizeof number, "%d", count);
    const char *const words[] = {"synth", "-n", number, path, NULL};
    if (!context->pictures && !lesson_exec(context, words, NULL, NULL, error)) {
        free(path);
        return NULL;
    }
    return path;
}

bool lesson_job_run(const struct lesson_context *context, const char *const *words,
                    const char *const *changes, struct spawn_result *result, struct error *error)
{
    result->status = 0;
    result->stopped = false;
    bool ok = lesson_exec(context, words, changes, result, error);
    return ok || (result->status == 1 && !result->stopped);
}

static void take(const struct analysis *analysis, int threads, double *seconds,
                 struct lesson_job_walls *walls)
{
    for (size_t i = 0; i < analysis->record_count; i++) {
        const struct record *record = &analysis->records[i];
        if (threads && record->delivered != threads)
            continue;
        seconds[walls->count++] = (double)record->wall_ns / 1e9;
        walls->bytes = (double)record->bytes;
    }
}

bool lesson_job_walls(const struct lesson_context *context, const char *file, int threads,
                      struct lesson_job_walls *walls, struct error *error)
{
    struct analysis analysis = {0};
    *walls = (struct lesson_job_walls){0};
    if (!lesson_exec_fit(context, file, &analysis, error))
        return false;
    double *seconds = calloc(analysis.record_count + 1, sizeof *seconds);
    bool ok = seconds || error_set(error, ERROR_OUTPUT, "lesson: no memory");
    if (seconds)
        take(&analysis, threads, seconds, walls);
    if (ok && !walls->count)
        ok = error_set(error, ERROR_OUTPUT, "lesson: %s has no run of %d threads", file, threads);
    if (ok) {
        size_t count = (size_t)walls->count;
        qsort(seconds, count, sizeof *seconds, ascending);
        walls->median = (seconds[(count - 1) / 2] + seconds[count / 2]) / 2;
        walls->least = seconds[0];
        walls->most = seconds[count - 1];
    }
    free(seconds);
    analysis_free(&analysis);
    return ok;
}

void lesson_job_show_cores(struct lesson_result *result, int threads, double cores)
{
    if (!(cores > 0)) {
        writer_text(&result->shown, "\nHow many cores were there could not be measured.\n");
        return;
    }
    writer_print(&result->shown, "\nCores that were there for %d threads: %.2f.\n", threads,
                 fmin(cores, threads));
    if (cores < LESSON_LEAST_CEILING * threads)
        writer_text(&result->shown,
                    "Others used a part of them: times of computing are a guess.\n");
}

void lesson_job_claim(struct lesson_result *result, const char *text, double measured, double least,
                      double most, int threads, double cores, double seconds)
{
    char why[80];
    snprintf(why, sizeof why, "too few pictures: they take one thread %.0f ms", 1e3 * seconds);
    if (seconds < LESSON_JOB_LEAST_SECONDS)
        lesson_claim_skipped(result, text, why);
    else
        lesson_claim_computing(result, text, "x", measured, least, most, threads, cores);
}

void lesson_job_wrap(struct writer *writer, const char *words, int columns)
{
    size_t column = 0;
    while (*(words += strspn(words, " "))) {
        size_t length = strcspn(words, " ");
        bool begins = column == 0 || column + 1 + length > (size_t)columns;
        writer_print(writer, "%s%s%.*s", begins && column ? "\n" : "", begins ? "  " : " ",
                     (int)length, words);
        column = (begins ? 2 : column + 1) + length;
        words += length;
    }
    writer_text(writer, "\n");
}
