#include "report/figures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/figures_data.h"
#include "report/gnuplot.h"
#include "report/templates.h"

#define TITLE_LIMIT   90  /* characters of the widest figure's head */
#define CAPTION_WIDTH 138 /* the same of the small print below it */
#define NAME_SIZE     200

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

static bool possible_in(const struct analysis_group *group, enum figures_kind kind)
{
    switch (kind) {
    case FIGURES_LEDGER:
    case FIGURES_STAGES:
        return figures_bars_possible(group, kind);
    case FIGURES_TIMELINE:
        return figures_timeline_possible(group);
    default:
        return figures_curves_possible(group, kind);
    }
}

bool figures_possible(const struct analysis *analysis, enum figures_kind kind)
{
    for (size_t g = 0; g < figures_data_groups(analysis); g++)
        if (possible_in(&analysis->groups[g], kind))
            return true;
    return false;
}

char *figures_caption(const struct analysis *analysis, enum figures_kind kind)
{
    struct writer writer = {0};
    figures_caption_write(&writer, analysis, kind);
    return writer_take(&writer);
}

/* Length of the longest beginning of `text` that has at most `width` characters and ends before a
 * blank or at the end; at least one word. */
static size_t line_length(const char *text, size_t width)
{
    size_t best = 0, characters = 0, i = 0;
    for (; text[i] && text[i] != '\n'; i++) {
        characters += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (text[i] == ' ' && (characters <= width + 1 || !best))
            best = i;
    }
    return characters <= width || !best ? i : best;
}

/* The caption as an array of lines that fit below the figure. */
static void write_caption(struct writer *writer, const struct analysis *analysis,
                          enum figures_kind kind)
{
    char *caption = figures_caption(analysis, kind), line[1024];
    int lines = 0;
    for (const char *at = caption; at && *at; at += strspn(at, " \n")) {
        size_t length = line_length(at, CAPTION_WIDTH);
        snprintf(line, sizeof line, "%.*s", (int)length, at);
        writer_print(writer, "text_caption%d = ", ++lines);
        writer_quote(writer, line, CAPTION_WIDTH + 20);
        writer_text(writer, "\n");
        at += length;
    }
    writer_print(writer, "captions = %d\n", lines);
    writer->failed = writer->failed || !caption;
    free(caption);
}

/* Colours are numbers in scripts: the only form that every place of a colour takes. */
static void write_colours(struct writer *writer, bool dark)
{
    for (const struct figures_colour *c = figures_palette; c->name; c++)
        writer_print(writer, "%s = 0x%s\n", c->name, (dark ? c->dark : c->light) + 1);
    writer_text(writer, "black = 0x000000\nwhite = 0xffffff\n");
}

static const char *template_text(const char *name, size_t length)
{
    for (const struct template *t = templates_table; t->name; t++)
        if (strlen(t->name) == length && memcmp(t->name, name, length) == 0)
            return (const char *)t->text;
    return NULL;
}

/* Copies a template; a line "load 'FILE'" stands for the template of that name. */
static void write_template(struct writer *writer, const char *name, size_t length)
{
    static const char load[] = "load '";
    const char *at = template_text(name, length);
    for (size_t line; at && *at; at += line) {
        line = strcspn(at, "\n") + 1;
        const char *word = at + strspn(at, " ");
        if (strncmp(word, load, sizeof load - 1) == 0) {
            const char *inner = word + sizeof load - 1;
            write_template(writer, inner, strcspn(inner, "'"));
        } else {
            writer_print(writer, "%.*s", (int)line, at);
        }
    }
}

/* A name of a file that is a word of the script, too: whatever is no letter, digit, point, dash or
 * underscore becomes one. */
static void plain_name(char out[NAME_SIZE], const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t length = 0;
    for (; name[length] && length < NAME_SIZE - 1; length++) {
        bool fine = strchr(allowed, name[length]) && (length > 0 || *name != '.');
        out[length] = fine ? name[length] : '_';
    }
    out[length] = '\0';
}

