/*
 * schedule: how a loop's iterations are handed to the threads, as OpenMP names it.
 *
 * One place for reading "dynamic,4", for writing it, and for making it the runtime's choice for
 * schedule(runtime). Knows: OpenMP.
 */
#ifndef PIXSCALE_PROFILE_SCHEDULE_H
#define PIXSCALE_PROFILE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>

#define SCHEDULE_SIZE       32      /* of a name */
#define SCHEDULE_MOST_CHUNK 1000000 /* more than anybody means */

/* The values are those of omp_sched_t. */
enum schedule_kind {
    SCHEDULE_NONE, /* no loop of OpenMP's, or a kind that it does not name */
    SCHEDULE_STATIC,
    SCHEDULE_DYNAMIC,
    SCHEDULE_GUIDED,
    SCHEDULE_AUTO,
};

struct schedule {
    enum schedule_kind kind;
    int chunk; /* 0: the runtime's default, which is 1 but for static, where it is an even split */
};

/* Reads "static", "dynamic,4" and the like: a kind, and after a comma a chunk of 1 to
 * SCHEDULE_MOST_CHUNK. False, with *schedule as it was, when it is something else. */
bool schedule_parse(struct schedule *schedule, const char *text);

/* Writes it the same way, "none" for SCHEDULE_NONE; auto has no chunk. Returns `text`. */
char *schedule_name(const struct schedule *schedule, char text[SCHEDULE_SIZE]);

/* The runtime's current choice, without its monotonic bit. */
struct schedule schedule_current(void);

/* Makes it the runtime's choice. Nothing for SCHEDULE_NONE. */
void schedule_use(const struct schedule *schedule);

#endif
