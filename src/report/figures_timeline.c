/*
 * figures_timeline: one run, a lane for each thread: serial phases, items by stage, idle time.
 */
#include "report/figures_data.h"

#include <math.h>
#include <stdlib.h>

#define PARTS     8
#define MAX_BOXES 4000 /* an SVG of half a megabyte; above it a lane shows shares of time */
#define MAX_LANES 512  /* what is lower than a pixel says nothing */
#define LANE      0.41 /* half the height of a lane, whose distance is 1 */
#define GAP       1.8  /* between the lanes of two runs, for the name of the second */

/* Parts of a lane: the stages, then these. */
enum { PART_SERIAL = STAGE_COUNT, PART_IDLE };

static const char *const part_names[PARTS] = {"read",  "decode",   "convert", "resize",
                                              "store", "dispatch", "serial",  "idle"};
static const char *const part_colours[PARTS] = {"sky",    "blue",   "yellow",     "green",
                                                "orange", "purple", "vermillion", "hush"};

/* One run on its way to the figure. Seconds since the run's start. */
struct timeline {
    struct writer *writer;
    const struct record *record;
    double first;          /* place of its first lane, from above */
    double region, joined; /* start and end of the parallel region */
    size_t lanes, bins;
    size_t budget;    /* of boxes */
    double character; /* seconds of a column of a terminal, 0: no terminal */
    bool *used;       /* [PARTS] which parts have a box */
    double *shares;   /* [lanes][bins][STAGE_COUNT] seconds, or NULL where each item is drawn */
};

const struct record *figures_timeline_record(const struct analysis_group *group)
{
    const struct record *best = NULL;
    double nearest = 0;
    for (size_t i = 0; i < group->run_count && group->records; i++) {
        const struct record *record = group->records[i];
        if (!record || !record->item || !record->item_count || !record->threads ||
            !record->thread_count || record->wall_ns <= 0)
            continue;
        const struct study_point *point = figures_data_point(group, (int)record->delivered);
        double off = point ? fabs((double)record->wall_ns * 1e-9 - point->seconds) : INFINITY;
        if (!best || record->delivered > best->delivered ||
            (record->delivered == best->delivered && off < nearest)) {
            best = record;
            nearest = off;
        }
    }
    return best;
}

bool figures_timeline_possible(const struct analysis_group *group)
{
    return figures_timeline_record(group) != NULL;
}

/* A box in a lane, from `bottom` to `top` of its height (0 to 1). */
static void write_box(const struct timeline *line, size_t lane, double from, double to,
                      double bottom, double top, int part)
{
    double base = line->first + (double)lane + LANE;
    line->used[part] = true;
    writer_print(line->writer, "%.7g %.7g %.5g %.5g %d\n", from, to, base - 2 * LANE * bottom,
                 base - 2 * LANE * top, part);
}

/* Adds the seconds of a stretch to the bins that it touches. */
static void add_to_bins(const struct timeline *line, size_t lane, double from, double to, int part)
{
    double width = (line->joined - line->region) / (double)line->bins;
    double *bins = line->shares + lane * line->bins * STAGE_COUNT;
    size_t bin = (size_t)((from - line->region) / width);
    for (; bin < line->bins && from < to; bin++) {
        double end = fmin(to, line->region + width * (double)(bin + 1));
        bins[bin * STAGE_COUNT + (size_t)part] += fmax(0, end - from);
        from = fmax(from, end);
    }
}

/* A stretch of time that a thread has spent in a stage, cut to the region. */
static void add_stretch(const struct timeline *line, size_t lane, double from, double to, int part)
{
    from = fmax(from, line->region);
    to = fmin(to, line->joined);
    if (from >= to)
        return;
    if (line->shares)
        add_to_bins(line, lane, from, to, part);
    else
        write_box(line, lane, from, to, 0, 1, part);
}

