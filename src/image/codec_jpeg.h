/*
 * codec_jpeg: JPEG through libjpeg-turbo's classic API, with the results of Pillow's "exact"
 * decode: full-size slow-but-exact integer IDCT, fancy upsampling, RGB, gray or inverted CMYK out.
 * `reduce` alone changes that: the IDCT then makes fewer pixels of each block, by the library's own
 * scaling. The data is read to the same end, so that statuses stay; rows that a reason names are
 * those of the whole picture.
 *
 * Truncation. Without accept_truncated, an error the moment a byte is needed that is not there; of
 * a picture in one scan the rows before it are good, of several scans there are none. With it, an
 * end marker is put there, as Pillow does under LOAD_TRUNCATED_IMAGES: all rows come, in Pillow's
 * bytes (mid-gray where nothing arrived, or all of the picture with the detail that did), `rows`
 * says ok, and `finish` says STATUS_TRUNCATED. Data that ends inside a table between two scans is
 * an error in both.
 *
 * libjpeg reads every header. The scan of an ordinary picture then goes to image/baseline.h, which
 * gives the same bytes sooner; what surprises it, the library decodes from the first row on, so
 * that pixels, warnings and errors are always the library's.
 *
 * Knows: base, image/codec.h, image/baseline.h, image/reduce.h, libjpeg. The only room with setjmp;
 * no jump leaves its file.
 */
#ifndef PIXSCALE_IMAGE_CODEC_JPEG_H
#define PIXSCALE_IMAGE_CODEC_JPEG_H

#include "image/codec.h"

/* Scans after which a multi-scan picture counts as a bomb. Real ones have some ten; 100 of a
 * picture of 10 megapixels go over 16 million blocks, a third of a second. */
#define CODEC_JPEG_MAX_SCANS 100

/* Larger pictures need no hundred scans to burn time: a scan may be nothing but its header, and yet
 * all blocks are gone over, each in up to 22 ns. So a picture of several scans may have its blocks
 * gone over, by all its scans together, as often as this, and so many times more for each byte of
 * the file. Honest files cannot come near: each block takes a bit of the first scan at least, so
 * that one of nothing but white has 24 such visits a byte in the usual six scans of gray, 21 in the
 * ten of colour; photographs have 2 or 3. */
#define CODEC_JPEG_FREE_VISITS (16u << 20)
#define CODEC_JPEG_BYTE_VISITS 64

extern const struct codec codec_jpeg;

/* libjpeg's message `number` for reason_text. Each of `first` and `second` holds two of its
 * parameters, the earlier one in the lower 32 bits. */
void codec_jpeg_message(int number, int64_t first, int64_t second, char *text, size_t size);

#endif
