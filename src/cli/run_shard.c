#include "cli/run_shard.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/input_list.h"
#include "cli/run_facts.h"
#include "cli/run_inputs.h"
#include "cli/run_record_text.h"
#include "cli/shell_words.h"

#define LONGEST_LINE 4096

static bool no_memory(struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "no memory");
}

bool run_shard_is(const struct run_shard *run)
{
    return run->shard.count > 0;
}

static bool take_launch(struct run_shard *run, const struct run_options *options,
                        struct error *error)
{
    bool wanted = options->shard.how == RUN_OPTIONS_SHARD_AUTO;
    if (!launch_read(&run->launch, getenv, error)) {
        if (wanted)
            return false;
        run->launch = (struct launch){.tasks = 1, .size = 1};
    }
    if (!wanted)
        return true;
    run->shard = launch_shard(&run->launch);
    if (run_shard_is(run) && !options->quiet) {
        char text[128];
        launch_describe(&run->launch, text, sizeof text);
        fprintf(stderr,
                "pixscale: shard %" PRIu32 "/%" PRIu32 ", as %s (--shard none: all of it)\n",
                run->shard.index, run->shard.count, text);
    }
    return true;
}

bool run_shard_find(struct run_shard *run, const struct run_options *options, struct error *error)
{
    if (options->shard.how == RUN_OPTIONS_SHARD_GIVEN)
        run->shard = options->shard.shard;
    if (!take_launch(run, options, error))
        return false;
    if (!run_shard_is(run))
        return true;
    if (options->files_from && strcmp(options->files_from, "-") == 0)
        return error_set(error, ERROR_USAGE,
                         "run: shards cannot share the standard input; freeze the list first with "
                         "pixscale manifest --files-from - -o LIST, then run --manifest LIST");
    return shard_set_name(&run->set, options->output, error);
}

void run_shard_free(struct run_shard *run)
{
    shard_set_free(&run->set);
}

/* Walks the inputs and has the list be everybody's, unless another was faster. */
static bool freeze(struct run_shard *run, const struct run_options *options,
                   const char *const *operands, size_t count, const char *index_path,
                   const char *path, struct error *error)
{
    struct manifest all = {0};
    char *temporary = shard_set_temporary(&run->set, "manifest");
    bool ok = temporary || no_memory(error);
    ok = ok && run_inputs_scan(options, operands, count, index_path, &all, error);
    ok = ok && manifest_file_write(temporary, &all, error);
    if (ok && !file_publish(temporary, path) && errno != EEXIST)
        ok = error_set(error, ERROR_OUTPUT, "cannot create '%s': %s", path, strerror(errno));
    if (ok && !options->quiet)
        input_list_tell(&all, stderr);
    manifest_free(&all);
    free(temporary);
    return ok;
}

static bool load(struct run_shard *run, const char *path, struct manifest *manifest,
                 struct error *error)
{
    struct manifest_file *file = manifest_file_open(path, error);
    if (!file)
        return false;
    struct shard all = {1, 1}, shard = run_shard_is(run) ? run->shard : all;
    run->totals = *manifest_file_totals(file);
    bool ok = manifest_file_range(file, shard.index - 1, shard.count, &run->rows, error) &&
              manifest_file_load(file, run->rows, manifest, error);
    manifest_file_close(file);
    if (ok && run->totals.rows == 0)
        return error_set(error, ERROR_USAGE, "no input: the list %s is empty", path);
    return ok;
}

/* FNV-1a, as of a manifest. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return hash;
}

/* A line; of a value that is long, as where a shell wrote out thousands of names, its hash: each
 * journal holds all lines, and has room for so many bytes. */
static bool put_short(FILE *stream, const char *name, const char *value)
{
    size_t length = strlen(value);
    if (length <= LONGEST_LINE)
        return fprintf(stream, "%s=%s\n", name, value) > 0;
    return fprintf(stream, "%s=%zu bytes, hash %016" PRIx64 "\n", name, length, hash_of(value)) > 0;
}

