/*
 * Simulated sweeps with a known truth: do 95 % intervals hold it 95 times of 100, and how often is
 * a peak or a knee seen that is not there, or missed that is?
 *
 * usage: study_coverage SWEEPS [markdown]
 *
 * SWEEPS are simulated for each cell: a serial share, a noise, a largest number of threads. The
 * threads are those that a sweep runs by default, each five times; the noise is normal and
 * relative, and one run of twenty is spoiled and takes up to 30 % longer. Exit status 1 when a rate
 * is outside its bounds, which are widened by what chance does to so many sweeps. `markdown` prints
 * the table of the README instead of a line for each cell.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "model/study.h"

#define REPETITIONS 5
#define MOST_POINTS 12
#define SPOILED     0.05
#define SPOILED_BY  0.30

/* Standard deviations of a binomial that a rate may be outside its bounds: once in 30,000. */
#define CHANCE 4.0

static const double shares[] = {0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5};
static const double noises[] = {0.01, 0.02, 0.05};
static const int teams[] = {8, 16, 64};
static const int default_threads[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};

enum { SHARES = 8, NOISES = 3, TEAMS = 3, TRUTHS = 4 };

/* What is planted besides the serial share; bent at most/divisor threads. */
static const struct planted {
    const char *what;
    int divisor;
    bool knee;
} planted[TRUTHS] = {{"nothing", 0, false},
                     {"a peak at 1/4", 4, false},
                     {"a peak at 1/2", 2, false},
                     {"a knee at 1/4", 4, true}};

struct cell {
    double s, noise;
    int most;
    const struct planted *planted;
    /* counted sweeps */
    int share_held, point_held, most_held, twice_held, refused, peaks, knees, knee_held;
};

/* T(p) of the cell's truth, in units of one thread's time. */
static double truth(const struct cell *cell, double threads)
{
    double bend = cell->planted->divisor ? (double)cell->most / cell->planted->divisor : INFINITY;
    double parallel = 1.0 - cell->s;
    if (cell->planted->knee)
        return parallel / fmin(threads, bend) + cell->s;
    return parallel / threads + cell->s + parallel / (bend * bend) * (threads - 1.0);
}

static size_t simulate(const struct cell *cell, gsl_rng *rng, struct study_run *runs)
{
    size_t count = 0;
    for (size_t i = 0; i < MOST_POINTS && default_threads[i] <= cell->most; i++) {
        for (int k = 0; k < REPETITIONS; k++) {
            double factor = 1.0 + gsl_ran_gaussian(rng, cell->noise);
            if (gsl_rng_uniform(rng) < SPOILED)
                factor *= 1.0 + SPOILED_BY * gsl_rng_uniform(rng);
            runs[count++] = (struct study_run){
                .threads = default_threads[i],
                .seconds = 10.0 * truth(cell, default_threads[i]) * factor,
                .scale = 1.0,
                .capacity = NAN,
            };
        }
    }
    return count;
}

static bool holds(struct study_interval interval, double value)
{
    return interval.low <= value && value <= interval.high;
}

static void count_sweep(struct cell *cell, const struct study *study)
{
    double most = truth(cell, 1.0) / truth(cell, cell->most);
    double twice = truth(cell, 1.0) / truth(cell, 2.0 * cell->most);
    cell->share_held += holds(study->amdahl.serial_fraction_ci, cell->s);
    cell->point_held += holds(study->points[study->point_count - 1].speedup_ci, most);
    cell->most_held += holds(study->predictions[0].speedup_ci, most);
    cell->twice_held += holds(study->predictions[1].speedup_ci, twice);
    cell->refused += study->selected == STUDY_NONE;
    cell->peaks += !isnan(study->usl.peak_threads);
    cell->knees += study->selected == STUDY_KNEE;
    if (cell->planted->knee && study->selected == STUDY_KNEE)
        cell->knee_held += holds(study->knee.knee_ci, (double)cell->most / cell->planted->divisor);
}

