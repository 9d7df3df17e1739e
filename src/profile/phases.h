/*
 * phases: what the main thread does one after the other, each second in exactly one phase.
 *
 * The wall of a run is cut at stamps: what lies between the named phases is the phase `other`, so
 * that they add up to the wall to the nanosecond, and what nobody thought of is seen. A phase is
 * serial, or parallel when a team does it: the wall of a parallel phase is a region's, from before
 * the team starts to after its join.
 * Knows: base/clock.h.
 */
#ifndef PIXSCALE_PROFILE_PHASES_H
#define PIXSCALE_PROFILE_PHASES_H

#include <stdbool.h>
#include <stdint.h>

#define PHASES_MOST 16 /* a run has nine names; beyond the table, time counts as `other` */

struct phases {
    int64_t start_ns, last_ns;
    int current;
    int count; /* of `phase`; phase[0] is `other` */
    struct phases_phase {
        const char *name; /* not owned */
        bool parallel;
        int64_t wall_ns;
    } phase[PHASES_MOST];
};

/* The wall starts now, in `other`. */
void phases_begin(struct phases *phases);

/* Leaves the current phase for another, which goes on where it was left when it has been before. */
void phases_enter(struct phases *phases, const char *name, bool parallel);

/* The same at a moment stamped by somebody else, such as a region's start. A stamp that lies before
 * the latest one counts as that. */
void phases_enter_at(struct phases *phases, const char *name, bool parallel, int64_t now_ns);

/* Leaves the current phase for `other`. */
void phases_leave(struct phases *phases);

/* The wall ends now; returns it, in ns: the sum of all phases. */
int64_t phases_end(struct phases *phases);

#endif
