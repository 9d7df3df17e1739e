/*
 * The command `manifest`: freezes a list of inputs, and shows what a frozen one holds.
 */
#include "cli/commands.h"

#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/progress.h"
#include "base/text.h"
#include "cli/input_list.h"
#include "cli/manifest_record.h"
#include "cli/manifest_show.h"
#include "cli/output_target.h"
#include "cli/run_options.h"
#include "cli/run_record.h"
#include "dataset/manifest_file.h"
#include "dataset/partial.h"
#include "shard/shard.h"

struct settings {
    const char *output, *files_from, *profile;
    struct run_options_includes include;
    bool zero_separated, list, force, quiet, json;
    int progress; /* enum progress_when */
    int64_t threads, shards;
};

struct freezing {
    const struct settings *settings;
    const char *const *operands;
    size_t operand_count;
    struct manifest manifest;
    struct progress progress;
    struct manifest_record record;
    char *partial;
    int fd; /* of the partial, or -1 */
    struct manifest_file_id outputs[3];
    size_t output_count;
};

static void show_progress(void *user, size_t found, size_t asked)
{
    struct progress *progress = user;
    char line[128], all[TEXT_SIZE], some[TEXT_SIZE];
    if (!progress_due(progress))
        return;
    snprintf(line, sizeof line, "%s inputs found, sizes of %s", text_count(all, found),
             text_count(some, asked));
    progress_show(progress, line);
}

/* Takes the name, so that a second one to it is refused, and nothing was walked in vain. */
static bool take_name(struct freezing *freezing, struct error *error)
{
    const struct settings *settings = freezing->settings;
    freezing->partial = partial_name(settings->output, PARTIAL_SUFFIX, error);
    if (!freezing->partial ||
        !output_target_check(settings->output, "frozen list", settings->force, error))
        return false;
    if (settings->profile && (output_target_same(settings->profile, settings->output) ||
                              output_target_same(settings->profile, freezing->partial)))
        return error_set(error, ERROR_USAGE, "manifest: the profile needs a name of its own");
    if (settings->profile && !run_record_check_file(settings->profile, error))
        return false;
    freezing->fd = partial_create(settings->output, freezing->partial, error);
    return freezing->fd >= 0;
}

/* What this command writes is never one of the inputs. */
static void find_outputs(struct freezing *freezing)
{
    const char *const names[] = {freezing->settings->output, freezing->partial,
                                 freezing->settings->profile};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct stat st;
        if (names[i] && stat(names[i], &st) == 0)
            freezing->outputs[freezing->output_count++] =
                (struct manifest_file_id){st.st_dev, st.st_ino};
    }
}

static bool scan(struct freezing *freezing, struct error *error)
{
    const struct settings *settings = freezing->settings;
    const struct run_options_includes *include = &settings->include;
    find_outputs(freezing);
    struct manifest_options options = {.include = include->count ? include->pattern : NULL,
                                       .include_count = include->count,
                                       .exclude = freezing->outputs,
                                       .exclude_count = freezing->output_count,
                                       .threads = freezing->record.threads,
                                       .progress = show_progress,
                                       .user = &freezing->progress};
    bool ok = settings->files_from ? input_list_read(settings->files_from, settings->zero_separated,
                                                     &options, &freezing->manifest, error)
                                   : manifest_scan(&freezing->manifest, freezing->operands,
                                                   freezing->operand_count, &options, error);
    if (ok && freezing->manifest.count == 0)
        return error_set(error, ERROR_USAGE, "no input: %s",
                         settings->files_from ? "the list names no file"
                         : include->count     ? "no file matches --include"
                                              : "the folders hold no files");
    return ok;
}

static bool write_list(struct freezing *freezing, struct error *error)
{
    const struct settings *settings = freezing->settings;
    const char *output = settings->output;
    bool ok = manifest_file_write_to(freezing->fd, output, &freezing->manifest, error);
    if (!ok)
        return false;
    ok = partial_rename(freezing->partial, output, settings->force, false, error);
    close(freezing->fd); /* not earlier: it holds the lock on the name */
    freezing->fd = -1;
    return ok;
}

