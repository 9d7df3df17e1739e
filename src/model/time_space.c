#include "model/time_space.h"

#include <math.h>

void time_space_row(double threads, double row[LEAST_SQUARES_TERMS])
{
    row[0] = 1.0 / threads;
    row[1] = 1.0;
    row[2] = threads - 1.0;
}

double time_space_time(const double beta[LEAST_SQUARES_TERMS], double threads)
{
    return beta[0] / threads + beta[1] + beta[2] * (threads - 1.0);
}

bool time_space_fit(struct least_squares_fit *fit, const struct study_sample *sample, int terms)
{
    *fit = (struct least_squares_fit){.solved = false};
    if (sample->point_count < (size_t)terms)
        return true;
    struct least_squares_data data = {
        .x = (const double(*)[LEAST_SQUARES_TERMS])sample->rows,
        .y = sample->seconds,
        .n = sample->run_count,
        .terms = terms,
    };
    return least_squares_robust(fit, &data);
}

bool time_space_fit_means(struct least_squares_fit *fit, const struct study_sample *sample,
                          int terms)
{
    *fit = (struct least_squares_fit){.solved = false};
    if (sample->point_count < (size_t)terms)
        return true;
    struct least_squares_data data = {
        .x = (const double(*)[LEAST_SQUARES_TERMS])sample->mean_rows,
        .y = sample->means,
        .n = sample->point_count,
        .terms = terms,
    };
    return least_squares_plain(fit, &data, sample->units);
}

static double student95(const struct least_squares_fit *fit)
{
    return least_squares_student(0.95, fit->degrees);
}

struct study_interval time_space_share(const struct least_squares_fit *fit)
{
    static const double serial[] = {0.0, 1.0, 0.0}, one[] = {1.0, 1.0, 0.0};
    return fieller_ratio(fit, serial, one, student95(fit));
}

struct study_interval time_space_growth(const struct least_squares_fit *fit)
{
    static const double growth[] = {0.0, 0.0, 1.0}, one[] = {1.0, 1.0, 0.0};
    return fieller_ratio(fit, growth, one, student95(fit));
}

struct study_interval time_space_speedup(const struct least_squares_fit *fit, double base,
                                         double threads)
{
    double numerator[LEAST_SQUARES_TERMS], denominator[LEAST_SQUARES_TERMS];
    time_space_row(base, numerator);
    time_space_row(threads, denominator);
    return fieller_ratio(fit, numerator, denominator, student95(fit));
}
