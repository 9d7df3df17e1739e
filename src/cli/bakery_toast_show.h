/*
 * bakery_toast_show: what came out of the toasters, for people and as JSON.
 * Knows: cli/bakery_toast_options.h, jansson.
 */
#ifndef PIXSCALE_CLI_BAKERY_TOAST_SHOW_H
#define PIXSCALE_CLI_BAKERY_TOAST_SHOW_H

#include <stdio.h>

#include "cli/bakery_toast_options.h"

/* One run, in minutes. */
struct bakery_toast_result {
    int toasters;
    double predicted, measured;
};

/* What all runs of a command came to. */
struct bakery_toast_show {
    const struct bakery_toast_options *options;
    struct bakery_toast_result run[POINTS_MAX];
    int count;
    double one; /* predicted minutes with one toaster: the base where none was run */
};

/* The table, 80 columns, what a minute is, what the base is, and why slices may not divide. */
void bakery_toast_show_text(const struct bakery_toast_show *show, FILE *out);

/* False: no memory. */
bool bakery_toast_show_json(const struct bakery_toast_show *show, FILE *out);

#endif
