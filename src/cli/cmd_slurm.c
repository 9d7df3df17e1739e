/*
 * The command `slurm`: the words of its line are sorted into those of `manifest`, of sbatch and of
 * `run`, looked at, and handed to the recipe.
 */
#include "cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/recipe.h"
#include "cli/run_options.h"
#include "shard/shard.h"

#define MOST_SITE  32 /* options for sbatch */
#define MOST_CPUS  RUN_OPTIONS_MAX_THREADS
#define LIST_WORDS (3 + 2 * RUN_OPTIONS_INCLUDES)

struct settings {
    int launcher;
    int64_t nodes, tasks_per_node, cpus_per_task;
    const char *time, *partition, *memory, *hosts, *output, *files_from;
    bool zero_separated;
    struct run_options_includes include;
    struct recipe_words site, inputs, run;
    const char *site_word[MOST_SITE];
};

static bool parse_site(const struct option_spec *spec, const char *text, void *target,
                       struct error *error)
{
    struct settings *settings = target;
    if (*text != '-')
        return error_set(error, ERROR_USAGE,
                         "--%s: '%s' is no option; write it as --%s=--account=NAME", spec->name,
                         text, spec->name);
    if (settings->site.count == MOST_SITE)
        return error_set(error, ERROR_USAGE, "--%s: more than %d", spec->name, MOST_SITE);
    settings->site_word[settings->site.count++] = text;
    return true;
}

static bool parse_include(const struct option_spec *spec, const char *text, void *target,
                          struct error *error)
{
    struct run_options_includes *include = target;
    if (include->count == RUN_OPTIONS_INCLUDES)
        return error_set(error, ERROR_USAGE, "--%s: more than %d patterns", spec->name,
                         RUN_OPTIONS_INCLUDES);
    return option_text(spec, text, &include->pattern[include->count++], error);
}

/* What stands behind the first "--" is for `run`. getopt moves all that is no option of ours to the
 * end, the inputs before these. */
static size_t count_run_words(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--") == 0)
            return (size_t)(argc - i - 1);
    return 0;
}

static bool check_run(const struct run_options *run, const struct settings *settings, int operands,
                      struct error *error)
{
    if (operands)
        return error_set(error, ERROR_USAGE,
                         "slurm: behind the -- stand options of run alone, the "
                         "inputs before it");
    if (run->manifest || run->shard.how != RUN_OPTIONS_SHARD_AUTO)
        return error_set(error, ERROR_USAGE,
                         "slurm: --manifest and --shard are what the recipe gives to run itself");
    if (run->output != settings->output)
        return error_set(error, ERROR_USAGE, "slurm: -o stands before the --");
    if (run->files_from || run->zero_separated || run->include.count)
        return error_set(error, ERROR_USAGE,
                         "slurm: what chooses the inputs stands before the --: INPUT, --include, "
                         "--files-from, -0");
    return run_options_check(run, 1, error);
}

/* Has `run` read its words now, rather than on every node later. */
static enum options_outcome read_run(const struct settings *settings, struct run_options *run)
{
    const struct recipe_words *words = &settings->run;
    const char *begin[] = {"run", "-o", settings->output};
    size_t count = sizeof begin / sizeof *begin;
    int argc = (int)(count + words->count), first = argc;
    struct error error;
    const char **argv = calloc((size_t)argc + 1, sizeof *argv);
    if (!argv)
        return error_set(&error, ERROR_OUTPUT, "no memory"), commands_fail(&error), OPTIONS_WRONG;
    memcpy(argv, begin, sizeof begin);
    for (size_t i = 0; i < words->count; i++)
        argv[count + i] = words->word[i];
    *run = run_options_default();
    enum options_outcome outcome = options_parse(&cmd_run, argc, (char **)argv, run, &first);
    free(argv);
    if (outcome == OPTIONS_OK && !check_run(run, settings, argc - first, &error)) {
        commands_fail(&error);
        outcome = OPTIONS_WRONG;
    }
    return outcome;
}

