/*
 * index_escape: one unit of an escaped path at a time.
 *
 * As base/escape.h has it, with the backslash escaped too, so that the path can be had back.
 * Private to the index's files; index.h has the public functions. Knows: base.
 */
#ifndef PIXSCALE_DATASET_INDEX_ESCAPE_H
#define PIXSCALE_DATASET_INDEX_ESCAPE_H

#include <stddef.h>

#include "base/escape.h"

#define INDEX_ESCAPE_MAX ESCAPE_MAX

/* Writes what the next character or stray byte of the path becomes, not terminated, and moves *path
 * behind it; not for the path's end. Returns the bytes written. */
size_t index_escape_next(const char **path, char text[INDEX_ESCAPE_MAX]);

#endif
