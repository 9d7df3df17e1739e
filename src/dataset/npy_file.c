#include "dataset/npy_file.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "dataset/partial.h"

#define MAGIC_BYTES 10 /* magic 6, version 2, length of the rest 2 */
#define ALIGN       64
/* numpy.lib.format leaves room for the first dimension to grow to this many digits in place. */
#define GROWTH_DIGITS 21

size_t npy_file_header(const struct npy_shape *shape, char header[NPY_FILE_HEADER])
{
    char text[NPY_FILE_HEADER];
    int length = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                          shape->descr);
    for (int i = 0; i < shape->dimensions; i++)
        length += snprintf(text + length, sizeof text - (size_t)length, "%s%" PRIu64, i ? ", " : "",
                           shape->size[i]);
    length += snprintf(text + length, sizeof text - (size_t)length, "%s), }",
                       shape->dimensions == 1 ? "," : "");
    int digits = snprintf(NULL, 0, "%" PRIu64, shape->size[0]);
    size_t used = MAGIC_BYTES + (size_t)length + (size_t)(GROWTH_DIGITS - digits) + 1;
    size_t total = (used + ALIGN - 1) / ALIGN * ALIGN;
    assert(total <= NPY_FILE_HEADER);

    size_t rest = total - MAGIC_BYTES;
    memset(header, ' ', total);
    memcpy(header, "\x93NUMPY\1\0", 8);
    header[8] = (char)(rest & 0xff);
    header[9] = (char)(rest >> 8);
    memcpy(header + MAGIC_BYTES, text, (size_t)length);
    header[total - 1] = '\n';
    return total;
}

/* Bytes of a row and of the whole file; false when they are more than a file can have. */
static bool measure(struct npy *npy, uint64_t *total)
{
    const struct npy_shape *shape = &npy->shape;
    uint64_t row = shape->item_size;
    for (int i = 1; i < shape->dimensions; i++)
        if (__builtin_mul_overflow(row, shape->size[i], &row))
            return false;
    npy->row_bytes = (size_t)row;
    return !__builtin_mul_overflow(row, shape->size[0], total) &&
           !__builtin_add_overflow(*total, npy->header_bytes, total) && *total <= INT64_MAX;
}

static bool say_no_space(const struct npy *npy, uint64_t total, uint64_t available,
                         struct error *error)
{
    return error_set(error, ERROR_OUTPUT,
                     "cannot write '%s': it needs %" PRIu64 " bytes and the disk has %" PRIu64
                     " free; make room or write to another disk",
                     npy->path, total, available);
}

bool npy_file_check_space(const struct npy *npy, uint64_t total, struct error *error)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < total)
        return error_set(error, ERROR_OUTPUT,
                         "cannot write '%s': it needs %" PRIu64
                         " bytes and this process may write files of %" PRIu64
                         "; raise the limit (ulimit -f)",
                         npy->path, total, (uint64_t)limit.rlim_cur);
    struct statvfs vfs;
    /* Some network file systems tell nothing, that is zero blocks in all. */
    if (fstatvfs(npy->fd, &vfs) < 0 || vfs.f_blocks == 0)
        return true;
    uint64_t blocks = geteuid() == 0 ? vfs.f_bfree : vfs.f_bavail;
    uint64_t available = blocks * vfs.f_frsize;
    return total <= available || say_no_space(npy, total, available, error);
}

static bool reserve(const struct npy *npy, uint64_t total, struct error *error)
{
    if (!npy_file_check_space(npy, total, error))
        return false;
    if (file_reserve(npy->fd, (off_t)total))
        return true;
    int failure = errno;
    struct statvfs vfs;
    if (failure == ENOSPC && fstatvfs(npy->fd, &vfs) == 0)
        return say_no_space(npy, total, (uint64_t)vfs.f_bavail * vfs.f_frsize, error);
    return error_set(error, ERROR_OUTPUT, "cannot reserve %" PRIu64 " bytes for '%s': %s", total,
                     npy->path, strerror(failure));
}

void npy_file_release(struct npy *npy)
{
    if (npy->fd >= 0)
        close(npy->fd);
    free(npy->partial);
    free(npy->path);
    free(npy);
}

struct npy *npy_file_make(const char *path, const char *suffix, const struct npy_shape *shape,
                          char header[NPY_FILE_HEADER], uint64_t *total, struct error *error)
{
    assert(shape->dimensions >= 1 && shape->dimensions <= 4 && shape->item_size >= 1);
    assert(strlen(shape->descr) < sizeof((struct npy *)0)->descr);
    struct npy *npy = malloc(sizeof *npy);
    char *own_path = strdup(path), *partial = partial_name(path, suffix, NULL);
    if (!npy || !own_path || !partial) {
        free(npy);
        free(own_path);
        free(partial);
        error_set(error, ERROR_OUTPUT, "not enough memory to create '%s'", path);
        return NULL;
    }
    *npy = (struct npy){.fd = -1, .path = own_path, .partial = partial, .shape = *shape};
    snprintf(npy->descr, sizeof npy->descr, "%s", shape->descr);
    npy->shape.descr = npy->descr;
    npy->count = shape->size[0];

    npy->header_bytes = npy_file_header(&npy->shape, header);
    if (!measure(npy, total)) {
        error_set(error, ERROR_OUTPUT, "cannot write '%s': no file can be that large", path);
        npy_file_release(npy);
        return NULL;
    }
    return npy;
}

struct npy *npy_file_create(const char *path, const char *suffix, const struct npy_shape *shape,
                            struct error *error)
{
    char header[NPY_FILE_HEADER];
    uint64_t total;
    struct npy *npy = npy_file_make(path, suffix, shape, header, &total, error);
    if (!npy)
        return NULL;
    npy->fd = partial_create(path, npy->partial, error);
    if (npy->fd < 0) {
        npy_file_release(npy);
        return NULL;
    }
    if (!reserve(npy, total, error)) {
        npy_abandon(npy);
        return NULL;
    }
    if (!file_write_at(npy->fd, header, npy->header_bytes, 0)) {
        error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", path, strerror(errno));
        npy_abandon(npy);
        return NULL;
    }
    return npy;
}

bool npy_file_read(int fd, void *data, size_t bytes, off_t offset)
{
    char *at = data;
    while (bytes) {
        ssize_t n = pread(fd, at, bytes, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            if (n == 0)
                errno = EIO; /* somebody cut the file */
            return false;
        }
        at += n;
        offset += n;
        bytes -= (size_t)n;
    }
    return true;
}

bool npy_file_is_ours(int fd, const char *header, size_t header_bytes, uint64_t total)
{
    struct stat st;
    char found[NPY_FILE_HEADER];
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == total &&
           npy_file_read(fd, found, header_bytes, 0) && memcmp(found, header, header_bytes) == 0;
}

off_t npy_file_offset(const struct npy *npy, uint64_t row)
{
    return (off_t)(npy->header_bytes + (npy->first + row) * npy->row_bytes);
}
