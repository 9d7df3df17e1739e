/*
 * workshop: lessons in a terminal, one after the other: read, predict, measure, compare.
 *
 * The learner reads a short text, types a prediction, sees what this machine measures, and then
 * why. Without somebody to ask (batch) the same is printed without a stop, or nothing at all where
 * only the results are wanted. Streams are the caller's. Knows: base, report, lesson/lesson.h.
 */
#ifndef PIXSCALE_LESSON_WORKSHOP_H
#define PIXSCALE_LESSON_WORKSHOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "lesson/lesson.h"

struct workshop {
    FILE *in;                 /* the learner's answers; NULL: nothing is asked and nothing waits */
    FILE *out;                /* NULL, only without `in`: nothing is printed */
    FILE *steps;              /* what is being run, a line each; NULL: not said */
    bool teacher;             /* print the teacher's notes, too */
    bool page;                /* figures for a page rather than by characters */
    int columns, rows;        /* of the terminal; no rows: it need not stop when it is full */
    const char *folder;       /* scratch; each lesson makes one of its own in it */
    const char *pictures;     /* or NULL, see lesson_context */
    char *const *environment; /* of this process */
    const atomic_int *stop;   /* a signal's number; may be NULL */
};

/* What came of one lesson. */
struct workshop_run {
    bool done;
    double prediction; /* NAN: none was made */
    char *commands;    /* that were run, a line each; owned */
    struct lesson_result result;
};

enum workshop_end {
    WORKSHOP_DONE,
    WORKSHOP_LEFT,    /* the learner typed q, or the input ended */
    WORKSHOP_STOPPED, /* by *stop */
    WORKSHOP_BROKEN   /* a lesson could not be run: the error says why */
};

/* Goes through the plan; [plan->count] runs are filled, and freed by workshop_free in any case. */
enum workshop_end workshop_go(const struct workshop *workshop, const struct lesson_plan *plan,
                              struct workshop_run *runs, struct error *error);

void workshop_free(struct workshop_run *runs, int count);

/* Claims that came out so, in all runs. */
int workshop_count(const struct workshop_run *runs, int count, enum lesson_outcome outcome);

/* How a claim came out, in one line without its newline: "measured 50.1 minutes, expected 48.5 to
 * 51.5", or why it was skipped. */
#define WORKSHOP_CLAIM 256
char *workshop_claim(char text[WORKSHOP_CLAIM], const struct lesson_claim *claim);

/* What to tell who finds a claim skipped. */
#define WORKSHOP_SKIPPED                                                                           \
    "Skipped does not mean wrong: without free cores a measurement neither confirms nor denies "   \
    "what the lesson says. Run it again on two cores or more that nobody else is using."

/* Reads a prediction: a number of at least 0, perhaps with a unit behind it or a comma for the
 * point. False when it is none. */
bool workshop_number(const char *text, double *number);

#endif
