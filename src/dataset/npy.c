#include "dataset/npy.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
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
#define MAX_HEADER    256
#define HOST_BYTES    65

/* Large enough that the disk streams, small enough to stay in the second-level cache. */
#define COPY_BYTES ((size_t)1 << 20)

enum sync_state { UNSYNCED, SYNCED, SYNC_FAILED };

struct npy {
    int fd;
    enum sync_state sync;
    bool keep;   /* the partial file outlives failures */
    bool shared; /* it has its name already, and others write to it */
    char *path, *partial;
    struct npy_shape shape;
    char descr[8];
    size_t header_bytes, row_bytes;
    uint64_t first, count; /* the rows that are ours: shared, not all */
};

/* The header as numpy.lib.format.write_array_header_1_0 writes it. Returns its length. */
static size_t format_header(const struct npy_shape *shape, char header[MAX_HEADER])
{
    char text[MAX_HEADER];
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
    assert(total <= MAX_HEADER);

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

/* Refuses what cannot fit before touching the disk: reserving would first fill it for everybody. */
static bool check_space(const struct npy *npy, uint64_t total, struct error *error)
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
    if (!check_space(npy, total, error))
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

/* Closes without removing anything. */
static void release(struct npy *npy)
{
    if (npy->fd >= 0)
        close(npy->fd);
    free(npy->partial);
    free(npy->path);
    free(npy);
}

/* The array in memory alone: no file yet. `header` is what its file begins with. */
static struct npy *make(const char *path, const char *suffix, const struct npy_shape *shape,
                        char header[MAX_HEADER], uint64_t *total, struct error *error)
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

    npy->header_bytes = format_header(&npy->shape, header);
    if (!measure(npy, total)) {
        error_set(error, ERROR_OUTPUT, "cannot write '%s': no file can be that large", path);
        release(npy);
        return NULL;
    }
    return npy;
}

