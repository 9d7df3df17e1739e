#include "cli/run_inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cli/input_list.h"
#include "cli/output_target.h"
#include "cli/run_team.h"
#include "dataset/journal.h"
#include "dataset/manifest_file.h"
#include "shard/shard_set.h"

char *run_inputs_index_path(const struct run_options *options)
{
    if (options->index)
        return strdup(options->index);
    size_t length = strlen(options->output);
    if (length > 4 && strcmp(options->output + length - 4, ".npy") == 0)
        length -= 4;
    char *path = NULL;
    if (asprintf(&path, "%.*s.index.csv", (int)length, options->output) < 0)
        return NULL;
    return path;
}

/* Refuses a name that the array has on its way. NULL is none. */
static bool check_not_taken(const struct run_options *options, const char *path,
                            struct error *error)
{
    static const char *const endings[] = {".partial", ".kept.partial", JOURNAL_SUFFIX};
    for (size_t i = 0; path && i < sizeof endings / sizeof *endings; i++) {
        char *name = NULL;
        if (asprintf(&name, "%s%s", options->output, endings[i]) < 0)
            return error_set(error, ERROR_OUTPUT, "no memory");
        bool taken = output_target_same(path, name);
        free(name);
        if (taken)
            return error_set(
                error, ERROR_USAGE,
                "%s: the array has this name itself while it is written; use another name", path);
    }
    return true;
}

bool run_inputs_check_outputs(const struct run_options *options, const char *index_path, bool force,
                              struct error *error)
{
    if (output_target_same(index_path, options->output))
        return error_set(error, ERROR_USAGE, "run: the array and the index need different names");
    if (options->profile && (output_target_same(options->profile, options->output) ||
                             output_target_same(options->profile, index_path)))
        return error_set(error, ERROR_USAGE, "run: the profile needs a name of its own");
    if (!check_not_taken(options, index_path, error) ||
        !check_not_taken(options, options->profile, error))
        return false;
    return output_target_check(options->output, "output", force, error) &&
           output_target_check(index_path, "index", force, error);
}

/* The files that stand under the outputs' names now, or that a killed run left there. */
#define OUTPUT_NAMES 9
struct outputs {
    struct manifest_file_id id[OUTPUT_NAMES];
    size_t count;
};

static bool add_output(struct outputs *outputs, const char *path, const char *ending,
                       struct error *error)
{
    char *name = NULL;
    struct stat st;
    if (asprintf(&name, "%s%s", path, ending) < 0)
        return error_set(error, ERROR_OUTPUT, "no memory");
    if (stat(name, &st) == 0)
        outputs->id[outputs->count++] = (struct manifest_file_id){st.st_dev, st.st_ino};
    free(name);
    return true;
}

static bool find_outputs(struct outputs *outputs, const char *array, const char *index,
                         const char *profile, struct error *error)
{
    static const char *const endings[] = {"", ".partial", ".kept.partial"};
    outputs->count = 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (!add_output(outputs, array, endings[i], error) ||
            !add_output(outputs, index, endings[i], error))
            return false;
    if (!add_output(outputs, array, JOURNAL_SUFFIX, error) ||
        !add_output(outputs, array, SHARD_SET_SUFFIX, error))
        return false;
    return !profile || add_output(outputs, profile, "", error);
}

static bool check_operand(const char *path, bool alone, const struct outputs *outputs,
                          struct error *error)
{
    struct stat st;
    if (file_stat(path, &st) != 0)
        return true; /* the scan says what is wrong with it */
    for (size_t i = 0; i < outputs->count; i++)
        if (st.st_dev == outputs->id[i].device && st.st_ino == outputs->id[i].inode)
            return error_set(error, ERROR_USAGE, "%s: this input is also the output", path);
    if (alone && S_ISREG(st.st_mode) && manifest_file_is(path))
        return error_set(error, ERROR_USAGE, "%s: this is a frozen list: run --manifest %s", path,
                         path);
    return true;
}

static const char *why_empty(const struct run_options *options)
{
    if (options->files_from)
        return "the list names no file";
    return options->include.count ? "no file matches --include" : "the folders hold no files";
}

bool run_inputs_scan(const struct run_options *options, const char *const *operands, size_t count,
                     const char *index_path, struct manifest *manifest, struct error *error)
{
    struct outputs outputs;
    if (!find_outputs(&outputs, options->output, index_path, options->profile, error))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!check_operand(operands[i], count == 1, &outputs, error))
            return false;
    struct manifest_options scan = {
        .include = options->include.count ? options->include.pattern : NULL,
        .include_count = options->include.count,
        .exclude = outputs.id,
        .exclude_count = outputs.count,
        .threads = run_team_size(options, SIZE_MAX),
    };
    bool ok = options->files_from ? input_list_read(options->files_from, options->zero_separated,
                                                    &scan, manifest, error)
                                  : manifest_scan(manifest, operands, count, &scan, error);
    if (ok && manifest->count == 0)
        return error_set(error, ERROR_USAGE, "no input: %s", why_empty(options));
    return ok;
}
