/*
 * Any bytes as a list of inputs, and as the index's way of writing a path.
 *
 * The first byte says whether the list is NUL separated. What the manifest makes of the list is
 * compared with a plain count of its lines; each path must survive escaping, and what escaping
 * gives must be fit to stand in a line of a table.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/index.h"
#include "dataset/manifest.h"
#include "fuzz_main.h"

/* Cuts off what does not fit, and never in the middle of an escape: what is left of a text that was
 * cut is itself the escape of a path. */
static void check_short(const char *path, const char *whole, size_t room)
{
    char *text = malloc(room), *back = malloc(room);
    require(text && back);
    require(index_escape_path(path, text, room) == strlen(whole));
    size_t length = strlen(text);
    require(length < room && strncmp(text, whole, length) == 0);
    require(index_unescape_path(text, back, room));
    require(strncmp(back, path, strlen(back)) == 0);
    free(text);
    free(back);
}

static void check_escape(const char *path)
{
    size_t length = index_escape_path(path, NULL, 0), bytes = strlen(path) + 1;
    char *text = malloc(length + 1), *back = malloc(bytes);
    require(text && back);
    require(index_escape_path(path, text, length + 1) == length && strlen(text) == length);
    for (const char *c = text; *c; c++)
        require((unsigned char)*c >= 0x20 && *c != 0x7f);
    require(index_unescape_path(text, back, bytes) && strcmp(back, path) == 0);
    if (bytes > 1)
        require(!index_unescape_path(text, back, bytes - 1));
    check_short(path, text, 1 + length / 2);
    free(text);
    free(back);
}

/* Text that nobody escaped: it is refused, or it is what escaping the answer gives. */
static void check_unescape(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *path = malloc(bytes), *again = malloc(bytes);
    require(path && again);
    if (index_unescape_path(text, path, bytes)) {
        require(index_escape_path(path, again, bytes) == bytes - 1);
        require(strcmp(again, text) == 0);
    }
    free(path);
    free(again);
}

static void check_label(const struct manifest *manifest, const struct manifest_entry *entry)
{
    require(entry->label < manifest->label_count);
    const char *label = manifest_label_name(manifest, entry->label);
    require(strstr(entry->path, label) != NULL && !strchr(label, '/'));
}

/* Finds the next line that is not empty, from *at on; false behind the last. */
static bool next_line(const char *data, size_t size, char separator, size_t *at, size_t *length)
{
    while (*at < size && data[*at] == separator)
        ++*at;
    if (*at >= size)
        return false;
    const char *end = memchr(data + *at, separator, size - *at);
    *length = end ? (size_t)(end - (data + *at)) : size - *at;
    return true;
}

static void check_manifest(const struct manifest *manifest, const char *data, size_t size,
                           char separator)
{
    size_t length = 0, at = 0, count = 0;
    for (; next_line(data, size, separator, &at, &length); at += length, count++) {
        require(count < manifest->count);
        const struct manifest_entry *entry = &manifest->entries[count];
        require(strlen(entry->path) == length && memcmp(entry->path, data + at, length) == 0);
        check_label(manifest, entry);
        check_escape(entry->path);
    }
    require(count == manifest->count);
}

static void check_list(const char *data, size_t size, bool zero)
{
    FILE *stream = fmemopen((void *)(uintptr_t)data, size, "r");
    require(stream != NULL);
    struct manifest manifest;
    struct error error = {.kind = ERROR_NONE};
    bool whole = zero || !memchr(data, 0, size);
    bool ok = manifest_read_list(&manifest, stream, zero, NULL, &error);
    fclose(stream);
    require(ok == whole);
    require(ok || (error.kind == ERROR_USAGE && manifest.count == 0));
    if (ok)
        check_manifest(&manifest, data, size, zero ? '\0' : '\n');
    manifest_free(&manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) /* fmemopen takes no empty buffer everywhere */
        return 0;
    char *text = malloc(size);
    require(text != NULL);
    memcpy(text, data + 1, size - 1);
    check_list(text, size - 1, data[0] & 1);
    text[size - 1] = '\0';
    check_escape(text);
    check_unescape(text);
    free(text);
    return 0;
}
