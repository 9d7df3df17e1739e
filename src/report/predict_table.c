#include "report/predict_table.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "report/phrase.h"
#include "report/predict_words.h"
#include "report/table.h"

#define COLUMNS 4 /* schedules side by side in 80 columns */
#define LINE    600

static struct predict_unit unit_of_points(const struct predict *predict)
{
    double least = INFINITY, most = 0;
    for (size_t i = 0; i < predict->options.thread_count * predict->options.schedule_count; i++) {
        least = fmin(least, predict->points[i].seconds);
        most = fmax(most, predict->points[i].seconds);
    }
    return predict_words_unit(least, most);
}

static void write_changes(FILE *out, const struct predict *predict)
{
    const struct replay *replay = predict->replay;
    char changes[256], items[TEXT_SIZE], line[LINE];
    predict_changes(predict, changes, sizeof changes);
    if (*changes)
        predict_words_entry(out, "what if", changes);
    if (predict->options.items_total) {
        text_count(items, predict->prepared.count);
        snprintf(line, sizeof line, "%s items like the recorded ones", items);
        predict_words_entry(out, "what if", line);
    }
    if (predict->by_cost != replay->recorded.by_cost)
        predict_words_entry(out, "what if",
                            predict->by_cost ? "costliest first" : "in input order");
    if (predict->runtime != replay->recorded.runtime) {
        snprintf(line, sizeof line, "chunks as %s cuts them", replay_runtimes[predict->runtime]);
        predict_words_entry(out, "what if", line);
    }
}

static void write_seconds(FILE *out, const struct predict *predict)
{
    char line[LINE], base[256], serial[PHRASE_SIZE], work[PHRASE_SIZE], span[PHRASE_SIZE];
    predict_base(predict, base, sizeof base);
    predict_words_entry(out, "base", base);
    snprintf(line, sizeof line, "%s serial, %s of items in the loop, the longest %s",
             predict_words_duration(serial, predict->serial),
             predict_words_duration(work, predict->work),
             predict_words_duration(span, predict->span));
    predict_words_entry(out, predict->changed ? "then" : "of it", line);
}

static void write_notes(FILE *out, const struct predict *predict)
{
    const struct replay *replay = predict->replay;
    predict_words_entry(
        out, "assumed",
        replay->waiting ? "the work waits, so there is room for any number of threads"
                        : "a core for every thread; items are not slowed by others beside them");
    if (replay->recorded.threads > 1 && !replay->waiting)
        predict_words_entry(
            out, "note",
            "with more than one thread the recorded items may be stretched already; a "
            "record of one thread predicts better");
    if (replay->all_disturbed)
        predict_words_entry(out, "note",
                            "something else disturbed the recorded run, as it says itself");
    if (!replay->chunks_known)
        predict_words_entry(
            out, "note",
            "the recorded schedule took too few chunks to tell what one costs; 0 is "
            "assumed");
}

/* The blanks before a text that stands in the middle of a column. */
static int centring(const char *text, int width)
{
    int length = (int)strlen(text);
    return length < width ? (width - length + 1) / 2 : 0;
}

static void write_block(FILE *out, const struct predict *predict, size_t from, size_t to)
{
    const struct predict_options *options = &predict->options;
    struct predict_unit unit = unit_of_points(predict);
    char name[SCHEDULE_SIZE + 1], factor[PHRASE_SIZE];
    int gap = 0; /* between the last name and the end of its column */
    fprintf(out, "\n%7s", "");
    for (size_t s = from; s < to; s++) {
        schedule_name(&options->schedules[s], name);
        if (predict_is_recorded(predict, &options->schedules[s]))
            strcat(name, "*");
        int left = gap + 2 + centring(name, 14);
        gap += 16 - fprintf(out, "%*s%s", left, "", name);
    }
    fprintf(out, "\nthreads");
    for (size_t s = from; s < to; s++)
        fprintf(out, "%9s%7s", unit.name, "S");
    fprintf(out, "%9s\n", "at best");
    for (size_t i = 0; i < options->thread_count; i++) {
        fprintf(out, "%7d", options->threads[i]);
        for (size_t s = from; s < to; s++) {
            const struct predict_point *point = &predict->points[i * options->schedule_count + s];
            fprintf(out, "%9.*f%7s", unit.places, point->seconds * unit.scale,
                    phrase_factor(factor, point->speedup));
        }
        fprintf(out, "%9s\n",
                phrase_factor(factor, predict_bound_at(predict, options->threads[i]).most));
    }
}

static void write_predictions(FILE *out, const struct predict *predict)
{
    const struct predict_options *options = &predict->options;
    bool recorded = false;
    for (size_t from = 0; from < options->schedule_count; from += COLUMNS) {
        size_t left = options->schedule_count - from;
        write_block(out, predict, from, from + (left < COLUMNS ? left : COLUMNS));
    }
    for (size_t s = 0; s < options->schedule_count; s++)
        recorded = recorded || predict_is_recorded(predict, &options->schedules[s]);
    fprintf(out, "S: speed-up over the base; at best: what no schedule can beat%s\n",
            recorded ? "; * as recorded" : "");
}

