/*
 * figures_sample: analyses made by formula, for the tests of figures and pages.
 *
 * Times follow Amdahl's law with a known serial share and a little noise from a fixed generator;
 * nothing is fitted here, so that the drawing is tested alone.
 */
#ifndef PIXSCALE_TESTS_FIGURES_SAMPLE_H
#define PIXSCALE_TESTS_FIGURES_SAMPLE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/analysis.h"

#define SAMPLE_POINTS 4
#define SAMPLE_RUNS   5
#define SAMPLE_ITEMS  60

/* What no record should be able to do: break out of quotes, lines, blocks, tags or comments. */
#define SAMPLE_HOSTILE                                                                             \
    "it's \"x\" `touch pwned` $(touch pwned)\nEOD\nsystem 'touch pwned'\n\\ @m %s%n {/Bold b} "    \
    "</svg><script>alert(1)</script><!-- ]]> --> &amp; \x1b[31m \xff\xfe \xe2\x80\xae "            \
    "<img src=http://x/> '; set output '|touch pwned' #"

struct sample {
    struct analysis analysis;
    struct analysis_group group[8];
    struct study_point point[8][SAMPLE_POINTS];
    struct study_run run[8][SAMPLE_POINTS * SAMPLE_RUNS];
    struct study_ledger ledger[8][SAMPLE_POINTS];
    struct study_pop pop[8][SAMPLE_POINTS];
    struct study_prediction prediction[8][2];
    struct record record[8][SAMPLE_POINTS * SAMPLE_RUNS];
    const struct record *pointer[8][SAMPLE_POINTS * SAMPLE_RUNS];
    struct record_phase phase[8][SAMPLE_POINTS * SAMPLE_RUNS][6];
    struct record_thread thread[8][SAMPLE_POINTS * SAMPLE_RUNS][1 << (SAMPLE_POINTS - 1)];
    struct record_item *item;
};

static inline double sample_noise(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / (1 << 24) - 0.5;
}

static inline void sample_point(struct sample *s, int g, int i, double share, double t1,
                                unsigned *noise)
{
    int p = 1 << i;
    double sum = 0, s0 = 1 / (share + (1 - share) / p);
    for (int r = 0; r < SAMPLE_RUNS; r++) {
        struct study_run *run = &s->run[g][r * SAMPLE_POINTS + i];
        double seconds = t1 / s0 * (1 + 0.04 * sample_noise(noise));
        *run = (struct study_run){.threads = p, .seconds = seconds, .scale = 1, .capacity = NAN};
        run->excluded = i == SAMPLE_POINTS - 1;
        run->why = run->excluded ? "more threads than cores" : NULL;
        sum += seconds;
    }
    double seconds = sum / SAMPLE_RUNS, base = i ? s->point[g][0].seconds : seconds;
    double speedup = base / seconds, e = p > 1 ? (1 / speedup - 1. / p) / (1 - 1. / p) : NAN;
    double se = p > 1 ? 0.02 / (speedup * (1 - 1. / p)) : NAN;
    s->point[g][i] =
        (struct study_point){.threads = p,
                             .runs = SAMPLE_RUNS,
                             .excluded = i == SAMPLE_POINTS - 1,
                             .why = i == SAMPLE_POINTS - 1 ? "more threads than cores" : NULL,
                             .seconds = seconds,
                             .seconds_ci = {seconds * 0.985, seconds * 1.015},
                             .speedup = speedup,
                             .speedup_ci = {speedup * 0.98, speedup * 1.02},
                             .efficiency = speedup / p,
                             .karp_flatt = e,
                             .karp_flatt_ci = {e - se, e + se},
                             .attainable = p * (1 - 0.012 * i)};
    double lost = p - speedup;
    s->ledger[g][i] = (struct study_ledger){.threads = p,
                                            .speedup = speedup,
                                            .serial = 0.5 * lost,
                                            .imbalance = 0.2 * lost,
                                            .overhead = 0.05 * lost,
                                            .inflation = 0.25 * lost,
                                            .inflation_serial = -0.03 * lost};
    s->pop[g][i] = (struct study_pop){.threads = p,
                                      .thread_efficiency = 1 - 0.02 * i,
                                      .serial_region = 1 - 0.01 * i,
                                      .region = 1 - 0.01 * i,
                                      .imbalance = 0.008 * i,
                                      .overhead = 0.002 * i,
                                      .scalability = 1 - 0.02 * i};
}

