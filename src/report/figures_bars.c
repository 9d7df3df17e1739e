/*
 * figures_bars: ledger and stages, stacked bars for each number of threads, and what the time of
 * sharded runs is made of for each number of ranks.
 */
#include "report/figures_data.h"

#include <math.h>
#include <stdio.h>

#include "report/phrase.h"
#include "report/rank_parts.h"

#define PARTS      6
#define BARS_SLOTS 64 /* more bars than this cannot be told apart */

/* One bar: its parts from below to above, which may be negative. */
struct bar {
    size_t group;
    int threads;
    double part[PARTS];
    double whole;       /* what 100 % are */
    double marker;      /* of another measure, NAN: none */
    const char *before; /* of the text above the bar, where there is room */
    char above[32];
};

struct bars {
    struct bar bar[BARS_SLOTS];
    size_t count;
};

struct part {
    const char *name, *colour;
    bool light; /* a light colour, on which text is black */
};

static const struct part ledger_parts[PARTS] = {
    {"achieved", "blue", false},
    {"serial phases", "vermillion", false},
    {"imbalance", "orange", true},
    {"waiting", "purple", true},
    {"slower work, parallel", "sky", true},
    {"slower work, serial", "yellow", true},
};

/* In the order of enum stage. */
static const struct part stage_parts[PARTS] = {
    {"read", "sky", true},      {"decode", "blue", false}, {"convert", "yellow", true},
    {"resize", "green", false}, {"store", "orange", true}, {"dispatch", "purple", true},
};

static const struct part rank_parts[PARTS] = {
    {"frozen list", "purple", true}, {"start-up", "sky", true},      {"work", "blue", false},
    {"waiting", "orange", true},     {"merge", "vermillion", false}, {"", "yellow", true},
};

/* Shares of the time, in the order in which it goes by. */
static bool rank_bar(struct bar *bar, const struct rank_parts *parts)
{
    char text[PHRASE_SIZE];
    double startup = isfinite(parts->startup) ? parts->startup : 0, whole = parts->seconds;
    const double seconds[PARTS] = {parts->freeze, startup, parts->mean - startup,
                                   parts->slowest - parts->mean, parts->merge};
    bar->threads = parts->ranks;
    for (int i = 0; i < PARTS; i++)
        bar->part[i] = seconds[i] / whole;
    bar->whole = 1;
    bar->marker = NAN;
    bar->before = "";
    snprintf(bar->above, sizeof bar->above, "%s", phrase_seconds(text, whole));
    return parts->runs > 0 && whole > 0;
}

/* The part of p threads that became of each; the identity of the ledger divided by p. */
static bool ledger_bar(struct bar *bar, const struct study_ledger *ledger)
{
    double p = ledger->threads;
    double split = isfinite(ledger->inflation_serial) ? ledger->inflation_serial : 0;
    bar->threads = ledger->threads;
    bar->part[0] = ledger->speedup / p;
    bar->part[1] = ledger->serial / p;
    bar->part[2] = ledger->imbalance / p;
    bar->part[3] = ledger->overhead / p;
    bar->part[4] = (ledger->inflation - split) / p;
    bar->part[5] = split / p;
    bar->whole = 1;
    bar->marker = NAN;
    bar->before = "S = ";
    snprintf(bar->above, sizeof bar->above, "%.3g", ledger->speedup);
    for (int i = 0; i < PARTS; i++)
        if (!isfinite(bar->part[i]))
            return false;
    return p > 0;
}

static bool is_measured(const struct record *record, int threads)
{
    return record && record->threads && record->delivered == threads && !record->serial;
}

