/*
 * The command `sweep`: the same work with several numbers of threads, again and again.
 *
 * Rounds decide what is run next and when it is enough (sweep/rounds.h); this file knows what a run
 * is: the machine ceiling, then a fresh process, then its record, completed and appended before the
 * next run begins. So whatever ends a sweep, the records of its finished runs are there.
 */
#include "cli/commands.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/run_record_text.h"
#include "cli/stop.h"
#include "cli/sweep_options.h"
#include "cli/sweep_own.h"
#include "cli/sweep_records.h"
#include "cli/sweep_summary.h"
#include "cli/version.h"
#include "profile/machine.h"
#include "sweep/capacity.h"
#include "sweep/foreign.h"
#include "sweep/rounds.h"

#define LEAST_ROUNDS 3 /* of two runs the scatter can hardly be told */

extern char **environ;

struct sweep {
    struct sweep_options options;
    struct points points; /* without the plain loop, which is the point behind the last */
    bool serial;
    struct machine machine;
    struct sweep_records records;
    struct sweep_own own;
    char *command; /* the program's, as the records call it */
    bool waiting;  /* the program does not compute */
    struct capacity capacity;
    struct capacity_history history[POINTS_MAX + 1];
    struct progress progress;
    int64_t started_ns;
    int recorded;
    struct spawn_result last;
    struct error error; /* why measuring had to stop, unless the run itself failed */
    size_t failed_point;
    enum { WELL, RUN_FAILED, SWEEP_FAILED } failure;
};

static bool is_serial(const struct sweep *sweep, size_t point)
{
    return point == sweep->points.count;
}

static int threads_of(const struct sweep *sweep, size_t point)
{
    return is_serial(sweep, point) ? 1 : sweep->points.threads[point];
}

/* "4 threads", or "the plain loop". */
static const char *point_name(const struct sweep *sweep, size_t point, char text[TEXT_SIZE])
{
    int threads = threads_of(sweep, point);
    if (is_serial(sweep, point))
        return "the plain loop (--serial)";
    snprintf(text, TEXT_SIZE, "%d thread%s", threads, threads == 1 ? "" : "s");
    return text;
}

static bool run_once(struct sweep *sweep, size_t point, struct record *record)
{
    int threads = threads_of(sweep, point);
    if (!sweep->options.program)
        return sweep_own_run(&sweep->own, threads, is_serial(sweep, point), &sweep->last, record,
                             &sweep->error);
    struct foreign foreign = {
        .argv = sweep->options.program,
        .environment = environ,
        .stop = &stop_signal,
        .machine = &sweep->machine,
        .tool_version = VERSION_TEXT,
        .tool_git = VERSION_GIT,
        .command = sweep->command,
        .waiting = sweep->waiting,
    };
    return foreign_run(&foreign, threads, &sweep->last, record, &sweep->error);
}

/* True when there is a record to use. */
static bool run_point(struct sweep *sweep, size_t point, struct record *record)
{
    if (atomic_load(&stop_signal))
        return false;
    if (!run_once(sweep, point, record))
        sweep->failure = SWEEP_FAILED;
    else if (!sweep->last.stopped && !record->wall_ns)
        sweep->failure = RUN_FAILED;
    sweep->failed_point = point;
    return sweep->failure == WELL && record->wall_ns > 0;
}

/* More threads than CPUs have no ceiling of their own: there is no more to attain than with as many
 * as CPUs. Work that waits knows no such ceiling. */
static double measure_capacity(struct sweep *sweep, int threads)
{
    bool limited = !sweep->waiting && threads <= sweep->machine.affinity_cpus;
    return limited ? capacity_measure(&sweep->capacity, threads) : -1;
}

/* The machine ceiling goes into the record, and a run beside which it fell is marked. */
static bool add_capacity(struct sweep *sweep, size_t point, double cores, struct record *record)
{
    char why[160];
    double usual;
    record->capacity = cores > 0 ? cores : RECORD_UNKNOWN;
    if (!capacity_fell(&sweep->history[point], cores, &usual) || record->contaminated)
        return true;
    snprintf(why, sizeof why, "the machine gave %.2f cores just before, %.0f %% below its %.2f",
             cores, 100 * (1 - cores / usual), usual);
    free(record->why);
    record->why = strdup(why);
    record->contaminated = true;
    return record->why || error_set(&sweep->error, ERROR_OUTPUT, "no memory");
}

static enum rounds_outcome measure(void *user, size_t point, double *seconds)
{
    struct sweep *sweep = user;
    struct record record;
    double cores = measure_capacity(sweep, threads_of(sweep, point));
    if (!run_point(sweep, point, &record))
        return ROUNDS_STOP;
    record.oversubscribe = sweep->options.oversubscribe;
    *seconds = (double)record.wall_ns * 1e-9;
    bool ok = add_capacity(sweep, point, cores, &record) &&
              record_append(&record, sweep->records.path, &sweep->error);
    bool spoiled = record.contaminated;
    record_free(&record);
    if (!ok) {
        sweep->failure = SWEEP_FAILED;
        return ROUNDS_STOP;
    }
    sweep->recorded++;
    return spoiled ? ROUNDS_SPOILED : ROUNDS_KEPT;
}

