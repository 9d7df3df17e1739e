/*
 * The note `merged`. It is replaced in one step, so that there is always a whole one, and is on
 * disk before any output has its name.
 */
#include "shard/shard_merge_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define NOTE_BYTES 256

static void format_note(const struct shard_merge_note *note, char text[NOTE_BYTES])
{
    snprintf(text, NOTE_BYTES,
             "array=%016" PRIx64 "\nindex=%016" PRIx64 "\ngood=%" PRIu64 "\nfailed=%" PRIu64
             "\nend\n",
             note->array, note->index, note->good, note->failed);
}

/* A note is what reads as one and would be written so again. */
bool shard_merge_parts_read_note(const struct shard_set *set, struct shard_merge_note *note)
{
    char text[NOTE_BYTES], again[NOTE_BYTES], *path = shard_set_file(set, "merged");
    int fd = path ? file_open_read(path) : -1;
    ssize_t got = fd >= 0 ? file_read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        close(fd);
    free(path);
    if (got < 0)
        return false;
    text[got] = '\0';
    *note = (struct shard_merge_note){0};
    if (sscanf(text, "array=%16" SCNx64 " index=%16" SCNx64 " good=%19" SCNu64 " failed=%19" SCNu64,
               &note->array, &note->index, &note->good, &note->failed) != 4)
        return false;
    format_note(note, again);
    return strcmp(text, again) == 0;
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return false;
    bool ok = file_write_at(fd, text, strlen(text), 0) && fsync(fd) == 0;
    int failure = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        failure = errno;
    }
    errno = failure;
    return ok;
}

bool shard_merge_parts_write_note(const struct shard_set *set, const struct shard_merge_note *note,
                                  struct error *error)
{
    char text[NOTE_BYTES];
    char *path = shard_set_file(set, "merged"), *temporary = shard_set_temporary(set, "merged");
    format_note(note, text);
    bool ok = path && temporary;
    if (!ok)
        error_set(error, ERROR_OUTPUT, "no memory");
    else if (!write_file(temporary, text) || rename(temporary, path) != 0 ||
             !file_sync_folder(path)) {
        ok = error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", path, strerror(errno));
        unlink(temporary);
    }
    free(path);
    free(temporary);
    return ok;
}
