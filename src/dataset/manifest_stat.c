#include "dataset/manifest_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "dataset/manifest_store.h"

/* So many are asked by the caller alone, to see how long an answer takes: less than a microsecond
 * where it is at hand, a thousand times that where it comes from a busy server. A team is woken for
 * what would take the caller longer than this: on a busy machine waking it, and waiting for the
 * last, may take a millisecond or more. */
#define ASKED_ALONE     64
#define WORTH_A_TEAM_NS 4000000

#define CHUNK 64 /* handed out at a time */

/* Between two reports of progress: the team waits for its last answer after each. */
#define SLICE 8192

static int look_up(const char *path, int folder, struct stat *st)
{
    if (folder < 0)
        return file_stat(path, st);
    const char *slash = strrchr(path, '/');
    return fstatat(folder, slash ? slash + 1 : path, st, 0);
}

static void fill(struct manifest_entry *entry, int folder, const struct manifest_options *options)
{
    struct stat st;
    if (look_up(entry->path, folder, &st) < 0)
        manifest_store_describe(entry, NULL, errno);
    else if (manifest_store_excludes(options, &st))
        entry->kind = MANIFEST_STAT_EXCLUDE;
    else
        manifest_store_describe(entry, &st, 0);
}

/* Fills entries begin to end - 1; returns their bytes. */
static uint64_t fill_range(struct manifest_entry *entries, size_t begin, size_t end, int threads,
                           int folder, const struct manifest_options *options)
{
    uint64_t bytes = 0;
#pragma omp parallel for num_threads(threads) schedule(dynamic, CHUNK)                             \
    reduction(+ : bytes) if (threads > 1)
    for (size_t i = begin; i < end; i++)
        if (entries[i].kind == MANIFEST_STAT_WAITS) {
            fill(&entries[i], folder, options);
            bytes += entries[i].bytes;
        }
    return bytes;
}

void manifest_stat_fill(struct manifest *manifest, size_t first, int folder,
                        const struct manifest_options *options)
{
    struct manifest_entry *entries = manifest->entries;
    size_t alone = first, end = manifest->count;
    int threads = 1;
    if (options && options->threads > 1 && end - first > ASKED_ALONE) {
        alone = first + ASKED_ALONE;
        int64_t begin_ns = clock_now_ns();
        manifest->bytes += fill_range(entries, first, alone, 1, folder, options);
        int64_t each_ns = (clock_now_ns() - begin_ns) / ASKED_ALONE;
        if (each_ns * (int64_t)(end - alone) > WORTH_A_TEAM_NS)
            threads = options->threads;
    }
    size_t slice = options && options->progress ? SLICE : SIZE_MAX;
    while (alone < end) {
        size_t next = end - alone > slice ? alone + slice : end;
        manifest->bytes += fill_range(entries, alone, next, threads, folder, options);
        alone = next;
        if (options && options->progress)
            options->progress(options->user, end, alone);
    }
}