static bool check_slurm(const struct settings *settings, struct error *error)
{
    bool parallel = settings->launcher == RECIPE_PARALLEL;
    if (settings->hosts && !parallel)
        return error_set(error, ERROR_USAGE,
                         "slurm: --hosts is for --launcher parallel; Slurm chooses its nodes");
    if (parallel &&
        (settings->time || settings->partition || settings->memory || settings->site.count))
        return error_set(error, ERROR_USAGE,
                         "slurm: --time, --partition, --mem and --sbatch need Slurm, which "
                         "--launcher parallel does without");
    return true;
}

static bool check(const struct settings *settings, struct error *error)
{
    if (!settings->nodes)
        return error_set(error, ERROR_USAGE, "slurm: say how many nodes with --nodes N");
    if (!settings->output)
        return error_set(error, ERROR_USAGE,
                         "slurm: no output; say where the array goes with -o OUT.npy");
    if (!settings->files_from && !settings->inputs.count)
        return error_set(error, ERROR_USAGE,
                         "slurm: no input; give folders, files or --files-from LIST");
    if (settings->files_from && settings->inputs.count)
        return error_set(error, ERROR_USAGE, "slurm: --files-from and other inputs given");
    bool input = settings->inputs.count && strcmp(settings->inputs.word[0], "-") == 0;
    if (input || (settings->files_from && strcmp(settings->files_from, "-") == 0))
        return error_set(error, ERROR_USAGE,
                         "slurm: the recipe can be started again, standard input cannot; put the "
                         "list into a file for --files-from");
    if (settings->nodes * settings->tasks_per_node > SHARD_MOST)
        return error_set(error, ERROR_USAGE, "slurm: more than %d shards", SHARD_MOST);
    return check_slurm(settings, error);
}

/* The options of `manifest` that choose the inputs. */
static void list_words(const struct settings *settings, const char *words[LIST_WORDS],
                       struct recipe_words *list)
{
    *list = (struct recipe_words){words, 0};
    if (settings->files_from) {
        words[list->count++] = "--files-from";
        words[list->count++] = settings->files_from;
    }
    if (settings->zero_separated)
        words[list->count++] = "-0";
    for (size_t i = 0; i < settings->include.count; i++) {
        words[list->count++] = "--include";
        words[list->count++] = settings->include.pattern[i];
    }
}

/* A name with a folder in it must be right from everywhere; a bare one is for PATH. */
static char *program_name(void)
{
    const char *name = program_invocation_name;
    char *whole = strchr(name, '/') ? realpath(name, NULL) : NULL;
    return whole ? whole : strdup(name);
}

static bool write_recipe(const struct settings *s, bool force, struct error *error)
{
    const char *words[LIST_WORDS];
    char *program = program_name(), *folder = getcwd(NULL, 0), *output = NULL, *manifest = NULL;
    const char *here = *s->output == '-' ? "./" : ""; /* else an option, where it stands alone */
    bool named = asprintf(&output, "%s%s", here, s->output) >= 0 &&
                 asprintf(&manifest, "%s%s.manifest", here, s->output) >= 0;
    bool ok = program && folder && named;
    if (ok) {
        struct recipe recipe = {
            .launcher = (enum recipe_launcher)s->launcher,
            .nodes = s->nodes,
            .tasks_per_node = s->tasks_per_node,
            .cpus_per_task = s->cpus_per_task,
            .time = s->time,
            .partition = s->partition,
            .memory = s->memory,
            .hosts = s->hosts,
            .sbatch = s->site,
            .inputs = s->inputs,
            .run = s->run,
            .program = program,
            .folder = folder,
            .output = output,
            .manifest = manifest,
            .force = force,
        };
        recipe.sbatch.word = s->site_word;
        list_words(s, words, &recipe.list);
        recipe_write(&recipe, stdout);
    } else {
        error_set(error, ERROR_OUTPUT, "cannot name this folder and the files in it");
    }
    free(program);
    free(folder);
    free(output);
    free(manifest);
    return ok;
}

