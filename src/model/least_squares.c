#include "model/least_squares.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sort.h>

#define TERMS LEAST_SQUARES_TERMS
/* The right-hand side is one more column, so that the triangle holds all that is to be known. */
#define COLUMNS (TERMS + 1)

/* Huber's constant: 95 % of the efficiency of least squares when nothing is spoiled. */
#define HUBER 1.345
/* The median of |N(0,1)|: makes the median of residuals a standard deviation. */
#define NORMAL_MEDIAN 0.6744897501960817
/* Steps of some hundredth of the scatter each are enough; the last ones change nothing. */
#define MOST_STEPS 40
/* A column that is a combination of the others to this share cannot be told from them. */
#define DEPENDENT 1e-9

/* All that one fit works on; one allocation. */
struct work {
    double *rows;     /* [max(n, COLUMNS)][COLUMNS] */
    double *unit;     /* [n] what a residual is divided by */
    double *weight;   /* [n] of Huber */
    double *residual; /* [n] divided by its unit */
    double *spread;   /* [n] sqrt(1 − leverage) */
    double *sorted;   /* [n] */
};

/* The upper triangle of the QR decomposition of [X y]: sums of squares over any linear
 * combination of the columns are those over all the rows. */
struct triangle {
    double r[COLUMNS][COLUMNS];
    int terms;
};

static bool work_open(struct work *work, size_t n)
{
    size_t rows = n < COLUMNS ? COLUMNS : n;
    double *memory = malloc((rows * COLUMNS + 5 * n) * sizeof *memory);
    if (!memory)
        return false;
    *work = (struct work){.rows = memory};
    memory += rows * COLUMNS;
    work->unit = memory;
    work->weight = memory + n;
    work->residual = memory + 2 * n;
    work->spread = memory + 3 * n;
    work->sorted = memory + 4 * n;
    return true;
}

static void work_close(struct work *work)
{
    free(work->rows);
}

static void reduce(struct triangle *triangle, const struct least_squares_data *data,
                   struct work *work)
{
    size_t terms = (size_t)data->terms, columns = terms + 1;
    size_t rows = data->n < columns ? columns : data->n;
    for (size_t i = 0; i < data->n; i++) {
        double factor = sqrt(work->weight[i]) / work->unit[i];
        for (size_t j = 0; j < terms; j++)
            work->rows[i * columns + j] = data->x[i][j] * factor;
        work->rows[i * columns + terms] = data->y[i] * factor;
    }
    for (size_t i = data->n * columns; i < rows * columns; i++)
        work->rows[i] = 0.0;

    double tau[COLUMNS];
    gsl_matrix_view matrix = gsl_matrix_view_array(work->rows, rows, columns);
    gsl_vector_view scalars = gsl_vector_view_array(tau, columns);
    gsl_linalg_QR_decomp(&matrix.matrix, &scalars.vector);

    memset(triangle, 0, sizeof *triangle);
    triangle->terms = data->terms;
    for (size_t i = 0; i < columns; i++) {
        for (size_t j = i; j < columns; j++)
            triangle->r[i][j] = work->rows[i * columns + j];
    }
}

/* Solves the triangle; *rss is what remains. False: dependent columns or overflow. */
static bool solve(const struct triangle *triangle, double beta[TERMS], double *rss)
{
    int terms = triangle->terms;
    for (int i = terms - 1; i >= 0; i--) {
        double sum = triangle->r[i][terms], norm = 0.0;
        for (int j = i + 1; j < terms; j++)
            sum -= triangle->r[i][j] * beta[j];
        for (int k = 0; k <= i; k++)
            norm = hypot(norm, triangle->r[k][i]);
        if (!(fabs(triangle->r[i][i]) > DEPENDENT * norm))
            return false;
        beta[i] = sum / triangle->r[i][i];
        if (!isfinite(beta[i]))
            return false;
    }
    *rss = triangle->r[terms][terms] * triangle->r[terms][terms];
    return isfinite(*rss);
}

