/*
 * codec_jpeg: JPEG through libjpeg-turbo's classic API, with the results of Pillow's "exact"
 * decode: full-size slow-but-exact integer IDCT, fancy upsampling, RGB, gray or inverted CMYK out.
 * Knows: base, image/codec.h, libjpeg. The only room with setjmp; no jump leaves its file.
 */
#ifndef PIXSCALE_IMAGE_CODEC_JPEG_H
#define PIXSCALE_IMAGE_CODEC_JPEG_H

#include "image/codec.h"

/* Scans after which a multi-scan picture counts as a bomb. Real ones have some ten; 100 cost a
 * fifth of a second at worst, 2,000 nearly four. */
#define CODEC_JPEG_MAX_SCANS 100

extern const struct codec codec_jpeg;

/* libjpeg's message `number` with its parameters, for reason_text. */
void codec_jpeg_message(int number, int64_t first, int64_t second, char *text, size_t size);

#endif