/* Each cell has a generator of its own: the counts do not depend on who simulates it. */
static bool run_cell(struct cell *cell, unsigned long seed, int sweeps)
{
    struct study_run runs[MOST_POINTS * REPETITIONS];
    double predict[] = {cell->most, 2.0 * cell->most};
    const struct study_options options = {.predict = predict, .predict_count = 2};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    bool ok = rng != NULL;
    if (rng)
        gsl_rng_set(rng, seed);
    for (int i = 0; ok && i < sweeps; i++) {
        struct study study;
        size_t count = simulate(cell, rng, runs);
        ok = study_fit(&study, runs, count, NULL, 0, &options);
        if (ok)
            count_sweep(cell, &study);
        study_free(&study);
    }
    gsl_rng_free(rng);
    return ok;
}

static size_t make_cells(struct cell *cells)
{
    size_t count = 0;
    for (int kind = 0; kind < TRUTHS; kind++) {
        for (int i = 0; i < TEAMS * NOISES * SHARES; i++)
            cells[count++] = (struct cell){
                .s = shares[i % SHARES],
                .noise = noises[i / SHARES % NOISES],
                .most = teams[i / SHARES / NOISES],
                .planted = &planted[kind],
            };
    }
    return count;
}

static int wrong; /* rates outside their bounds */

static void check(const char *what, const struct cell *cell, int hits, long trials, double low,
                  double high)
{
    double rate = (double)hits / (double)trials;
    double below = low - CHANCE * sqrt(low * (1.0 - low) / (double)trials);
    double above = high + CHANCE * sqrt(high * (1.0 - high) / (double)trials);
    if (rate >= below && rate <= above)
        return;
    wrong++;
    printf("OUTSIDE %.1f to %.1f %%: %s %.2f %%", 100.0 * low, 100.0 * high, what, 100.0 * rate);
    if (cell)
        printf(" at s %g, noise %g, up to %d threads, planted: %s", cell->s, cell->noise,
               cell->most, cell->planted->what);
    printf("\n");
}

/* Where the knee is often overlooked, those that are found are the ones that chance made sharper:
 * their intervals are of another law than the one that is asked about. */
static bool knee_is_plain(const struct cell *cell, int sweeps)
{
    return cell->planted->knee && cell->knees > 0.95 * sweeps;
}

/* The nominal 95 % are required of all cells together within 1 %, of each within 2.5 %; the
 * interval of S(p) is one of a law that was selected first, which costs a little more. A point is
 * a ratio of plain means, to which spoiled runs among quiet ones are no normal scatter. Of a share
 * near 0 the whole interval is below 0 in 2.5 % of all sweeps, which then are refused as faster
 * than linear; another 1 % is refused for lack of fit. */
static void check_cell(const struct cell *cell, int sweeps)
{
    if (cell->planted->knee) {
        if (cell->s <= 0.1)
            check("knees found", cell, cell->knees, sweeps, 0.95, 1.0);
        if (knee_is_plain(cell, sweeps))
            check("coverage of the knee", cell, cell->knee_held, cell->knees, 0.92, 0.98);
        return;
    }
    if (cell->planted->divisor) {
        if (cell->planted->divisor == 4 || cell->s <= 0.05)
            check("peaks found", cell, cell->peaks, sweeps, 0.95, 1.0);
        return;
    }
    int said = sweeps - cell->refused;
    check("coverage of s", cell, cell->share_held, sweeps, 0.925, 0.975);
    check("coverage of the last point", cell, cell->point_held, sweeps, 0.91, 0.975);
    check("coverage of S(most)", cell, cell->most_held, said, 0.92, 0.975);
    check("coverage of S(twice the most)", cell, cell->twice_held, said, 0.92, 0.975);
    check("refusals of the true law", cell, cell->refused, sweeps, 0.0, 0.035);
    check("false peaks", cell, cell->peaks, sweeps, 0.0, 0.02);
    check("false knees", cell, cell->knees, sweeps, 0.0, 0.03);
}

static void add(struct cell *sum, const struct cell *cell)
{
    sum->share_held += cell->share_held;
    sum->point_held += cell->point_held;
    sum->most_held += cell->most_held;
    sum->twice_held += cell->twice_held;
    sum->refused += cell->refused;
    sum->peaks += cell->peaks;
    sum->knees += cell->knees;
    sum->knee_held += cell->knee_held;
}

