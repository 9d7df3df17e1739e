/*
 * figures_curves: speed-up, efficiency, Karp-Flatt and residuals, all drawn over the threads.
 */
#include "report/figures_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/phrase.h"

#define CURVE_STEPS  96 /* a step is less than two pixels of bend at any size drawn */
#define LEGEND_LIMIT 56 /* characters of an entry: half the width of a figure */

static bool has_kept(const struct analysis_group *group)
{
    return figures_data_most(group, true) > 0;
}

static bool has_excluded(const struct analysis_group *group)
{
    for (size_t i = 0; i < group->study.point_count; i++)
        if (group->study.points[i].excluded)
            return true;
    return false;
}

static bool has_curve(const struct analysis_group *group)
{
    return has_kept(group) && isfinite(figures_data_curve(group, 2, NULL));
}

static bool has_band(const struct analysis_group *group)
{
    return has_curve(group) && figures_data_has_band(group);
}

/* Extrapolation needs a law that fits. */
static bool has_reach(const struct analysis_group *group)
{
    bool fits = group->weak || group->study.selected != STUDY_NONE;
    return has_curve(group) && fits && figures_data_reach(group) > figures_data_most(group, true);
}

static bool has_reach_band(const struct analysis_group *group)
{
    return has_reach(group) && has_band(group);
}

static bool has_attainable(const struct analysis_group *group)
{
    size_t count = 0;
    for (size_t i = 0; i < group->study.point_count; i++)
        count += isfinite(group->study.points[i].attainable);
    return count > 1;
}

static bool has_karp_flatt(const struct analysis_group *group, bool kept)
{
    for (size_t i = 0; i < group->study.point_count; i++) {
        const struct study_point *point = &group->study.points[i];
        if (isfinite(point->karp_flatt) && point->excluded != kept)
            return true;
    }
    return false;
}

static bool has_karp_flatt_kept(const struct analysis_group *group)
{
    return has_karp_flatt(group, true);
}

static bool has_karp_flatt_excluded(const struct analysis_group *group)
{
    return has_karp_flatt(group, false);
}

static bool has_fit(const struct analysis_group *group)
{
    return !group->weak && group->study.selected == STUDY_AMDAHL &&
           isfinite(group->study.amdahl.serial_fraction);
}

static bool has_timers(const struct analysis_group *group)
{
    return isfinite(group->study.timers_serial);
}

/* A law of its own bends the apparent serial share; Amdahl's is the straight line of has_fit. */
static bool has_bent_curve(const struct analysis_group *group)
{
    enum study_law law = group->study.selected;
    return !group->weak && has_curve(group) && group->study.base_threads == 1 &&
           (law == STUDY_USL || law == STUDY_KNEE);
}

static bool has_excluded_runs(const struct analysis_group *group)
{
    for (size_t i = 0; i < group->run_count; i++)
        if (group->runs[i].excluded)
            return true;
    return false;
}

bool figures_curves_possible(const struct analysis_group *group, enum figures_kind kind)
{
    switch (kind) {
    case FIGURES_KARP_FLATT:
        return has_karp_flatt(group, true) || has_karp_flatt(group, false);
    case FIGURES_RESIDUALS:
        return has_curve(group) && isfinite(figures_data_fitted_base(group));
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
        if (!has_curve(group))
            continue;
        write_stretch(writer, g + 1, group, 1, most, 0);
        if (has_reach(group))
            write_stretch(writer, g + 1, group, most, figures_data_reach(group), 1);
    }
    writer_text(writer, "EOD\n");
}

static void write_marker(struct writer *writer, int *count, double at, const char *text)
{
    writer_print(writer, "limit_at%d = %.6g; limit_text%d = ", *count + 1, at, *count + 1);
    writer_quote(writer, text, 0);
    writer_text(writer, "\n");
    ++*count;
}

/* Vertical lines at what the machine has. Groups of different machines have none. */
static void write_limits(struct writer *writer, const struct analysis *analysis, double reach)
{
    const struct analysis_group *first = &analysis->groups[0];
    int count = 0;
    bool same = true;
    char text[64];
    for (size_t g = 1; g < figures_data_groups(analysis); g++) {
        const struct analysis_group *group = &analysis->groups[g];
        if (group->cpus != first->cpus || group->cores != first->cores ||
            group->quota != first->quota)
            same = false;
    }
    if (same && first->cores > 0 && first->cores <= reach) {
        snprintf(text, sizeof text, "%d %s%s", first->cores, first->cores_unknown ? "CPU" : "core",
                 first->cores == 1 ? "" : "s");
        write_marker(writer, &count, first->cores, text);
    }
    if (same && first->cpus > first->cores && first->cpus <= reach) {
        snprintf(text, sizeof text, first->cores > 0 ? "%d CPUs (SMT)" : "%d CPUs", first->cpus);
        write_marker(writer, &count, first->cpus, text);
    }
    if (same && first->quota > 0 && first->quota <= reach) {
        snprintf(text, sizeof text, "quota %.3g CPUs", first->quota);
        write_marker(writer, &count, first->quota, text);
    }
    writer_print(writer, "limits = %d\n", count);
}

