/*
 * The variable must be there before the runtime is, whose constructor reads it: at the latest in a
 * function of .preinit_array, which glibc's loader runs before the first constructor of all
 * (machine.c has another one). Where that works it costs nothing; where it does not (musl; a
 * sanitizer, which is not ready then), or for a command that is not known there, the program starts
 * itself anew, which takes 1 to 2 ms.
 */
#include "cli/passive.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/machine.h"

#define VARIABLE "OMP_WAIT_POLICY"

static char **words;
static int told_early; /* the runtime has read it */

#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__

/* Of commands whose every run is work that waits. */
static void be_early(int argc, char **argv, char **environment)
{
    static const char *const commands[] = {"bakery", "lesson", "calibrate"};
    (void)environment;
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i]) == 0)
            told_early = !getenv(VARIABLE) && setenv(VARIABLE, "passive", 1) == 0;
}

/* One entry of the table that the loader walks. Not const, as the section is writable. */
__attribute__((section(".preinit_array"), used)) static void (*early)(int, char **,
                                                                      char **) = be_early;

#endif

void passive_remember(char **argv)
{
    words = argv;
}

void passive_ensure(void)
{
    /* Before main, glibc makes the environment what it was: set again what the runtime has read. */
    if (!words || getenv(VARIABLE) || setenv(VARIABLE, "passive", 1) != 0 || told_early)
        return;
    /* Under OMP_PROC_BIND this thread sits on one CPU by now, which the new program would inherit.
     */
    (void)machine_restore_affinity();
    execv("/proc/self/exe", words);
    unsetenv(VARIABLE); /* a record must not say what is not so */
}
