/*
 * The command `merge`: one array out of the shards of a run.
 */
#include "cli/commands.h"

#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/json_memory.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/merge_record.h"
#include "cli/merge_summary.h"
#include "cli/output_target.h"
#include "cli/run_options.h"
#include "cli/run_record.h"
#include "cli/summary_parts.h"
#include "pipeline/checkpoint.h"
#include "profile/phases.h"
#include "shard/shard_merge.h"

#define SHARDS_SHOWN   10
#define FAILURES_SHOWN 5

struct settings {
    const char *profile;
    double max_failures; /* negative: what the shards were told */
    int progress;
    bool force, quiet, verbose, json;
};

struct merge {
    struct settings settings;
    struct shard_merge *merge;
    struct merge_summary summary;
    struct progress progress;
    struct phases phases;
    struct merge_record record;
    json_t *unfinished; /* with --json */
    FILE *failures;     /* the lines of the first that failed; NULL: there is none yet */
    char *failure_text;
    size_t failure_bytes;
    uint64_t failed, waiting; /* inputs that failed, shards that are not finished */
    bool passed;              /* the first of the two passes is over */
};

static void on_phase(void *user, const char *name)
{
    struct merge *m = user;
    m->passed = strcmp(name, "check") != 0;
    phases_enter(&m->phases, name, false);
}

static void on_progress(void *user, uint64_t done, uint64_t total)
{
    struct merge *m = user;
    if (!progress_due(&m->progress))
        return;
    double fraction = total ? (double)done / (double)total : 1;
    progress_bar(&m->progress, (fraction + m->passed) / 2, done, total,
                 m->passed ? "rows written" : "rows checked");
}

static void on_part(void *user, const struct shard_merge_part *part)
{
    struct merge *m = user;
    if (part->state == SHARD_MERGE_FINISHED)
        return;
    const struct shard_set *set = shard_merge_set(m->merge);
    if (m->unfinished)
        json_array_append_new(m->unfinished, merge_summary_part(set, part));
    if (m->waiting++ < SHARDS_SHOWN || m->settings.verbose) {
        progress_end(&m->progress);
        merge_summary_line(set, part, stderr);
    }
}

/* Kept until it is known whether shards are missing: then these would hide that. */
static void on_failure(void *user, const struct manifest_entry *entry,
                       const struct index_item *item)
{
    struct merge *m = user;
    if (m->failed++ >= FAILURES_SHOWN && !m->settings.verbose)
        return;
    if (!m->failures)
        m->failures = open_memstream(&m->failure_text, &m->failure_bytes);
    if (m->failures)
        summary_parts_failure(entry->path, item, m->failures);
}

static void on_numbers(void *user, const uint64_t numbers[JOURNAL_NUMBERS])
{
    struct merge *m = user;
    struct row_sums sums;
    checkpoint_sums(numbers, &sums);
    row_sums_merge(&m->summary.sums, &sums);
}

static void show_failures(struct merge *m)
{
    if (!m->failures)
        return;
    if (fflush(m->failures) == 0)
        fwrite(m->failure_text, 1, m->failure_bytes, stderr);
    if (m->failed > FAILURES_SHOWN && !m->settings.verbose)
        fprintf(stderr, "pixscale: and %" PRIu64 " more\n", m->failed - FAILURES_SHOWN);
}

/* The index that a killed merge has named already is no reason to refuse. */
static bool check_outputs(const struct merge *m, struct error *error)
{
    const char *output = shard_merge_set(m->merge)->output, *profile = m->settings.profile;
    const char *index = shard_merge_index(m->merge);
    if (profile && (output_target_same(profile, output) || output_target_same(profile, index)))
        return error_set(error, ERROR_USAGE, "merge: the profile needs a name of its own");
    return output_target_check(output, "output", m->settings.force, error) &&
           output_target_check(index, "index",
                               m->settings.force || shard_merge_left_index(m->merge), error) &&
           (!profile || run_record_check_file(profile, error));
}

/* What the shards were told, unless it is told anew. False when it is nonsense. */
static bool failures_allowed(const struct merge *m, double *share)
{
    *share = m->settings.max_failures;
    if (*share >= 0)
        return true;
    char *told = shard_set_value(shard_merge_set(m->merge), "max-failures"), *end = told;
    bool none = told && strcmp(told, "none") == 0;
    *share = told && !none ? strtod(told, &end) : 1;
    bool ok = none || (told && end != told && !*end && *share >= 0 && *share <= 1);
    free(told);
    return ok;
}

