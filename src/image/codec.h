/*
 * codec: the table of decoders, each a small set of functions over its private per-thread state.
 *
 * A picture's life: `codec_find` by its first bytes, `open` reads the header (nothing of the
 * picture's size is allocated), the caller checks or gates what it will cost, may have it reduced,
 * `start` allocates, `rows` is pulled until the picture's height is reached, `close` ends it in
 * every case. A decoder knows neither clocks nor threads; one state serves one thread, picture
 * after picture.
 *
 * Every function returns a status and, unless it is ok, says why in *why. No decoder ever prints,
 * exits, or jumps out of its own file.
 * Knows: base, image/pixel.h.
 */
#ifndef PIXSCALE_IMAGE_CODEC_H
#define PIXSCALE_IMAGE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "image/pixel.h"
#include "image/reason.h"

#define CODEC_SNIFF_BYTES 4096 /* what is read of a file before its format is decided */

struct codec_limits {
    uint64_t max_pixels;   /* width × height above this is STATUS_TOO_LARGE, from the header */
    size_t at_once_bytes;  /* a decoder may inflate up to this many bytes ahead where that is faster
                              (PNG); 0: as many as it likes (CODEC_PNG_WHOLE_BYTES) */
    bool accept_truncated; /* hand out what arrived (STATUS_TRUNCATED still ends the rows) */
    bool library_only;     /* JPEG: no decoder but libjpeg; what comes of it is the same */
};

struct codec {
    const char *name; /* "jpeg", "png" */
    enum picture_container container;

    /* True when the first `size` bytes (up to CODEC_SNIFF_BYTES) are this format's. */
    bool (*sniff)(const uint8_t *head, size_t size);

    /* Per-thread state; NULL when memory ran out. */
    void *(*create)(void);
    void (*destroy)(void *state);

    /* Parses the header of a whole file in memory. The decoder may rearrange `data`, which must
     * stay until `close`. On ok *picture is complete. */
    enum status (*open)(void *state, uint8_t *data, size_t size, const struct codec_limits *limits,
                        struct picture *picture, struct reason *why);

    /* Between an ok `open` and `start`: the rows shall be those of the picture at eighths/8 (1 … 8)
     * of its sides, rounded up, and *picture says so. Cannot fail. NULL: the format has no cheaper
     * way than to decode it all. */
    void (*reduce)(void *state, unsigned eighths, struct picture *picture);

    /* Allocates and starts decoding. Call once, after an ok `open`. */
    enum status (*start)(void *state, struct reason *why);

    /* Writes the next rows, top to bottom, to row[0…count-1], each at least pixel_row_bytes long
     * plus CODEC_ROW_SLACK. *got says how many were written: with STATUS_OK at least one, with any
     * other status those that are still good. Never asked for more rows than are left.
     * The caller may ask for fewer rows than a codec finds handy. */
    enum status (*rows)(void *state, uint8_t *const row[], unsigned count, unsigned *got,
                        struct reason *why);

    /* What is to be said of a picture whose rows all came: STATUS_OK with *why REASON_NONE or a
     * warning, or a failure that showed only at the end (a wrong checksum). */
    enum status (*finish)(void *state, struct reason *why);

    /* Ends the picture in any state; keeps the per-thread state for the next one. */
    void (*close)(void *state);
};

#define CODEC_ROW_SLACK 64 /* bytes a row may be overrun by vector loads and stores */

#define CODEC_COUNT 2
extern const struct codec *const codec_table[CODEC_COUNT];

/* The codec whose format the bytes are, or NULL. Never looks at a name. */
const struct codec *codec_find(const uint8_t *head, size_t size);

/* When codec_find gave NULL: a number for codec_other_name, or -1 when the bytes are nothing known.
 */
int codec_find_other(const uint8_t *head, size_t size);

/* "GIF", "WebP", "HEIC", … NULL for a number out of range. */
const char *codec_other_name(int number);

#endif
