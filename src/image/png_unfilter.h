/*
 * png_unfilter: undoing the five filters of PNG, row by row.
 *
 * Each filter is made once for every number of bytes a pixel has, so that the distance to the pixel
 * on the left is a constant of the compiler's; three bytes and more go by SSE2, which every x86-64
 * has, and Paeth by SSE4.1 where the CPU has it. The reference is the specification's formula, byte
 * by byte. Source: PNG Specification, second edition, chapter 9. Knows: nothing.
 */
#ifndef PIXSCALE_IMAGE_PNG_UNFILTER_H
#define PIXSCALE_IMAGE_PNG_UNFILTER_H

#include <stddef.h>
#include <stdint.h>

#define PNG_UNFILTER_COUNT 5 /* none, sub, up, average, paeth */

/* row[0…bytes-1] from the filtered source and the finished row above it (zeros above the first).
 * All three may be read, and `row` written, up to 16 bytes beyond their end. `row` overlaps neither
 * of the others. */
typedef void (*png_unfilter_fn)(uint8_t *restrict row, const uint8_t *restrict source,
                                const uint8_t *restrict prior, size_t bytes);

/* The functions for pixels of so many bits (below 8 counts as 8), indexed by filter. */
const png_unfilter_fn *png_unfilter_for(unsigned bits);

/* The same for a CPU without SSE4.1: what png_unfilter_for answers there. */
const png_unfilter_fn *png_unfilter_plain(unsigned bits);

/* What they must equal. `pixel` is in bytes. */
void png_unfilter_reference(unsigned filter, unsigned pixel, uint8_t *row, const uint8_t *source,
                            const uint8_t *prior, size_t bytes);

#endif
