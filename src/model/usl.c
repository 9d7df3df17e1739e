#include "model/usl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/fieller.h"
#include "model/time_space.h"

#define TERMS LEAST_SQUARES_TERMS

/* Gauss–Newton doubles the digits at each step once near: more steps are a sign of divergence. */
#define MOST_STEPS    200
#define MOST_HALVINGS 30

static const struct study_interval unknown = {NAN, NAN};

void usl_from_fit(struct study_usl *usl, const struct least_squares_fit *fit)
{
    *usl = (struct study_usl){.sigma = NAN,
                              .kappa = NAN,
                              .gamma = NAN,
                              .sigma_ci = unknown,
                              .kappa_ci = unknown,
                              .peak_threads = NAN,
                              .aicc = NAN};
    double t1 = fit->solved ? time_space_time(fit->estimate, 1.0) : NAN;
    /* Times that only grow, measured without one thread, say nothing of one thread. */
    if (!(t1 > 0.0))
        return;
    usl->fitted = true;
    usl->sigma = fit->estimate[1] / t1;
    usl->kappa = fit->estimate[2] / t1;
    usl->gamma = 1.0 / t1;
    struct study_interval share = time_space_share(fit);
    usl->sigma_ci = fieller_cut(share, 0.0, 1.0);
    if (share.high <= 0.0)
        usl->sigma = NAN;
    usl->kappa_ci = fieller_cut(time_space_growth(fit), 0.0, INFINITY);
    if (fit->estimate[2] > 0.0)
        usl->peak_threads = fmax(sqrt(fit->estimate[0] / fit->estimate[2]), 1.0);
}

bool usl_gate(const struct least_squares_fit *fit)
{
    if (!fit->solved || fit->terms < 3)
        return false;
    double t = least_squares_student(0.99, fit->degrees);
    return fit->free[2] - t * sqrt(fit->covariance[2][2]) > 0.0;
}

/* Throughput at n threads of γ, σ, κ, and its derivatives. */
static double throughput(const double p[TERMS], double n, double row[TERMS])
{
    double below = 1.0 + p[1] * (n - 1.0) + p[2] * n * (n - 1.0);
    double value = p[0] * n / below;
    row[0] = n / below;
    row[1] = -value * (n - 1.0) / below;
    row[2] = -value * n * (n - 1.0) / below;
    return value;
}

struct problem {
    const struct study_sample *sample;
    double (*rows)[TERMS]; /* derivatives, of the active parameters only, side by side */
    double *residual;
    double *unit; /* the mean throughput: numbers of any size become numbers near 1 */
};

static bool problem_open(struct problem *problem, const struct study_sample *sample)
{
    size_t n = sample->run_count;
    double *memory = malloc((n ? n : 1) * (TERMS + 2) * sizeof *memory);
    if (!memory)
        return false;
    *problem = (struct problem){.sample = sample, .rows = (double(*)[TERMS])memory};
    problem->residual = memory + TERMS * n;
    problem->unit = memory + (TERMS + 1) * n;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += 1.0 / sample->seconds[i];
    for (size_t i = 0; i < n; i++)
        problem->unit[i] = sum / (double)n;
    return true;
}

static void problem_close(struct problem *problem)
{
    free(problem->rows);
}

/* Sets rows and residuals at the parameters; the sum of squares, infinite beyond a pole. */
static double evaluate(const struct problem *problem, const double p[TERMS], unsigned active)
{
    double sum = 0.0;
    for (size_t i = 0; i < problem->sample->run_count; i++) {
        double row[TERMS], value = throughput(p, problem->sample->threads[i], row);
        if (!(value > 0.0))
            return INFINITY;
        for (int j = 0, k = 0; j < TERMS; j++) {
            if (active >> j & 1)
                problem->rows[i][k++] = row[j];
        }
        problem->residual[i] = 1.0 / problem->sample->seconds[i] - value;
        sum += problem->residual[i] * problem->residual[i];
    }
    return isfinite(sum) ? sum : INFINITY;
}

/* The linear problem at the last evaluated parameters; its terms are the active ones. */
static bool linearise(struct least_squares_fit *fit, const struct problem *problem, unsigned active)
{
    struct least_squares_data data = {
        .x = (const double(*)[TERMS])problem->rows,
        .y = problem->residual,
        .n = problem->sample->run_count,
        .terms = (int)(active & 1) + (int)(active >> 1 & 1) + (int)(active >> 2 & 1),
    };
    return least_squares_plain(fit, &data, problem->unit);
}

