/*
 * reduce: how small a decoder may make a picture before it is resampled.
 *
 * A decoder that can hand out a picture at k/8 of its sides for less work (JPEG: from fewer
 * coefficients of each block) is asked for the smallest k that leaves some margin over the target.
 * Pixel i of such a picture stands for the source interval [8i/k, 8(i+1)/k), so the last one of a
 * row or column may reach beyond the picture: boxes are scaled exactly, never to whole pixels.
 * Knows: image/geometry.h, image/taps.h.
 */
#ifndef PIXSCALE_IMAGE_REDUCE_H
#define PIXSCALE_IMAGE_REDUCE_H

#include <stdint.h>

#include "image/geometry.h"
#include "image/taps.h"

#define REDUCE_WHOLE 8 /* eighths of a picture that is not reduced */

/* Eighths (1, 2, 4 or 8) at which the box of `place` still has at least `margin` pixels on each
 * axis for each that it is resampled to. Always 8 for the filters with hard edges, nearest and box.
 */
unsigned reduce_eighths(const struct geometry_place *place, enum taps_filter filter,
                        unsigned margin);

/* A side of so many pixels, reduced as decoders do it: rounded up. */
uint32_t reduce_side(uint32_t side, unsigned eighths);

/* Moves the box of `place` from an upright picture of width × height to the reduced one, as it is
 * after the turn. */
void reduce_place(struct geometry_place *place, struct geometry_turn turn, uint32_t width,
                  uint32_t height, unsigned eighths);

#endif
