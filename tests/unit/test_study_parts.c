/* Least squares, Fieller's intervals and the knee's search, each against another way to get there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include <gsl/gsl_multifit.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "model/fieller.h"
#include "model/gustafson.h"
#include "model/karp_flatt.h"
#include "model/knee.h"
#include "model/least_squares.h"
#include "model/study_sample.h"
#include "model/time_space.h"

#define N 40

static double rows[N][LEAST_SQUARES_TERMS], seconds[N], unit[N];
static gsl_rng *rng;

static int open_rng(void **state)
{
    (void)state;
    rng = gsl_rng_alloc(gsl_rng_mt19937);
    return rng ? 0 : -1;
}

static int close_rng(void **state)
{
    (void)state;
    gsl_rng_free(rng);
    return 0;
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not %.12g within %g", value, expected, tolerance);
}

/* Runs at 1…8 threads about A/p + B + C(p−1), with normal relative noise. */
static struct least_squares_data noisy(double a, double b, double c, double noise, int terms)
{
    for (int i = 0; i < N; i++) {
        double p = i % 8 + 1;
        time_space_row(p, rows[i]);
        seconds[i] = (a / p + b + c * (p - 1.0)) * (1.0 + gsl_ran_gaussian(rng, noise));
    }
    return (struct least_squares_data){
        .x = (const double(*)[LEAST_SQUARES_TERMS])rows, .y = seconds, .n = N, .terms = terms};
}

static double fitted(const double *beta, int i)
{
    return rows[i][0] * beta[0] + rows[i][1] * beta[1] + rows[i][2] * beta[2];
}

/* GSL's own solver, by singular values, on rows divided by their units. */
static void plain_is_gsl(void **state)
{
    (void)state;
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(N, 3);
    gsl_matrix *x = gsl_matrix_alloc(N, 3), *covariance = gsl_matrix_alloc(3, 3);
    gsl_vector *y = gsl_vector_alloc(N), *beta = gsl_vector_alloc(3);
    for (int round = 0; round < 100; round++) {
        struct least_squares_fit fit;
        struct least_squares_data data = noisy(9.0, 1.0, 0.05, 0.05, 3);
        for (size_t i = 0; i < N; i++) {
            unit[i] = 0.5 + gsl_rng_uniform(rng);
            for (size_t j = 0; j < 3; j++)
                gsl_matrix_set(x, i, j, rows[i][j] / unit[i]);
            gsl_vector_set(y, i, seconds[i] / unit[i]);
        }
        double rss;
        gsl_multifit_linear(x, y, beta, covariance, &rss, work);
        assert_true(least_squares_plain(&fit, &data, unit) && fit.solved);
        assert_near(fit.rss, rss, 1e-9 * rss);
        for (size_t i = 0; i < 3; i++) {
            assert_near(fit.free[i], gsl_vector_get(beta, i), 1e-9);
            for (size_t j = 0; j < 3; j++)
                assert_near(fit.covariance[i][j], gsl_matrix_get(covariance, i, j), 1e-9);
        }
    }
    gsl_multifit_linear_free(work);
    gsl_matrix_free(x);
    gsl_matrix_free(covariance);
    gsl_vector_free(y);
    gsl_vector_free(beta);
}

/* GSL's Huber fit of the rows divided by our fitted times must be where ours is, to a small part of
 * the standard error; one run of twenty is spoiled. */
static void robust_is_gsl(void **state)
{
    (void)state;
    gsl_multifit_robust_workspace *work =
        gsl_multifit_robust_alloc(gsl_multifit_robust_huber, N, 2);
    gsl_matrix *x = gsl_matrix_alloc(N, 2), *covariance = gsl_matrix_alloc(2, 2);
    gsl_vector *y = gsl_vector_alloc(N), *beta = gsl_vector_alloc(2);
    double ratio = 0.0;
    for (int round = 0; round < 100; round++) {
        struct least_squares_fit fit;
        struct least_squares_data data = noisy(9.0, 1.0, 0.0, 0.02, 2);
        for (int i = 0; i < N / 20; i++)
            seconds[gsl_rng_uniform_int(rng, N)] *= 1.0 + 0.3 * gsl_rng_uniform(rng);
        assert_true(least_squares_robust(&fit, &data) && fit.solved);
        for (size_t i = 0; i < N; i++) {
            double time = fit.free[0] * rows[i][0] + fit.free[1];
            gsl_matrix_set(x, i, 0, rows[i][0] / time);
            gsl_matrix_set(x, i, 1, 1.0 / time);
            gsl_vector_set(y, i, seconds[i] / time);
        }
        gsl_multifit_robust(x, y, beta, covariance, work);
        for (size_t i = 0; i < 2; i++) {
            double error = sqrt(gsl_matrix_get(covariance, i, i));
            assert_near(fit.free[i], gsl_vector_get(beta, i), 0.2 * error);
            ratio += sqrt(fit.covariance[i][i]) / error / 200.0;
        }
    }
    /* GSL takes a part of the plain scatter in, so that its errors are a little larger. */
    assert_true(ratio > 0.85 && ratio < 1.02);
    gsl_multifit_robust_free(work);
    gsl_matrix_free(x);
    gsl_matrix_free(covariance);
    gsl_vector_free(y);
    gsl_vector_free(beta);
}

