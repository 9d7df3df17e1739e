#include "bakery/calibrate_estimate.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_rng.h>

#include "model/least_squares.h"
#include "model/robust_mean.h"
#include "report/evidence.h"

static void set_mean(struct calibrate_estimate *estimate, double value, double error, int runs)
{
    double half = least_squares_student(0.95, runs - 1) * error;
    estimate->value = runs > 0 ? value : NAN;
    estimate->ci = runs > 1 ? (struct study_interval){value - half, value + half}
                            : (struct study_interval){NAN, NAN};
}

/* What one run of the largest team says. */
static double imbalance_of(const struct analysis_group *group, size_t run)
{
    const struct study_account *account = &group->runs[run].account;
    return account->known ? (account->max_busy - account->mean_busy) / group->runs[run].seconds
                          : NAN;
}

static double dispatch_of(const struct analysis_group *group, size_t run)
{
    const struct record *record = group->records[run];
    int64_t dispatch = 0, items = 0;
    for (size_t t = 0; record && t < record->thread_count; t++) {
        dispatch += record->threads[t].dispatch_ns;
        items += record->threads[t].items;
    }
    return items > 0 ? (double)dispatch * 1e-9 / (double)items : NAN;
}

/* Over the runs of one team, or with 0 of all. Without memory it cannot be told. */
static void set_mean_of(struct calibrate_estimate *estimate, const struct analysis_group *group,
                        int team, double (*of)(const struct analysis_group *, size_t))
{
    struct robust_mean mean = {NAN, NAN};
    double *values = malloc((group->run_count + 1) * sizeof *values);
    size_t count = 0;
    for (size_t i = 0; values && i < group->run_count; i++) {
        bool counts = !group->runs[i].excluded && (!team || group->runs[i].threads == team);
        double value = counts ? of(group, i) : NAN;
        if (value > 0)
            values[count++] = value;
    }
    if (values && robust_mean(&mean, values, count))
        set_mean(estimate, mean.value, mean.error, (int)count);
    free(values);
}

struct calibrate_estimate calibrate_estimate_make(enum calibrate_quantity quantity,
                                                  const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const struct diagnosis_evidence *evidence = &group->evidence;
    struct calibrate_estimate estimate = {
        .value = NAN, .ci = {NAN, NAN}, .diagnosis = group->diagnosis};
    switch (quantity) {
    case CALIBRATE_SERIAL:
        estimate.value = study->amdahl.serial_fraction;
        estimate.ci = study->amdahl.serial_fraction_ci;
        break;
    case CALIBRATE_IMBALANCE:
        set_mean_of(&estimate, group, CALIBRATE_TEAM, imbalance_of);
        break;
    case CALIBRATE_DISPATCH:
        set_mean_of(&estimate, group, 0, dispatch_of);
        break;
    case CALIBRATE_KAPPA:
        estimate.value = study->usl.fitted ? study->usl.kappa : NAN;
        if (study->usl.fitted)
            estimate.ci = study->usl.kappa_ci;
        break;
    case CALIBRATE_KNEE:
        estimate.value = study->knee.knee;
        estimate.ci = study->knee.knee_ci;
        break;
    case CALIBRATE_SLOWER:
        set_mean(&estimate, evidence->slowest, evidence->slowest_error, evidence->runs);
        break;
    }
    return estimate;
}

bool calibrate_estimate_holds(const struct calibrate_estimate *estimate, double value)
{
    return estimate->ci.low <= value && value <= estimate->ci.high;
}

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

bool calibrate_estimate_late(const struct analysis_group *group, double share, int *late, int *runs)
{
    double *seconds = malloc((group->run_count + 1) * sizeof *seconds);
    *late = *runs = 0;
    for (int i = 0; seconds && i < CALIBRATE_POINTS; i++) {
        size_t count = 0;
        for (size_t k = 0; k < group->run_count; k++)
            if (!group->runs[k].excluded && group->runs[k].threads == calibrate_teams[i])
                seconds[count++] = group->runs[k].seconds;
        qsort(seconds, count, sizeof *seconds, ascending);
        *runs += (int)count;
        while (count > 0 && seconds[count - 1] > (1 + share) * seconds[(count - 1) / 2])
            count--, (*late)++;
    }
    free(seconds);
    return seconds != NULL;
}

/* The runs of one sweep that is drawn. */
struct drawn {
    const struct record **records;
    struct study_run *runs;
    size_t count;
};

static bool open_drawn(struct drawn *drawn, int runs)
{
    size_t most = (size_t)runs * CALIBRATE_POINTS;
    *drawn = (struct drawn){.records = malloc(most * sizeof *drawn->records),
                            .runs = malloc(most * sizeof *drawn->runs)};
    return drawn->records && drawn->runs;
}

static void close_drawn(struct drawn *drawn)
{
    free(drawn->records);
    free(drawn->runs);
}

/* `runs` of the group's kept runs with so many threads. */
static void draw_point(struct drawn *drawn, const struct analysis_group *group, int threads,
                       int runs, gsl_rng *rng)
{
    size_t there = 0;
    for (size_t i = 0; i < group->run_count; i++)
        there += !group->runs[i].excluded && group->runs[i].threads == threads;
    for (int k = 0; there && k < runs; k++) {
        size_t wanted = gsl_rng_uniform_int(rng, there), at = 0;
        for (;; at++)
            if (!group->runs[at].excluded && group->runs[at].threads == threads && wanted-- == 0)
                break;
        drawn->records[drawn->count] = group->records[at];
        drawn->runs[drawn->count++] = group->runs[at];
    }
}

/* One sweep, through all that a real one goes through. */
static bool judge(struct calibrate_estimate *estimate, struct drawn *drawn,
                  enum calibrate_quantity quantity, const struct analysis_group *group, int runs,
                  gsl_rng *rng)
{
    drawn->count = 0;
    for (int i = 0; i < CALIBRATE_POINTS; i++)
        draw_point(drawn, group, calibrate_teams[i], runs, rng);
    struct analysis_group sweep = {
        .records = drawn->records, .runs = drawn->runs, .run_count = drawn->count};
    bool ok = study_fit(&sweep.study, drawn->runs, drawn->count, NULL, 0, NULL) &&
              evidence_fill(&sweep.evidence, &sweep);
    if (ok) {
        sweep.diagnosis = diagnosis_make(&sweep.study, &sweep.evidence);
        *estimate = calibrate_estimate_make(quantity, &sweep);
    }
    study_free(&sweep.study);
    return ok;
}

bool calibrate_estimate_cover(struct calibrate_coverage *coverage, enum calibrate_quantity quantity,
                              const struct analysis_group *group, double truth, double value,
                              int sweeps, int runs, uint64_t seed, const atomic_int *stop)
{
    *coverage = (struct calibrate_coverage){.sweeps = sweeps};
    struct drawn drawn;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    bool ok = open_drawn(&drawn, runs) && rng;
    if (rng)
        gsl_rng_set(rng, (unsigned long)seed);
    for (int i = 0; ok && i < sweeps; i++) {
        struct calibrate_estimate estimate;
        ok = !(stop && atomic_load(stop)) && judge(&estimate, &drawn, quantity, group, runs, rng);
        if (!ok)
            break;
        coverage->truth_held += calibrate_estimate_holds(&estimate, truth);
        coverage->mean_held += calibrate_estimate_holds(&estimate, value);
        coverage->diagnosed[estimate.diagnosis.cause]++;
    }
    gsl_rng_free(rng);
    close_drawn(&drawn);
    return ok;
}
