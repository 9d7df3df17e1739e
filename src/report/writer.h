/*
 * writer: text that grows, for scripts and pages that hold text of strangers.
 *
 * Names, commands and reasons in records may hold anything. Whatever stems from them goes through
 * one of the writers below that make it data: writer_quote for gnuplot, writer_html for pages.
 * Running out of memory is remembered and shows at the end, in writer_take. Knows: base/escape.h.
 */
#ifndef PIXSCALE_REPORT_WRITER_H
#define PIXSCALE_REPORT_WRITER_H

#include <stdbool.h>
#include <stddef.h>

struct writer {
    char *text; /* ends with a NUL; NULL while empty */
    size_t used, size;
    bool failed;
};

/* As printf, in the C locale that the program never leaves. */
void writer_print(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The text as it is. Only for text of our own. */
void writer_text(struct writer *writer, const char *text);

/* A number with `digits` significant digits as gnuplot and people read it; "NaN" for what is not
 * finite. */
void writer_number(struct writer *writer, double value, int digits);

/* The text as one gnuplot string in single quotes, in which nothing has a meaning but the quote
 * (and "]]>" to the XML that is drawn of it: it becomes "]] >"). A quote at the beginning becomes
 * an apostrophe of type. At most `limit` characters, the last one then an ellipsis (0: no limit).
 * NULL is empty. */
void writer_quote(struct writer *writer, const char *text, size_t limit);

/* The text with &, <, >, " and ' as references: for text and for attributes. */
void writer_html(struct writer *writer, const char *text);

/* As plain text for a terminal: no control character survives. `limit` as above. */
void writer_plain(struct writer *writer, const char *text, size_t limit);

/* The finished text, which the caller frees, or NULL if memory ran out. The writer is empty then.
 */
char *writer_take(struct writer *writer);

void writer_free(struct writer *writer);

#endif
