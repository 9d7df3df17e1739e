#include "lesson/lesson_bakery.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lesson/lesson_exec.h"

#define MOST_WORDS 24

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
    assert(rounds >= 1 && rounds <= 3); /* as many as there are words for */
    struct lesson_context silent = *context;
    silent.step = NULL;
    for (int round = 0; round < rounds; round++) {
        if (round == 1 && context->step)
            context->step(context->user, rounds == 2 ? "all of it once more, for a mean"
                                                     : "all of it twice more, for a mean");
        for (int i = 0; i < count; i++)
            for (int k = 0; k < bakeries[i].count; k++)
                if (!bake_once(round ? &silent : context, &bakeries[i], bakeries[i].toasters[k],
                               error))
                    return false;
    }
    return true;
}
