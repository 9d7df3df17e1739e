/*
 * run_facts: what shapes the bytes of an array and its index, as a text. A stopped run may go on
 * only where all of it is the same.
 * Knows: cli/run_options.h, cli/info.h.
 */
#ifndef PIXSCALE_CLI_RUN_FACTS_H
#define PIXSCALE_CLI_RUN_FACTS_H

#include "cli/run_options.h"

/* Lines "name=value\n": versions of the program and the codecs, then every option that counts,
 * given or not. How the work is spread over threads and what is told of it does not count, nor what
 * only chooses the inputs, which are compared themselves. For the caller to free; NULL without
 * memory. */
char *run_facts_text(const struct run_options *options);

#endif
