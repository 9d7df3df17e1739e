#include "report/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/page_parts.h"
#include "report/phrase.h"
#include "report/templates.h"

/* What the page may do: show itself. No script, no font, no picture from elsewhere. */
#define POLICY "default-src 'none'; style-src 'unsafe-inline'"

static const char *style(void)
{
    for (const struct template *t = templates_table; t->name; t++)
        if (strcmp(t->name, "page.css") == 0)
            return (const char *)t->text;
    return "";
}

void page_begin(struct writer *writer, const char *title, const char *more_style)
{
    writer_text(writer,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n<title>");
    writer_html(writer, title);
    writer_text(writer, "</title>\n<style>\n:root{");
    page_figures_colours(writer, false);
    writer_text(writer, "}\n@media screen and (prefers-color-scheme:dark){:root{");
    page_figures_colours(writer, true);
    writer_text(writer, "}}\n");
    writer_text(writer, style());
    writer_text(writer, more_style);
    writer_text(writer, "</style>\n</head>\n<body>\n<main>\n");
}

static void write_head(struct writer *writer, const struct analysis *analysis)
{
    struct writer title = {0};
    writer_text(&title, "Scaling: ");
    if (analysis->group_count == 1)
        writer_text(&title, analysis->groups[0].name);
    else
        writer_print(&title, "%zu groups", analysis->group_count);
    char *text = writer_take(&title);
    page_begin(writer, text ? text : "", "");
    writer->failed = writer->failed || !text;
    free(text);
}

static void tile(struct writer *writer, const char *value, const char *name)
{
    writer_print(writer, "<li><b>%s</b><span>%s</span></li>", value, name);
}

/* The numbers that people come for. */
static void write_tiles(struct writer *writer, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const char *worker = analysis_worker(group);
    char text[PHRASE_SIZE], range[PHRASE_SIZE], name[3 * PHRASE_SIZE];
    const struct study_point *best = NULL;
    for (size_t i = 0; i < study->point_count; i++)
        if (!study->points[i].excluded && (!best || study->points[i].speedup > best->speedup))
            best = &study->points[i];
    writer_text(writer, "<ul class=\"tiles\">");
    if (study->base_seconds > 0) {
        snprintf(name, sizeof name, "base: %d %s%s", study->base_threads, worker,
                 phrase_plural(study->base_threads));
        tile(writer, phrase_seconds(text, study->base_seconds), name);
    }
    if (best && best->threads > study->base_threads) {
        snprintf(name, sizeof name, "faster with %d %ss%s%s%s", best->threads, worker,
                 phrase_known(best->speedup_ci) ? " (" : "",
                 phrase_known(best->speedup_ci)
                     ? phrase_factor_range(range, best->speedup_ci, best->speedup)
                     : "",
                 phrase_known(best->speedup_ci) ? ")" : "");
        tile(writer, phrase_factor(text, best->speedup), name);
    }
    if (study->amdahl.fitted && isfinite(study->amdahl.serial_fraction)) {
        bool known = phrase_known(study->amdahl.serial_fraction_ci);
        snprintf(name, sizeof name, "the serial share it bends like%s%s%s", known ? " (" : "",
                 known ? phrase_percent_range(range, study->amdahl.serial_fraction_ci,
                                              study->amdahl.serial_fraction)
                       : "",
                 known ? ")" : "");
        tile(writer, phrase_percent(text, study->amdahl.serial_fraction), name);
    }
    if (isfinite(study->timers_serial)) {
        snprintf(name, sizeof name, "serial by timers, one %s", worker);
        tile(writer, phrase_percent(text, study->timers_serial), name);
    }
    if (study->recommended > 0) {
        snprintf(text, sizeof text, "%d", study->recommended);
        snprintf(name, sizeof name, "%ss are within 5 %% of the best time", worker);
        tile(writer, text, name);
    }
    if (study->recommended_efficient > 0) {
        snprintf(text, sizeof text, "%d", study->recommended_efficient);
        snprintf(name, sizeof name, "%ss at most keep an efficiency of 80 %%", worker);
        tile(writer, text, name);
    }
    writer_text(writer, "</ul>\n");
}

void page_verdict_write(struct writer *writer, const struct analysis *analysis)
{
    bool several = analysis->group_count > 1;
    for (size_t i = 0; i < analysis->group_count; i++) {
        const struct analysis_group *group = &analysis->groups[i];
        if (several) {
            writer_print(writer, "<h2>%c: ", (char)(i < 26 ? 'A' + i : '*'));
            writer_html(writer, group->name);
            writer_text(writer, "</h2>\n");
        }
        writer_text(writer, "<p class=\"verdict\">");
        writer_html(writer, group->verdict ? group->verdict : "");
        writer_text(writer, "</p>\n");
        write_tiles(writer, group);
    }
    if (several)
        page_tables_compare(writer, analysis);
}

static void write_header(struct writer *writer, const struct analysis *analysis)
{
    writer_text(writer, "<header><p class=\"kicker\">Scaling report</p>\n<h1>");
    if (analysis->group_count > 1)
        writer_print(writer, "%zu groups compared", analysis->group_count);
    else
        writer_html(writer, analysis->groups[0].name);
    writer_text(writer, "</h1></header>\n");
}

void page_group_heading(struct writer *writer, const struct analysis *analysis, size_t i)
{
    if (analysis->group_count == 1)
        return;
    writer_print(writer, "<h3>%c: ", (char)(i < 26 ? 'A' + i : '*'));
    writer_html(writer, analysis->groups[i].name);
    writer_text(writer, "</h3>\n");
}

/* Verdict, figures, tables and machines of groups over threads. */
static bool write_threads(struct writer *writer, const struct analysis *analysis, bool *drawn,
                          struct error *error)
{
    writer_text(writer, "<section id=\"verdict\">\n");
    page_verdict_write(writer, analysis);
    writer_text(writer, "</section>\n<section id=\"figures\"><h2>Figures</h2>\n");
    if (!page_figures_write(writer, analysis, ANALYSIS_THREADS, drawn, error))
        return false;
    writer_text(writer, "</section>\n<section id=\"tables\"><h2>Tables</h2>\n");
    for (size_t i = 0; i < analysis->group_count; i++) {
        page_group_heading(writer, analysis, i);
        page_tables_write(writer, &analysis->groups[i]);
    }
    writer_text(writer, "</section>\n<section id=\"machine\"><h2>Machine and runs</h2>\n");
    for (size_t i = 0; i < analysis->group_count; i++) {
        page_group_heading(writer, analysis, i);
        page_machine_write(writer, &analysis->groups[i]);
    }
    writer_text(writer, "</section>\n");
    return true;
}

static void write_method(struct writer *writer)
{
    writer_text(
        writer,
        "<section id=\"method\"><h2>How it was measured and computed</h2>\n<dl>\n"
        "<dt>Times</dt><dd>Wall seconds of the whole job by the monotonic clock; a point is the "
        "mean of its runs, and a speed-up the ratio of means to the base that is named. Its "
        "interval is made on the log ratio, with the relative scatter pooled over the points and "
        "Student's t.</dd>\n"
        "<dt>Serial, by timers</dt><dd>Seconds outside parallel regions of the one-thread run, "
        "over "
        "its wall time. Only this is called serial; a fitted share is what the curve bends "
        "like.</dd>\n"
        "<dt>Amdahl (1967)</dt><dd>S = 1 / (s + (1 − s)/p), fitted to the times of all runs, "
        "T(p) = A/p + B, weighted by 1/T², robustly (Huber); intervals by Fieller's theorem. They "
        "are of the law's mean, given that the law holds.</dd>\n"
        "<dt>USL (Gunther, 1993)</dt><dd>C = γN / (1 + σ(N − 1) + κN(N − 1)): chosen where the "
        "99 % interval of κ excludes 0.</dd>\n"
        "<dt>Knee</dt><dd>The parallel time falls only up to k threads, as where memory bandwidth "
        "is used up.</dd>\n"
        "<dt>Gustafson (1988)</dt><dd>S = p − s′(p − 1), with s′ the serial share of the parallel "
        "run; fitted where the work grew with the threads, else converted.</dd>\n"
        "<dt>Karp and Flatt (1990)</dt><dd>e = (1/S − 1/p) / (1 − 1/p).</dd>\n"
        "<dt>Where the threads went</dt><dd>An identity after Eyerman and others (2012): "
        "p = speed-up + serial phases + imbalance + waiting + slower work.</dd>\n"
        "<dt>Across nodes</dt><dd>A sharded run takes as long as its slowest shard, plus its merge "
        "and the freezing of its list where they were recorded: what its ranks take beside each "
        "other, whenever each was made. Serial by timers is what no rank more makes shorter: "
        "merge, list, and a shard's own start-up. Ranks that shared the cores of a host are left "
        "out.</dd>\n"
        "<dt>Left out of fits</dt><dd>Points with more threads than physical cores or CPUs "
        "allowed, "
        "runs disturbed by others, runs that got fewer threads than they asked for: shown, with "
        "the reason.</dd>\n</dl></section>\n");
}

char *page_html(const struct analysis *analysis, const char *version, bool *drawn,
                struct error *error)
{
    struct writer writer = {0};
    struct analysis threads = analysis_of_axis(analysis, ANALYSIS_THREADS);
    *drawn = true;
    write_head(&writer, threads.group_count > 0 ? &threads : analysis);
    write_header(&writer, threads.group_count > 0 ? &threads : analysis);
    if ((threads.group_count > 0 && !write_threads(&writer, &threads, drawn, error)) ||
        !page_ranks_write(&writer, analysis, drawn, error)) {
        writer_free(&writer);
        return NULL;
    }
    write_method(&writer);
    writer_print(&writer,
                 "<footer>Made by pixscale %s from recorded runs; figures by gnuplot. "
                 "This page loads nothing.</footer>\n</main>\n</body>\n</html>\n",
                 version);
    char *html = writer_take(&writer);
    if (!html)
        error_set(error, ERROR_OUTPUT, "report: out of memory");
    return html;
}
