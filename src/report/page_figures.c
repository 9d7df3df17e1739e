/*
 * page_figures: gnuplot's SVG made part of a page.
 *
 * Colours of the palette become custom properties, so that one drawing serves light and dark; names
 * inside get a prefix, since several drawings share the page.
 */
#include "report/page_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/figures.h"

void page_figures_colours(struct writer *writer, bool dark)
{
    for (const struct figures_colour *c = figures_palette; c->name; c++)
        writer_print(writer, "--%s:%s;", c->name, dark ? c->dark : c->light);
}

/* Reads "rgb( 27,  31,  36)" or "#1b1f24" and gives its length, 0 for anything else. */
static size_t read_colour(const char *text, unsigned *colour)
{
    unsigned red, green, blue;
    int length = 0;
    if (*text == '#' && strspn(text + 1, "0123456789abcdefABCDEF") == 6) {
        *colour = (unsigned)strtoul(text + 1, NULL, 16);
        return 7;
    }
    if (sscanf(text, "rgb(%u ,%u ,%u )%n", &red, &green, &blue, &length) != 3 || length == 0 ||
        red > 255 || green > 255 || blue > 255)
        return 0;
    *colour = red << 16 | green << 8 | blue;
    return (size_t)length;
}

static const char *colour_name(unsigned colour)
{
    for (const struct figures_colour *c = figures_palette; c->name; c++)
        if (strtoul(c->light + 1, NULL, 16) == colour)
            return c->name;
    return NULL;
}

/* Whether an attribute begins at `text`, in either kind of quotes; its length up to the value. */
static size_t attribute(const char *text, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(text, name, length) == 0 && text[length] == '=' &&
        (text[length + 1] == '"' || text[length + 1] == '\''))
        return length + 2;
    return 0;
}

/* What is inside a tag: colours and names changed, all else as it is. Returns its end. */
static const char *write_tag(struct writer *writer, const char *at, const char *prefix)
{
    for (; *at && *at != '>'; at++) {
        unsigned colour;
        size_t length;
        const char *name;
        if ((length = read_colour(at, &colour)) && (name = colour_name(colour))) {
            writer_print(writer, "var(--%s)", name);
            at += length - 1;
        } else if ((length = attribute(at, " id"))) {
            writer_print(writer, "%.*s%s-", (int)length, at, prefix);
            at += length - 1;
        } else if ((length = attribute(at, " xlink:href")) && at[length] == '#') {
            writer_print(writer, " href=%c#%s-", at[length - 1], prefix);
            at += length;
        } else if (strncmp(at, "url(#", 5) == 0) {
            writer_print(writer, "url(#%s-", prefix);
            at += 4;
        } else {
            writer_print(writer, "%c", *at);
        }
    }
    return at;
}

/* Elements that only gnuplot's own viewer has a use for. */
static const char *skip_element(const char *at)
{
    static const char *const skipped[][2] = {
        {"<title>", "</title>"}, {"<desc>", "</desc>"}, {"<filter", "</filter>"}};
    for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
        if (strncmp(at, skipped[i][0], strlen(skipped[i][0])) == 0) {
            const char *end = strstr(at, skipped[i][1]);
            return end ? end + strlen(skipped[i][1]) : at + strlen(at);
        }
    return at;
}

/* The drawing without its prologue, named `title` for those who do not see it. */
static void write_svg(struct writer *writer, const char *svg, const char *class, const char *prefix,
                      const char *title)
{
    int width = 0, height = 0;
    const char *size = strstr(svg, "viewBox=\"0 0 ");
    const char *at = strstr(svg, "<svg");
    at = at ? strchr(at, '>') : NULL;
    if (!size || !at || sscanf(size, "viewBox=\"0 0 %d %d\"", &width, &height) != 2)
        return;
    writer_print(writer, "<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"",
                 class, width, height);
    writer_html(writer, title);
    writer_text(writer, "\">");
    for (at++; *at; at++) {
        const char *next = skip_element(at);
        if (next != at) {
            at = next - 1;
        } else if (*at == '<') {
            at = write_tag(writer, at, prefix);
            writer_text(writer, ">");
            if (!*at)
                break;
        } else if (*at != '\t' && !(*at == '\n' && at[1] == '\n')) {
            writer_print(writer, "%c", *at);
        }
    }
}

static void write_caption(struct writer *writer, const struct analysis *analysis,
                          enum figures_kind kind)
{
    char *caption = figures_caption(analysis, kind);
    writer_text(writer, "<figcaption>");
    for (char *line = caption; line && *line;) {
        char *end = line + strcspn(line, "\n");
        bool last = !*end;
        *end = '\0';
        if (*line) {
            writer_text(writer, "<p>");
            writer_html(writer, line);
            writer_text(writer, "</p>");
        }
        line = last ? NULL : end + 1;
    }
    writer_text(writer, "</figcaption>\n");
    writer->failed = writer->failed || !caption;
    free(caption);
}

bool page_figures_draw(struct writer *writer, const struct analysis *analysis,
                       enum figures_kind kind, const char *prefix, bool *drawn, struct error *error)
{
    static const struct {
        enum figures_target target;
        const char *class;
    } forms[] = {{FIGURES_PAGE, "wide"}, {FIGURES_PHONE, "narrow"}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct figures_form form = {.target = forms[i].target};
        char names[64], *svg;
        if (!figures_render(analysis, kind, &form, &svg, drawn, error))
            return false;
        snprintf(names, sizeof names, "%s%zu", prefix, i);
        if (svg)
            write_svg(writer, svg, forms[i].class, names, figures_title(kind));
        free(svg);
        if (!*drawn)
            break;
    }
    return true;
}

static bool write_figure(struct writer *writer, const struct analysis *analysis,
                         enum figures_kind kind, bool *drawn, struct error *error)
{
    const char *name = figures_name(kind);
    writer_print(writer, "<figure id=\"%s\"><h3>%s</h3><p class=\"about\">%s</p>\n", name,
                 figures_title(kind), figures_about(kind));
    if (!page_figures_draw(writer, analysis, kind, name, drawn, error))
        return false;
    write_caption(writer, analysis, kind);
    writer_text(writer, "</figure>\n");
    return true;
}

bool page_figures_write(struct writer *writer, const struct analysis *analysis,
                        enum analysis_axis axis, bool *drawn, struct error *error)
{
    size_t before = writer->used;
    *drawn = true;
    for (int kind = 0; kind < FIGURES_COUNT && *drawn; kind++)
        if (figures_axis((enum figures_kind)kind) == axis &&
            figures_possible(analysis, (enum figures_kind)kind) &&
            !write_figure(writer, analysis, (enum figures_kind)kind, drawn, error))
            return false;
    if (!*drawn && !writer->failed) {
        writer->used = before;
        writer_text(writer, "<p>The figures are missing: gnuplot was not found when this page was "
                            "made. Everything that they show stands in the tables.</p>\n");
    }
    return true;
}
