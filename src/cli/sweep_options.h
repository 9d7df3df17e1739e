/*
 * sweep_options: what `pixscale sweep` was asked for.
 *
 * Its table has options of its own and those of `run` that shape the work. The latter are checked
 * as `run` checks them and handed on to every run as they were written. Knows: base, sweep,
 * cli/run_options.h.
 */
#ifndef PIXSCALE_CLI_SWEEP_OPTIONS_H
#define PIXSCALE_CLI_SWEEP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "cli/options.h"
#include "cli/run_options.h"
#include "sweep/points.h"

#define SWEEP_OPTIONS_WORDS 64

struct sweep_options {
    struct run_options run;          /* what the words below mean */
    char *word[SWEEP_OPTIONS_WORDS]; /* "--size=32x32", …: options of `run`, owned */
    size_t word_count;
    const char *output;   /* NULL: a name of its own */
    struct points points; /* count 0: not given */
    bool oversubscribe, weak, json, quiet;
    double ci, budget_seconds;
    int progress;              /* enum progress_when */
    const char *const *inputs; /* operands before "--" */
    size_t input_count;
    const char *const *program; /* what stands behind "--", NULL-terminated; NULL: run our own */
};

/* The options that --help lists: the table ends with a NULL name. */
extern const struct option_spec sweep_options_table[];

/* Parses and checks the command line of `self`. The words of argv are used, not copied. Whatever
 * the outcome, sweep_options_free is to be called. */
enum options_outcome sweep_options_parse(const struct command *self, int argc, char **argv,
                                         struct sweep_options *options);

void sweep_options_free(struct sweep_options *options);

#endif
