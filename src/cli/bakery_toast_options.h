/*
 * bakery_toast_options: what `pixscale bakery toast` was asked for.
 * Knows: bakery, sweep/points.h, cli/bakery_shard.h, cli/options.h.
 */
#ifndef PIXSCALE_CLI_BAKERY_TOAST_OPTIONS_H
#define PIXSCALE_CLI_BAKERY_TOAST_OPTIONS_H

#include "bakery/toast.h"
#include "cli/bakery_shard.h"
#include "cli/options.h"
#include "sweep/points.h"

struct bakery_toast_options {
    struct toast toast; /* complete after bakery_toast_options_parse */
    struct points toasters;
    struct bakery_shard shard;
    const char *profile;
    bool items, json, quiet;
    int animation; /* enum progress_when: auto, on, off */
    /* As the parsers leave them, before they become the toast's. */
    int64_t slices, sockets;
    int work, order;
    struct schedule schedule; /* SCHEDULE_NONE: not given */
};

extern const struct option_spec bakery_toast_options_table[];

/* Parses and checks, saying on stderr what is wrong. Runs that would take longer than an hour are
 * wrong, too; *status is then the exit status. */
enum options_outcome bakery_toast_options_parse(const struct command *self, int argc, char **argv,
                                                struct bakery_toast_options *options, int *status);

/* The command without what does not change a run: "pixscale bakery toast --slices 96", the options
 * in the order of the table and only where they are not the default. NULL without memory. */
char *bakery_toast_options_command(const struct bakery_toast_options *options);

#endif
