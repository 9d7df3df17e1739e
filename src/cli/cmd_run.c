/*
 * The command `run`: scan, plan, the pipeline, index and array. Each step is a function that takes
 * the state of the run and says whether it went well; what was opened is closed at one place.
 */
#include "cli/commands.h"

#include <omp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/run_inputs.h"
#include "cli/run_memory.h"
#include "cli/run_options.h"
#include "cli/run_record.h"
#include "cli/run_summary.h"
#include "cli/run_team.h"
#include "dataset/index.h"
#include "dataset/manifest.h"
#include "dataset/npy.h"
#include "pipeline/pipeline.h"

#define FAILURES_SHOWN 5

/* Large enough that the pieces are no burden on the disk, small enough that the fsync at the end,
 * when all threads wait, has little left, and that the thread which begins the writing (some 10 ms
 * a piece) is not the last to end because of it: with 64 MB the others waited 20 ms for it. Arrays
 * below it are left to that fsync. */
#define WRITE_BEHIND_BYTES (16 << 20)

static atomic_int stop_signal; /* the signal that asked the run to stop, or 0 */

/* While the team works: what to remove should the OpenMP runtime end the process. */
static struct npy *unfinished;

struct run {
    struct run_options options;
    struct worker_options worker;
    const char *const *operands;
    size_t operand_count;
    char *index_path;
    struct manifest manifest;
    struct plan plan;
    struct readahead ahead;
    struct npy_shape shape;
    struct npy *npy;
    struct index_item *items;
    struct pipeline_result result;
    struct progress progress;
    char schedule[SCHEDULE_SIZE];
    struct phases phases;
    struct run_record record;
    const char *const *arguments;
    int argument_count;
};

static void on_signal(int number)
{
    atomic_store(&stop_signal, number);
}

/* The first signal lets the items in hand finish; the second finds the default action and kills. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND | SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction before;
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* as under nohup */
        sigaction(SIGHUP, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is then an error of write, with a name */
    signal(SIGPIPE, SIG_IGN); /* nobody reads the progress: no reason to lose the array */
}

/* A runtime that cannot start a thread calls exit(1), which would mean "finished, some failed". */
static void on_exit_of_runtime(void)
{
    if (!unfinished)
        return;
    npy_abandon(unfinished);
    fprintf(stderr, "pixscale: the OpenMP runtime gave up; use fewer threads. No output was "
                    "written\n");
    _exit(EXIT_OUTPUT);
}

static void show_progress(void *user, const struct slots *slots)
{
    struct run *run = user;
    if (!progress_due(&run->progress))
        return;
    struct slots_totals counts;
    slots_sum(slots, &counts);
    double seconds = progress_seconds(&run->progress);
    char rate[TEXT_SIZE], read[TEXT_SIZE], failed[TEXT_SIZE], details[160];
    snprintf(details, sizeof details, "%s images/s  %s/s  %s failed",
             text_rate(rate, (double)counts.items / seconds),
             text_bytes(read, (double)counts.bytes / seconds), text_count(failed, counts.failed));
    /* Bytes foretell the time better than counts, as the costliest pictures come first. */
    double fraction = run->manifest.bytes ? (double)counts.bytes / (double)run->manifest.bytes
                                          : (double)counts.items / (double)run->manifest.count;
    progress_bar(&run->progress, fraction, counts.items, run->manifest.count, details);
}

static struct npy_shape shape_of(const struct run *run, uint64_t rows)
{
    const struct row_format *row = &run->worker.row;
    struct npy_shape shape = {.descr = row->f32 ? "<f4" : "|u1",
                              .item_size = row->f32 ? 4 : 1,
                              .dimensions = 4,
                              .size = {rows, row->height, row->width, row->channels}};
    if (row->chw) {
        shape.size[1] = row->channels;
        shape.size[2] = row->height;
        shape.size[3] = row->width;
    }
    return shape;
}

