/*
 * buffer: memory that grows to what was needed and is then reused.
 *
 * Each worker thread owns its buffers, so that the per-image path allocates nothing once the
 * largest picture so far has been seen. Contents do not survive buffer_reserve unless it says so.
 * Knows: libc.
 */
#ifndef PIXSCALE_BASE_BUFFER_H
#define PIXSCALE_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUFFER_ALIGN 64 /* a cache line, and the widest vector register */

struct buffer {
    uint8_t *data; /* aligned to BUFFER_ALIGN; NULL when capacity is 0 */
    size_t capacity;
};

/* Makes room for `bytes`; earlier contents are lost. False when memory ran out; the buffer
 * then has its old size or, if not even that could be had again, is empty. New memory is not
 * zeroed. */
bool buffer_reserve(struct buffer *buffer, size_t bytes);

/* As buffer_reserve, but the first `keep` bytes stay as they were, and all of it when memory ran
 * out. */
bool buffer_grow(struct buffer *buffer, size_t bytes, size_t keep);

/* Frees the memory; the buffer may be used again. */
void buffer_free(struct buffer *buffer);

/* `bytes` rounded up to a multiple of BUFFER_ALIGN. */
size_t buffer_align(size_t bytes);

#endif
