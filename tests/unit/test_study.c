/* The study as a whole: published fits, exact data, gates, and hostile numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <limits.h>
#include <math.h>

#include "model/study.h"

#define MOST_RUNS 200

static struct study_run runs[MOST_RUNS];

static struct study_run run_of(int threads, double seconds)
{
    return (struct study_run){
        .threads = threads, .seconds = seconds, .scale = 1.0, .capacity = NAN};
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not %.12g within %g", value, expected, tolerance);
}

static void assert_unknown(struct study_interval interval)
{
    assert_true(isnan(interval.low) && isnan(interval.high));
}

static bool noted(const struct study *study, const char *part)
{
    for (size_t i = 0; i < study->note_count; i++) {
        if (strstr(study->notes[i], part))
            return true;
    }
    return false;
}

/* `repeats` runs at each number of threads, `scatter` apart: deterministic, with mean 0. */
static size_t make_runs(const int *threads, size_t points, int repeats, double a, double b,
                        double c, double scatter)
{
    size_t count = 0;
    for (size_t i = 0; i < points; i++) {
        double p = threads[i], t = a / p + b + c * (p - 1.0);
        for (int k = 0; k < repeats; k++)
            runs[count++] = run_of(threads[i], t * (1.0 + scatter * (k - 0.5 * (repeats - 1))));
    }
    return count;
}

static const int doublings[] = {1, 2, 4, 8, 16, 32};

static size_t make_throughputs(const double (*data)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        runs[i] = run_of((int)data[i][0], 1.0 / data[i][1]);
    return count;
}

static const struct study_options in_throughput = {.throughput = true};

/* SPEC SDM91 on a SPARCcenter 2000: Gunther, Guerrilla Capacity Planning (2007), as fitted by R's
 * package usl (vignette of version 3). */
static void published_sdm91(void **state)
{
    static const double data[][2] = {{1, 64.9},     {18, 995.9},   {36, 1652.4}, {72, 1853.2},
                                     {108, 1828.9}, {144, 1775.0}, {216, 1702.2}};
    struct study study;
    (void)state;
    size_t count = make_throughputs(data, 7);
    assert_true(study_fit(&study, runs, count, NULL, 0, &in_throughput));
    const struct study_usl *usl = &study.usl;
    assert_true(usl->fitted);
    assert_near(usl->sigma, 0.0277285, 5e-8);
    assert_near(usl->kappa, 1.044e-4, 5e-8);
    assert_near(usl->gamma, 89.9952382, 5e-6);
    assert_near(usl->peak_threads, 96.52, 0.005);
    double n = usl->peak_threads;
    double peak = usl->gamma * n / (1.0 + usl->sigma * (n - 1.0) + usl->kappa * n * (n - 1.0));
    assert_near(peak, 1884.0, 0.5);
    /* Standard errors 0.00912 and 1.99e-5, four degrees of freedom. */
    const double t = 2.7764451;
    assert_near(usl->sigma_ci.high - usl->sigma, t * 0.00912, t * 5e-6);
    assert_near(usl->sigma - usl->sigma_ci.low, t * 0.00912, t * 5e-6);
    assert_near(usl->kappa_ci.high - usl->kappa, t * 1.99e-5, t * 5e-8);
    assert_near(usl->kappa - usl->kappa_ci.low, t * 1.99e-5, t * 5e-8);
    assert_int_equal(study.selected, STUDY_USL);
    /* The fitted curve, as the package prints it to three digits. */
    static const double fitted[] = {90, 1078, 1541, 1850, 1879, 1822, 1646};
    for (int i = 0; i < 7; i++) {
        double speedup = study_curve(&study, data[i][0], NULL);
        assert_near(usl->gamma * speedup, fitted[i], 0.5);
    }
    study_free(&study);
}

/* BRL-CAD's ray tracer on an Origin 2000: same sources. There is no coherency term to be seen, and
 * the fit ends at its bound. */
