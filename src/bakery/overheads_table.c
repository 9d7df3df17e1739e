#include "bakery/overheads_table.h"

#include <stdio.h>

#include "base/text.h"

#define BLOCK 3 /* points side by side: 23 columns and 19 for each are 80 */
#define NAME  "  %-21s"
#define CELL  48

static const char *const titles[OVERHEADS_EXPERIMENTS] = {
    [OVERHEADS_TINY_TASKS] = "Tiny tasks: numbers are added up, handed out",
    [OVERHEADS_ONE_TOTAL] = "One total: each number is added to what all share, by",
    [OVERHEADS_FALSE_SHARING] = "False sharing: each thread counts alone, in counters that lie",
};

/* Three digits that count: 0.254, 2.11, 14.2, 160. */
static const char *number(double value, char *text, size_t size)
{
    int places = value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0;
    snprintf(text, size, "%.*f", places, value);
    return text;
}

/* Two digits that count, so that what is hardly slower than the base reads 0.98. */
static const char *factor(double value, char *text, size_t size)
{
    int places = value < 0.1 ? 3 : value < 100 ? 2 : 0;
    snprintf(text, size, "%.*f", places, value);
    return text;
}

static void write_cell(struct writer *writer, double ns, double speedup)
{
    char time[CELL], times[CELL];
    writer_print(writer, "%9s ns %5sx", number(ns, time, sizeof time),
                 factor(speedup, times, sizeof times));
}

static bool is_base(enum overheads_way way)
{
    return overheads_about[way].base == way;
}

/* A base has no team: it stands in the first column, once. */
static void write_way(struct writer *writer, const struct overheads *o, enum overheads_way way,
                      size_t first, size_t end)
{
    writer_print(writer, NAME, overheads_about[way].name);
    for (size_t i = first; i < end && (i == first || !is_base(way)); i++)
        write_cell(writer, o->cell[way][i].median_ns, overheads_speedup(o, way, i));
    writer_text(writer, "\n");
}

/* A text above or below the times of a column; no blanks at the end of a line. */
static void write_aside(struct writer *writer, bool first, const char *text)
{
    writer_print(writer, "%*s%12s", first ? 0 : 7, "", text);
}

static void write_foot(struct writer *writer, const struct overheads *o, size_t first, size_t end)
{
    char text[CELL], aside[2 * CELL];
    writer_print(writer, "\n%-23s", "An empty region takes");
    for (size_t i = first; i < end; i++) {
        snprintf(aside, sizeof aside, "%s us",
                 number(o->region[i].median_ns / 1e3, text, sizeof text));
        write_aside(writer, i == first, aside);
    }
    writer_print(writer, "\n%-23s", "Cores that were there");
    for (size_t i = first; i < end; i++) {
        snprintf(text, sizeof text, "%.2f", o->cores[i]);
        write_aside(writer, i == first, text);
    }
    writer_text(writer, "\n");
}

static void write_block(struct writer *writer, const struct overheads *o, size_t first, size_t end)
{
    char text[CELL];
    writer_print(writer, "\n%-23s", "");
    for (size_t i = first; i < end; i++) {
        int threads = o->plan.points.threads[i];
        snprintf(text, sizeof text, "%d thread%s", threads, threads == 1 ? "" : "s");
        write_aside(writer, i == first, text);
    }
    writer_text(writer, "\n");
    int last = -1;
    for (int way = 0; way < OVERHEADS_WAYS; way++) {
        if ((int)overheads_about[way].experiment != last) {
            last = (int)overheads_about[way].experiment;
            writer_print(writer, "%s%s\n", way ? "\n" : "", titles[last]);
        }
        write_way(writer, o, (enum overheads_way)way, first, end);
    }
    write_foot(writer, o, first, end);
}

static void write_fact(struct writer *writer, const char *what, double speedup)
{
    char text[CELL];
    bool slower = speedup < 1;
    writer_print(writer, "  %-48s %s times %s\n", what,
                 number(slower ? 1 / speedup : speedup, text, sizeof text),
                 slower ? "slower" : "faster");
}

static void write_words(struct writer *writer, const struct overheads *o)
{
    size_t last = o->plan.points.count - 1;
    int threads = o->plan.points.threads[last];
    writer_print(writer, "\nWith %d thread%s, against the plain loop:\n", threads,
                 threads == 1 ? "" : "s");
    write_fact(writer, "numbers handed out one by one",
               overheads_speedup(o, OVERHEADS_DYNAMIC_1, last));
    write_fact(writer, "a hundred at a time", overheads_speedup(o, OVERHEADS_DYNAMIC_100, last));
    write_fact(writer, "a critical section around each addition",
               overheads_speedup(o, OVERHEADS_CRITICAL, last));
    write_fact(writer, "a reduction", overheads_speedup(o, OVERHEADS_REDUCTION, last));
    write_fact(writer, "counters side by side, against 128 bytes apart",
               o->cell[OVERHEADS_PADDED][last].median_ns /
                   o->cell[OVERHEADS_ADJACENT][last].median_ns);
}

static void write_ceiling(struct writer *writer, const struct overheads *o)
{
    size_t last = o->plan.points.count - 1;
    int threads = o->plan.points.threads[last];
    if (threads == 1)
        writer_text(writer, "One thread alone shares nothing: only costs without a rival show.\n");
    else if (o->cores[last] < OVERHEADS_LEAST_CEILING * threads)
        writer_print(writer,
                     "But only %.2f of %d cores were there: other programs run, or CPUs share a "
                     "core.\nRead the columns as a guess, and measure again on a quiet machine.\n",
                     o->cores[last], threads);
}

void overheads_table_write(struct writer *writer, const struct overheads *o)
{
    char count[TEXT_SIZE];
    writer_print(writer,
                 "What sharing out work costs: wall time for each of %s numbers, and how many\n"
                 "times faster than the plain loop. Medians of %d rounds; every sum was right.\n",
                 text_count(count, (uint64_t)o->plan.iterations), o->plan.rounds);
    for (size_t first = 0; first < o->plan.points.count; first += BLOCK) {
        size_t end = first + BLOCK;
        write_block(writer, o, first, end < o->plan.points.count ? end : o->plan.points.count);
    }
    write_words(writer, o);
    write_ceiling(writer, o);
}
