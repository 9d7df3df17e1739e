/*
 * The items are written by hand: as JSON values in memory a million of them took 300 MB, as text
 * they take 60.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/json_memory.h"
#include "base/text.h"
#include "profile/record.h"
#include "profile/record_fields.h"

/* Enough to tell milliseconds of weeks; all digits of a double would show 0.1 as
 * 0.10000000000000001.
 */
#define REAL_DIGITS 15

/* Text of foreign origin may be no UTF-8, which JSON cannot hold: it is then escaped. */
static json_t *text_json(const char *text)
{
    json_t *value = json_string(text);
    if (value)
        return value;
    char *plain = escape_copy(text);
    value = plain ? json_string(plain) : NULL;
    free(plain);
    return value;
}

/* Whether there is anything to write: NULL for no, as for no memory (*ok is then false). */
static json_t *field_json(const struct record *record, const struct record_field *field, bool *ok)
{
    const void *at = (const char *)record + field->offset;
    json_t *value = NULL;
    bool known = true;
    if (field->type == RECORD_TEXT) {
        const char *text = *(char *const *)at;
        known = text != NULL;
        value = text ? text_json(text) : NULL;
    } else if (field->type == RECORD_FLAG) {
        value = json_boolean(*(const bool *)at);
    } else if (field->type == RECORD_REAL) {
        double number = *(const double *)at;
        known = number >= 0 && isfinite(number);
        value = known ? json_real(number) : NULL;
    } else {
        int64_t number = *(const int64_t *)at;
        known = number >= 0;
        value = known ? json_integer(number) : NULL;
    }
    *ok &= value || !known;
    return value;
}

/* The object of that name within `root`, made when it is missing. */
static json_t *object_in(json_t *root, const char *name)
{
    if (!name)
        return root;
    if (!json_object_get(root, name))
        json_object_set_new(root, name, json_object());
    return json_object_get(root, name);
}

static json_t *phases_json(const struct record *record)
{
    json_t *list = json_array();
    for (size_t i = 0; i < record->phase_count; i++) {
        const struct record_phase *phase = &record->phases[i];
        json_array_append_new(list, json_pack("{s:o, s:s, s:I}", "name", text_json(phase->name),
                                              "kind", phase->parallel ? "parallel" : "serial",
                                              "wall_ns", (json_int_t)phase->wall_ns));
    }
    return list;
}

static json_t *threads_json(const struct record *record)
{
    json_t *list = json_array();
    for (size_t i = 0; i < record->thread_count; i++) {
        const struct record_thread *thread = &record->threads[i];
        json_t *stages = json_object();
        for (int s = 0; s < STAGE_DISPATCH; s++)
            json_object_set_new(stages, stages_name((enum stage)s),
                                json_integer(thread->stage_ns[s]));
        json_array_append_new(
            list, json_pack("{s:I, s:o, s:I, s:I, s:I, s:I}", "items", (json_int_t)thread->items,
                            "stage_ns", stages, "dispatch_ns", (json_int_t)thread->dispatch_ns,
                            "busy_ns", (json_int_t)thread->busy_ns, "idle_ns",
                            (json_int_t)thread->idle_ns, "cpu_ns", (json_int_t)thread->cpu_ns));
    }
    return list;
}

/* All but the items. NULL when memory ran out, which shows as a list that came out too short. */
static json_t *head_json(const struct record *record)
{
    json_t *root = json_object();
    bool ok = json_object_set_new(root, "schema", json_string(RECORD_SCHEMA)) == 0;
    for (const struct record_field *f = record_fields; f->name; f++) {
        json_t *value = field_json(record, f, &ok);
        if (value)
            ok &= json_object_set_new(object_in(root, f->object), f->name, value) == 0;
    }
    if (record->phase_count) {
        json_t *list = phases_json(record);
        ok &= json_array_size(list) == record->phase_count;
        ok &= json_object_set_new(root, "phases", list) == 0;
    }
    if (record->threads) {
        json_t *list = threads_json(record);
        ok &= json_array_size(list) == record->thread_count;
        ok &= json_object_set_new(root, "threads", list) == 0;
    }
    if (ok)
        return root;
    json_decref(root);
    return NULL;
}