static void published_raytracer(void **state)
{
    static const double data[][2] = {{1, 20},   {4, 78},   {8, 130},  {12, 170},
                                     {16, 190}, {20, 200}, {24, 210}, {28, 230},
                                     {32, 260}, {48, 280}, {64, 310}};
    struct study study;
    (void)state;
    size_t count = make_throughputs(data, 11);
    assert_true(study_fit(&study, runs, count, NULL, 0, &in_throughput));
    assert_near(study.usl.gamma, 21.848843, 5e-5);
    assert_near(study.usl.sigma, 0.057771, 5e-7);
    assert_true(study.usl.kappa == 0.0);
    assert_true(isnan(study.usl.peak_threads));
    assert_int_equal(study.selected, STUDY_AMDAHL);
    study_free(&study);
}

/* The data of the package's own test of coef(): alpha = beta = 0.02, gamma = 1. */
static void published_coefficients(void **state)
{
    static const double data[][2] = {{1, 1},      {2, 1.8868}, {4, 3.0769},
                                     {6, 3.5294}, {8, 3.5398}, {10, 3.3557}};
    static const struct study_options spaces[] = {{.throughput = true}, {.throughput = false}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct study study;
        size_t count = make_throughputs(data, 6);
        assert_true(study_fit(&study, runs, count, NULL, 0, &spaces[i]));
        assert_near(study.usl.sigma, 0.02, 5e-5);
        assert_near(study.usl.kappa, 0.02, 5e-5);
        assert_near(study.usl.gamma, 1.0, 5e-4);
        assert_near(study.usl.peak_threads, 7.0, 0.01);
        study_free(&study);
    }
}

static void exact_amdahl(void **state)
{
    static const double shares[] = {0.0, 0.001, 0.05, 0.3, 0.9, 1.0};
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct study study;
        double s = shares[i];
        size_t count = make_runs(doublings, 6, 3, 40.0 * (1.0 - s), 40.0 * s, 0.0, 0.0);
        assert_true(study_fit(&study, runs, count, NULL, 0, NULL));
        assert_int_equal(study.selected, STUDY_AMDAHL);
        assert_near(study.amdahl.serial_fraction, s, 1e-8);
        assert_near(study.amdahl.t1, 40.0, 1e-7);
        if (s >= 0.001)
            assert_near(study.amdahl.limit, 1.0 / s, 1e-4);
        else
            assert_true(isnan(study.amdahl.limit));
        for (size_t j = 0; j < study.point_count; j++) {
            double p = doublings[j];
            assert_near(study.points[j].speedup, 1.0 / (s + (1.0 - s) / p), 1e-9);
            assert_near(study_curve(&study, p, NULL), study.points[j].speedup, 1e-6);
            if (p > 1)
                assert_near(study.points[j].karp_flatt, s, 1e-9);
        }
        study_free(&study);
    }
}

static void exact_usl(void **state)
{
    (void)state;
    for (double kappa = 1e-4; kappa < 0.1; kappa *= 3.0) {
        struct study study;
        struct study_interval band;
        double sigma = 0.04, gamma = 0.25;
        size_t count =
            make_runs(doublings, 6, 2, (1.0 - sigma) / gamma, sigma / gamma, kappa / gamma, 0.0);
        assert_true(study_fit(&study, runs, count, NULL, 0, NULL));
        assert_int_equal(study.selected, STUDY_USL);
        assert_near(study.usl.sigma, sigma, 1e-8);
        assert_near(study.usl.kappa, kappa, 1e-8);
        assert_near(study.usl.gamma, gamma, 1e-8);
        assert_near(study.usl.peak_threads, sqrt((1.0 - sigma) / kappa), 1e-4);
        double p = 100.0, law = p / (1.0 + sigma * (p - 1.0) + kappa * p * (p - 1.0));
        assert_near(study_curve(&study, p, &band), law, 1e-5);
        assert_true(band.low <= law + 1e-6 && band.high >= law - 1e-6);
        study_free(&study);
    }
}