/* Solves for the terms whose bit is set in `active`, the others being 0. */
static bool solve_active(const struct triangle *triangle, unsigned active, double beta[TERMS],
                         double *rss)
{
    struct triangle some = {.terms = 0};
    double rows[COLUMNS * COLUMNS] = {0}, tau[COLUMNS], part[TERMS];
    size_t columns = 0;
    for (int j = 0; j <= triangle->terms; j++) {
        if (j < triangle->terms && !(active >> j & 1))
            continue;
        for (int i = 0; i <= triangle->terms; i++)
            rows[(size_t)i * COLUMNS + columns] = triangle->r[i][j];
        columns++;
    }
    gsl_matrix_view matrix = gsl_matrix_view_array_with_tda(rows, COLUMNS, columns, COLUMNS);
    gsl_vector_view scalars = gsl_vector_view_array(tau, columns);
    gsl_linalg_QR_decomp(&matrix.matrix, &scalars.vector);
    some.terms = (int)columns - 1;
    for (size_t i = 0; i < columns; i++) {
        for (size_t j = i; j < columns; j++)
            some.r[i][j] = rows[i * COLUMNS + j];
    }
    if (!solve(&some, part, rss))
        return false;
    for (int j = 0, k = 0; j < triangle->terms; j++)
        beta[j] = active >> j & 1 ? part[k++] : 0.0;
    return true;
}

static bool none_negative(const double beta[TERMS], int terms)
{
    for (int j = 0; j < terms; j++) {
        if (!(beta[j] >= 0.0))
            return false;
    }
    return true;
}

/* The estimate without negative terms. With so few terms all active sets are tried: the best one
 * is then certain, without a solver that could stop early. */
static bool solve_nonnegative(const struct triangle *triangle, struct least_squares_fit *fit)
{
    memcpy(fit->estimate, fit->free, sizeof fit->estimate);
    fit->rss_estimate = fit->rss;
    if (none_negative(fit->free, fit->terms))
        return true;
    fit->rss_estimate = INFINITY;
    for (unsigned active = 0; active < (1u << fit->terms) - 1; active++) {
        double beta[TERMS] = {0}, rss;
        if (!solve_active(triangle, active, beta, &rss) || !none_negative(beta, fit->terms) ||
            rss >= fit->rss_estimate)
            continue;
        memcpy(fit->estimate, beta, sizeof fit->estimate);
        fit->rss_estimate = rss;
    }
    return isfinite(fit->rss_estimate);
}

static double fitted_value(const struct least_squares_data *data, size_t i,
                           const double beta[TERMS])
{
    double sum = 0.0;
    for (int j = 0; j < data->terms; j++)
        sum += data->x[i][j] * beta[j];
    return sum;
}

/* inverse·inverseᵀ is (XᵀX)⁻¹ of the rows that made the triangle. */
static void invert(const struct triangle *triangle, double inverse[TERMS][TERMS])
{
    int terms = triangle->terms;
    memset(inverse, 0, sizeof(double[TERMS][TERMS]));
    for (int column = 0; column < terms; column++) {
        for (int i = column; i >= 0; i--) {
            double sum = i == column;
            for (int k = i + 1; k <= column; k++)
                sum -= triangle->r[i][k] * inverse[k][column];
            inverse[i][column] = sum / triangle->r[i][i];
        }
    }
}

static void set_covariance(struct least_squares_fit *fit, const struct triangle *triangle,
                           double variance)
{
    double inverse[TERMS][TERMS];
    invert(triangle, inverse);
    for (int i = 0; i < fit->terms; i++) {
        for (int j = 0; j < fit->terms; j++) {
            double sum = 0.0;
            for (int k = 0; k < fit->terms; k++)
                sum += inverse[i][k] * inverse[j][k];
            fit->covariance[i][j] = fit->degrees > 0 ? sum * variance : NAN;
        }
    }
}