static void setting(struct writer *writer, const char *name, double value)
{
    writer_print(writer, "%s = ", name);
    writer_number(writer, value, 6);
    writer_text(writer, "\n");
}

/* The asymptote of Amdahl's law, for a single group whose interval of s lies above 0. 1/s is over
 * one thread, the figure over the base. */
static void write_asymptote(struct writer *writer, const struct analysis *analysis)
{
    const struct analysis_group *group = &analysis->groups[0];
    const struct study_amdahl *law = &group->study.amdahl;
    double one = figures_data_curve(group, 1, NULL);
    bool drawn = analysis->group_count == 1 && has_fit(group) && law->limit * one > 0;
    double low = law->limit_ci.low * one, high = law->limit_ci.high * one;
    writer_print(writer, "asymptote = %d\n", drawn);
    setting(writer, "asymptote_at", drawn ? law->limit * one : 1);
    setting(writer, "asymptote_low", drawn && low > 0 ? low : 1);
    setting(writer, "asymptote_high", drawn && high > 0 && isfinite(high) ? high : 1e9);
    writer_text(writer, "text_asymptote = ");
    char text[PHRASE_SIZE], range[PHRASE_SIZE], entry[3 * PHRASE_SIZE];
    snprintf(entry, sizeof entry, "limit 1/s = %s (%s)%s", phrase_factor(text, law->limit),
             phrase_factor_range(range, law->limit_ci, law->limit),
             group->study.base_threads > 1 ? " of one thread" : "");
    writer_quote(writer, drawn ? entry : "", 0);
    writer_text(writer, "\n");
}

/* The range of the second axis, seconds. */
static void write_seconds(struct writer *writer, const struct analysis *analysis)
{
    double fastest = INFINITY, slowest = 0;
    for (size_t g = 0; g < figures_data_groups(analysis); g++)
        for (size_t i = 0; i < analysis->groups[g].study.point_count; i++) {
            fastest = fmin(fastest, analysis->groups[g].study.points[i].seconds);
            slowest = fmax(slowest, analysis->groups[g].study.points[i].seconds);
        }
    setting(writer, "fastest", fastest);
    setting(writer, "slowest", slowest);
}

static void widen(double *low, double *high, double value)
{
    if (isfinite(value)) {
        *low = fmin(*low, value);
        *high = fmax(*high, value);
    }
}

/* All points and what is known of the share; of intervals what keeps the points readable: one end
 * of a few hundred per cent would press all else to a line. */
static void write_share_range(struct writer *writer, const struct analysis *analysis)
{
    double low = 0, high = 0;
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct study *study = &analysis->groups[g].study;
        widen(&low, &high, study->timers_serial);
        if (has_fit(&analysis->groups[g])) {
            widen(&low, &high, study->amdahl.serial_fraction);
            widen(&low, &high, study->amdahl.serial_fraction_ci.high);
        }
        for (size_t i = 0; i < study->point_count; i++)
            widen(&low, &high, study->points[i].karp_flatt);
    }
    double room = high > low ? 2 * (high - low) : 0.1;
    double most = high + room, least = low - room;
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct study *study = &analysis->groups[g].study;
        for (size_t i = 0; i < study->point_count; i++) {
            struct study_interval ci = study->points[i].karp_flatt_ci;
            if (isfinite(ci.low))
                widen(&low, &high, fmax(ci.low, least));
            if (isfinite(ci.high))
                widen(&low, &high, fmin(ci.high, most));
        }
    }
    room = high > low ? (high - low) * 0.08 : 0.05;
    setting(writer, "share_low", low < 0 ? low - room : 0);
    setting(writer, "share_high", high + room);
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
    setting(writer, "residual_most", 110 * most);
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
            write_interval(writer, has_fit(group) ? law->serial_fraction : NAN,
                           law->serial_fraction_ci, 0, 1);
            writer_text(writer, " ");
            writer_number(writer, group->study.timers_serial, 6);
            writer_text(writer, "\n");
        }
    }
    writer_text(writer, "EOD\n");
}

/* One entry of an array of texts. */
static void write_entry(struct writer *writer, const char *array, size_t number, const char *text)
{
    writer_print(writer, "%s[%zu] = ", array, number);
    writer_quote(writer, text, LEGEND_LIMIT);
    writer_text(writer, "\n");
}

