#include "base/json_memory.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_bool failed;

static void *watched(size_t size)
{
    void *block = malloc(size);
    if (!block)
        atomic_store(&failed, true);
    return block;
}

void json_memory_watch(void)
{
    atomic_store(&failed, false);
    json_set_alloc_funcs(watched, free);
}

bool json_memory_failed(void)
{
    return atomic_load(&failed);
}