static int some_missing(struct merge *m)
{
    const struct shard_merge_totals *totals = shard_merge_totals(m->merge);
    char waiting[TEXT_SIZE], all[TEXT_SIZE];
    if (m->waiting > SHARDS_SHOWN && !m->settings.verbose)
        fprintf(stderr, "pixscale: and %" PRIu64 " more (-v: all)\n", m->waiting - SHARDS_SHOWN);
    escape_line(stderr, "pixscale: %s of %s shards %s not finished; %s was not written",
                text_count(waiting, m->waiting), text_count(all, totals->shards),
                m->waiting == 1 ? "is" : "are", shard_merge_set(m->merge)->output);
    return EXIT_OUTPUT;
}

static int too_many(struct merge *m, double share)
{
    const struct shard_merge_totals *totals = shard_merge_totals(m->merge);
    char rate[64] = "none is allowed";
    if (share > 0)
        snprintf(rate, sizeof rate, "%g%% are allowed (--max-failures)", share * 100);
    fprintf(stderr,
            "pixscale: too many failures: %" PRIu64 " of %" PRIu64
            " inputs, %s; the shards stay, and no output was written\n",
            totals->failed, totals->rows, rate);
    show_failures(m);
    return EXIT_TOO_MANY;
}

/* Looks at everything; EXIT_CLEAN when the array can be written. */
static int check(struct merge *m, struct error *error)
{
    double share;
    if (!check_outputs(m, error))
        return commands_fail(error);
    if (!failures_allowed(m, &share)) {
        error_set(error, ERROR_USAGE, "%s: the set of shards is damaged: its max-failures",
                  shard_merge_set(m->merge)->folder);
        return commands_fail(error);
    }
    bool ok = shard_merge_check(m->merge, error);
    progress_end(&m->progress);
    if (!ok)
        return commands_fail(error);
    const struct shard_merge_totals *totals = shard_merge_totals(m->merge);
    if (totals->finished < totals->shards)
        return some_missing(m);
    if (totals->failed > run_options_most_failures(share, totals->rows))
        return too_many(m, share);
    return EXIT_CLEAN;
}

static bool tell(struct merge *m, struct error *error)
{
    m->summary.merge = m->merge;
    m->summary.seconds = (double)(m->phases.last_ns - m->phases.start_ns) * 1e-9;
    if (m->unfinished)
        return merge_summary_json(&m->summary, json_incref(m->unfinished), error);
    if (!m->settings.quiet && m->waiting == 0)
        merge_summary_print(&m->summary, stdout);
    return true;
}

static void tell_of_rest(const struct merge *m)
{
    const struct shard_set *set = shard_merge_set(m->merge);
    if (shard_set_exists(set))
        escape_line(stderr, "pixscale: %s could not be removed whole; it is not needed any more",
                    set->folder);
}

static int execute(struct merge *m, struct error *error)
{
    int status = EXIT_CLEAN;
    if (!shard_merge_is_complete(m->merge)) {
        m->summary.channels = merge_record_channels(shard_merge_set(m->merge));
        if (!m->summary.channels) {
            error_set(error, ERROR_OUTPUT, "merge: no memory");
            return commands_fail(error);
        }
        status = check(m, error);
        if (status == EXIT_OUTPUT && m->waiting && !tell(m, error))
            return commands_fail(error);
        if (status != EXIT_CLEAN)
            return status;
    }
    bool ok = shard_merge_write(m->merge, m->settings.force, error);
    progress_end(&m->progress);
    if (!ok)
        return commands_fail(error);
    phases_end(&m->phases);
    if (!m->settings.quiet) {
        show_failures(m);
        tell_of_rest(m);
    }
    if (!tell(m, error))
        return commands_fail(error);
    return shard_merge_totals(m->merge)->failed ? EXIT_SOME_FAILED : EXIT_CLEAN;
}

/* OUT.npy, also where its folder of shards was named. For the caller to free. */
static char *output_name(const char *operand)
{
    size_t length = strlen(operand), end = strlen(SHARD_SET_SUFFIX);
    while (length > 1 && operand[length - 1] == '/')
        length--;
    if (length > end && strncmp(operand + length - end, SHARD_SET_SUFFIX, end) == 0)
        length -= end;
    return strndup(operand, length);
}

