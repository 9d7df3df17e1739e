/*
 * The task `bakery toast`: bakes once for each number of toasters, and tells what came out.
 */
#include "cli/bakery_tasks.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "bakery/toast.h"
#include "cli/bakery_animation.h"
#include "cli/bakery_toast_options.h"
#include "cli/bakery_toast_show.h"
#include "cli/commands.h"
#include "cli/passive.h"
#include "cli/run_record.h"
#include "cli/runtime_exit.h"
#include "cli/version.h"

static bool append_record(const struct bakery_toast_options *options, const struct toast_run *run,
                          struct error *error)
{
    struct record record;
    char *command = bakery_toast_options_command(options);
    bool ok = command &&
              toast_record(&options->toast, run, command, options->items, VERSION_TEXT, VERSION_GIT,
                           getenv, &record) &&
              bakery_shard_record(&options->shard, &record);
    if (!ok)
        error_set(error, ERROR_OUTPUT, "%s: no memory for the record", options->profile);
    ok = ok && record_append(&record, options->profile, error);
    if (command)
        record_free(&record);
    free(command);
    return ok;
}

/* Many processes would draw over each other. */
static enum progress_when animate(const struct bakery_toast_options *options)
{
    bool shared = options->shard.shard.count > 1 && options->animation == PROGRESS_AUTO;
    bool nothing = toast_rows(&options->toast).count == 0;
    return options->quiet || shared || nothing ? PROGRESS_OFF
                                               : (enum progress_when)options->animation;
}

/* One run; its result is the next of `show`. */
static bool bake(const struct bakery_toast_options *options, int toasters,
                 struct bakery_toast_show *show, struct error *error)
{
    const struct toast *toast = &options->toast;
    struct bakery_animation animation;
    struct toast_run run;
    bakery_animation_start(&animation, animate(options), stderr, toast->minute_ns);
    toast_watch_fn watch = animation.stream ? bakery_animation_draw : NULL;
    runtime_exit_arm("use fewer toasters");
    bool ok = toast_bake(toast, toasters, watch, &animation, &run, error);
    runtime_exit_disarm();
    bakery_animation_clear(&animation);
    if (!ok)
        return false;
    int64_t wall_ns = run.phases.last_ns - run.phases.start_ns;
    show->run[show->count++] = (struct bakery_toast_result){
        .toasters = toasters,
        .predicted = toast_predict(toast, toasters),
        .measured = (double)wall_ns / (double)toast->minute_ns,
    };
    ok = !options->profile || append_record(options, &run, error);
    toast_free(&run);
    return ok;
}

static int execute(const struct bakery_toast_options *options)
{
    struct error error;
    struct bakery_toast_show show = {.options = options, .one = toast_predict(&options->toast, 1)};
    if (options->profile && !run_record_check_file(options->profile, &error))
        return commands_fail(&error);
    toast_ready();
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is then an error of write, with a name */
    for (size_t i = 0; i < options->toasters.count; i++)
        if (!bake(options, options->toasters.threads[i], &show, &error))
            return commands_fail(&error);
    if (options->json && !bakery_toast_show_json(&show, stdout)) {
        fprintf(stderr, "pixscale: no memory for the result\n");
        return EXIT_OUTPUT;
    }
    if (!options->json && !options->quiet)
        bakery_toast_show_text(&show, stdout);
    return EXIT_CLEAN;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct bakery_toast_options options;
    int status;
    passive_ensure();
    switch (bakery_toast_options_parse(self, argc, argv, &options, &status)) {
    case OPTIONS_DONE:
        return EXIT_CLEAN;
    case OPTIONS_WRONG:
        return status;
    default:
        return execute(&options);
    }
}

static const char *const usage[] = {"bakery toast [OPTIONS]", NULL};

static const char *const examples[] = {
    "pixscale bakery toast --toasters 1,4",
    "200 minutes with one toaster, 50 with four",
    "OMP_NUM_THREADS=8 pixscale bakery toast",
    "100 slices do not divide by 8: what do the last four toasters do?",
    "pixscale bakery toast -n 96 --serial 0.05 -t 1,2,4,8,16 --profile toast.jsonl",
    "plant a serial part, and record the runs; then: pixscale fit toast.jsonl",
    "pixscale bakery toast --imbalance 1 --schedule static --toasters 1,4",
    "thin slices first, thick ones last: try dynamic, guided, and --order cost",
    "mpirun -n 4 pixscale bakery toast --toasters 2 --profile nodes.jsonl",
    "four processes of two toasters share the slices, as on four machines",
    NULL,
};

const struct command bakery_toast = {
    .name = "bakery toast",
    .summary = "slices of bread in toasters: a parallel loop",
    .usage = usage,
    .about =
        "A toaster is a thread of an OpenMP loop over the slices, and a slice takes two "
        "minutes. The work is sleep, so that there may be more toasters than cores. Beside "
        "what was measured stands what the recipe predicts; whatever makes a program scale "
        "badly can be planted: a serial part, uneven slices, overhead, contention, too few "
        "power sockets, a slow toaster. Waiting threads sleep (OMP_WAIT_POLICY=passive, unless "
        "it is set).",
    .options = bakery_toast_options_table,
    .examples = examples,
    .run = run,
};