static void exact_knee(void **state)
{
    static const int threads[] = {1, 2, 3, 4, 6, 8, 12, 16};
    static const double knees[] = {2.0, 3.0, 3.7, 5.0, 6.0, 9.5, 12.0};
    (void)state;
    for (int i = 0; i < 7; i++) {
        struct study study;
        for (size_t j = 0; j < 16; j++) {
            double p = threads[j / 2];
            runs[j] = run_of(threads[j / 2], 9.0 / fmin(p, knees[i]) + 1.0);
        }
        assert_true(study_fit(&study, runs, 16, NULL, 0, NULL));
        assert_int_equal(study.selected, STUDY_KNEE);
        assert_near(study.knee.knee, knees[i], 1e-6);
        assert_near(study.knee.serial_fraction, 0.1, 1e-7);
        assert_true(isnan(study.usl.peak_threads));
        double most = 10.0 / (9.0 / knees[i] + 1.0);
        assert_near(study_curve(&study, 64.0, NULL), most, 1e-6);
        assert_near(study.predictions[0].speedup, most, 1e-6);
        study_free(&study);
    }
}

static void exact_gustafson(void **state)
{
    (void)state;
    for (double share = 0.0; share < 0.95; share += 0.15) {
        struct study study;
        for (int i = 0; i < 12; i++) {
            double p = doublings[i / 2];
            runs[i] = run_of(doublings[i / 2], 7.0 * p / (p - share * (p - 1.0)));
            runs[i].scale = p;
        }
        assert_true(study_fit(&study, runs, 12, NULL, 0, NULL));
        assert_true(study.weak && study.gustafson.fitted && !study.gustafson.converted);
        assert_near(study.gustafson.serial_share, share, 1e-8);
        assert_false(study.amdahl.fitted || study.usl.fitted || study.knee.fitted);
        assert_int_equal(study.selected, STUDY_NONE);
        for (size_t j = 0; j < study.point_count; j++) {
            double p = doublings[j];
            assert_near(study.points[j].speedup, p - share * (p - 1.0), 1e-8);
        }
        /* The next doubling: its speed-up and the seconds of twice the work of 32. */
        assert_near(study.predictions[0].threads, 64.0, 0.0);
        assert_near(study.predictions[0].speedup, 64.0 - share * 63.0, 1e-6);
        assert_near(study.predictions[0].seconds, 7.0 * 64.0 / (64.0 - share * 63.0), 1e-6);
        study_free(&study);
    }
}

static void gustafson_is_converted(void **state)
{
    struct study study;
    (void)state;
    size_t count = make_runs(doublings, 5, 3, 9.0, 1.0, 0.0, 0.01);
    assert_true(study_fit(&study, runs, count, NULL, 0, NULL));
    assert_true(study.gustafson.fitted && study.gustafson.converted);
    /* Of 9/16 + 1 seconds at 16 threads one is serial. */
    assert_near(study.gustafson.serial_share, 1.0 / (9.0 / 16.0 + 1.0), 1e-3);
    study_free(&study);
}

static void two_thread_counts(void **state)
{
    static const int threads[] = {1, 2};
    struct study study;
    (void)state;
    size_t count = make_runs(threads, 2, 5, 9.0, 1.0, 0.0, 0.01);
    assert_true(study_fit(&study, runs, count, NULL, 0, NULL));
    assert_int_equal(study.selected, STUDY_AMDAHL);
    assert_near(study.amdahl.serial_fraction, 0.1, 0.005);
    assert_true(study.amdahl.serial_fraction_ci.low > 0.0);
    assert_true(study.amdahl.serial_fraction_ci.high < 0.3);
    assert_int_equal(study.degrees, 0);
    assert_true(isnan(study.lack_of_fit_p));
    assert_false(study.usl.fitted || study.knee.fitted);
    assert_true(isnan(study.usl.sigma) && isnan(study.usl.peak_threads));
    assert_true(noted(&study, "no degrees of freedom for lack of fit"));
    study_free(&study);
}

