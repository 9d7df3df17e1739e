/*
 * synth_jpeg: writes JPEG into memory, with libjpeg.
 *
 * One encoder a thread, used for any number of pictures. libjpeg's long jumps stay in the .c file.
 * Knows: base/buffer, libjpeg.
 */
#ifndef PIXSCALE_DATASET_SYNTH_JPEG_H
#define PIXSCALE_DATASET_SYNTH_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct synth_jpeg;

/* Row y of a picture as four bytes a pixel, R, G, B and one that is not looked at; valid until the
 * next call. */
typedef const uint8_t *(*synth_jpeg_row_fn)(void *user, uint32_t y);

struct synth_jpeg_settings {
    uint32_t width, height;
    int quality; /* 1 … 100 */
    bool gray, half_chroma, progressive;
};

/* NULL when memory ran out. */
struct synth_jpeg *synth_jpeg_open(void);

/* Encodes a picture into `file`, which grows; *bytes becomes the file's length. NULL, or on failure
 * the reason, valid until the next call. */
const char *synth_jpeg_encode(struct synth_jpeg *jpeg, const struct synth_jpeg_settings *settings,
                              synth_jpeg_row_fn row, void *user, struct buffer *file,
                              size_t *bytes);

/* NULL is allowed. */
void synth_jpeg_close(struct synth_jpeg *jpeg);

#endif