static int by_thread_and_start(const void *a, const void *b)
{
    const struct record_item *x = *(const struct record_item *const *)a;
    const struct record_item *y = *(const struct record_item *const *)b;
    if (x->thread != y->thread)
        return x->thread < y->thread ? -1 : 1;
    return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

/* The stages of each item one after the other, and what lies between items as dispatch. */
static void add_items(const struct timeline *line, const struct record_item *const *items)
{
    double end = line->region;
    int64_t thread = -1;
    for (size_t i = 0; i < line->record->item_count; i++) {
        const struct record_item *item = items[i];
        double start = line->region + (double)item->start_ns * 1e-9;
        if (item->thread < 0 || item->thread >= (int64_t)line->lanes)
            continue;
        if (item->thread != thread)
            end = line->region;
        thread = item->thread;
        add_stretch(line, (size_t)thread, end, start, STAGE_DISPATCH);
        end = start;
        for (int s = 0; s < STAGE_DISPATCH; s++) {
            double seconds = fmax(0, (double)item->stage_ns[s] * 1e-9);
            add_stretch(line, (size_t)thread, end, end + seconds, s);
            end += seconds;
        }
    }
}

/* In a terminal a bin is one character: that of the part with the largest share, if it has one. */
static void write_largest(const struct timeline *line, size_t lane, double from, double width,
                          const double *shares)
{
    int largest = 0;
    double sum = 0;
    for (int s = 0; s < STAGE_COUNT; s++) {
        largest = shares[s] > shares[largest] ? s : largest;
        sum += shares[s];
    }
    if (sum > width / 2)
        write_box(line, lane, from, from + width, 0, 1, largest);
}

/* Bins as stacks of their shares; a share too small to be seen is left out. */
static void write_bins(const struct timeline *line)
{
    double width = (line->joined - line->region) / (double)line->bins;
    for (size_t lane = 0; lane < line->lanes; lane++)
        for (size_t bin = 0; bin < line->bins; bin++) {
            const double *shares = line->shares + (lane * line->bins + bin) * STAGE_COUNT;
            double from = line->region + width * (double)bin, bottom = 0;
            if (line->character > 0) {
                write_largest(line, lane, from, width, shares);
                continue;
            }
            for (int s = 0; s < STAGE_COUNT; s++) {
                double top = fmin(1, bottom + shares[s] / width);
                if (top - bottom > 0.02)
                    write_box(line, lane, from, from + width, bottom, top, s);
                bottom = top;
            }
        }
}

/* Serial phases in the lane of the first thread. Phases lie in the order of the record; `other`,
 * whose place nobody knows, is last there. */
static void write_serial(const struct timeline *line)
{
    double at = 0;
    for (size_t i = 0; i < line->record->phase_count; i++) {
        const struct record_phase *phase = &line->record->phases[i];
        double end = at + fmax(0, (double)phase->wall_ns * 1e-9);
        double step = line->character > 0 ? line->character : end - at;
        if (!phase->parallel && end > at) {
            for (double from = at; from < end - step / 2; from += step)
                write_box(line, 0, from, fmin(end, from + step), 0, 1, PART_SERIAL);
        }
        at = end;
    }
}

static void find_region(struct timeline *line)
{
    double at = 0;
    line->region = 0;
    line->joined = (double)line->record->wall_ns * 1e-9;
    for (size_t i = 0; i < line->record->phase_count; i++) {
        const struct record_phase *phase = &line->record->phases[i];
        double end = at + fmax(0, (double)phase->wall_ns * 1e-9);
        if (phase->parallel) {
            line->region = at;
            line->joined = end;
            return;
        }
        at = end;
    }
}

static void write_boxes(struct timeline *line)
{
    size_t count = line->record->item_count;
    const struct record_item **items = calloc(count, sizeof *items);
    line->shares = NULL;
    if (count * STAGE_COUNT > line->budget) {
        line->bins = line->budget / line->lanes / 4 + 8; /* four parts in a bin are usual */
        line->bins = line->bins > 400 ? 400 : line->bins;
        if (line->character > 0)
            line->bins = (size_t)((line->joined - line->region) / line->character) + 1;
        line->shares = calloc(line->lanes * line->bins * STAGE_COUNT, sizeof *line->shares);
    }
    if (!items || (count * STAGE_COUNT > line->budget && !line->shares)) {
        line->writer->failed = true;
        goto out_free;
    }
    for (size_t i = 0; i < count; i++)
        items[i] = &line->record->item[i];
    qsort(items, count, sizeof *items, by_thread_and_start);
    for (size_t lane = 0; lane < line->lanes && !(line->character > 0); lane++)
        write_box(line, lane, line->region, line->joined, 0, 1, PART_IDLE);
    add_items(line, items);
    if (line->shares)
        write_bins(line);
    write_serial(line);
out_free:
    free(line->shares);
    free(items);
}

/* Names of serial phases that are wide enough for them, above their boxes. */
static void write_phase_names(struct writer *writer, const struct timeline *line, double longest,
                              int *count)
{
    double at = 0;
    for (size_t i = 0; i < line->record->phase_count; i++) {
        const struct record_phase *phase = &line->record->phases[i];
        double seconds = fmax(0, (double)phase->wall_ns * 1e-9);
        if (!phase->parallel && seconds > 0.05 * longest && *count < 40) {
            ++*count;
            writer_print(writer, "text_phase%d = ", *count);
            writer_quote(writer, phase->name, 20);
            writer_print(writer, "; phase_x%d = %.6g; phase_y%d = %.6g\n", *count, at + seconds / 2,
                         *count, line->first);
        }
        at += seconds;
    }
}

static double longest_run(const struct analysis *analysis)
{
    double longest = 0;
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct record *record = figures_timeline_record(&analysis->groups[g]);
        if (record)
            longest = fmax(longest, (double)record->wall_ns * 1e-9);
    }
    return longest;
}