static bool open_output(struct run *run, struct error *error)
{
    run->items = calloc(run->manifest.count, sizeof *run->items);
    if (!run->items)
        return error_set(error, ERROR_OUTPUT, "no memory for %zu inputs", run->manifest.count);
    run->shape = shape_of(run, run->manifest.count);
    run->npy = npy_create(run->options.output, &run->shape, error);
    return run->npy != NULL;
}

/* The most failures that are no more than the share. The product alone is not exact: 0.29 of 100 is
 * 28.999999999999996. */
static uint64_t most_within(double share, size_t count)
{
    uint64_t most = (uint64_t)(share * (double)count);
    return most + ((double)(most + 1) / (double)count <= share);
}

static uint64_t failures_allowed(const struct run *run)
{
    if (run->options.on_error == RUN_OPTIONS_FAIL)
        return 0;
    if (run->options.max_failures < 0)
        return UINT64_MAX;
    return most_within(run->options.max_failures, run->manifest.count);
}

static bool process(struct run *run, struct error *error)
{
    omp_set_dynamic(0);
    omp_set_max_active_levels(1);
    run_team_schedule(&run->options, run->schedule);
    catch_signals();
    progress_start(&run->progress,
                   run->options.quiet ? PROGRESS_OFF : (enum progress_when)run->options.progress,
                   stderr);
    int threads = run_team_size(&run->options, run->manifest.count);
    run_team_allow_files(threads);
    if (!run_record_reserve(&run->record, &run->options, threads, run->manifest.count, error))
        return false;
    if (!readahead_make(&run->ahead, &run->plan, &run->manifest, (uint64_t)run->options.readahead,
                        threads))
        return error_set(error, ERROR_OUTPUT, "no memory to plan %zu inputs", run->manifest.count);
    struct pipeline_job job = {
        .manifest = &run->manifest,
        .plan = &run->plan,
        .ahead = &run->ahead,
        .options = &run->worker,
        .npy = run->npy,
        .write_behind = WRITE_BEHIND_BYTES,
        .items = run->items,
        .threads = threads,
        .serial = run->options.serial,
        .max_failures = failures_allowed(run),
        .stop = &stop_signal,
        .progress = show_progress,
        .user = run,
        .clocks = run->record.clocks,
        .times = run->record.times,
    };
    unfinished = run->npy;
    bool ok = atexit(on_exit_of_runtime) == 0 ? pipeline_run(&job, &run->result, error)
                                              : error_set(error, ERROR_OUTPUT, "no memory");
    unfinished = NULL;
    /* The plain loop of --serial is what a team would share: it counts as parallel, of one. */
    phases_enter_at(&run->phases, "process", true, run->result.region_start_ns);
    phases_enter_at(&run->phases, "collect", false, run->result.region_end_ns);
    phases_leave(&run->phases);
    progress_end(&run->progress);
    if (ok && run->result.write_error)
        return error_set(error, ERROR_OUTPUT, "%s: cannot write row %llu: %s", run->options.output,
                         (unsigned long long)run->result.write_row,
                         strerror(run->result.write_error));
    return ok;
}

/* --on-error drop: the good rows move to an array of their own. */
static bool drop_failed(struct run *run, struct error *error)
{
    uint8_t *keep = calloc(run->manifest.count, 1);
    if (!keep)
        return error_set(error, ERROR_OUTPUT, "no memory");
    uint64_t kept = 0;
    for (size_t i = 0; i < run->manifest.count; i++)
        kept += keep[i] = status_has_pixels((enum status)run->items[i].status);
    struct npy *good = npy_copy_kept(run->npy, run->options.output, keep, error);
    free(keep);
    if (!good)
        return false;
    npy_abandon(run->npy);
    run->npy = good;
    run->shape = shape_of(run, kept);
    return true;
}