static void check_all(const struct cell *cells, size_t count, int sweeps)
{
    struct cell sum = {.s = 0}, knees = {.s = 0};
    long trials = 0;
    for (size_t i = 0; i < count; i++) {
        check_cell(&cells[i], sweeps);
        if (knee_is_plain(&cells[i], sweeps))
            add(&knees, &cells[i]);
        if (cells[i].planted->divisor)
            continue;
        add(&sum, &cells[i]);
        trials += sweeps;
    }
    long said = trials - sum.refused;
    check("coverage of s", NULL, sum.share_held, trials, 0.94, 0.96);
    check("coverage of the last point", NULL, sum.point_held, trials, 0.94, 0.96);
    check("coverage of S(most)", NULL, sum.most_held, said, 0.94, 0.96);
    check("coverage of S(twice the most)", NULL, sum.twice_held, said, 0.94, 0.96);
    check("coverage of the knee", NULL, knees.knee_held, knees.knees, 0.94, 0.96);
    printf("%d rates outside their bounds\n", wrong);
}

static void print_cells(const struct cell *cells, size_t count, int sweeps)
{
    double percent = 100.0 / sweeps;
    for (size_t i = 0; i < count; i++) {
        const struct cell *c = &cells[i];
        double of_said = 100.0 / (sweeps - c->refused);
        printf("s %5.3f, noise %4.2f, up to %2d, %-13s: s %5.1f point %5.1f S(most) %5.1f "
               "S(twice) %5.1f refused %4.1f peaks %5.1f knees %5.1f",
               c->s, c->noise, c->most, c->planted->what, c->share_held * percent,
               c->point_held * percent, c->most_held * of_said, c->twice_held * of_said,
               c->refused * percent, c->peaks * percent, c->knees * percent);
        if (c->planted->knee && c->knees)
            printf(" held %5.1f", 100.0 * c->knee_held / c->knees);
        printf("\n");
    }
}

/* One line for all noises of a serial share and a team; the least and the greatest rate of a cell
 * say what the sum hides. */
static void print_markdown_line(const struct cell *cells, int share, int team, int sweeps)
{
    struct cell sum[TRUTHS] = {{.s = 0}};
    double trials = (double)NOISES * sweeps, percent = 100.0 / trials;
    for (int kind = 0; kind < TRUTHS; kind++) {
        for (int noise = 0; noise < NOISES; noise++)
            add(&sum[kind], &cells[((kind * TEAMS + team) * NOISES + noise) * SHARES + share]);
    }
    double of_said = 100.0 / (trials - sum[0].refused);
    printf("| %g | %d | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f |\n",
           shares[share], teams[team], sum[0].share_held * percent, sum[0].point_held * percent,
           sum[0].most_held * of_said, sum[0].twice_held * of_said, sum[0].refused * percent,
           sum[0].peaks * percent, sum[0].knees * percent, sum[1].peaks * percent,
           sum[2].peaks * percent, sum[3].knees * percent);
}

static void print_markdown(const struct cell *cells, int sweeps)
{
    printf("| s | p up to | held: s | the point at p | S(p) | S(2p) | refused | false peak | false "
           "knee "
           "| peak at p/4 found | at p/2 | knee at p/4 found |\n|%s\n",
           "--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (int team = 0; team < TEAMS; team++) {
        for (int share = 0; share < SHARES; share++)
            print_markdown_line(cells, share, team, sweeps);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    static struct cell cells[TRUTHS * TEAMS * NOISES * SHARES];
    int sweeps = argc > 1 ? atoi(argv[1]) : 0;
    bool markdown = argc > 2 && strcmp(argv[2], "markdown") == 0;
    if (sweeps < 1 || argc > 3 || (argc == 3 && !markdown)) {
        fprintf(stderr, "usage: study_coverage SWEEPS [markdown]\n");
        return 2;
    }
    size_t count = make_cells(cells);
    bool ok = true;
#pragma omp parallel for schedule(dynamic, 1) reduction(&& : ok)
    for (size_t i = 0; i < count; i++)
        ok = run_cell(&cells[i], 1 + i, sweeps) && ok;
    if (!ok) {
        fprintf(stderr, "study_coverage: no memory\n");
        return 2;
    }
    if (markdown)
        print_markdown(cells, sweeps);
    else
        print_cells(cells, count, sweeps);
    check_all(cells, count, sweeps);
    return wrong ? 1 : 0;
}
