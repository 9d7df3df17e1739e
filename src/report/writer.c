#include "report/writer.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"

static bool make_room(struct writer *writer, size_t more)
{
    if (writer->failed)
        return false;
    if (writer->size - writer->used > more)
        return true;
    size_t size = writer->size ? writer->size : 1024;
    while (size - writer->used <= more)
        size *= 2;
    char *text = realloc(writer->text, size);
    if (!text) {
        writer->failed = true;
        return false;
    }
    writer->text = text;
    writer->size = size;
    return true;
}

static void append(struct writer *writer, const char *text, size_t length)
{
    if (!make_room(writer, length))
        return;
    memcpy(writer->text + writer->used, text, length);
    writer->used += length;
    writer->text[writer->used] = '\0';
}

void writer_text(struct writer *writer, const char *text)
{
    append(writer, text, strlen(text));
}

void writer_print(struct writer *writer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0 || !make_room(writer, (size_t)length)) {
        writer->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(writer->text + writer->used, (size_t)length + 1, format, args);
    va_end(args);
    writer->used += (size_t)length;
}

void writer_number(struct writer *writer, double value, int digits)
{
    if (isfinite(value))
        writer_print(writer, "%.*g", digits, value);
    else
        writer_text(writer, "NaN");
}

/* Reads one character of UTF-8. Returns its bytes, or 0 where there is no valid character: overlong
 * forms, surrogates and what lies above U+10FFFF count as invalid (RFC 3629). */
static size_t decode(const char *text, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *byte = (const unsigned char *)text;
    size_t length = byte[0] < 0x80             ? 1
                    : (byte[0] & 0xe0) == 0xc0 ? 2
                    : (byte[0] & 0xf0) == 0xe0 ? 3
                    : (byte[0] & 0xf8) == 0xf0 ? 4
                                               : 0;
    if (length <= 1) {
        *code = byte[0];
        return length;
    }
    *code = byte[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (byte[i] & 0x3f);
    }
    bool wrong = *code < least[length] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff);
    return wrong ? 0 : length;
}

/* Controls (also those above ASCII), what turns the direction of writing or begins a line, and what
 * XML does not know: shown by their numbers, never passed on. */
static bool is_unsafe(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code & 0xfffe) == 0xfffe;
}

typedef void (*emit_fn)(struct writer *writer, const char *text, size_t length);

/* Hands the text on character by character, safe ones as they are, others as visible escapes. */
static void clean(struct writer *writer, const char *text, size_t limit, emit_fn emit)
{
    size_t count = 0;
    while (text && *text) {
        uint32_t code;
        size_t length = decode(text, &code);
        char escape[16];
        if (limit && ++count >= limit && text[length ? length : 1]) {
            append(writer, ELLIPSIS, strlen(ELLIPSIS));
            return;
        }
        if (length && !is_unsafe(code)) {
            emit(writer, text, length);
        } else {
            snprintf(escape, sizeof escape, length > 1 ? "\\u%04X" : "\\x%02X",
                     length ? code : (unsigned char)*text);
            append(writer, escape, strlen(escape));
        }
        text += length ? length : 1;
    }
}

static void emit_quoted(struct writer *writer, const char *text, size_t length)
{
    if (*text == '\'')
        append(writer, "''", 2);
    else
        append(writer, text, length);
}

static void emit_html(struct writer *writer, const char *text, size_t length)
{
    switch (*text) {
    case '&':
        append(writer, "&amp;", 5);
        break;
    case '<':
        append(writer, "&lt;", 4);
        break;
    case '>':
        append(writer, "&gt;", 4);
        break;
    case '"':
        append(writer, "&quot;", 6);
        break;
    case '\'':
        append(writer, "&#39;", 5);
        break;
    default:
        append(writer, text, length);
    }
}

void writer_quote(struct writer *writer, const char *text, size_t limit)
{
    append(writer, "'", 1);
    clean(writer, text, limit, emit_quoted);
    append(writer, "'", 1);
}

void writer_html(struct writer *writer, const char *text)
{
    clean(writer, text, 0, emit_html);
}

void writer_plain(struct writer *writer, const char *text, size_t limit)
{
    clean(writer, text, limit, append);
}

char *writer_take(struct writer *writer)
{
    append(writer, "", 0); /* an empty text is a text, too */
    char *text = writer->failed ? NULL : writer->text;
    if (writer->failed)
        free(writer->text);
    *writer = (struct writer){0};
    return text;
}

void writer_free(struct writer *writer)
{
    free(writer->text);
    *writer = (struct writer){0};
}