/* The index first, the array last: an array under its final name always has its index. */
static bool finalise(struct run *run, struct error *error)
{
    struct index_options options = {.labels = run->options.label_from >= 0,
                                    .drop_failed = run->options.on_error == RUN_OPTIONS_DROP};
    if (options.drop_failed) {
        phases_enter(&run->phases, "drop", false);
        if (!drop_failed(run, error))
            return false;
    }
    phases_enter(&run->phases, "index", false);
    if (!index_write(run->index_path, &run->manifest, run->items, &options, error))
        return false;
    phases_enter(&run->phases, "sync", false);
    bool synced = index_sync(run->index_path, error) && npy_sync(run->npy, error);
    phases_enter(&run->phases, "commit", false);
    if (!synced || !index_commit(run->index_path, error)) {
        index_abandon(run->index_path);
        return false;
    }
    struct npy *npy = run->npy;
    run->npy = NULL;
    if (npy_commit(npy, error))
        return true;
    unlink(run->index_path); /* an index without its array would lie about an older one */
    return false;
}

static bool prepare(struct run *run, struct error *error)
{
    const struct run_options *options = &run->options;
    run->index_path = run_inputs_index_path(options);
    if (!run->index_path)
        return error_set(error, ERROR_OUTPUT, "no memory");
    if (!run_inputs_check_outputs(options, run->index_path, error) ||
        (options->profile && !run_record_check_file(options->profile, error)))
        return false;
    phases_enter(&run->phases, "scan", false);
    if (!run_inputs_scan(options, run->operands, run->operand_count, run->index_path,
                         &run->manifest, error))
        return false;
    phases_enter(&run->phases, "plan", false);
    if (!plan_make(&run->plan, &run->manifest, (enum plan_order)options->order, error))
        return false;
    if (!run_memory_share(options, &run->manifest, run_team_size(options, run->manifest.count),
                          &run->worker, error))
        return false;
    phases_enter(&run->phases, "open", false);
    bool ok = open_output(run, error);
    phases_leave(&run->phases);
    return ok;
}

static bool summarise(const struct run *run)
{
    struct run_summary summary = {
        .options = &run->options,
        .manifest = &run->manifest,
        .items = run->items,
        .result = &run->result,
        .shape = &run->shape,
        .output = run->options.output,
        .index = run->index_path,
        .schedule = run->schedule,
        .seconds = (double)(run->phases.last_ns - run->phases.start_ns) * 1e-9,
    };
    if (!run->options.quiet && run->result.counts.failed)
        run_summary_failures(&run->manifest, run->items,
                             run->options.verbose ? UINT64_MAX : FAILURES_SHOWN, stderr);
    if (run->options.json)
        return run_summary_json(&summary, stdout);
    if (!run->options.quiet)
        run_summary_print(&summary, stdout);
    return true;
}

static int stopped(const struct run *run)
{
    int number = atomic_load(&stop_signal);
    const char *name = number == SIGINT ? "SIGINT" : number == SIGHUP ? "SIGHUP" : "SIGTERM";
    fprintf(stderr, "pixscale: stopped by %s after %llu of %zu inputs; no output was written\n",
            name, (unsigned long long)run->result.counts.items, run->manifest.count);
    return 128 + number;
}

static int too_many(const struct run *run)
{
    char rate[64] = "none is allowed";
    if (run->options.on_error != RUN_OPTIONS_FAIL)
        snprintf(rate, sizeof rate, "%g%% are allowed", run->options.max_failures * 100);
    fprintf(stderr,
            "pixscale: too many failures: %llu of %llu inputs so far, %s; no output was written\n",
            (unsigned long long)run->result.counts.failed,
            (unsigned long long)run->result.counts.items, rate);
    run_summary_failures(&run->manifest, run->items,
                         run->options.verbose ? UINT64_MAX : FAILURES_SHOWN, stderr);
    return EXIT_TOO_MANY;
}

