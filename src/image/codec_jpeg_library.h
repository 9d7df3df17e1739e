/*
 * codec_jpeg_library: libjpeg-turbo as the codec uses it: what it calls back, its errors as
 * statuses and reasons. Private to the files codec_jpeg*.c.
 *
 * Whatever fails jumps to `escape`: each caller of the library arms it first.
 * Knows: image/codec_jpeg.h, image/baseline.h.
 */
#ifndef PIXSCALE_IMAGE_CODEC_JPEG_LIBRARY_H
#define PIXSCALE_IMAGE_CODEC_JPEG_LIBRARY_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

#include "image/baseline.h"
#include "image/codec_jpeg.h"

struct jpeg {
    struct jpeg_decompress_struct lib;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf escape; /* armed by every function of the codec that calls the library */

    struct baseline *baseline; /* the decoder for ordinary pictures; NULL if there is none */
    bool fast;                 /* which has the picture in hand */
    uint32_t row;              /* rows it has handed out */

    bool library_only;
    bool open;             /* `lib` holds memory */
    bool in_header;        /* `open` has not returned yet */
    bool accept_truncated; /* put an end marker where the data ends, instead of an error */
    bool ended;            /* the library asked for a byte beyond the end */
    bool too_many_scans, too_many_visits;
    uint64_t visits, most_visits; /* blocks that the scans so far go over, and may */
    int visiting;                 /* the scan that was counted last */
    JDIMENSION end_row;           /* rows handed out, and the scan, when the data ended */
    int end_scan;

    int64_t warnings; /* counted, so that a flood of them is one line */
    int first_warning;
    int first_parameter[2];
};

/* Once, for a new state: has the library call us. */
void codec_jpeg_library_attach(struct jpeg *jpeg);

/* Makes the decompressor of one picture, reading `data`, which is not copied. Jumps on an error. */
void codec_jpeg_library_create(struct jpeg *jpeg, const uint8_t *data, size_t size);

/* What to return after a jump. */
enum status codec_jpeg_library_failure(const struct jpeg *jpeg, struct reason *why);

/* The same where the data ended, jump or not. */
enum status codec_jpeg_library_truncation(const struct jpeg *jpeg, struct reason *why);

/* The warnings that were counted, of which there are some. */
struct reason codec_jpeg_library_warnings(const struct jpeg *jpeg);

#endif
