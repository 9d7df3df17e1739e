/*
 * inject: what the launcher (inject.c) and the library in the program (inject_calls.c) share.
 *
 * It lies in memory that both have mapped, so that the counts survive whatever becomes of the
 * program.
 */
#ifndef TESTS_FAULTS_INJECT_H
#define TESTS_FAULTS_INJECT_H

#include <stdatomic.h>
#include <stdbool.h>

/* The environment variable that names the descriptor of the shared memory. */
#define INJECT_SHARED "INJECT_SHARED"

enum inject_calls {
    INJECT_NONE,   /* of the library's calls; system calls are the launcher's */
    INJECT_MALLOC, /* malloc, calloc, realloc, aligned_alloc, memalign, posix_memalign */
    INJECT_THREAD, /* pthread_create */
};

struct inject {
    enum inject_calls fails; /* what the library lets fail */
    unsigned long at;        /* the call that fails, from 1; 0: none */
    bool always;             /* and all after it */
    bool leak;               /* lose a block and a descriptor with each failure: are they missed? */
    atomic_bool in_main;     /* calls count from the beginning of main to its end */
    _Atomic unsigned long calls, failed;
};

/* Counts a call; whether it is to fail. */
static inline bool inject_fails(struct inject *inject)
{
    unsigned long number = atomic_fetch_add(&inject->calls, 1) + 1;
    bool fails = inject->at && (inject->always ? number >= inject->at : number == inject->at);
    if (fails)
        atomic_fetch_add(&inject->failed, 1);
    return fails;
}

#endif
