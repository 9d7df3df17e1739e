/*
 * An array that several processes write to, each its own rows.
 */
#include "dataset/npy_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* First under a name of its own, so that nobody finds the common one without header and length. */
static bool publish(const struct npy *npy, const char *header, uint64_t total, struct error *error)
{
    int fd = open(npy->partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    bool ok = fd >= 0 && file_cut(fd, (off_t)total) &&
              file_write_at(fd, header, npy->header_bytes, 0) && fsync(fd) == 0;
    int failure = errno;
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !ok)
        unlink(npy->partial);
    errno = failure;
    if (ok && (file_publish(npy->partial, npy->path) || errno == EEXIST))
        return true;
    return error_set(error, ERROR_OUTPUT, "cannot create '%s': %s", npy->path, strerror(errno));
}

static bool open_shared(struct npy *npy, const char *header, uint64_t total, struct error *error)
{
    struct stat st;
    if (lstat(npy->path, &st) != 0 && !publish(npy, header, total, error))
        return false;
    do
        npy->fd = open(npy->path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    while (npy->fd < 0 && errno == EINTR);
    if (npy->fd < 0)
        return error_set(error, ERROR_OUTPUT, "cannot open '%s': %s", npy->path, strerror(errno));
    if (!npy_file_is_ours(npy->fd, header, npy->header_bytes, total))
        return error_set(error, ERROR_OUTPUT, "'%s' is not the array that was begun", npy->path);
    /* The rows at the borders share their pages with those of others. */
    return file_lock_part(npy->fd, npy_file_offset(npy, 0), (off_t)(npy->count * npy->row_bytes)) ||
           error_set(error, ERROR_OUTPUT,
                     "cannot write '%s': another process is writing the same rows", npy->path);
}

struct npy *npy_share(const char *path, const struct npy_shape *shape, uint64_t first,
                      uint64_t count, struct error *error)
{
    char header[NPY_FILE_HEADER], unique[FILE_UNIQUE], suffix[FILE_UNIQUE + 1];
    uint64_t total;
    assert(first + count <= shape->size[0]);
    file_unique(unique);
    snprintf(suffix, sizeof suffix, ".%s", unique);
    struct npy *npy = npy_file_make(path, suffix, shape, header, &total, error);
    if (!npy)
        return NULL;
    npy->shared = npy->keep = true;
    npy->first = first;
    npy->count = count;
    if (open_shared(npy, header, total, error))
        return npy;
    npy_file_release(npy);
    return NULL;
}

bool npy_reserve_rows(struct npy *npy, struct error *error)
{
    uint64_t bytes = npy->count * npy->row_bytes;
    if (!npy_file_check_space(npy, bytes, error))
        return false;
    return file_reserve_part(npy->fd, npy_file_offset(npy, 0), (off_t)bytes) ||
           error_set(error, ERROR_OUTPUT, "cannot reserve %" PRIu64 " bytes for '%s': %s", bytes,
                     npy->path, strerror(errno));
}
