#include "cli/sweep_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const progress_names[] = {"auto", "on", "off", NULL};

/* struct points */
static bool parse_threads(const struct option_spec *spec, const char *text, void *target,
                          struct error *error)
{
    struct error inner;
    if (points_parse(target, text, &inner))
        return true;
    return error_set(error, ERROR_USAGE, "--%s: %s", spec->name, inner.text);
}

/* double: "0.05" or "5%" */
static bool parse_ci(const struct option_spec *spec, const char *text, void *target,
                     struct error *error)
{
    char *end;
    double ci = strtod(text, &end);
    if (end != text && *end == '%') {
        ci /= 100;
        end++;
    }
    if (end == text || *end || !(ci >= 0.001 && ci <= 1))
        return error_set(error, ERROR_USAGE,
                         "--%s: '%s' is not a half width from 0.1%% to 100%% such as 5%% or 0.05",
                         spec->name, text);
    *(double *)target = ci;
    return true;
}

/* double, in seconds: "90", "90s", "5m", "1.5h" */
static bool parse_duration(const struct option_spec *spec, const char *text, void *target,
                           struct error *error)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}};
    char *end;
    double value = strtod(text, &end);
    if (end != text && value >= 0 && value <= 1e6)
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (strcmp(end, units[i].unit) == 0) {
                *(double *)target = value * units[i].seconds;
                return true;
            }
    return error_set(error, ERROR_USAGE, "--%s: '%s' is not a time such as 90s, 5m or 1h",
                     spec->name, text);
}

#define AT(field) offsetof(struct sweep_options, field)

const struct option_spec sweep_options_table[] = {
    {"threads", 't', "LIST",
     "numbers of threads, such as 1,2,4 or 1-4,8 (default: 1,2,3,4,6,8,12,... up to the CPUs that "
     "may be used)",
     parse_threads, AT(points), NULL},
    {"oversubscribe", 0, NULL,
     "more threads than CPUs are meant: go up to twice the CPUs, and keep such points in the fit",
     option_flag, AT(oversubscribe), NULL},
    {"ci", 0, "WIDTH",
     "add rounds until every speed-up is known to within this, at 95 % (default 5%)", parse_ci,
     AT(ci), NULL},
    {"budget", 0, "TIME",
     "begin no round that would end later than this (default 60s); the first one is always made",
     parse_duration, AT(budget_seconds), NULL},
    {"weak", 0, NULL,
     "let the work grow with the threads: a sample of the inputs, once for each thread",
     option_flag, AT(weak), NULL},
    {"output", 'o', "FILE.jsonl",
     "append the records to this file (default profiles/HOST-DATE.jsonl)", option_text, AT(output),
     NULL},
    {"progress", 0, "WHEN", "auto (default: on a terminal), on or off", option_choice, AT(progress),
     &(const struct option_choices){progress_names}},
    {"json", 0, NULL, "print the summary as JSON", option_flag, AT(json), NULL},
    {"quiet", 'q', NULL, "no summary and no progress, errors only", option_flag, AT(quiet), NULL},
    {0},
};

