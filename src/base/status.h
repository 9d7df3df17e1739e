/*
 * status: what became of one input.
 *
 * The set is closed: every value has a name that is written to the index, stands in the README and
 * is counted in the summary. A bad picture is data; no status is ever an assertion.
 * Knows: nothing.
 */
#ifndef PIXSCALE_BASE_STATUS_H
#define PIXSCALE_BASE_STATUS_H

#include <stdbool.h>

enum status {
    STATUS_OK,          /* the row holds the picture */
    STATUS_PARTIAL,     /* the row holds what arrived of a truncated picture (--truncated accept) */
    STATUS_EMPTY,       /* a file of no bytes */
    STATUS_FORMAT,      /* neither JPEG nor PNG nor anything else that is known */
    STATUS_UNSUPPORTED, /* a known format, or a variant of JPEG or PNG, that is not decoded */
    STATUS_TRUNCATED,   /* the data ends before the picture does */
    STATUS_CORRUPT,     /* the data contradicts itself */
    STATUS_TOO_LARGE,   /* above --max-pixels or --max-bytes */
    STATUS_TOO_COMPLEX, /* legal, but made to burn time or memory (scan bombs) */
    STATUS_NOT_A_FILE,  /* a folder, pipe, socket or device */
    STATUS_PERMISSION,  /* may not be read */
    STATUS_IO,          /* could not be opened or read */
    STATUS_CHANGED,     /* not the file that the scan saw any more */
    STATUS_MEMORY,      /* no memory for this picture */
    STATUS_COUNT
};

/* The name as the index and the summary write it, such as "too-large". Never NULL. */
const char *status_name(enum status status);

/* True for ok and partial: the row holds pixels. */
bool status_has_pixels(enum status status);

#endif
