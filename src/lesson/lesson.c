#include "lesson/lesson.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lesson/lesson_table.h"

const struct lesson *const lesson_table[] = {
    &lesson_toast,     &lesson_coffee,    &lesson_amdahl,
    &lesson_schedules, &lesson_overheads, &lesson_processes,
    &lesson_pictures,  &lesson_worth,     NULL,
};

const struct lesson *lesson_find(const char *word)
{
    char *end;
    long number = strtol(word, &end, 10);
    bool numeric = end != word && !*end;
    for (const struct lesson *const *at = lesson_table; *at; at++)
        if (numeric ? (*at)->number == number : strcmp((*at)->name, word) == 0)
            return *at;
    return NULL;
}

int lesson_minutes(const struct lesson *lesson, bool brief)
{
    return brief && lesson->minutes_brief ? lesson->minutes_brief : lesson->minutes;
}

bool lesson_plan_add(struct lesson_plan *plan, const struct lesson *lesson, bool brief)
{
    if (plan->count == LESSON_MOST_PLANNED)
        return false;
    plan->lesson[plan->count] = lesson;
    plan->brief[plan->count++] = brief;
    plan->minutes += lesson_minutes(lesson, brief);
    return true;
}

bool lesson_plan_make(struct lesson_plan *plan, int minutes)
{
    static const char *const short_plan[] = {"1", "3", "4", "7", "8", NULL};
    *plan = (struct lesson_plan){.count = 0};
    if (minutes == 90)
        for (const struct lesson *const *at = lesson_table; *at; at++)
            lesson_plan_add(plan, *at, false);
    if (minutes == 45)
        for (const char *const *word = short_plan; *word; word++) {
            const struct lesson *lesson = lesson_find(*word);
            if (lesson)
                lesson_plan_add(plan, lesson, lesson->number == 8);
        }
    return minutes == 90 || minutes == 45;
}

static struct lesson_claim *add_claim(struct lesson_result *result, const char *text,
                                      const char *unit)
{
    assert(result->claims < LESSON_MOST_CLAIMS); /* how many there are is its author's choice */
    struct lesson_claim *claim = &result->claim[result->claims++];
    *claim = (struct lesson_claim){.measured = NAN, .least = NAN, .most = NAN};
    snprintf(claim->text, sizeof claim->text, "%s", text);
    snprintf(claim->unit, sizeof claim->unit, "%s", unit);
    return claim;
}

void lesson_claim_waiting(struct lesson_result *result, const char *text, const char *unit,
                          double measured, double least, double most)
{
    struct lesson_claim *claim = add_claim(result, text, unit);
    claim->measured = measured;
    claim->least = least;
    claim->most = most;
    /* Written so that NAN does not hold. */
    claim->outcome = measured >= least && measured <= most ? LESSON_HELD : LESSON_FAILED;
}

void lesson_claim_computing(struct lesson_result *result, const char *text, const char *unit,
                            double measured, double least, double most, int threads, double cores)
{
    lesson_claim_waiting(result, text, unit, measured, least, most);
    struct lesson_claim *claim = &result->claim[result->claims - 1];
    if (cores >= LESSON_LEAST_CEILING * threads)
        return;
    claim->outcome = LESSON_SKIPPED;
    if (cores > 0)
        snprintf(claim->why, sizeof claim->why, "foreign load: the machine gave %.2f of %d cores",
                 cores, threads);
    else
        snprintf(claim->why, sizeof claim->why, "the machine's ceiling could not be measured");
}

void lesson_claim_skipped(struct lesson_result *result, const char *text, const char *why)
{
    struct lesson_claim *claim = add_claim(result, text, "");
    claim->outcome = LESSON_SKIPPED;
    snprintf(claim->why, sizeof claim->why, "%s", why);
}

const char *lesson_outcome_name(enum lesson_outcome outcome)
{
    static const char *const names[] = {
        [LESSON_HELD] = "held", [LESSON_FAILED] = "not held", [LESSON_SKIPPED] = "skipped"};
    return names[outcome];
}

int lesson_count(const struct lesson_result *result, enum lesson_outcome outcome)
{
    int count = 0;
    for (int i = 0; i < result->claims; i++)
        count += result->claim[i].outcome == outcome;
    return count;
}

void lesson_result_free(struct lesson_result *result)
{
    writer_free(&result->shown);
    for (int i = 0; i < LESSON_MOST_FIGURES; i++)
        free(result->figure[i]);
    *result = (struct lesson_result){.answer = NAN};
}
