#include "dataset/index_escape.h"

#include <stdint.h>
#include <string.h>

#include "dataset/index.h"

/* Length of the character that valid UTF-8 begins with, and its number; 0 when it is not valid
 * (RFC 3629: shortest form, no surrogates, up to U+10FFFF). Reads no byte behind a wrong one, and
 * so none behind the terminator. */
static size_t decode(const uint8_t *at, uint32_t *number)
{
    static const uint32_t least[5] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000};
    if (at[0] < 0x80) {
        *number = at[0];
        return 1;
    }
    size_t length = at[0] >> 5 == 0x6 ? 2 : at[0] >> 4 == 0xe ? 3 : at[0] >> 3 == 0x1e ? 4 : 0;
    if (!length)
        return 0;
    *number = at[0] & 0x7fu >> length;
    for (size_t i = 1; i < length; i++) {
        if (at[i] >> 6 != 0x2)
            return 0;
        *number = *number << 6 | (at[i] & 0x3f);
    }
    bool valid = *number >= least[length] && *number <= 0x10ffff && *number >> 11 != 0x1b;
    return valid ? length : 0;
}

/* Control characters, and the two separators that some readers take for ends of lines. */
static bool is_control(uint32_t number)
{
    return number < 0x20 || (number >= 0x7f && number < 0xa0) || number == 0x2028 ||
           number == 0x2029;
}

size_t index_escape_next(const char **path, char text[INDEX_ESCAPE_MAX])
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *at = (const uint8_t *)*path;
    uint32_t number = 0;
    size_t length = decode(at, &number), written = 0;
    bool plain = length && !is_control(number) && number != '\\';
    if (!length)
        length = 1;
    *path += length;
    if (plain) {
        memcpy(text, at, length);
        return length;
    }
    if (*at == '\\' || *at == '\n') {
        text[0] = '\\';
        text[1] = *at == '\n' ? 'n' : '\\';
        return 2;
    }
    for (size_t i = 0; i < length; i++) {
        text[written++] = '\\';
        text[written++] = 'x';
        text[written++] = digits[at[i] >> 4];
        text[written++] = digits[at[i] & 0xf];
    }
    return written;
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
