/*
 * run_team: the team of threads that a run asks for, and what it needs from runtime and system.
 * Knows: OpenMP, shard, cli/run_options.h.
 */
#ifndef PIXSCALE_CLI_RUN_TEAM_H
#define PIXSCALE_CLI_RUN_TEAM_H

#include <stddef.h>

#include "cli/run_options.h"

/* Makes OMP_SCHEDULE's or --schedule's choice the runtime's, and writes its name, such as
 * "dynamic,1", or "none" with --serial. */
void run_team_schedule(const struct run_options *options, char text[SCHEDULE_SIZE]);

/* The team that was asked for by option or by OpenMP's environment; 0: none was. */
int run_team_asked(const struct run_options *options);

/* The same, else the CPUs that Slurm gives to a task (SLURM_CPUS_PER_TASK) as far as the process
 * may use them, else OpenMP's default; at least 1. */
int run_team_requested(const struct run_options *options);

/* The team to ask OpenMP for: more threads than inputs would have nothing to do. */
int run_team_size(const struct run_options *options, size_t inputs);

/* Each thread has a picture open, and the usual soft limit of open files is for programs that do
 * not know what they need. Where the hard limit is too low, the pictures that could not be opened
 * say so. */
void run_team_allow_files(int threads);

#endif
