#include "report/table.h"

#include <math.h>
#include <string.h>

#include "base/escape.h"
#include "report/compare.h"
#include "report/phrase.h"
#include "report/table_laws.h"
#include "report/table_ranks.h"

#define CELL 32

void table_heading(FILE *out, const char *title, const char *remark)
{
    int gap = TABLE_WIDTH - (int)strlen(title) - (int)strlen(remark);
    fprintf(out, "\n%s%*s%s\n", title, *remark ? gap : 0, "", remark);
}

/* Columns that a UTF-8 text takes, near enough: characters. */
static int columns(const char *text, size_t length)
{
    int count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

void table_wrap(FILE *out, const char *words, int indent)
{
    int column = TABLE_WIDTH; /* full: the first word begins a line */
    bool first = true;
    while (*(words += strspn(words, " "))) {
        size_t length = strcspn(words, " ");
        int width = columns(words, length);
        if (first || column + 1 + width > TABLE_WIDTH) {
            fprintf(out, "%s%*s", first ? "" : "\n", indent, "");
            column = indent;
        } else {
            fputc(' ', out);
            column++;
        }
        column += width;
        for (const char *end = words + length; words < end;) {
            char unit[ESCAPE_MAX]; /* a text that was cut may end within a character */
            fwrite(unit, 1, escape_next(&words, unit), out);
        }
        first = false;
    }
    fputc('\n', out);
}

/* "12.31 .. 12.49", or a dash where it is unknown. */
static const char *interval_cell(char cell[CELL], struct study_interval ci, int places)
{
    if (!phrase_known(ci))
        return "-";
    snprintf(cell, CELL, "%.*f .. %.*f", places, ci.low, places, ci.high);
    return cell;
}

static const char *number_cell(char cell[CELL], double value, int places)
{
    if (isnan(value))
        return "-";
    /* No "-0.00": what rounds to nothing has no sign. */
    snprintf(cell, CELL, "%.*f", places, fabs(value) < 0.5 * pow(10, -places) ? 0 : value);
    return cell;
}

static const char *percent_cell(char cell[CELL], double share)
{
    if (isnan(share))
        return "-";
    snprintf(cell, CELL, "%.1f %%", 100 * share);
    return cell;
}

/* How a column of times is written: in a unit in which the longest one is no small fraction, with
 * decimals that leave the shortest three significant digits. */
struct unit {
    const char *name;
    double scale;
    int places;
};

static struct unit unit_of(const struct study *study)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < study->point_count; i++) {
        least = fmin(least, study->points[i].seconds);
        most = fmax(most, study->points[i].seconds);
    }
    struct unit unit = {"seconds", 1, 0};
    if (most < 0.1)
        unit = most < 1e-4 ? (struct unit){"us", 1e6, 0} : (struct unit){"ms", 1e3, 0};
    else if (most >= 1e5)
        unit = (struct unit){"hours", 1.0 / 3600, 0};
    double wanted = 2 - floor(log10(least * unit.scale));
    double room = 4 - floor(log10(most * unit.scale)); /* the longest in six columns */
    unit.places = (int)fmax(0, fmin(wanted, room));
    return unit;
}

static bool left_out(const struct study_point *point)
{
    return point->excluded && point->why;
}

/* The first point that is left out for the same reason. */
static size_t first_alike(const struct study *study, size_t point)
{
    size_t i = 0;
    while (!left_out(&study->points[i]) ||
           strcmp(study->points[i].why, study->points[point].why) != 0)
        i++;
    return i;
}

/* Different reasons get letters, which stand at the points and below the table; ' ' for none. */
static char letter_of(const struct study *study, size_t point)
{
    if (!left_out(&study->points[point]))
        return ' ';
    size_t first = first_alike(study, point);
    int letter = 0;
    for (size_t i = 0; i < first; i++)
        letter += left_out(&study->points[i]) && first_alike(study, i) == i;
    return (char)('a' + letter % 26);
}

char table_mark(const struct study *study, int threads)
{
    for (size_t i = 0; i < study->point_count; i++)
        if (study->points[i].threads == threads)
            return letter_of(study, i);
    return ' ';
}

static void write_reasons(FILE *out, const struct study *study)
{
    for (size_t i = 0; i < study->point_count; i++)
        if (left_out(&study->points[i]) && first_alike(study, i) == i)
            fprintf(out, "%c left out of the fit: %.200s\n", letter_of(study, i),
                    study->points[i].why);
}

