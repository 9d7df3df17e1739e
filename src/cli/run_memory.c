#include "cli/run_memory.h"

#include <malloc.h>
#include <string.h>

#define MB ((uint64_t)1 << 20)

/* The program with its libraries, what all threads share, and the writing of the index: 5 MB are
 * measured. */
#define PROGRAM_BYTES (8 * MB)

/* Manifest, plan, index and journal hold so much of an input beside its path; --items so much more,
 * most of it when the record is written. */
#define INPUT_BYTES 192
#define ITEM_BYTES  1024

/* The least a thread is left with for pictures; half of it is its own. With that, photographs of
 * some 100 KB go on in parallel, and all others behind the gate. */
#define LEAST_SHARE MB

/* Blocks from this size on are given back when they are freed. It is glibc's initial value, which
 * otherwise grows to 32 MB, a thread, with what is freed. */
#define RETURNED_BYTES (128 << 10)

static uint64_t lists_bytes(const struct run_options *options, const struct manifest *manifest)
{
    uint64_t bytes = (uint64_t)manifest->count * (INPUT_BYTES + (options->items ? ITEM_BYTES : 0));
    for (size_t i = 0; i < manifest->count; i++)
        bytes += strlen(manifest->entries[i].path) + 1;
    return bytes;
}

static void return_freed_blocks(void)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, RETURNED_BYTES);
    mallopt(M_TRIM_THRESHOLD, RETURNED_BYTES);
#endif
}

static unsigned long long whole_mb(uint64_t bytes)
{
    return (bytes + MB - 1) / MB;
}

bool run_memory_share(const struct run_options *options, const struct manifest *manifest,
                      int threads, struct worker_options *worker, struct error *error)
{
    worker->memory = 0;
    if (options->max_memory == 0)
        return true;
    uint64_t program = PROGRAM_BYTES + lists_bytes(options, manifest);
    uint64_t fixed = worker_fixed_bytes(&worker->row, false), team = (uint64_t)threads;
    uint64_t least = program + team * (fixed + LEAST_SHARE), limit = (uint64_t)options->max_memory;
    if (limit < least && threads > 1)
        return error_set(error, ERROR_USAGE,
                         "--max-memory: %d threads need at least %lluM for these inputs, one "
                         "thread %lluM",
                         threads, whole_mb(least), whole_mb(program + fixed + LEAST_SHARE));
    if (limit < least)
        return error_set(error, ERROR_USAGE,
                         "--max-memory: one thread needs at least %lluM for these inputs",
                         whole_mb(least));
    worker->memory = limit - program - team * fixed;
    worker->memory_alone =
        worker->memory + (team - 1) * (fixed - worker_fixed_bytes(&worker->row, true));
    /* PNGs that take more are streamed rather than decoded one at a time. */
    worker->transform.limits.at_once_bytes = (size_t)(worker->memory / 4 / team);
    return_freed_blocks();
    return true;
}