/* Mean thread seconds by stage of the runs with that many threads. */
static bool stage_bar(struct bar *bar, const struct analysis_group *group, int threads)
{
    int runs = 0;
    double cpu = 0;
    bool cpu_known = true;
    for (size_t i = 0; i < group->run_count; i++) {
        const struct record *record = group->records ? group->records[i] : NULL;
        if (!is_measured(record, threads))
            continue;
        runs++;
        for (size_t t = 0; t < record->thread_count; t++) {
            const struct record_thread *thread = &record->threads[t];
            for (int s = 0; s < STAGE_DISPATCH; s++)
                bar->part[s] += fmax(0, (double)thread->stage_ns[s]);
            bar->part[STAGE_DISPATCH] += fmax(0, (double)thread->dispatch_ns);
            cpu_known = cpu_known && thread->cpu_ns > 0;
            cpu += (double)thread->cpu_ns;
        }
    }
    bar->threads = threads;
    for (int s = 0; s < PARTS && runs > 0; s++) {
        bar->part[s] *= 1e-9 / runs;
        bar->whole += bar->part[s];
    }
    bar->marker = cpu_known && runs > 0 ? cpu * 1e-9 / runs : NAN;
    bar->before = "";
    snprintf(bar->above, sizeof bar->above, "%.3g s", bar->whole);
    return runs > 0 && bar->whole > 0;
}

static void collect(struct bars *bars, const struct analysis_group *group, size_t number,
                    enum figures_kind kind)
{
    const struct study *study = &group->study;
    size_t count = kind != FIGURES_LEDGER ? study->point_count
                   : study->ledgers       ? study->ledger_count
                                          : 0;
    for (size_t i = 0; i < count && bars->count < BARS_SLOTS; i++) {
        struct bar *bar = &bars->bar[bars->count];
        *bar = (struct bar){.group = number};
        bool drawn;
        if (kind == FIGURES_RANKS_TIME) {
            struct rank_parts parts = rank_parts_of(group, i);
            drawn = rank_bar(bar, &parts);
        } else {
            drawn = kind == FIGURES_STAGES ? stage_bar(bar, group, study->points[i].threads)
                                           : ledger_bar(bar, &study->ledgers[i]);
        }
        bars->count += drawn;
    }
}

bool figures_bars_possible(const struct analysis_group *group, enum figures_kind kind)
{
    struct bars bars = {.count = 0};
    collect(&bars, group, 0, kind);
    return bars.count > 0;
}

/* Stacks upwards what is positive and downwards, from 0, what is negative. */
static void write_parts(struct writer *writer, const struct bar *bar, double place, double scale)
{
    double top = 0, bottom = 0;
    for (int i = 0; i < PARTS; i++) {
        double value = bar->part[i], from = value < 0 ? bottom + value : top;
        double to = value < 0 ? bottom : top + value;
        if (value < 0)
            bottom = from;
        else
            top = to;
        if (value != 0)
            writer_print(writer, "%g %d %.6g %.6g %.3g\n", place, i, from, to, fabs(value) / scale);
    }
}

/* Numbers of threads side by side, and of each the bars of the groups, a gap between them. */
static double place_of(const struct bars *bars, size_t groups, int threads, size_t group)
{
    size_t slot = 0;
    for (size_t i = 0; i < bars->count; i++) {
        bool first = bars->bar[i].threads < threads;
        for (size_t k = 0; k < i && first; k++)
            first = bars->bar[k].threads != bars->bar[i].threads;
        slot += first;
    }
    return (double)slot * ((double)groups + (groups > 1 ? 0.6 : 0)) + (double)group;
}

static void write_bar(struct writer *writer, const struct bar *bar, double place, size_t groups)
{
    double top = 0;
    for (int p = 0; p < PARTS; p++)
        top += fmax(0, bar->part[p]);
    writer_print(writer, "%g %.6g ", place, top);
    writer_number(writer, bar->marker, 6);
    writer_print(writer, " \"%s%s\"", groups > 1 ? "" : bar->before, bar->above);
    if (groups > 1)
        writer_print(writer, " \"%c\"\n", (char)('A' + bar->group));
    else
        writer_print(writer, " \"%d\"\n", bar->threads);
}

