/*
 * toast: slices of bread in toasters, the talk's picture of a parallel loop.
 *
 * A slice takes two minutes in a toaster; a toaster is a thread; a minute is as long as one likes,
 * a few milliseconds. Because the work is sleep it scales beyond the cores of any machine, and what
 * will come out is known beforehand: so it teaches, and it proves the profiler. Whatever makes a
 * program scale badly can be planted, each in one number. A run has one serial phase ("dough") and
 * one parallel region ("process"), is stamped as a real run is, and can be written as a record.
 *
 * Sleeping is chained: a thread starts at the region's start, every slice adds its length to the
 * thread's own deadline, and clock_nanosleep waits for that absolute moment. So waking up late,
 * which costs 0.06 to 2 ms a time, does not add up. What is shared (power sockets) chains the same
 * way.
 * Knows: base, profile, model, report/simulated.h, OpenMP.
 */
#ifndef PIXSCALE_BAKERY_TOAST_H
#define PIXSCALE_BAKERY_TOAST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/ranges.h"
#include "profile/guard.h"
#include "profile/phases.h"
#include "profile/record.h"
#include "profile/schedule.h"
#include "profile/stages.h"

#define TOAST_SLICE_MINUTES 2.0
#define TOAST_MOST_SLICES   1000000
#define TOAST_MOST_TOASTERS 1024

enum toast_order { TOAST_COST, TOAST_INPUT }; /* longest slice first, or as they lie */

enum toast_work {
    TOAST_WAITING,  /* sleep */
    TOAST_COMPUTING /* the machine ceiling's kernel, as long on an idle core */
};

/* What is baked, and what is planted in it. All shares are 0…1, all 0 is plain toast. */
struct toast {
    int slices; /* n; the total is n × TOAST_SLICE_MINUTES whatever is planted below, but for
                   overhead, contention and slow, which come on top */
    int64_t minute_ns; /* length of a simulated minute */
    enum toast_work work;
    struct schedule schedule;
    enum toast_order order;
    double serial; /* share of the total that one thread does alone, before the loop */
    double imbalance; /* slice i takes 1 + imbalance·(2i/(n−1) − 1) of the mean: 1 is a triangle */
    double longest;    /* share of the loop's work in the last slice alone; the others share the
                          rest; 0: none is special */
    double overhead;   /* minutes that taking one chunk costs its thread, in stage dispatch */
    double contention; /* kappa: p threads make the loop longer by kappa·(p−1) of the total */
    int sockets;       /* only so many toasters heat at once: the knee; 0: no limit */
    double slow;       /* factor ≥ 1 on what the last thread does, when there are two or more */
    double stage[STAGE_DISPATCH]; /* shares of a slice in the pipeline's stages, adding up to 1;
                                     by default all is STAGE_DECODE, the heating */
    int shards; /* of how many processes that share the slices this is one; 0: it makes all */
    struct range rows; /* the slices that are its own, where there are shards; the dough, the start
                          of whoever starts, is kneaded by each in full */
    bool unguarded;    /* no look at the machine before and after, which costs the process's wall:
                          not for runs that shall be records */
};

/* 100 slices, 5 ms a minute, dynamic,1, as they lie. */
struct toast toast_default(void);

/* Makes the toast that of shard k of n, counted from 0: the slices cut into contiguous ranges by
 * planned length (base/ranges.h). More shards than slices leave some with none. False: no memory.
 */
bool toast_share(struct toast *toast, int k, int n);

/* The slices that this process makes. */
struct range toast_rows(const struct toast *toast);

/* What a thread is doing, for the watch. Written by that thread alone, as plain as moves are. */
struct toast_seat {
    _Alignas(128) _Atomic int slice; /* in its toaster; -1: none */
    _Atomic int made;                /* slices, so far */
    _Atomic int64_t from_ns, to_ns;  /* when the slice in hand went in, when it ought to be done */
};

/* What toast_bake left, all stamps of clock_now_ns; freed by toast_free. */
struct toast_run {
    int toasters; /* delivered */
    struct phases phases;
    int64_t region_start_ns, region_end_ns;
    struct stages_clock *clocks; /* [toasters] */
    struct stages_item *items;   /* [slices], in the order of their numbers */
    struct toast_seat *seats;    /* [toasters] */
    int first, slices;           /* those made by this process, counted from 0 */
    struct guard_snapshot before, after;
    int64_t started_utc; /* time_t */
};

/* Called by thread 0 about every TOAST_WATCH_NS, from within its own waits, which still end when
 * they would. Only work that waits is watched. */
#define TOAST_WATCH_NS 100000000
typedef void (*toast_watch_fn)(void *user, const struct toast_run *run, int64_t now_ns);

/* Bakes with a team of `toasters`, which is started and warmed before the clock, or while the dough
 * is kneaded when that takes long enough. PR_SET_TIMERSLACK
 * is expected to be 1 ns already (toast_ready). `watch` may be NULL. The runtime's schedule is the
 * toast's afterwards. False: no memory, another team was delivered, or (usage) sockets are wanted
 * of work that computes. */
bool toast_bake(const struct toast *toast, int toasters, toast_watch_fn watch, void *user,
                struct toast_run *run, struct error *error);
void toast_free(struct toast_run *run);

/* To be called once in main's thread before the first team: timer slack of 1 ns, which threads
 * inherit. */
void toast_ready(void);

/* Seconds that slice i takes in the loop before contention and slowness, in the order of their
 * numbers: [slices] into `seconds`. The sum is (1 − serial)·n·2 minutes. */
void toast_slices(const struct toast *toast, double *seconds);

/* What the truth is: minutes of the whole for that many toasters on a machine without any cost of
 * its own, by the simulator; of a shard for its own slices. Plain toast: 2·ceil(n/p). Sockets count
 * as that many toasters. NAN without memory. */
double toast_predict(const struct toast *toast, int toasters);

/* Fills a record of kind "bakery" (record_unknown inside; the caller frees it). `command` is its
 * command without the number of threads; options tell the planted truths, so that different ones
 * are never pooled. `with_items` adds the columns of the slices: row, thread, cost (planned
 * length, ns), start, stages. Of a shard `shards`, `first_row`, `rows` and `set_rows` are told;
 * which one it is, is the caller's to add. False: no memory. */
bool toast_record(const struct toast *toast, const struct toast_run *run, const char *command,
                  bool with_items, const char *version, const char *git,
                  char *(*lookup)(const char *name), struct record *record);

#endif