/* Units become the fitted values. A wild first fit may be near or below 0 somewhere; the floor
 * keeps that row from ruling the others. */
static void set_units(const struct least_squares_data *data, struct work *work,
                      const double beta[TERMS])
{
    for (size_t i = 0; i < data->n; i++) {
        double value = fitted_value(data, i, beta), floor = data->y[i] / 8.0;
        work->unit[i] = value > floor ? value : floor;
    }
}

/* Residuals of rows that pull the fit to themselves look too small; spread corrects for that. */
static void set_spread(const struct least_squares_data *data, struct work *work,
                       const struct triangle *triangle)
{
    double inverse[TERMS][TERMS];
    invert(triangle, inverse);
    for (size_t i = 0; i < data->n; i++) {
        double leverage = 0.0;
        for (int j = 0; j < data->terms; j++) {
            double sum = 0.0;
            for (int k = 0; k <= j; k++)
                sum += inverse[k][j] * data->x[i][k];
            leverage += sum * sum / (work->unit[i] * work->unit[i]);
        }
        work->spread[i] = sqrt(1.0 - fmin(leverage, 0.999));
    }
}

static void set_residuals(const struct least_squares_data *data, struct work *work,
                          const double beta[TERMS])
{
    for (size_t i = 0; i < data->n; i++)
        work->residual[i] = (data->y[i] - fitted_value(data, i, beta)) / work->unit[i];
}

/* Standard deviation from the median of the residuals but the `terms` smallest, which the fit has
 * made small by passing near them. */
static double median_scale(const struct least_squares_data *data, struct work *work)
{
    size_t terms = (size_t)data->terms, left;
    for (size_t i = 0; i < data->n; i++)
        work->sorted[i] = fabs(work->residual[i]) / work->spread[i];
    gsl_sort(work->sorted, 1, data->n);
    left = data->n - terms;
    const double *rest = work->sorted + terms;
    double median = left % 2 ? rest[left / 2] : 0.5 * (rest[left / 2 - 1] + rest[left / 2]);
    return fmax(median / NORMAL_MEDIAN, LEAST_SQUARES_FINEST);
}

/* The standard deviation that turns (XᵀX)⁻¹ into the covariance of Huber's estimate: formula of
 * Street, Carroll and Ruppert with Huber's small-sample factor. */
static double robust_scale(const struct least_squares_data *data, const struct work *work,
                           double scale)
{
    double n = (double)data->n, terms = data->terms, squares = 0.0, inside = 0.0;
    for (size_t i = 0; i < data->n; i++) {
        double u = fabs(work->residual[i]) / (scale * work->spread[i]);
        double psi = fmin(u, HUBER);
        squares += psi * psi * work->spread[i] * work->spread[i];
        inside += u <= HUBER;
    }
    double share = fmax(inside / n, 1.0 / n);
    double correction = 1.0 + terms / n * (1.0 - share) / share;
    return correction * scale * sqrt(squares / (n - terms)) / share;
}

/* One step of reweighting: solves with the weights that the residuals of `beta` ask for. */
static bool step(const struct least_squares_data *data, struct work *work, double beta[TERMS],
                 struct triangle *triangle, double *scale, double *moved)
{
    double next[TERMS], rss;
    set_residuals(data, work, beta);
    *scale = median_scale(data, work);
    for (size_t i = 0; i < data->n; i++) {
        double u = fabs(work->residual[i]) / (*scale * work->spread[i]);
        work->weight[i] = u <= HUBER ? 1.0 : HUBER / u;
    }
    reduce(triangle, data, work);
    if (!solve(triangle, next, &rss))
        return false;
    *moved = 0.0;
    for (size_t i = 0; i < data->n; i++) {
        double change = fitted_value(data, i, next) - fitted_value(data, i, beta);
        *moved = fmax(*moved, fabs(change) / work->unit[i]);
    }
    memcpy(beta, next, sizeof next);
    return true;
}