/* Where the schedules differ most, and how many threads can help at all. */
static void write_remarks(FILE *out, const struct predict *predict)
{
    const struct predict_options *options = &predict->options;
    const struct predict_point *fast = NULL, *slow = NULL;
    struct predict_unit unit = unit_of_points(predict);
    char line[LINE], a[SCHEDULE_SIZE], b[SCHEDULE_SIZE];
    for (size_t i = 0; i < options->thread_count; i++) {
        const struct predict_point *row = &predict->points[i * options->schedule_count];
        const struct predict_point *least = row, *most = row;
        for (size_t s = 1; s < options->schedule_count; s++) {
            least = row[s].seconds < least->seconds ? &row[s] : least;
            most = row[s].seconds > most->seconds ? &row[s] : most;
        }
        if (!fast || most->seconds / least->seconds > slow->seconds / fast->seconds) {
            fast = least;
            slow = most;
        }
    }
    if (predict->span > 0)
        fprintf(out, "\n");
    if (predict->span > 0 && slow->seconds > 1.01 * fast->seconds) {
        snprintf(line, sizeof line,
                 "The schedule matters most with %d thread%s: %s takes %.*f %s, %s %.*f %s, %.2f "
                 "times as long.",
                 fast->threads, phrase_plural(fast->threads), schedule_name(&fast->schedule, a),
                 unit.places, fast->seconds * unit.scale, unit.name,
                 schedule_name(&slow->schedule, b), unit.places, slow->seconds * unit.scale,
                 unit.name, slow->seconds / fast->seconds);
        table_wrap(out, line, 0);
    }
    if (predict->span > 0) {
        char count[TEXT_SIZE];
        double useful = ceil(predict->work / predict->span);
        snprintf(
            line, sizeof line,
            "From %s thread%s on the longest item sets the bound: the loop is never done before "
            "it.",
            text_count(count, (uint64_t)fmin(useful, 1e15)), phrase_plural(useful));
        table_wrap(out, line, 0);
    }
}

static void write_checks(FILE *out, const struct predict *predict)
{
    size_t count = predict->replay->measured_count;
    double least = INFINITY, most = 0;
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        least = fmin(least, fmin(predict->checks[i].seconds, predict->checks[i].measured->median));
        most = fmax(most, fmax(predict->checks[i].seconds, predict->checks[i].measured->median));
    }
    struct predict_unit unit = predict_words_unit(least, most);
    char name[SCHEDULE_SIZE], error[PHRASE_SIZE], time[32];
    snprintf(time, sizeof time, "times in %s", unit.name);
    table_heading(out, "Measured, and what is predicted for these runs", time);
    fprintf(out, "threads  %-11s %-5s %4s %9s %17s %9s %8s\n", "schedule", "order", "runs",
            "median", "range", "predicted", "error");
    for (size_t i = 0; i < count; i++) {
        const struct predict_check *check = &predict->checks[i];
        const struct replay_measured *m = check->measured;
        char range[48];
        snprintf(range, sizeof range, "%.*f .. %.*f", unit.places, m->least * unit.scale,
                 unit.places, m->most * unit.scale);
        snprintf(error, sizeof error, "%+.1f %%", 100 * check->error);
        fprintf(out, "%7d  %-11s %-5s %4zu %9.*f %17s %9.*f %8s\n", m->loop.threads,
                schedule_name(&m->loop.schedule, name), m->loop.by_cost ? "cost" : "input", m->runs,
                unit.places, m->median * unit.scale, range, unit.places,
                check->seconds * unit.scale, error);
    }
    if (predict->changed || predict->options.items_total)
        fprintf(out, "with stages and items as they were\n");
}

/* The fastest of the schedules with that team. */
static const struct predict_point *fastest(const struct predict *predict, size_t team)
{
    const struct predict_point *row = &predict->points[team * predict->options.schedule_count];
    const struct predict_point *best = row;
    for (size_t s = 1; s < predict->options.schedule_count; s++)
        best = row[s].seconds < best->seconds ? &row[s] : best;
    return best;
}

static void write_effort(FILE *out, const struct predict *predict)
{
    char effort[PHRASE_SIZE], base[PHRASE_SIZE], title[LINE], remark[LINE];
    if (!(predict->options.effort_seconds > 0))
        return;
    text_duration(effort, predict->options.effort_seconds);
    snprintf(title, sizeof title, "When are %s of rewriting repaid?", effort);
    snprintf(remark, sizeof remark, "a run of the base: %s",
             predict_words_duration(base, predict->base_seconds));
    table_heading(out, title, remark);
    fprintf(out, "threads  %-14s %14s %14s %22s\n", "schedule", "a run takes", "and saves",
            "repaid on run");
    for (size_t i = 0; i < predict->options.thread_count; i++) {
        const struct predict_point *point = fastest(predict, i);
        char name[SCHEDULE_SIZE], takes[PHRASE_SIZE], saves[PHRASE_SIZE], run[TEXT_SIZE];
        bool pays = isfinite(point->pays_on) && point->pays_on < 1e15;
        fprintf(out, "%7d  %-14s %14s %14s %22s\n", point->threads,
                schedule_name(&point->schedule, name),
                predict_words_duration(takes, point->seconds),
                pays ? predict_words_duration(saves, point->saved) : "-",
                pays ? text_count(run, (uint64_t)point->pays_on) : "never");
    }
    fprintf(out, "with the fastest of the schedules above\n");
}

void predict_table_write(FILE *out, const struct predict *predict)
{
    predict_words_source(out, predict->replay);
    write_changes(out, predict);
    write_seconds(out, predict);
    write_notes(out, predict);
    write_predictions(out, predict);
    write_remarks(out, predict);
    write_checks(out, predict);
    write_effort(out, predict);
}
