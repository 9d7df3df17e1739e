/*
 * run_output_parts: what the files of run_output share.
 * Private to them. Knows: cli/run_output.h.
 */
#ifndef PIXSCALE_CLI_RUN_OUTPUT_PARTS_H
#define PIXSCALE_CLI_RUN_OUTPUT_PARTS_H

#include "cli/run_output.h"

bool run_output_no_memory(struct error *error); /* false */

enum journal_state run_output_state(const struct run_output *output);

/* Whether a stopped run left rows. One that was killed before it had anything on disk left nothing
 * that could be lost. */
bool run_output_has_rows(const struct run_output *output);

/* Refuses names that are taken, unless what has them may be `replace`d. */
bool run_output_check(const struct run_output *output, bool replace, struct error *error);

#endif