/* As many unknowns as runs: estimates, but no intervals. */
static void two_runs(void **state)
{
    struct study study;
    (void)state;
    runs[0] = run_of(1, 10.0);
    runs[1] = run_of(2, 6.0);
    assert_true(study_fit(&study, runs, 2, NULL, 0, NULL));
    assert_near(study.amdahl.serial_fraction, 0.2, 1e-9);
    assert_unknown(study.amdahl.serial_fraction_ci);
    assert_unknown(study.points[1].speedup_ci);
    assert_unknown(study.predictions[0].speedup_ci);
    assert_true(isnan(study.amdahl.limit));
    assert_true(noted(&study, "no intervals"));
    study_free(&study);
}

static void one_point(void **state)
{
    struct study study;
    (void)state;
    for (int threads = 1; threads < 5; threads += 3) {
        for (int i = 0; i < 3; i++)
            runs[i] = run_of(threads, 5.0 + 0.01 * i);
        assert_true(study_fit(&study, runs, 3, NULL, 0, NULL));
        assert_int_equal(study.point_count, 1);
        assert_near(study.points[0].seconds, 5.01, 1e-12);
        assert_near(study.points[0].speedup, 1.0, 0.0);
        assert_int_equal(study.selected, STUDY_NONE);
        assert_false(study.amdahl.fitted || study.usl.fitted || study.knee.fitted);
        assert_true(isnan(study.predictions[0].speedup));
        assert_true(isnan(study_curve(&study, 2.0, NULL)));
        assert_true(noted(&study, "only one number of threads"));
        study_free(&study);
    }
}

static void nothing_kept(void **state)
{
    struct study study;
    (void)state;
    size_t count = make_runs(doublings, 4, 3, 9.0, 1.0, 0.0, 0.01);
    for (size_t i = 0; i < count; i++) {
        runs[i].excluded = true;
        runs[i].why = "spoiled";
    }
    assert_false(study_fit(&study, runs, count, NULL, 0, NULL));
    assert_int_equal(study.point_count, 4);
    for (int i = 0; i < 4; i++) {
        assert_true(study.points[i].excluded);
        assert_string_equal(study.points[i].why, "spoiled");
        assert_true(study.points[i].seconds > 0.0);
        assert_true(isnan(study.points[i].speedup));
    }
    assert_false(study.amdahl.fitted);
    study_free(&study);

    assert_false(study_fit(&study, NULL, 0, NULL, 0, NULL));
    assert_int_equal(study.point_count, 0);
    study_free(&study);
}

/* Left out of every fit, but with a speed-up to be drawn. */
static void excluded_points(void **state)
{
    struct study with, without;
    (void)state;
    size_t count = make_runs(doublings, 4, 3, 9.0, 1.0, 0.0, 0.01);
    assert_true(study_fit(&without, runs, count, NULL, 0, NULL));
    for (int i = 0; i < 3; i++) {
        runs[count + i] = run_of(16, 5.0);
        runs[count + i].excluded = true;
        runs[count + i].why = "beyond the cores";
    }
    /* One spoiled run of a point with others. */
    runs[count + 3] = run_of(4, 50.0);
    runs[count + 3].excluded = true;
    assert_true(study_fit(&with, runs, count + 4, NULL, 0, NULL));
    assert_int_equal(with.point_count, 5);
    assert_true(with.points[4].excluded);
    assert_string_equal(with.points[4].why, "beyond the cores");
    assert_near(with.points[4].speedup, without.base_seconds / 5.0, 1e-12);
    assert_false(with.points[2].excluded);
    assert_int_equal(with.points[2].runs, 3);
    assert_near(with.amdahl.serial_fraction, without.amdahl.serial_fraction, 0.0);
    assert_near(with.amdahl.serial_fraction_ci.high, without.amdahl.serial_fraction_ci.high, 0.0);
    assert_near(with.predictions[0].threads, 16.0, 0.0);
    assert_true(with.predictions[0].extrapolated);
    study_free(&with);
    study_free(&without);
}

