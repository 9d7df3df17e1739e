/*
 * Any text as a file of measurements: our records, CSV, or what hyperfine exports. It is refused in
 * one clean line, or everything that `fit`, `plot`, `report` and `predict` make of it is made: the
 * table, the JSON, the scripts of the figures and the page.
 *
 * The first byte chooses the options. gnuplot itself is left out: what draws finds none.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz_main.h"
#include "report/analysis.h"
#include "report/fit_json.h"
#include "report/page.h"
#include "report/predict.h"
#include "report/predict_figure.h"
#include "report/predict_json.h"
#include "report/predict_nodes_figure.h"
#include "report/predict_nodes_json.h"
#include "report/predict_nodes_table.h"
#include "report/predict_table.h"
#include "report/readings.h"
#include "report/script.h"
#include "report/table.h"

static const char *const paths[] = {"-"};

/* In place of the program's own, by the linker's --wrap: a machine without gnuplot. */
bool __wrap_script_render(const char *script, const char *what, const struct figures_form *form,
                          char **printed, bool *drawn, struct error *error);
bool __wrap_script_render(const char *script, const char *what, const struct figures_form *form,
                          char **printed, bool *drawn, struct error *error)
{
    (void)what, (void)form, (void)error;
    require(script != NULL);
    *printed = NULL;
    *drawn = false;
    return true;
}

/* Text that a terminal may be shown; with `lines`, in lines. */
static void check_text(const char *text, bool lines)
{
    for (const char *c = text; *c; c++) {
        unsigned char byte = (unsigned char)*c, next = (unsigned char)c[1];
        require(byte >= 0x20 || (lines && byte == '\n'));
        require(byte != 0x7f && !(byte == 0xc2 && next >= 0x80 && next < 0xa0));
    }
}

static void check_error(const struct error *error)
{
    require(error->kind == ERROR_USAGE && error->text[0]);
    check_text(error->text, false);
}

/* Standard input becomes the text. */
static void offer(const uint8_t *data, size_t size)
{
    static int file = -1;
    if (file < 0) {
        file = memfd_create("records", MFD_CLOEXEC);
        require(file >= 0 && dup2(file, STDIN_FILENO) == STDIN_FILENO);
    }
    require(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
}

static void rewind_input(void)
{
    require(lseek(STDIN_FILENO, 0, SEEK_SET) == 0);
}

/* What is handed to other programs must be JSON that they can read: no NaN, no infinity. */
static void check_json(json_t *json)
{
    require(json != NULL);
    char *text = json_dumps(json, FIT_JSON_FLAGS);
    require(text != NULL);
    json_t *again = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    require(again != NULL);
    json_decref(again);
    json_decref(json);
    free(text);
}

static void check_group(const struct analysis_group *group)
{
    require(group->name && group->host && group->what && group->verdict && group->verdict[0]);
    check_text(group->name, false);
    check_text(group->host, false);
    check_text(group->what, false);
    check_text(group->verdict, true);
    require(group->cores >= 0 && group->cpus >= 0 && group->quota >= 0);
    for (size_t i = 0; i < group->run_count; i++) {
        const struct study_run *run = &group->runs[i];
        require(run->threads >= 1 && run->threads <= READINGS_MAX_THREADS);
        require(isfinite(run->seconds) && run->seconds > 0);
        require(!run->excluded || run->why);
    }
}

static void check_table(const struct analysis *analysis)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    require(out != NULL);
    table_write(out, analysis);
    require(fclose(out) == 0 && strlen(text) == size);
    check_text(text, true);
    free(text);
}

static void check_figures(const struct analysis *analysis)
{
    const struct figures_form form = {.target = FIGURES_PAGE};
    for (int kind = 0; kind < FIGURES_COUNT; kind++) {
        if (!figures_possible(analysis, (enum figures_kind)kind))
            continue;
        char *script = figures_script(analysis, (enum figures_kind)kind, "name", &form);
        char *caption = figures_caption(analysis, (enum figures_kind)kind);
        require(script && caption);
        check_text(script, true);
        check_text(caption, true);
        free(script);
        free(caption);
    }
}