/* One run that took a hundred times as long does not move the fit by more than its error. */
static void one_wild_run(void **state)
{
    struct least_squares_fit before, after;
    (void)state;
    struct least_squares_data data = noisy(9.0, 1.0, 0.0, 0.02, 2);
    assert_true(least_squares_robust(&before, &data) && before.solved);
    for (int i = 0; i < 8; i++) {
        double kept = seconds[i];
        seconds[i] *= 100.0;
        assert_true(least_squares_robust(&after, &data) && after.solved);
        seconds[i] = kept;
        for (int j = 0; j < 2; j++)
            assert_near(after.free[j], before.free[j], sqrt(before.covariance[j][j]));
    }
}

/* Karush, Kuhn and Tucker: the gradient is 0 where a term is positive, and does not point below 0
 * where it is at its bound. This proves the optimum, the problem being convex. */
static void nonnegative_is_optimal(void **state)
{
    int bounded = 0;
    (void)state;
    for (int round = 0; round < 500; round++) {
        struct least_squares_fit fit;
        double a = gsl_ran_gaussian(rng, 5.0), b = gsl_ran_gaussian(rng, 1.0);
        double c = gsl_ran_gaussian(rng, 0.3);
        struct least_squares_data data = noisy(a, b, c, 0.5, 3);
        for (int i = 0; i < N; i++) {
            seconds[i] = fabs(seconds[i]) + 0.01;
            unit[i] = 1.0;
        }
        assert_true(least_squares_plain(&fit, &data, unit) && fit.solved);
        double rss = 0.0, gradient[3] = {0};
        for (int i = 0; i < N; i++) {
            double off = seconds[i] - fitted(fit.estimate, i);
            rss += off * off;
            for (int j = 0; j < 3; j++)
                gradient[j] -= off * rows[i][j];
        }
        assert_near(fit.rss_estimate, rss, 1e-9 * rss);
        for (int j = 0; j < 3; j++) {
            assert_true(fit.estimate[j] >= 0.0);
            assert_true(gradient[j] >= -1e-8 * (1.0 + rss));
            assert_true(fit.estimate[j] == 0.0 || gradient[j] <= 1e-8 * (1.0 + rss));
        }
        bounded += fit.estimate[0] == 0.0 || fit.estimate[1] == 0.0 || fit.estimate[2] == 0.0;
    }
    assert_true(bounded > 100 && bounded < 500);
}

/* Rows that cannot tell the terms apart are not solved. */
static void dependent_rows(void **state)
{
    struct least_squares_fit fit;
    (void)state;
    struct least_squares_data data = noisy(9.0, 1.0, 0.0, 0.01, 2);
    for (int i = 0; i < N; i++)
        time_space_row(4.0, rows[i]);
    assert_true(least_squares_robust(&fit, &data));
    assert_false(fit.solved);
    data = noisy(9.0, 1.0, 0.0, 0.01, 3);
    for (int i = 0; i < N; i++)
        time_space_row(1.0 + i % 2, rows[i]);
    assert_true(least_squares_robust(&fit, &data));
    assert_false(fit.solved);
    data.n = 2;
    assert_true(least_squares_robust(&fit, &data));
    assert_false(fit.solved);
}

/* Sum of squares, number and parameters of the formula, worked out by hand. */
static void aicc_by_hand(void **state)
{
    (void)state;
    assert_near(least_squares_aicc(5.0, 10, 2), 10.0 * log(0.5) + 6.0 + 24.0 / 6.0, 1e-12);
    assert_true(isnan(least_squares_aicc(5.0, 4, 2)));
    assert_near(least_squares_student(0.95, 4.0), 2.7764451, 1e-6);
    assert_true(isnan(least_squares_student(0.95, 0.0)));
}

/* (N − θD)/sd(N − θD) for the fit's terms. */
static double studentized(const struct least_squares_fit *fit, const double *numerator,
                          const double *denominator, double theta)
{
    double value = 0.0, variance = 0.0;
    for (int i = 0; i < 3; i++) {
        double a = numerator[i] - theta * denominator[i];
        value += a * fit->free[i];
        for (int j = 0; j < 3; j++)
            variance += a * fit->covariance[i][j] * (numerator[j] - theta * denominator[j]);
    }
    return value / sqrt(variance);
}