static void faster_than_linear(void **state)
{
    struct study study;
    (void)state;
    size_t count = make_runs(doublings, 5, 3, 11.0, -0.4, 0.0, 0.01);
    assert_true(study_fit(&study, runs, count, NULL, 0, NULL));
    assert_true(isnan(study.amdahl.serial_fraction));
    assert_unknown(study.amdahl.serial_fraction_ci);
    assert_true(isnan(study.amdahl.limit));
    assert_int_equal(study.selected, STUDY_NONE);
    assert_true(isnan(study.predictions[0].speedup));
    assert_true(noted(&study, "faster than linear"));
    study_free(&study);
}

/* Times that jump up and down, each of them exactly repeated. */
static void no_law(void **state)
{
    static const double seconds[] = {10.0, 7.0, 2.0, 3.5, 0.8, 1.9};
    struct study study;
    (void)state;
    for (int i = 0; i < 18; i++)
        runs[i] = run_of(doublings[i / 3], seconds[i / 3] * (1.0 + 0.001 * (i % 3)));
    assert_true(study_fit(&study, runs, 18, NULL, 0, NULL));
    assert_int_equal(study.selected, STUDY_NONE);
    assert_true(study.lack_of_fit_p < 0.01);
    assert_true(isnan(study.predictions[0].speedup));
    assert_true(noted(&study, "no law fits"));
    study_free(&study);
}

/* Units do not matter, nor does the order of the runs. */
static void invariances(void **state)
{
    struct study first, second;
    (void)state;
    size_t count = make_runs(doublings, 6, 4, 9.0, 1.0, 0.01, 0.02);
    assert_true(study_fit(&first, runs, count, NULL, 0, NULL));
    for (size_t i = 0; i < count; i++)
        runs[i].seconds *= 3600.0;
    for (size_t i = 0; i < count / 2; i++) {
        struct study_run other = runs[i];
        runs[i] = runs[count - 1 - i];
        runs[count - 1 - i] = other;
    }
    assert_true(study_fit(&second, runs, count, NULL, 0, NULL));
    assert_int_equal(first.selected, second.selected);
    assert_near(second.amdahl.serial_fraction, first.amdahl.serial_fraction, 1e-9);
    assert_near(second.amdahl.serial_fraction_ci.low, first.amdahl.serial_fraction_ci.low, 1e-6);
    assert_near(second.usl.kappa, first.usl.kappa, 1e-9);
    assert_near(second.lack_of_fit_p, first.lack_of_fit_p, 1e-6);
    for (size_t i = 0; i < first.point_count; i++)
        assert_near(second.points[i].speedup, first.points[i].speedup, 1e-9);
    study_free(&first);
    study_free(&second);
}

static void predictions_and_recommendations(void **state)
{
    static const double predict[] = {1.0, 3.0, 4.0, 12.0, NAN, 0.0, INFINITY};
    const struct study_options options = {.predict = predict, .predict_count = 7};
    struct study study;
    (void)state;
    size_t count = make_runs(doublings, 4, 3, 9.0, 1.0, 0.0, 0.01); /* to 8 threads */
    static const double serial[] = {9.9, 10.1};
    assert_true(study_fit(&study, runs, count, serial, 2, &options));
    assert_near(study.serial_seconds, 10.0, 1e-12);
    assert_int_equal(study.prediction_count, 7);
    for (int i = 0; i < 4; i++) {
        const struct study_prediction *prediction = &study.predictions[i];
        assert_near(prediction->speedup * prediction->seconds, 10.0, 0.01);
        assert_true(prediction->speedup_ci.low <= prediction->speedup);
        assert_true(prediction->speedup_ci.high >= prediction->speedup);
        assert_true(prediction->extrapolated == (i == 3));
    }
    for (int i = 4; i < 7; i++)
        assert_true(isnan(study.predictions[i].speedup) && isnan(study.predictions[i].seconds));
    /* 10, 5.5, 3.25, 2.125 seconds; efficiencies 1, 0.91, 0.77, 0.59. */
    assert_int_equal(study.recommended, 8);
    assert_int_equal(study.recommended_efficient, 2);
    study_free(&study);

    /* 16 threads take 2.46 s, 8 take 2.55: not worth twice the threads. */
    count = make_runs(doublings, 6, 3, 9.0, 1.0, 0.06, 0.001);
    assert_true(study_fit(&study, runs, count, NULL, 0, NULL));
    assert_int_equal(study.recommended, 8);
    study_free(&study);
}

