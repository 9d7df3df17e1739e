/*
 * record_fill: the parts of a record that are the same for whatever was measured.
 *
 * Program, machine, OpenMP environment, guard, phases, threads and clock. Each fills fields of a
 * record that record_unknown made, with copies that the record owns; text that was not to be had is
 * absent. Those that return bool are false without memory.
 * Knows: base, the rest of this room.
 */
#ifndef PIXSCALE_PROFILE_RECORD_FILL_H
#define PIXSCALE_PROFILE_RECORD_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "profile/guard.h"
#include "profile/machine.h"
#include "profile/phases.h"
#include "profile/record.h"
#include "profile/stages.h"

/* A copy of the text; NULL for none or an empty one. */
char *record_fill_text(const char *text);

/* `version` and `git` of the program, and when it started. */
void record_fill_tool(struct record *record, const char *version, const char *git, time_t started);

/* Host, CPU model, kernel; CPUs and cores that may be used. */
void record_fill_machine(struct record *record, const struct machine *machine);

/* The runtime of this process and its variables. `lookup` as in machine_omp_read. */
void record_fill_omp(struct record *record, int requested, int delivered, const char *schedule,
                     char *(*lookup)(const char *name));

/* What disturbed the run. Work that waits is not disturbed by who else computes: with
 * record->work "waiting" it is not marked as contaminated for that. */
void record_fill_guard(struct record *record, const struct guard_verdict *verdict);

/* The wall and its phases, `other` last. */
bool record_fill_phases(struct record *record, const struct phases *phases);

/* One thread for each of the `count` clocks, whose region lasted from `start_ns` to `end_ns`. */
bool record_fill_threads(struct record *record, const struct stages_clock *clocks, int count,
                         int64_t start_ns, int64_t end_ns);

/* How fine the clock is and what a stamp costs, measured now, in some milliseconds. */
void record_fill_clock(struct record *record);

#endif
