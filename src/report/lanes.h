/*
 * lanes: a timeline in characters, a lane for each thread or thing, time to the right.
 *
 * For the terminal and for preformatted text of a page, where a drawing by gnuplot would be too
 * much: what was done when, by whom, and who waited. Blocks are Unicode's when `ascii` is false.
 * Knows: report/writer.h.
 */
#ifndef PIXSCALE_REPORT_LANES_H
#define PIXSCALE_REPORT_LANES_H

#include <stdbool.h>
#include <stddef.h>

#include "report/writer.h"

struct lanes_span {
    int lane;
    double start, end; /* in units of the axis */
    const char *label; /* written into the span where it fits; may be NULL */
    int shade;         /* 0…3: spans that must be told apart have different ones */
};

struct lanes {
    const char *const *names; /* [count] at the left of the lanes */
    int count;
    const struct lanes_span *spans; /* [span_count]; of one lane they may touch, not overlap */
    size_t span_count;
    double end;       /* of the axis, which begins at 0 */
    const char *unit; /* "minutes": stands at the axis */
    int columns;      /* of the whole drawing, at least 40 */
    bool ascii;
};

/* The lanes and below them an axis with round numbers. Every line ends with a newline. */
void lanes_draw(struct writer *writer, const struct lanes *lanes);

#endif
