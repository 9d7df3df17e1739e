/*
 * figures_caption: the small print below the figures: base, runs, intervals, what was left out.
 */
#include "report/figures_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/phrase.h"

static void write_base(struct writer *writer, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const struct study_point *point = figures_data_point(group, study->base_threads);
    char text[PHRASE_SIZE];
    if (study->base_threads < 1)
        return;
    writer_print(writer, "Base: %d %s%s, ", study->base_threads, analysis_worker(group),
                 phrase_plural(study->base_threads));
    writer_text(writer, phrase_seconds(text, study->base_seconds));
    if (point)
        writer_print(writer, " (mean of %d run%s)", point->runs, phrase_plural(point->runs));
    if (isfinite(study->serial_seconds)) {
        writer_text(writer, "; plain loop without a parallel region, ");
        writer_text(writer, phrase_seconds(text, study->serial_seconds));
    }
    writer_text(writer, ". ");
}

/* "3 to 5 runs a point, 28 in all" */
static void write_counts(struct writer *writer, const struct analysis *analysis)
{
    int least = 0, most = 0;
    size_t all = 0;
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct study *study = &analysis->groups[g].study;
        all += analysis->groups[g].run_count;
        for (size_t i = 0; i < study->point_count; i++) {
            int runs = study->points[i].runs;
            least = !least || runs < least ? runs : least;
            most = runs > most ? runs : most;
        }
    }
    if (least == most)
        writer_print(writer, "%d run%s a point, %zu in all", most, phrase_plural(most), all);
    else
        writer_print(writer, "%d to %d runs a point, %zu in all", least, most, all);
}

static void write_law(struct writer *writer, const struct analysis_group *group)
{
    if (!isfinite(figures_data_curve(group, 2, NULL)))
        return;
    writer_text(writer, "Law: ");
    figures_data_law(writer, group);
    if (group->study.selected != STUDY_NONE && isfinite(group->study.lack_of_fit_p))
        writer_print(writer, "; Amdahl's lack of fit: p = %.2g", group->study.lack_of_fit_p);
    writer_text(writer, ". ");
}

/* Base and law of each group; with several, after its name. */
static void write_groups(struct writer *writer, const struct analysis *analysis, bool law)
{
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct analysis_group *group = &analysis->groups[g];
        if (analysis->group_count > 1)
            writer_print(writer, "%c: %.200s. ", (char)('A' + g), group->name);
        write_base(writer, group);
        if (law)
            write_law(writer, group);
        writer_text(writer, "\n");
    }
    if (figures_data_groups(analysis) < analysis->group_count)
        writer_print(writer, "Not drawn: %zu more groups.\n",
                     analysis->group_count - figures_data_groups(analysis));
}

/* What was left out, one reason after the other with its numbers of threads. */
static void write_excluded(struct writer *writer, const struct analysis *analysis)
{
    bool any = false;
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct study *study = &analysis->groups[g].study;
        for (size_t i = 0; i < study->point_count; i++) {
            const struct study_point *point = &study->points[i];
            if (!point->excluded)
                continue;
            writer_text(writer, any ? "; " : "Hollow: drawn, but left out of the fit: ");
            if (analysis->group_count > 1)
                writer_print(writer, "%c, ", (char)('A' + g));
            writer_print(writer, "%d %s%s", point->threads, analysis_worker(&analysis->groups[g]),
                         phrase_plural(point->threads));
            if (point->why)
                writer_print(writer, " (%.120s)", point->why);
            any = true;
        }
    }
    if (any)
        writer_text(writer, ".\n");
}

static void write_band(struct writer *writer, const struct analysis *analysis)
{
    bool curve = false, band = false;
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        curve = curve || isfinite(figures_data_curve(&analysis->groups[g], 2, NULL));
        band = band || figures_data_has_band(&analysis->groups[g]);
    }
    if (band)
        writer_text(writer, "Band: 95 % for the law's mean, given that the law holds (Fieller). ");
    if (curve)
        writer_text(writer, "Dashed: extrapolated.");
    writer_text(writer, "\n");
}

static void write_points_caption(struct writer *writer, const struct analysis *analysis,
                                 enum figures_kind kind)
{
    write_groups(writer, analysis, true);
    if (kind == FIGURES_SPEEDUP)
        writer_text(writer, "Points: base time over mean time; ");
    else
        writer_text(writer, "Points: speed-up over threads as multiples of the base's; ");
    write_counts(writer, analysis);
    writer_text(writer, " (dots). Bars: 95 % intervals from the scatter of the log ratios, pooled "
                        "over the points (Student's t).\n");
    if (kind == FIGURES_EFFICIENCY)
        writer_text(writer, "Squares, right axis: mean seconds, with the same intervals.\n");
    write_band(writer, analysis);
    write_excluded(writer, analysis);
}

