/*
 * The parallel region of the program, in prose.
 *
 * Before it, serial: the scan made the manifest (which input has which row), the plan made the
 * order in which inputs are started, the array was created with a slot for each row. After it,
 * serial: the index is written, the array synced and renamed. Everything between is this file.
 *
 *     #pragma omp parallel
 *         starts the team; each thread makes its own worker
 *     #pragma omp for schedule(runtime) nowait
 *         hands out positions of the plan: how many at a time, and when, is the choice of
 *         OMP_SCHEDULE or --schedule
 *     }
 *         the end of the region is the only place where threads wait for each other
 *
 * Who owns what. A worker (buffers, decoders, resampler, sums) belongs to its thread. An input's
 * item and its row of the array are written by the one thread that got the input. A slot of
 * counters has its thread as only writer. The manifest, the plan and the options are read only. So
 * the loop has no lock and no atomic read-modify-write; only a picture that would take unusual
 * memory passes a gate, one at a time, and where memory is limited the others may have to rest
 * for it (gate.h).
 *
 * What is timed. The main thread stamps the clock before the region and after it: the region's
 * wall. With clocks, each thread stamps its own first and last moment inside the region, before the
 * barrier at its end, and in between every change of stage: so its idle time is what lies between
 * the region's stamps and its own, starting late and waiting for the last. Making the worker, the
 * schedule and the counting are the stage `dispatch`. Outside of the region, and so serial, are
 * what comes before it and the merging after it. Without clocks each stamp is one test.
 *
 * What a kill leaves. Now and then thread 0, between two items, makes durable what all threads have
 * finished and has the journal tell of it (checkpoint.h); nobody waits for it.
 *
 * How it stops. An OpenMP loop cannot be left, but it can be emptied: each iteration first looks at
 * the stop flags with a relaxed load and does nothing when one is set. What was begun is finished.
 */
#include "pipeline/pipeline.h"

#include <errno.h>
#include <omp.h>
#include <stdlib.h>

/* What the threads of one run share beside the job. */
struct team {
    const struct pipeline_job *job;
    struct slots *slots;
    struct gate *gate;
    struct worker **workers; /* [threads] */
    atomic_int halt;         /* set by a thread that cannot or need not go on */
    atomic_int write_error;
    _Atomic uint64_t write_row;
    atomic_int sync_failed;
    struct checkpoint *checkpoint; /* or NULL */
    size_t written; /* thread 0: the position at which the disk was last told to begin */
};

static bool halted(const struct team *team)
{
    return atomic_load_explicit(&team->halt, memory_order_relaxed) ||
           (team->job->stop && atomic_load_explicit(team->job->stop, memory_order_relaxed));
}

/* Off the common path: a write failed, or one failure more must be held against the limit. */
static void judge(struct team *team, int error, uint64_t row)
{
    if (error) {
        atomic_store_explicit(&team->write_row, row, memory_order_relaxed);
        atomic_store_explicit(&team->write_error, error, memory_order_relaxed);
        atomic_store_explicit(&team->halt, 1, memory_order_relaxed);
        return;
    }
    struct slots_totals totals;
    slots_sum(team->slots, &totals);
    if (totals.failed + team->job->failed_before > team->job->max_failures)
        atomic_store_explicit(&team->halt, 1, memory_order_relaxed);
}

static struct stages_clock *clock_of(const struct team *team, int thread)
{
    return team->job->clocks ? &team->job->clocks[thread] : NULL;
}

/* Thread 0 is at position k, so about k rows are written: has the disk begin with them when they
 * are many since the last time. The rows of a team lie anywhere in the array; the kernel knows
 * which. */
static void start_writing(struct team *team, size_t k)
{
    const struct pipeline_job *job = team->job;
    if (job->write_behind == 0 || (k - team->written) * npy_row_bytes(job->npy) < job->write_behind)
        return;
    npy_start_writing(job->npy);
    team->written = k;
}

/* Thread 0, between two items. */
static void look_after_journal(struct team *team, struct stages_clock *clock)
{
    if (!team->checkpoint || !checkpoint_due(team->checkpoint))
        return;
    stages_enter(clock, STAGE_STORE);
    int error = checkpoint_work(team->checkpoint);
    stages_enter(clock, STAGE_DISPATCH);
    if (error) {
        atomic_store_explicit(&team->sync_failed, 1, memory_order_relaxed);
        judge(team, error, 0);
    }
}

/* The item of `row` is done, unless its row could not be written. Returns the errno of that. */
static int end_item(struct team *team, const struct worker *worker, int thread, uint32_t row,
                    int error)
{
    const struct pipeline_job *job = team->job;
    struct index_item *item = &job->items[row];
    if (!error && job->clear_failed && !status_has_pixels((enum status)item->status) &&
        !npy_clear_row(job->npy, row))
        error = errno ? errno : EIO;
    if (error)
        item->done = 0;
    else if (team->checkpoint)
        checkpoint_item(team->checkpoint, thread, row, worker_sums(worker));
    return error;
}

