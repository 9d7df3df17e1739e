#include "report/predict_nodes_figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/phrase.h"
#include "report/script.h"
#include "report/writer.h"

#define TITLE "Predicted speed-up over nodes"
#define ABOUT "Shards that never were, replayed from the items of a recorded run."

#define LEGEND_LIMIT   60
#define EVERY_NODE     12     /* up to here every number of nodes is simulated */
#define STEPS_OF_TWO   4      /* beyond, so many in a doubling */
#define MOST_SIMULATED 300000 /* rows; of more only the numbers of the table */

static int reach_of(const struct predict_nodes *nodes)
{
    int reach = nodes->options.nodes[nodes->options.node_count - 1];
    for (size_t i = 0; i < nodes->replay->sets.count; i++)
        if (nodes->replay->sets.points[i].shards > reach)
            reach = nodes->replay->sets.points[i].shards;
    return reach < 2 ? 2 : reach < PREDICT_NODES_MOST ? reach : PREDICT_NODES_MOST;
}

static bool asked_for(const struct predict_nodes *nodes, int count)
{
    for (size_t i = 0; i < nodes->options.node_count; i++)
        if (nodes->options.nodes[i] == count)
            return true;
    return false;
}

/* Whether another point costs little: few rows, or loops that are told by their bounds. */
static bool is_cheap(const struct predict_nodes *nodes, int count)
{
    return nodes->rows.total <= MOST_SIMULATED ||
           (nodes->loop.schedule.kind == SCHEDULE_DYNAMIC &&
            nodes->rows.total / (uint64_t)count > PREDICT_NODES_EXACT);
}

/* The numbers of nodes that a curve goes through. */
static bool on_curve(const struct predict_nodes *nodes, int count)
{
    const struct predict_nodes_options *options = &nodes->options;
    if (count == nodes->knee || asked_for(nodes, count))
        return true;
    if (count > options->nodes[options->node_count - 1] || !is_cheap(nodes, count))
        return false;
    double step = log2(count) * STEPS_OF_TWO, next = log2(count + 1) * STEPS_OF_TWO;
    return count <= EVERY_NODE || floor(next - 1e-9) > floor(step - 1e-9);
}

struct drawing {
    struct writer writer;
    double least, greatest; /* speed-ups */
    bool bounded;           /* the bytes limit something */
};

static void widen(struct drawing *drawing, double value)
{
    drawing->least = fmin(drawing->least, value);
    drawing->greatest = fmax(drawing->greatest, value);
}

static void write_point(struct drawing *drawing, const struct predict_nodes *nodes,
                        const struct predict_nodes_point *point)
{
    double even =
        point->seconds - point->loop + fmin(point->loop, nodes->replay->team_seconds + point->even);
    double best = nodes->base_seconds / even;
    widen(drawing, point->speedup);
    widen(drawing, best);
    drawing->bounded = drawing->bounded || isfinite(point->ceiling);
    writer_print(&drawing->writer, "%d ", point->nodes);
    writer_number(&drawing->writer, point->speedup, 7);
    writer_text(&drawing->writer, " ");
    writer_number(&drawing->writer, best, 7);
    writer_text(&drawing->writer, " ");
    writer_number(&drawing->writer, isfinite(point->ceiling) ? point->ceiling : NAN, 7);
    writer_print(&drawing->writer, " %d %d\n", point->nodes == nodes->knee,
                 asked_for(nodes, point->nodes));
}

static bool write_curve(struct drawing *drawing, const struct predict_nodes *nodes,
                        struct error *error)
{
    int reach = reach_of(nodes);
    writer_text(&drawing->writer, "# nodes, speed-up, were shards even, what the bytes allow, is "
                                  "the knee, stands in the table\n$CURVE << EOD\n");
    for (int count = 1; count <= reach; count++) {
        struct predict_nodes_point point;
        if (!on_curve(nodes, count))
            continue;
        if (!predict_nodes_at(nodes, count, &point, error))
            return false;
        write_point(drawing, nodes, &point);
    }
    writer_text(&drawing->writer, "EOD\n");
    return true;
}

/* Measured sets belong into the figure where they are of this loop, and of as many rows. */
static void write_measured(struct drawing *drawing, const struct predict_nodes *nodes)
{
    size_t count = 0;
    bool changed = nodes->options.items_total > 0;
    for (int s = 0; s < STAGE_DISPATCH; s++)
        changed = changed || nodes->options.factor[s] < 1 || nodes->options.factor[s] > 1;
    writer_text(&drawing->writer, "# nodes, measured speed-up: of the median, slowest and fastest "
                                  "set\n$MEASURED << EOD\n1 NaN NaN NaN\n");
    for (size_t i = 0; !changed && i < nodes->replay->sets.count; i++) {
        const struct predict_nodes_check *check = &nodes->checks[i];
        const struct replay_sets_point *m = check->measured;
        if (m->loop.threads != nodes->loop.threads || m->loop.by_cost != nodes->loop.by_cost ||
            !predict_same_schedule(&m->loop.schedule, &nodes->loop.schedule))
            continue;
        count++;
        widen(drawing, check->speedup);
        writer_print(&drawing->writer, "%d %.7g %.7g %.7g\n", m->shards, check->speedup,
                     check->speedup * m->median / m->most, check->speedup * m->median / m->least);
    }
    writer_print(&drawing->writer, "EOD\nmeasured = %zu\n", count);
}

