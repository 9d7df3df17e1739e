/*
 * row_format: a finished picture of bytes to the row that the array holds, and the sums over
 * pictures.
 *
 * Knows: base.
 */
#ifndef PIXSCALE_PIPELINE_ROW_FORMAT_H
#define PIXSCALE_PIPELINE_ROW_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct row_format {
    uint32_t width, height;
    unsigned channels;   /* 1 or 3 */
    bool chw;            /* channel planes instead of interleaved pixels */
    bool f32;            /* float32 by `table` instead of bytes */
    float table[3][256]; /* sample → value, a channel each */
};

/* Fills the table: v = u/255, then (v - mean)/std, each step rounded to float32 as NumPy does. */
void row_format_scale(struct row_format *format, const float mean[3], const float std[3]);

/* Bytes of a row. */
size_t row_format_bytes(const struct row_format *format);

/* True when the picture's bytes are the row as they are: no row_format_encode is needed. */
bool row_format_is_identity(const struct row_format *format);

/* Writes the row of a picture of height × width × channels interleaved bytes. */
void row_format_encode(const struct row_format *format, const uint8_t *picture, void *row);

#endif