/* The interval's ends by bisection of the definition. */
static void fieller_is_its_definition(void **state)
{
    (void)state;
    int bounded = 0, unbounded = 0;
    for (int round = 0; round < 2000; round++) {
        struct least_squares_fit fit = {.solved = true, .terms = 3, .degrees = 20};
        double half[3][3], numerator[3], denominator[3], t = 2.086, d = 0.0, v = 0.0;
        for (int i = 0; i < 3; i++) {
            fit.free[i] = gsl_ran_gaussian(rng, 3.0);
            numerator[i] = gsl_ran_gaussian(rng, 1.0);
            denominator[i] = gsl_ran_gaussian(rng, 1.0);
            for (int j = 0; j < 3; j++)
                half[i][j] = gsl_ran_gaussian(rng, 0.5);
        }
        for (int i = 0; i < 9; i++) {
            for (int k = 0; k < 3; k++)
                fit.covariance[i / 3][i % 3] += half[i / 3][k] * half[i % 3][k];
        }
        for (int i = 0; i < 3; i++) {
            d += denominator[i] * fit.free[i];
            for (int j = 0; j < 3; j++)
                v += denominator[i] * fit.covariance[i][j] * denominator[j];
        }
        struct study_interval interval = fieller_ratio(&fit, numerator, denominator, t);
        if (fabs(d) <= t * sqrt(v)) {
            assert_true(interval.low == -INFINITY && interval.high == INFINITY);
            unbounded++;
            continue;
        }
        double n = 0.0, width = interval.high - interval.low;
        for (int i = 0; i < 3; i++)
            n += numerator[i] * fit.free[i];
        assert_true(interval.low <= n / d && n / d <= interval.high);
        /* Some combinations lie within t of 0 for every ratio but the far ones; the ends still
         * solve the equation, and inside and outside are told apart. */
        const double ends[] = {interval.low, interval.high};
        for (int i = 0; i < 2; i++) {
            assert_near(fabs(studentized(&fit, numerator, denominator, ends[i])), t, 1e-5 * t);
            double out = ends[i] + (i ? 1e-3 : -1e-3) * width;
            double in = ends[i] + (i ? -1e-3 : 1e-3) * width;
            assert_true(fabs(studentized(&fit, numerator, denominator, out)) > t);
            assert_true(fabs(studentized(&fit, numerator, denominator, in)) < t);
        }
        bounded++;
    }
    assert_true(bounded > 500 && unbounded > 50);
}

/* Simulated ratios themselves: 95 of 100 intervals hold the true one, also near a bound. */
static void fieller_covers(void **state)
{
    int held = 0, rounds = 20000;
    (void)state;
    for (int round = 0; round < rounds; round++) {
        struct least_squares_fit fit = {.solved = true, .terms = 2, .degrees = 1e6};
        static const double numerator[] = {0, 1, 0}, denominator[] = {1, 1, 0};
        fit.covariance[0][0] = 0.09;
        fit.covariance[1][1] = 0.01;
        fit.free[0] = 0.99 + gsl_ran_gaussian(rng, 0.3);
        fit.free[1] = 0.01 + gsl_ran_gaussian(rng, 0.1);
        struct study_interval interval =
            fieller_ratio(&fit, numerator, denominator, 1.959963984540054);
        held += interval.low <= 0.01 && 0.01 <= interval.high;
    }
    double error = sqrt(0.95 * 0.05 / rounds);
    /* Denominators not different from 0 give the whole line, which holds everything. */
    assert_true(held >= (0.95 - 4 * error) * rounds && held <= (0.955 + 4 * error) * rounds);
}

/* Six single runs are few, and each pulls the fit to itself; the promise holds even so. */
static void few_runs_are_covered(void **state)
{
    int held = 0, rounds = 8000;
    (void)state;
    for (int round = 0; round < rounds; round++) {
        struct least_squares_fit fit;
        struct least_squares_data data = noisy(9.0, 1.0, 0.0, 0.02, 2);
        data.n = 6;
        assert_true(least_squares_robust(&fit, &data) && fit.solved);
        struct study_interval share = time_space_share(&fit);
        held += share.low <= 0.1 && 0.1 <= share.high;
    }
    assert_true(held >= 0.94 * rounds && held <= 0.97 * rounds);
}

static void cut(void **state)
{
    (void)state;
    struct study_interval inside = fieller_cut((struct study_interval){-0.5, 0.3}, 0.0, 1.0);
    assert_true(inside.low == 0.0 && inside.high == 0.3);
    struct study_interval outside = fieller_cut((struct study_interval){-0.5, -0.3}, 0.0, 1.0);
    assert_true(isnan(outside.low) && isnan(outside.high));
    struct study_interval unknown = fieller_cut((struct study_interval){NAN, NAN}, 0.0, 1.0);
    assert_true(isnan(unknown.low) && isnan(unknown.high));
}