/* Legend entries. Of a single group they say what is drawn, of several which is which. */
static void write_legend(struct writer *writer, const struct analysis *analysis,
                         enum figures_kind kind)
{
    const char *points = kind == FIGURES_RESIDUALS ? "runs" : "mean of the runs, 95 % interval";
    size_t groups = figures_data_groups(analysis);
    writer_print(writer, "array base_threads[%zu]\n", groups);
    for (size_t g = 0; g < groups; g++) {
        int threads = analysis->groups[g].study.base_threads;
        writer_print(writer, "base_threads[%zu] = %d\n", g + 1, threads > 0 ? threads : 1);
    }
    writer_print(writer,
                 "array text_points[%zu]\narray text_curve[%zu]\narray text_fit[%zu]\n"
                 "array text_timers[%zu]\n",
                 groups, groups, groups, groups);
    for (size_t g = 0; g < groups; g++) {
        const struct analysis_group *group = &analysis->groups[g];
        const struct study *study = &group->study;
        char text[4 * PHRASE_SIZE], share[PHRASE_SIZE], range[PHRASE_SIZE], prefix[4] = "";
        struct writer law = {0};
        if (groups > 1)
            snprintf(prefix, sizeof prefix, "%c: ", (char)('A' + g));
        writer_text(&law, prefix);
        writer_text(&law, groups > 1 && kind != FIGURES_RESIDUALS ? group->name : points);
        char *name = writer_take(&law);
        write_entry(writer, "text_points", g + 1, name);
        writer_text(&law, prefix);
        figures_data_law(&law, group);
        char *curve = writer_take(&law);
        write_entry(writer, "text_curve", g + 1, curve);
        snprintf(text, sizeof text, "%sfitted share %s (%s)", prefix,
                 phrase_percent(share, study->amdahl.serial_fraction),
                 phrase_percent_range(range, study->amdahl.serial_fraction_ci,
                                      study->amdahl.serial_fraction));
        write_entry(writer, "text_fit", g + 1, text);
        snprintf(text, sizeof text, "%sserial by timers, one thread: %s", prefix,
                 phrase_percent(share, study->timers_serial));
        write_entry(writer, "text_timers", g + 1, text);
        free(name);
        free(curve);
    }
}

static void write_lists(struct writer *writer, const struct analysis *analysis,
                        enum figures_kind kind)
{
    bool karp_flatt = kind == FIGURES_KARP_FLATT;
    figures_data_list(writer, "kept", analysis, karp_flatt ? has_karp_flatt_kept : has_kept);
    figures_data_list(writer, "hollow", analysis,
                      karp_flatt                  ? has_karp_flatt_excluded
                      : kind == FIGURES_RESIDUALS ? has_excluded_runs
                                                  : has_excluded);
    figures_data_list(writer, "curves", analysis, karp_flatt ? has_bent_curve : has_curve);
    figures_data_list(writer, "bands", analysis, has_band);
    figures_data_list(writer, "reaches", analysis, has_reach);
    figures_data_list(writer, "reach_bands", analysis, has_reach_band);
    figures_data_list(writer, "attainables", analysis, has_attainable);
    figures_data_list(writer, "fits", analysis, has_fit);
    figures_data_list(writer, "timers", analysis, has_timers);
}

void figures_curves_write(struct writer *writer, const struct analysis *analysis,
                          enum figures_kind kind)
{
    double reach = 1;
    int most = 1;
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct analysis_group *group = &analysis->groups[g];
        reach = fmax(reach, has_reach(group) ? figures_data_reach(group) : 1);
        reach = fmax(reach, figures_data_most(group, false));
        most = figures_data_most(group, false) > most ? figures_data_most(group, false) : most;
    }
    bool whole = kind == FIGURES_SPEEDUP || kind == FIGURES_EFFICIENCY;
    writer_print(writer, "reach = %.6g\n", whole ? reach : most);
    write_lists(writer, analysis, kind);
    write_legend(writer, analysis, kind);
    write_limits(writer, analysis, whole ? reach : most);
    if (kind == FIGURES_SPEEDUP)
        write_asymptote(writer, analysis);
    if (kind == FIGURES_EFFICIENCY)
        write_seconds(writer, analysis);
    if (kind == FIGURES_RESIDUALS)
        write_means(writer, analysis);
    if (kind == FIGURES_KARP_FLATT) {
        write_share_range(writer, analysis);
        write_shares(writer, analysis);
    }
    if (kind != FIGURES_RESIDUALS)
        write_points(writer, analysis);
    if (kind != FIGURES_KARP_FLATT)
        write_runs(writer, analysis);
    if (kind != FIGURES_RESIDUALS)
        write_curves(writer, analysis);
}
