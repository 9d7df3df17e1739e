/*
 * The variable must be there before the runtime is, whose constructor reads it: at the latest in a
 * function of .preinit_array, which glibc's loader runs before the first constructor of all
 * (machine.c has another one). What setenv does there does not last: glibc's own constructor, which
 * comes before the runtime's, takes the environment from where the kernel has put it. So an entry
 * there that no library asks for lends its place until main begins. Where that cannot be done
 * (musl; a sanitizer, which is not ready then; no such entry), or for a command that is not known
 * there, the program starts itself anew, which takes 1 to 2 ms of the process.
 */
#include "cli/passive.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/machine.h"

#define VARIABLE "OMP_WAIT_POLICY"

static char **words;

/* The entry that was lent, and what stands there again in main. */
static char **lent, *owner;

#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Of no use to a library while it is loaded. */
static bool can_lend(const char *entry)
{
    return begins(entry, "_=") || begins(entry, "OLDPWD=") || begins(entry, "SHLVL=") ||
           begins(entry, "PWD=") || begins(entry, "LOGNAME=") || begins(entry, "PATH=");
}

/* For tasks that wait; libraries are not there yet. */
static void be_early(int argc, char **argv, char **environment)
{
    static char entry[] = VARIABLE "=passive";
    char **found = NULL;
    if (argc < 3 || strcmp(argv[1], "bakery") != 0 ||
        (strcmp(argv[2], "toast") != 0 && strcmp(argv[2], "coffee") != 0))
        return;
    for (char **at = environment; *at; at++) {
        if (begins(*at, VARIABLE "="))
            return;
        found = !found && can_lend(*at) ? at : found;
    }
    if (!found)
        return;
    lent = found;
    owner = *found;
    *found = entry;
}

/* One entry of the table that the loader walks. Not const, as the section is writable. */
__attribute__((section(".preinit_array"), used)) static void (*early)(int, char **,
                                                                      char **) = be_early;

#endif

void passive_remember(char **argv)
{
    words = argv;
    if (lent)
        *lent = owner;
}

void passive_ensure(void)
{
    if (!words || getenv(VARIABLE) || setenv(VARIABLE, "passive", 1) != 0 || lent)
        return; /* set again, as a record shows it, where the runtime has read it */
    /* Under OMP_PROC_BIND this thread sits on one CPU by now, which the new program would inherit.
     */
    (void)machine_restore_affinity();
    execv("/proc/self/exe", words);
    unsetenv(VARIABLE); /* a record must not say what is not so */
}
