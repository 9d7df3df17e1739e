/*
 * figures_curves: speed-up, efficiency, Karp-Flatt and residuals, all drawn over the threads.
 */
#include "report/figures_data.h"

#include <math.h>

#define CURVE_STEPS 96 /* a step is less than two pixels of bend at any size drawn */

bool figures_curves_possible(const struct analysis_group *group, enum figures_kind kind)
{
    switch (kind) {
    case FIGURES_KARP_FLATT:
        return figures_lists_karp_flatt(group, true) || figures_lists_karp_flatt(group, false);
    case FIGURES_RESIDUALS:
        return figures_lists_curve(group) && isfinite(figures_data_fitted_base(group));
    default:
        return group->study.point_count > 1 && group->study.base_seconds > 0;
    }
}

/* An interval that gnuplot can draw: an unknown one has no length, an open end is cut. */
static void write_interval(struct writer *writer, double value, struct study_interval interval,
                           double least, double most)
{
    double low = isnan(interval.low) ? value : fmax(interval.low, least);
    double high = isnan(interval.high) ? value : fmin(interval.high, most);
    writer_text(writer, " ");
    writer_number(writer, value, 7);
    writer_text(writer, " ");
    writer_number(writer, low, 7);
    writer_text(writer, " ");
    writer_number(writer, high, 7);
}

static void write_points(struct writer *writer, const struct analysis *analysis)
{
    writer_text(writer,
                "# group, threads, kept, runs, seconds and interval, speed-up and interval, "
                "Karp-Flatt and interval, attainable\n$POINTS << EOD\n");
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct study *study = &analysis->groups[g].study;
        for (size_t i = 0; i < study->point_count; i++) {
            const struct study_point *point = &study->points[i];
            writer_print(writer, "%zu %d %d %d", g + 1, point->threads, !point->excluded,
                         point->runs);
            write_interval(writer, point->seconds, point->seconds_ci, point->seconds / 100,
                           100 * point->seconds);
            write_interval(writer, point->speedup, point->speedup_ci, point->speedup / 100,
                           100 * point->speedup);
            write_interval(writer, point->karp_flatt, point->karp_flatt_ci, -9, 9);
            writer_text(writer, " ");
            writer_number(writer, point->attainable, 7);
            writer_text(writer, "\n");
        }
    }
    writer_text(writer, "EOD\n");
}

/* Where among the runs of its point a run stands, from -0.5 to 0.5, in the order of measuring. */
static double place_in_point(const struct analysis_group *group, size_t run)
{
    size_t before = 0, count = 0;
    for (size_t i = 0; i < group->run_count; i++)
        if (group->runs[i].threads == group->runs[run].threads) {
            before += i < run;
            count++;
        }
    return count > 1 ? (double)before / (double)(count - 1) - 0.5 : 0;
}

static double residual_of(const struct analysis_group *group, const struct study_run *run,
                          double base)
{
    double fitted =
        base * figures_data_scale(group, run) / figures_data_curve(group, run->threads, NULL);
    return run->seconds / fitted - 1;
}

static void write_runs(struct writer *writer, const struct analysis *analysis)
{
    writer_text(writer, "# group, threads, kept, seconds, speed-up, (measured - fitted) / fitted, "
                        "place in the order of runs\n$RUNS << EOD\n");
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct analysis_group *group = &analysis->groups[g];
        double base = figures_data_fitted_base(group);
        for (size_t i = 0; i < group->run_count; i++) {
            const struct study_run *run = &group->runs[i];
            writer_print(writer, "%zu %d %d %.9g ", g + 1, run->threads, !run->excluded,
                         run->seconds);
            writer_number(writer, figures_data_run_speedup(group, run), 7);
            writer_text(writer, " ");
            writer_number(writer, residual_of(group, run, base), 5);
            writer_print(writer, " %.3g\n", place_in_point(group, i));
        }
    }
    writer_text(writer, "EOD\n");
}

/* A stretch of the curve in equal ratios of threads. */
static void write_stretch(struct writer *writer, size_t number, const struct analysis_group *group,
                          double from, double to, int beyond)
{
    for (int i = 0; i <= CURVE_STEPS; i++) {
        struct study_interval band;
        double threads = from * pow(to / from, (double)i / CURVE_STEPS);
        double speedup = figures_data_curve(group, threads, &band);
        writer_print(writer, "%zu %.7g", number, threads);
        write_interval(writer, speedup, band, speedup / 100, 100 * speedup);
        writer_print(writer, " %d\n", beyond);
    }
}