/* Position k of the plan, by the worker of this thread. */
static void work(struct team *team, struct worker *worker, int thread, size_t k)
{
    const struct pipeline_job *job = team->job;
    struct slot *slot = slots_of(team->slots, thread);
    struct stages_clock *clock = clock_of(team, thread);
    uint32_t row = job->plan->order[k];
    struct index_item *item = &job->items[row];
    stages_item_begin(clock);
    worker_look_ahead(worker, job->ahead, k);
    int error = worker_item(worker, &job->manifest->entries[row], row, item, slot);
    stages_item_end(clock, job->times ? &job->times[row] : NULL, thread);
    error = end_item(team, worker, thread, row, error);
    if (error || !status_has_pixels(item->status))
        judge(team, error, row);
    if (thread == 0) {
        start_writing(team, k);
        look_after_journal(team, clock);
    }
    if (job->progress && thread == 0)
        job->progress(job->user, team->slots);
}

static struct worker *start_worker(struct team *team, int thread)
{
    const struct pipeline_job *job = team->job;
    struct worker *worker = worker_new(job->options, team->gate, thread, job->npy);
    team->workers[thread] = worker;
    if (worker) {
        worker_set_clock(worker, clock_of(team, thread));
        worker_begin(worker);
    } else
        atomic_store_explicit(&team->halt, 1, memory_order_relaxed);
    return worker;
}

/* The plain loop: the true serial baseline, with no OpenMP at all. */
static void run_serial(struct team *team)
{
    stages_begin(clock_of(team, 0));
    struct worker *worker = start_worker(team, 0);
    for (size_t k = 0; k < team->job->plan->count; k++)
        if (!halted(team))
            work(team, worker, 0, k);
    worker_end(worker);
    stages_end(clock_of(team, 0));
}

/* Returns the size of the team that was delivered. */
static int run_parallel(struct team *team)
{
    int delivered = 1;
    int64_t count = (int64_t)team->job->plan->count;
#pragma omp parallel num_threads(team->job->threads)
    {
        int thread = omp_get_thread_num();
        if (thread == 0)
            delivered = omp_get_num_threads();
        stages_begin(clock_of(team, thread));
        struct worker *worker = start_worker(team, thread);

#pragma omp for schedule(runtime) nowait
        for (int64_t k = 0; k < count; k++)
            if (!halted(team))
                work(team, worker, thread, (size_t)k);
        worker_end(worker);
        stages_end(clock_of(team, thread)); /* the barrier comes next */
    }
    return delivered;
}

/* After the join: merges what each thread left in its own slot. */
static bool collect(struct team *team, struct pipeline_result *result)
{
    const struct pipeline_job *job = team->job;
    slots_sum(team->slots, &result->counts);
    result->write_error = atomic_load(&team->write_error);
    result->write_row = atomic_load(&team->write_row);
    result->sync_failed = atomic_load(&team->sync_failed);
    result->too_many = result->counts.failed + job->failed_before > job->max_failures;
    result->stopped =
        job->stop && atomic_load(job->stop) && result->counts.items < job->plan->count;
    for (size_t i = 0; i < job->manifest->count; i++)
        if (job->items[i].done)
            result->statuses[job->items[i].status]++;
    bool whole = true;
    for (int t = 0; t < result->threads; t++) {
        if (team->workers[t])
            row_sums_merge(&result->sums, worker_sums(team->workers[t]));
        else
            whole = false;
    }
    return whole;
}

bool pipeline_run(const struct pipeline_job *job, struct pipeline_result *result,
                  struct error *error)
{
    *result = (struct pipeline_result){.threads = 1};
    struct team team = {
        .job = job,
        .slots = slots_new(job->threads),
        .gate = gate_new(job->threads, job->options->memory, job->options->memory_alone),
        .workers = calloc((size_t)job->threads, sizeof *team.workers),
        .halt = job->failed_before > job->max_failures,
    };
    if (job->checkpoints)
        team.checkpoint = checkpoint_new(job->checkpoints, job->threads, job->npy, job->items);
    bool ok = team.slots && team.gate && team.workers && (team.checkpoint || !job->checkpoints);
    if (ok) {
        int64_t start_ns = clock_now_ns();
        if (job->serial)
            run_serial(&team);
        else
            result->threads = run_parallel(&team);
        result->region_start_ns = start_ns;
        result->region_end_ns = clock_now_ns();
        ok = collect(&team, result);
        for (int t = 0; t < job->threads; t++)
            worker_free(team.workers[t]);
    }
    free(team.workers);
    checkpoint_free(team.checkpoint);
    gate_free(team.gate);
    slots_free(team.slots);
    if (!ok)
        return error_set(error, ERROR_OUTPUT, "no memory for %d worker threads; use fewer",
                         job->threads);
    return true;
}