static double elapsed(void *user)
{
    return (double)(clock_now_ns() - ((struct sweep *)user)->started_ns) * 1e-9;
}

static void show_progress(void *user, const struct rounds_progress *now)
{
    struct sweep *sweep = user;
    if (!progress_due(&sweep->progress))
        return;
    size_t points = sweep->points.count + sweep->serial;
    char details[80], last[TEXT_SIZE];
    snprintf(details, sizeof details, "runs  round %d of about %d  last run %s", now->round + 1,
             now->expected, text_duration(last, (double)sweep->last.wall_ns * 1e-9));
    progress_bar(&sweep->progress, now->fraction, (uint64_t)now->round * points + now->in_round,
                 (uint64_t)now->expected * points, details);
}

/* A run that is not recorded. */
static bool warm_up_point(struct sweep *sweep, size_t point)
{
    struct record record = {0};
    if (sweep->progress.active) {
        char line[80], name[TEXT_SIZE];
        snprintf(line, sizeof line, "warming up: %s", point_name(sweep, point, name));
        progress_show(&sweep->progress, line);
    }
    bool ok = run_point(sweep, point, &record);
    record_free(&record);
    return ok;
}

/* Brings files into memory and clocks up to speed, and tells what kind of work it is. */
static bool warm_up(struct sweep *sweep)
{
    if (!warm_up_point(sweep, sweep->points.count - 1))
        return false;
    if (!sweep->options.program)
        return true;
    if (foreign_nature(&sweep->last) == FOREIGN_UNDECIDED && !warm_up_point(sweep, 0))
        return false;
    sweep->waiting = foreign_nature(&sweep->last) == FOREIGN_WAITS;
    return true;
}

/* Says which points will be drawn and not fitted, once it is known whether the work waits: then
 * they are fitted as well. */
static void warn_of_crowding(struct sweep *sweep)
{
    const struct points *points = &sweep->points;
    size_t fit = 0;
    while (fit < points->count && points->threads[fit] <= sweep->machine.usable_cpus)
        fit++;
    if (fit == points->count || sweep->options.oversubscribe || sweep->options.quiet ||
        sweep->waiting)
        return;
    char list[400], sentence[256];
    sweep_summary_points(points->threads + fit, points->count - fit, list, sizeof list);
    machine_sentence(&sweep->machine, sentence, sizeof sentence);
    if (sweep->progress.active && sweep->progress.terminal)
        progress_show(&sweep->progress, ""); /* what follows begins the line */
    fprintf(stderr,
            "pixscale: more threads than CPUs: %s (%s). A fit leaves such points out, unless they "
            "are meant: --oversubscribe\n",
            list, sentence);
}

static bool prepare(struct sweep *sweep, struct error *error)
{
    const struct sweep_options *options = &sweep->options;
    machine_read(&sweep->machine);
    sweep->points = options->points;
    if (sweep->points.count == 0)
        points_default(&sweep->points, sweep->machine.usable_cpus, options->oversubscribe);
    sweep->serial = !options->program;
    if (!sweep_records_open(&sweep->records, options->output, sweep->machine.host, error))
        return false;
    sweep->own =
        (struct sweep_own){.options = options, .environment = environ, .stop = &stop_signal};
    if (!options->program)
        return sweep_own_open(&sweep->own, sweep->records.folder,
                              sweep->points.threads[sweep->points.count - 1], error);
    int words = 0;
    while (options->program[words])
        words++;
    sweep->command = run_record_text_words(options->program, words);
    return sweep->command || error_set(error, ERROR_OUTPUT, "no memory");
}

static void print_kept(const struct sweep *sweep)
{
    if (sweep->recorded)
        escape_line(stderr, "pixscale: the records of %d run%s are in %s", sweep->recorded,
                    sweep->recorded == 1 ? "" : "s", sweep->records.path);
}

static int run_failed(const struct sweep *sweep)
{
    char name[TEXT_SIZE], how[64];
    const char *program = sweep->options.program ? sweep->options.program[0] : "pixscale run";
    if (sweep->last.signal)
        snprintf(how, sizeof how, "was killed by signal %d (%s)", sweep->last.signal,
                 strsignal(sweep->last.signal));
    else
        snprintf(how, sizeof how, "failed with exit status %d", sweep->last.status);
    escape_line(stderr, "pixscale: %s %s at %s; %s", program, how,
                point_name(sweep, sweep->failed_point, name), sweep_summary_found(&sweep->last));
    sweep_summary_messages(&sweep->last, stderr);
    print_kept(sweep);
    /* Our own statuses mean here what they mean there. */
    bool ours = !sweep->options.program && !sweep->last.signal;
    return ours ? sweep->last.status : EXIT_OUTPUT;
}

