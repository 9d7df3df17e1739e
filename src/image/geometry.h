/*
 * geometry: which part of a picture lands where in the output, and how it is turned.
 *
 * The arithmetic is Pillow's (ImageOps.fit, ImageOps.pad, Image.resize), rounding included.
 * Knows: nothing.
 */
#ifndef PIXSCALE_IMAGE_GEOMETRY_H
#define PIXSCALE_IMAGE_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

enum geometry_fit {
    GEOMETRY_STRETCH, /* the whole picture, aspect ratio lost */
    GEOMETRY_COVER,   /* the largest centred part with the output's aspect ratio */
    GEOMETRY_PAD,     /* the whole picture, centred, the rest filled */
};

/* How a stored picture becomes an upright one: transpose first (x ↔ y), then flip. */
struct geometry_turn {
    bool transpose, flip_x, flip_y; /* flips are of the upright picture's axes */
};

/* EXIF orientation 1…8. */
struct geometry_turn geometry_turn(uint8_t orientation);

struct geometry_place {
    float box[4];           /* left, top, right, bottom in upright source pixels */
    uint32_t width, height; /* size after resampling, at least 1 each */
    uint32_t left, top;     /* where that goes in the output, pixels */
};

/* Places an upright source of width × height in an output of out_width × out_height. */
struct geometry_place geometry_place(enum geometry_fit fit, uint32_t width, uint32_t height,
                                     uint32_t out_width, uint32_t out_height);

#endif
