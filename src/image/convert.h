/*
 * convert: rows of any pixel format to rows of RGB or of one gray channel, as Pillow's convert().
 *
 * Pictures whose channels are all equal travel as one channel, a third of the work of resampling;
 * the caller replicates at the end, which gives the same bytes.
 * Knows: base, image/pixel.h.
 */
#ifndef PIXSCALE_IMAGE_CONVERT_H
#define PIXSCALE_IMAGE_CONVERT_H

#include "image/pixel.h"

struct convert_options {
    bool luma;  /* --mode l: one channel out, ITU-R 601 luma in 16.16 as Pillow */
    bool blend; /* --alpha COLOR: lay the picture over `background`; else alpha is dropped */
    uint8_t background[3]; /* RGB */
    bool gray16_high;      /* 16-bit gray by its high byte; else clamped to 255 as Pillow does */
};

struct convert;
typedef void (*convert_fn)(const struct convert *convert, const uint8_t *source, uint8_t *target,
                           uint32_t width);

/* How the rows of one picture are converted. Filled by convert_prepare; about 1.3 KB, no pointers
 * to free. It refers to nothing of the picture it was made from. */
struct convert {
    convert_fn row;   /* source and target must not overlap; target holds width × channels bytes */
    uint8_t channels; /* of the target: 1 or 3 */
    bool identity;    /* the decoder's rows are already the target's: skip the copy */
    bool luma;
    bool gray16_high;
    bool has_key;
    uint8_t shift; /* bits a sample below 8, for unpacking */
    uint8_t background[3];
    uint16_t key[3];
    uint8_t table[256][4]; /* sample or palette index → RGB and alpha */
};

/* ITU-R 601 luma of a colour, in 16.16 and rounded, as Pillow computes it. */
uint8_t convert_luma(const uint8_t rgb[3]);

/* Chooses the row function for a picture. */
void convert_prepare(struct convert *convert, const struct picture *picture,
                     const struct convert_options *options);

#endif
