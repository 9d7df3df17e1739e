#include "report/predict_figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/phrase.h"
#include "report/script.h"
#include "report/writer.h"

#define TITLE "Predicted speed-up"
#define ABOUT "Runs that never were, replayed from the items of a recorded one."

#define GREY                                                                                       \
    "Grey: whatever the schedule, the loop takes at least max(work/p, longest item); a greedy "    \
    "one "                                                                                         \
    "at most (work - longest)/p + longest."

#define LEGEND_LIMIT   60
#define EVERY_TEAM     16     /* up to here every number of threads is simulated */
#define STEPS_OF_TWO   8      /* beyond, so many in a doubling */
#define MOST_SIMULATED 300000 /* items; of more only the teams of the table are simulated */

static size_t curves(const struct predict *predict)
{
    size_t count = predict->options.schedule_count;
    return count < FIGURES_GROUPS ? count : FIGURES_GROUPS;
}

static int reach_of(const struct predict *predict)
{
    int reach = predict->options.threads[predict->options.thread_count - 1];
    for (size_t i = 0; i < predict->replay->measured_count; i++)
        if (predict->replay->measured[i].loop.threads > reach)
            reach = predict->replay->measured[i].loop.threads;
    return reach > 2 ? reach : 2;
}

/* The teams that a curve goes through: all small ones, then equal ratios, and those of the table.
 */
static bool on_curve(const struct predict *predict, int threads)
{
    for (size_t i = 0; i < predict->options.thread_count; i++)
        if (predict->options.threads[i] == threads)
            return true;
    if (predict->prepared.count > MOST_SIMULATED)
        return false;
    double step = log2(threads) * STEPS_OF_TWO, next = log2(threads + 1) * STEPS_OF_TWO;
    return threads <= EVERY_TEAM || floor(next - 1e-9) > floor(step - 1e-9);
}

struct extremes {
    double least, greatest;
};

static void widen(struct extremes *extremes, double value)
{
    extremes->least = fmin(extremes->least, value);
    extremes->greatest = fmax(extremes->greatest, value);
}

static void write_curves(struct writer *writer, const struct predict *predict,
                         struct extremes *extremes)
{
    int reach = reach_of(predict);
    writer_text(writer, "# schedule, threads, predicted speed-up\n$CURVE << EOD\n");
    for (size_t s = 0; s < curves(predict); s++)
        for (int threads = 1; threads <= reach; threads++) {
            if (!on_curve(predict, threads))
                continue;
            double speedup = predict_at(predict, threads, s);
            widen(extremes, speedup);
            writer_print(writer, "%zu %d ", s + 1, threads);
            writer_number(writer, speedup, 7);
            writer_text(writer, "\n");
        }
    writer_text(writer, "EOD\n");
}

/* From the bounds' own formulae, so that they are smooth: the table's are among them. */
static void write_bounds(struct writer *writer, const struct predict *predict,
                         struct extremes *extremes)
{
    int reach = reach_of(predict);
    writer_text(writer, "# threads, speed-up that a greedy schedule keeps, that none beats\n"
                        "$BOUND << EOD\n");
    for (int threads = 1; threads <= reach; threads++) {
        struct predict_bound bound = predict_bound_at(predict, threads);
        if (threads > EVERY_TEAM && threads < reach && !on_curve(predict, threads))
            continue;
        widen(extremes, bound.most);
        writer_print(writer, "%d ", threads);
        writer_number(writer, bound.greedy, 7);
        writer_text(writer, " ");
        writer_number(writer, bound.most, 7);
        writer_text(writer, "\n");
    }
    writer_text(writer, "EOD\n");
}

/* The curve that the measured point belongs to, from 1; 0 if none has its schedule and order. */
static size_t curve_of(const struct predict *predict, const struct replay_measured *measured)
{
    for (size_t s = 0; s < curves(predict); s++)
        if (predict_same_schedule(&predict->options.schedules[s], &measured->loop.schedule) &&
            measured->loop.by_cost == predict->by_cost)
            return s + 1;
    return 0;
}

static void write_measured(struct writer *writer, const struct predict *predict,
                           struct extremes *extremes)
{
    size_t count = predict->options.items_total ? 0 : predict->replay->measured_count;
    size_t curved = 0; /* of them belong to a curve */
    writer_text(writer, "# schedule (0: none of these), threads, measured speed-up: of the median, "
                        "slowest and fastest run\n$MEASURED << EOD\n"
                        "0 1 NaN NaN NaN\n"); /* gnuplot complains about an empty block */
    for (size_t i = 0; i < count; i++) {
        const struct predict_check *check = &predict->checks[i];
        const struct replay_measured *measured = check->measured;
        double slowest = check->speedup * measured->median / measured->most;
        double fastest = check->speedup * measured->median / measured->least;
        size_t curve = curve_of(predict, measured);
        curved += curve > 0;
        widen(extremes, slowest);
        widen(extremes, fastest);
        writer_print(writer, "%zu %d %.7g %.7g %.7g\n", curve, measured->loop.threads,
                     check->speedup, slowest, fastest);
    }
    writer_print(writer, "EOD\nmeasured = %zu\ncurved = %zu\n", count, curved);
}

