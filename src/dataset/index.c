#include "dataset/index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataset/index_escape.h"
#include "dataset/partial.h"

/* A million lines are some 100 MB; the buffer makes a few hundred writes of them. */
#define BUFFER_BYTES ((size_t)1 << 18)
#define REASON_BYTES 512

static const char *const formats[] = {
    [PICTURE_UNKNOWN] = "", [PICTURE_JPEG] = "jpeg", [PICTURE_PNG] = "png"};

/* RFC 4180: what holds a comma, a quote or a line end is quoted, quotes are doubled. */
static bool needs_quotes(const char *text)
{
    return strpbrk(text, ",\"\r\n") != NULL;
}

static void write_text(FILE *file, const char *text)
{
    bool quoted = needs_quotes(text);
    if (quoted)
        putc_unlocked('"', file);
    for (; *text; text++) {
        if (*text == '"')
            putc_unlocked('"', file);
        putc_unlocked(*text, file);
    }
    if (quoted)
        putc_unlocked('"', file);
}

/* Unit by unit, as there is no limit to a path's length. Line ends are escaped away and quotes and
 * commas stay as they are, so the path itself tells whether to quote. */
void index_put_path(FILE *file, const char *path)
{
    bool quoted = strpbrk(path, ",\"") != NULL;
    if (quoted)
        putc_unlocked('"', file);
    while (*path) {
        char unit[INDEX_ESCAPE_MAX];
        size_t length = index_escape_next(&path, unit);
        if (unit[0] == '"')
            putc_unlocked('"', file);
        for (size_t i = 0; i < length; i++)
            putc_unlocked(unit[i], file);
    }
    if (quoted)
        putc_unlocked('"', file);
}

static void write_number(FILE *file, uint64_t number)
{
    char digits[20], *end = digits + sizeof digits, *at = end;
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    while (at < end)
        putc_unlocked(*at++, file);
}

struct index_writer {
    FILE *file;
    char *path, *partial;
    struct index_options options;
    uint64_t row; /* of the next line that has one */
};

static void write_line(struct index_writer *writer, const struct manifest *manifest, size_t input,
                       const struct index_item *item)
{
    FILE *file = writer->file;
    bool kept = item->done && status_has_pixels(item->status);
    if (kept || !writer->options.drop_failed)
        write_number(file, writer->row++);
    putc_unlocked(',', file);
    index_put_path(file, manifest->entries[input].path);
    putc_unlocked(',', file);
    write_text(file, item->done ? status_name(item->status) : "");
    putc_unlocked(',', file);
    if (item->width)
        write_number(file, item->width);
    putc_unlocked(',', file);
    if (item->width)
        write_number(file, item->height);
    putc_unlocked(',', file);
    write_text(file, item->container <= PICTURE_PNG ? formats[item->container] : "");
    putc_unlocked(',', file);
    if (item->width)
        write_text(file, pixel_layout(item->format)->mode);
    putc_unlocked(',', file);
    write_number(file, item->bytes);
    putc_unlocked(',', file);
    char reason[REASON_BYTES];
    write_text(file, reason_text(&item->reason, reason, sizeof reason));
    if (writer->options.labels) {
        putc_unlocked(',', file);
        index_put_path(file, manifest_label_name(manifest, manifest->entries[input].label));
    }
    putc_unlocked('\n', file);
}

static bool fail(const struct index_writer *writer, struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", writer->path, strerror(errno));
}

static bool open_file(struct index_writer *writer, struct error *error)
{
    int fd = partial_create(writer->path, writer->partial, error);
    if (fd < 0)
        return false;
    writer->file = fdopen(fd, "w");
    if (!writer->file) {
        fail(writer, error);
        close(fd);
        unlink(writer->partial);
        return false;
    }
    setvbuf(writer->file, NULL, _IOFBF, BUFFER_BYTES);
    fputs("row,path,status,width,height,format,mode,bytes,reason", writer->file);
    fputs(writer->options.labels ? ",label\n" : "\n", writer->file);
    return true;
}

