#include "model/knee.h"

#include <math.h>
#include <stdlib.h>

#include "model/fieller.h"

/* Three points are met exactly by A, B and k: nothing is left to judge the law by. */
#define LEAST_POINTS 4

/* Coefficients of A, B and L at p threads. */
static void level_row(double threads, double k, double row[LEAST_SQUARES_TERMS])
{
    bool falling = threads <= k;
    row[0] = falling ? 1.0 / threads : 0.0;
    row[1] = falling ? 1.0 : 0.0;
    row[2] = falling ? 0.0 : 1.0;
}

struct search {
    const struct study_sample *sample;
    double (*rows)[LEAST_SQUARES_TERMS];
    double best; /* least sum of squares of the means so far */
    struct knee_fit *fit;
};

static bool fit_rows(struct least_squares_fit *fit, const struct search *search, int terms)
{
    struct least_squares_data data = {
        .x = (const double(*)[LEAST_SQUARES_TERMS])search->rows,
        .y = search->sample->means,
        .n = search->sample->point_count,
        .terms = terms,
    };
    return least_squares_plain(fit, &data, search->sample->units);
}

static void offer(struct search *search, double rss, double a, double b, double k)
{
    if (!(rss < search->best))
        return;
    search->best = rss;
    search->fit->k = k;
    double *estimate = search->fit->level.estimate;
    estimate[0] = a;
    estimate[1] = b;
    estimate[2] = a / k + b;
}

/* The knee at a measured number of threads: two terms. */
static bool at_point(struct search *search, double k)
{
    struct least_squares_fit fit;
    for (size_t i = 0; i < search->sample->point_count; i++) {
        search->rows[i][0] = 1.0 / fmin(search->sample->point_threads[i], k);
        search->rows[i][1] = 1.0;
    }
    if (!fit_rows(&fit, search, 2))
        return false;
    if (fit.solved)
        offer(search, fit.rss_estimate, fit.estimate[0], fit.estimate[1], k);
    return true;
}

/* The knee between two: where the falling part meets the level, if it does so there. */
static bool between(struct search *search, double from, double to)
{
    struct least_squares_fit fit;
    for (size_t i = 0; i < search->sample->point_count; i++)
        level_row(search->sample->point_threads[i], from, search->rows[i]);
    if (!fit_rows(&fit, search, 3))
        return false;
    if (fit.solved) {
        double k = fit.estimate[0] / (fit.estimate[2] - fit.estimate[1]);
        if (k >= from && k <= to)
            offer(search, fit.rss_estimate, fit.estimate[0], fit.estimate[1], k);
    }
    return true;
}

/* The free fit about the knee that was found, for the intervals; the scatter is that of all runs.
 */
static bool set_level(struct search *search)
{
    const struct study_sample *sample = search->sample;
    struct least_squares_fit *level = &search->fit->level, free_level;
    for (size_t i = 0; i < sample->point_count; i++)
        level_row(sample->point_threads[i], search->fit->k, search->rows[i]);
    if (!fit_rows(&free_level, search, 3))
        return false;
    for (int i = 0; i < LEAST_SQUARES_TERMS; i++)
        free_level.estimate[i] = level->estimate[i];
    *level = free_level;
    search->fit->rss = search->best + sample->pure_error;
    level->degrees = (double)sample->run_count - 3.0;
    double variance = (free_level.rss + sample->pure_error) / level->degrees;
    variance = fmax(variance, LEAST_SQUARES_FINEST * LEAST_SQUARES_FINEST);
    for (int i = 0; i < LEAST_SQUARES_TERMS; i++) {
        for (int j = 0; j < LEAST_SQUARES_TERMS; j++)
            level->covariance[i][j] *= variance / (free_level.scale * free_level.scale);
    }
    return true;
}

bool knee_fit(struct knee_fit *fit, const struct study_sample *sample)
{
    *fit = (struct knee_fit){.k = NAN, .rss = NAN};
    if (sample->point_count < LEAST_POINTS)
        return true;
    struct search search = {.sample = sample, .best = INFINITY, .fit = fit};
    search.rows = malloc(sample->point_count * sizeof *search.rows);
    if (!search.rows)
        return false;
    bool memory = true;
    /* Below the second point A and k cannot be told apart, above the last one nothing bends. */
    for (size_t j = 1; memory && j + 1 < sample->point_count; j++) {
        double from = sample->point_threads[j], to = sample->point_threads[j + 1];
        memory = at_point(&search, from) && between(&search, from, to);
    }
    if (memory && isfinite(search.best))
        memory = set_level(&search);
    free(search.rows);
    return memory;
}

/* k = A/(L - B): the ratio of two linear terms of the free fit. Where that is about another knee
 * than the one found, as when the best is a measured number of threads and the points bend
 * elsewhere, there is none to tell. */
static struct study_interval knee_interval(const struct knee_fit *fit)
{
    static const double falling[LEAST_SQUARES_TERMS] = {1.0, 0.0, 0.0};
    static const double rise[LEAST_SQUARES_TERMS] = {0.0, -1.0, 1.0};
    const struct least_squares_fit *level = &fit->level;
    struct study_interval k =
        fieller_ratio(level, falling, rise, least_squares_student(0.95, level->degrees));
    bool told = isfinite(k.low) && isfinite(k.high) && k.low <= fit->k && fit->k <= k.high;
    return told ? fieller_cut(k, 1.0, INFINITY) : (struct study_interval){NAN, NAN};
}

void knee_from_fit(struct study_knee *knee, const struct knee_fit *fit, size_t runs)
{
    const double *estimate = fit->level.estimate;
    *knee = (struct study_knee){
        .serial_fraction = NAN, .knee = NAN, .knee_ci = {NAN, NAN}, .aicc = NAN};
    if (!fit->level.solved)
        return;
    knee->fitted = true;
    knee->serial_fraction = estimate[1] / (estimate[0] + estimate[1]);
    knee->knee = fit->k;
    knee->knee_ci = knee_interval(fit);
    knee->aicc = least_squares_aicc(fit->rss, runs, 3);
}

double knee_time(const struct least_squares_fit *level, double k, double threads)
{
    return level->estimate[0] / fmin(threads, k) + level->estimate[1];
}

struct study_interval knee_speedup(const struct least_squares_fit *level, double k, double base,
                                   double threads)
{
    double numerator[LEAST_SQUARES_TERMS], denominator[LEAST_SQUARES_TERMS];
    level_row(base, k, numerator);
    level_row(threads, k, denominator);
    return fieller_ratio(level, numerator, denominator,
                         least_squares_student(0.95, level->degrees));
}