/* Options of `run` that say how it is run and what it tells, not what it does. */
static bool is_of_the_run(const char *name)
{
    static const char *const names[] = {"output",  "index",    "threads", "serial",
                                        "force",   "progress", "json",    "quiet",
                                        "verbose", "profile",  "resume",  "oversubscribe"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* struct sweep_options: an option of `run`, whose own entry is the detail. The list of inputs is
 * named anew for each run, as standard input can be read only once. */
static bool parse_forwarded(const struct option_spec *spec, const char *text, void *target,
                            struct error *error)
{
    struct sweep_options *options = target;
    const struct option_spec *original = spec->detail;
    if (!original->parse(original, text, (char *)&options->run + original->offset, error))
        return false;
    if (strcmp(spec->name, "files-from") == 0 || strcmp(spec->name, "null") == 0)
        return true;
    if (options->word_count == SWEEP_OPTIONS_WORDS)
        return error_set(error, ERROR_USAGE, "more than %d options", SWEEP_OPTIONS_WORDS);
    char **word = &options->word[options->word_count];
    if (asprintf(word, "--%s%s%s", spec->name, text ? "=" : "", text ? text : "") < 0)
        return error_set(error, ERROR_OUTPUT, "no memory");
    options->word_count++;
    return true;
}

/* Our options and those of `run`, the latter without a help text: --help names the place where they
 * are told. The array is the caller's to free; NULL without memory. */
static struct option_spec *make_table(void)
{
    size_t ours = 0, all = 0, count;
    while (sweep_options_table[ours].name)
        ours++;
    while (run_options_table[all].name)
        all++;
    struct option_spec *table = calloc(ours + all + 1, sizeof *table);
    if (!table)
        return NULL;
    memcpy(table, sweep_options_table, ours * sizeof *table);
    count = ours;
    for (size_t i = 0; i < all; i++) {
        if (is_of_the_run(run_options_table[i].name))
            continue;
        table[count] = run_options_table[i];
        table[count].help = NULL;
        table[count].parse = parse_forwarded;
        table[count].offset = 0;
        table[count++].detail = &run_options_table[i];
    }
    return table;
}

static bool usage(struct error *error, const char *text)
{
    return error_set(error, ERROR_USAGE, "sweep: %s", text);
}

static bool check_program(const struct sweep_options *options, struct error *error)
{
    if (!options->program[0])
        return usage(error, "no program behind --");
    if (options->input_count || options->run.files_from)
        return usage(error, "give either inputs or a program behind --, not both");
    if (options->word_count)
        return error_set(error, ERROR_USAGE, "sweep: %s is for pictures, not for a program",
                         options->word[0]);
    if (options->weak)
        return usage(error, "--weak needs inputs to multiply; a program of your own has none");
    return true;
}

static bool check(struct sweep_options *options, struct error *error)
{
    if (options->program)
        return check_program(options, error);
    if (!options->input_count && !options->run.files_from)
        return usage(error, "no input; name a folder or files, or a program behind --");
    options->run.output = ""; /* each run gets one */
    options->run.profile = "";
    return run_options_check(&options->run, (int)options->input_count, error);
}

/* Parses what stands before "--", which getopt would forget to tell of. */
static enum options_outcome parse(const struct command *self, int argc, char **argv,
                                  struct sweep_options *options)
{
    int own = 1, first;
    while (own < argc && strcmp(argv[own], "--") != 0)
        own++;
    if (own < argc)
        options->program = (const char *const *)argv + own + 1;
    struct option_spec *table = make_table();
    struct command command = *self;
    command.options = table;
    if (!table) {
        fprintf(stderr, "pixscale: no memory\n");
        return OPTIONS_WRONG;
    }
    enum options_outcome outcome = options_parse(&command, own, argv, options, &first);
    free(table);
    options->inputs = (const char *const *)argv + first;
    options->input_count = outcome == OPTIONS_OK ? (size_t)(own - first) : 0;
    return outcome;
}

enum options_outcome sweep_options_parse(const struct command *self, int argc, char **argv,
                                         struct sweep_options *options)
{
    *options =
        (struct sweep_options){.run = run_options_default(), .ci = 0.05, .budget_seconds = 60};
    enum options_outcome outcome = parse(self, argc, argv, options);
    if (outcome != OPTIONS_OK)
        return outcome;
    if (options->input_count == 1 && strcmp(options->inputs[0], "-") == 0 &&
        !options->run.files_from) {
        options->run.files_from = "-"; /* as `run` has it */
        options->input_count = 0;
    }
    struct error error;
    if (check(options, &error))
        return OPTIONS_OK;
    fprintf(stderr, "pixscale: %s\n", error.text);
    return OPTIONS_WRONG;
}

void sweep_options_free(struct sweep_options *options)
{
    for (size_t i = 0; i < options->word_count; i++)
        free(options->word[i]);
    options->word_count = 0;
}
