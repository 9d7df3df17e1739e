/*
 * The variable must be there before the runtime is, whose constructor reads it. What a function of
 * .preinit_array sets does not last until then: the constructor of glibc, which comes in between,
 * makes the environment what the process was given. So the program starts itself anew, which takes
 * some 1.1 ms of the process and nothing of what is timed.
 */
#include "cli/passive.h"

#include <stdlib.h>
#include <unistd.h>

#include "profile/machine.h"

#define VARIABLE "OMP_WAIT_POLICY"

static char **words;

void passive_remember(char **argv)
{
    words = argv;
}

void passive_ensure(void)
{
    if (!words || getenv(VARIABLE) || setenv(VARIABLE, "passive", 1) != 0)
        return;
    /* Under OMP_PROC_BIND this thread sits on one CPU by now, which the new program would inherit.
     */
    (void)machine_restore_affinity();
    execv("/proc/self/exe", words);
    unsetenv(VARIABLE); /* a record must not say what is not so */
}
