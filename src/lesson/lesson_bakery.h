/*
 * lesson_bakery: bakes for the lessons, by the command `bakery toast`.
 *
 * Inside the room. Knows: lesson/lesson_exec.h, report/analysis.h.
 */
#ifndef PIXSCALE_LESSON_LESSON_BAKERY_H
#define PIXSCALE_LESSON_LESSON_BAKERY_H

#include <stdbool.h>

#include "base/error.h"
#include "lesson/lesson.h"
#include "report/analysis.h"

struct lesson_bakery {
    const char *const *options; /* of bakery toast, NULL-terminated; without toasters and profile */
    const char *schedule;       /* OMP_SCHEDULE, or NULL */
    const int *toasters;        /* [count], one run each */
    int count;
    const char *file; /* the records' name in the lesson's folder */
};

/* Bakes all of them, `rounds` times in turn: OMP_NUM_THREADS=p pixscale bakery toast OPTIONS
 * --profile FILE, each a fresh process. The commands are shown once. */
bool lesson_bakery_bake(const struct lesson_context *context, const struct lesson_bakery *bakeries,
                        int count, int rounds, struct error *error);

/* Minutes that the first group's runs with so many toasters took, `minute_seconds` each: the
 * run in the middle, as one that somebody else delayed says nothing of bread. NAN without runs. */
double lesson_bakery_minutes(const struct analysis *analysis, int toasters, double minute_seconds);

#endif
