/*
 * escape: text of strangers made fit to be shown.
 *
 * Paths, options, names and reasons may hold any bytes. What could steer a terminal, end a line,
 * turn the direction of writing or hide itself is shown as what it is: "\n" for a newline, "\x1b"
 * for every other such byte, as for bytes that are no UTF-8. All other characters stay as they are,
 * the backslash among them: text that was escaped once is not changed by being escaped again. (The
 * index escapes backslashes as well, so that a path can be had back: dataset/index.h.) This is the
 * one place that knows which characters those are. Knows: libc.
 */
#ifndef PIXSCALE_BASE_ESCAPE_H
#define PIXSCALE_BASE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ESCAPE_MAX 16 /* a character of four bytes, each written as \xHH */

/* Length of the character that valid UTF-8 begins with, and its number; 0 when it is not valid
 * (RFC 3629: shortest form, no surrogates, up to U+10FFFF). Reads no byte behind a wrong one, and
 * so none behind the terminator. */
size_t escape_decode(const char *text, uint32_t *code);

/* Whether a character may be shown as it is. */
bool escape_is_safe(uint32_t code);

/* Writes what the next character or stray byte becomes, not terminated, and moves *text behind it;
 * not for the text's end. Returns the bytes written. */
size_t escape_next(const char **text, char unit[ESCAPE_MAX]);

/* Escapes into `out`, cut to `size` bytes with the terminator, never within an escape or a
 * character; returns the length that it has in full. */
size_t escape_text(const char *text, char *out, size_t size);

/* Length of the longest beginning of escaped text that has at most `most` bytes and ends between
 * two characters. */
size_t escape_cut(const char *text, size_t most);

/* The escaped text, which the caller frees; NULL when memory ran out. */
char *escape_copy(const char *text);

/* Prints one line: what the format gives, escaped as a whole, and a newline. */
void escape_line(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
