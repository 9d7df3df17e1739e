/*
 * baseline: ordinary JPEG pictures, faster than libjpeg-turbo and with its bytes.
 *
 * Nearly all JPEG files are of one kind: baseline, Huffman coded, three components in one scan (or
 * one alone), the chroma at full or half size. For these alone there is a decoder here. libjpeg has
 * read the header before; of the scan it gets to see nothing unless something in it surprises:
 * damage, an end too early, an unusual code. Then the picture goes to libjpeg from its first row
 * on, and its pixels, warnings and errors count. So there is no error to report in this room, only
 * "not mine".
 *
 * A picture that is wanted smaller comes of smaller IDCTs, as libjpeg has them; where only the
 * first coefficient of each block counts, the others are but counted.
 *
 * Rows come as they are pulled; what is held is one or two rows of MCUs. Rows are handed out no
 * earlier than libjpeg would: when it finds damage, it has not yet got behind what was handed out.
 * Knows: base/buffer.h.
 */
#ifndef PIXSCALE_IMAGE_BASELINE_H
#define PIXSCALE_IMAGE_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/baseline_huffman.h"
#include "image/baseline_kernels.h"

/* A picture as its header describes it. */
struct baseline_frame {
    uint32_t width, height;
    unsigned restart_interval; /* MCUs, 0: none */
    unsigned eighths;          /* of its sides at which it is wanted: 1, 2, 4 or 8 */
    unsigned components;       /* 1: gray; 3: Y, Cb, Cr */
    struct baseline_component {
        unsigned across, down;         /* sampling factors; a lone one's only say how rows come */
        const uint16_t *quant;         /* 64 values in natural order */
        unsigned dc_number, ac_number; /* of its tables in the file */
        struct baseline_code dc, ac;
    } component[3];
};

struct baseline;

/* For one thread, picture after picture. NULL when memory ran out, or where the variant of kernels
 * is not usable. */
struct baseline *baseline_new(const struct baseline_kernels *kernels);
void baseline_free(struct baseline *baseline);

/* Starts a picture whose scan data begins at `data`, which must stay. False if it is not to be
 * decoded here, or memory ran out. */
bool baseline_begin(struct baseline *baseline, const struct baseline_frame *frame,
                    const uint8_t *data, size_t size);

/* Writes the next `count` rows, RGB or gray, each at least 64 bytes longer than its pixels; there
 * must be so many left. Returns how many were written before a surprise: with less than `count` the
 * picture is not to be gone on with here. */
unsigned baseline_rows(struct baseline *baseline, uint8_t *const row[], unsigned count);

/* Ends a picture: gives back what an unusually wide one has taken. */
void baseline_end(struct baseline *baseline);

#endif
