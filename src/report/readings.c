#include "report/readings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/escape.h"
#include "base/file.h"

/* Far above any sweep with --items, far below what would take a machine's memory by mistake. */
#define MAX_FILE  ((size_t)1 << 30)
#define READ_STEP ((size_t)1 << 16)

bool readings_counts_threads(const char *name)
{
    static const char *const names[] = {"threads", "num_threads", "nthreads", "omp_num_threads"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

int readings_threads(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > 9 || strspn(text, "0123456789") != length)
        return 0;
    long value = strtol(text, NULL, 10);
    return value >= 1 && value <= READINGS_MAX_THREADS ? (int)value : 0;
}

bool readings_escape(char **text)
{
    char *escaped = *text ? escape_copy(*text) : NULL;
    if (*text && !escaped)
        return false;
    free(*text);
    *text = escaped;
    return true;
}

static bool no_memory(struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "no memory for the measurements");
}

/* Room for one more element; the array and its capacity are changed together. */
static bool make_room(void **array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return true;
    size_t more = *capacity ? 2 * *capacity : 64;
    void *larger = reallocarray(*array, more, size);
    if (!larger)
        return false;
    *array = larger;
    *capacity = more;
    return true;
}

static bool add_row(struct readings *readings, struct readings_row row, struct error *error)
{
    void *rows = readings->rows;
    bool ok = make_room(&rows, &readings->capacity, readings->count, sizeof *readings->rows);
    readings->rows = rows;
    if (!ok) {
        free(row.name);
        return no_memory(error);
    }
    readings->rows[readings->count++] = row;
    return true;
}

bool readings_add(struct readings *readings, const char *name, int threads, double seconds,
                  const char *why, struct error *error)
{
    char *copy = escape_copy(name);
    if (!copy)
        return no_memory(error);
    struct readings_row row = {.record = READINGS_NO_RECORD,
                               .name = copy,
                               .threads = threads,
                               .seconds = seconds,
                               .why = why};
    return add_row(readings, row, error);
}

static bool escape_record(struct record *record)
{
    char **const texts[] = {
        &record->tool_version,  &record->tool_git,    &record->time_utc, &record->host_name,
        &record->cpu_model,     &record->kernel,      &record->schedule, &record->bind,
        &record->places,        &record->wait_policy, &record->runtime,  &record->why,
        &record->kind,          &record->work,        &record->command,  &record->options,
        &record->manifest_hash, &record->set,         &record->launcher};
    bool ok = true;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ok = ok && readings_escape(texts[i]);
    for (size_t i = 0; i < record->phase_count; i++)
        ok = ok && readings_escape(&record->phases[i].name);
    return ok;
}

/* The team that worked; a foreign program does not say, so what was asked for. */
static int64_t team_of(const struct record *record)
{
    return record->delivered > 0 ? record->delivered : record->requested;
}

/* Takes one line. The room is made first, so that a parsed record always has an owner. */
static bool add_record(struct readings *readings, const char *line, size_t length,
                       const char *where, struct error *error)
{
    void *records = readings->records;
    bool ok = make_room(&records, &readings->record_capacity, readings->record_count,
                        sizeof *readings->records);
    readings->records = records;
    if (!ok)
        return no_memory(error);
    struct record *record = &readings->records[readings->record_count];
    memset(record, 0, sizeof *record);
    if (!record_parse(record, line, length, where, error))
        return false;
    readings->record_count++;
    if (!escape_record(record))
        return no_memory(error);
    int64_t team = record->serial ? 1 : team_of(record);
    if (team < 1 || team > READINGS_MAX_THREADS)
        return error_set(error, ERROR_USAGE, "%s: a team of %lld threads", where, (long long)team);
    if (record->wall_ns <= 0)
        return error_set(error, ERROR_USAGE, "%s: a run that took no time (wall_ns)", where);
    struct readings_row row = {.record = readings->record_count - 1,
                               .threads = (int)team,
                               .seconds = (double)record->wall_ns * 1e-9};
    return add_row(readings, row, error);
}

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r", text[i]) || !text[i])
            return false;
    return true;
}

static bool load_lines(struct readings *readings, const char *path, const char *text, size_t length,
                       struct error *error)
{
    size_t number = 1;
    for (size_t at = 0; at < length; number++) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t size = end ? (size_t)(end - text) - at : length - at;
        if (!is_blank(text + at, size)) {
            char where[256];
            snprintf(where, sizeof where, "%.200s:%zu", path, number);
            if (!add_record(readings, text + at, size, where, error))
                return false;
        }
        at += size + 1;
    }
    return true;
}

/* hyperfine writes one object with `results`, as a rule over many lines; a record says its schema
 * within the first line. What is neither is left to the reader of records, which names the line. */
static bool is_hyperfine(const char *text, size_t length)
{
    const char *end = memchr(text, '\n', length);
    size_t first = end ? (size_t)(end - text) : length;
    if (memmem(text, first, "\"schema\"", 8))
        return false;
    return memmem(text, length, "\"results\"", 9) != NULL;
}

static bool load_text(struct readings *readings, const char *path, const char *text, size_t length,
                      struct error *error)
{
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
        text += 3;
        length -= 3;
    }
    size_t start = strspn(text, " \t\r\n");
    if (start == length)
        return error_set(error, ERROR_USAGE, "%s: the file is empty", path);
    if (text[start] == '{' || text[start] == '[') {
        if (is_hyperfine(text + start, length - start))
            return readings_hyperfine(readings, path, text, length, error);
        return load_lines(readings, path, text, length, error);
    }
    return readings_csv(readings, path, text, length, error);
}

/* Reads to the end, with a NUL behind it. False with errno; EFBIG above MAX_FILE. */
static bool read_all(int fd, struct buffer *buffer, size_t *length)
{
    *length = 0;
    for (;;) {
        if (buffer->capacity < *length + READ_STEP &&
            !buffer_grow(buffer, 2 * buffer->capacity + READ_STEP, *length)) {
            errno = ENOMEM;
            return false;
        }
        size_t room = buffer->capacity - *length - 1;
        ssize_t got = file_read(fd, buffer->data + *length, room);
        if (got < 0)
            return false;
        *length += (size_t)got;
        if (*length > MAX_FILE) {
            errno = EFBIG;
            return false;
        }
        if ((size_t)got < room)
            break;
    }
    buffer->data[*length] = '\0';
    return true;
}

/* A pipe, as a shell's <(...) gives, was opened without waiting; its data is waited for. */
static int open_source(const char *path)
{
    int fd = file_open_read(path);
    int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
    if (flags >= 0)
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    return fd;
}

bool readings_load(struct readings *readings, const char *path, struct error *error)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open_source(path);
    if (fd < 0)
        return error_set(error, error_kind_of(errno), "cannot open '%s': %s", path,
                         strerror(errno));
    struct buffer buffer = {0};
    size_t length;
    bool ok = read_all(fd, &buffer, &length);
    int saved = errno;
    if (!standard)
        close(fd);
    if (ok)
        ok = load_text(readings, standard ? "standard input" : path, (const char *)buffer.data,
                       length, error);
    else
        error_set(error, error_kind_of(saved), "cannot read '%s': %s", path, strerror(saved));
    buffer_free(&buffer);
    return ok;
}

void readings_free(struct readings *readings)
{
    for (size_t i = 0; i < readings->count; i++)
        free(readings->rows[i].name);
    for (size_t i = 0; i < readings->record_count; i++)
        record_free(&readings->records[i]);
    free(readings->rows);
    free(readings->records);
    *readings = (struct readings){0};
}