static void write_texts(struct drawing *drawing, const struct predict_nodes *nodes)
{
    const struct predict_nodes_options *options = &nodes->options;
    char all[TEXT_SIZE], each[TEXT_SIZE], text[2 * TEXT_SIZE + 64];
    text_bytes(all, options->bandwidth);
    text_bytes(each, options->node_bandwidth);
    if (options->bandwidth > 0 && options->node_bandwidth > 0)
        snprintf(text, sizeof text, "what %s/s a node, %s/s in all allow", each, all);
    else if (options->bandwidth > 0)
        snprintf(text, sizeof text, "what a file system of %s/s allows", all);
    else
        snprintf(text, sizeof text, "what %s/s a node allow", each);
    writer_print(&drawing->writer, "bounded = %d\ntext_bound = ", drawing->bounded);
    writer_quote(&drawing->writer, drawing->bounded ? text : "", LEGEND_LIMIT);
    bool kneed = nodes->knee < options->nodes[options->node_count - 1];
    writer_print(&drawing->writer, "\nkneed = %d\nknee = %d\n", kneed, nodes->knee);
}

char *predict_nodes_figure_caption(const struct predict_nodes *nodes)
{
    const struct replay *replay = nodes->replay;
    struct writer writer = {0};
    char base[256], changes[256];
    predict_nodes_base(nodes, base, sizeof base);
    predict_changes_of(nodes->options.factor, changes, sizeof changes);
    writer_print(&writer, "Base: %s.\n", base);
    writer_print(&writer,
                 "Replayed: %zu run%s of %d thread%s, %zu items, %s; rows cut into shards by "
                 "recorded cost.\n",
                 replay->runs, replay->runs == 1 ? "" : "s", replay->recorded.threads,
                 phrase_plural(replay->recorded.threads), replay->count,
                 nodes->loop.by_cost ? "costliest first" : "in the order of the input");
    if (*changes)
        writer_print(&writer, "What if %s.\n", changes);
    writer_print(&writer,
                 "Knee: the fewest nodes within %.0f %% of the best time. Left out: waiting for "
                 "the nodes, starting processes%s.\n",
                 100 * (PREDICT_NODES_KNEE - 1),
                 nodes->options.bandwidth > 0 ? "" : ", what the file system gives");
    return writer_take(&writer);
}

char *predict_nodes_figure_script(const struct predict_nodes *nodes,
                                  const struct figures_form *form, struct error *error)
{
    struct drawing drawing = {.least = 1, .greatest = 1};
    struct writer *writer = &drawing.writer;
    char *caption = predict_nodes_figure_caption(nodes);
    script_head(writer, form, TITLE, ABOUT, PREDICT_NODES_FIGURE_NAME);
    writer_text(writer, "text_subtitle = ");
    writer_quote(writer, nodes->replay->what, SCRIPT_TITLE_LIMIT);
    writer_print(writer, "\ngroups = 1\nreach = %d\n", reach_of(nodes));
    script_caption(writer, caption);
    writer->failed = writer->failed || !caption;
    free(caption);
    if (!write_curve(&drawing, nodes, error)) {
        writer_free(writer);
        return NULL;
    }
    write_measured(&drawing, nodes);
    write_texts(&drawing, nodes);
    writer_print(writer, "least = %.7g\ngreatest = %.7g\n\n", drawing.least, drawing.greatest);
    script_template(writer, PREDICT_NODES_FIGURE_NAME ".gp");
    char *script = writer_take(writer);
    if (!script)
        error_set(error, ERROR_OUTPUT, "predict: no memory for the figure");
    return script;
}

bool predict_nodes_figure_draw(const struct predict_nodes *nodes, const char *folder, bool dark,
                               bool *drawn, struct error *error)
{
    struct figures_form form = {.target = FIGURES_FILES, .dark = dark};
    char *script = predict_nodes_figure_script(nodes, &form, error);
    bool ok = script && script_draw(script, folder, PREDICT_NODES_FIGURE_NAME, drawn, error);
    free(script);
    return ok;
}

bool predict_nodes_figure_render(const struct predict_nodes *nodes, const struct figures_form *form,
                                 char **printed, bool *drawn, struct error *error)
{
    char *script = predict_nodes_figure_script(nodes, form, error);
    bool ok =
        script && script_render(script, PREDICT_NODES_FIGURE_NAME, form, printed, drawn, error);
    free(script);
    return ok;
}