/* What was written is read back for its totals: what is told is what others will read. */
static bool tell(const struct freezing *freezing, struct error *error)
{
    const struct settings *settings = freezing->settings;
    const struct phases *phases = &freezing->record.phases;
    double seconds = (double)(phases->last_ns - phases->start_ns) * 1e-9;
    if (settings->quiet && !settings->json)
        return true;
    struct manifest_file *file = manifest_file_open(settings->output, error);
    bool ok = file && manifest_show_totals(settings->output, manifest_file_totals(file), seconds,
                                           settings->json, error);
    manifest_file_close(file);
    return ok;
}

static bool freeze(struct freezing *freezing, struct error *error)
{
    struct phases *phases = &freezing->record.phases;
    const struct settings *settings = freezing->settings;
    manifest_record_begin(&freezing->record, settings->profile != NULL);
    if (!take_name(freezing, error))
        return false;
    progress_start(&freezing->progress,
                   settings->quiet ? PROGRESS_OFF : (enum progress_when)settings->progress, stderr);
    phases_enter(phases, "scan", false);
    bool ok = scan(freezing, error);
    progress_end(&freezing->progress);
    phases_enter(phases, "write", false);
    ok = ok && write_list(freezing, error);
    phases_end(phases);
    if (ok && !settings->quiet)
        input_list_tell(&freezing->manifest, stderr);
    return ok && tell(freezing, error) &&
           (!settings->profile || manifest_record_append(&freezing->record, &freezing->manifest,
                                                         settings->profile, error));
}

static int freeze_command(const struct settings *settings, const char *const *operands,
                          size_t count, const char *const *arguments, int argument_count)
{
    struct error error;
    struct freezing freezing = {
        .settings = settings,
        .operands = operands,
        .operand_count = count,
        .fd = -1,
        .record = {.arguments = arguments,
                   .argument_count = argument_count,
                   .threads = settings->threads ? (int)settings->threads : omp_get_max_threads()}};
    if (freezing.record.threads > RUN_OPTIONS_MAX_THREADS)
        freezing.record.threads = RUN_OPTIONS_MAX_THREADS;
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is then an error of write, with a name */
    bool ok = freeze(&freezing, &error);
    if (freezing.fd >= 0) {
        unlink(freezing.partial);
        close(freezing.fd);
    }
    free(freezing.partial);
    manifest_free(&freezing.manifest);
    return ok ? EXIT_CLEAN : commands_fail(&error);
}

static int show_command(const struct settings *settings, const char *name)
{
    struct error error;
    struct manifest_file *file = manifest_file_open(name, &error);
    bool ok = file != NULL;
    if (ok && settings->list)
        ok = manifest_show_rows(file, &error);
    else if (ok && settings->shards)
        ok = manifest_show_shards(name, file, (uint64_t)settings->shards, settings->json, &error);
    else if (ok)
        ok = manifest_show_totals(name, manifest_file_totals(file), -1, settings->json, &error);
    manifest_file_close(file);
    return ok ? EXIT_CLEAN : commands_fail(&error);
}

static bool usage_error(struct error *error, const char *text)
{
    return error_set(error, ERROR_USAGE, "manifest: %s", text);
}

/* Without an output a frozen list is shown. */
static bool check_shown(const struct settings *settings, int operands, struct error *error)
{
    if (settings->list && settings->shards)
        return usage_error(error, "--list and --shards are two questions; ask one at a time");
    if (settings->list && settings->json)
        return usage_error(error, "--list is CSV; leave out --json");
    if (operands != 1)
        return usage_error(error, "name one frozen list to be shown, or say with -o M where the "
                                  "list is to be frozen");
    if (settings->files_from || settings->zero_separated || settings->include.count ||
        settings->profile)
        return usage_error(error, "no output; say with -o M where the list is to be frozen");
    return true;
}