/* What the list was made of: another folder makes another array, though its shards would fit. */
static bool put_inputs(const struct run_options *options, const char *const *operands, size_t count,
                       FILE *stream)
{
    if (options->manifest)
        return true;
    char *inputs = run_record_text_words(operands, (int)count);
    char *include = run_record_text_words(options->include.pattern, (int)options->include.count);
    bool ok = inputs && include && put_short(stream, "inputs", inputs) &&
              put_short(stream, "--include", include);
    if (ok && options->files_from)
        ok = shard_set_line(stream, "--files-from", options->files_from);
    free(inputs);
    free(include);
    return ok;
}

static bool is_relative(const char *const *operands, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (operands[i][0] != '/')
            return true;
    return false;
}

/* Before a list is believed that somebody left, who may have been stopped before joining. */
static bool claim(const struct run_shard *run, const struct run_options *options,
                  const char *const *operands, size_t count, struct error *error)
{
    char *text = NULL, *folder = get_current_dir_name();
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    bool ok = stream && folder && put_inputs(options, operands, count, stream);
    if (ok && (options->files_from || is_relative(operands, count)))
        ok = shard_set_line(stream, "folder", folder);
    free(folder);
    if (stream && !text_close(stream, &text))
        ok = false, text = NULL;
    ok = ok ? shard_set_claim(&run->set, text, error) : no_memory(error);
    free(text);
    return ok;
}

bool run_shard_scan(struct run_shard *run, const struct run_options *options,
                    const char *const *operands, size_t count, const char *index_path,
                    struct manifest *manifest, struct error *error)
{
    if (!run_shard_is(run) && !options->manifest)
        return run_inputs_scan(options, operands, count, index_path, manifest, error);
    if (options->manifest)
        return load(run, options->manifest, manifest, error);
    char *path = shard_set_file(&run->set, "manifest");
    if (!path)
        return no_memory(error);
    bool ok = claim(run, options, operands, count, error) &&
              (access(path, F_OK) == 0 ||
               freeze(run, options, operands, count, index_path, path, error)) &&
              load(run, path, manifest, error);
    free(path);
    return ok;
}

/* Relative paths mean the same files only from the same folder. A list that somebody wrote is
 * judged by its first. */
static bool put_folder(const struct run_shard *run, const struct run_options *options,
                       const char *const *operands, size_t count, FILE *stream, struct error *error)
{
    struct manifest first = {0};
    char *path = options->manifest ? strdup(options->manifest) : shard_set_manifest(&run->set);
    struct manifest_file *file = path ? manifest_file_open(path, error) : NULL;
    bool ok = (file || path || no_memory(error)) && file &&
              manifest_file_load(file, (struct range){0, 1}, &first, error);
    manifest_file_close(file);
    free(path);
    if (ok && (first.entries[0].path[0] != '/' || is_relative(operands, count))) {
        char *folder = get_current_dir_name();
        ok = (folder && shard_set_line(stream, "folder", folder)) || no_memory(error);
        free(folder);
    }
    manifest_free(&first);
    return ok;
}

static char *agreed_text(const struct run_shard *run, const struct run_options *options,
                         const char *const *operands, size_t count, const char *index_path,
                         struct error *error)
{
    char *facts = run_facts_text(options), *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    bool ok = (facts && stream) || no_memory(error);
    if (ok) {
        fprintf(stream, "shards=%" PRIu32 "\nrows=%" PRIu64 "\nmanifest=%016" PRIx64 "\narray=%s\n",
                run->shard.count, run->totals.rows, run->totals.hash,
                options->separate ? "separate" : "shared");
        ok = (shard_set_line(stream, "index", index_path) &&
              put_inputs(options, operands, count, stream)) ||
             no_memory(error);
        ok = ok && put_folder(run, options, operands, count, stream, error);
        fputs(facts, stream);
    }
    free(facts);
    if (stream && !text_close(stream, &text))
        return ok ? (no_memory(error), NULL) : NULL;
    if (ok)
        return text;
    free(text);
    return NULL;
}

