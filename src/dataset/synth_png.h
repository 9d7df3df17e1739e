/*
 * synth_png: writes PNG into memory, with libspng.
 *
 * Rows come in the file's own format, palette indices packed. Knows: base/buffer, libspng.
 */
#ifndef PIXSCALE_DATASET_SYNTH_PNG_H
#define PIXSCALE_DATASET_SYNTH_PNG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "dataset/synth_palette.h"

/* Row y of a picture in the file's format; valid until the next call. */
typedef const uint8_t *(*synth_png_row_fn)(void *user, uint32_t y);

struct synth_png_settings {
    uint32_t width, height;
    uint8_t channels; /* of a picture without palette: 1 gray, 3 RGB, 4 RGBA; 8 bits each */
    uint8_t depth;    /* bits a palette index, with a palette */
    const struct synth_palette *palette; /* or NULL; a tRNS chunk is written when it has alpha */
};

/* Bytes of a row. */
size_t synth_png_row_bytes(const struct synth_png_settings *settings);

/* Encodes a picture into `file`, which grows; *bytes becomes the file's length. NULL, or on failure
 * the reason. */
const char *synth_png_encode(const struct synth_png_settings *settings, synth_png_row_fn row,
                             void *user, struct buffer *file, size_t *bytes);

#endif
