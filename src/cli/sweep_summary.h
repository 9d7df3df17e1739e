/*
 * sweep_summary: what a finished sweep tells a person, or a program.
 * Knows: sweep, cli/sweep_options.h.
 */
#ifndef PIXSCALE_CLI_SWEEP_SUMMARY_H
#define PIXSCALE_CLI_SWEEP_SUMMARY_H

#include <stdio.h>

#include "cli/sweep_options.h"
#include "sweep/rounds.h"
#include "sweep/spawn.h"

struct sweep_summary {
    const struct sweep_options *options;
    const struct points *points;
    bool serial;         /* the plain loop was one of each round's runs */
    const char *records; /* the file */
    const struct rounds_result *result;
    double seconds;
};

/* The text for people. */
void sweep_summary_print(const struct sweep_summary *summary, FILE *stream);

/* One JSON object (pixscale.sweep/1) and a newline. False when memory ran out. */
bool sweep_summary_json(const struct sweep_summary *summary, FILE *stream);

/* The numbers of threads as words: "1, 2, 4". Cut when longer; always terminated. */
void sweep_summary_points(const int *threads, size_t count, char *text, size_t size);

/* What is known of a run that failed, to follow "...; " on a line: that its messages come, or that
 * there are none. */
const char *sweep_summary_found(const struct spawn_result *result);

/* Its last messages, escaped, in lines of their own. */
void sweep_summary_messages(const struct spawn_result *result, FILE *stream);

#endif
