#include "cli/runtime_exit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/commands.h"

#define USUAL "use fewer threads"

static const char *armed; /* the advice, or NULL */

static void on_exit_of_runtime(void)
{
    if (!armed)
        return;
    fprintf(stderr, "pixscale: the OpenMP runtime gave up; %s\n", armed);
    _exit(EXIT_OUTPUT);
}

void runtime_exit_begin(void)
{
    /* Without room for it the runtime's own line and status must do. */
    atexit(on_exit_of_runtime);
    armed = USUAL;
}

void runtime_exit_end(void)
{
    armed = NULL;
}

void runtime_exit_arm(const char *advice)
{
    armed = advice;
}

void runtime_exit_disarm(void)
{
    armed = USUAL;
}
