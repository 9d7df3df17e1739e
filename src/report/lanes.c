#include "report/lanes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LEAST_COLUMNS 40
#define MOST_NAME     24
#define MOST_COLUMNS  512
#define SHADES        4
#define LEAST_GAP     8 /* columns between two numbers of the axis */

static const char ascii_fill[SHADES + 1] = "#=+-";
static const char *const block_fill[SHADES] = {"\xe2\x96\x88", "\xe2\x96\x93", "\xe2\x96\x92",
                                               "\xe2\x96\x91"};

/* The drawing's measures: names, a bar, then `width` columns for the time from 0 to `end`. */
struct frame {
    int name, width;
    double end;
};

/* Columns of a name, not bytes: what continues a UTF-8 character takes none. */
static int columns_of(const char *text)
{
    int columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

/* The name as it is shown: cleaned, which may lengthen it, and at most MOST_NAME columns. NULL
 * without memory. */
static char *name_of(const struct lanes *lanes, int lane)
{
    for (size_t limit = MOST_NAME;; limit--) {
        struct writer plain = {0};
        writer_plain(&plain, lanes->names[lane], limit);
        char *text = writer_take(&plain);
        if (!text || limit == 1 || columns_of(text) <= MOST_NAME)
            return text;
        free(text);
    }
}

static struct frame frame_of(const struct lanes *lanes)
{
    struct frame frame = {.end = lanes->end > 0 && isfinite(lanes->end) ? lanes->end : 1};
    for (int i = 0; i < lanes->count; i++) {
        char *name = name_of(lanes, i);
        int columns = name ? columns_of(name) : 0;
        frame.name = columns > frame.name ? columns : frame.name;
        free(name);
    }
    int columns = lanes->columns > LEAST_COLUMNS ? lanes->columns : LEAST_COLUMNS;
    columns = columns < MOST_COLUMNS ? columns : MOST_COLUMNS;
    frame.width = columns - frame.name - 3; /* a space, and a bar on either side */
    return frame;
}

static int column_of(const struct frame *frame, double at)
{
    double column = round(at / frame->end * frame->width);
    return column < 0 ? 0 : column > frame->width ? frame->width : (int)column;
}

/* Both ends are rounded to the nearest column, so that spans that touch still do. One that is
 * shorter than a column is shown in one all the same, if that is free. */
static void place(const struct frame *frame, const struct lanes_span *span, int taken, int *from,
                  int *to)
{
    *from = column_of(frame, span->start);
    *to = column_of(frame, span->end);
    if (*from == frame->width)
        --*from;
    *from = *from > taken ? *from : taken;
    if (*to <= *from && *from < frame->width)
        *to = *from + 1;
}

static int shade_of(const struct lanes_span *span)
{
    return span->shade >= 0 && span->shade < SHADES ? span->shade : 0;
}

/* "###toast 1###": the label in the middle with a space on either side, if it fits. */
static void put_span(struct writer *writer, const struct lanes *lanes,
                     const struct lanes_span *span, int width)
{
    int label = span->label ? columns_of(span->label) : 0, shade = shade_of(span);
    bool fits = label > 0 && label + 4 <= width;
    int before = fits ? (width - label - 2) / 2 : width;
    for (int column = 0; column < width; column++) {
        if (fits && column == before) {
            writer_print(writer, " %s ", span->label);
            column += label + 1;
            continue;
        }
        if (lanes->ascii)
            writer_print(writer, "%c", ascii_fill[shade]);
        else
            writer_text(writer, block_fill[shade]);
    }
}

/* The span of the lane that begins first of those not drawn yet, or NULL. */
static const struct lanes_span *next_span(const struct lanes *lanes, int lane,
                                          const struct lanes_span *last)
{
    const struct lanes_span *best = NULL;
    for (size_t i = 0; i < lanes->span_count; i++) {
        const struct lanes_span *span = &lanes->spans[i];
        bool later =
            !last || span->start > last->start || (span->start == last->start && span > last);
        if (span->lane == lane && later && (!best || span->start < best->start))
            best = span;
    }
    return best;
}

static void put_blanks(struct writer *writer, int count)
{
    writer_print(writer, "%*s", count > 0 ? count : 0, "");
}

static void put_lane(struct writer *writer, const struct lanes *lanes, const struct frame *frame,
                     int lane)
{
    const char *bar = lanes->ascii ? "|" : "\xe2\x94\x82";
    char *name = name_of(lanes, lane);
    put_blanks(writer, frame->name - (name ? columns_of(name) : 0));
    writer_print(writer, "%s %s", name ? name : "", bar);
    free(name);
    int column = 0;
    for (const struct lanes_span *span = next_span(lanes, lane, NULL); span;
         span = next_span(lanes, lane, span)) {
        int from, to;
        place(frame, span, column, &from, &to);
        if (to <= from)
            continue;
        put_blanks(writer, from - column);
        put_span(writer, lanes, span, to - from);
        column = to;
    }
    put_blanks(writer, frame->width - column);
    writer_print(writer, "%s\n", bar);
}

/* A round step (1, 2 or 5 times a power of ten) of which as many as fit are shown. */
static double step_of(const struct frame *frame)
{
    static const double nice[] = {1, 2, 5, 10};
    double least = frame->end * LEAST_GAP / frame->width;
    double decade = pow(10, floor(log10(least)));
    for (size_t i = 0; i < sizeof nice / sizeof *nice; i++)
        if (nice[i] * decade >= least * (1 - 1e-9))
            return nice[i] * decade;
    return 10 * decade;
}

/* The line with a mark at each number, and the numbers below it. */
static void put_axis(struct writer *writer, const struct lanes *lanes, const struct frame *frame)
{
    double step = step_of(frame);
    const char *line = lanes->ascii ? "-" : "\xe2\x94\x80",
               *mark = lanes->ascii ? "+" : "\xe2\x94\xb4";
    const char *left = lanes->ascii ? "+" : "\xe2\x94\x94",
               *right = lanes->ascii ? "+" : "\xe2\x94\x98";
    put_blanks(writer, frame->name + 1);
    writer_text(writer, left);
    int next = 1;
    for (int column = 1; column <= frame->width; column++) {
        bool at = column == column_of(frame, next * step) && next * step <= frame->end * (1 + 1e-9);
        writer_text(writer, at && column < frame->width ? mark : line);
        next += at;
    }
    writer_print(writer, "%s\n", right);
    put_blanks(writer, frame->name + 1);
    int used = 0; /* columns since the left end of the axis */
    for (int i = 0; i * step <= frame->end * (1 + 1e-9); i++) {
        char number[32];
        int length = snprintf(number, sizeof number, "%g", i * step);
        int from = column_of(frame, i * step) - (i > 0 ? (length - 1) / 2 : 0);
        if (from < used || from + length > frame->width + 2)
            continue;
        put_blanks(writer, from - used);
        writer_text(writer, number);
        used = from + length;
    }
    writer_text(writer, "\n");
    put_blanks(writer, frame->name + 1);
    put_blanks(writer, (frame->width + 2 - columns_of(lanes->unit)) / 2);
    writer_print(writer, "%s\n", lanes->unit);
}

void lanes_draw(struct writer *writer, const struct lanes *lanes)
{
    struct frame frame = frame_of(lanes);
    for (int lane = 0; lane < lanes->count; lane++)
        put_lane(writer, lanes, &frame, lane);
    put_axis(writer, lanes, &frame);
}
