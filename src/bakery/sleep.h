/*
 * sleep: waiting on chained absolute deadlines, so that waking up late does not add up.
 *
 * A thread is woken 0.06 to 2 ms after the moment it asked for. Asking each time for "now + length"
 * would add that to every slice; here a chain knows where it ought to be, each length is added to
 * that, and the thread waits for the moment itself: what was overslept is taken off the next wait.
 * What is shared chains the same way: a socket is free at the moment at which its last use ought to
 * have ended.
 * Knows: base/clock.h, OpenMP.
 */
#ifndef PIXSCALE_BAKERY_SLEEP_H
#define PIXSCALE_BAKERY_SLEEP_H

#include <stdint.h>

/* Wakes of the calling thread, and of those that it starts from now on, come without the 50 us by
 * which the kernel may else put them off to save power. */
void sleep_ready(void);

/* Called about every `period_ns` from within the waits of one chain; NULL: never. */
typedef void (*sleep_watch_fn)(void *user, int64_t now_ns);

struct sleep_chain {
    int64_t origin_ns; /* of clock_now_ns */
    double at_ns;      /* since then: where the chain ought to be */
    sleep_watch_fn watch;
    void *user;
    int64_t period_ns, due_ns; /* of the watch; due_ns is kept by the chain */
};

/* Adds `ns` to the chain and waits for that moment; not at all when it has passed. */
void sleep_for(struct sleep_chain *chain, double ns);

/* The same for a moment given, since the origin. */
void sleep_until(struct sleep_chain *chain, double at_ns);

/* So many things of one kind that one thread at a time can use. */
struct sleep_sockets {
    int count;
    double *free_ns; /* [count], since the common origin: when each is free again */
};

/* Takes the socket that is free first, for `ns`, at `at_ns` or when it becomes free. Returns the
 * moment at which the use begins; nobody waits here. */
double sleep_take(struct sleep_sockets *sockets, double at_ns, double ns);

#endif
