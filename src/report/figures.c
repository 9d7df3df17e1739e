#include "report/figures.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/figures_data.h"
#include "report/script.h"

static const struct {
    const char *name, *title, *about, *needs;
} kinds[FIGURES_COUNT] = {
    [FIGURES_SPEEDUP] = {"speedup", "Speed-up",
                         "How many times faster than the base, over the number of threads.",
                         "runs with at least two numbers of threads"},
    [FIGURES_EFFICIENCY] = {"efficiency", "Efficiency",
                            "What share of each thread reaches the result, and the seconds.",
                            "runs with at least two numbers of threads"},
    [FIGURES_KARP_FLATT] = {"karp_flatt", "Serial share after Karp and Flatt",
                            "The serial share that each point would have under Amdahl's law.",
                            "runs with one thread and with several"},
    [FIGURES_LEDGER] = {"ledger", "Where the threads went",
                        "The whole of p threads: what was achieved, and what was lost to what.",
                        "records of run --profile, of one thread and of several"},
    [FIGURES_STAGES] = {"stages", "Work by stage",
                        "Seconds of all threads together, by stage: does the work itself grow?",
                        "records of run --profile"},
    [FIGURES_TIMELINE] = {"timeline", "Timeline",
                          "One run, a lane for each thread: serial phases, items, idle time.",
                          "records of run --profile with --items"},
    [FIGURES_RESIDUALS] = {"residuals", "Residuals", "How far each run lies from the fitted law.",
                           "a fitted law"},
    [FIGURES_RANKS_SPEEDUP] = {"ranks_speedup", "Speed-up across nodes",
                               "How many times faster than the base, over the number of ranks.",
                               "sharded runs with at least two numbers of ranks"},
    [FIGURES_RANKS_TIME] = {"ranks_time", "What the time is made of",
                            "Of each number of ranks: list, start-up, work, waiting and merge.",
                            "records of all shards of a run"},
    [FIGURES_RANKS_LOAD] = {"ranks_load", "Load of the shards",
                            "How long each shard of one run took: all wait for the slowest.",
                            "records of all shards of a run"},
};

/* On a dark ground the dark ones are lighter; the light ones stay. */
const struct figures_colour figures_palette[] = {
    {"ink", "#1b1f24", "#e8eaed"},
    {"muted", "#5a6470", "#a9b1ba"},
    {"grid", "#d5dae0", "#3b424a"},
    {"hush", "#e9ecef", "#2a3037"},
    {"paper", "#fdfdfd", "#15181c"},
    {"blue", "#0072b2", "#3b9bdc"},
    {"vermillion", "#d55e00", "#ee7b22"},
    {"green", "#009e73", "#1fb98c"},
    {"purple", "#cc79a7", "#d68fb6"},
    {"orange", "#e69f00", "#e9ab20"},
    {"sky", "#56b4e9", "#7cc6ef"},
    {"yellow", "#f0e442", "#f0e65a"},
    {NULL, NULL, NULL},
};

const char *figures_name(enum figures_kind kind)
{
    return kinds[kind].name;
}

const char *figures_title(enum figures_kind kind)
{
    return kinds[kind].title;
}

const char *figures_about(enum figures_kind kind)
{
    return kinds[kind].about;
}

const char *figures_needs(enum figures_kind kind)
{
    return kinds[kind].needs;
}

enum analysis_axis figures_axis(enum figures_kind kind)
{
    return kind >= FIGURES_RANKS_SPEEDUP ? ANALYSIS_RANKS : ANALYSIS_THREADS;
}

static bool possible_in(const struct analysis_group *group, enum figures_kind kind)
{
    switch (kind) {
    case FIGURES_LEDGER:
    case FIGURES_STAGES:
    case FIGURES_RANKS_TIME:
        return figures_bars_possible(group, kind);
    case FIGURES_RANKS_LOAD:
        return figures_shards_possible(group);
    case FIGURES_TIMELINE:
        return figures_timeline_possible(group);
    default:
        return figures_curves_possible(group, kind);
    }
}

bool figures_possible(const struct analysis *analysis, enum figures_kind kind)
{
    struct analysis part = analysis_of_axis(analysis, figures_axis(kind));
    for (size_t g = 0; g < figures_data_groups(&part); g++)
        if (possible_in(&part.groups[g], kind))
            return true;
    return false;
}

char *figures_caption(const struct analysis *analysis, enum figures_kind kind)
{
    struct writer writer = {0};
    struct analysis part = analysis_of_axis(analysis, figures_axis(kind));
    figures_caption_write(&writer, &part, kind);
    return writer_take(&writer);
}

static void write_head(struct writer *writer, const struct analysis *analysis,
                       enum figures_kind kind, const char *name, const struct figures_form *form)
{
    char *caption = figures_caption(analysis, kind);
    script_head(writer, form, kinds[kind].title, kinds[kind].about, name);
    writer_text(writer, "text_subtitle = ");
    if (analysis->group_count == 1)
        writer_quote(writer, analysis->groups[0].name, SCRIPT_TITLE_LIMIT);
    else
        writer_print(writer, "'%zu groups'", analysis->group_count);
    writer_print(writer, "\ngroups = %zu\n", figures_data_groups(analysis));
    if (figures_axis(kind) == ANALYSIS_RANKS)
        writer_text(writer, "axis = 'ranks n'; letter = 'n'\n");
    script_caption(writer, caption);
    writer->failed = writer->failed || !caption;
    free(caption);
}

char *figures_script(const struct analysis *whole, enum figures_kind kind, const char *name,
                     const struct figures_form *form)
{
    struct writer writer = {0};
    struct analysis part = analysis_of_axis(whole, figures_axis(kind)), *analysis = &part;
    char file[64];
    write_head(&writer, analysis, kind, name, form);
    switch (kind) {
    case FIGURES_RANKS_LOAD:
        figures_shards_write(&writer, analysis, form);
        break;
    case FIGURES_RANKS_TIME:
    case FIGURES_LEDGER:
    case FIGURES_STAGES:
        figures_bars_write(&writer, analysis, kind);
        break;
    case FIGURES_TIMELINE:
        figures_timeline_write(&writer, analysis,
                               form->target == FIGURES_TERMINAL ? form->columns : 0);
        break;
    default:
        figures_curves_write(&writer, analysis,
                             kind == FIGURES_RANKS_SPEEDUP ? FIGURES_SPEEDUP : kind);
    }
    writer_text(&writer, "\n");
    snprintf(file, sizeof file, "%s.gp",
             kinds[kind == FIGURES_RANKS_SPEEDUP ? FIGURES_SPEEDUP : kind].name);
    script_template(&writer, file);
    return writer_take(&writer);
}

bool figures_draw(const struct analysis *analysis, enum figures_kind kind, const char *folder,
                  const char *name, bool dark, bool *drawn, struct error *error)
{
    struct figures_form form = {.target = FIGURES_FILES, .dark = dark};
    char *script = figures_script(analysis, kind, name, &form);
    bool ok = script_draw(script, folder, name, drawn, error);
    free(script);
    return ok;
}

bool figures_render(const struct analysis *analysis, enum figures_kind kind,
                    const struct figures_form *form, char **printed, bool *drawn,
                    struct error *error)
{
    char *script = figures_script(analysis, kind, kinds[kind].name, form);
    bool ok = script_render(script, kinds[kind].name, form, printed, drawn, error);
    free(script);
    return ok;
}