/* The record comes last: neither it nor what is measured for it counts as the run's time. */
static bool profile(struct run *run, struct error *error)
{
    struct run_record_source source = {
        .options = &run->options,
        .manifest = &run->manifest,
        .result = &run->result,
        .phases = &run->phases,
        .arguments = run->arguments,
        .argument_count = run->argument_count,
        .schedule = run->schedule,
        .requested = run_team_requested(&run->options),
    };
    return run_record_append(&run->record, &source, error);
}

static int execute(struct run *run)
{
    struct error error;
    if (!prepare(run, &error) || !process(run, &error))
        return commands_fail(&error);
    if (run->result.stopped)
        return stopped(run);
    if (run->result.too_many)
        return too_many(run);
    if (!finalise(run, &error))
        return commands_fail(&error);
    phases_end(&run->phases);
    if (run->options.profile)
        run_record_end(&run->record);
    if (!summarise(run)) {
        error_set(&error, ERROR_OUTPUT, "%s is complete, but there is no memory for its summary",
                  run->options.output);
        return commands_fail(&error);
    }
    if (run->options.profile && !profile(run, &error))
        return commands_fail(&error);
    return run->result.counts.failed ? EXIT_SOME_FAILED : EXIT_CLEAN;
}

static void cleanup(struct run *run)
{
    npy_abandon(run->npy);
    run_record_free(&run->record);
    readahead_free(&run->ahead);
    plan_free(&run->plan);
    manifest_free(&run->manifest);
    free(run->items);
    free(run->index_path);
}

static int run_command(const struct command *self, int argc, char **argv)
{
    struct run run = {.options = run_options_default()};
    int first = argc;
    switch (options_parse(self, argc, argv, &run.options, &first)) {
    case OPTIONS_DONE:
        return EXIT_CLEAN;
    case OPTIONS_WRONG:
        return EXIT_USAGE;
    default:
        break;
    }
    if (argc - first == 1 && strcmp(argv[first], "-") == 0 && !run.options.files_from) {
        run.options.files_from = "-";
        first = argc;
    }
    struct error error;
    if (!run_options_check(&run.options, argc - first, &error))
        return commands_fail(&error);
    run.arguments = (const char *const *)argv;
    run.argument_count = argc;
    if (run.options.profile)
        run_record_begin(&run.record);
    phases_begin(&run.phases);
    run.operands = (const char *const *)argv + first;
    run.operand_count = (size_t)(argc - first);
    run_options_worker(&run.options, &run.worker);
    int status = execute(&run);
    cleanup(&run);
    return status;
}

static const char *const usage[] = {
    "run INPUT... -o OUT.npy [OPTIONS]",
    "run --files-from LIST -o OUT.npy [OPTIONS]",
    NULL,
};

static const char *const examples[] = {
    "pixscale run photos/ -o photos.npy",
    "every picture below photos/, 64x64 RGB, as Pillow's convert(\"RGB\").resize((64, 64))",
    "pixscale run photos/ -o x.npy --size 224x224 --fit cover --dtype f32 \\\n"
    "      --layout chw --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225",
    "ready for a network that was trained on ImageNet",
    "find . -name '*.png' -print0 | pixscale run - -0 -o icons.npy --alpha white",
    "a list of your own, transparent pictures laid over white",
    "OMP_NUM_THREADS=4 OMP_SCHEDULE=guided \\\n"
    "      pixscale run photos/ -o photos.npy --force",
    "OpenMP's own variables work as everywhere",
    NULL,
};

const struct command cmd_run = {
    .name = "run",
    .summary = "turn folders of JPEG and PNG files into one NumPy array",
    .usage = usage,
    .about =
        "INPUT is a folder, which is searched with all its folders, or a file. Row i of the array "
        "is input i of the byte-wise sorted list of paths, or of the list as given. An input that "
        "cannot be used leaves a row of zeros and a line in the index that says why.",
    .options = run_options_table,
    .examples = examples,
    .run = run_command,
};