static void write_curves(struct writer *writer, const struct analysis *analysis)
{
    writer_text(writer, "# group, threads, speed-up of the law and band, 1 where extrapolated\n"
                        "$CURVE << EOD\n"
                        "0 1 1 1 1 0\n"); /* gnuplot complains about an empty block */
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct analysis_group *group = &analysis->groups[g];
        double most = figures_data_most(group, true);
        if (!figures_lists_curve(group))
            continue;
        write_stretch(writer, g + 1, group, 1, most, 0);
        if (figures_lists_reach(group))
            write_stretch(writer, g + 1, group, most, figures_data_reach(group), 1);
    }
    writer_text(writer, "EOD\n");
}

/* Mean residual of each point, and a range that holds every residual. */
static void write_means(struct writer *writer, const struct analysis *analysis)
{
    double most = 0.001;
    writer_text(writer, "# threads, group, mean residual\n$MEANS << EOD\n");
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct analysis_group *group = &analysis->groups[g];
        double base = figures_data_fitted_base(group);
        for (size_t i = 0; i < group->study.point_count; i++) {
            const struct study_point *point = &group->study.points[i];
            double sum = 0;
            int count = 0;
            for (size_t r = 0; r < group->run_count; r++) {
                double residual = residual_of(group, &group->runs[r], base);
                if (group->runs[r].threads != point->threads || !isfinite(residual))
                    continue;
                most = fmax(most, fabs(residual));
                sum += residual;
                count++;
            }
            if (count)
                writer_print(writer, "%d %zu %.5g\n", point->threads, g + 1, sum / count);
        }
    }
    writer_text(writer, "EOD\n");
    figures_axes_setting(writer, "residual_most", 110 * most);
}

/* The serial share that was fitted, with its interval, and the one by timers: for Karp-Flatt. */
static void write_shares(struct writer *writer, const struct analysis *analysis)
{
    writer_text(writer, "# group, least and largest threads, fitted share and interval, by timers\n"
                        "$SHARES << EOD\n");
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct analysis_group *group = &analysis->groups[g];
        const struct study_amdahl *law = &group->study.amdahl;
        int ends[] = {1, figures_data_most(group, false)};
        for (int end = 0; end < 2; end++) {
            double place = end ? ends[end] * 1.15 : ends[end] / 1.15;
            writer_print(writer, "%zu %.6g", g + 1, place);
            write_interval(writer, figures_lists_fit(group) ? law->serial_fraction : NAN,
                           law->serial_fraction_ci, 0, 1);
            writer_text(writer, " ");
            writer_number(writer, group->study.timers_serial, 6);
            writer_text(writer, "\n");
        }
    }
    writer_text(writer, "EOD\n");
}

void figures_curves_write(struct writer *writer, const struct analysis *analysis,
                          enum figures_kind kind)
{
    double reach = 1;
    int most = 1;
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct analysis_group *group = &analysis->groups[g];
        reach = fmax(reach, figures_lists_reach(group) ? figures_data_reach(group) : 1);
        reach = fmax(reach, figures_data_most(group, false));
        most = figures_data_most(group, false) > most ? figures_data_most(group, false) : most;
    }
    bool whole = kind == FIGURES_SPEEDUP || kind == FIGURES_EFFICIENCY;
    writer_print(writer, "reach = %.6g\n", whole ? reach : most);
    figures_lists_write(writer, analysis, kind);
    figures_axes_legend(writer, analysis, kind);
    figures_axes_limits(writer, analysis, whole ? reach : most);
    if (whole)
        figures_axes_extremes(writer, analysis);
    if (kind == FIGURES_SPEEDUP)
        figures_axes_asymptote(writer, analysis);
    if (kind == FIGURES_EFFICIENCY)
        figures_axes_seconds(writer, analysis);
    if (kind == FIGURES_RESIDUALS)
        write_means(writer, analysis);
    if (kind == FIGURES_KARP_FLATT) {
        figures_axes_share_range(writer, analysis);
        write_shares(writer, analysis);
    }
    if (kind != FIGURES_RESIDUALS)
        write_points(writer, analysis);
    if (kind != FIGURES_KARP_FLATT)
        write_runs(writer, analysis);
    if (kind != FIGURES_RESIDUALS)
        write_curves(writer, analysis);
}
