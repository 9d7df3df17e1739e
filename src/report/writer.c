#include "report/writer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

#define ELLIPSIS   "\xe2\x80\xa6"
#define APOSTROPHE "\xe2\x80\x99"

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

typedef void (*emit_fn)(struct writer *writer, const char *text, size_t length);

/* Hands the text on in units: characters as they are, or what they are escaped to. */
static void clean(struct writer *writer, const char *text, size_t limit, emit_fn emit)
{
    size_t count = 0;
    while (text && *text) {
        char unit[ESCAPE_MAX];
        size_t length = escape_next(&text, unit);
        if (limit && ++count >= limit && *text) {
            append(writer, ELLIPSIS, strlen(ELLIPSIS));
            return;
        }
        emit(writer, unit, length);
    }
}

/* gnuplot writes a > to SVG as it is; behind ]] it makes a figure that no reader of XML takes. */
static void emit_quoted(struct writer *writer, const char *text, size_t length)
{
    bool ends = *text == '>' && writer->used >= 2 && !writer->failed &&
                memcmp(writer->text + writer->used - 2, "]]", 2) == 0;
    if (*text == '\'')
        append(writer, "''", 2);
    else if (ends)
        append(writer, " >", 2);
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
    if (text &&
        *text == '\'') { /* gnuplot 5.4 takes the three quotes for an empty string and one */
        append(writer, APOSTROPHE, strlen(APOSTROPHE));
        text++;
        limit -= limit > 1;
    }
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
