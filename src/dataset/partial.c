#include "dataset/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static bool fail(struct error *error, const char *what, const char *path)
{
    return error_set(error, ERROR_OUTPUT, "cannot %s '%s': %s", what, path, strerror(errno));
}

bool partial_check(const char *path, struct error *error)
{
    struct stat st;
    size_t length = strlen(path);
    if (length == 0)
        return error_set(error, ERROR_OUTPUT, "the name of the output is empty");
    /* The link itself would be replaced, and the space be sought on the wrong disk. */
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return error_set(error, ERROR_OUTPUT,
                         "cannot write '%s': it is a %s; name a plain file as the output", path,
                         S_ISDIR(st.st_mode)   ? "folder"
                         : S_ISLNK(st.st_mode) ? "link"
                                               : "device or pipe");
    char *folder = strdup(path);
    if (!folder)
        return fail(error, "write", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[1] = '\0';
    bool ok = stat(slash ? folder : ".", &st) == 0;
    if (!ok)
        error_set(error, ERROR_OUTPUT, "cannot write '%s': its folder: %s", path, strerror(errno));
    else if (path[length - 1] == '/')
        ok = error_set(error, ERROR_OUTPUT, "cannot write '%s': it names a folder", path);
    free(folder);
    return ok;
}

char *partial_name(const char *path, const char *suffix, struct error *error)
{
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *name = malloc(size);
    if (name)
        snprintf(name, size, "%s%s", path, suffix);
    else
        fail(error, "write", path);
    return name;
}

static int open_retry(const char *path, int flags)
{
    int fd;
    do
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0666);
    while (fd < 0 && errno == EINTR);
    return fd;
}

/* Removes what an earlier run left. Not what a run is still writing, which holds a lock on it: its
 * rename would publish whatever stands under the name by then. */
static bool remove_left_over(const char *path, const char *partial, struct error *error)
{
    int fd = open_retry(partial, O_RDONLY | O_NONBLOCK);
    bool ok = true;
    if (fd >= 0 && !file_lock(fd))
        ok = error_set(error, ERROR_OUTPUT, "cannot write '%s': another run is writing it", path);
    else if (unlink(partial) < 0 && errno != ENOENT)
        ok = fail(error, "replace", partial);
    if (fd >= 0)
        close(fd); /* not earlier: see take */
    return ok;
}

/* Locks the new file, and makes sure that nobody took it for left over before it was locked. Where
 * the file system knows no locks there is none. */
static bool take(int fd, const char *path, const char *partial, struct error *error)
{
    struct stat ours, named = {0}; /* without the name: no file's number */
    while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
        continue;
    if (fstat(fd, &ours) < 0 || (lstat(partial, &named) < 0 && errno != ENOENT)) {
        fail(error, "look at", partial);
        unlink(partial); /* made a moment ago: most likely still ours */
        return false;
    }
    if (ours.st_dev == named.st_dev && ours.st_ino == named.st_ino)
        return true;
    return error_set(error, ERROR_OUTPUT, "cannot write '%s': another run is writing it", path);
}

int partial_create(const char *path, const char *partial, struct error *error)
{
    if (!partial_check(path, error) || !remove_left_over(path, partial, error))
        return -1;
    /* O_EXCL: never through a link that somebody puts there in a shared folder. */
    int fd = open_retry(partial, O_RDWR | O_CREAT | O_EXCL);
    if (fd < 0) {
        fail(error, "create", partial);
        return -1;
    }
    if (take(fd, path, partial, error))
        return fd;
    close(fd);
    return -1;
}

int partial_reopen(const char *path, const char *partial, struct error *error)
{
    struct stat st;
    int fd = open_retry(partial, O_RDWR | O_NONBLOCK);
    if (fd < 0) {
        fail(error, "open", partial);
        return -1;
    }
    if (!file_lock(fd))
        error_set(error, ERROR_OUTPUT, "cannot write '%s': another run is writing it", path);
    else if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        error_set(error, ERROR_OUTPUT, "'%s' is no plain file", partial);
    else
        return fd;
    close(fd);
    return -1;
}

bool partial_sync(int fd, const char *path, struct error *error)
{
    return fsync(fd) == 0 || fail(error, "write to disk", path);
}

uint64_t partial_mark(const struct stat *st)
{
    uint64_t time = (uint64_t)st->st_mtim.tv_sec * 1000000000 + (uint64_t)st->st_mtim.tv_nsec;
    return (st->st_ino * UINT64_C(0x9e3779b97f4a7c15)) ^ time; /* spread over all bits */
}

bool partial_rename(const char *partial, const char *path, bool replace, bool keep,
                    struct error *error)
{
    if (!(replace ? rename(partial, path) == 0 : file_rename_new(partial, path))) {
        if (errno == EEXIST)
            error_set(error, ERROR_OUTPUT,
                      "cannot write '%s': a file of that name was made meanwhile; move it away, or "
                      "replace it with --force",
                      path);
        else
            fail(error, "rename the finished output to", path);
        if (!keep)
            unlink(partial);
        return false;
    }
    if (file_sync_folder(path))
        return true;
    fail(error, "write to disk the folder of", path);
    if (!keep)
        unlink(path);
    else if (rename(path, partial) < 0)
        return false; /* then it stays: it is whole, and all that there is */
    return false;
}
