/*
 * baseline_huffman: from the bits of a baseline JPEG to the coefficients of a block.
 *
 * A look at the next few bits finds the code, the run of zeros before the coefficient, and mostly
 * the coefficient itself, whose bits follow the code: one table entry holds all three. Only when
 * code and value together are longer than the look are they taken apart, and only a code that is
 * longer by itself is searched for.
 *
 * Anything that the standard does not foresee ends the block with "no": what it means for the
 * picture is libjpeg's to say. Source: ITU-T T.81, annexes C and F.2.2.
 * Knows: image/baseline_kernels.h, image/baseline_source.h.
 */
#ifndef PIXSCALE_IMAGE_BASELINE_HUFFMAN_H
#define PIXSCALE_IMAGE_BASELINE_HUFFMAN_H

#include <stdbool.h>
#include <stdint.h>

#include "image/baseline_source.h"

/* Measured on photographs: with 10 bits more symbols are taken apart, with 12 the tables crowd
 * everything else out of the first-level cache. */
#define BASELINE_HUFFMAN_LOOK 11

#define BASELINE_HUFFMAN_LENGTHS 17
#define BASELINE_HUFFMAN_SYMBOLS 256

/* As a DHT segment gives it. */
struct baseline_code {
    const uint8_t *count;  /* of codes of each length, from 0 (not used) to 16 */
    const uint8_t *symbol; /* 256, in the order of their codes */
};

struct baseline_huffman {
    uint8_t count[BASELINE_HUFFMAN_LENGTHS], symbol[BASELINE_HUFFMAN_SYMBOLS];
    uint32_t look[1 << BASELINE_HUFFMAN_LOOK];
    uint64_t pair[1 << BASELINE_HUFFMAN_LOOK]; /* of an AC table: up to two symbols */
    uint16_t skip[1 << BASELINE_HUFFMAN_LOOK]; /* of an AC table: all that a look holds at once */
    int32_t last[17];                          /* the last code of each length, -1 if none */
    int32_t shift[17];                         /* from a code to its place in `symbol` */
    bool ac, built, can_skip;                  /* `skip` is made when it is first needed */
};

/* Makes a table; one that is made of the same code already stays. False if this is no code. */
bool baseline_huffman_build(struct baseline_huffman *table, struct baseline_code code, bool ac);

/* The quantized coefficients of the next block into `block`, each at its baseline_kernels_place,
 * where only zeros may have stood. *dc is the predictor. Returns the place in zigzag order of the
 * last one given, 0 if there is but the first, or below 0 if the data is none that the standard
 * allows. Takes at most 64 · 31 bits. */
int baseline_huffman_block(struct baseline_bits *bits, const struct baseline_huffman *dc_table,
                           const struct baseline_huffman *ac_table, int *dc, int16_t block[64]);

/* Makes `skip` of an AC table that is built. */
void baseline_huffman_build_skip(struct baseline_huffman *table);

/* The same block, but only the first coefficient. The AC table must have its `skip`. Returns 0, or
 * below 0. */
int baseline_huffman_skip(struct baseline_bits *bits, const struct baseline_huffman *dc_table,
                          const struct baseline_huffman *ac_table, int *dc, int16_t block[64]);

#endif
