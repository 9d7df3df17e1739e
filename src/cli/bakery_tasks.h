/*
 * bakery_tasks: the tasks of the command `bakery`, each in a file bakery_NAME.c of its own.
 *
 * A task is a command of its own, named "bakery NAME", with its own table of options.
 * Knows: cli/options.h.
 */
#ifndef PIXSCALE_CLI_BAKERY_TASKS_H
#define PIXSCALE_CLI_BAKERY_TASKS_H

#include "cli/options.h"

extern const struct command bakery_overheads;
extern const struct command bakery_toast;
extern const struct command bakery_coffee;

#endif