static void write_legend(struct writer *writer, const struct predict *predict)
{
    writer_print(writer, "array text_schedule[%zu]\n", curves(predict));
    for (size_t s = 0; s < curves(predict); s++) {
        const struct schedule *schedule = &predict->options.schedules[s];
        char name[SCHEDULE_SIZE], text[2 * SCHEDULE_SIZE];
        snprintf(text, sizeof text, "%s%s", schedule_name(schedule, name),
                 predict_is_recorded(predict, schedule) ? " (as recorded)" : "");
        writer_print(writer, "text_schedule[%zu] = ", s + 1);
        writer_quote(writer, text, LEGEND_LIMIT);
        writer_text(writer, "\n");
    }
}

static void write_limits(struct writer *writer, const struct predict *predict)
{
    const struct replay *replay = predict->replay;
    bool shown = !replay->waiting && replay->cores > 0 && replay->cores < reach_of(predict);
    writer_print(writer, "limits = %d\n", shown);
    if (shown)
        writer_print(writer, "limit_at1 = %d\nlimit_text1 = '%d core%s'\n", replay->cores,
                     replay->cores, phrase_plural(replay->cores));
}

char *predict_figure_caption(const struct predict *predict)
{
    const struct replay *replay = predict->replay;
    struct writer writer = {0};
    char base[256], changes[256];
    predict_base(predict, base, sizeof base);
    predict_changes(predict, changes, sizeof changes);
    writer_print(&writer, "Base: %s.\n", base);
    if (replay->runs > 1)
        writer_print(&writer, "Replayed: medians of %zu runs", replay->runs);
    else
        writer_text(&writer, "Replayed: 1 run");
    writer_print(&writer, " of %d thread%s, %zu items, %s.\n", replay->recorded.threads,
                 phrase_plural(replay->recorded.threads), replay->count,
                 predict->by_cost ? "costliest first" : "in the order of the input");
    if (*changes)
        writer_print(&writer, "What if %s: the base is as recorded.\n", changes);
    writer_text(&writer, replay->waiting
                             ? "Assumed: the work waits, so any number of threads has room.\n"
                             : "Assumed: a core for every thread; items are not slowed by others "
                               "beside them.\n");
    return writer_take(&writer);
}

char *predict_figure_script(const struct predict *predict, const struct figures_form *form)
{
    struct writer writer = {0};
    struct extremes extremes = {1, 1};
    char *caption = predict_figure_caption(predict), *whole = NULL;
    if (caption && asprintf(&whole, "%s%s", caption, GREY) < 0)
        whole = NULL;
    free(caption);
    script_head(&writer, form, TITLE, ABOUT, PREDICT_FIGURE_NAME);
    writer_text(&writer, "text_subtitle = ");
    writer_quote(&writer, predict->replay->what, SCRIPT_TITLE_LIMIT);
    writer_print(&writer, "\ngroups = %zu\nreach = %d\n", curves(predict), reach_of(predict));
    script_caption(&writer, whole);
    writer.failed = writer.failed || !whole;
    free(whole);
    write_legend(&writer, predict);
    write_limits(&writer, predict);
    write_curves(&writer, predict, &extremes);
    write_bounds(&writer, predict, &extremes);
    write_measured(&writer, predict, &extremes);
    writer_print(&writer, "least = %.7g\ngreatest = %.7g\n\n", extremes.least, extremes.greatest);
    script_template(&writer, PREDICT_FIGURE_NAME ".gp");
    return writer_take(&writer);
}

bool predict_figure_draw(const struct predict *predict, const char *folder, bool dark, bool *drawn,
                         struct error *error)
{
    struct figures_form form = {.target = FIGURES_FILES, .dark = dark};
    char *script = predict_figure_script(predict, &form);
    bool ok = script_draw(script, folder, PREDICT_FIGURE_NAME, drawn, error);
    free(script);
    return ok;
}

bool predict_figure_render(const struct predict *predict, const struct figures_form *form,
                           char **printed, bool *drawn, struct error *error)
{
    char *script = predict_figure_script(predict, form);
    bool ok = script_render(script, PREDICT_FIGURE_NAME, form, printed, drawn, error);
    free(script);
    return ok;
}
