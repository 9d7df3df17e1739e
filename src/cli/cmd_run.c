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
#include "cli/run_launch.h"
#include "cli/run_memory.h"
#include "cli/run_options.h"
#include "cli/run_output.h"
#include "cli/run_record.h"
#include "cli/run_shard.h"
#include "cli/run_signals.h"
#include "cli/run_summary.h"
#include "cli/run_team.h"
#include "dataset/manifest.h"
#include "pipeline/pipeline.h"

#define FAILURES_SHOWN 5

/* Large enough that the pieces are no burden on the disk, small enough that the fsync at the end,
 * when all threads wait, has little left, and that the thread which begins the writing (some 10 ms
 * a piece) is not the last to end because of it: with 64 MB the others waited 20 ms for it. Arrays
 * below it are left to that fsync. */
#define WRITE_BEHIND_BYTES (16 << 20)

/* Until the team has done its work: what to close should the OpenMP runtime end the process. */
static struct run_output *unfinished;

struct run {
    struct run_options options;
    struct worker_options worker;
    const char *const *operands;
    size_t operand_count;
    struct run_shard shard;
    struct manifest manifest;
    struct plan plan;
    struct readahead ahead;
    struct run_output output;
    struct pipeline_result result;
    struct progress progress;
    char schedule[SCHEDULE_SIZE];
    struct phases phases;
    struct run_record record;
    const char *const *arguments;
    int argument_count;
};

/* A runtime that cannot start a thread calls exit(1), which would mean "finished, some failed". */
static void on_exit_of_runtime(void)
{
    if (!unfinished)
        return;
    run_output_close(unfinished);
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
    const struct run_output_before *before = &run->output.before;
    char rate[TEXT_SIZE], read[TEXT_SIZE], failed[TEXT_SIZE], details[160];
    snprintf(details, sizeof details, "%s images/s  %s/s  %s failed",
             text_rate(rate, (double)counts.items / seconds),
             text_bytes(read, (double)counts.bytes / seconds), text_count(failed, counts.failed));
    /* Bytes foretell the time better than counts, as the costliest pictures come first. Of a
     * resumed run the bar shows what was left to do. */
    uint64_t bytes = run->manifest.bytes - before->bytes;
    double fraction = bytes ? (double)counts.bytes / (double)bytes
                            : (double)counts.items / (double)run->plan.count;
    progress_bar(&run->progress, fraction, counts.items, run->plan.count, details);
}

static uint64_t failures_allowed(const struct run *run)
{
    if (run->options.on_error == RUN_OPTIONS_FAIL)
        return 0;
    if (run->options.max_failures < 0)
        return UINT64_MAX;
    return run_options_most_failures(run->options.max_failures, run->manifest.count);
}

static bool written(const struct run *run, struct error *error)
{
    const struct pipeline_result *result = &run->result;
    if (!result->write_error)
        return true;
    if (result->sync_failed)
        return error_set(error, ERROR_OUTPUT, "%s: cannot write to disk: %s", run->options.output,
                         strerror(result->write_error));
    return error_set(error, ERROR_OUTPUT, "%s: cannot write row %llu: %s", run->options.output,
                     (unsigned long long)(run->shard.rows.first + result->write_row),
                     strerror(result->write_error));
}

static bool process(struct run *run, struct error *error)
{
    omp_set_dynamic(0);
    omp_set_max_active_levels(1);
    run_team_schedule(&run->options, run->schedule);
    progress_start(&run->progress,
                   run->options.quiet ? PROGRESS_OFF : (enum progress_when)run->options.progress,
                   stderr);
    int threads = run_team_size(&run->options, run->plan.count);
    run_launch_tell(&run->shard.launch, &run->options, stderr);
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
        .npy = run->output.npy,
        .write_behind = WRITE_BEHIND_BYTES,
        .checkpoints = &run->output.checkpoints,
        .items = run->output.items,
        .threads = threads,
        .serial = run->options.serial,
        .max_failures = failures_allowed(run),
        .failed_before = run->output.before.failed,
        .clear_failed = run->output.before.resumed || run->output.shared,
        .stop = &run_signals_stop,
        .progress = show_progress,
        .user = run,
        .clocks = run->record.clocks,
        .times = run->record.times,
    };
    bool ok = pipeline_run(&job, &run->result, error);
    unfinished = NULL;
    /* The plain loop of --serial is what a team would share: it counts as parallel, of one. */
    phases_enter_at(&run->phases, "process", true, run->result.region_start_ns);
    phases_enter_at(&run->phases, "collect", false, run->result.region_end_ns);
    phases_leave(&run->phases);
    progress_end(&run->progress);
    row_sums_merge(&run->result.sums, &run->output.checkpoints.before);
    return ok && written(run, error);
}

static bool join(struct run *run, struct error *error)
{
    struct npy_shape shape = run_output_shape(&run->worker.row, run->shard.totals.rows);
    return run_shard_join(&run->shard, &run->options, run->operands, run->operand_count,
                          run->output.index_path, &shape, run->arguments, run->argument_count,
                          error);
}

