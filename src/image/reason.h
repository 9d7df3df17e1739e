/*
 * reason: why a picture has the status it has, kept small until somebody reads it.
 *
 * A worker must not format text for a picture: it stores a code and up to two numbers (16 bytes),
 * and the index writer, the log and the tests ask for the sentence afterwards.
 * Knows: base, and the message tables of the codec libraries.
 */
#ifndef PIXSCALE_IMAGE_REASON_H
#define PIXSCALE_IMAGE_REASON_H

#include <stddef.h>
#include <stdint.h>

enum reason_kind {
    REASON_NONE,  /* nothing to say */
    REASON_OWN,   /* code is one of enum reason_code */
    REASON_ERRNO, /* code is an errno */
    REASON_JPEG,  /* code is a libjpeg message number, arg as codec_jpeg_message takes it */
    REASON_PNG,   /* code is a libspng error number */
};

/* Our own sentences; reason.c holds the text. */
enum reason_code {
    REASON_EMPTY_FILE,
    REASON_UNKNOWN_FORMAT,
    REASON_OTHER_FORMAT, /* arg[0]: index for codec_other_name */
    REASON_NOT_REGULAR,
    REASON_FOLDER,
    REASON_TOO_MANY_PIXELS, /* width, height */
    REASON_SIDE_TOO_LONG,   /* pixels, limit */
    REASON_TOO_MANY_BYTES,  /* bytes */
    REASON_TOO_MANY_SCANS,  /* limit */
    REASON_EMPTY_SCANS,     /* blocks gone over, by how many scans */
    REASON_SHORT_READ,      /* bytes read, bytes expected */
    REASON_DATA_ENDS,       /* first missing row, rows */
    REASON_SCANS_END,       /* the scan, counted from 1, in which the data of several scans ends */
    REASON_HEADER_ENDS,
    REASON_CHANGED,
    REASON_VANISHED,
    REASON_NO_MEMORY,
    REASON_OVER_MEMORY,   /* bytes the picture takes, bytes there are for one */
    REASON_JPEG_WARNINGS, /* number of warnings; of the first the libjpeg message number (lowest 16
                             bits) and its two parameters (24 bits each) */
    REASON_JPEG_COMPONENTS, /* components */
    REASON_PNG_SIGNATURE,
    REASON_PNG_CHUNK, /* the chunk's four letters as a big-endian number */
    REASON_PNG_CRC,   /* the chunk's four letters as a big-endian number */
    REASON_PNG_HEADER,
    REASON_PNG_NO_PALETTE,
    REASON_PNG_NO_DATA,
    REASON_PNG_NO_END,
    REASON_CODE_COUNT
};

struct reason {
    uint16_t kind; /* enum reason_kind */
    uint16_t code;
    uint32_t reserved;
    int64_t arg[2];
};

/* Makes one of our own reasons. */
struct reason reason_own(enum reason_code code, int64_t first, int64_t second);

/* Makes a reason of an errno value. */
struct reason reason_errno(int error);

/* Writes the sentence, always terminated, at most `size` bytes; "" for REASON_NONE.
 * Returns `text`. Plain ASCII but for strerror's; never a control character. */
const char *reason_text(const struct reason *reason, char *text, size_t size);

#endif
