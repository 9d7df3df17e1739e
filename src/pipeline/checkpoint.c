#include "pipeline/checkpoint.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define SUMS (JOURNAL_NUMBERS - 1) /* of the numbers; the last is the array's */
#define NONE UINT32_MAX            /* no row: a run has fewer than 2^32 */

/* What one thread has done. Padded: its neighbours write theirs all the time. */
struct chain {
    _Alignas(128) uint32_t newest; /* the thread's own */
    /* Left by the thread before it answers; not touched again before the next round. */
    uint32_t left;
    struct row_sums sums;
    _Atomic uint32_t answer; /* the round */
    /* Thread 0's own: */
    uint32_t recorded;             /* up to here the journal tells of it */
    struct row_sums recorded_sums; /* of these rows */
    bool taken;                    /* in the group in hand */
};

struct checkpoint {
    struct checkpoint_plan plan;
    struct npy *npy;
    struct index_item *items;
    int threads;
    _Alignas(128) _Atomic uint32_t round; /* read by all, seldom written */
    _Alignas(128) int64_t due_ns;         /* thread 0's own */
    bool asked;
    struct chain chain[];
};

struct checkpoint *checkpoint_new(const struct checkpoint_plan *plan, int threads, struct npy *npy,
                                  struct index_item *items)
{
    size_t bytes = sizeof(struct checkpoint) + (size_t)threads * sizeof(struct chain);
    struct checkpoint *checkpoint = aligned_alloc(_Alignof(struct checkpoint), bytes);
    if (!checkpoint)
        return NULL;
    memset(checkpoint, 0, bytes);
    checkpoint->plan = *plan;
    checkpoint->npy = npy;
    checkpoint->items = items;
    checkpoint->threads = threads;
    checkpoint->due_ns = clock_now_ns() + plan->every_ns;
    for (int t = 0; t < threads; t++) {
        struct chain *chain = &checkpoint->chain[t];
        chain->newest = chain->left = chain->recorded = NONE;
    }
    return checkpoint;
}

void checkpoint_free(struct checkpoint *checkpoint)
{
    free(checkpoint);
}

void checkpoint_item(struct checkpoint *checkpoint, int thread, uint32_t row,
                     const struct row_sums *sums)
{
    struct chain *chain = &checkpoint->chain[thread];
    checkpoint->items[row].previous = chain->newest;
    chain->newest = row;
    uint32_t round = atomic_load_explicit(&checkpoint->round, memory_order_acquire);
    if (round == atomic_load_explicit(&chain->answer, memory_order_relaxed))
        return;
    chain->left = row;
    chain->sums = *sums;
    atomic_store_explicit(&chain->answer, round, memory_order_release);
}

static bool has_answered(const struct checkpoint *checkpoint, int thread)
{
    return atomic_load_explicit(&checkpoint->chain[thread].answer, memory_order_acquire) ==
           atomic_load_explicit(&checkpoint->round, memory_order_relaxed);
}

bool checkpoint_due(struct checkpoint *checkpoint)
{
    if (!checkpoint->plan.journal)
        return false;
    if (checkpoint->asked) {
        for (int t = 0; t < checkpoint->threads; t++)
            if (!has_answered(checkpoint, t))
                return clock_now_ns() >= checkpoint->due_ns;
        return true;
    }
    if (clock_now_ns() < checkpoint->due_ns)
        return false;
    uint32_t round = atomic_load_explicit(&checkpoint->round, memory_order_relaxed);
    atomic_store_explicit(&checkpoint->round, round + 1, memory_order_release);
    checkpoint->asked = true;
    checkpoint->due_ns += checkpoint->plan.every_ns; /* who has not answered by then is left out */
    return false;
}

/* Adds the chains of those that have answered to the group, and their sums. Before the sync: what
 * is finished after it is not in it. */
static uint64_t take(struct checkpoint *checkpoint, struct row_sums *sums)
{
    uint64_t rows = 0;
    *sums = checkpoint->plan.before;
    for (int t = 0; t < checkpoint->threads; t++) {
        struct chain *chain = &checkpoint->chain[t];
        chain->taken = has_answered(checkpoint, t);
        row_sums_merge(sums, chain->taken ? &chain->sums : &chain->recorded_sums);
        if (!chain->taken)
            continue; /* its thread may be writing */
        for (uint32_t row = chain->left; row != chain->recorded; rows++)
            row = checkpoint->items[row].previous;
    }
    return rows;
}

static void add(const struct checkpoint *checkpoint)
{
    struct journal *journal = checkpoint->plan.journal;
    for (int t = 0; t < checkpoint->threads; t++) {
        const struct chain *chain = &checkpoint->chain[t];
        if (!chain->taken)
            continue;
        for (uint32_t row = chain->left; row != chain->recorded;
             row = checkpoint->items[row].previous)
            journal_add(journal, row, &checkpoint->items[row]);
    }
}

static void mark(struct checkpoint *checkpoint)
{
    for (int t = 0; t < checkpoint->threads; t++) {
        struct chain *chain = &checkpoint->chain[t];
        if (!chain->taken)
            continue;
        for (uint32_t row = chain->left; row != chain->recorded;
             row = checkpoint->items[row].previous)
            checkpoint->items[row].done = INDEX_RECORDED;
        chain->recorded = chain->left;
        chain->recorded_sums = chain->sums;
    }
}

static void put_sums(const struct row_sums *sums, uint64_t numbers[JOURNAL_NUMBERS])
{
    static_assert(sizeof *sums == sizeof(uint64_t[SUMS]), "sums are all numbers");
    memcpy(numbers, sums, sizeof *sums);
    numbers[SUMS] = 0;
}

uint64_t checkpoint_array(const uint64_t numbers[JOURNAL_NUMBERS])
{
    return numbers[SUMS];
}

void checkpoint_sums(const uint64_t numbers[JOURNAL_NUMBERS], struct row_sums *sums)
{
    memcpy(sums, numbers, sizeof *sums);
}

int checkpoint_work(struct checkpoint *checkpoint)
{
    struct row_sums sums;
    uint64_t numbers[JOURNAL_NUMBERS];
    int64_t start = clock_now_ns();
    checkpoint->asked = false;
    int failure = 0;
    if (take(checkpoint, &sums) > 0) {
        if (!npy_sync_rows(checkpoint->npy))
            failure = errno ? errno : EIO;
        if (!failure) {
            add(checkpoint);
            put_sums(&sums, numbers);
            if (journal_seal(checkpoint->plan.journal, numbers))
                mark(checkpoint);
        }
    }
    int64_t end = clock_now_ns(), rest = (end - start) * checkpoint->plan.rest;
    checkpoint->due_ns =
        end + (rest > checkpoint->plan.every_ns ? rest : checkpoint->plan.every_ns);
    return failure;
}

bool checkpoint_rest(struct journal *journal, struct index_item *items, size_t count,
                     const struct row_sums *sums, uint64_t finished)
{
    uint64_t numbers[JOURNAL_NUMBERS], rows = 0;
    put_sums(sums, numbers);
    numbers[SUMS] = finished;
    for (size_t row = 0; row < count; row++)
        if (items[row].done == INDEX_WORKED) {
            journal_add(journal, (uint32_t)row, &items[row]);
            rows++;
        }
    /* Without new rows the sums are as they were; of a run that never began they are none. */
    if (rows == 0 && !finished)
        return true;
    if (!(finished ? journal_finish(journal, numbers) : journal_seal(journal, numbers)))
        return false;
    for (size_t row = 0; row < count; row++)
        if (items[row].done == INDEX_WORKED)
            items[row].done = INDEX_RECORDED;
    return true;
}