static void write_base(const struct analysis_group *group, char *text, size_t size)
{
    const struct study *study = &group->study;
    const char *worker = analysis_worker(group);
    char seconds[PHRASE_SIZE], loop[PHRASE_SIZE];
    if (study->base_threads < 1)
        snprintf(text, size, "no base");
    else if (isnan(study->serial_seconds))
        snprintf(text, size, "base: %d %s%s, %s", study->base_threads, worker,
                 phrase_plural(study->base_threads), phrase_seconds(seconds, study->base_seconds));
    else
        snprintf(text, size, "base: %d %s%s, %s; plain loop %s", study->base_threads, worker,
                 phrase_plural(study->base_threads), phrase_seconds(seconds, study->base_seconds),
                 phrase_seconds(loop, study->serial_seconds));
}

/* Decimals of the ends of all speed-ups, so that the longest takes four columns. */
static int speedup_places(const struct study *study)
{
    double most = 0;
    for (size_t i = 0; i < study->point_count; i++)
        if (phrase_known(study->points[i].speedup_ci))
            most = fmax(most, study->points[i].speedup_ci.high);
    return most < 9.995 ? 2 : most < 99.95 ? 1 : 0;
}

static struct study_interval times(struct study_interval ci, double scale)
{
    return (struct study_interval){ci.low * scale, ci.high * scale};
}

static bool has_ceiling(const struct study *study)
{
    for (size_t i = 0; i < study->point_count; i++)
        if (!isnan(study->points[i].attainable))
            return true;
    return false;
}

static const char *workers(const struct analysis_group *group)
{
    return group->axis == ANALYSIS_RANKS ? "ranks" : "threads";
}

static void write_points(FILE *out, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    char base[3 * PHRASE_SIZE], a[CELL], b[CELL], c[CELL], d[CELL], e[CELL];
    struct unit unit = unit_of(study);
    int ends = speedup_places(study);
    write_base(group, base, sizeof base);
    table_heading(out, "Measured", base);
    bool ceiling = has_ceiling(study);
    fprintf(out, "  %7s %4s %7s %16s %8s %12s %10s%s\n", workers(group), "runs", unit.name, "95 %",
            "speed-up", "95 %", "efficiency", ceiling ? " machine" : "");
    for (size_t i = 0; i < study->point_count; i++) {
        const struct study_point *p = &study->points[i];
        fprintf(out, "%c %7d %4d %7s %16s %8s %12s %10s", letter_of(study, i), p->threads, p->runs,
                number_cell(a, p->seconds * unit.scale, unit.places),
                interval_cell(b, times(p->seconds_ci, unit.scale), unit.places),
                number_cell(c, p->speedup, 2),
                p->threads == study->base_threads ? "(base)"
                                                  : interval_cell(d, p->speedup_ci, ends),
                percent_cell(e, p->efficiency));
        if (ceiling)
            fprintf(out, " %7s", number_cell(a, p->attainable, 2));
        fputc('\n', out);
    }
    write_reasons(out, study);
    if (ceiling)
        fprintf(out, "  machine: cores that as many threads of pure arithmetic kept busy\n");
}

static void write_ledger(FILE *out, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    char a[CELL], b[CELL], c[CELL], d[CELL], e[CELL], f[CELL];
    if (!study->ledgers || study->ledger_count == 0)
        return;
    bool ranks = group->axis == ANALYSIS_RANKS;
    table_heading(out, ranks ? "Where the ranks went" : "Where the threads went",
                  ranks ? "ranks = the sum of its row" : "in cores; threads = the sum of its row");
    fprintf(out, "  %7s   %9s %9s %10s %9s %12s %13s\n", workers(group), "speed-up", "serial",
            "imbalance", "waiting", "slower work", "(of it serial)");
    for (size_t i = 0; i < study->ledger_count; i++) {
        const struct study_ledger *l = &study->ledgers[i];
        fprintf(out, "%c %7d = %9s %9s %10s %9s %12s %13s\n", table_mark(study, l->threads),
                l->threads, number_cell(a, l->speedup, 2), number_cell(b, l->serial, 2),
                number_cell(c, l->imbalance, 2), number_cell(d, l->overhead, 2),
                number_cell(e, l->inflation, 2), number_cell(f, l->inflation_serial, 2));
    }
}

