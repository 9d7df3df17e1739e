#include "report/readings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/json_memory.h"
#include "base/text.h"

#define MAX_RESULTS 10000 /* they are compared in pairs */

/* One result: a command, its parameters, its times. */
struct result {
    const char *command, *value; /* value of the parameter that counts threads, as text */
    char *others;                /* the other parameters, "size=a, kind=b"; owned */
    int threads;
    size_t family; /* the first result of the same command, but for the threads */
    const json_t *json;
};

struct hyperfine {
    struct readings *readings;
    const char *path;
    struct result *results;
    size_t count;
    struct error *error;
};

static bool wrong(struct hyperfine *h, size_t index, const char *text)
{
    return error_set(h->error, ERROR_USAGE, "%s: result %zu: %s", h->path, index + 1, text);
}

/* The parameters of hyperfine 1.x are texts; other tools that write the format may write numbers.
 * Appends "name=value" to those that do not count threads. */
static bool read_parameters(struct hyperfine *h, size_t index, const json_t *parameters)
{
    struct result *result = &h->results[index];
    char *others = NULL;
    size_t size;
    FILE *stream = open_memstream(&others, &size);
    if (!stream)
        return error_set(h->error, ERROR_OUTPUT, "no memory for the measurements");
    const char *name;
    json_t *value;
    bool ok = true;
    json_object_foreach((json_t *)parameters, name, value)
    {
        const char *text = json_string_value(value);
        if (!text || (readings_counts_threads(name) && result->value)) {
            ok = wrong(h, index,
                       text ? "two parameters that may count threads"
                            : "a parameter that is no text");
            break;
        }
        if (readings_counts_threads(name))
            result->value = text;
        else
            fprintf(stream, "%s%s=%s", ftell(stream) > 0 ? ", " : "", name, text);
    }
    result->others = text_close(stream, &others);
    return ok &&
           (result->others || error_set(h->error, ERROR_OUTPUT, "no memory for the measurements"));
}

static bool read_result(struct hyperfine *h, size_t index, const json_t *json)
{
    struct result *result = &h->results[index];
    const json_t *parameters = json_object_get(json, "parameters");
    result->json = json;
    result->command = json_string_value(json_object_get(json, "command"));
    if (!result->command)
        return wrong(h, index, "it has no command");
    if (json_is_object(parameters) && !read_parameters(h, index, parameters))
        return false;
    if (!result->value)
        return wrong(h, index,
                     "no parameter counts the threads; measure with hyperfine -L threads 1,2,4 or "
                     "call it num_threads or OMP_NUM_THREADS");
    result->threads = readings_threads(result->value);
    if (!result->threads)
        return wrong(h, index, "its number of threads is not a whole number of at least 1");
    return true;
}

/* Whether two commands are the same but for the place where each names its own threads. `name`, if
 * not NULL, receives the common form, with {threads} there. */
static bool same_command(const struct result *a, const struct result *b, FILE *name)
{
    const char *x = a->command, *y = b->command;
    size_t m = strlen(a->value), n = strlen(b->value);
    while (*x || *y) {
        /* "4" and "4" of two runs with 4 threads tell nothing: they are compared as they stand. */
        if (a->threads != b->threads && strncmp(x, a->value, m) == 0 &&
            strncmp(y, b->value, n) == 0) {
            x += m;
            y += n;
            if (name)
                fputs("{threads}", name);
        } else if (*x == *y) {
            if (name)
                fputc(*x, name);
            x++;
            y++;
        } else {
            return false;
        }
    }
    return true;
}

/* hyperfine does not write the command as it was given, with its {threads}: what differs from
 * another one only by the threads is of its family. */
static void find_families(struct hyperfine *h)
{
    for (size_t i = 0; i < h->count; i++) {
        h->results[i].family = i;
        for (size_t j = 0; j < i; j++) {
            const struct result *a = &h->results[j], *b = &h->results[i];
            if (a->family == j && strcmp(a->others, b->others) == 0 && same_command(a, b, NULL)) {
                h->results[i].family = j;
                break;
            }
        }
    }
}

static char *family_name(const struct hyperfine *h, size_t family)
{
    const struct result *first = &h->results[family], *other = NULL;
    for (size_t i = family + 1; i < h->count && !other; i++)
        if (h->results[i].family == family && h->results[i].threads != first->threads)
            other = &h->results[i];
    char *name = NULL;
    size_t size;
    FILE *stream = open_memstream(&name, &size);
    if (!stream)
        return NULL;
    fprintf(stream, "%s: ", h->path);
    if (other)
        same_command(first, other, stream);
    else
        fputs(first->command, stream);
    if (*first->others)
        fprintf(stream, " (%s)", first->others);
    return text_close(stream, &name);
}

static bool add_times(struct hyperfine *h, size_t index, const char *name)
{
    const struct result *result = &h->results[index];
    const json_t *times = json_object_get(result->json, "times");
    const json_t *codes = json_object_get(result->json, "exit_codes");
    /* Without single times (a later writer may leave them out) the mean is one measurement. */
    size_t count = json_is_array(times) ? json_array_size(times) : 1;
    for (size_t i = 0; i < count; i++) {
        const json_t *time =
            json_is_array(times) ? json_array_get(times, i) : json_object_get(result->json, "mean");
        const json_t *code = json_array_get(codes, i);
        double seconds = json_number_value(time);
        if (!json_is_number(time) || seconds < 0 || seconds > 1e12)
            return wrong(h, index, "a time that is no number of seconds");
        if (seconds < 1e-9)
            return wrong(h, index, "a time of 0: the command is too short to be measured");
        bool failed = code && (!json_is_integer(code) || json_integer_value(code) != 0);
        if (!readings_add(h->readings, name, result->threads, seconds,
                          failed ? "the command failed" : NULL, h->error))
            return false;
    }
    return true;
}

static bool read_results(struct hyperfine *h, const json_t *list)
{
    if (json_array_size(list) > MAX_RESULTS)
        return error_set(h->error, ERROR_USAGE, "%s: more than %d results", h->path, MAX_RESULTS);
    h->results = calloc(json_array_size(list), sizeof *h->results);
    if (!h->results)
        return error_set(h->error, ERROR_OUTPUT, "no memory for the measurements");
    h->count = json_array_size(list);
    for (size_t i = 0; i < h->count; i++)
        if (!read_result(h, i, json_array_get(list, i)))
            return false;
    find_families(h);
    for (size_t i = 0; i < h->count; i++) {
        char *name = family_name(h, h->results[i].family);
        bool ok = name ? add_times(h, i, name)
                       : error_set(h->error, ERROR_OUTPUT, "no memory for the measurements");
        free(name);
        if (!ok)
            return false;
    }
    return true;
}

bool readings_hyperfine(struct readings *readings, const char *path, const char *text,
                        size_t length, struct error *error)
{
    struct hyperfine h = {.readings = readings, .path = path, .error = error};
    json_error_t wrong_at;
    json_memory_watch();
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &wrong_at);
    if (!root && json_memory_failed())
        return error_set(error, ERROR_OUTPUT, "no memory for the measurements");
    if (!root)
        return error_set(error, ERROR_USAGE, "%s:%d: broken JSON: %s", path, wrong_at.line,
                         wrong_at.text);
    const json_t *list = json_object_get(root, "results");
    bool ok =
        json_is_array(list) && json_array_size(list) > 0
            ? read_results(&h, list)
            : error_set(error, ERROR_USAGE, "%s: neither records nor results of hyperfine", path);
    for (size_t i = 0; i < h.count; i++)
        free(h.results[i].others);
    free(h.results);
    json_decref(root);
    return ok;
}
