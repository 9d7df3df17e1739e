#include "pipeline/reader.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static enum status fail_errno(int error, struct reason *why)
{
    *why = reason_errno(error);
    switch (error) {
    case EACCES:
    case EPERM:
        return STATUS_PERMISSION;
    case ENOMEM:
        return STATUS_MEMORY;
    default:
        return STATUS_IO;
    }
}

static enum status fail_own(enum status status, enum reason_code code, int64_t first,
                            int64_t second, struct reason *why)
{
    *why = reason_own(code, first, second);
    return status;
}

/* What the scan already knows to be no picture. */
static enum status check_entry(const struct manifest_entry *entry, struct reason *why)
{
    switch (entry->kind) {
    case MANIFEST_MISSING:
        return fail_errno(entry->error, why);
    case MANIFEST_FOLDER:
        if (entry->error)
            return fail_errno(entry->error, why);
        return fail_own(STATUS_NOT_A_FILE, REASON_FOLDER, 0, 0, why);
    case MANIFEST_SPECIAL:
        return fail_own(STATUS_NOT_A_FILE, REASON_NOT_REGULAR, 0, 0, why);
    default:
        return STATUS_OK;
    }
}

/* The finest step that a time may have been cut to: seconds by SFTP, 100 ns by SMB. */
static int64_t resolution(int64_t ns)
{
    return ns % 1000000000 == 0 ? 1000000000 : ns % 100 == 0 ? 100 : 1;
}

/* The list may have been made on another host, which sees the same disk by other means: two times
 * are the same when they are equal as the coarser of the two can tell. */
static bool same_time(int64_t a, int64_t b)
{
    int64_t step = resolution(a) > resolution(b) ? resolution(a) : resolution(b);
    return a == b || (a >= 0 && b >= 0 && a / step == b / step);
}

static bool same_file(const struct stat *st, const struct manifest_entry *entry)
{
    return S_ISREG(st->st_mode) && (uint64_t)st->st_size == entry->bytes &&
           same_time(manifest_mtime_ns(st), entry->mtime_ns);
}

static enum status check_changed(int fd, const struct manifest_entry *entry, struct reason *why)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail_errno(errno, why);
    if (!same_file(&st, entry))
        return fail_own(STATUS_CHANGED, REASON_CHANGED, 0, 0, why);
    return STATUS_OK;
}

/* Reads up to `upto` bytes in all. A file that is shorter than its own size, and did not change,
 * lies on a broken disk or network: that is truncation, not a program's doing. */
static enum status fill(struct reader *reader, int fd, const struct manifest_entry *entry,
                        size_t upto, struct reason *why)
{
    if (!buffer_grow(&reader->data, upto, reader->size))
        return fail_own(STATUS_MEMORY, REASON_NO_MEMORY, 0, 0, why);
    ssize_t got = file_read(fd, reader->data.data + reader->size, upto - reader->size);
    if (got < 0)
        return fail_errno(errno, why);
    reader->size += (size_t)got;
    if (reader->size == upto)
        return STATUS_OK;
    enum status status = check_changed(fd, entry, why);
    if (status == STATUS_OK)
        status = fail_own(STATUS_TRUNCATED, REASON_SHORT_READ, (int64_t)reader->size,
                          (int64_t)entry->bytes, why);
    return status;
}

static enum status sniff(struct reader *reader, struct reason *why)
{
    size_t size = reader->size < CODEC_SNIFF_BYTES ? reader->size : CODEC_SNIFF_BYTES;
    reader->codec = codec_find(reader->data.data, size);
    if (reader->codec)
        return STATUS_OK;
    int other = codec_find_other(reader->data.data, size);
    if (other >= 0)
        return fail_own(STATUS_UNSUPPORTED, REASON_OTHER_FORMAT, other, 0, why);
    return fail_own(STATUS_FORMAT, REASON_UNKNOWN_FORMAT, 0, 0, why);
}

static enum status read_open(struct reader *reader, int fd, const struct manifest_entry *entry,
                             uint64_t max_bytes, uint64_t most, struct reason *why)
{
    enum status status = check_changed(fd, entry, why);
    if (status != STATUS_OK)
        return status;
    if (entry->bytes == 0)
        return fail_own(STATUS_EMPTY, REASON_EMPTY_FILE, 0, 0, why);
    if (entry->bytes > max_bytes)
        return fail_own(STATUS_TOO_LARGE, REASON_TOO_MANY_BYTES, (int64_t)entry->bytes,
                        (int64_t)max_bytes, why);
    size_t size = (size_t)entry->bytes;
    size_t head = size < CODEC_SNIFF_BYTES ? size : CODEC_SNIFF_BYTES;
    status = fill(reader, fd, entry, head, why);
    if (status == STATUS_OK)
        status = sniff(reader, why);
    if (status == STATUS_OK && size > most) {
        reader->size = 0;
        return STATUS_OK;
    }
    if (status == STATUS_OK && size > head)
        status = fill(reader, fd, entry, size, why);
    if (status == STATUS_OK)
        status = check_changed(fd, entry, why);
    return status;
}

enum status reader_read(struct reader *reader, const struct manifest_entry *entry,
                        uint64_t max_bytes, uint64_t most, struct reason *why)
{
    reader->size = 0;
    reader->codec = NULL;
    enum status status = check_entry(entry, why);
    if (status != STATUS_OK)
        return status;
    int fd = file_open_read(entry->path);
    if (fd < 0 && errno == ENOENT)
        return fail_own(STATUS_CHANGED, REASON_VANISHED, 0, 0, why);
    if (fd < 0)
        return fail_errno(errno, why);
    status = read_open(reader, fd, entry, max_bytes, most, why);
    close(fd);
    return status;
}

void reader_free(struct reader *reader)
{
    buffer_free(&reader->data);
}
