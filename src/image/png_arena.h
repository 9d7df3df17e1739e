/*
 * png_arena: the memory that libspng and zlib ask for while they decode one picture.
 *
 * Both ask for the same few blocks for every picture and give them back at its end: they get them
 * one after the other out of one block that stays with the thread, and giving back is nothing.
 * Should a request not fit, because another zlib wants more than is known here, the heap serves it.
 * Knows: base, libspng's allocator interface.
 */
#ifndef PIXSCALE_IMAGE_PNG_ARENA_H
#define PIXSCALE_IMAGE_PNG_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <spng.h>

#include "base/buffer.h"

/* libspng's context (6 KB), zlib's state (7 KB) and window (32 KB), and as much again for other
 * versions of them. Rows come on top. */
#define PNG_ARENA_FIXED (96u << 10)

struct png_arena {
    struct buffer memory;
    size_t used;
};

/* Makes it empty and large enough for `bytes` beyond PNG_ARENA_FIXED. False when memory ran out. */
bool png_arena_reset(struct png_arena *arena, size_t bytes);

/* libspng's allocators have no argument of their own: every call of libspng is to be preceded by
 * this, which names the arena for the calling thread. */
void png_arena_use(struct png_arena *arena);

/* The functions for spng_ctx_new2. */
struct spng_alloc png_arena_alloc(void);

void png_arena_free(struct png_arena *arena);

#endif
