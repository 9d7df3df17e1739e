/*
 * handout: the workshop as one self-contained page, to be printed or mailed.
 *
 * Without answers it holds text, question and room to write; with the runs of the lessons it holds
 * also numbers, figures, why, claims and the teacher's notes. The page loads nothing and runs
 * nothing, in the style of reports. Knows: report, lesson/workshop.h.
 */
#ifndef PIXSCALE_LESSON_HANDOUT_H
#define PIXSCALE_LESSON_HANDOUT_H

#include "base/error.h"
#include "lesson/lesson.h"
#include "lesson/workshop.h"

struct handout {
    const struct lesson_plan *plan;
    const struct workshop_run *runs; /* [plan->count]; NULL: a page without answers */
    const char *version;             /* of the program */
    const char *cpu, *cpus;          /* the machine's model, and how many CPUs may be used */
};

/* The page, which the caller frees. NULL when memory ran out. */
char *handout_html(const struct handout *handout, struct error *error);

#endif