static void write_bars(struct writer *writer, const struct bars *bars, size_t groups,
                       double highest)
{
    writer_text(writer, "# place, part, from, to, size as a share of the highest\n$PARTS << EOD\n");
    for (size_t i = 0; i < bars->count; i++) {
        const struct bar *bar = &bars->bar[i];
        write_parts(writer, bar, place_of(bars, groups, bar->threads, bar->group), highest);
    }
    writer_text(writer, "EOD\n# place, top, marker, text above, text below\n$BARS << EOD\n");
    for (size_t i = 0; i < bars->count; i++) {
        const struct bar *bar = &bars->bar[i];
        write_bar(writer, bar, place_of(bars, groups, bar->threads, bar->group), groups);
    }
    writer_text(writer, "EOD\n");
}

/* With several groups the bars are named by letters, and the threads stand below them. */
static void write_slots(struct writer *writer, const struct bars *bars, size_t groups)
{
    int slots = 0, done = 0;
    for (;;) {
        int next = 0;
        for (size_t i = 0; i < bars->count; i++)
            if (bars->bar[i].threads > done && (!next || bars->bar[i].threads < next))
                next = bars->bar[i].threads;
        if (!next)
            break;
        done = next;
        slots++;
        writer_print(writer, "slot_at%d = %g; slot_text%d = '%d'\n", slots,
                     place_of(bars, groups, next, 0) + (double)(groups - 1) / 2, slots, next);
    }
    double right = 0;
    for (size_t i = 0; i < bars->count; i++)
        right = fmax(right, place_of(bars, groups, bars->bar[i].threads, bars->bar[i].group));
    writer_print(writer, "slots = %d; last_place = %g\n", groups > 1 ? slots : 0, right);
}

/* How far down the deepest bar hangs, and how high the highest stands. */
static void write_range(struct writer *writer, const struct bars *bars)
{
    double least = 0, most = 0;
    for (size_t i = 0; i < bars->count; i++) {
        double top = 0, bottom = 0;
        for (int p = 0; p < PARTS; p++) {
            top += fmax(0, bars->bar[i].part[p]);
            bottom += fmin(0, bars->bar[i].part[p]);
        }
        least = fmin(least, bottom);
        most = fmax(most, top);
    }
    writer_print(writer, "lowest = %.6g; highest = %.6g\n", least, most);
}

void figures_bars_write(struct writer *writer, const struct analysis *analysis,
                        enum figures_kind kind)
{
    const struct part *parts = kind == FIGURES_LEDGER       ? ledger_parts
                               : kind == FIGURES_RANKS_TIME ? rank_parts
                                                            : stage_parts;
    struct bars bars = {.count = 0};
    double highest = 0;
    bool used[PARTS] = {0}, marked = false;
    for (size_t g = 0; g < figures_data_groups(analysis); g++)
        collect(&bars, &analysis->groups[g], g, kind);
    for (size_t i = 0; i < bars.count; i++) {
        highest = fmax(highest, bars.bar[i].whole);
        marked = marked || isfinite(bars.bar[i].marker);
        for (int p = 0; p < PARTS; p++)
            used[p] = used[p] || bars.bar[i].part[p] != 0;
    }
    writer_print(writer, "parts = %d; marked = %d; base_whole = %.6g\n", PARTS, marked,
                 bars.count ? bars.bar[0].whole : 1);
    for (int p = 0; p < PARTS; p++)
        writer_print(writer,
                     "part_name%d = '%s'; part_colour%d = %s; part_ink%d = %s; part_used%d = %d\n",
                     p, parts[p].name, p, parts[p].colour, p, parts[p].light ? "black" : "white", p,
                     used[p]);
    write_range(writer, &bars);
    write_slots(writer, &bars, figures_data_groups(analysis));
    write_bars(writer, &bars, figures_data_groups(analysis), highest);
}
