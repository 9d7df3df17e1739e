#include "dataset/npy_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dataset/npy_join.h"
#include "dataset/partial.h"

struct npy *npy_create(const char *path, const struct npy_shape *shape, struct error *error)
{
    return npy_file_create(path, PARTIAL_SUFFIX, shape, error);
}

struct npy *npy_reopen(const char *path, const struct npy_shape *shape, struct error *error)
{
    char header[NPY_FILE_HEADER];
    uint64_t total;
    struct npy *npy = npy_file_make(path, PARTIAL_SUFFIX, shape, header, &total, error);
    if (!npy)
        return NULL;
    npy->keep = true;
    npy->fd = partial_reopen(path, npy->partial, error);
    if (npy->fd >= 0 && npy_file_is_ours(npy->fd, header, npy->header_bytes, total))
        return npy;
    if (npy->fd >= 0)
        error_set(error, ERROR_OUTPUT,
                  "'%s' is not the array that was begun; remove '%s.journal' to begin anew",
                  npy->partial, npy->path);
    npy_file_release(npy);
    return NULL;
}

struct npy *npy_adopt(const char *path, const char *name, const struct npy_shape *shape,
                      struct error *error)
{
    char header[NPY_FILE_HEADER];
    uint64_t total;
    struct npy *npy = npy_file_make(path, "", shape, header, &total, error);
    char *own_name = strdup(name);
    if (!npy || !own_name) {
        if (npy) {
            error_set(error, ERROR_OUTPUT, "not enough memory to open '%s'", name);
            npy_file_release(npy);
        }
        free(own_name);
        return NULL;
    }
    free(npy->partial);
    npy->partial = own_name;
    npy->keep = true;
    do
        npy->fd = open(name, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    while (npy->fd < 0 && errno == EINTR);
    if (npy->fd >= 0 && npy_file_is_ours(npy->fd, header, npy->header_bytes, total))
        return npy;
    if (npy->fd < 0)
        error_set(error, ERROR_OUTPUT, "cannot open '%s': %s", name, strerror(errno));
    else
        error_set(error, ERROR_USAGE, "'%s' is not the array that was made", name);
    npy_file_release(npy);
    return NULL;
}

bool npy_is_left(const char *path)
{
    struct stat st;
    char *partial = partial_name(path, PARTIAL_SUFFIX, NULL);
    bool left = partial && lstat(partial, &st) == 0;
    free(partial);
    return left;
}

uint64_t npy_mark(const struct npy *npy)
{
    struct stat st;
    return fstat(npy->fd, &st) < 0 ? 0 : partial_mark(&st);
}

uint64_t npy_stamp(const struct npy *npy)
{
    struct stat st;
    if (fstat(npy->fd, &st) < 0)
        return 0;
    uint64_t stamp = ((uint64_t)st.st_size * UINT64_C(0x9e3779b97f4a7c15)) ^ (uint64_t)st.st_mtime;
    return stamp ? stamp : 1;
}

bool npy_is_complete(const char *path, const struct npy_shape *shape, uint64_t mark, bool stamp)
{
    char header[NPY_FILE_HEADER];
    uint64_t total;
    struct npy *npy = npy_file_make(path, PARTIAL_SUFFIX, shape, header, &total, NULL);
    if (!npy)
        return false;
    npy->fd = file_open_read(path);
    bool complete = npy->fd >= 0 && (stamp ? npy_stamp(npy) : npy_mark(npy)) == mark &&
                    npy_file_is_ours(npy->fd, header, npy->header_bytes, total);
    npy_file_release(npy);
    return complete;
}

void npy_keep(struct npy *npy)
{
    npy->keep = true;
}

void npy_let_go(struct npy *npy)
{
    npy->keep = false;
}

size_t npy_row_bytes(const struct npy *npy)
{
    return npy->row_bytes;
}

bool npy_write_row(struct npy *npy, uint64_t row, const void *data)
{
    assert(row < npy->count);
    return file_write_at(npy->fd, data, npy->row_bytes, npy_file_offset(npy, row));
}

bool npy_clear_row(struct npy *npy, uint64_t row)
{
    static const char zeros[4096];
    for (size_t at = 0; at < npy->row_bytes; at += sizeof zeros) {
        size_t left = npy->row_bytes - at;
        if (!file_write_at(npy->fd, zeros, left < sizeof zeros ? left : sizeof zeros,
                           npy_file_offset(npy, row) + (off_t)at))
            return false;
    }
    return true;
}

void npy_start_writing(struct npy *npy)
{
    /* Its failures are found again, and told, by fsync. */
    sync_file_range(npy->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

struct npy *npy_copy_kept(struct npy *npy, const char *path, const uint8_t *keep,
                          struct error *error)
{
    struct npy_shape shape = npy->shape;
    struct npy_join join = {0};
    shape.size[0] = 0;
    for (uint64_t row = 0; row < npy->shape.size[0]; row++)
        shape.size[0] += keep[row] != 0;
    /* A suffix of its own: the slots being copied are most likely PATH.partial. */
    struct npy *copy = npy_file_create(path, ".kept" PARTIAL_SUFFIX, &shape, error);
    bool ok = copy && npy_join_begin(&join, copy, error) &&
              npy_join_rows(&join, npy, 0, npy->shape.size[0], keep, error);
    npy_join_free(&join);
    if (ok)
        return copy;
    npy_abandon(copy);
    return NULL;
}

bool npy_sync_rows(struct npy *npy)
{
    if (npy->sync != SYNC_FAILED && fdatasync(npy->fd) == 0)
        return true;
    if (npy->sync == SYNC_FAILED)
        errno = EIO;
    npy->sync = SYNC_FAILED;
    return false;
}

bool npy_sync(struct npy *npy, struct error *error)
{
    if (npy->sync == SYNC_FAILED)
        return error_set(error, ERROR_OUTPUT, "cannot write to disk '%s': it failed before",
                         npy->path);
    npy->sync = partial_sync(npy->fd, npy->path, error) ? SYNCED : SYNC_FAILED;
    return npy->sync == SYNCED;
}

bool npy_commit(struct npy *npy, bool replace, struct error *error)
{
    if (npy->sync != SYNCED && !npy_sync(npy, error)) {
        npy_abandon(npy);
        return false;
    }
    if (npy->shared) {
        bool closed = close(npy->fd) == 0 || errno == EINTR;
        if (!closed)
            error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", npy->path, strerror(errno));
        npy->fd = -1;
        npy_file_release(npy);
        return closed;
    }
    /* close may be where a network file system tells of a failed write. The other descriptor keeps
     * the lock until the file has its name. */
    int lock = fcntl(npy->fd, F_DUPFD_CLOEXEC, 0);
    int rc = close(npy->fd);
    npy->fd = lock;
    if (rc < 0 && errno != EINTR) {
        error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", npy->path, strerror(errno));
        npy_abandon(npy);
        return false;
    }
    bool ok = partial_rename(npy->partial, npy->path, replace, npy->keep, error);
    npy_file_release(npy);
    return ok;
}

void npy_abandon(struct npy *npy)
{
    if (!npy)
        return;
    if (!npy->keep)
        unlink(npy->partial);
    npy_file_release(npy);
}
