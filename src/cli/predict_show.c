#include "cli/predict_show.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/escape.h"
#include "base/json_memory.h"
#include "cli/drawing.h"
#include "cli/json_print.h"
#include "report/fit_json.h"
#include "report/predict_figure.h"
#include "report/predict_json.h"
#include "report/predict_nodes_figure.h"
#include "report/predict_nodes_json.h"
#include "report/predict_nodes_table.h"
#include "report/predict_table.h"

/* What was drawn in characters, or NULL without gnuplot; and the caption, which is freed. */
static void print_drawn(char *text, const char *title, char *caption)
{
    if (text) {
        printf("\n%s\n%s\n", title, text);
        drawing_caption(caption);
    } else {
        drawing_missing("predict", NULL);
    }
    free(text);
    free(caption);
}

/* The path goes to standard error beside --json, which has standard output for itself. */
static void tell_files(const struct predict_show *show, const char *name, bool drawn)
{
    FILE *out = show->json ? stderr : stdout;
    fputc('\n', out);
    escape_line(out, "%s/%s.gp%s", show->folder, name, drawn ? " .svg .png" : "");
    if (!drawn)
        drawing_missing("predict", show->folder);
}

static bool print_json(json_t *object, struct error *error)
{
    return json_print(object, FIT_JSON_FLAGS, "predict", error);
}

bool predict_show_teams(const struct predict_show *show, const struct predict *predict,
                        struct error *error)
{
    struct figures_form form = drawing_terminal();
    char *text = NULL;
    bool drawn;
    json_memory_watch();
    if (show->json && !print_json(predict_json_new(predict), error))
        return false;
    if (!show->json)
        predict_table_write(stdout, predict);
    if (show->terminal && !predict_figure_render(predict, &form, &text, &drawn, error))
        return false;
    if (show->terminal)
        print_drawn(text, "Predicted speed-up over threads", predict_figure_caption(predict));
    if (!show->folder)
        return true;
    if (!drawing_folder("predict", show->folder, error) ||
        !predict_figure_draw(predict, show->folder, show->dark, &drawn, error))
        return false;
    tell_files(show, PREDICT_FIGURE_NAME, drawn);
    return true;
}

bool predict_show_nodes(const struct predict_show *show, const struct predict_nodes *nodes,
                        struct error *error)
{
    struct figures_form form = drawing_terminal();
    char *text = NULL;
    bool drawn;
    json_memory_watch();
    if (show->json && !print_json(predict_nodes_json_new(nodes), error))
        return false;
    if (!show->json)
        predict_nodes_table_write(stdout, nodes);
    if (show->terminal && !predict_nodes_figure_render(nodes, &form, &text, &drawn, error))
        return false;
    if (show->terminal)
        print_drawn(text, "Predicted speed-up over nodes", predict_nodes_figure_caption(nodes));
    if (!show->folder)
        return true;
    if (!drawing_folder("predict", show->folder, error) ||
        !predict_nodes_figure_draw(nodes, show->folder, show->dark, &drawn, error))
        return false;
    tell_files(show, PREDICT_NODES_FIGURE_NAME, drawn);
    return true;
}