static void check_interval(struct study_interval interval)
{
    assert_true((isnan(interval.low) && isnan(interval.high)) || interval.low <= interval.high);
}

static double hostile(uint64_t *seed)
{
    static const double odd[] = {0.0, -1.0, NAN, INFINITY, 1e-300, 1e300, 5e-324, 1.0};
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    unsigned choice = (unsigned)(*seed >> 33);
    return choice % 3 ? (double)(choice % 1000) / 100.0 : odd[choice / 3 % 8];
}

/* Any numbers at all: no crash, and what is said to be fitted is finite and in order. */
static void hostile_numbers(void **state)
{
    static const int threads[] = {1, 1, 2, 3, 4, 8, 1000, INT_MAX, 0, -1};
    uint64_t seed = 1;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct study study;
        size_t count = (size_t)(round % 24);
        for (size_t i = 0; i < count; i++) {
            runs[i] = run_of(threads[(unsigned)fabs(fmod(hostile(&seed), 10.0) * 7.0) % 10],
                             hostile(&seed));
            if (round % 5 == 0)
                runs[i].scale = hostile(&seed);
            runs[i].excluded = round % 7 == 0 && i % 3 == 0;
            runs[i].capacity = hostile(&seed);
        }
        const struct study_options options = {.throughput = round % 2};
        bool fitted = study_fit(&study, runs, count, NULL, 0, &options);
        assert_true(fitted || !study.amdahl.fitted);
        check_interval(study.amdahl.serial_fraction_ci);
        check_interval(study.usl.sigma_ci);
        check_interval(study.usl.kappa_ci);
        check_interval(study.gustafson.serial_share_ci);
        for (size_t i = 0; i < study.prediction_count; i++)
            check_interval(study.predictions[i].speedup_ci);
        if (study.amdahl.fitted && !isnan(study.amdahl.serial_fraction))
            assert_true(study.amdahl.serial_fraction >= 0 && study.amdahl.serial_fraction <= 1);
        if (study.usl.fitted)
            assert_true(!(study.usl.sigma < 0) && study.usl.kappa >= 0 && study.usl.gamma > 0);
        assert_true(study.selected != STUDY_USL || !isnan(study.usl.peak_threads));
        study_free(&study);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_sdm91),
        cmocka_unit_test(published_raytracer),
        cmocka_unit_test(published_coefficients),
        cmocka_unit_test(exact_amdahl),
        cmocka_unit_test(exact_usl),
        cmocka_unit_test(exact_knee),
        cmocka_unit_test(exact_gustafson),
        cmocka_unit_test(gustafson_is_converted),
        cmocka_unit_test(two_thread_counts),
        cmocka_unit_test(two_runs),
        cmocka_unit_test(one_point),
        cmocka_unit_test(nothing_kept),
        cmocka_unit_test(excluded_points),
        cmocka_unit_test(faster_than_linear),
        cmocka_unit_test(no_law),
        cmocka_unit_test(invariances),
        cmocka_unit_test(predictions_and_recommendations),
        cmocka_unit_test(hostile_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
