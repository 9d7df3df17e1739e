/*
 * Runs of a parallel loop with a planted fault, made by the simulator: records as a profiler would
 * have written them, and the group that they are.
 */
#ifndef PIXSCALE_TEST_SIMULATED_RUNS_H
#define PIXSCALE_TEST_SIMULATED_RUNS_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "model/diagnosis.h"
#include "model/simulator.h"
#include "report/analysis.h"
#include "report/evidence.h"
#include "report/runs.h"

#define ITEMS   480 /* fewer, and a queue that ends unevenly costs more than a slow thread */
#define MOST    40  /* runs of a point */
#define POINTS  4
#define TEAM    8
#define SECONDS 0.002 /* of an item */
#define NOISE   0.003

static const int teams[POINTS] = {1, 2, 4, TEAM};

/* What is planted; all 0 is a program without a fault. */
struct planted {
    double serial;    /* share of the work */
    double imbalance; /* item i takes 1 + imbalance (2i/(n-1) - 1) */
    double longest;   /* share of the loop in its last item */
    double overhead;  /* of an item's time, for each chunk */
    double kappa;
    double sockets;
    double slow;
    bool even;   /* static shares */
    double late; /* seconds that every run takes longer, outside the loop */
};

struct example {
    struct analysis_group group;
    struct record record[POINTS * MOST];
    const struct record *records[POINTS * MOST];
    struct study_run runs[POINTS * MOST];
};

static gsl_rng *rng;

static int64_t ns(double seconds)
{
    return (int64_t)llround(seconds * 1e9);
}

/* Where a simulated chunk's items go. */
struct teller {
    struct record *record;
    const double *seconds;
    double overhead;
    const double *slower;
};

static void tell(void *user, const struct simulator_chunk *chunk)
{
    struct teller *teller = user;
    struct record_thread *thread = &teller->record->threads[chunk->thread];
    double factor = teller->slower[chunk->thread];
    thread->items += (int64_t)chunk->count;
    thread->busy_ns = ns(chunk->end);
    thread->dispatch_ns += ns(teller->overhead * factor);
    for (size_t i = chunk->first; i < chunk->first + chunk->count; i++) {
        teller->record->item[i] = (struct record_item){.row = (int64_t)i, .thread = chunk->thread};
        teller->record->item[i].stage_ns[STAGE_DECODE] = ns(teller->seconds[i] * factor);
    }
}

static void plan(const struct planted *planted, double *seconds)
{
    double work = (1 - planted->serial) * ITEMS * SECONDS;
    for (int i = 0; i < ITEMS; i++)
        seconds[i] = work / ITEMS * (1 + planted->imbalance * (2.0 * i / (ITEMS - 1) - 1));
    for (int i = 0; planted->longest > 0 && i < ITEMS; i++)
        seconds[i] =
            work * (i == ITEMS - 1 ? planted->longest : (1 - planted->longest) / (ITEMS - 1));
}

/* One run as its record: serial part, region, items. The noise is the run's, each item has a little
 * of its own. */
static void bake(struct record *record, const struct planted *planted, int threads)
{
    double seconds[ITEMS], slower[TEAM], noise = 1 + gsl_ran_gaussian(rng, NOISE);
    plan(planted, seconds);
    double stretch = 1 + planted->kappa * threads * (threads - 1);
    if (planted->sockets > 0)
        stretch *= fmax(1, threads / planted->sockets);
    for (int i = 0; i < ITEMS; i++)
        seconds[i] *= stretch * noise * (1 + gsl_ran_gaussian(rng, NOISE));
    for (int t = 0; t < TEAM; t++)
        slower[t] = planted->slow > 1 && threads > 1 && t == threads - 1 ? planted->slow : 1;
    *record = record_unknown();
    record->requested = record->delivered = threads;
    record->thread_count = (size_t)threads;
    record->item_count = ITEMS;
    record->threads = calloc((size_t)threads, sizeof *record->threads);
    record->item = calloc(ITEMS, sizeof *record->item);
    record->phases = calloc(1, sizeof *record->phases);
    record->phase_count = 1;
    struct simulator_loop loop = {.seconds = seconds,
                                  .count = ITEMS,
                                  .threads = threads,
                                  .schedule = planted->even ? SIMULATOR_STATIC : SIMULATOR_DYNAMIC,
                                  .chunk_seconds = planted->overhead * SECONDS * noise,
                                  .slower = slower};
    struct simulator_result result;
    struct teller teller = {record, seconds, loop.chunk_seconds, slower};
    assert_true(simulator_trace(&loop, &result, tell, &teller));
    record->phases[0] = (struct record_phase){.parallel = true, .wall_ns = ns(result.seconds)};
    record->wall_ns =
        ns(planted->late + result.seconds + planted->serial * ITEMS * SECONDS * noise);
}

static void make(struct example *e, const struct planted *planted, int runs)
{
    *e = (struct example){.group = {.records = e->records, .runs = e->runs}};
    for (int i = 0; i < POINTS * runs; i++) {
        struct record *record = &e->record[i];
        bake(record, planted, teams[i / runs]);
        e->records[i] = record;
        e->runs[i] = runs_of_record(record, teams[i / runs], (double)record->wall_ns * 1e-9, true);
        assert_true(e->runs[i].account.known);
    }
    e->group.run_count = POINTS * runs;
    assert_true(study_fit(&e->group.study, e->runs, POINTS * runs, NULL, 0, NULL));
    assert_true(evidence_fill(&e->group.evidence, &e->group));
    e->group.diagnosis = diagnosis_make(&e->group.study, &e->group.evidence);
}

static void unmake(struct example *e)
{
    study_free(&e->group.study);
    for (size_t i = 0; i < e->group.run_count; i++)
        record_free(&e->record[i]);
}

#endif