static void plain_weights(const struct least_squares_data *data, struct work *work)
{
    for (size_t i = 0; i < data->n; i++)
        work->weight[i] = 1.0;
}

/* Plain fits, each with units from the one before; the first from the data themselves. */
static bool start(const struct least_squares_data *data, struct work *work, double beta[TERMS],
                  struct triangle *triangle)
{
    double rss;
    plain_weights(data, work);
    memcpy(work->unit, data->y, data->n * sizeof *work->unit);
    for (int pass = 0; pass < 3; pass++) {
        reduce(triangle, data, work);
        if (!solve(triangle, beta, &rss))
            return false;
        set_units(data, work, beta);
    }
    set_spread(data, work, triangle);
    return true;
}

static bool robust(struct least_squares_fit *fit, const struct least_squares_data *data,
                   struct work *work)
{
    struct triangle triangle;
    if (!start(data, work, fit->free, &triangle))
        return false;
    double scale = 0.0, moved = INFINITY;
    if (fit->degrees > 0) {
        for (int i = 0; i < MOST_STEPS && moved > 1e-5 * scale; i++) {
            if (!step(data, work, fit->free, &triangle, &scale, &moved))
                return false;
            set_units(data, work, fit->free);
        }
        set_residuals(data, work, fit->free);
        scale = median_scale(data, work);
        fit->scale = fmax(robust_scale(data, work, scale), LEAST_SQUARES_FINEST);
    }
    fit->rss = triangle.r[fit->terms][fit->terms] * triangle.r[fit->terms][fit->terms];
    if (!solve_nonnegative(&triangle, fit))
        return false;
    plain_weights(data, work);
    reduce(&triangle, data, work);
    set_covariance(fit, &triangle, fit->scale * fit->scale);
    return isfinite(fit->scale);
}

static bool determined(struct least_squares_fit *fit, const struct least_squares_data *data)
{
    *fit =
        (struct least_squares_fit){.terms = data->terms, .degrees = (double)data->n - data->terms};
    return fit->degrees >= 0;
}

bool least_squares_robust(struct least_squares_fit *fit, const struct least_squares_data *data)
{
    struct work work;
    if (!determined(fit, data))
        return true;
    if (!work_open(&work, data->n))
        return false;
    fit->solved = robust(fit, data, &work);
    work_close(&work);
    return true;
}

bool least_squares_plain(struct least_squares_fit *fit, const struct least_squares_data *data,
                         const double *unit)
{
    struct work work;
    struct triangle triangle;
    if (!determined(fit, data))
        return true;
    if (!work_open(&work, data->n))
        return false;
    plain_weights(data, &work);
    memcpy(work.unit, unit, data->n * sizeof *unit);
    reduce(&triangle, data, &work);
    fit->solved = solve(&triangle, fit->free, &fit->rss) && solve_nonnegative(&triangle, fit);
    if (fit->solved) {
        if (fit->degrees > 0)
            fit->scale = fmax(sqrt(fit->rss / fit->degrees), LEAST_SQUARES_FINEST);
        set_covariance(fit, &triangle, fit->scale * fit->scale);
    }
    work_close(&work);
    return true;
}

double least_squares_aicc(double rss, size_t n, int parameters)
{
    double k = parameters + 1.0, count = (double)n; /* the scatter is a parameter too */
    if (!(count - k - 1.0 > 0.0))
        return NAN;
    double finest = count * LEAST_SQUARES_FINEST * LEAST_SQUARES_FINEST;
    return count * log(fmax(rss, finest) / count) + 2.0 * k +
           2.0 * k * (k + 1.0) / (count - k - 1.0);
}

double least_squares_student(double level, double degrees)
{
    return degrees > 0.0 ? gsl_cdf_tdist_Pinv(0.5 + level / 2.0, degrees) : NAN;
}
