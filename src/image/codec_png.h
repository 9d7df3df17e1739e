/*
 * codec_png: PNG, by one of two ways that give the same rows.
 *
 * Pictures of up to CODEC_PNG_WHOLE_BYTES are inflated at once by libdeflate and unfiltered row by
 * row (image/png_unfilter.h), in less than half of libspng's time. Larger, interlaced and damaged
 * ones are libspng's: row by row, or whole when interlaced. Both see only what
 * image/png_chunks.h has checked. Indices beyond the palette are black, as in libspng.
 *
 * Accepted: a missing IEND, anything behind the pixels, more pixels than asked for. Not accepted,
 * though Pillow does: a wrong CRC of an IDAT, a file that ends inside one even if all rows came, a
 * stream without an Adler-32. That checksum is compared if the stream ends with the last row, as
 * all but odd ones do, or inflates to no more than CODEC_PNG_CHECKED_BYTES; the CRCs are right in
 * any case. libspng reads a row together with the next one's filter, so that the last row before an
 * end may count as missing.
 *
 * A thread's memory: what `picture.memory` says while the picture is open, and no more than
 * what may be inflated at once and CODEC_PNG_KEEP_MORE from one picture to the next.
 * Knows: base, image/codec.h, image/png_*.h, libspng, libdeflate.
 */
#ifndef PIXSCALE_IMAGE_CODEC_PNG_H
#define PIXSCALE_IMAGE_CODEC_PNG_H

#include "image/codec.h"

#define CODEC_PNG_WHOLE_BYTES                                                                      \
    (32u << 20) /* 11 megapixels of RGB; less by codec_limits.at_once_bytes */
#define CODEC_PNG_KEEP_MORE     (1u << 20)
#define CODEC_PNG_CHECKED_BYTES (1u << 20)

extern const struct codec codec_png;

/* The same by libspng alone: the second opinion of the tests, and what the fast way is measured
 * against. */
extern const struct codec codec_png_streamed;

#endif
