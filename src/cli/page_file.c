#include "cli/page_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

bool page_file_check(const char *command, const char *path, struct error *error)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (!folder)
        return error_set(error, ERROR_OUTPUT, "%s: out of memory", command);
    bool ok =
        access(folder, W_OK | X_OK) == 0 ||
        error_set(error, ERROR_OUTPUT, "%s: cannot write '%s': %s", command, path, strerror(errno));
    free(folder);
    return ok;
}

bool page_file_write(const char *command, const char *path, const char *html, struct error *error)
{
    char *beside;
    if (asprintf(&beside, "%s.partial", path) < 0)
        return error_set(error, ERROR_OUTPUT, "%s: out of memory", command);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool ok = fd >= 0 && file_write_at(fd, html, strlen(html), 0);
    int reason = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        ok = false;
        reason = errno;
    }
    if (ok && rename(beside, path) != 0) {
        ok = false;
        reason = errno;
    }
    if (!ok) {
        error_set(error, ERROR_OUTPUT, "%s: cannot write '%s': %s", command, path,
                  strerror(reason));
        if (fd >= 0)
            unlink(beside);
    }
    free(beside);
    return ok;
}
