#include "model/study_points.h"

#include <math.h>
#include <stdlib.h>

#include "model/karp_flatt.h"

/* What recommendations are made by: nobody misses 5 % of the time, and below an efficiency of
 * 0.8 a fifth of each thread is paid for nothing. */
#define NEAR_BEST       1.05
#define STILL_EFFICIENT 0.8

static int fewer_threads_first(const void *a, const void *b)
{
    const struct study_point *x = a, *y = b;
    return (x->threads > y->threads) - (x->threads < y->threads);
}

static struct study_point *find(struct study *study, int threads)
{
    for (size_t i = 0; i < study->point_count; i++) {
        if (study->points[i].threads == threads)
            return &study->points[i];
    }
    return NULL;
}

/* One point for each number of threads; excluded until a kept run is seen. */
static bool list(struct study *study, const struct study_run *runs, size_t count)
{
    study->points = calloc(count ? count : 1, sizeof *study->points);
    if (!study->points)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!study_sample_usable(&runs[i]))
            continue;
        struct study_point *point = find(study, runs[i].threads);
        if (!point) {
            point = &study->points[study->point_count++];
            *point = (struct study_point){
                .threads = runs[i].threads, .excluded = true, .why = runs[i].why};
        }
        if (!runs[i].excluded)
            point->excluded = false;
    }
    qsort(study->points, study->point_count, sizeof *study->points, fewer_threads_first);
    return true;
}

/* Means over the point's kept runs, or over the excluded ones where there are no others. */
static double average(struct study_point *point, const struct study_run *runs, size_t count)
{
    double seconds = 0.0, scale = 0.0, capacity = 0.0;
    int measured = 0;
    for (size_t i = 0; i < count; i++) {
        if (runs[i].threads != point->threads || runs[i].excluded != point->excluded ||
            !study_sample_usable(&runs[i]))
            continue;
        point->runs++;
        seconds += runs[i].seconds;
        scale += study_sample_scale(&runs[i]);
        if (runs[i].capacity > 0.0 && isfinite(runs[i].capacity)) {
            capacity += runs[i].capacity;
            measured++;
        }
    }
    point->why = point->excluded ? point->why : NULL;
    point->seconds = seconds / point->runs;
    point->attainable = measured ? capacity / measured : NAN;
    return scale / point->runs;
}

/* value·e^(±t·sd·√share) */
static struct study_interval around(double value, double t, double sd, double share)
{
    double factor = exp(t * sd * sqrt(share));
    return (struct study_interval){value / factor, value * factor};
}

struct pooled {
    double t, sd; /* NAN without repetitions */
};

static struct pooled pool(const struct study_sample *sample)
{
    double degrees = sample->pure_degrees;
    return (struct pooled){
        .t = least_squares_student(0.95, degrees),
        .sd = degrees > 0.0 ? sqrt(sample->pure_error / degrees) : NAN,
    };
}

/* The fewest threads with a kept run: one thread, if there is a way. */
static const struct study_point *base_point(const struct study *study)
{
    for (size_t i = 0; i < study->point_count; i++) {
        if (!study->points[i].excluded)
            return &study->points[i];
    }
    return NULL;
}

static void compare(struct study *study, struct study_point *point, const struct study_point *base,
                    double work, struct pooled pooled)
{
    bool itself = point == base;
    point->speedup = itself ? 1.0 : work * base->seconds / point->seconds;
    point->speedup_ci =
        itself ? (struct study_interval){1.0, 1.0}
               : around(point->speedup, pooled.t, pooled.sd, 1.0 / point->runs + 1.0 / base->runs);
    /* Without one-thread runs efficiency is that of the threads added to the base. */
    point->efficiency = point->speedup * base->threads / point->threads;
    bool meaningful = base->threads == 1 && !study->weak;
    point->karp_flatt = meaningful ? karp_flatt(point->speedup, point->threads) : NAN;
    point->karp_flatt_ci = meaningful && !itself
                               ? karp_flatt_interval(point->speedup_ci, point->threads)
                               : (struct study_interval){NAN, NAN};
}

bool study_points_fill(struct study *study, const struct study_sample *sample,
                       const struct study_run *runs, size_t count)
{
    double *work = malloc((count ? count : 1) * sizeof *work);
    if (!work || !list(study, runs, count)) {
        free(work);
        return false;
    }
    struct pooled pooled = pool(sample);
    for (size_t i = 0; i < study->point_count; i++) {
        struct study_point *point = &study->points[i];
        work[i] = average(point, runs, count);
        point->seconds_ci = around(point->seconds, pooled.t, pooled.sd, 1.0 / point->runs);
        point->speedup = point->efficiency = point->karp_flatt = NAN;
        point->speedup_ci = point->karp_flatt_ci = (struct study_interval){NAN, NAN};
    }
    const struct study_point *base = base_point(study);
    if (base) {
        study->base_threads = base->threads;
        study->base_seconds = base->seconds;
        for (size_t i = 0; i < study->point_count; i++)
            compare(study, &study->points[i], base, work[i] / work[base - study->points], pooled);
    }
    free(work);
    return true;
}

void study_points_recommend(struct study *study)
{
    double best = INFINITY;
    for (size_t i = 0; i < study->point_count; i++) {
        if (!study->points[i].excluded)
            best = fmin(best, study->points[i].seconds);
    }
    for (size_t i = study->point_count; i-- > 0;) {
        const struct study_point *point = &study->points[i];
        if (!point->excluded && point->seconds <= NEAR_BEST * best)
            study->recommended = point->threads;
        if (!point->excluded && point->efficiency >= STILL_EFFICIENT &&
            !study->recommended_efficient)
            study->recommended_efficient = point->threads;
    }
}
