/*
 * predict: what other teams, schedules, orders, stages and data sets would bring.
 *
 * A table of simulations of one replay, each with its speed-up over one base: the simulated run of
 * one thread with the schedule, order and stages as they were recorded. Beside them what no
 * schedule could beat, and the error against runs that were measured. Knows: report/replay.h.
 */
#ifndef PIXSCALE_REPORT_PREDICT_H
#define PIXSCALE_REPORT_PREDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "report/replay.h"

#define PREDICT_MOST_TEAMS     64
#define PREDICT_MOST_SCHEDULES 16
#define PREDICT_LEAST_SAVED    0.001 /* of the base: less is lost in what runs differ by */

enum { PREDICT_AS_RECORDED = -1, PREDICT_COST, PREDICT_INPUT };

struct predict_options {
    int threads[PREDICT_MOST_TEAMS]; /* none: 1, 2, 4 … 64 and the recorded team */
    size_t thread_count;
    struct schedule schedules[PREDICT_MOST_SCHEDULES]; /* none: as recorded, static, dynamic,1 and
                                                          guided */
    size_t schedule_count;
    int order;                     /* PREDICT_AS_RECORDED, PREDICT_COST or PREDICT_INPUT */
    int runtime;                   /* PREDICT_AS_RECORDED or a simulator_runtime */
    double factor[STAGE_DISPATCH]; /* of each stage's time: 1 as it was */
    size_t items_total;            /* 0: as many as recorded */
    double effort_seconds;         /* what the rewriting costs; 0: not asked */
};

/* All as recorded. */
struct predict_options predict_options_default(void);

struct predict_point {
    int threads;
    struct schedule schedule;
    double seconds, speedup;
    double saved;   /* seconds of a run, against the base */
    double pays_on; /* the run on which the effort has been saved; INFINITY: never, where too
                       little is saved */
};

/* What no schedule can beat with so many threads, and what a greedy one (dynamic,1) will not
 * exceed, as speed-ups. */
struct predict_bound {
    int threads;
    double most, greedy;
    double seconds; /* that belong to `most` */
};

/* A measured point and what is predicted for its own team, schedule and order, with stages and
 * items as they were. */
struct predict_check {
    const struct replay_measured *measured;
    double seconds, error; /* predicted; predicted / median - 1 */
    double speedup;        /* of the median, over the base of unchanged runs */
};

struct predict {
    const struct replay *replay;
    struct predict_options options; /* with the defaults filled in */
    bool by_cost, changed;          /* changed: stages are scaled */
    enum simulator_runtime runtime;
    double base_seconds;
    double work, span, serial;    /* seconds in the loop, of the longest item, outside */
    struct predict_point *points; /* [thread_count][schedule_count] */
    struct predict_check *checks; /* [replay->measured_count] */
    struct replay_work prepared;  /* for further simulations, see predict_at */
};

/* The replay must outlive it. Errors: memory. Freed by predict_free. */
bool predict_make(struct predict *predict, const struct replay *replay,
                  const struct predict_options *options, struct error *error);
void predict_free(struct predict *predict);

/* One more number of threads under one of the schedules: for curves. NAN without memory. */
double predict_at(const struct predict *predict, int threads, size_t schedule);

/* The bounds for any team. */
struct predict_bound predict_bound_at(const struct predict *predict, int threads);

/* "1 thread, dynamic,1, as recorded: 1.007 s" and the like, in `size` bytes of `text`. */
void predict_base(const struct predict *predict, char *text, size_t size);

/* "decode takes 0.5 times and read 2 times as long"; "" when nothing is scaled. */
void predict_changes(const struct predict *predict, char *text, size_t size);
void predict_changes_of(const double factors[STAGE_DISPATCH], char *text, size_t size);

/* Whether they are the same, as "dynamic" and "dynamic,1" are; whether it is the recorded one. */
bool predict_same_schedule(const struct schedule *a, const struct schedule *b);
bool predict_is_recorded(const struct predict *predict, const struct schedule *schedule);

#endif