static void free_writer(struct index_writer *writer)
{
    free(writer->path);
    free(writer->partial);
    free(writer);
}

struct index_writer *index_begin(const char *path, const struct index_options *options,
                                 struct error *error)
{
    struct index_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        error_set(error, ERROR_OUTPUT, "not enough memory to write '%s'", path);
        return NULL;
    }
    if (options)
        writer->options = *options;
    writer->path = strdup(path);
    writer->partial = partial_name(path, PARTIAL_SUFFIX, error);
    if (!writer->path)
        error_set(error, ERROR_OUTPUT, "not enough memory to write '%s'", path);
    if (writer->path && writer->partial && open_file(writer, error))
        return writer;
    free_writer(writer);
    return NULL;
}

bool index_append(struct index_writer *writer, const struct manifest *manifest,
                  const struct index_item *items, struct error *error)
{
    /* A full disk is seen soon enough, not after the millionth line. */
    for (size_t i = 0; i < manifest->count && !ferror(writer->file); i++)
        write_line(writer, manifest, i, &items[i]);
    return !ferror(writer->file) || fail(writer, error);
}

bool index_end(struct index_writer *writer, struct error *error)
{
    bool ok = (!ferror(writer->file) && fflush(writer->file) == 0) || fail(writer, error);
    if (fclose(writer->file) != 0 && ok)
        ok = fail(writer, error);
    if (!ok)
        unlink(writer->partial);
    free_writer(writer);
    return ok;
}

void index_discard(struct index_writer *writer)
{
    if (!writer)
        return;
    unlink(writer->partial); /* while it is locked */
    fclose(writer->file);
    free_writer(writer);
}

bool index_write(const char *path, const struct manifest *manifest, const struct index_item *items,
                 const struct index_options *options, struct error *error)
{
    struct index_writer *writer = index_begin(path, options, error);
    if (!writer)
        return false;
    if (index_append(writer, manifest, items, error))
        return index_end(writer, error);
    index_discard(writer);
    return false;
}

/* Through another descriptor than the one it was written by, which Linux allows: what is synced is
 * the file, and an error of writing back that nobody has seen yet is reported here. */
bool index_sync(const char *path, struct error *error)
{
    char *partial = partial_name(path, PARTIAL_SUFFIX, error);
    if (!partial)
        return false;
    int fd = open(partial, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    bool ok = fd >= 0
                  ? partial_sync(fd, path, error)
                  : error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (!ok)
        unlink(partial);
    free(partial);
    return ok;
}

uint64_t index_mark(const char *path)
{
    struct stat st;
    char *partial = partial_name(path, PARTIAL_SUFFIX, NULL);
    uint64_t mark = partial && lstat(partial, &st) == 0 ? partial_mark(&st) : 0;
    free(partial);
    return mark;
}

/* Whether both can be read and have the same bytes. */
static bool are_same(const char *a, const char *b)
{
    struct stat st_a, st_b;
    bool same = stat(a, &st_a) == 0 && stat(b, &st_b) == 0 && st_a.st_size == st_b.st_size;
    FILE *file_a = same ? fopen(a, "re") : NULL, *file_b = same ? fopen(b, "re") : NULL;
    same = file_a && file_b;
    for (size_t got = 1; same && got > 0;) {
        char data_a[4096], data_b[4096];
        got = fread(data_a, 1, sizeof data_a, file_a);
        same = fread(data_b, 1, sizeof data_b, file_b) == got && memcmp(data_a, data_b, got) == 0 &&
               !ferror(file_a) && !ferror(file_b);
    }
    if (file_a)
        fclose(file_a);
    if (file_b)
        fclose(file_b);
    return same;
}

bool index_commit(const char *path, bool replace, struct error *error)
{
    char *partial = partial_name(path, PARTIAL_SUFFIX, error);
    bool ok =
        partial && partial_rename(partial, path, replace || are_same(partial, path), false, error);
    free(partial);
    return ok;
}

void index_abandon(const char *path)
{
    char *partial = partial_name(path, PARTIAL_SUFFIX, NULL);
    if (partial)
        unlink(partial);
    free(partial);
}