static void write_karp_flatt_caption(struct writer *writer, const struct analysis *analysis)
{
    writer_text(writer, "e = (1/S − 1/p) / (1 − 1/p) (Karp and Flatt, 1990). Flat: Amdahl's law "
                        "holds. Rising: costs that grow with the threads. Falling: a cost paid "
                        "once on leaving one thread.\n");
    write_groups(writer, analysis, true);
    writer_text(writer, "Bars: 95 % intervals; the points share the error of the base. ");
    write_counts(writer, analysis);
    writer_text(writer, ". Band, if any: 95 % interval of the fitted share.\n");
    write_excluded(writer, analysis);
}

static void write_bars_caption(struct writer *writer, const struct analysis *analysis,
                               enum figures_kind kind)
{
    if (kind == FIGURES_LEDGER)
        writer_text(writer,
                    "p = speed-up (on top of each bar) + what was lost, exactly (after Eyerman and "
                    "others, 2012). Serial phases: threads without work in them. Imbalance: "
                    "waiting for the busiest thread. Waiting: all other waiting inside the "
                    "region (overhead). Slower work: the same work took longer (inflation); "
                    "below zero it took less.\n");
    else
        writer_text(writer, "Seconds that all threads together spent in each stage, mean of the "
                            "runs. Dashed: the first bar's total. Above it the same work takes "
                            "longer. Diamonds: CPU time by the system's clock.\n");
    write_groups(writer, analysis, false);
    write_counts(writer, analysis);
    writer_text(writer, ".\n");
}

/* What a time is of, which stands with all figures over ranks. */
static void write_beside(struct writer *writer)
{
    writer_text(writer, "A time is that of n ranks beside each other: the slowest shard, plus the "
                        "merge and the frozen list where they were recorded.\n");
}

static void write_shards_caption(struct writer *writer, const struct analysis *analysis)
{
    const struct analysis_group *group = NULL;
    const struct rank_set *set = figures_shards_set(analysis, &group);
    char mean[PHRASE_SIZE], slowest[PHRASE_SIZE], share[PHRASE_SIZE];
    if (!set)
        return;
    writer_print(writer, "One run of %zu ranks of %d thread%s on %zu host%s (%.200s). ", set->ranks,
                 set->threads, phrase_plural(set->threads), set->hosts,
                 phrase_plural((double)set->hosts), group->name);
    writer_print(writer, "The slowest shard took %s, the mean %s: %s of its time all others wait. ",
                 phrase_seconds(slowest, set->slowest), phrase_seconds(mean, set->mean),
                 phrase_percent(share, 1 - set->mean / set->slowest));
    if (set->why)
        writer_print(writer, "Left out of the fit: %.120s.", set->why);
    writer_text(writer,
                "\nBusy: the slowest thread of a shard, within its parallel region. The rest "
                "of a bar is its start-up, and its threads' waiting for each other.\n");
}

static void write_timeline_caption(struct writer *writer, const struct analysis *analysis)
{
    char text[PHRASE_SIZE];
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct analysis_group *group = &analysis->groups[g];
        const struct record *record = figures_timeline_record(group);
        if (!record)
            continue;
        if (analysis->group_count > 1)
            writer_print(writer, "%c: %.200s. ", (char)('A' + g), group->name);
        writer_print(writer, "One run with %lld threads, %zu items, ", (long long)record->delivered,
                     record->item_count);
        writer_text(writer, phrase_seconds(text, (double)record->wall_ns * 1e-9));
        writer_print(writer, ", schedule %.40s. ", record->schedule ? record->schedule : "unknown");
        write_base(writer, group);
        writer_text(writer, "\n");
    }
    writer_text(writer, "Within an item the stages take turns; they are drawn one after the other. "
                        "With many items a lane shows what share of each moment went to what.\n");
}

void figures_caption_write(struct writer *writer, const struct analysis *analysis,
                           enum figures_kind kind)
{
    switch (kind) {
    case FIGURES_KARP_FLATT:
        write_karp_flatt_caption(writer, analysis);
        break;
    case FIGURES_LEDGER:
    case FIGURES_STAGES:
        write_bars_caption(writer, analysis, kind);
        break;
    case FIGURES_TIMELINE:
        write_timeline_caption(writer, analysis);
        break;
    case FIGURES_RANKS_LOAD:
        write_shards_caption(writer, analysis);
        break;
    case FIGURES_RANKS_TIME:
        write_beside(writer);
        writer_text(writer, "Parts are shares of it, means of the runs; the seconds stand on top. "
                            "Work: the mean shard within its parallel region. Start-up: outside of "
                            "it. Waiting: for the slowest shard. What does not shrink with the "
                            "ranks grows here.\n");
        write_groups(writer, analysis, false);
        write_counts(writer, analysis);
        writer_text(writer, ".\n");
        write_excluded(writer, analysis);
        break;
    case FIGURES_RANKS_SPEEDUP:
        write_beside(writer);
        write_points_caption(writer, analysis, FIGURES_SPEEDUP);
        break;
    case FIGURES_RESIDUALS:
        write_groups(writer, analysis, true);
        writer_text(writer, "(measured − fitted) / fitted seconds of each run, from left to right "
                            "in the order of measuring; bar: mean of the point. ");
        write_counts(writer, analysis);
        writer_text(writer, ".\n");
        write_excluded(writer, analysis);
        break;
    default:
        write_points_caption(writer, analysis, kind);
    }
}