static void write_efficiencies(FILE *out, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    char a[CELL], b[CELL], c[CELL], d[CELL], e[CELL], f[CELL];
    if (!study->pops || study->ledger_count == 0)
        return;
    table_heading(out, "Efficiencies",
                  group->axis == ANALYSIS_RANKS ? "rank = serial phases + region - 100 %"
                                                : "thread = serial phases + region - 100 %");
    fprintf(out, "  %7s   %9s %14s %9s %10s %9s %12s\n", workers(group), analysis_worker(group),
            "serial phases", "region", "imbalance", "waiting", "scalability");
    for (size_t i = 0; i < study->ledger_count; i++) {
        const struct study_pop *p = &study->pops[i];
        fprintf(out, "%c %7d   %9s %14s %9s %10s %9s %12s\n", table_mark(study, p->threads),
                p->threads, percent_cell(a, p->thread_efficiency),
                percent_cell(b, p->serial_region), percent_cell(c, p->region),
                percent_cell(d, p->imbalance), percent_cell(e, p->overhead),
                percent_cell(f, p->scalability));
    }
}

static void write_machine(FILE *out, const struct analysis_group *group)
{
    if (group->axis == ANALYSIS_RANKS) {
        table_ranks_about(out, group);
        return;
    }
    if (!*group->host && group->cpus == 0)
        return;
    fprintf(out, "  on %s", *group->host ? group->host : "a machine without a name");
    if (group->cpus > 0)
        fprintf(out, ": %d CPU%s allowed", group->cpus, phrase_plural(group->cpus));
    if (group->cores_unknown)
        fprintf(out, ", cores unknown");
    else if (group->cores > 0)
        fprintf(out, ", on %d core%s", group->cores, phrase_plural(group->cores));
    if (group->quota > 0)
        fprintf(out, ", quota %.3g CPUs", group->quota);
    fprintf(out, "%s%s\n", group->weak ? "; weak scaling" : "",
            group->waiting ? "; work that waits" : "");
}

static void write_group(FILE *out, const struct analysis_group *group)
{
    table_wrap(out, group->name, 0);
    write_machine(out, group);
    if (group->study.point_count > 0)
        write_points(out, group);
    if (group->study.point_count > 1) {
        table_laws_shares(out, group);
        table_laws_models(out, group);
        write_ledger(out, group);
        table_ranks_parts(out, group);
        write_efficiencies(out, group);
        table_laws_predictions(out, group);
    }
    table_heading(out, "Verdict", "");
    table_wrap(out, group->verdict, 2);
}

static void write_rule(FILE *out)
{
    fputc('\n', out);
    for (int i = 0; i < TABLE_WIDTH; i++)
        fputc('-', out);
    fputs("\n\n", out);
}

static void write_difference(FILE *out, const char *name, const struct compare_difference *d,
                             double scale, int places)
{
    char a[CELL], b[CELL], c[CELL], e[CELL];
    if (isnan(d->difference))
        return;
    struct study_interval ci = times(d->ci, scale);
    fprintf(out, "  %-22s %7s %7s %10s %15s  %s\n", name, number_cell(a, d->first * scale, places),
            number_cell(b, d->second * scale, places),
            number_cell(c, d->difference * scale, places), interval_cell(e, ci, places),
            !phrase_known(ci)           ? ""
            : ci.low > 0 || ci.high < 0 ? "they differ"
                                        : "cannot tell");
}

static void write_comparison(FILE *out, const struct analysis *analysis)
{
    struct compare compare;
    char name[48];
    if (!compare_groups(&compare, &analysis->groups[0], &analysis->groups[1]))
        return;
    write_rule(out);
    fprintf(out, "The two compared\n");
    fprintf(out, "  %-22s %7s %7s %10s %15s\n", "", "first", "second", "difference", "95 %");
    write_difference(out, "fitted serial share, %", &compare.serial_fraction, 100, 1);
    snprintf(name, sizeof name, "speed-up at %d %s", compare.threads, workers(analysis->groups));
    write_difference(out, name, &compare.speedup, 1, 2);
}

/* Groups of one axis. */
static void write_axis(FILE *out, const struct analysis *analysis)
{
    for (size_t i = 0; i < analysis->group_count; i++) {
        if (i > 0)
            write_rule(out);
        write_group(out, &analysis->groups[i]);
    }
    if (analysis->group_count == 2)
        write_comparison(out, analysis);
}

void table_write(FILE *out, const struct analysis *analysis)
{
    struct analysis threads = analysis_of_axis(analysis, ANALYSIS_THREADS);
    struct analysis ranks = analysis_of_axis(analysis, ANALYSIS_RANKS);
    write_axis(out, &threads);
    if (threads.group_count > 0 && ranks.group_count > 0)
        write_rule(out);
    write_axis(out, &ranks);
    table_ranks_grids(out, &ranks);
    table_ranks_left_out(out, analysis);
}
