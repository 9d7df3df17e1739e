#include "lesson/lesson_show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/page_parts.h"

/* As wide as the text around it, and low enough that a small terminal shows it whole. */
#define PLOT_ROWS 19

static const char no_gnuplot[] = "(No figure: gnuplot is not installed. Debian and Ubuntu have it "
                                 "as gnuplot-nox.)\n";

void lesson_show_wrapped(struct writer *writer, const char *text, int columns, int indent)
{
    int column = indent;
    bool first = true;
    if (strncmp(text, "  ", 2) == 0) {
        writer_print(writer, "%s\n", text);
        return;
    }
    for (; *text; text += strspn(text, " ")) {
        int length = (int)strcspn(text, " ");
        if (!first && column + 1 + length > columns) {
            writer_print(writer, "\n%*s", indent, "");
            column = indent;
            first = true;
        }
        writer_print(writer, "%s%.*s", first ? "" : " ", length, text);
        column += length + !first;
        first = false;
        text += length;
    }
    writer_text(writer, "\n");
}

/* The drawing by characters, without the empty lines that gnuplot puts around it. */
static void show_text(struct lesson_result *result, const char *text)
{
    size_t start = strspn(text, "\n\f "), end = strlen(text);
    while (start && text[start - 1] != '\n')
        start--;
    while (end > start && strchr("\n\f ", text[end - 1]))
        end--;
    writer_print(&result->shown, "%.*s\n", (int)(end - start), text + start);
}

static bool show_in_terminal(const struct lesson_context *context, struct lesson_result *result,
                             const struct analysis *analysis, enum figures_kind kind,
                             const char *about, struct error *error)
{
    struct figures_form form = {
        .target = FIGURES_TERMINAL, .columns = context->columns, .rows = PLOT_ROWS};
    char *text;
    bool drawn;
    if (!figures_render(analysis, kind, &form, &text, &drawn, error))
        return false;
    writer_text(&result->shown, "\n");
    lesson_show_wrapped(&result->shown, about, context->columns, 0);
    if (drawn)
        show_text(result, text);
    else
        writer_text(&result->shown, no_gnuplot);
    free(text);
    return true;
}

static bool show_on_page(const struct lesson_context *context, struct lesson_result *result,
                         const struct analysis *analysis, enum figures_kind kind, const char *about,
                         struct error *error)
{
    int place = 0;
    while (place < LESSON_MOST_FIGURES && result->figure[place])
        place++;
    if (place == LESSON_MOST_FIGURES)
        return true;
    struct writer writer = {0};
    char prefix[48];
    bool drawn;
    snprintf(prefix, sizeof prefix, "%s-%d-", context->name, place);
    if (!page_figures_draw(&writer, analysis, kind, prefix, &drawn, error)) {
        writer_free(&writer);
        return false;
    }
    if (!drawn) {
        writer_free(&writer);
        writer_print(&result->shown, "\n%s\n%s", about, no_gnuplot);
        return true;
    }
    result->figure[place] = writer_take(&writer);
    result->figure_about[place] = about;
    return result->figure[place] || error_set(error, ERROR_OUTPUT, "lesson: no memory");
}

bool lesson_show_figure(const struct lesson_context *context, struct lesson_result *result,
                        const struct analysis *analysis, enum figures_kind kind, const char *about,
                        struct error *error)
{
    if (!figures_possible(analysis, kind))
        return true;
    return (context->page ? show_on_page : show_in_terminal)(context, result, analysis, kind, about,
                                                             error);
}

void lesson_show_points(struct lesson_result *result, const struct study *study, const char *doer,
                        double unit_seconds, const char *unit)
{
    writer_print(&result->shown, "  %9s  %10s  %9s  %11s  %4s\n", doer, unit, "speed-up",
                 "efficiency", "runs");
    for (size_t i = 0; i < study->point_count; i++) {
        const struct study_point *point = &study->points[i];
        writer_print(&result->shown, "  %9d  %10.1f  ", point->threads,
                     point->seconds / unit_seconds);
        if (isfinite(point->speedup))
            writer_print(&result->shown, "%8.2fx  %9.0f %%", point->speedup,
                         100 * point->efficiency);
        else /* nothing was left to compare with */
            writer_print(&result->shown, "%9s  %11s", "-", "-");
        writer_print(&result->shown, "  %4d%s\n", point->runs,
                     point->excluded ? "  left out of the fit" : "");
    }
}

const struct study_point *lesson_show_point(const struct study *study, int threads)
{
    for (size_t i = 0; i < study->point_count; i++)
        if (study->points[i].threads == threads)
            return &study->points[i];
    return NULL;
}

char *lesson_show_bar(char text[LESSON_BAR], double share, int columns)
{
    int most = columns < LESSON_BAR ? columns : LESSON_BAR - 1;
    int length = isfinite(share) && share > 0 ? (int)fmax(1, lround(fmin(share, 1) * most)) : 0;
    memset(text, '#', (size_t)length);
    text[length] = '\0';
    return text;
}
