/*
 * lesson: the workshop's lessons, each a question, a run on this machine, and what it shows.
 *
 * A lesson is data and one function. The words (text, question, what to ask, what to try) are data,
 * so that the terminal, a batch run and the handout show the same; the function makes the runs and
 * writes what they showed into a `struct lesson_result`: tables and drawings as preformatted text,
 * figures of gnuplot for the page, and claims. A claim is a sentence with a number that was
 * measured and the range that it must lie in: about waiting work it is always checked, about
 * computing only where the machine's ceiling allows, else it is skipped, with the reason, in the
 * learner's sight. Knows: all rooms but cli.
 */
#ifndef PIXSCALE_LESSON_LESSON_H
#define PIXSCALE_LESSON_LESSON_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "report/writer.h"

#define LESSON_MOST_CLAIMS  8
#define LESSON_MOST_FIGURES 2

enum lesson_outcome { LESSON_HELD, LESSON_FAILED, LESSON_SKIPPED };

struct lesson_claim {
    char text[160];     /* "Four toasters take 50 minutes" */
    double measured;    /* NAN: not measured */
    double least, most; /* what it must lie in */
    char unit[16];      /* "minutes", "x", "%" */
    enum lesson_outcome outcome;
    char why[160]; /* of a skipped one: "foreign load: 1.62 of 2 cores" */
};

struct lesson_result {
    struct writer shown; /* preformatted text: numbers, tables, drawings */
    double answer;       /* to the question, in its unit; NAN unknown */
    struct lesson_claim claim[LESSON_MOST_CLAIMS];
    int claims;
    char *figure[LESSON_MOST_FIGURES]; /* inline SVG for the page, or NULL; owned */
    const char *figure_about[LESSON_MOST_FIGURES];
};

/* What a lesson's run may use. */
struct lesson_context {
    const char *name;         /* the lesson's: what keeps figures of one page apart */
    const char *folder;       /* scratch, empty at first, removed by the caller */
    const char *pictures;     /* a folder of the learner's pictures, or NULL: made ones */
    char *const *environment; /* of this process */
    const atomic_int *stop;   /* a signal's number */
    bool brief;               /* half the time: fewer rounds, fewer pictures */
    bool page;                /* figures are wanted */
    int columns;              /* of the terminal */
    /* Told what is being run; may be NULL. Commands begin with "$ " and can be typed so. */
    void (*step)(void *user, const char *what);
    void *user;
};

struct lesson {
    int number;              /* from 1 */
    const char *name;        /* "toast" */
    const char *title;       /* "Sequential and parallel" */
    int minutes;             /* with questions, in a class */
    int minutes_brief;       /* of its short form; 0: as many, the runs alone are shorter */
    const char *const *text; /* paragraphs, NULL-terminated */
    const char *question;    /* asks for one number */
    const char *unit;        /* of that number: "minutes", "x" */
    /* After the run: why, paragraphs, NULL-terminated. */
    const char *const *reveal;
    const char *const *next;    /* pairs of command line and comment, NULL-terminated */
    const char *const *teacher; /* what to ask and what goes wrong, paragraphs */
    bool own_cores;             /* speaks of computing: wants cores of one's own */
    bool (*run)(const struct lesson_context *context, struct lesson_result *result,
                struct error *error);
};

/* All lessons by ascending number, NULL-terminated. */
extern const struct lesson *const lesson_table[];

/* The lesson of that number or name, or NULL. */
const struct lesson *lesson_find(const char *word);

/* Minutes in a class. */
int lesson_minutes(const struct lesson *lesson, bool brief);

/* A plan for a class: lessons in order, which of them are brief, how long it takes. */
#define LESSON_MOST_PLANNED 8
struct lesson_plan {
    const struct lesson *lesson[LESSON_MOST_PLANNED];
    bool brief[LESSON_MOST_PLANNED];
    int count, minutes;
};

/* The plan of `minutes`: 45 are lessons 1, 3, 4, 7 and 8 in brief, 90 are all. False for any other
 * number. */
bool lesson_plan_make(struct lesson_plan *plan, int minutes);

/* Adds a lesson at the end. False when there is no room. */
bool lesson_plan_add(struct lesson_plan *plan, const struct lesson *lesson, bool brief);

/* Adds a claim about waiting work: held when measured lies in least…most. */
void lesson_claim_waiting(struct lesson_result *result, const char *text, const char *unit,
                          double measured, double least, double most);

/* Adds one about computing: the same where `cores`, the ceiling measured beside it, is at least
 * LESSON_LEAST_CEILING of `threads`; else skipped. */
#define LESSON_LEAST_CEILING 0.95
void lesson_claim_computing(struct lesson_result *result, const char *text, const char *unit,
                            double measured, double least, double most, int threads, double cores);

/* Adds one that could not be measured, with the reason. */
void lesson_claim_skipped(struct lesson_result *result, const char *text, const char *why);

/* "held", "not held", "skipped". */
const char *lesson_outcome_name(enum lesson_outcome outcome);

/* How many claims came out so. */
int lesson_count(const struct lesson_result *result, enum lesson_outcome outcome);

void lesson_result_free(struct lesson_result *result);

#endif
