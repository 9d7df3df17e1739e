/*
 * codec_jpeg_frame: what the header of a JPEG says, beyond what libjpeg tells by itself.
 * Knows: image/baseline.h, image/exif.h, libjpeg's structures.
 */
#ifndef PIXSCALE_IMAGE_CODEC_JPEG_FRAME_H
#define PIXSCALE_IMAGE_CODEC_JPEG_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <jpeglib.h>

#include "image/baseline.h"

/* The orientation of the first Exif block before the pixels, 1 to 8; 1 if there is none. */
uint8_t codec_jpeg_frame_orientation(const uint8_t *data, size_t size);

/* Bytes of the coefficients that the library holds for a picture of several scans: each component
 * at its own sampling, padded to whole units of a scan. */
size_t codec_jpeg_frame_coefficient_bytes(const struct jpeg_decompress_struct *lib);

/* Blocks that the scan in hand goes over, whatever data it has. */
uint64_t codec_jpeg_frame_scan_blocks(const struct jpeg_decompress_struct *lib);

/* Fills *frame, whose pointers lead into `lib`. Call after jpeg_read_header, with the output's
 * colour space and scale set. False for whatever is not ordinary: another process than baseline
 * Huffman, another colour space, several scans, an absent table. */
bool codec_jpeg_frame_ordinary(const struct jpeg_decompress_struct *lib,
                               struct baseline_frame *frame);

#endif
