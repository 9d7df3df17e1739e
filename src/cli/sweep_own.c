#include "cli/sweep_own.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/run_inputs.h"
#include "cli/run_record_text.h"

/* Of a small folder --weak takes all rather than so few that starting and ending rule the run. */
#define LEAST_SAMPLE 64

#define MORE_WORDS 16 /* of a run's command line, beside the options and inputs */

static bool no_memory(struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "no memory");
}

/* A name that begins with a dot: a scan of the folder around it leaves it out. */
static bool make_folder(struct sweep_own *own, const char *beside, struct error *error)
{
    if (asprintf(&own->folder, "%s/.sweep-XXXXXX", beside) < 0) {
        own->folder = NULL;
        return no_memory(error);
    }
    if (!mkdtemp(own->folder)) {
        error_set(error, ERROR_OUTPUT, "%s: cannot make a folder for the runs: %s", beside,
                  strerror(errno));
        free(own->folder);
        own->folder = NULL;
        return false;
    }
    bool ok = asprintf(&own->array, "%s/array.npy", own->folder) >= 0 &&
              asprintf(&own->profile, "%s/profile.jsonl", own->folder) >= 0 &&
              asprintf(&own->list, "%s/inputs", own->folder) >= 0;
    return ok || no_memory(error);
}

/* "pixscale run --size=32x32 photos", as every run of the sweep is called. */
static bool make_command(struct sweep_own *own, struct error *error)
{
    const struct sweep_options *options = own->options;
    size_t count = 0, most = options->word_count + options->input_count + MORE_WORDS;
    const char **words = calloc(most, sizeof *words);
    if (!words)
        return no_memory(error);
    words[count++] = "run";
    for (size_t i = 0; i < options->word_count; i++)
        words[count++] = options->word[i];
    if (options->run.files_from) {
        words[count++] = "--files-from";
        words[count++] = options->run.files_from;
    }
    for (size_t i = 0; i < options->input_count; i++)
        words[count++] = options->inputs[i];
    own->command = run_record_text_command(words, (int)count);
    free(words);
    return own->command || no_memory(error);
}

static bool cannot_write(const char *path, struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "%s: cannot write the list of inputs: %s", path,
                     strerror(errno));
}

/* Standard input can be read once; the runs are many. */
static bool copy_standard_input(const char *path, struct error *error)
{
    char data[65536];
    size_t n;
    FILE *out = fopen(path, "we");
    if (!out)
        return cannot_write(path, error);
    bool ok = true;
    while (ok && (n = fread(data, 1, sizeof data, stdin)) > 0)
        ok = fwrite(data, 1, n, out) == n;
    ok &= !ferror(stdin);
    ok &= fclose(out) == 0;
    return ok || cannot_write(path, error);
}

/* Every team gets the same sample once for each of its threads: exactly p times the work. Growing
 * stretches of the list would differ in their mix of large and small pictures. */
static bool choose_sample(struct sweep_own *own, int most_threads, struct error *error)
{
    struct run_options scan = own->options->run;
    scan.output = own->array;
    if (scan.files_from && strcmp(scan.files_from, "-") == 0)
        scan.files_from = own->list;
    if (!run_inputs_scan(&scan, own->options->inputs, own->options->input_count, own->profile,
                         &own->manifest, error))
        return false;
    size_t count = own->manifest.count;
    own->sample = count / (size_t)most_threads;
    if (own->sample < LEAST_SAMPLE)
        own->sample = count < LEAST_SAMPLE ? count : LEAST_SAMPLE;
    return true;
}

/* The sample, spread evenly over the sorted list, `threads` times over. */
static bool write_sample(const struct sweep_own *own, int threads, struct error *error)
{
    FILE *out = fopen(own->list, "we");
    if (!out)
        return cannot_write(own->list, error);
    for (int copy = 0; copy < threads; copy++)
        for (size_t i = 0; i < own->sample; i++) {
            const char *path = own->manifest.entries[i * own->manifest.count / own->sample].path;
            fwrite(path, 1, strlen(path) + 1, out);
        }
    bool failed = ferror(out);
    return (fclose(out) == 0 && !failed) || cannot_write(own->list, error);
}

bool sweep_own_open(struct sweep_own *own, const char *beside, int most_threads,
                    struct error *error)
{
    const char *list = own->options->run.files_from;
    return make_folder(own, beside, error) && make_command(own, error) &&
           (!list || strcmp(list, "-") != 0 || copy_standard_input(own->list, error)) &&
           (!own->options->weak || choose_sample(own, most_threads, error));
}

/* Points of the command line that differ from run to run. */
struct words {
    const char **word;
    size_t count;
    char *output, *profile, *list; /* owned */
};

/* --schedule says nothing to the plain loop, which refuses it. */
static bool is_for(const char *word, bool serial)
{
    return !serial || strncmp(word, "--schedule=", 11) != 0;
}

