#include "cli/output_target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "image/codec.h"

/* A picture in the place of an output is a slip of the hand or one of the inputs. */
static bool is_picture(const char *path)
{
    uint8_t head[CODEC_SNIFF_BYTES];
    int fd = file_open_read(path);
    if (fd < 0)
        return false;
    ssize_t got = file_read(fd, head, sizeof head);
    close(fd);
    return got > 0 && codec_find(head, (size_t)got) != NULL;
}

bool output_target_check(const char *path, const char *what, bool force, struct error *error)
{
    struct stat st;
    if (stat(path, &st) != 0) /* what cannot be seen may be there, and is not to be replaced */
        return errno == ENOENT || error_set(error, ERROR_OUTPUT, "%s: cannot look for the %s: %s",
                                            path, what, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return error_set(error, ERROR_USAGE, "%s: the %s must be a file, and this is %s", path,
                         what, S_ISDIR(st.st_mode) ? "a folder" : "not a regular file");
    if (!force)
        return error_set(error, ERROR_USAGE,
                         "%s: the %s exists; use --force to replace it, or another name", path,
                         what);
    if (is_picture(path))
        return error_set(error, ERROR_USAGE,
                         "%s: the %s would replace a picture; use another name, or remove it first",
                         path, what);
    return true;
}

bool output_target_same(const char *a, const char *b)
{
    const char *slash_a = strrchr(a, '/'), *slash_b = strrchr(b, '/');
    if (strcmp(slash_a ? slash_a + 1 : a, slash_b ? slash_b + 1 : b) != 0)
        return false;
    char *folder_a = slash_a ? strndup(a, (size_t)(slash_a - a) + 1) : strdup(".");
    char *folder_b = slash_b ? strndup(b, (size_t)(slash_b - b) + 1) : strdup(".");
    struct stat st_a, st_b;
    bool same = folder_a && folder_b && stat(folder_a, &st_a) == 0 && stat(folder_b, &st_b) == 0 &&
                st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
    free(folder_a);
    free(folder_b);
    return same || strcmp(a, b) == 0;
}