static struct npy *create(const char *path, const char *suffix, const struct npy_shape *shape,
                          struct error *error)
{
    char header[MAX_HEADER];
    uint64_t total;
    struct npy *npy = make(path, suffix, shape, header, &total, error);
    if (!npy)
        return NULL;
    npy->fd = partial_create(path, npy->partial, error);
    if (npy->fd < 0) {
        release(npy);
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

struct npy *npy_create(const char *path, const struct npy_shape *shape, struct error *error)
{
    return create(path, PARTIAL_SUFFIX, shape, error);
}

static bool read_at(int fd, void *data, size_t bytes, off_t offset)
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

/* Whether the open file is one that was made with this header and size. */
static bool is_ours(int fd, const char *header, size_t header_bytes, uint64_t total)
{
    struct stat st;
    char found[MAX_HEADER];
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == total &&
           read_at(fd, found, header_bytes, 0) && memcmp(found, header, header_bytes) == 0;
}

struct npy *npy_reopen(const char *path, const struct npy_shape *shape, struct error *error)
{
    char header[MAX_HEADER];
    uint64_t total;
    struct npy *npy = make(path, PARTIAL_SUFFIX, shape, header, &total, error);
    if (!npy)
        return NULL;
    npy->keep = true;
    npy->fd = partial_reopen(path, npy->partial, error);
    if (npy->fd >= 0 && is_ours(npy->fd, header, npy->header_bytes, total))
        return npy;
    if (npy->fd >= 0)
        error_set(error, ERROR_OUTPUT,
                  "'%s' is not the array that was begun; remove '%s.journal' to begin anew",
                  npy->partial, npy->path);
    release(npy);
    return NULL;
}

static off_t row_offset(const struct npy *npy, uint64_t row)
{
    return (off_t)(npy->header_bytes + (npy->first + row) * npy->row_bytes);
}

/* First under a name of its own, so that nobody finds the common one without header and length. */
static bool publish(const struct npy *npy, const char *header, uint64_t total, struct error *error)
{
    unlink(npy->partial); /* of a process of this number that was killed */
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
    if (!is_ours(npy->fd, header, npy->header_bytes, total))
        return error_set(error, ERROR_OUTPUT, "'%s' is not the array that was begun", npy->path);
    return true;
}

struct npy *npy_share(const char *path, const struct npy_shape *shape, uint64_t first,
                      uint64_t count, struct error *error)
{
    char header[MAX_HEADER], host[HOST_BYTES] = "", suffix[HOST_BYTES + 32];
    uint64_t total;
    assert(first + count <= shape->size[0]);
    gethostname(host, sizeof host - 1);
    snprintf(suffix, sizeof suffix, ".%s.%ld", host, (long)getpid());
    struct npy *npy = make(path, suffix, shape, header, &total, error);
    if (!npy)
        return NULL;
    npy->shared = npy->keep = true;
    npy->first = first;
    npy->count = count;
    if (open_shared(npy, header, total, error))
        return npy;
    release(npy);
    return NULL;
}

bool npy_reserve_rows(struct npy *npy, struct error *error)
{
    uint64_t bytes = npy->count * npy->row_bytes;
    if (!check_space(npy, bytes, error))
        return false;
    return file_reserve_part(npy->fd, row_offset(npy, 0), (off_t)bytes) ||
           error_set(error, ERROR_OUTPUT, "cannot reserve %" PRIu64 " bytes for '%s': %s", bytes,
                     npy->path, strerror(errno));
}

uint64_t npy_inode(const struct npy *npy)
{
    struct stat st;
    return fstat(npy->fd, &st) == 0 ? st.st_ino : 0;
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
    if (fstat(npy->fd, &st) < 0)
        return 0;
    uint64_t time = (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec;
    return (st.st_ino * UINT64_C(0x9e3779b97f4a7c15)) ^ time; /* spread over all bits */
}

bool npy_is_complete(const char *path, const struct npy_shape *shape, uint64_t mark)
{
    char header[MAX_HEADER];
    uint64_t total;
    struct npy *npy = make(path, PARTIAL_SUFFIX, shape, header, &total, NULL);
    if (!npy)
        return false;
    npy->fd = file_open_read(path);
    bool complete =
        npy->fd >= 0 && npy_mark(npy) == mark && is_ours(npy->fd, header, npy->header_bytes, total);
    release(npy);
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
    return file_write_at(npy->fd, data, npy->row_bytes, row_offset(npy, row));
}

bool npy_clear_row(struct npy *npy, uint64_t row)
{
    static const char zeros[4096];
    for (size_t at = 0; at < npy->row_bytes; at += sizeof zeros) {
        size_t left = npy->row_bytes - at;
        if (!file_write_at(npy->fd, zeros, left < sizeof zeros ? left : sizeof zeros,
                           row_offset(npy, row) + (off_t)at))
            return false;
    }
    return true;
}

void npy_start_writing(struct npy *npy)
{
    /* Its failures are found again, and told, by fsync. */
    sync_file_range(npy->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

static bool copy_bytes(const struct npy *from, off_t source, const struct npy *to, off_t target,
                       uint64_t bytes, void *buffer)
{
    while (bytes) {
        size_t part = bytes < COPY_BYTES ? (size_t)bytes : COPY_BYTES;
        if (!read_at(from->fd, buffer, part, source) ||
            !file_write_at(to->fd, buffer, part, target))
            return false;
        source += (off_t)part;
        target += (off_t)part;
        bytes -= part;
    }
    return true;
}

/* Rows are copied in runs of neighbours, so that small ones do not cost a system call each. */
static bool copy_kept(const struct npy *from, const struct npy *to, const uint8_t *keep)
{
    void *buffer = malloc(COPY_BYTES);
    if (!buffer)
        return false;
    bool ok = true;
    uint64_t rows = from->shape.size[0], target = 0;
    for (uint64_t begin = 0, end; ok && begin < rows; begin = end) {
        for (end = begin + 1; end < rows && !keep[end] == !keep[begin];)
            end++;
        if (!keep[begin])
            continue;
        ok = copy_bytes(from, row_offset(from, begin), to, row_offset(to, target),
                        (end - begin) * from->row_bytes, buffer);
        target += end - begin;
    }
    int failure = errno;
    free(buffer);
    errno = failure;
    return ok;
}

struct npy *npy_copy_kept(struct npy *npy, const char *path, const uint8_t *keep,
                          struct error *error)
{
    struct npy_shape shape = npy->shape;
    shape.size[0] = 0;
    for (uint64_t row = 0; row < npy->shape.size[0]; row++)
        shape.size[0] += keep[row] != 0;
    /* A suffix of its own: the slots being copied are most likely PATH.partial. */
    struct npy *copy = create(path, ".kept" PARTIAL_SUFFIX, &shape, error);
    if (copy && !copy_kept(npy, copy, keep)) {
        error_set(error, ERROR_OUTPUT, "cannot copy the good rows to '%s': %s", path,
                  strerror(errno));
        npy_abandon(copy);
        return NULL;
    }
    return copy;
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

bool npy_commit(struct npy *npy, struct error *error)
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
        release(npy);
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
    bool ok = partial_rename(npy->partial, npy->path, npy->keep, error);
    release(npy);
    return ok;
}

void npy_abandon(struct npy *npy)
{
    if (!npy)
        return;
    if (!npy->keep)
        unlink(npy->partial);
    release(npy);
}
