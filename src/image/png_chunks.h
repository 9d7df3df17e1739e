/*
 * png_chunks: a walk over a PNG file's chunks that checks them and leaves only what pixels need.
 *
 * Up to the pixels every chunk's CRC is checked, needed or not: a file that lies there is not to be
 * trusted. Palette, transparency and orientation are copied out; text, profiles and whatever else
 * is ancillary are passed by, so that no decoder ever inflates them. All IDAT chunks are joined
 * into one, in place. What comes after the pixels changes none of them: it is searched, unchecked,
 * for an IEND and for an orientation. Source: PNG (Portable Network Graphics) Specification, second
 * edition, W3C 2003, chapters 5 and 11. Knows: base, image/exif.h, image/reason.h, libdeflate's
 * CRC-32.
 */
#ifndef PIXSCALE_IMAGE_PNG_CHUNKS_H
#define PIXSCALE_IMAGE_PNG_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "image/reason.h"

#define PNG_CHUNKS_SIGNATURE 8 /* bytes */

struct png_chunks {
    uint32_t width, height; /* from IHDR, 1 … 2^31-1 */
    uint8_t depth, color;   /* bits a sample; PNG colour type 0, 2, 3, 4, 6 */
    bool interlaced;
    uint8_t orientation;     /* the last eXIf before the pixels, else the last after them, else 1 */
    bool has_end;            /* IEND was there */
    bool cut;                /* the file ends inside an IDAT, whose CRC could thus not be checked */
    bool has_key;            /* a tRNS of colour type 0 or 2 */
    uint16_t key[3];         /* its colour, only the low `depth` bits of each sample */
    uint8_t palette[256][4]; /* colour type 3: RGB of PLTE, alpha of tRNS; absent are 0,0,0,255 */
    size_t start, size; /* the compacted file: a signature, IHDR, PLTE for colour type 3, one IDAT.
                         * It ends with the IDAT's data: no CRC, no IEND follows. */
    size_t idat, idat_bytes; /* that data, a zlib stream: offset from `data`, bytes */
};

/* True for the eight bytes of a PNG's signature, or for four to seven when there are no more. */
bool png_chunks_signature(const uint8_t *head, size_t size);

/* Reads the signature and IHDR, so that a picture can be refused before the rest is looked at. All
 * else of *chunks is zero, the orientation 1. Errors: STATUS_TRUNCATED, STATUS_CORRUPT. */
enum status png_chunks_header(const uint8_t *data, size_t size, struct png_chunks *chunks,
                              struct reason *why);

/* Walks and compacts `data` in place, after an ok png_chunks_header. Takes time linear in the size.
 * A file that ends inside an IDAT gives STATUS_OK with `cut` set: whether the data was enough is
 * for the decoder to find. Errors: STATUS_TRUNCATED (the end comes before any IDAT), STATUS_CORRUPT
 * (a CRC, a chunk's name, length or place, no palette, no IDAT), STATUS_UNSUPPORTED (a chunk that
 * is unknown but marked as needed), STATUS_TOO_LARGE (IDATs of over 2^31-1 bytes in all). */
enum status png_chunks_walk(uint8_t *data, size_t size, struct png_chunks *chunks,
                            struct reason *why);

#endif
