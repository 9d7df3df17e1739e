/*
 * run_launch: what a run tells of its launcher's doing.
 * Knows: OpenMP, shard, cli/run_options.h.
 */
#ifndef PIXSCALE_CLI_RUN_LAUNCH_H
#define PIXSCALE_CLI_RUN_LAUNCH_H

#include <stdio.h>

#include "cli/run_options.h"
#include "shard/launch.h"

/* Warns on `stream`, in one line, where the launcher has left the run other CPUs than its threads
 * need (launch_is_bound). Once a host is enough: the first process there says it. Silent with -q.
 */
void run_launch_tell(const struct launch *launch, const struct run_options *options, FILE *stream);

#endif
