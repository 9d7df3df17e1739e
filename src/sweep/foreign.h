/*
 * foreign: one run of somebody else's program as a record: wall time and what the system tells.
 *
 * Nothing is known of its inside: neither phases nor threads nor the team that it really had, so
 * that the team asked for counts as delivered. Knows: base, profile, sweep/spawn.h.
 */
#ifndef PIXSCALE_SWEEP_FOREIGN_H
#define PIXSCALE_SWEEP_FOREIGN_H

#include <stdbool.h>

#include "base/error.h"
#include "profile/machine.h"
#include "profile/record.h"
#include "sweep/spawn.h"

struct foreign {
    const char *const *argv;  /* the program and its arguments, NULL-terminated */
    char *const *environment; /* of this process: OMP_NUM_THREADS is replaced */
    const atomic_int *stop;
    const struct machine *machine;
    const char *tool_version, *tool_git; /* of ours, for the record */
    const char *command;                 /* the words of argv, as the record calls them */
    bool waiting;                        /* as foreign_nature found it */
};

/* Runs it with that many threads and, when it ended well (result->status is 0, not stopped), fills
 * the record, which is the caller's to free; else *record is empty. False as spawn_run, or without
 * memory. */
bool foreign_run(const struct foreign *foreign, int threads, struct spawn_result *result,
                 struct record *record, struct error *error);

/* Whether a run passed its time without computing (sleep, disk, network). Such work has no use for
 * a CPU of its own and is not disturbed by who else computes. To be asked once for a whole sweep:
 * records of both kinds are never compared. A run of the largest team is short, and starting it may
 * be a good part of it: where that does not decide, a run of the smallest team does. */
enum foreign_nature { FOREIGN_WAITS, FOREIGN_COMPUTES, FOREIGN_UNDECIDED };
enum foreign_nature foreign_nature(const struct spawn_result *result);

/* Shares of one CPU: below the first a run waits, from the second on it computes. */
#define FOREIGN_LEAST_CPU 0.05
#define FOREIGN_CLEAR_CPU 0.5

#endif
