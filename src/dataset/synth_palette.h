/*
 * synth_palette: the few colours that stand for all of a picture's.
 *
 * Median cut (Heckbert 1982) over a sample of its pixels, then the nearest entry for each. Knows:
 * libc.
 */
#ifndef PIXSCALE_DATASET_SYNTH_PALETTE_H
#define PIXSCALE_DATASET_SYNTH_PALETTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYNTH_PALETTE_SAMPLE 4096

/* Colours are told apart by 5 bits of red, green and blue and 2 of alpha. */
#define SYNTH_PALETTE_CELLS (1u << 17)

struct synth_palette {
    uint8_t entry[256][4]; /* R, G, B, A */
    int count;
    bool alpha;                           /* some entry is not opaque */
    int16_t nearest[SYNTH_PALETTE_CELLS]; /* entry of each colour asked for so far, else -1 */
};

/* Makes at most `most` (1 … 256) entries of `count` (1 … SYNTH_PALETTE_SAMPLE) pixels R, G, B, A.
 * The sample is sorted on the way. */
void synth_palette_make(struct synth_palette *palette, int most, uint8_t (*sample)[4], int count);

/* Writes the indices of row y, `depth` bits each, the first in the high bits. With `dither` the
 * rounding follows a fixed 8×8 pattern. */
void synth_palette_map(struct synth_palette *palette, const uint8_t *rgba, uint32_t width,
                       uint32_t y, int depth, bool dither, uint8_t *indices);

#endif