static bool prepare(struct run *run, struct error *error)
{
    const struct run_options *options = &run->options;
    struct run_output *output = &run->output;
    phases_enter(&run->phases, "open", false);
    if (!run_output_claim(output, options, &run->shard, error) ||
        (options->profile && !run_record_check_file(options->profile, error)))
        return false;
    phases_enter(&run->phases, "scan", false);
    if (!run_shard_scan(&run->shard, options, run->operands, run->operand_count, output->index_path,
                        &run->manifest, error))
        return false;
    phases_enter(&run->phases, "plan", false);
    if (!plan_make(&run->plan, &run->manifest, (enum plan_order)options->order, error))
        return false;
    if (!run_memory_share(options, &run->manifest, run_team_size(options, run->manifest.count),
                          &run->worker, error))
        return false;
    phases_enter(&run->phases, "open", false);
    run_signals_catch(); /* before there is a file that only an orderly end removes */
    if (run_shard_is(&run->shard) && !join(run, error))
        return false;
    bool ok = run_output_open(output, &run->manifest, &run->worker.row, error);
    if (ok && output->before.rows)
        plan_skip_done(&run->plan, output->items);
    phases_leave(&run->phases);
    return ok;
}

static uint64_t failed(const struct run *run)
{
    return run->result.counts.failed + run->output.before.failed;
}

static uint64_t done(const struct run *run)
{
    return run->result.counts.items + run->output.before.rows;
}

/* A shard that is done already, as when a launcher starts all of them again. */
static bool was_done(const struct run *run)
{
    return run->output.shard && run->output.complete;
}

static bool summarise(const struct run *run)
{
    struct run_summary summary = {
        .options = &run->options,
        .manifest = &run->manifest,
        .items = run->output.items,
        .result = &run->result,
        .before = &run->output.before,
        .shard = run->output.shard,
        .shape = &run->output.shape,
        .output = run->output.shared ? run->shard.set.folder : run->output.path,
        .index = run->output.index_path,
        .schedule = run->schedule,
        .seconds = (double)(run->phases.last_ns - run->phases.start_ns) * 1e-9,
    };
    if (!run->options.quiet && failed(run) && !was_done(run))
        run_summary_failures(&run->manifest, run->output.items,
                             run->options.verbose ? UINT64_MAX : FAILURES_SHOWN, stderr);
    if (run->options.json)
        return run_summary_json(&summary, stdout);
    if (!run->options.quiet && was_done(run))
        run_summary_done(&run->shard, stdout);
    else if (!run->options.quiet)
        run_summary_print(&summary, stdout);
    return true;
}

static int stopped(const struct run *run)
{
    int number = atomic_load(&run_signals_stop);
    const char *name = number == SIGINT ? "SIGINT" : number == SIGHUP ? "SIGHUP" : "SIGTERM";
    fprintf(stderr, "pixscale: stopped by %s after %llu of %zu inputs; no output was written\n",
            name, (unsigned long long)done(run), run->manifest.count);
    return 128 + number;
}

static int too_many(const struct run *run)
{
    char rate[64] = "none is allowed";
    if (run->options.on_error != RUN_OPTIONS_FAIL)
        snprintf(rate, sizeof rate, "%g%% are allowed", run->options.max_failures * 100);
    fprintf(stderr,
            "pixscale: too many failures: %llu of %llu inputs so far, %s; no output was written\n",
            (unsigned long long)failed(run), (unsigned long long)done(run), rate);
    run_summary_failures(&run->manifest, run->output.items,
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
        .resumed = run->output.before.rows,
        .shard = &run->shard,
    };
    return run_record_append(&run->record, &source, error);
}

/* What was done is kept for --resume. */
static int keep(struct run *run, int status)
{
    run_output_keep(&run->output, &run->result);
    run_output_tell(&run->output, run->result.too_many, run->arguments, run->argument_count,
                    stderr);
    return status;
}

static int execute(struct run *run)
{
    struct error error;
    run_signals_ignore();
    if (atexit(on_exit_of_runtime) != 0) {
        error_set(&error, ERROR_OUTPUT, "no memory");
        return commands_fail(&error);
    }
    if (!run_shard_find(&run->shard, &run->options, &error))
        return commands_fail(&error);
    unfinished = &run->output;
    if (!prepare(run, &error))
        return commands_fail(&error);
    if (!process(run, &error))
        return keep(run, commands_fail(&error));
    if (run->result.stopped)
        return keep(run, stopped(run));
    if (run->result.too_many)
        return keep(run, too_many(run));
    if (!run_output_finish(&run->output, &run->result, &run->phases, &error))
        return keep(run, commands_fail(&error));
    phases_end(&run->phases);
    if (run->options.profile)
        run_record_end(&run->record);
    if (!summarise(run)) {
        error_set(&error, ERROR_OUTPUT, "%s is complete, but there is no memory for its summary",
                  run->options.output);
        return commands_fail(&error);
    }
    if (run->options.profile && !was_done(run) && !profile(run, &error))
        return commands_fail(&error);
    /* Launchers take any other status for a crash: the merge tells what failed. */
    return failed(run) && !run->output.shard ? EXIT_SOME_FAILED : EXIT_CLEAN;
}

static void cleanup(struct run *run)
{
    unfinished = NULL;
    run_output_close(&run->output);
    run_record_free(&run->record);
    readahead_free(&run->ahead);
    plan_free(&run->plan);
    manifest_free(&run->manifest);
    run_shard_free(&run->shard);
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
    "run --manifest LIST -o OUT.npy [OPTIONS]",
    NULL,
};

static const char *const examples[] = {
    "pixscale run photos/ -o photos.npy",
    "every picture below photos/, 64x64 RGB, as Pillow's convert(\"RGB\").resize((64, 64))",
    "pixscale run photos/ -o photos.npy --resume",
    "the same after it was stopped, or the machine was: goes on where it was",
    "pixscale run photos/ -o x.npy --size 224x224 --fit cover --dtype f32 \\\n"
    "      --layout chw --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225",
    "ready for a network that was trained on ImageNet",
    "pixscale run photos/ -o photos.npy --shard 2/4",
    "the second of four parts, here or elsewhere; pixscale merge photos.npy joins them",
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
