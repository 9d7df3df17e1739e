/*
 * simulated: OpenMP's schedules and runtimes, as profile/ has them, in the simulator's terms.
 *
 * For whoever simulates what was or will be run. Knows: profile/schedule.h, model/simulator.h.
 */
#ifndef PIXSCALE_REPORT_SIMULATED_H
#define PIXSCALE_REPORT_SIMULATED_H

#include "model/simulator.h"
#include "profile/schedule.h"

/* The simulator's name of a schedule; dynamic for one that has none. */
enum simulator_schedule simulated_schedule(enum schedule_kind kind);

/* Which runtime's rules are meant by a name such as "libgomp.so.1.0.0 (GNU)", as machine_omp.h and
 * records have it; libgomp's for any other. */
enum simulator_runtime simulated_runtime(const char *name);

#endif