static void check_page(const struct analysis *analysis)
{
    struct error error = {.kind = ERROR_NONE};
    bool drawn = true;
    char *html = page_html(analysis, "0", &drawn, &error);
    require(html != NULL);
    check_text(html, true);
    require(!strcasestr(html, "<script") && !strcasestr(html, "<img"));
    free(html);
}

static void analyse(unsigned choice)
{
    static const double threads[] = {3, 1000000};
    const struct analysis_options options = {
        .include_smt = choice & 1,
        .study = {.throughput = choice & 2,
                  .predict = choice & 4 ? threads : NULL,
                  .predict_count = choice & 4 ? sizeof threads / sizeof *threads : 0}};
    struct analysis analysis;
    struct error error = {.kind = ERROR_NONE};
    rewind_input();
    if (!analysis_load(&analysis, paths, 1, &options, &error)) {
        check_error(&error);
        return;
    }
    require(analysis.group_count > 0);
    for (size_t i = 0; i < analysis.group_count; i++)
        check_group(&analysis.groups[i]);
    check_json(fit_json_new(&analysis));
    check_table(&analysis);
    check_figures(&analysis);
    check_page(&analysis);
    analysis_free(&analysis);
}

static void check_prediction(const struct predict *predict)
{
    const struct figures_form form = {.target = FIGURES_TERMINAL, .columns = 80, .rows = 24};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    require(out != NULL);
    predict_table_write(out, predict);
    require(fclose(out) == 0 && strlen(text) == size);
    check_text(text, true);
    free(text);
    check_json(predict_json_new(predict));
    char *script = predict_figure_script(predict, &form);
    require(script != NULL);
    check_text(script, true);
    free(script);
}

static void check_nodes(const struct predict_nodes *nodes)
{
    const struct figures_form form = {.target = FIGURES_TERMINAL, .columns = 80, .rows = 24};
    char *text = NULL;
    size_t size;
    struct error error = {.kind = ERROR_NONE};
    FILE *out = open_memstream(&text, &size);
    require(out != NULL);
    predict_nodes_table_write(out, nodes);
    require(fclose(out) == 0 && strlen(text) == size);
    check_text(text, true);
    free(text);
    check_json(predict_nodes_json_new(nodes));
    char *script = predict_nodes_figure_script(nodes, &form, &error);
    require(script != NULL);
    check_text(script, true);
    free(script);
}

static void replay_nodes(const struct replay *loaded, unsigned choice)
{
    struct predict_nodes_options options = predict_nodes_options_default();
    struct predict_nodes nodes;
    struct error error = {.kind = ERROR_NONE};
    options.node_count = 3;
    options.nodes[0] = 1;
    options.nodes[1] = 3;
    options.nodes[2] = 100;
    options.items_total = choice & 32 ? 1000 : 0;
    options.bandwidth = choice & 64 ? 1e6 : 0;
    options.node_bandwidth = choice & 128 ? 1e5 : 0;
    if (!predict_nodes_make(&nodes, loaded, &options, &error)) {
        check_error(&error); /* bytes that nobody counted, or too many items */
        return;
    }
    check_nodes(&nodes);
    predict_nodes_free(&nodes);
}

/* What `predict` makes of it, or why that needs other records. */
static void replay(unsigned choice)
{
    struct predict_options options = predict_options_default();
    options.thread_count = 2;
    options.threads[0] = 1;
    options.threads[1] = 5;
    options.factor[1] = choice & 16 ? 0.25 : 1;
    options.items_total = choice & 32 ? 1000 : 0;
    struct replay loaded;
    struct error error = {.kind = ERROR_NONE};
    rewind_input();
    if (!replay_load(&loaded, paths, 1, NULL, 0, &error)) {
        check_error(&error);
        return;
    }
    struct predict predict;
    require(predict_make(&predict, &loaded, &options, &error));
    check_prediction(&predict);
    predict_free(&predict);
    replay_nodes(&loaded, choice);
    replay_free(&loaded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    offer(data + 1, size - 1);
    analyse(data[0]);
    if (data[0] & 8)
        replay(data[0]);
    return 0;
}
