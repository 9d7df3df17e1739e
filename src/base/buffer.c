#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

size_t buffer_align(size_t bytes)
{
    return (bytes + BUFFER_ALIGN - 1) & ~(size_t)(BUFFER_ALIGN - 1);
}

bool buffer_grow(struct buffer *buffer, size_t bytes, size_t keep)
{
    if (bytes <= buffer->capacity)
        return true;
    if (bytes > SIZE_MAX / 2)
        return false;
    size_t capacity = buffer_align(bytes);
    uint8_t *data = aligned_alloc(BUFFER_ALIGN, capacity);
    if (!data)
        return false;
    if (keep)
        memcpy(data, buffer->data, keep);
    free(buffer->data);
    *buffer = (struct buffer){.data = data, .capacity = capacity};
    return true;
}

bool buffer_reserve(struct buffer *buffer, size_t bytes)
{
    if (bytes <= buffer->capacity)
        return true;
    /* Old first: the peak must not hold both. */
    struct buffer old = *buffer;
    buffer_free(buffer);
    if (buffer_grow(buffer, bytes, 0))
        return true;
    buffer_grow(buffer, old.capacity, 0);
    return false;
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}