static int stopped(const struct sweep *sweep)
{
    int number = atomic_load(&stop_signal);
    fprintf(stderr, "pixscale: stopped by SIG%s; the run in hand was killed\n",
            sigabbrev_np(number));
    print_kept(sweep);
    return 128 + number;
}

static int unfinished(const struct sweep *sweep)
{
    if (atomic_load(&stop_signal))
        return stopped(sweep);
    if (sweep->failure == RUN_FAILED)
        return run_failed(sweep);
    int status = commands_fail(&sweep->error);
    print_kept(sweep);
    return status;
}

static int summarise(const struct sweep *sweep, const struct rounds_result *result)
{
    struct sweep_summary summary = {
        .options = &sweep->options,
        .points = &sweep->points,
        .serial = sweep->serial,
        .records = sweep->records.path,
        .result = result,
        .seconds = progress_seconds(&sweep->progress),
    };
    if (sweep->options.json && !sweep_summary_json(&summary, stdout)) {
        fprintf(stderr, "pixscale: no memory for the summary; the records are complete\n");
        return EXIT_OUTPUT;
    }
    if (!sweep->options.json && !sweep->options.quiet)
        sweep_summary_print(&summary, stdout);
    return EXIT_CLEAN;
}

static int execute(struct sweep *sweep)
{
    const struct sweep_options *options = &sweep->options;
    stop_catch();
    if (!prepare(sweep, &sweep->error))
        return commands_fail(&sweep->error);
    progress_start(&sweep->progress,
                   options->quiet ? PROGRESS_OFF : (enum progress_when)options->progress, stderr);
    sweep->started_ns = clock_now_ns();
    struct rounds_plan plan = {
        .points = sweep->points.count + sweep->serial,
        .least = LEAST_ROUNDS,
        .ci = options->ci,
        .budget_seconds = options->budget_seconds,
        .seed = (uint64_t)sweep->started_ns ^ (uint64_t)getpid() << 40,
    };
    struct rounds_steps steps = {measure, elapsed, show_progress, sweep};
    struct rounds_result result = {.end = ROUNDS_STOPPED};
    if (warm_up(sweep)) {
        warn_of_crowding(sweep);
        result = rounds_go(&plan, &steps);
    }
    progress_end(&sweep->progress);
    if (result.end == ROUNDS_MEMORY) {
        error_set(&sweep->error, ERROR_OUTPUT, "no memory");
        return commands_fail(&sweep->error);
    }
    return result.end == ROUNDS_STOPPED ? unfinished(sweep) : summarise(sweep, &result);
}

static void cleanup(struct sweep *sweep)
{
    sweep_own_close(&sweep->own);
    sweep_records_close(&sweep->records);
    free(sweep->command);
    sweep_options_free(&sweep->options);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct sweep *sweep = calloc(1, sizeof *sweep);
    if (!sweep) {
        fprintf(stderr, "pixscale: no memory\n");
        return EXIT_OUTPUT;
    }
    enum options_outcome outcome = sweep_options_parse(self, argc, argv, &sweep->options);
    int status = outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    if (outcome == OPTIONS_OK)
        status = execute(sweep);
    cleanup(sweep);
    free(sweep);
    return status;
}

static const char *const usage[] = {
    "sweep INPUT... [OPTIONS] [OPTIONS OF run]",
    "sweep [OPTIONS] -- PROGRAM [ARGUMENTS]",
    NULL,
};

static const char *const examples[] = {
    "pixscale sweep photos/",
    "how `run` scales on this machine, in about a minute",
    "pixscale sweep photos/ --threads 1,2,4,8 --size 224x224 --ci 2% --budget 10m",
    "these teams, with options of run, more exactly",
    "pixscale sweep --weak photos/",
    "twice the pictures for twice the threads",
    "pixscale sweep --threads 1-8 -- ./solver --steps 100",
    "any program that obeys OMP_NUM_THREADS, by its wall time",
    NULL,
};

const struct command cmd_sweep = {
    .name = "sweep",
    .summary = "measure how a run, or any OpenMP program, scales with the threads",
    .usage = usage,
    .about =
        "Runs the same work with several numbers of threads, each time in a fresh process, in "
        "rounds of random order: at least three, then until every speed-up is known well enough or "
        "the budget is spent. Pictures are also run as a plain loop (--serial), the base of an "
        "honest speed-up. The machine's own ceiling is measured beside every run. One record a run "
        "is appended to the file, for `pixscale fit`. Options of run that shape the work are "
        "understood as well: see pixscale run --help.",
    .options = sweep_options_table,
    .examples = examples,
    .run = run,
};
