#include "dataset/index.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void write_line(FILE *file, const struct manifest *manifest, size_t input,
                       const struct index_item *item, const struct index_options *options,
                       uint64_t *row)
{
    bool kept = item->done && status_has_pixels(item->status);
    if (kept || !options->drop_failed)
        write_number(file, (*row)++);
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
    if (options->labels) {
        putc_unlocked(',', file);
        index_put_path(file, manifest_label_name(manifest, manifest->entries[input].label));
    }
    putc_unlocked('\n', file);
}

static bool write_lines(FILE *file, const struct manifest *manifest, const struct index_item *items,
                        const struct index_options *options)
{
    fputs("row,path,status,width,height,format,mode,bytes,reason", file);
    fputs(options->labels ? ",label\n" : "\n", file);
    uint64_t row = 0;
    /* A full disk is seen soon enough, not after the millionth line. */
    for (size_t i = 0; i < manifest->count && !ferror(file); i++)
        write_line(file, manifest, i, &items[i], options, &row);
    return !ferror(file) && fflush(file) == 0;
}

static bool write_file(const char *path, const char *partial, const struct manifest *manifest,
                       const struct index_item *items, const struct index_options *options,
                       struct error *error)
{
    int fd = partial_create(path, partial, error);
    if (fd < 0)
        return false;
    bool ok = false;
    FILE *file = fdopen(fd, "w");
    if (!file) {
        error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", path, strerror(errno));
        close(fd);
    } else {
        setvbuf(file, NULL, _IOFBF, BUFFER_BYTES);
        ok = write_lines(file, manifest, items, options);
        if (!ok)
            error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", path, strerror(errno));
        if (fclose(file) != 0 && ok)
            ok = error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", path, strerror(errno));
    }
    if (!ok)
        unlink(partial);
    return ok;
}

bool index_write(const char *path, const struct manifest *manifest, const struct index_item *items,
                 const struct index_options *options, struct error *error)
{
    static const struct index_options defaults;
    char *partial = partial_name(path, PARTIAL_SUFFIX, error);
    bool ok =
        partial && write_file(path, partial, manifest, items, options ? options : &defaults, error);
    free(partial);
    return ok;
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

bool index_commit(const char *path, struct error *error)
{
    char *partial = partial_name(path, PARTIAL_SUFFIX, error);
    bool ok = partial && partial_rename(partial, path, false, error);
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
