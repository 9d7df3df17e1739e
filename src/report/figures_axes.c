/*
 * figures_axes: ranges, legends and lines at what the machine has, for figures over the threads.
 */
#include "report/figures_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/phrase.h"

#define LEGEND_LIMIT 56 /* characters of an entry: half the width of a figure */

static void write_marker(struct writer *writer, int *count, double at, const char *text)
{
    writer_print(writer, "limit_at%d = %.6g; limit_text%d = ", *count + 1, at, *count + 1);
    writer_quote(writer, text, 0);
    writer_text(writer, "\n");
    ++*count;
}

/* Vertical lines at what the machine has. Groups of different machines have none. */
void figures_axes_limits(struct writer *writer, const struct analysis *analysis, double reach)
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

void figures_axes_setting(struct writer *writer, const char *name, double value)
{
    writer_print(writer, "%s = ", name);
    writer_number(writer, value, 6);
    writer_text(writer, "\n");
}

/* The asymptote of Amdahl's law, for a single group whose interval of s lies above 0. 1/s is over
 * one thread, the figure over the base. */
void figures_axes_asymptote(struct writer *writer, const struct analysis *analysis)
{
    const struct analysis_group *group = &analysis->groups[0];
    const struct study_amdahl *law = &group->study.amdahl;
    double one = figures_data_curve(group, 1, NULL);
    bool drawn = analysis->group_count == 1 && figures_lists_fit(group) && law->limit * one > 0;
    double low = law->limit_ci.low * one, high = law->limit_ci.high * one;
    writer_print(writer, "asymptote = %d\n", drawn);
    figures_axes_setting(writer, "asymptote_at", drawn ? law->limit * one : 1);
    figures_axes_setting(writer, "asymptote_low", drawn && low > 0 ? low : 1);
    figures_axes_setting(writer, "asymptote_high",
                         drawn && high > 0 && isfinite(high) ? high : 1e9);
    writer_text(writer, "text_asymptote = ");
    char text[PHRASE_SIZE], range[PHRASE_SIZE], entry[3 * PHRASE_SIZE];
    snprintf(entry, sizeof entry, "limit 1/s = %s (%s)%s", phrase_factor(text, law->limit),
             phrase_factor_range(range, law->limit_ci, law->limit),
             group->study.base_threads == 1  ? ""
             : group->axis == ANALYSIS_RANKS ? " of one rank"
                                             : " of one thread");
    writer_quote(writer, drawn ? entry : "", 0);
    writer_text(writer, "\n");
}

/* The least and greatest speed-up and the greatest efficiency of any run: those below 1 and those
 * faster than linear are to be seen, too. */
void figures_axes_extremes(struct writer *writer, const struct analysis *analysis)
{
    double least = 1, greatest = 1, efficiency = 1;
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct analysis_group *group = &analysis->groups[g];
        for (size_t i = 0; i < group->run_count; i++) {
            double speedup = figures_data_run_speedup(group, &group->runs[i]);
            least = fmin(least, speedup);
            greatest = fmax(greatest, speedup);
            efficiency =
                fmax(efficiency, speedup * group->study.base_threads / group->runs[i].threads);
        }
    }
    figures_axes_setting(writer, "least", fmax(least, 0.01));
    figures_axes_setting(writer, "greatest", greatest);
    figures_axes_setting(writer, "most_efficient", efficiency);
}

/* The range of the second axis, seconds. */
void figures_axes_seconds(struct writer *writer, const struct analysis *analysis)
{
    double fastest = INFINITY, slowest = 0;
    for (size_t g = 0; g < figures_data_groups(analysis); g++)
        for (size_t i = 0; i < analysis->groups[g].study.point_count; i++) {
            fastest = fmin(fastest, analysis->groups[g].study.points[i].seconds);
            slowest = fmax(slowest, analysis->groups[g].study.points[i].seconds);
        }
    figures_axes_setting(writer, "fastest", fastest);
    figures_axes_setting(writer, "slowest", slowest);
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
void figures_axes_share_range(struct writer *writer, const struct analysis *analysis)
{
    double low = 0, high = 0;
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct study *study = &analysis->groups[g].study;
        widen(&low, &high, study->timers_serial);
        if (figures_lists_fit(&analysis->groups[g])) {
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
    figures_axes_setting(writer, "share_low", low < 0 ? low - room : 0);
    figures_axes_setting(writer, "share_high", high + room);
}

/* One entry of an array of texts. */
static void write_entry(struct writer *writer, const char *array, size_t number, const char *text)
{
    writer_print(writer, "%s[%zu] = ", array, number);
    writer_quote(writer, text, LEGEND_LIMIT);
    writer_text(writer, "\n");
}

/* Legend entries. Of a single group they say what is drawn, of several which is which. */
void figures_axes_legend(struct writer *writer, const struct analysis *analysis,
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
        struct study_interval ci = study->amdahl.serial_fraction_ci;
        int length = snprintf(text, sizeof text, "%sfitted share %s", prefix,
                              phrase_percent(share, study->amdahl.serial_fraction));
        if (phrase_known(ci))
            snprintf(text + length, sizeof text - (size_t)length, " (%s)",
                     phrase_percent_range(range, ci, study->amdahl.serial_fraction));
        write_entry(writer, "text_fit", g + 1, text);
        snprintf(text, sizeof text, "%sserial by timers, one thread: %s", prefix,
                 phrase_percent(share, study->timers_serial));
        write_entry(writer, "text_timers", g + 1, text);
        free(name);
        free(curve);
    }
}
