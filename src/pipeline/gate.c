#include "pipeline/gate.h"

#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define LOOK_NS 1000000 /* waiting for others looks every millisecond: their items take longer */

/* One a thread, which alone writes it, on a cache line of its own. */
struct seat {
    _Alignas(64) atomic_bool rests;
};

struct gate {
    _Alignas(64) atomic_bool called; /* the others are to rest */
    omp_lock_t turn; /* the next to be let through; without a limit, who is behind */
    uint64_t bytes, alone, own, common;
    _Atomic uint64_t left; /* of `common`; taken from by who has the turn, given back to by all */
    int threads;
    struct seat seat[];
};

struct gate *gate_new(int threads, uint64_t bytes, uint64_t alone)
{
    size_t size = sizeof(struct gate) + (size_t)threads * sizeof(struct seat);
    struct gate *gate = aligned_alloc(_Alignof(struct gate), size);
    if (!gate)
        return NULL;
    gate->threads = threads;
    gate->bytes = bytes;
    gate->alone = alone;
    gate->own = bytes ? bytes / 2 / (uint64_t)threads : UINT64_MAX;
    gate->common = bytes - bytes / 2;
    atomic_init(&gate->called, false);
    atomic_init(&gate->left, gate->common);
    for (int t = 0; t < threads; t++)
        atomic_init(&gate->seat[t].rests, true);
    omp_init_lock(&gate->turn);
    return gate;
}

void gate_free(struct gate *gate)
{
    if (gate)
        omp_destroy_lock(&gate->turn);
    free(gate);
}

uint64_t gate_own(const struct gate *gate)
{
    return gate->own;
}

uint64_t gate_most(const struct gate *gate)
{
    return gate->bytes ? gate->alone : UINT64_MAX;
}

bool gate_called(const struct gate *gate)
{
    return atomic_load_explicit(&gate->called, memory_order_relaxed);
}

static void wait_a_little(void)
{
    nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
}

void gate_rest(struct gate *gate, int thread)
{
    atomic_store(&gate->seat[thread].rests, true);
}

/* Either this thread sees that it is called, or who called sees that it works: both write first and
 * read then, in one order for all. */
void gate_work(struct gate *gate, int thread)
{
    atomic_bool *rests = &gate->seat[thread].rests;
    atomic_store(rests, false);
    while (atomic_load(&gate->called)) {
        atomic_store(rests, true);
        while (atomic_load(&gate->called))
            wait_a_little();
        atomic_store(rests, false);
    }
}

/* What a picture takes of the common half: its thread's own share is empty. */
static uint64_t of_common(const struct gate *gate, uint64_t need)
{
    uint64_t charge = need > gate->own ? need - gate->own : 0;
    return charge < gate->common ? charge : gate->common;
}

/* Whether not even the common half and one share are enough. */
static bool needs_all(const struct gate *gate, uint64_t need)
{
    return need > gate->own + gate->common;
}

void gate_enter(struct gate *gate, uint64_t need)
{
    omp_set_lock(&gate->turn);
    if (gate->bytes == 0)
        return;
    uint64_t charge = of_common(gate, need);
    while (atomic_load(&gate->left) < charge)
        wait_a_little();
    atomic_fetch_sub(&gate->left, charge);
    if (needs_all(gate, need)) { /* after the wait: who called before has taken its call back */
        atomic_store(&gate->called, true);
        for (int t = 0; t < gate->threads; t++)
            while (!atomic_load(&gate->seat[t].rests))
                wait_a_little();
    }
    omp_unset_lock(&gate->turn);
}

void gate_leave(struct gate *gate, uint64_t need)
{
    if (gate->bytes == 0) {
        omp_unset_lock(&gate->turn);
        return;
    }
    if (needs_all(gate, need))
        atomic_store(&gate->called, false);
    atomic_fetch_add(&gate->left, of_common(gate, need));
}
