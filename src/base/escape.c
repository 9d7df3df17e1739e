#include "base/escape.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A line takes memory only when it is longer, as with a long path. */
#define LINE_ROOM 2048

size_t escape_decode(const char *text, uint32_t *code)
{
    static const uint32_t least[5] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000};
    const uint8_t *at = (const uint8_t *)text;
    if (at[0] < 0x80) {
        *code = at[0];
        return 1;
    }
    size_t length = at[0] >> 5 == 0x6 ? 2 : at[0] >> 4 == 0xe ? 3 : at[0] >> 3 == 0x1e ? 4 : 0;
    if (!length)
        return 0;
    *code = at[0] & 0x7fu >> length;
    for (size_t i = 1; i < length; i++) {
        if (at[i] >> 6 != 0x2)
            return 0;
        *code = *code << 6 | (at[i] & 0x3f);
    }
    bool valid = *code >= least[length] && *code <= 0x10ffff && *code >> 11 != 0x1b;
    return valid ? length : 0;
}

bool escape_is_safe(uint32_t code)
{
    /* Controls of seven and eight bits; marks, embeddings, overrides and isolates of direction;
     * characters without a shape; separators of lines; what is no character, which XML refuses;
     * tags, which are text that nobody sees. */
    static const struct {
        uint32_t first, last;
    } unsafe[] = {{0, 0x1f},        {0x7f, 0x9f},      {0x61c, 0x61c},   {0x200b, 0x200f},
                  {0x2028, 0x202e}, {0x2060, 0x206f},  {0xfdd0, 0xfdef}, {0xfeff, 0xfeff},
                  {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
        if (code >= unsafe[i].first && code <= unsafe[i].last)
            return false;
    return (code & 0xfffe) != 0xfffe;
}

size_t escape_next(const char **text, char unit[ESCAPE_MAX])
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *at = (const uint8_t *)*text;
    uint32_t code = 0;
    size_t length = escape_decode(*text, &code), written = 0;
    bool plain = length && escape_is_safe(code);
    if (!length)
        length = 1;
    *text += length;
    if (plain) {
        memcpy(unit, at, length);
        return length;
    }
    if (*at == '\n') {
        memcpy(unit, "\\n", 2);
        return 2;
    }
    for (size_t i = 0; i < length; i++) {
        unit[written++] = '\\';
        unit[written++] = 'x';
        unit[written++] = digits[at[i] >> 4];
        unit[written++] = digits[at[i] & 0xf];
    }
    return written;
}

size_t escape_text(const char *text, char *out, size_t size)
{
    size_t length = 0;
    if (size)
        *out = '\0';
    while (*text) {
        char unit[ESCAPE_MAX];
        size_t n = escape_next(&text, unit);
        if (length + n < size) {
            memcpy(out + length, unit, n);
            out[length + n] = '\0';
        } else {
            /* Whole units only, and nothing behind the first that did not fit. */
            size = 0;
        }
        length += n;
    }
    return length;
}

size_t escape_cut(const char *text, size_t most)
{
    size_t length = strnlen(text, most + 1);
    if (length <= most)
        return length;
    length = most;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}

char *escape_copy(const char *text)
{
    size_t size = escape_text(text, NULL, 0) + 1;
    char *copy = malloc(size);
    if (copy)
        escape_text(text, copy, size);
    return copy;
}

void escape_line(FILE *stream, const char *format, ...)
{
    char room[LINE_ROOM], unit[ESCAPE_MAX], *line = NULL;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(room, sizeof room, format, args);
    va_end(args);
    if (length >= LINE_ROOM) {
        va_start(args, format);
        if (vasprintf(&line, format, args) < 0)
            line = NULL; /* its beginning must do */
        va_end(args);
    }
    for (const char *at = line ? line : room; *at;)
        fwrite(unit, 1, escape_next(&at, unit), stream);
    fputc('\n', stream);
    free(line);
}
