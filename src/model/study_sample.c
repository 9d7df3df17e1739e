#include "model/study_sample.h"

#include <math.h>
#include <stdlib.h>

#include "model/time_space.h"

bool study_sample_usable(const struct study_run *run)
{
    return run->threads >= 1 && run->seconds > 0.0 && isfinite(run->seconds) && run->scale >= 0.0 &&
           isfinite(run->scale);
}

double study_sample_scale(const struct study_run *run)
{
    return run->scale > 0.0 ? run->scale : 1.0;
}

static bool kept(const struct study_run *run)
{
    return !run->excluded && study_sample_usable(run);
}

static int fewer_threads_first(const void *a, const void *b)
{
    const struct study_run *const *x = a, *const *y = b;
    return ((*x)->threads > (*y)->threads) - ((*x)->threads < (*y)->threads);
}

static bool allocate(struct study_sample *sample, size_t count)
{
    size_t terms = LEAST_SQUARES_TERMS;
    double *memory = malloc((count ? count : 1) * (2 * terms + 6) * sizeof *memory);
    if (!memory)
        return false;
    sample->rows = (double(*)[LEAST_SQUARES_TERMS])memory;
    sample->mean_rows = (double(*)[LEAST_SQUARES_TERMS])(memory + count * terms);
    memory += 2 * count * terms;
    sample->seconds = memory;
    sample->threads = memory + count;
    sample->scales = memory + 2 * count;
    sample->means = memory + 3 * count;
    sample->point_threads = memory + 4 * count;
    sample->units = memory + 5 * count;
    return true;
}

/* Runs first…end−1 have the same number of threads. */
static void add_point(struct study_sample *sample, size_t first, size_t end)
{
    double runs = (double)(end - first), sum = 0.0;
    for (size_t i = first; i < end; i++)
        sum += sample->seconds[i];
    double mean = sum / runs;
    for (size_t i = first; i < end; i++) {
        double off = sample->seconds[i] / mean - 1.0;
        sample->pure_error += off * off;
    }
    sample->pure_degrees += runs - 1.0;
    size_t point = sample->point_count++;
    sample->means[point] = mean;
    sample->units[point] = mean / sqrt(runs);
    sample->point_threads[point] = sample->threads[first];
    time_space_row(sample->threads[first], sample->mean_rows[point]);
}

static void fill(struct study_sample *sample, const struct study_run **order)
{
    for (size_t i = 0; i < sample->run_count; i++) {
        sample->seconds[i] = order[i]->seconds;
        sample->threads[i] = order[i]->threads;
        sample->scales[i] = study_sample_scale(order[i]);
        sample->weak = sample->weak || sample->scales[i] != 1.0;
        time_space_row(sample->threads[i], sample->rows[i]);
    }
    for (size_t first = 0, end; first < sample->run_count; first = end) {
        for (end = first + 1; end < sample->run_count; end++) {
            if (sample->threads[end] != sample->threads[first])
                break;
        }
        add_point(sample, first, end);
    }
}

bool study_sample_open(struct study_sample *sample, const struct study_run *runs, size_t count)
{
    *sample = (struct study_sample){.run_count = 0};
    const struct study_run **order = malloc((count ? count : 1) * sizeof *order);
    if (!order)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (kept(&runs[i]))
            order[sample->run_count++] = &runs[i];
    }
    bool ok = allocate(sample, sample->run_count);
    if (ok) {
        qsort(order, sample->run_count, sizeof *order, fewer_threads_first);
        fill(sample, order);
    }
    free(order);
    return ok;
}

void study_sample_close(struct study_sample *sample)
{
    free(sample->rows);
    sample->rows = NULL;
}
