/*
 * codec_png: PNG through libspng, row by row; interlaced pictures are held whole.
 *
 * The chunks are walked first by image/png_chunks.h, so that libspng sees only the critical ones
 * and tRNS, all with a checked CRC: text and profile bombs never reach an inflater. Knows: base,
 * image/codec.h, libspng.
 */
#ifndef PIXSCALE_IMAGE_CODEC_PNG_H
#define PIXSCALE_IMAGE_CODEC_PNG_H

#include "image/codec.h"

extern const struct codec codec_png;

#endif
