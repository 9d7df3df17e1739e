/*
 * codec_jpeg_frame: what libjpeg has read of a header, as image/baseline.h takes it.
 * Knows: image/baseline.h, libjpeg's structures.
 */
#ifndef PIXSCALE_IMAGE_CODEC_JPEG_FRAME_H
#define PIXSCALE_IMAGE_CODEC_JPEG_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <jpeglib.h>

#include "image/baseline.h"

/* Fills *frame, whose pointers lead into `lib`. Call after jpeg_read_header, with the output's
 * colour space set. False for whatever is not ordinary: another process than baseline Huffman,
 * another colour space, several scans, an absent table. */
bool codec_jpeg_frame(const struct jpeg_decompress_struct *lib, struct baseline_frame *frame);

#endif