static int merge_set(struct merge *m, const char *operand, const char *const *arguments, int count)
{
    struct error error;
    struct shard_merge_hooks hooks = {.part = on_part,
                                      .failure = on_failure,
                                      .numbers = on_numbers,
                                      .phase = on_phase,
                                      .progress = on_progress,
                                      .mark = checkpoint_array,
                                      .user = m};
    char *output = output_name(operand);
    m->merge = output ? shard_merge_open(output, &hooks, &error) : NULL;
    if (!output)
        error_set(&error, ERROR_OUTPUT, "no memory");
    free(output);
    if (!m->merge)
        return commands_fail(&error);
    bool counted = !shard_merge_is_complete(m->merge);
    int status = execute(m, &error);
    if (m->settings.profile && counted && (status == EXIT_CLEAN || status == EXIT_SOME_FAILED) &&
        !merge_record_append(&m->record, m->merge, &m->phases, m->settings.profile, arguments,
                             count, &error))
        return commands_fail(&error);
    return status;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct merge m = {.settings = {.max_failures = -1}};
    struct error error;
    int first = argc;
    enum options_outcome outcome = options_parse(self, argc, argv, &m.settings, &first);
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    if (argc - first != 1 || !*argv[first]) {
        error_set(&error, ERROR_USAGE,
                  "merge: one array is needed, as the shards' -o named it; %d were given",
                  argc - first);
        return commands_fail(&error);
    }
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is then an error of write, with a name */
    signal(SIGPIPE, SIG_IGN); /* nobody reads the progress: no reason to stop */
    if (m.settings.profile)
        merge_record_begin(&m.record);
    phases_begin(&m.phases);
    progress_start(&m.progress,
                   m.settings.quiet ? PROGRESS_OFF : (enum progress_when)m.settings.progress,
                   stderr);
    if (m.settings.json) {
        json_memory_watch();
        m.unfinished = json_array();
    }
    int status = merge_set(&m, argv[first], (const char *const *)argv, argc);
    progress_end(&m.progress);
    shard_merge_close(m.merge);
    json_decref(m.unfinished);
    if (m.failures)
        fclose(m.failures);
    free(m.failure_text);
    return status;
}

static const char *const progress_names[] = {"auto", "on", "off", NULL};

#define AT(field) offsetof(struct settings, field)

static const struct option_spec options[] = {
    {"force", 'f', NULL, "replace an array or index that exists", option_flag, AT(force), NULL},
    {"max-failures", 0, "RATE",
     "write nothing when more than this share of all inputs failed, such as 0.01 or 1% (default: "
     "as the shards were told)",
     option_share, AT(max_failures), NULL},
    {"profile", 0, "FILE", "append a record of the merge to FILE", option_text, AT(profile), NULL},
    {"progress", 0, "WHEN", "auto (default: on a terminal), on or off", option_choice, AT(progress),
     &(const struct option_choices){progress_names}},
    {"json", 0, NULL, "print the summary as JSON", option_flag, AT(json), NULL},
    {"quiet", 'q', NULL, "no summary and no progress, errors only", option_flag, AT(quiet), NULL},
    {"verbose", 'v', NULL, "name every shard that is not finished, and every failed input",
     option_flag, AT(verbose), NULL},
    {0},
};

static const char *const usage[] = {"merge OUT.npy [OPTIONS]", NULL};
static const char *const examples[] = {
    "pixscale run photos/ -o photos.npy --shard 1/2 &\n"
    "  pixscale run photos/ -o photos.npy --shard 2/2 & wait",
    "two shards, here on one machine; each could be on another", "pixscale merge photos.npy",
    "photos.npy and photos.index.csv, as one run would have made them", NULL};

const struct command cmd_merge = {
    .name = "merge",
    .summary = "make one array of the shards of a run",
    .usage = usage,
    .about =
        "Looks at every shard that run --shard left in OUT.npy.shards. When all are finished, "
        "OUT.npy and its index are written as one run would have written them, to the byte, and "
        "the folder is removed. Else the shards that are missing are named, each with the command "
        "that makes it, and nothing is changed.",
    .options = options,
    .examples = examples,
    .run = run};
