#include "cli/runtime_exit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/commands.h"

static const char *armed; /* the advice, or NULL */

static void on_exit_of_runtime(void)
{
    if (!armed)
        return;
    fprintf(stderr, "pixscale: the OpenMP runtime gave up; %s\n", armed);
    _exit(EXIT_OUTPUT);
}

void runtime_exit_arm(const char *advice)
{
    static bool registered;
    /* Without room for it the runtime's own line and status must do. */
    registered = registered || atexit(on_exit_of_runtime) == 0;
    armed = advice;
}

void runtime_exit_disarm(void)
{
    armed = NULL;
}
