#include "report/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/gnuplot.h"
#include "report/templates.h"

#define CAPTION_WIDTH 138 /* characters of the small print below the widest figure */
#define NAME_SIZE     200

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
void script_caption(struct writer *writer, const char *caption)
{
    char line[1024];
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

void script_template(struct writer *writer, const char *name)
{
    write_template(writer, name, strlen(name));
}

void script_head(struct writer *writer, const struct figures_form *form, const char *title,
                 const char *about, const char *name)
{
    static const char *const targets[] = {"files", "terminal", "page", "phone"};
    char word[NAME_SIZE];
    plain_name(word, name);
    writer_print(writer,
                 "# %s. %s\n# Holds its data: `gnuplot %s.gp` draws %s.svg and %s.png here.\n",
                 title, about, word, word, word);
    writer_print(writer, "form = '%s'; columns = %d; rows = %d; dark = %d\noutput = '%s'\n",
                 targets[form->target], form->columns, form->rows, form->dark, word);
    write_colours(writer, form->dark);
    writer_print(writer, "text_title = '%s'\n", title);
}

static bool write_file(const char *path, const char *text, struct error *error)
{
    FILE *file = fopen(path, "we");
    bool ok = file && fputs(text, file) >= 0;
    if (file && fclose(file) != 0)
        ok = false;
    return ok || error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", path, strerror(errno));
}

bool script_draw(const char *script, const char *folder, const char *name, bool *drawn,
                 struct error *error)
{
    char *path = NULL, word[NAME_SIZE];
    *drawn = false;
    plain_name(word, name);
    if (!script || asprintf(&path, "%s/%s.gp", folder, word) < 0)
        return error_set(error, ERROR_OUTPUT, "%s: out of memory", name);
    bool ok =
        write_file(path, script, error) && gnuplot_run(script, folder, name, NULL, drawn, error);
    free(path);
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

bool script_render(const char *script, const char *what, const struct figures_form *form,
                   char **printed, bool *drawn, struct error *error)
{
    *printed = NULL;
    *drawn = false;
    if (!script)
        return error_set(error, ERROR_OUTPUT, "%s: out of memory", what);
    bool ok = gnuplot_run(script, NULL, what, printed, drawn, error);
    if (*printed && form->target == FIGURES_TERMINAL)
        tidy(*printed);
    return ok;
}