static bool check_frozen(const struct settings *settings, const char *const *operands, int count,
                         struct error *error)
{
    if (settings->list || settings->shards)
        return usage_error(error, "--list and --shards show a list that is frozen already; leave "
                                  "out -o");
    if (count == 0 && !settings->files_from)
        return usage_error(error, "no input; name a folder or files, or a list with --files-from");
    if (count > 0 && settings->files_from)
        return usage_error(error, "give either inputs or --files-from, not both");
    if (settings->zero_separated && !settings->files_from)
        return usage_error(error, "-0 goes with --files-from");
    if (count == 1 && manifest_file_is(operands[0]))
        return error_set(error, ERROR_USAGE, "%s: this list is frozen already", operands[0]);
    return true;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct settings settings = {0};
    struct error error;
    int first = argc;
    enum options_outcome outcome = options_parse(self, argc, argv, &settings, &first);
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    if (argc - first == 1 && strcmp(argv[first], "-") == 0 && !settings.files_from) {
        settings.files_from = "-";
        first = argc;
    }
    const char *const *operands = (const char *const *)argv + first;
    if (!settings.output) {
        if (!check_shown(&settings, argc - first, &error))
            return commands_fail(&error);
        return show_command(&settings, operands[0]);
    }
    if (!check_frozen(&settings, operands, argc - first, &error))
        return commands_fail(&error);
    return freeze_command(&settings, operands, (size_t)(argc - first), (const char *const *)argv,
                          argc);
}

static const char *const progress_names[] = {"auto", "on", "off", NULL};

#define AT(field) offsetof(struct settings, field)
#define RANGE(least, most)                                                                         \
    &(const struct option_range)                                                                   \
    {                                                                                              \
        least, most                                                                                \
    }

static const struct option_spec options[] = {
    {"output", 'o', "M", "the file to freeze the list in", option_text, AT(output), NULL},
    {"files-from", 0, "LIST",
     "inputs from a file, one a line, in that order; - is standard input, and so is the operand -",
     option_text, AT(files_from), NULL},
    {"null", '0', NULL, "names in the list end with a zero byte", option_flag, AT(zero_separated),
     NULL},
    {"include", 0, "GLOB",
     "only files in folders whose name matches, such as '*.png'; may be repeated",
     run_options_parse_include, AT(include), NULL},
    {"list", 'l', NULL, "print the rows of a frozen list as CSV", option_flag, AT(list), NULL},
    {"shards", 0, "N", "print how a frozen list would be cut into N shards", option_number,
     AT(shards), RANGE(1, SHARD_MOST)},
    {"threads", 't', "N",
     "threads that ask the file system (default: OMP_NUM_THREADS, else every CPU allowed)",
     option_number, AT(threads), RANGE(1, RUN_OPTIONS_MAX_THREADS)},
    {"profile", 0, "FILE", "append a record of this command to FILE", option_text, AT(profile),
     NULL},
    {"force", 'f', NULL, "replace a file that exists", option_flag, AT(force), NULL},
    {"progress", 0, "WHEN", "auto (default: on a terminal), on or off", option_choice, AT(progress),
     &(const struct option_choices){progress_names}},
    {"json", 0, NULL, "print the totals, or the shards, as JSON", option_flag, AT(json), NULL},
    {"quiet", 'q', NULL, "no summary and no progress, errors only", option_flag, AT(quiet), NULL},
    {0},
};

static const char *const usage[] = {"manifest INPUT... -o M [OPTIONS]",
                                    "manifest --files-from LIST -o M [OPTIONS]",
                                    "manifest M [--list | --shards N]", NULL};

static const char *const examples[] = {
    "pixscale manifest photos/ -o photos.manifest",
    "walk the folders once, and keep which picture is which row",
    "pixscale manifest photos.manifest --shards 16",
    "rows, bytes and share of the work that each of 16 shards would have",
    "pixscale manifest photos.manifest --list",
    "its rows, one a line",
    NULL};

const struct command cmd_manifest = {
    .name = "manifest",
    .summary = "freeze the list of inputs, for runs that share it",
    .usage = usage,
    .about =
        "Walks folders as run does, and writes paths, sizes and times to the file M. Runs that "
        "are given it with --manifest need not walk again, agree on which input is which row, "
        "and read only their part. Names stay as they were given: where they are relative, M "
        "is used from the same folder.",
    .options = options,
    .examples = examples,
    .run = run};