void figures_timeline_write(struct writer *writer, const struct analysis *analysis, int columns)
{
    struct timeline lines[FIGURES_GROUPS];
    size_t count = 0;
    double place = 0, longest = longest_run(analysis);
    int names = 0;
    bool used[PARTS] = {0};
    writer_text(writer, "# from and to in seconds, top and bottom in lanes, part\n$BOXES << EOD\n");
    for (size_t g = 0; g < figures_data_groups(analysis); g++) {
        const struct record *record = figures_timeline_record(&analysis->groups[g]);
        if (!record)
            continue;
        struct timeline *line = &lines[count++];
        *line = (struct timeline){.writer = writer,
                                  .record = record,
                                  .first = place,
                                  .used = used,
                                  .budget = MAX_BOXES / figures_data_groups(analysis)};
        line->lanes = record->thread_count < MAX_LANES ? record->thread_count : MAX_LANES;
        if (columns > 0) {
            line->character = longest / columns;
            line->budget = 0;
        }
        find_region(line);
        write_boxes(line);
        place += (double)line->lanes + GAP;
    }
    writer_text(writer, "EOD\n");
    for (size_t i = 0; i < count; i++)
        write_phase_names(writer, &lines[i], longest, &names);
    writer_print(writer, "phases = %d; lanes = %.6g; longest = %.9g; runs = %zu\n", names,
                 place - GAP, longest, count);
    for (size_t i = 0; i < count; i++)
        writer_print(writer, "run_first%zu = %g; run_lanes%zu = %zu\n", i + 1, lines[i].first,
                     i + 1, lines[i].lanes);
    writer_print(writer, "parts = %d\n", PARTS);
    for (int p = 0; p < PARTS; p++)
        writer_print(writer, "part_name%d = '%s'; part_colour%d = %s; part_used%d = %d\n", p,
                     part_names[p], p, part_colours[p], p, used[p]);
}
