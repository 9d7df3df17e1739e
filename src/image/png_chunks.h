/*
 * png_chunks: a walk over a PNG file's chunks that checks them and drops what pixels do not need.
 *
 * The walk moves IHDR, PLTE, tRNS, all IDAT and an IEND together at the front of the caller's
 * buffer, each with a CRC known to be right, so that the decoder behind it can trust the structure.
 * Ancillary chunks (text, profiles, time) are checked and dropped; eXIf is read for its
 * orientation. Source: PNG (Portable Network Graphics) Specification, second edition, W3C 2003,
 * chapters 5 and 11. Knows: base, image/pixel.h, image/reason.h, libdeflate's CRC-32.
 */
#ifndef PIXSCALE_IMAGE_PNG_CHUNKS_H
#define PIXSCALE_IMAGE_PNG_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "image/reason.h"

struct png_chunks {
    uint32_t width, height; /* from IHDR, 1 … 2^31-1 */
    uint8_t depth, color;   /* bits a sample; PNG colour type 0, 2, 3, 4, 6 */
    bool interlaced;
    uint8_t orientation; /* from eXIf before the pixels, else 1 */
    size_t size;         /* bytes of the compacted file at the front of the buffer */
    size_t idat_bytes;   /* compressed bytes in all IDAT chunks that were there */
    bool has_end;        /* IEND was there */
    bool cut;            /* the file ends inside a chunk, or without IEND */
};

/* Walks and compacts `data` in place. A file that ends inside an IDAT gives STATUS_OK with `cut`
 * set and what there was of that IDAT kept under a new length and CRC: whether that is enough is
 * for the decoder to find. Errors: STATUS_TRUNCATED (the end comes before any IDAT), STATUS_CORRUPT
 * (CRC, order, IHDR, a missing palette, an unknown critical chunk). */
enum status png_chunks_walk(uint8_t *data, size_t size, struct png_chunks *chunks,
                            struct reason *why);

#endif
