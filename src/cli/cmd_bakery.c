/*
 * The command `bakery`: parallel work whose truth is known beforehand, a task each.
 */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "cli/bakery_tasks.h"

static const struct command *const tasks[] = {&bakery_toast, &bakery_coffee, &bakery_overheads,
                                              NULL};
#define TASK_COUNT (sizeof tasks / sizeof *tasks - 1)

/* "toast", of "bakery toast". */
static const char *task_name(const struct command *task)
{
    return strrchr(task->name, ' ') + 1;
}

static int unknown(const char *word)
{
    const char *names[TASK_COUNT];
    for (size_t i = 0; i < TASK_COUNT; i++)
        names[i] = task_name(tasks[i]);
    const char *nearest = options_nearest(word, names, TASK_COUNT, sizeof *names);
    struct error error;
    if (nearest)
        error_set(&error, ERROR_USAGE, "bakery: unknown task '%s'; did you mean '%s'?", word,
                  nearest);
    else
        error_set(&error, ERROR_USAGE, "bakery: unknown task '%s'; see pixscale bakery --help",
                  word);
    return commands_fail(&error);
}

static int run(const struct command *self, int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "pixscale: bakery: no task given; see pixscale bakery --help\n");
        return EXIT_USAGE;
    }
    const char *word = argv[1];
    bool help = strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
    if (help && argc == 2) {
        options_help(self);
        return EXIT_CLEAN;
    }
    if (help)
        word = argv[2];
    for (size_t i = 0; i < TASK_COUNT; i++) {
        if (strcmp(task_name(tasks[i]), word) != 0)
            continue;
        if (help) {
            options_help(tasks[i]);
            return EXIT_CLEAN;
        }
        return tasks[i]->run(tasks[i], argc - 1, argv + 1);
    }
    return unknown(word);
}

static const char *const usage[] = {"bakery TASK [OPTIONS]", NULL};

static const struct option_spec no_options[] = {{0}};

static const char *const examples[] = {
    "pixscale bakery toast --toasters 1,4",
    "100 slices: 200 minutes with one toaster, 50 with four",
    "pixscale sweep --threads 1,2,4,8 -- \\\n"
    "      pixscale bakery toast --slices 96 --serial 0.05",
    "what a serial part of 5 % does to a speed-up, found again by measuring",
    NULL,
};

const struct command cmd_bakery = {
    .name = "bakery",
    .summary = "toast and coffee: parallel work whose truth is known beforehand",
    .usage = usage,
    .about = "A toaster is a thread, and a slice of bread takes two minutes of a few milliseconds "
             "each. The work is sleep, so that it scales on any machine, and what must come out "
             "is known before: so it shows how parallel work behaves, and whether what measures "
             "it measures well. Every task has --help with its options.",
    .tasks = tasks,
    .options = no_options,
    .examples = examples,
    .run = run,
};
