/*
 * resize: the resampler, fed with strips of rows from top to bottom.
 *
 * Pillow's two passes are fused: each source row goes through the horizontal pass once, its 8-bit
 * result is added into the int32 sums of the few output rows that it touches, and a finished output
 * row is rounded and stored. Integer sums do not depend on their order, so the bytes are Pillow's,
 * and no more than a few rows are ever held. For turned pictures (EXIF 5 to 8) the passes swap:
 * vertical sums over the full width first, then the horizontal pass over the finished row, which is
 * one column of the output.
 * Knows: base, image/taps.h, image/geometry.h, image/resize_kernels.h.
 */
#ifndef PIXSCALE_IMAGE_RESIZE_H
#define PIXSCALE_IMAGE_RESIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/geometry.h"
#include "image/taps.h"

struct resize;

/* Per-thread state with its buffers and taps cache; NULL when memory ran out. */
struct resize *resize_new(void);
void resize_free(struct resize *resize);

/* Gives back all buffers and tables, between two pictures. */
void resize_forget(struct resize *resize);

struct resize_job {
    uint32_t width, height; /* the source as stored, pixels */
    uint8_t channels;       /* of the source rows: 1 or 3 */
    enum taps_filter filter;
    struct geometry_turn turn;
    struct geometry_place place; /* box in upright source pixels, size and corner in the output */
    uint8_t *out;                /* first sample of the output picture, channels interleaved */
    size_t out_stride;           /* bytes from one output row to the next */
};

/* Begins a picture. False when memory ran out. */
bool resize_begin(struct resize *resize, const struct resize_job *job);

/* Takes the next `count` rows of the source, each width × channels bytes that may be read up to 64
 * bytes further. Rows that no output needs cost next to nothing. */
void resize_rows(struct resize *resize, const uint8_t *const row[], unsigned count);

#endif
