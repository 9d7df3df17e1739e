#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "cli/drawing.h"
#include "report/analysis.h"
#include "report/figures.h"

enum { KEEP_CORES = -1, KEEP_SMT };

struct settings {
    const char *folder;
    bool only[FIGURES_COUNT], some;
    bool terminal, dark;
    int include;
};

/* Names of figures with commas between them. */
static bool parse_only(const struct option_spec *spec, const char *text, void *target,
                       struct error *error)
{
    struct settings *settings = target;
    const char *names[FIGURES_COUNT];
    char word[64], list[256] = "";
    for (int kind = 0; kind < FIGURES_COUNT; kind++) {
        names[kind] = figures_name((enum figures_kind)kind);
        strcat(strcat(list, kind ? ", " : ""), names[kind]);
    }
    for (size_t length; *text || !settings->some; text += length + (text[length] == ',')) {
        length = strcspn(text, ",");
        snprintf(word, sizeof word, "%.*s", (int)length, text);
        int kind = 0;
        while (kind < FIGURES_COUNT && strcmp(names[kind], word) != 0)
            kind++;
        if (kind == FIGURES_COUNT) {
            const char *nearest = options_nearest(word, names, FIGURES_COUNT, sizeof *names);
            return error_set(error, ERROR_USAGE, "--%s: '%s' is not one of %s%s%s%s", spec->name,
                             word, list, nearest ? "; did you mean '" : "", nearest ? nearest : "",
                             nearest ? "'?" : "");
        }
        settings->only[kind] = settings->some = true;
    }
    return true;
}

static bool print_figure(const struct analysis *analysis, enum figures_kind kind, bool *drawn,
                         struct error *error)
{
    struct figures_form form = drawing_terminal();
    char *text;
    if (!figures_render(analysis, kind, &form, &text, drawn, error))
        return false;
    if (*drawn) {
        printf("%s. %s\n%s\n", figures_title(kind), figures_about(kind), text);
        char *caption = figures_caption(analysis, kind);
        drawing_caption(caption);
        free(caption);
    }
    free(text);
    return true;
}

/* Draws what is wanted and possible. */
static bool draw(const struct analysis *analysis, const struct settings *settings,
                 struct error *error)
{
    bool drawn = true;
    for (int i = 0; i < FIGURES_COUNT; i++) {
        enum figures_kind kind = (enum figures_kind)i;
        const char *name = figures_name(kind);
        if (settings->some && !settings->only[i])
            continue;
        if (!figures_possible(analysis, kind)) {
            if (settings->some)
                fprintf(stderr, "pixscale: plot: no %s: it needs %s\n", name, figures_needs(kind));
            continue;
        }
        if (!(settings->terminal ? print_figure(analysis, kind, &drawn, error)
                                 : figures_draw(analysis, kind, settings->folder, name,
                                                settings->dark, &drawn, error)))
            return false;
        if (!settings->terminal)
            escape_line(stdout, "%s/%s.gp%s%s", settings->folder, name,
                        drawn ? " .svg .png  " : "  ", figures_title(kind));
    }
    if (!drawn)
        drawing_missing("plot", settings->terminal ? NULL : settings->folder);
    return true;
}

static bool any_possible(const struct analysis *analysis, const struct settings *settings)
{
    for (int kind = 0; kind < FIGURES_COUNT; kind++)
        if ((!settings->some || settings->only[kind]) &&
            figures_possible(analysis, (enum figures_kind)kind))
            return true;
    return false;
}

/* What the first figure that is asked for lacks. */
static const char *explain(const struct settings *settings)
{
    int kind = 0;
    while (settings->some && !settings->only[kind])
        kind++;
    return figures_needs((enum figures_kind)kind);
}

static int plot(const struct settings *settings, const char *const *paths, size_t count)
{
    struct analysis_options options = {.include_smt = settings->include == KEEP_SMT};
    struct analysis analysis;
    struct error error;
    if (!analysis_load(&analysis, paths, count, &options, &error))
        return commands_fail(&error);
    bool ok = any_possible(&analysis, settings) ||
              error_set(&error, ERROR_USAGE,
                        "plot: nothing can be drawn from these records; needed are "
                        "%s",
                        explain(settings));
    ok = ok && (settings->terminal || drawing_folder("plot", settings->folder, &error)) &&
         draw(&analysis, settings, &error);
    analysis_free(&analysis);
    return ok ? EXIT_CLEAN : commands_fail(&error);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct settings settings = {.folder = "plots", .include = KEEP_CORES};
    int first = argc;
    enum options_outcome outcome = options_parse(self, argc, argv, &settings, &first);
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    if (first == argc) {
        struct error error;
        error_set(&error, ERROR_USAGE,
                  "plot: no records given; such as pixscale plot profiles/*.jsonl");
        return commands_fail(&error);
    }
    return plot(&settings, (const char *const *)argv + first, (size_t)(argc - first));
}

static const char *const include_names[] = {[KEEP_SMT] = "smt", NULL};

#define AT(field) offsetof(struct settings, field)

static const struct option_spec options[] = {
    {"output", 'o', "DIR", "the folder to write to (default: plots), made if it is not there",
     option_text, AT(folder), NULL},
    {"only", 0, "NAME,NAME",
     "of speedup, efficiency, karp_flatt, ledger, stages, timeline, residuals, ranks_speedup, "
     "ranks_time and ranks_load draw these",
     parse_only, 0, NULL},
    {"term", 0, NULL, "draw in the terminal, by characters, and write no files", option_flag,
     AT(terminal), NULL},
    {"dark", 0, NULL, "for a dark ground", option_flag, AT(dark), NULL},
    {"include", 0, "WHAT", "smt: keep the points with more threads than physical cores in the fit",
     option_choice, AT(include), &(const struct option_choices){include_names}},
    {0},
};
static const char *const usage[] = {"plot [OPTIONS] RECORDS...", NULL};
static const char *const examples[] = {"pixscale plot profiles/*.jsonl",
                                       "every figure that the records have the data for, in plots/",
                                       "pixscale plot --term --only speedup profiles/desk.jsonl",
                                       "a first look, without leaving the terminal",
                                       "pixscale plot before.jsonl after.jsonl -o before-after",
                                       "two curves in one figure",
                                       NULL};
const struct command cmd_plot = {
    .name = "plot",
    .summary = "draw speed-up, efficiency, losses, stages and timeline with gnuplot",
    .usage = usage,
    .about =
        "Writes each figure as a gnuplot script with its data inside (NAME.gp) and, where gnuplot "
        "is installed, draws it as NAME.svg and NAME.png; files of these names are replaced. "
        "Records are what fit reads. Several programs, machines or versions are laid over each "
        "other, up to six. Records of the shards of a run are drawn as such: over ranks, with the "
        "load "
        "of each shard.",
    .options = options,
    .examples = examples,
    .run = run};