/* A record with phases, threads and, for the first run of the largest team, items. */
static inline void sample_record(struct sample *s, int g, int run, unsigned *noise)
{
    static const char *const names[] = {"scan", "plan", "process", "index", "sync", "other"};
    static const double parts[] = {0.03, 0.01, 0, 0.02, 0.06, 0.005};
    static const double stages[] = {0.06, 0.62, 0.08, 0.2, 0.04};
    struct record *record = &s->record[g][run];
    const struct study_run *r = &s->run[g][run];
    int p = r->threads;
    double serial = 0, t1 = s->point[g][0].seconds, at = 0;
    *record = (struct record){.tool_version = (char *)"0.1.0",
                              .time_utc = (char *)"2024-05-01T12:00:00Z",
                              .host_name = (char *)"desk",
                              .cpu_model = (char *)"Example CPU 9000",
                              .kernel = (char *)"Linux 6.1.0 x86_64",
                              .requested = p,
                              .delivered = p,
                              .schedule = (char *)"dynamic,1",
                              .runtime = (char *)"libgomp",
                              .affinity_cpus = 8,
                              .cores = 4,
                              .steal_ms = 0,
                              .throttled_ms = RECORD_UNKNOWN,
                              .foreign_cpu_ms = 12.5,
                              .capacity = RECORD_UNKNOWN,
                              .load1 = 0.4,
                              .kind = (char *)"run",
                              .work = (char *)"computing",
                              .command = (char *)"pixscale run sample",
                              .items = SAMPLE_ITEMS,
                              .wall_ns = (int64_t)(r->seconds * 1e9)};
    for (int i = 0; i < 6; i++)
        serial += parts[i] * t1 * 0.4;
    for (int i = 0; i < 6; i++) {
        double wall = i == 2 ? r->seconds - serial : parts[i] * t1 * 0.4;
        s->phase[g][run][i] =
            (struct record_phase){(char *)names[i], i == 2, (int64_t)(wall * 1e9)};
    }
    record->phases = s->phase[g][run];
    record->phase_count = 6;
    double busy = (t1 - serial) / p * (1 + 0.01 * p) * 0.97;
    for (int t = 0; t < p; t++) {
        struct record_thread *thread = &s->thread[g][run][t];
        *thread = (struct record_thread){.items = SAMPLE_ITEMS / p,
                                         .busy_ns = (int64_t)(busy * 1e9),
                                         .cpu_ns = (int64_t)(busy * 0.99e9),
                                         .dispatch_ns = (int64_t)(busy * 0.01e9)};
        for (int k = 0; k < STAGE_DISPATCH; k++)
            thread->stage_ns[k] = (int64_t)(busy * stages[k] * 1e9);
    }
    record->threads = s->thread[g][run];
    record->thread_count = (size_t)p;
    s->pointer[g][run] = record;
    if (run != SAMPLE_POINTS - 1)
        return;
    record->item = s->item + g * SAMPLE_ITEMS;
    record->item_count = SAMPLE_ITEMS;
    for (int i = 0; i < SAMPLE_ITEMS; i++) {
        struct record_item *item = &record->item[i];
        double cost = busy * p / SAMPLE_ITEMS * (0.9 + 0.5 * sample_noise(noise));
        at = i % p ? at : at + (i ? busy * p / SAMPLE_ITEMS * 1.16 : 0);
        *item = (struct record_item){.row = i, .thread = i % p, .start_ns = (int64_t)(at * 1e9)};
        for (int k = 0; k < STAGE_DISPATCH; k++)
            item->stage_ns[k] = (int64_t)(cost * stages[k] * 1e9);
    }
}

static inline void sample_study(struct sample *s, int g, double share, double t1)
{
    struct study *study = &s->group[g].study;
    *study = (struct study){.points = s->point[g],
                            .point_count = SAMPLE_POINTS,
                            .base_threads = 1,
                            .base_seconds = s->point[g][0].seconds,
                            .serial_seconds = s->point[g][0].seconds * 0.99,
                            .timers_serial = share * 0.9,
                            .amdahl = {.fitted = true,
                                       .serial_fraction = share,
                                       .serial_fraction_ci = {share * 0.8, share * 1.2},
                                       .limit = 1 / share,
                                       .limit_ci = {1 / share / 1.2, 1 / share / 0.8},
                                       .t1 = t1,
                                       .aicc = -80.5},
                            .usl = {.peak_threads = NAN, .aicc = NAN},
                            .knee = {.aicc = NAN},
                            .gustafson = {.fitted = true,
                                          .converted = true,
                                          .serial_share = 4 * share,
                                          .serial_share_ci = {NAN, NAN}},
                            .selected = STUDY_AMDAHL,
                            .curve = {.law = STUDY_AMDAHL},
                            .lack_of_fit_p = 0.41,
                            .degrees = 1,
                            .predictions = s->prediction[g],
                            .prediction_count = 2,
                            .recommended = 8,
                            .recommended_efficient = 4,
                            .ledgers = s->ledger[g],
                            .pops = s->pop[g],
                            .ledger_count = SAMPLE_POINTS};
    for (int i = 0; i < 2; i++) {
        double p = 16 << i, speedup = 1 / (share + (1 - share) / p);
        s->prediction[g][i] = (struct study_prediction){
            p, speedup, t1 / speedup, {speedup * 0.9, speedup * 1.1}, true};
    }
}

/* An analysis of `groups` (1 to 8) groups with serial shares of `share`, half of it, a third, …;
 * `name` names the first and all else that a record can name. Free with free(). */
static inline struct sample *sample_create(int groups, double share, const char *name)
{
    struct sample *s = calloc(1, sizeof *s);
    unsigned noise = 7;
    s->item = calloc(8 * SAMPLE_ITEMS, sizeof *s->item);
    s->analysis.groups = s->group;
    s->analysis.group_count = (size_t)groups;
    for (int g = 0; g < groups; g++) {
        struct analysis_group *group = &s->group[g];
        double t1 = 40. / (1 + 0.3 * g);
        for (int i = 0; i < SAMPLE_POINTS; i++)
            sample_point(s, g, i, share / (g + 1), t1, &noise);
        for (int run = 0; run < SAMPLE_POINTS * SAMPLE_RUNS; run++)
            sample_record(s, g, run, &noise);
        sample_study(s, g, share / (g + 1), t1);
        group->name = (char *)(g ? "pixscale run sample, version 0.2" : name);
        group->host = (char *)"desk";
        group->what = (char *)name;
        group->cpus = 8;
        group->cores = 4;
        group->records = s->pointer[g];
        group->runs = s->run[g];
        group->run_count = SAMPLE_POINTS * SAMPLE_RUNS;
        group->verdict = (char *)"It scales well. Four threads are the right number here.";
    }
    return s;
}

static inline void sample_free(struct sample *s)
{
    free(s->item);
    free(s);
}

#endif
