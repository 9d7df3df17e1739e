/*
 * commands: every command of the program, each in a file cmd_NAME.c of its own.
 * Knows: all rooms.
 */
#ifndef PIXSCALE_CLI_COMMANDS_H
#define PIXSCALE_CLI_COMMANDS_H

#include "cli/options.h"

extern const struct command cmd_run;
extern const struct command cmd_merge;
extern const struct command cmd_synth;
extern const struct command cmd_fit;
extern const struct command cmd_plot;
extern const struct command cmd_report;
extern const struct command cmd_predict;
extern const struct command cmd_info;
extern const struct command cmd_manifest;
extern const struct command cmd_sweep;
extern const struct command cmd_slurm;
extern const struct command cmd_bakery;
extern const struct command cmd_calibrate;
extern const struct command cmd_lesson;

/* Exit statuses of the program; a signal gives 128 + its number. */
enum exit_status {
    EXIT_CLEAN = 0,
    EXIT_SOME_FAILED = 1, /* finished, some inputs failed */
    EXIT_USAGE = 2,
    EXIT_OUTPUT = 3,   /* output or I/O failed */
    EXIT_TOO_MANY = 4, /* more failures than allowed */
};

/* Prints "pixscale: " and the error to stderr and returns the exit status of its kind. */
int commands_fail(const struct error *error);

#endif