static void move(double next[TERMS], const double p[TERMS], const struct least_squares_fit *fit,
                 unsigned active, double share)
{
    for (int j = 0, k = 0; j < TERMS; j++)
        next[j] = p[j] + (active >> j & 1 ? share * fit->free[k++] : 0.0);
}

/* Gauss–Newton in the active parameters; p is moved to the solution and `fit` is the linear problem
 * there. *squares is infinite when it does not converge. False: no memory. */
static bool descend(struct least_squares_fit *fit, const struct problem *problem, unsigned active,
                    double p[TERMS], double *squares)
{
    double now = evaluate(problem, p, active);
    *squares = INFINITY;
    for (int step = 0; step < MOST_STEPS && isfinite(now); step++) {
        if (!linearise(fit, problem, active))
            return false;
        if (!fit->solved)
            return true;
        double share = 1.0, next[TERMS], then = INFINITY;
        for (int i = 0; i < MOST_HALVINGS && !(then < now); i++, share /= 2.0) {
            move(next, p, fit, active, share);
            then = evaluate(problem, next, active);
        }
        /* No step is downhill any more, by rounding or because this is the bottom. */
        if (!(then < now)) {
            *squares = now;
            return true;
        }
        memcpy(p, next, sizeof next);
        now = then;
    }
    return true;
}

/* The solution with neither σ nor κ below 0: the best of those with some of them left out. */
static bool bounded(const struct problem *problem, double p[TERMS])
{
    static const unsigned sets[] = {1 | 2, 1 | 4, 1};
    double best = INFINITY, gamma = p[0], squares;
    if (p[1] >= 0.0 && p[2] >= 0.0)
        return true;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct least_squares_fit ignored;
        double q[TERMS] = {gamma, sets[i] & 2 ? 0.1 : 0.0, sets[i] & 4 ? 1e-3 : 0.0};
        if (!descend(&ignored, problem, sets[i], q, &squares))
            return false;
        if (q[1] >= 0.0 && q[2] >= 0.0 && squares < best) {
            best = squares;
            memcpy(p, q, sizeof q);
        }
    }
    return true;
}

static void to_times(double beta[TERMS], const double p[TERMS])
{
    beta[0] = (1.0 - p[1]) / p[0];
    beta[1] = p[1] / p[0];
    beta[2] = p[2] / p[0];
}

/* Covariance of A, B and C from that of γ, σ and κ, with T(1) = 1/γ held fast. */
static void to_times_covariance(struct least_squares_fit *fit, double of[TERMS][TERMS],
                                double gamma)
{
    static const double jacobian[TERMS][2] = {{-1.0, 0.0}, {1.0, 0.0}, {0.0, 1.0}};
    for (int i = 0; i < TERMS; i++) {
        for (int j = 0; j < TERMS; j++) {
            double sum = 0.0;
            for (int k = 0; k < 4; k++)
                sum += jacobian[i][k / 2] * of[1 + k / 2][1 + k % 2] * jacobian[j][k % 2];
            fit->covariance[i][j] = sum / (gamma * gamma);
        }
    }
}

bool usl_fit_throughput(struct least_squares_fit *fit, const struct study_sample *sample)
{
    struct problem problem;
    struct least_squares_fit linear;
    if (!fit->solved)
        return true;
    if (!problem_open(&problem, sample))
        return false;
    double t1 = time_space_time(fit->estimate, 1.0), squares;
    double p[TERMS] = {1.0 / t1, fit->estimate[1] / t1, fit->estimate[2] / t1};
    bool memory = descend(&linear, &problem, 7, p, &squares);
    fit->solved = memory && isfinite(squares) && p[0] > 0.0;
    if (fit->solved) {
        to_times(fit->free, p);
        to_times_covariance(fit, linear.covariance, p[0]);
        fit->scale = linear.scale;
        fit->rss = fit->rss_estimate = linear.rss;
        memory = bounded(&problem, p);
        fit->solved = p[0] > 0.0 && p[1] >= 0.0 && p[1] <= 1.0 && p[2] >= 0.0;
        to_times(fit->estimate, p);
    }
    problem_close(&problem);
    return memory;
}
