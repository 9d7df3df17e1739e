/*
 * pixel: the layouts of pixels as decoders hand them out, and what a picture's header says.
 *
 * A decoder hands out rows in the file's own format; image/convert.h makes RGB or luma of them.
 * Knows: base.
 */
#ifndef PIXSCALE_IMAGE_PIXEL_H
#define PIXSCALE_IMAGE_PIXEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows are packed: samples below 8 bit from the high bit down, each row starting at a byte; 16-bit
 * samples big-endian; channels interleaved in the order of the name. */
enum pixel_format {
    PIXEL_GRAY1,
    PIXEL_GRAY2,
    PIXEL_GRAY4,
    PIXEL_GRAY8,
    PIXEL_GRAY16,
    PIXEL_GRAYA8,
    PIXEL_GRAYA16,
    PIXEL_PALETTE1,
    PIXEL_PALETTE2,
    PIXEL_PALETTE4,
    PIXEL_PALETTE8,
    PIXEL_RGB8,
    PIXEL_RGB16,
    PIXEL_RGBA8,
    PIXEL_RGBA16,
    PIXEL_CMYK8_INVERTED, /* 255 is no ink, as Adobe writes CMYK JPEG */
    PIXEL_FORMAT_COUNT
};

struct pixel_layout {
    const char *mode; /* Pillow's name of the mode, as the index gives it: "RGB", "P", … */
    uint8_t channels; /* samples a pixel */
    uint8_t depth;    /* bits a sample */
    bool gray;        /* all channels but alpha are one */
    bool alpha;       /* the last channel is alpha */
    bool palette;     /* samples are indices */
};

/* What is known of a format. Never NULL. */
const struct pixel_layout *pixel_layout(enum pixel_format format);

/* Bytes of a row of `width` pixels, unpadded. */
size_t pixel_row_bytes(enum pixel_format format, uint32_t width);

/* Containers, for the index and for cost factors. */
enum picture_container { PICTURE_UNKNOWN, PICTURE_JPEG, PICTURE_PNG };

/* What the header says. Filled by a codec's `open`; the pointers belong to the decoder and live
 * until its `close`. */
struct picture {
    enum picture_container container;
    enum pixel_format format;    /* of the rows handed out */
    uint32_t width, height;      /* pixels as stored, both at least 1 */
    uint8_t orientation;         /* EXIF 1…8; 1 when absent or senseless */
    bool multi_scan;             /* JPEG: all scans are buffered; PNG: interlaced */
    size_t memory;               /* bytes the decoder will hold beyond a few rows, 0 if streaming */
    const uint8_t (*palette)[4]; /* 256 entries RGBA (absent ones 0,0,0,255); NULL if no palette */
    bool has_key;                /* a colour is declared transparent (tRNS of gray or RGB) */
    uint16_t key[3];             /* that colour, in the file's sample depth; gray uses key[0] */
};

#endif
