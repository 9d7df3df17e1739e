#include "lesson/lesson_bakery.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lesson/lesson_exec.h"

#define MOST_WORDS  24
#define MOST_ROUNDS 3

static bool bake_once(const struct lesson_context *context, const struct lesson_bakery *bakery,
                      int toasters, struct error *error)
{
    const char *words[MOST_WORDS] = {"bakery", "toast"}, *changes[3] = {NULL};
    char threads[32], schedule[64];
    char *path = lesson_exec_path(context, bakery->file);
    int count = 2;
    for (const char *const *option = bakery->options; *option && count < MOST_WORDS - 3; option++)
        words[count++] = *option;
    words[count++] = "--profile";
    words[count++] = path;
    snprintf(threads, sizeof threads, "OMP_NUM_THREADS=%d", toasters);
    changes[0] = threads;
    if (bakery->schedule) {
        snprintf(schedule, sizeof schedule, "OMP_SCHEDULE=%s", bakery->schedule);
        changes[1] = schedule;
    }
    bool ok = path ? lesson_exec(context, words, changes, NULL, error)
                   : error_set(error, ERROR_OUTPUT, "lesson: no memory");
    free(path);
    return ok;
}

bool lesson_bakery_bake(const struct lesson_context *context, const struct lesson_bakery *bakeries,
                        int count, int rounds, struct error *error)
{
    assert(rounds >= 1 && rounds <= MOST_ROUNDS); /* as many as there are words for */
    struct lesson_context silent = *context;
    silent.step = NULL;
    for (int round = 0; round < rounds; round++) {
        if (round == 1 && context->step)
            context->step(context->user,
                          rounds == 2
                              ? "all of it once more, for the mean of two"
                              : "all of it twice more; of three runs the middle one counts");
        for (int i = 0; i < count; i++)
            for (int k = 0; k < bakeries[i].count; k++)
                if (!bake_once(round ? &silent : context, &bakeries[i], bakeries[i].toasters[k],
                               error))
                    return false;
    }
    return true;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double lesson_bakery_minutes(const struct analysis *analysis, int toasters, double minute_seconds)
{
    double seconds[MOST_ROUNDS];
    size_t count = 0;
    const struct analysis_group *group = analysis->groups;
    for (size_t i = 0; analysis->group_count && i < group->run_count; i++)
        if (group->runs[i].threads == toasters && count < MOST_ROUNDS)
            seconds[count++] = group->runs[i].seconds;
    qsort(seconds, count, sizeof *seconds, ascending);
    return count ? (seconds[(count - 1) / 2] + seconds[count / 2]) / 2 / minute_seconds : NAN;
}