static void write_head(struct writer *writer, const struct analysis *analysis,
                       enum figures_kind kind, const char *name, const struct figures_form *form)
{
    static const char *const targets[] = {"files", "terminal", "page", "phone"};
    char word[NAME_SIZE];
    plain_name(word, name);
    writer_print(writer,
                 "# %s. %s\n# Holds its data: `gnuplot %s.gp` draws %s.svg and %s.png here.\n",
                 kinds[kind].title, kinds[kind].about, word, word, word);
    writer_print(writer, "form = '%s'; columns = %d; rows = %d; dark = %d\noutput = '%s'\n",
                 targets[form->target], form->columns, form->rows, form->dark, word);
    write_colours(writer, form->dark);
    writer_print(writer, "text_title = '%s'\ntext_subtitle = ", kinds[kind].title);
    if (analysis->group_count == 1)
        writer_quote(writer, analysis->groups[0].name, TITLE_LIMIT);
    else
        writer_print(writer, "'%zu groups'", analysis->group_count);
    writer_print(writer, "\ngroups = %zu\n", figures_data_groups(analysis));
    write_caption(writer, analysis, kind);
}

char *figures_script(const struct analysis *analysis, enum figures_kind kind, const char *name,
                     const struct figures_form *form)
{
    struct writer writer = {0};
    char file[64];
    write_head(&writer, analysis, kind, name, form);
    switch (kind) {
    case FIGURES_LEDGER:
    case FIGURES_STAGES:
        figures_bars_write(&writer, analysis, kind);
        break;
    case FIGURES_TIMELINE:
        figures_timeline_write(&writer, analysis,
                               form->target == FIGURES_TERMINAL ? form->columns : 0);
        break;
    default:
        figures_curves_write(&writer, analysis, kind);
    }
    writer_text(&writer, "\n");
    int length = snprintf(file, sizeof file, "%s.gp", kinds[kind].name);
    write_template(&writer, file, (size_t)length);
    return writer_take(&writer);
}

static bool write_file(const char *path, const char *text, struct error *error)
{
    FILE *file = fopen(path, "we");
    bool ok = file && fputs(text, file) >= 0;
    if (file && fclose(file) != 0)
        ok = false;
    return ok || error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", path, strerror(errno));
}

bool figures_draw(const struct analysis *analysis, enum figures_kind kind, const char *folder,
                  const char *name, bool dark, bool *drawn, struct error *error)
{
    struct figures_form form = {.target = FIGURES_FILES, .dark = dark};
    char *script = figures_script(analysis, kind, name, &form), *path = NULL, word[NAME_SIZE];
    bool ok = false;
    *drawn = false;
    plain_name(word, name);
    if (!script || asprintf(&path, "%s/%s.gp", folder, word) < 0) {
        error_set(error, ERROR_OUTPUT, "%s: out of memory", name);
        goto out_free;
    }
    ok = write_file(path, script, error) && gnuplot_run(script, folder, name, NULL, drawn, error);
    free(path);
out_free:
    free(script);
    return ok;
}

/* gnuplot begins with a form feed, fills lines with blanks and leaves the last one open. */
static void tidy(char *text)
{
    char *end = text;
    for (const char *line = text; *line; line += strspn(line, "\n")) {
        line += *line == '\f';
        size_t length = strcspn(line, "\n"), kept = length;
        while (kept > 0 && line[kept - 1] == ' ')
            kept--;
        if (kept == 0 && !line[length])
            break;
        memmove(end, line, kept);
        end += kept;
        if (line[length])
            *end++ = '\n';
        line += length;
    }
    *end = '\0';
}

bool figures_render(const struct analysis *analysis, enum figures_kind kind,
                    const struct figures_form *form, char **printed, bool *drawn,
                    struct error *error)
{
    char *script = figures_script(analysis, kind, kinds[kind].name, form);
    *printed = NULL;
    *drawn = false;
    if (!script)
        return error_set(error, ERROR_OUTPUT, "%s: out of memory", kinds[kind].name);
    bool ok = gnuplot_run(script, NULL, kinds[kind].name, printed, drawn, error);
    free(script);
    if (*printed && form->target == FIGURES_TERMINAL)
        tidy(*printed);
    return ok;
}
