#include "model/fieller.h"

#include <math.h>

static double value(const struct least_squares_fit *fit, const double row[LEAST_SQUARES_TERMS])
{
    double sum = 0.0;
    for (int i = 0; i < fit->terms; i++)
        sum += row[i] * fit->free[i];
    return sum;
}

static double covariance(const struct least_squares_fit *fit, const double a[LEAST_SQUARES_TERMS],
                         const double b[LEAST_SQUARES_TERMS])
{
    double sum = 0.0;
    for (int i = 0; i < fit->terms; i++) {
        for (int j = 0; j < fit->terms; j++)
            sum += a[i] * fit->covariance[i][j] * b[j];
    }
    return sum;
}

struct study_interval fieller_ratio(const struct least_squares_fit *fit,
                                    const double numerator[LEAST_SQUARES_TERMS],
                                    const double denominator[LEAST_SQUARES_TERMS], double t)
{
    /* (N − θD)² ≤ t²·var(N − θD) is a quadratic inequality in θ. */
    double n = value(fit, numerator), d = value(fit, denominator);
    double square = d * d - t * t * covariance(fit, denominator, denominator);
    double linear = n * d - t * t * covariance(fit, numerator, denominator);
    double constant = n * n - t * t * covariance(fit, numerator, numerator);
    if (!isfinite(square) || !isfinite(linear) || !isfinite(constant))
        return (struct study_interval){NAN, NAN};
    if (square <= 0.0)
        return (struct study_interval){-INFINITY, INFINITY};
    /* Never below 0 but by rounding: θ = N/D solves the inequality. */
    double root = sqrt(fmax(linear * linear - square * constant, 0.0));
    return (struct study_interval){(linear - root) / square, (linear + root) / square};
}

struct study_interval fieller_cut(struct study_interval interval, double low, double high)
{
    if (!(interval.high >= low && interval.low <= high))
        return (struct study_interval){NAN, NAN};
    return (struct study_interval){fmax(interval.low, low), fmin(interval.high, high)};
}