static int run_command(const struct command *self, int argc, char **argv)
{
    struct settings settings = {.tasks_per_node = 1};
    struct run_options run;
    struct error error;
    int first = argc;
    settings.run.count = count_run_words(argc, argv);
    enum options_outcome outcome = options_parse(self, argc, argv, &settings, &first);
    if (outcome == OPTIONS_OK) {
        const char *const *operands = (const char *const *)argv + first;
        settings.inputs = (struct recipe_words){operands, (size_t)(argc - first)};
        if (settings.run.count > settings.inputs.count) /* the "--" was an option's value */
            settings.run.count = 0;
        settings.inputs.count -= settings.run.count;
        settings.run.word = operands + settings.inputs.count;
        if (!check(&settings, &error))
            return commands_fail(&error);
        outcome = read_run(&settings, &run);
    }
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    return write_recipe(&settings, run.force, &error) ? EXIT_CLEAN : commands_fail(&error);
}

static const char *const launchers[] = {[RECIPE_ARRAY] = "array",
                                        [RECIPE_SRUN] = "srun",
                                        [RECIPE_MPIRUN] = "mpirun",
                                        [RECIPE_PARALLEL] = "parallel",
                                        NULL};

#define AT(field) offsetof(struct settings, field)
#define RANGE(low, high)                                                                           \
    &(const struct option_range)                                                                   \
    {                                                                                              \
        low, high                                                                                  \
    }

static const struct option_spec options[] = {
    {"output", 'o', "OUT.npy", "the array to make, in a folder that all nodes see", option_text,
     AT(output), NULL},
    {"nodes", 'N', "N", "machines, with a shard for each of their tasks", option_number, AT(nodes),
     RANGE(1, SHARD_MOST)},
    {"tasks-per-node", 0, "N", "shards a machine (default 1: threads do the rest)", option_number,
     AT(tasks_per_node), RANGE(1, SHARD_MOST)},
    {"cpus-per-task", 'c', "N", "CPUs and threads of each (default: what Slurm gives)",
     option_number, AT(cpus_per_task), RANGE(1, MOST_CPUS)},
    {"launcher", 0, "WHAT",
     "array (default): a job array; srun or mpirun: one job; parallel: GNU parallel, without Slurm",
     option_choice, AT(launcher), &(const struct option_choices){launchers}},
    {"time", 0, "TIME", "Slurm's limit of each job, such as 2:00:00", option_text, AT(time), NULL},
    {"partition", 'p', "NAME", "Slurm's partition", option_text, AT(partition), NULL},
    {"mem", 0, "SIZE", "Slurm's memory a node, such as 16G", option_text, AT(memory), NULL},
    {"sbatch", 0, "OPTION", "another option for sbatch, as in --sbatch=--account=NAME; several",
     parse_site, 0, NULL},
    {"hosts", 0, "FILE", "with --launcher parallel: hosts to reach by ssh (default: this machine)",
     option_text, AT(hosts), NULL},
    {"files-from", 0, "LIST", "read the paths from a file, one a line, in that order", option_text,
     AT(files_from), NULL},
    {"null", '0', NULL, "paths in --files-from end with a NUL byte, not a newline", option_flag,
     AT(zero_separated), NULL},
    {"include", 0, "GLOB", "of a folder take only names that match; may be given again",
     parse_include, AT(include), NULL},
    {0},
};

static const char *const usage[] = {"slurm --nodes N INPUT... -o OUT.npy [OPTIONS] [-- OPTIONS]",
                                    NULL};
static const char *const examples[] = {
    "pixscale slurm --nodes 4 -c 16 photos/ -o photos.npy",
    "see what would be done: a list, an array of 4 tasks, a merge",
    "pixscale slurm --nodes 4 -c 16 photos/ -o photos.npy | bash",
    "do it; the same again goes on after a failure",
    "pixscale slurm --nodes 4 photos/ -o x.npy --time 2:00:00 --sbatch=--account=ml \\\n"
    "      -- --size 224x224 --fit cover",
    "behind the -- stand options of run",
    "pixscale slurm --nodes 3 --launcher parallel --hosts hosts.txt photos/ -o photos.npy",
    "without Slurm: by ssh on machines that share the folder",
    NULL};
const struct command cmd_slurm = {
    .name = "slurm",
    .summary = "print the script that makes an array on several machines",
    .usage = usage,
    .about = "Nothing is started: the script goes to standard output, to be read, changed, pasted "
             "into a shell or piped into bash. It freezes the list of inputs, starts a shard for "
             "each task, and has the shards merged when all have ended. The array and its index "
             "are those of a single run.",
    .options = options,
    .examples = examples,
    .run = run_command};
