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

#define LESSON_COUNT        8
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
    const char *folder;       /* scratch, empty at first, removed by the caller */
    const char *pictures;     /* a folder of the learner's pictures, or NULL: made ones */
    char *const *environment; /* of this process */
    const atomic_int *stop;   /* a signal's number */
    bool brief;               /* half the time: fewer rounds, fewer pictures */
    bool page;                /* figures are wanted */
    int columns;              /* of the terminal */
    void (*step)(void *user, const char *what); /* says what is being run; may be NULL */
    void *user;
};

struct lesson {
    int number;              /* from 1 */
    const char *name;        /* "toast" */
    const char *title;       /* "Sequential and parallel" */
    int minutes;             /* with questions, in a class */
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

extern const struct lesson *const lesson_table[LESSON_COUNT];

/* Adds a claim about waiting work: held when measured lies in least…most. */
void lesson_claim_waiting(struct lesson_result *result, const char *text, const char *unit,
                          double measured, double least, double most);

/* Adds one about computing: the same where `cores`, the ceiling measured beside it, is at least
 * LESSON_LEAST_CEILING of `threads`; else skipped. */
#define LESSON_LEAST_CEILING 0.95
void lesson_claim_computing(struct lesson_result *result, const char *text, const char *unit,
                            double measured, double least, double most, int threads, double cores);

void lesson_result_free(struct lesson_result *result);

#endif
