/*
 * run_memory: what --max-memory leaves for pictures.
 * Knows: cli/run_options.h, dataset, pipeline.
 */
#ifndef PIXSCALE_CLI_RUN_MEMORY_H
#define PIXSCALE_CLI_RUN_MEMORY_H

#include <stdbool.h>

#include "base/error.h"
#include "cli/run_options.h"
#include "dataset/manifest.h"

/* Sets worker->memory and memory_alone by what is left of --max-memory after the program, its lists
 * of inputs, and what `threads` threads have beside pictures; 0 without the option. False with a
 * usage error, which names the least, when nothing is left. Also has the heap return large blocks
 * to the system when they are freed, as it must where memory is to move from one thread to another.
 */
bool run_memory_share(const struct run_options *options, const struct manifest *manifest,
                      int threads, struct worker_options *worker, struct error *error);

#endif
