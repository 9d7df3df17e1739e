#include "bakery/overheads_loops.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Two cache lines, as prefetchers fetch lines in pairs. */
#define SLOT_ALIGN 128

struct slot {
    _Alignas(SLOT_ALIGN) uint64_t value;
};

/* An odd number and its inverse modulo 2^64: multiplying by both changes nothing. */
#define FACTOR  UINT64_C(0x9e3779b97f4a7c15)
#define INVERSE UINT64_C(0xf1de83e19937733d)
#define PAIRS   12 /* two dozen multiplications, one to three a cycle: a few nanoseconds */

/* The compiler must believe that `x` is changed here. Else it would see that the factors cancel,
 * that the sum of 0 … n − 1 has a formula, and leave nothing to measure. No instruction is made. */
static inline uint64_t hide(uint64_t x)
{
    __asm__ volatile("" : "+r"(x));
    return x;
}

/* The tiny task: i, after some arithmetic. */
static inline uint64_t tiny(int64_t i)
{
    uint64_t x = (uint64_t)i;
    for (int k = 0; k < PAIRS; k++)
        x = hide(hide(x * FACTOR) * INVERSE);
    return x;
}

static uint64_t sum_plain(int threads, int64_t n, struct slot *slots)
{
    (void)threads, (void)slots;
    uint64_t sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += tiny(i);
    return sum;
}

/* The schedules: who gets which iterations is agreed on once, every hundred, or each time. */

static uint64_t sum_static(int threads, int64_t n, struct slot *slots)
{
    (void)slots;
    uint64_t sum = 0;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += tiny(i);
    return sum;
}

static uint64_t sum_dynamic_100(int threads, int64_t n, struct slot *slots)
{
    (void)slots;
    uint64_t sum = 0;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 100) reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += tiny(i);
    return sum;
}

static uint64_t sum_dynamic_1(int threads, int64_t n, struct slot *slots)
{
    (void)slots;
    uint64_t sum = 0;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1) reduction(+ : sum)
    for (int64_t i = 0; i < n; i++)
        sum += tiny(i);
    return sum;
}

static uint64_t add_up(const struct slot *slots, int threads)
{
    uint64_t sum = 0;
    for (int i = 0; i < threads; i++)
        sum += slots[i].value;
    return sum;
}

/* One thread makes a task of each number; whoever is free does it. A task here is never suspended,
 * so the slot is its thread's alone. */
static uint64_t sum_tasks(int threads, int64_t n, struct slot *slots)
{
#pragma omp parallel num_threads(threads)
#pragma omp single
    for (int64_t i = 0; i < n; i++) {
#pragma omp task firstprivate(i)
        slots[omp_get_thread_num()].value += tiny(i);
    }
    return add_up(slots, threads);
}

/* One total for all threads. What differs is how two additions at once are kept apart. */

static uint64_t sum_atomic(int threads, int64_t n, struct slot *slots)
{
    (void)slots;
    uint64_t sum = 0;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t i = 0; i < n; i++) {
        uint64_t x = tiny(i);
#pragma omp atomic
        sum += x;
    }
    return sum;
}

static uint64_t sum_critical(int threads, int64_t n, struct slot *slots)
{
    (void)slots;
    uint64_t sum = 0;
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t i = 0; i < n; i++) {
        uint64_t x = tiny(i);
#pragma omp critical(overheads_total)
        sum += x;
    }
    return sum;
}

/* Counting in memory. `volatile`: each step is read from and written to memory, as a compiler must
 * where it cannot prove that nobody looks; in a register the counters would share no cache line. */
static void count(volatile uint64_t *mine, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        *mine = *mine + 1;
}

static uint64_t count_plain(int threads, int64_t n, struct slot *slots)
{
    (void)threads;
    count(&slots[0].value, n);
    return slots[0].value;
}

/* As even as schedule(static) shares them out. */
static int64_t part_of(int64_t n, int thread, int threads)
{
    return n / threads + (thread < n % threads);
}

static uint64_t count_padded(int threads, int64_t n, struct slot *slots)
{
#pragma omp parallel num_threads(threads)
    {
        int thread = omp_get_thread_num();
        count(&slots[thread].value, part_of(n, thread, threads));
    }
    return add_up(slots, threads);
}

static uint64_t count_adjacent(int threads, int64_t n, struct slot *slots)
{
    uint64_t *counters = (uint64_t *)slots; /* eight in a line of 64 bytes */
#pragma omp parallel num_threads(threads)
    {
        int thread = omp_get_thread_num();
        count(&counters[thread], part_of(n, thread, threads));
    }
    uint64_t sum = 0;
    for (int i = 0; i < threads; i++)
        sum += counters[i];
    return sum;
}

static uint64_t (*const loops[OVERHEADS_WAYS])(int, int64_t, struct slot *) = {
    [OVERHEADS_PLAIN] = sum_plain,
    [OVERHEADS_STATIC] = sum_static,
    [OVERHEADS_DYNAMIC_100] = sum_dynamic_100,
    [OVERHEADS_DYNAMIC_1] = sum_dynamic_1,
    [OVERHEADS_TASKS] = sum_tasks,
    [OVERHEADS_REDUCTION] = sum_static,
    [OVERHEADS_ATOMIC] = sum_atomic,
    [OVERHEADS_CRITICAL] = sum_critical,
    [OVERHEADS_COUNTER] = count_plain,
    [OVERHEADS_PADDED] = count_padded,
    [OVERHEADS_ADJACENT] = count_adjacent,
};

/* Starts or wakes the team before the clock; true when it has the size that was asked for. */
static bool warm(int threads)
{
    int delivered = 0;
#pragma omp parallel num_threads(threads)
#pragma omp single
    delivered = omp_get_num_threads();
    return delivered == threads;
}

static struct slot *new_slots(int threads)
{
    size_t bytes = (size_t)threads * sizeof(struct slot);
    struct slot *slots = aligned_alloc(SLOT_ALIGN, bytes);
    if (slots)
        memset(slots, 0, bytes);
    return slots;
}

bool overheads_loops_run(enum overheads_way way, int threads, int64_t iterations,
                         struct overheads_loops_result *result)
{
    struct slot *slots = new_slots(threads);
    bool ok = slots && warm(threads);
    if (ok) {
        int64_t start = clock_now_ns();
        result->sum = loops[way](threads, iterations, slots);
        result->wall_ns = clock_now_ns() - start;
    }
    free(slots);
    return ok;
}

bool overheads_loops_regions(int threads, int64_t regions, struct overheads_loops_result *result)
{
    struct slot *slots = new_slots(threads);
    bool ok = slots && warm(threads);
    if (ok) {
        int64_t start = clock_now_ns();
        for (int64_t i = 0; i < regions; i++) {
#pragma omp parallel num_threads(threads)
            slots[omp_get_thread_num()].value++;
        }
        result->wall_ns = clock_now_ns() - start;
        result->sum = add_up(slots, threads);
    }
    free(slots);
    return ok;
}
