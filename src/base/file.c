#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define READ_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static int open_retry(int at, const char *path, int flags)
{
    int fd;
    do
        fd = openat(at, path, flags);
    while (fd < 0 && errno == EINTR);
    return fd;
}

/* Opens the folder of a path that is longer than PATH_MAX, one component at a time; *name is what
 * is left to open in it. Returns a descriptor that the caller closes, or -1. */
static int open_folder_of(const char *path, const char **name)
{
    int at = open_retry(AT_FDCWD, *path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    while (at >= 0) {
        path += strspn(path, "/");
        size_t length = strcspn(path, "/");
        if (path[length] == '\0') {
            *name = length ? path : "."; /* after a slash at the end: the folder itself */
            return at;
        }
        char component[NAME_MAX + 1];
        if (length > NAME_MAX) {
            close(at);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(component, path, length);
        component[length] = '\0';
        int next = open_retry(at, component, O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(at);
        at = next;
        path += length;
    }
    return -1;
}

int file_open_read(const char *path)
{
    int fd = open_retry(AT_FDCWD, path, READ_FLAGS);
    if (fd >= 0 || errno != ENAMETOOLONG)
        return fd;
    const char *name;
    int at = open_folder_of(path, &name);
    if (at < 0)
        return -1;
    fd = open_retry(at, name, READ_FLAGS);
    int saved = errno;
    close(at);
    errno = saved;
    return fd;
}

int file_stat(const char *path, struct stat *st)
{
    int rc = stat(path, st);
    if (rc == 0 || errno != ENAMETOOLONG)
        return rc;
    const char *name;
    int at = open_folder_of(path, &name);
    if (at < 0)
        return -1;
    rc = fstatat(at, name, st, 0);
    int saved = errno;
    close(at);
    errno = saved;
    return rc;
}

ssize_t file_read(int fd, void *data, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t n = read(fd, (char *)data + done, bytes - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

bool file_write_at(int fd, const void *data, size_t bytes, off_t offset)
{
    const char *at = data;
    while (bytes) {
        ssize_t n = pwrite(fd, at, bytes, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = EIO; /* no progress and no reason: trying again might never end */
        if (n <= 0)
            return false;
        at += n;
        offset += n;
        bytes -= (size_t)n;
    }
    return true;
}

bool file_cut(int fd, off_t bytes)
{
    int rc;
    do
        rc = ftruncate(fd, bytes);
    while (rc < 0 && errno == EINTR);
    return rc == 0;
}

bool file_lock(int fd)
{
    int rc;
    do
        rc = flock(fd, LOCK_EX | LOCK_NB);
    while (rc < 0 && errno == EINTR);
    return rc == 0 || errno != EWOULDBLOCK;
}

bool file_lock_part(int fd, off_t offset, off_t bytes)
{
    /* Of the open file, not of the process: closing another descriptor does not undo it. */
    struct flock part = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = bytes};
    int rc;
    if (bytes == 0) /* to fcntl: up to the end, wherever that is */
        return true;
    do
        rc = fcntl(fd, F_OFD_SETLK, &part);
    while (rc < 0 && errno == EINTR);
    return rc == 0 || (errno != EAGAIN && errno != EACCES);
}

void file_unique(char text[FILE_UNIQUE])
{
    uint64_t number = 0;
    while (getrandom(&number, sizeof number, 0) < 0 && errno == EINTR)
        continue;
    snprintf(text, FILE_UNIQUE, "%016" PRIx64, number);
}

bool file_reserve_growth(int fd, off_t bytes)
{
    int rc;
    do
        rc = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, bytes);
    while (rc < 0 && errno == EINTR);
    return rc == 0 || errno == EOPNOTSUPP || errno == ENOSYS;
}

bool file_reserve(int fd, off_t bytes)
{
    int rc;
    if (bytes == 0)
        return file_cut(fd, 0);
    do
        rc = fallocate(fd, 0, 0, bytes);
    while (rc < 0 && errno == EINTR);
    if (rc == 0)
        return true;
    if (errno != EOPNOTSUPP && errno != ENOSYS)
        return false;
    /* Not glibc's posix_fallocate: its emulation writes to every block, also under other writers.
     */
    struct statvfs vfs;
    /* Zero blocks in all is said by file systems that do not know. */
    if (fstatvfs(fd, &vfs) == 0 && vfs.f_blocks &&
        (uint64_t)vfs.f_bavail * vfs.f_frsize < (uint64_t)bytes) {
        errno = ENOSPC;
        return false;
    }
    return file_cut(fd, bytes);
}

bool file_reserve_part(int fd, off_t offset, off_t bytes)
{
    int rc;
    if (bytes == 0)
        return true;
    do
        rc = fallocate(fd, 0, offset, bytes);
    while (rc < 0 && errno == EINTR);
    return rc == 0 || errno == EOPNOTSUPP || errno == ENOSYS;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat first, second;
    return lstat(a, &first) == 0 && lstat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* A name that is taken may be taken by this very file: over a network a link may have been made
 * though its answer was lost, and a process may have been killed before the unlink. */
static bool rename_by_link(const char *from, const char *to)
{
    if (link(from, to) < 0) {
        int failure = errno;
        bool done = failure == EEXIST && is_same_file(from, to);
        errno = failure;
        if (!done)
            return false;
    }
    unlink(from);
    return true;
}

static bool rename_no_replace(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0;
}

bool file_rename_new(const char *from, const char *to)
{
    struct stat st;
    if (rename_no_replace(from, to))
        return true;
    if (errno != EINVAL && errno != ENOSYS && errno != EEXIST)
        return false;
    if (rename_by_link(from, to))
        return true;
    if (errno == EEXIST)
        return false;
    if (lstat(to, &st) < 0) /* no links here, either */
        return errno == ENOENT && rename(from, to) == 0;
    errno = EEXIST;
    return false;
}

bool file_publish(const char *temporary, const char *path)
{
    /* A link first, as every POSIX file system that hosts share knows it; those without links (FAT,
     * some of FUSE) mostly know this kind of rename. */
    if (rename_by_link(temporary, path) || (errno != EEXIST && rename_no_replace(temporary, path)))
        return true;
    int failure = errno;
    unlink(temporary);
    errno = failure;
    return false;
}

bool file_sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (!folder)
        return false;
    int fd = open_retry(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    /* A folder may be written to and not read: then its name is safe when the kernel says so. */
    if (fd < 0)
        return errno == EACCES;
    /* Some file systems know no fsync of a folder (EINVAL): nothing is lost that could be kept. */
    bool ok = fsync(fd) == 0 || errno == EINVAL;
    int saved = errno;
    close(fd);
    errno = saved;
    return ok;
}