/* Sum of squares of T = A/min(p,k) + B over the means, A and B free: two normal equations. */
static double knee_squares(const struct study_sample *sample, double k)
{
    double xx = 0, xo = 0, oo = 0, xy = 0, oy = 0, yy = 0;
    for (size_t i = 0; i < sample->point_count; i++) {
        double u = sample->units[i], x = 1.0 / fmin(sample->point_threads[i], k) / u, o = 1.0 / u;
        double y = sample->means[i] / u;
        xx += x * x;
        xo += x * o;
        oo += o * o;
        xy += x * y;
        oy += o * y;
        yy += y * y;
    }
    double determinant = xx * oo - xo * xo;
    double a = (oo * xy - xo * oy) / determinant, b = (xx * oy - xo * xy) / determinant;
    return yy - a * xy - b * oy;
}

/* No knee on a fine grid is better than the one that was found. */
static void knee_is_the_best(void **state)
{
    static const int threads[] = {1, 2, 3, 4, 6, 8, 12, 16};
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct study_run runs[24];
        struct study_sample sample;
        struct knee_fit fit;
        double k = 2.0 + 14.0 * gsl_rng_uniform(rng);
        for (int i = 0; i < 24; i++) {
            double time = 9.0 / fmin(threads[i / 3], k) + 1.0;
            runs[i] = (struct study_run){.threads = threads[i / 3],
                                         .seconds = time * (1.0 + gsl_ran_gaussian(rng, 0.02)),
                                         .scale = 1.0};
        }
        assert_true(study_sample_open(&sample, runs, 24));
        assert_true(knee_fit(&fit, &sample) && fit.level.solved);
        double found = fit.rss - sample.pure_error;
        assert_near(found, knee_squares(&sample, fit.k), 1e-9);
        for (double other = 2.0; other <= 12.0; other += 0.01)
            assert_true(found <= knee_squares(&sample, other) + 1e-9);
        struct study_knee knee;
        knee_from_fit(&knee, &fit, sample.run_count);
        assert_true(isnan(knee.knee_ci.low) == isnan(knee.knee_ci.high));
        assert_false(knee.knee_ci.low > knee.knee || knee.knee_ci.high < knee.knee);
        study_sample_close(&sample);
    }
}

/* Karp and Flatt's table of linear speed-up and of a constant serial fraction. */
static void karp_flatt_inverts_amdahl(void **state)
{
    (void)state;
    assert_true(isnan(karp_flatt(1.0, 1.0)));
    for (double p = 2.0; p < 100.0; p += 7.0) {
        assert_near(karp_flatt(p, p), 0.0, 1e-12);
        assert_near(karp_flatt(1.0, p), 1.0, 1e-12);
        for (double s = 0.0; s <= 1.0; s += 0.125)
            assert_near(karp_flatt(1.0 / (s + (1.0 - s) / p), p), s, 1e-12);
        struct study_interval e = karp_flatt_interval((struct study_interval){1.2, 1.8}, p);
        assert_true(e.low < e.high);
    }
}

/* Gustafson's and Amdahl's speed-ups are one number when s′ is converted: what they describe is the
 * same run. */
static void conversion_keeps_the_speedup(void **state)
{
    (void)state;
    for (double s = 0.0; s <= 1.0; s += 0.0625) {
        for (double p = 1.0; p <= 64.0; p *= 2.0) {
            struct study_gustafson gustafson;
            struct study_amdahl amdahl = {.fitted = true, .serial_fraction = s};
            gustafson_convert(&gustafson, &amdahl, p);
            assert_near(gustafson_speedup(gustafson.serial_share, p), 1.0 / (s + (1.0 - s) / p),
                        1e-12 * p);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_is_gsl),
        cmocka_unit_test(robust_is_gsl),
        cmocka_unit_test(one_wild_run),
        cmocka_unit_test(nonnegative_is_optimal),
        cmocka_unit_test(dependent_rows),
        cmocka_unit_test(aicc_by_hand),
        cmocka_unit_test(fieller_is_its_definition),
        cmocka_unit_test(fieller_covers),
        cmocka_unit_test(few_runs_are_covered),
        cmocka_unit_test(cut),
        cmocka_unit_test(knee_is_the_best),
        cmocka_unit_test(karp_flatt_inverts_amdahl),
        cmocka_unit_test(conversion_keeps_the_speedup),
    };
    return cmocka_run_group_tests(tests, open_rng, close_rng);
}
