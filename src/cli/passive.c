/*
 * The variable must be there before the runtime is, whose constructor reads it.
 *
 * A function of .preinit_array runs before every constructor (machine.c has another one), but what
 * it sets in the environment does not last: glibc's own constructor, which comes next, makes the
 * environment what the process was given, that is, the array of pointers on the stack. So the
 * variable is put into that array itself, in the place of another variable that no runtime reads,
 * and main gives that one back. Starting the program anew would do the same for 1.1 ms, a third of
 * the whole start of a process; that is left for where this cannot be done: musl, sanitizers (which
 * are not ready so early), an environment with no such place.
 */
#include "cli/passive.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/machine.h"

#define VARIABLE "OMP_WAIT_POLICY"

static char **words;
static char *displaced; /* the variable whose place it took; NULL: it did not */

#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__

static char passive[] = VARIABLE "=passive";

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Commands whose runs are work that waits; the overheads are those of threads as they come. */
static bool waits(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "bakery") == 0)
        return strcmp(argv[2], "overheads") != 0;
    return argc > 1 && strcmp(argv[1], "lesson") == 0;
}

/* Nothing may be called here that needs libc to be initialised. */
static void be_early(int argc, char **argv, char **environment)
{
    char **place = NULL;
    if (!waits(argc, argv))
        return;
    for (char **at = environment; *at; at++) {
        if (begins(*at, VARIABLE "="))
            return;
        if (begins(*at, "_=") || begins(*at, "PWD=") || begins(*at, "HOME=") ||
            begins(*at, "PATH="))
            place = at;
    }
    if (place) {
        displaced = *place;
        *place = passive;
    }
}

/* One entry of the table that the loader walks. Not const, as the section is writable. */
__attribute__((section(".preinit_array"), used)) static void (*early)(int, char **,
                                                                      char **) = be_early;

#endif

void passive_remember(char **argv)
{
    words = argv;
    if (displaced)
        putenv(displaced);
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
