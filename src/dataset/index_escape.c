#include "dataset/index_escape.h"

#include <stdlib.h>
#include <string.h>

#include "dataset/index.h"

size_t index_escape_next(const char **path, char text[INDEX_ESCAPE_MAX])
{
    if (**path != '\\')
        return escape_next(path, text);
    text[0] = text[1] = *(*path)++;
    return 2;
}

size_t index_escape_path(const char *path, char *text, size_t size)
{
    size_t length = 0;
    if (size)
        *text = '\0';
    while (*path) {
        char unit[INDEX_ESCAPE_MAX];
        size_t n = index_escape_next(&path, unit);
        if (length + n < size) {
            memcpy(text + length, unit, n);
            text[length + n] = '\0';
        } else {
            /* Whole units only, and nothing behind the first that did not fit. */
            size = 0;
        }
        length += n;
    }
    return length;
}

char *index_escape_copy(const char *path)
{
    size_t size = index_escape_path(path, NULL, 0) + 1;
    char *copy = malloc(size);
    if (copy)
        index_escape_path(path, copy, size);
    return copy;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of a path from the escape behind a backslash; its length, or 0 when it is none. */
static size_t read_escape(const char *text, char *byte)
{
    if (*text == 'n' || *text == '\\') {
        *byte = *text == 'n' ? '\n' : '\\';
        return 1;
    }
    if (*text != 'x' || hex_digit(text[1]) < 0 || hex_digit(text[2]) < 0)
        return 0;
    *byte = (char)(hex_digit(text[1]) << 4 | hex_digit(text[2]));
    return *byte ? 3 : 0;
}

bool index_unescape_path(const char *text, char *path, size_t size)
{
    const char *at = text;
    size_t length = 0;
    while (*at) {
        if (length + 1 >= size)
            return false;
        if (*at != '\\') {
            path[length++] = *at++;
            continue;
        }
        size_t n = read_escape(at + 1, &path[length]);
        if (!n)
            return false;
        at += 1 + n;
        length++;
    }
    if (!size)
        return false;
    path[length] = '\0';
    /* Only what escaping this very path gives: "\x41" for an A is somebody else's writing. */
    const char *rest = path;
    while (*rest) {
        char unit[INDEX_ESCAPE_MAX];
        size_t n = index_escape_next(&rest, unit);
        if (strncmp(text, unit, n) != 0)
            return false;
        text += n;
    }
    return *text == '\0';
}
