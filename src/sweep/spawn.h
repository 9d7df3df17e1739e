/*
 * spawn: one run of a program in a fresh process, timed from outside.
 *
 * A process of its own for each run, because a runtime that has once had a team keeps its threads,
 * its places and its warm memory, and because libgomp may hang when a parallel region, a fork and
 * a parallel region follow each other. The program gets the affinity mask that this process was
 * given, the null device as input and output, and its messages are kept to be shown if it fails.
 * It is the head of a process group of its own, which dies as a whole when the run is stopped; the
 * program dies too when this process does. Knows: base, profile/machine.h.
 */
#ifndef PIXSCALE_SWEEP_SPAWN_H
#define PIXSCALE_SWEEP_SPAWN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define SPAWN_ERRORS 16384 /* what is kept of the messages: the last ones tell why it failed */

struct spawn_job {
    const char *const *argv;  /* ends with NULL; argv[0] is searched in PATH if it has no slash */
    const char *file;         /* what to execute when it is not argv[0], else NULL */
    char *const *environment; /* "NAME=value", ends with NULL */
    const atomic_int *stop;   /* a signal's number: stop now; may be NULL */
};

struct spawn_result {
    bool stopped; /* by job->stop: nothing else counts then */
    int status;   /* exit status, or 128 + the signal that ended it */
    int signal;   /* that signal, or 0 */
    int64_t wall_ns, cpu_ns;
    int64_t involuntary_switches;
    int64_t
        peak_bytes; /* resident, its own or, if more, what this process had when it was started */
    char errors[SPAWN_ERRORS + 1]; /* the end of what it wrote to standard error, terminated */
    bool errors_cut;               /* there was more before */
};

/* Runs the program to its end. SIGINT, SIGTERM and SIGHUP are blocked meanwhile except while it
 * waits, so that no request to stop is missed. False when it cannot be started (usage) or watched
 * (output). */
bool spawn_run(const struct spawn_job *job, struct spawn_result *result, struct error *error);

/* `base` with the variables of `changes` ("NAME=value", NULL-terminated) in place of those of the
 * same names. Only the array is new, and the caller's to free; NULL without memory. */
char **spawn_environment(char *const *base, const char *const *changes);

#endif