static void free_words(struct words *words)
{
    free(words->word);
    free(words->output);
    free(words->profile);
    free(words->list);
}

static void add_inputs(const struct sweep_own *own, struct words *words)
{
    const struct sweep_options *options = own->options;
    if (words->list)
        words->word[words->count++] = words->list;
    if (options->weak || (words->list && options->run.zero_separated))
        words->word[words->count++] = "--null";
    words->word[words->count++] = "--";
    for (size_t i = 0; !options->weak && i < options->input_count; i++)
        words->word[words->count++] = options->inputs[i];
}

static bool make_words(const struct sweep_own *own, bool serial, struct words *words,
                       struct error *error)
{
    const struct sweep_options *options = own->options;
    const char *list = options->run.files_from;
    if (options->weak || (list && strcmp(list, "-") == 0))
        list = own->list;
    *words = (struct words){
        .word = calloc(options->word_count + options->input_count + MORE_WORDS, sizeof(char *))};
    bool ok = words->word && asprintf(&words->output, "--output=%s", own->array) >= 0 &&
              asprintf(&words->profile, "--profile=%s", own->profile) >= 0 &&
              (!list || asprintf(&words->list, "--files-from=%s", list) >= 0);
    if (!ok) {
        free_words(words);
        return no_memory(error);
    }
    words->word[words->count++] = "pixscale";
    words->word[words->count++] = "run";
    words->word[words->count++] = words->output;
    words->word[words->count++] = words->profile;
    words->word[words->count++] = "--force";
    words->word[words->count++] = "--shard=none"; /* whoever launched the sweep */
    words->word[words->count++] = "--quiet";
    if (options->oversubscribe)
        words->word[words->count++] = "--oversubscribe";
    if (serial)
        words->word[words->count++] = "--serial";
    for (size_t i = 0; i < options->word_count; i++)
        if (is_for(options->word[i], serial))
            words->word[words->count++] = options->word[i];
    add_inputs(own, words);
    return true;
}

/* The one line that the run has written. */
static bool read_record(const struct sweep_own *own, struct record *record, struct error *error)
{
    FILE *stream = fopen(own->profile, "re");
    if (!stream)
        return error_set(error, ERROR_OUTPUT, "%s: the run has left no record: %s", own->profile,
                         strerror(errno));
    char *line = NULL;
    size_t size = 0;
    ssize_t length = getline(&line, &size, stream);
    bool ok = length > 0
                  ? record_parse(record, line, (size_t)length, own->profile, error)
                  : error_set(error, ERROR_OUTPUT, "%s: the run has left no record", own->profile);
    free(line);
    fclose(stream);
    return ok;
}

/* What the run could not know: that it is one of a sweep, and what that is called. */
static bool amend(const struct sweep_own *own, bool serial, struct record *record,
                  struct error *error)
{
    record->weak = own->options->weak;
    char *command = strdup(own->command);
    char *kind = strdup(serial ? "serial" : own->options->weak ? "weak" : "run");
    if (!command || !kind) {
        free(command);
        free(kind);
        record_free(record);
        return no_memory(error);
    }
    free(record->command);
    free(record->kind);
    record->command = command;
    record->kind = kind;
    return true;
}

/* Empties the folder but for the list that came from standard input. */
static void clean(const struct sweep_own *own, bool list_too)
{
    DIR *folder = own->folder ? opendir(own->folder) : NULL;
    if (!folder)
        return;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (list_too || strcmp(entry->d_name, "inputs") != 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
}

bool sweep_own_run(struct sweep_own *own, int threads, bool serial, struct spawn_result *result,
                   struct record *record, struct error *error)
{
    *record = (struct record){0};
    struct words words;
    if (own->options->weak && !write_sample(own, serial ? 1 : threads, error))
        return false;
    if (!make_words(own, serial, &words, error))
        return false;
    char variable[40];
    snprintf(variable, sizeof variable, "OMP_NUM_THREADS=%d", threads);
    const char *changes[] = {variable, NULL};
    char **environment = spawn_environment(own->environment, changes);
    struct spawn_job job = {.argv = words.word,
                            .file = "/proc/self/exe",
                            .environment = environment,
                            .stop = own->stop};
    bool ok = environment ? spawn_run(&job, result, error) : no_memory(error);
    free(environment);
    free_words(&words);
    bool recorded = ok && !result->stopped &&
                    (result->status == EXIT_CLEAN || result->status == EXIT_SOME_FAILED);
    if (recorded)
        ok = read_record(own, record, error) && amend(own, serial, record, error);
    clean(own, false);
    return ok;
}

void sweep_own_close(struct sweep_own *own)
{
    clean(own, true);
    if (own->folder)
        rmdir(own->folder);
    manifest_free(&own->manifest);
    free(own->folder);
    free(own->array);
    free(own->profile);
    free(own->list);
    free(own->command);
}