int run_shard_skips(const char *const *arguments, int count, int i)
{
    const char *word = arguments[i];
    size_t length = strcspn(word, "=");
    if (length >= 5 && strncmp(word, "--resume", length) == 0 && word[length] == '\0')
        return 1;
    /* Any shorter one would not be unique. */
    if (length < 4 || strncmp(word, "--shard", length) != 0)
        return 0;
    return word[length] == '=' || i + 1 == count ? 1 : 2;
}

static void put_command(const char *folder, FILE *stream)
{
    fputs("cd ", stream);
    shell_words_put(folder, stream);
    fputs(" && ", stream);
    shell_words_put(program_invocation_name, stream);
    fputs(" run --resume", stream);
}

void run_shard_put_arguments(const char *const *arguments, int count, FILE *stream)
{
    bool operands = false;
    for (int i = 1; i < count; i++) {
        operands = operands || strcmp(arguments[i], "--") == 0;
        int skipped = operands ? 0 : run_shard_skips(arguments, count, i);
        if (skipped) {
            i += skipped - 1;
            continue;
        }
        fputc(' ', stream);
        shell_words_put(arguments[i], stream);
    }
}

/* Writes a line whose value `put` would write as words for a shell. */
static bool put_words(const char *name, const char *folder, const char *const *arguments, int count,
                      FILE *stream)
{
    char *text = NULL;
    size_t size;
    FILE *words = open_memstream(&text, &size);
    if (!words)
        return false;
    if (folder)
        put_command(folder, words);
    else
        run_shard_put_arguments(arguments, count, words);
    if (!text_close(words, &text))
        return false;
    bool ok = shard_set_line(stream, name, text + (*text == ' '));
    free(text);
    return ok;
}

static char *told_text(const struct run_options *options, const struct npy_shape *shape,
                       const char *const *arguments, int count, struct error *error)
{
    uint64_t id = 0;
    char *text = NULL, *folder = get_current_dir_name();
    char *manifest = options->manifest ? realpath(options->manifest, NULL) : NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    bool ok = folder && stream && (manifest || !options->manifest);
    if (ok) {
        while (getrandom(&id, sizeof id, 0) < 0 && errno == EINTR)
            continue;
        fprintf(stream, "id=%016" PRIx64 "\ndescr=%s\n", id, shape->descr);
        fprintf(stream, "shape=%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", shape->size[1],
                shape->size[2], shape->size[3]);
        if (options->on_error == RUN_OPTIONS_FAIL)
            fputs("max-failures=0\n", stream);
        else if (options->max_failures >= 0)
            fprintf(stream, "max-failures=%.17g\n", options->max_failures);
        else
            fputs("max-failures=none\n", stream);
        ok = shard_set_line(stream, "folder", folder) &&
             put_words("command", folder, NULL, 0, stream) &&
             put_words("arguments", NULL, arguments, count, stream) &&
             (!manifest || shard_set_line(stream, "manifest-file", manifest));
    }
    free(manifest);
    free(folder);
    if (stream && !text_close(stream, &text))
        ok = false;
    else if (!ok)
        free(text);
    if (!ok)
        no_memory(error);
    return ok ? text : NULL;
}

bool run_shard_join(struct run_shard *run, const struct run_options *options,
                    const char *const *operands, size_t count, const char *index_path,
                    const struct npy_shape *shape, const char *const *arguments, int argument_count,
                    struct error *error)
{
    char *agreed = agreed_text(run, options, operands, count, index_path, error);
    char *told = agreed ? told_text(options, shape, arguments, argument_count, error) : NULL;
    bool ok = told && shard_set_join(&run->set, agreed, told, error);
    free(agreed);
    free(told);
    return ok;
}
