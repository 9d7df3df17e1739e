#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "cli/page_file.h"
#include "cli/version.h"
#include "report/analysis.h"
#include "report/page.h"

enum { KEEP_CORES = -1, KEEP_SMT };

struct settings {
    const char *output;
    bool force;
    int include;
};

static int report(const struct settings *settings, const char *const *paths, size_t count)
{
    struct analysis_options options = {.include_smt = settings->include == KEEP_SMT};
    struct analysis analysis;
    struct error error;
    bool drawn = false, screen = strcmp(settings->output, "-") == 0;
    if (!screen && !settings->force && access(settings->output, F_OK) == 0) {
        error_set(&error, ERROR_USAGE, "report: '%s' exists; --force replaces it",
                  settings->output);
        return commands_fail(&error);
    }
    if (!analysis_load(&analysis, paths, count, &options, &error))
        return commands_fail(&error);
    char *html = page_html(&analysis, VERSION_TEXT, &drawn, &error);
    bool ok = html != NULL;
    if (ok && screen)
        fputs(html, stdout); /* a failed write is found when main closes the output */
    else if (ok)
        ok = page_file_write("report", settings->output, html, &error);
    free(html);
    analysis_free(&analysis);
    if (!ok)
        return commands_fail(&error);
    if (!drawn)
        fprintf(stderr, "pixscale: report: gnuplot was not found, so the page has no figures. "
                        "Install it (Debian: gnuplot-nox) and make the page again.\n");
    if (!screen)
        escape_line(stdout, "%s", settings->output);
    return EXIT_CLEAN;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct settings settings = {.include = KEEP_CORES};
    struct error error;
    int first = argc;
    enum options_outcome outcome = options_parse(self, argc, argv, &settings, &first);
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    if (first == argc)
        error_set(&error, ERROR_USAGE,
                  "report: no records given; such as pixscale report profiles/*.jsonl -o a.html");
    else if (!settings.output)
        error_set(&error, ERROR_USAGE, "report: where to? Say -o, such as -o scaling.html");
    else
        return report(&settings, (const char *const *)argv + first, (size_t)(argc - first));
    return commands_fail(&error);
}

static const char *const include_names[] = {[KEEP_SMT] = "smt", NULL};

#define AT(field) offsetof(struct settings, field)

static const struct option_spec options[] = {
    {"output", 'o', "FILE.html", "the page to write; must be given, - is standard output",
     option_text, AT(output), NULL},
    {"force", 'f', NULL, "replace a file that exists", option_flag, AT(force), NULL},
    {"include", 0, "WHAT", "smt: keep the points with more threads than physical cores in the fit",
     option_choice, AT(include), &(const struct option_choices){include_names}},
    {0},
};
static const char *const usage[] = {"report RECORDS... -o FILE.html [OPTIONS]", NULL};
static const char *const examples[] = {
    "pixscale report profiles/desk.jsonl -o scaling.html",
    "verdict, figures, tables and machine on one page, to be read or sent",
    "pixscale report before.jsonl after.jsonl -o change.html",
    "two versions or machines side by side", NULL};
const struct command cmd_report = {
    .name = "report",
    .summary = "one self-contained HTML page: verdict, figures, tables, machine",
    .usage = usage,
    .about =
        "Records are what fit reads. The page loads nothing from anywhere, can be mailed, printed "
        "and read on a phone, and follows the reader's choice of light or dark. Figures are drawn "
        "by gnuplot; without it the page has its tables only. Records of shards have a section of "
        "their own, across nodes.",
    .options = options,
    .examples = examples,
    .run = run};