/* A list of one number of each item, `offset` bytes into it. */
static void write_column(const struct record *record, const char *name, size_t offset, FILE *stream)
{
    fprintf(stream, "\"%s\":[", name);
    for (size_t i = 0; i < record->item_count; i++) {
        const void *at = (const char *)&record->item[i] + offset;
        fprintf(stream, "%s%" PRId64, i ? "," : "", *(const int64_t *)at);
    }
    fputc(']', stream);
}

static void write_items(const struct record *record, FILE *stream)
{
    static const struct {
        const char *name;
        size_t offset;
    } columns[] = {{"row", offsetof(struct record_item, row)},
                   {"thread", offsetof(struct record_item, thread)},
                   {"cost", offsetof(struct record_item, cost)},
                   {"start_ns", offsetof(struct record_item, start_ns)}};
    fputs(",\"items\":{", stream);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        write_column(record, columns[i].name, columns[i].offset, stream);
        fputc(',', stream);
    }
    fputs("\"stage_ns\":{", stream);
    for (size_t s = 0; s < STAGE_DISPATCH; s++) {
        size_t offset = offsetof(struct record_item, stage_ns) + s * sizeof(int64_t);
        if (s)
            fputc(',', stream);
        write_column(record, stages_name((enum stage)s), offset, stream);
    }
    fputs("}}", stream);
}

/* The whole line with its end, to be freed; NULL without memory. */
static char *make_line(const struct record *record, size_t *length)
{
    json_memory_watch();
    json_t *root = head_json(record);
    char *head = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS)) : NULL;
    json_decref(root);
    if (!head || json_memory_failed()) {
        free(head);
        return NULL;
    }
    char *line = NULL;
    FILE *stream = open_memstream(&line, length);
    if (stream) {
        fwrite(head, 1, strlen(head) - 1, stream); /* its brace comes last */
        if (record->item)
            write_items(record, stream);
        fputs("}\n", stream);
        line = text_close(stream, &line);
    }
    free(head);
    return line;
}

/* write(2) takes at most 2 GB and may be cut short by a full disk or a signal. */
static bool write_whole(int fd, const char *data, size_t length)
{
    while (length) {
        ssize_t done = write(fd, data, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? EIO : errno;
            return false;
        }
        data += done;
        length -= (size_t)done;
    }
    return true;
}

static bool lock(int fd)
{
    int rc;
    do
        rc = flock(fd, LOCK_EX);
    while (rc < 0 && errno == EINTR);
    /* Some network file systems have no locks; one write(2) to its end must do there. */
    return rc == 0 || errno == ENOLCK || errno == EOPNOTSUPP || errno == EINVAL;
}

/* Whether the file ends within a line. Pipes and devices have no last line. */
static bool ends_cut(int fd)
{
    struct stat st;
    char last = '\n';
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
           pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n';
}

static bool write_line(const struct record *record, int fd, const char *name, struct error *error)
{
    size_t length;
    char *line = make_line(record, &length);
    if (!line)
        return error_set(error, ERROR_OUTPUT, "%s: no memory for the record", name);
    bool ok =
        lock(fd) && (!ends_cut(fd) || write_whole(fd, "\n", 1)) && write_whole(fd, line, length);
    if (!ok)
        error_set(error, ERROR_OUTPUT, "%s: cannot write the record: %s", name, strerror(errno));
    flock(fd, LOCK_UN);
    free(line);
    return ok;
}

bool record_write(const struct record *record, FILE *stream, struct error *error)
{
    if (fflush(stream) != 0)
        return error_set(error, ERROR_OUTPUT, "cannot write records: %s", strerror(errno));
    return write_line(record, fileno(stream), "records", error);
}

bool record_append(const struct record *record, const char *path, struct error *error)
{
    int fd;
    do /* readable, to see how the last line ends */
        fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return error_set(error, ERROR_OUTPUT, "%s: cannot open it for records: %s", path,
                         strerror(errno));
    bool ok = write_line(record, fd, path, error);
    if (close(fd) < 0 && errno != EINTR && ok)
        ok = error_set(error, ERROR_OUTPUT, "%s: cannot write the record: %s", path,
                       strerror(errno));
    return ok;
}
