#include "image/png_arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local struct png_arena *current;

static bool is_ours(const void *block)
{
    uintptr_t at = (uintptr_t)block, start = (uintptr_t)current->memory.data;
    return at >= start && at - start < current->memory.capacity;
}

static void *take(size_t bytes)
{
    size_t room = current->memory.capacity - current->used;
    size_t aligned = buffer_align(bytes);
    if (aligned < bytes || aligned > room)
        return malloc(bytes);
    void *block = current->memory.data + current->used;
    current->used += aligned;
    return block;
}

static void *take_zeroed(size_t count, size_t bytes)
{
    if (bytes != 0 && count > SIZE_MAX / bytes)
        return NULL;
    void *block = take(count * bytes);
    if (block)
        memset(block, 0, count * bytes);
    return block;
}

/* Asked for only by chunks that never get this far. */
static void *retake(void *block, size_t bytes)
{
    if (!block)
        return take(bytes);
    return is_ours(block) ? NULL : realloc(block, bytes);
}

static void give(void *block)
{
    if (block && !is_ours(block))
        free(block);
}

bool png_arena_reset(struct png_arena *arena, size_t bytes)
{
    arena->used = 0;
    return bytes <= SIZE_MAX - PNG_ARENA_FIXED &&
           buffer_reserve(&arena->memory, bytes + PNG_ARENA_FIXED);
}

void png_arena_use(struct png_arena *arena)
{
    current = arena;
}

struct spng_alloc png_arena_alloc(void)
{
    return (struct spng_alloc){
        .malloc_fn = take, .realloc_fn = retake, .calloc_fn = take_zeroed, .free_fn = give};
}

void png_arena_free(struct png_arena *arena)
{
    buffer_free(&arena->memory);
    arena->used = 0;
}
