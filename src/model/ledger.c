#include "model/ledger.h"

#include <math.h>
#include <stdlib.h>

#include "model/study_sample.h"

/* Mean times of the runs of one point: numerators and denominators are added over the repetitions,
 * never ledgers averaged. */
struct times {
    int runs;
    double wall, serial, region, max_busy, mean_busy;
    double work; /* serial + the busy seconds of all threads */
};

static struct times mean_times(const struct study_point *point, const struct study_run *runs,
                               size_t count)
{
    struct times sum = {.runs = 0};
    for (size_t i = 0; i < count; i++) {
        const struct study_account *account = &runs[i].account;
        if (!account->known || runs[i].threads != point->threads ||
            runs[i].excluded != point->excluded || !study_sample_usable(&runs[i]))
            continue;
        sum.runs++;
        sum.wall += runs[i].seconds;
        sum.region += account->region;
        sum.max_busy += account->max_busy;
        sum.mean_busy += account->mean_busy;
    }
    double share = sum.runs ? 1.0 / sum.runs : 0.0;
    sum.wall *= share;
    sum.region *= share;
    sum.max_busy *= share;
    sum.mean_busy *= share;
    sum.serial = sum.wall - sum.region;
    sum.work = sum.serial + point->threads * sum.mean_busy;
    return sum;
}

static struct study_ledger ledger(int threads, const struct times *at, const struct times *one)
{
    double p = threads, wall = at->wall, paid = one->wall - one->work;
    return (struct study_ledger){
        .threads = threads,
        .speedup = one->wall / wall,
        .serial = (p - 1.0) * at->serial / wall,
        .imbalance = p * (at->max_busy - at->mean_busy) / wall,
        .overhead = (p * (at->region - at->max_busy) - paid) / wall,
        .inflation = (at->work - one->work) / wall,
        .inflation_serial = (at->serial - one->serial) / wall,
    };
}

static struct study_pop pop(int threads, const struct times *at, const struct times *one)
{
    double p = threads, wall = at->wall;
    return (struct study_pop){
        .threads = threads,
        .thread_efficiency = at->work / (p * wall),
        .serial_region = 1.0 - at->serial / wall * (1.0 - 1.0 / p),
        .region = 1.0 - (at->region - at->mean_busy) / wall,
        .imbalance = (at->max_busy - at->mean_busy) / wall,
        .overhead = (at->region - at->max_busy) / wall,
        .scalability = one->work / at->work,
    };
}

bool ledger_fill(struct study *study, const struct study_run *runs, size_t count)
{
    study->timers_serial = NAN;
    if (!study->point_count || study->points[0].threads != 1 || study->points[0].excluded)
        return true;
    struct times one = mean_times(&study->points[0], runs, count);
    if (!one.runs)
        return true;
    study->timers_serial = one.serial / one.wall;
    if (study->weak)
        return true;
    study->ledgers = malloc(study->point_count * sizeof *study->ledgers);
    study->pops = malloc(study->point_count * sizeof *study->pops);
    if (!study->ledgers || !study->pops)
        return false;
    for (size_t i = 0; i < study->point_count; i++) {
        int threads = study->points[i].threads;
        struct times at = mean_times(&study->points[i], runs, count);
        if (!at.runs)
            continue;
        study->ledgers[study->ledger_count] = ledger(threads, &at, &one);
        study->pops[study->ledger_count++] = pop(threads, &at, &one);
    }
    return true;
}
