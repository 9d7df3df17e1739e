#include "dataset/npy_join.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "dataset/npy_file.h"

/* Large enough that the disk streams, small enough to stay in the second-level cache. */
#define COPY_BYTES ((size_t)1 << 20)

/* What the kernel is asked for at once: between two calls a signal can stop the process. */
#define RANGE_BYTES ((size_t)64 << 20)

bool npy_join_begin(struct npy_join *join, struct npy *to, struct error *error)
{
    *join = (struct npy_join){.to = to, .buffer = malloc(COPY_BYTES)};
    return join->buffer ||
           error_set(error, ERROR_OUTPUT, "not enough memory to write '%s'", to->path);
}

/* Copies what the file system is willing to, and moves all three behind it. What goes wrong here
 * (other file systems, old kernels, refusals of every kind) is tried by hand, and told then. */
static void copy_range(struct npy_join *join, int from, off_t *source, off_t *target,
                       uint64_t *bytes)
{
    while (*bytes && !join->by_hand) {
        size_t part = *bytes < RANGE_BYTES ? (size_t)*bytes : RANGE_BYTES;
        ssize_t n = copy_file_range(from, source, join->to->fd, target, part, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            join->by_hand = true;
        else
            *bytes -= (uint64_t)n;
    }
}

static bool copy_bytes(struct npy_join *join, int from, off_t source, off_t target, uint64_t bytes)
{
    copy_range(join, from, &source, &target, &bytes);
    while (bytes) {
        size_t part = bytes < COPY_BYTES ? (size_t)bytes : COPY_BYTES;
        if (!npy_file_read(from, join->buffer, part, source) ||
            !file_write_at(join->to->fd, join->buffer, part, target))
            return false;
        source += (off_t)part;
        target += (off_t)part;
        bytes -= part;
    }
    return true;
}

static bool fail(const struct npy_join *join, const char *why, struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "cannot copy rows to '%s': %s", join->to->path, why);
}

bool npy_join_rows(struct npy_join *join, const struct npy *from, uint64_t first, uint64_t count,
                   const uint8_t *keep, struct error *error)
{
    const struct npy *to = join->to;
    if (from->row_bytes != to->row_bytes || first + count > from->count)
        return fail(join, "the arrays do not fit", error);
    for (uint64_t begin = 0, end; begin < count; begin = end) {
        for (end = keep ? begin + 1 : count; end < count && !keep[end] == !keep[begin];)
            end++;
        if (keep && !keep[begin])
            continue;
        if (end - begin > to->count - join->row)
            return fail(join, "there are more than it has room for", error);
        if (!copy_bytes(join, from->fd, npy_file_offset(from, first + begin),
                        npy_file_offset(to, join->row), (end - begin) * to->row_bytes))
            return fail(join, strerror(errno), error);
        join->row += end - begin;
    }
    return true;
}

bool npy_join_end(const struct npy_join *join, struct error *error)
{
    return join->row == join->to->count || fail(join, "some are missing", error);
}

void npy_join_free(struct npy_join *join)
{
    free(join->buffer);
    *join = (struct npy_join){0};
}
