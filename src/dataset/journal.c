#include "dataset/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "dataset/journal_file.h"
#include "dataset/partial.h"

/* Together a second: the largest shards take a merge less, and who waits in vain loses no more. */
#define LOCK_PAUSE_NS 50000000
#define LOCK_TRIES    20

/* Whether the descriptor is of the file that has the name: a run that ends removes its journal, and
 * another may have waited for the lock of that one. */
static bool has_name(int fd, const char *name)
{
    struct stat ours, named;
    return fstat(fd, &ours) == 0 && lstat(name, &named) == 0 && ours.st_dev == named.st_dev &&
           ours.st_ino == named.st_ino;
}

/* Whether it is sure that it is not: a disk that will not say so proves nothing. */
static bool has_lost_name(int fd, const char *name)
{
    struct stat ours, named;
    if (fstat(fd, &ours) != 0)
        return false;
    if (lstat(name, &named) != 0)
        return errno == ENOENT;
    return ours.st_dev != named.st_dev || ours.st_ino != named.st_ino;
}

/* A merge that looks at what there is holds the lock as well, for moments. */
static bool lock_soon(int fd)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        if (file_lock(fd))
            return true;
        nanosleep(&pause, NULL);
    }
    return file_lock(fd);
}

static int open_locked(const struct journal *journal, struct error *error)
{
    for (int tries = 0; tries < 100; tries++) {
        int fd = open(journal->name,
                      O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK,
                      0666);
        if (fd < 0 && errno == EINTR)
            continue;
        if (fd < 0) {
            error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", journal->name, strerror(errno));
            return -1;
        }
        if (!lock_soon(fd)) {
            error_set(error, ERROR_OUTPUT, "cannot write '%s': another run is writing it",
                      journal->path);
            close(fd);
            return -1;
        }
        if (has_name(fd, journal->name))
            return fd;
        close(fd);
    }
    error_set(error, ERROR_OUTPUT, "cannot write '%s': others write and remove it all the time",
              journal->name);
    return -1;
}

static struct journal *make(const char *path, struct error *error)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal) {
        journal->fd = -1;
        journal->path = strdup(path);
        journal->name = partial_name(path, JOURNAL_SUFFIX, NULL);
    }
    if (journal && journal->path && journal->name)
        return journal;
    error_set(error, ERROR_OUTPUT, "not enough memory for the journal of '%s'", path);
    journal_close(journal, true);
    return NULL;
}

struct journal *journal_open(const char *path, struct error *error)
{
    if (!partial_check(path, error))
        return NULL;
    struct journal *journal = make(path, error);
    if (!journal)
        return NULL;
    journal->fd = open_locked(journal, error);
    if (journal->fd >= 0 && journal_file_scan(journal, error))
        return journal;
    journal_close(journal, true);
    return NULL;
}

/* For writing where that is allowed, as some network file systems lock no other files. */
static int open_left(const char *name)
{
    static const int ways[] = {O_RDWR, O_RDONLY};
    int fd = -1;
    for (int i = 0; i < 2 && fd < 0; i++)
        do
            fd = open(name, ways[i] | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
        while (fd < 0 && errno == EINTR);
    return fd;
}

static enum journal_found find_left(struct journal *journal, struct error *error)
{
    struct error why = {0};
    journal->read_only = true;
    journal->fd = open_left(journal->name);
    if (journal->fd < 0 && errno == ENOENT)
        return JOURNAL_MISSING;
    if (journal->fd < 0) {
        error_set(error, ERROR_OUTPUT, "cannot read '%s': %s", journal->name, strerror(errno));
        return JOURNAL_UNREAD;
    }
    if (!file_lock(journal->fd)) {
        error_set(error, ERROR_OUTPUT, "a run is writing '%s'", journal->path);
        return JOURNAL_BUSY;
    }
    if (journal_file_scan(journal, &why))
        return JOURNAL_THERE;
    if (error)
        *error = why;
    return why.kind == ERROR_USAGE ? JOURNAL_DAMAGED : JOURNAL_UNREAD;
}

struct journal *journal_open_left(const char *path, enum journal_found *found, struct error *error)
{
    struct journal *journal = make(path, error);
    *found = journal ? find_left(journal, error) : JOURNAL_UNREAD;
    if (*found == JOURNAL_THERE)
        return journal;
    journal_close(journal, true);
    return NULL;
}

enum journal_state journal_state(const struct journal *journal)
{
    return journal->state;
}

const char *journal_name(const struct journal *journal)
{
    return journal->name;
}

uint64_t journal_rows(const struct journal *journal)
{
    return journal->rows;
}

/* At the end, where O_APPEND has it. */
static bool append(const struct journal *journal, const void *data, size_t bytes)
{
    const char *from = data;
    while (bytes) {
        ssize_t n = write(journal->fd, from, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = EIO;
        if (n <= 0)
            return false;
        from += n;
        bytes -= (size_t)n;
    }
    return true;
}

static bool write_header(struct journal *journal, const struct journal_identity *identity)
{
    const struct manifest *manifest = identity->manifest;
    struct journal_head *head = &journal->head;
    *head = (struct journal_head){.fact_bytes = (uint32_t)strlen(identity->facts),
                                  .rows = manifest->count,
                                  .row_bytes = identity->row_bytes};
    memcpy(head->magic, JOURNAL_MAGIC, sizeof head->magic);
    struct manifest_mark *marks = malloc(manifest->count * sizeof *marks + 1);
    if (!marks)
        return false;
    for (size_t i = 0; i < manifest->count; i++)
        marks[i] = manifest_mark(&manifest->entries[i]);
    head->crc = journal_file_crc(head, identity->facts, marks);
    bool ok = append(journal, head, sizeof *head) &&
              append(journal, identity->facts, head->fact_bytes) &&
              append(journal, marks, manifest->count * sizeof *marks);
    int failure = errno;
    free(marks);
    errno = failure;
    return ok;
}

bool journal_file_reserve(const struct journal *journal)
{
    size_t head = offsetof(struct journal_batch, row);
    uint64_t left = journal->head.rows > journal->rows ? journal->head.rows - journal->rows : 0;
    uint64_t bytes = left * sizeof(struct journal_row) + left / JOURNAL_ROWS * head;
    return file_reserve_growth(journal->fd, (off_t)(journal->end + bytes + JOURNAL_SPARE));
}

bool journal_clear(struct journal *journal, struct error *error)
{
    journal->rows = journal->in_hand = journal->end = 0;
    journal->batch.count = 0;
    journal->written = 0;
    journal->state = JOURNAL_NEW;
    return file_cut(journal->fd, 0) ||
           error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", journal->name, strerror(errno));
}

void journal_take_all(struct journal *journal)
{
    journal->all = true;
}

bool journal_begin(struct journal *journal, const struct journal_identity *identity,
                   struct error *error)
{
    journal->manifest = identity->manifest;
    journal->all = false;
    if (strlen(identity->facts) > JOURNAL_FACTS)
        return error_set(error, ERROR_USAGE,
                         "cannot write '%s': the options are too long to be kept; name a list or "
                         "folders in the place of many files",
                         journal->name);
    if (!journal_clear(journal, error))
        return false;
    bool ok = write_header(journal, identity);
    journal->end = journal_file_start(&journal->head);
    if (!ok || !journal_file_reserve(journal))
        return error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", journal->name,
                         strerror(errno));
    journal->state = JOURNAL_LEFT;
    return true;
}

static void write_batch(struct journal *journal, enum journal_flag flags)
{
    struct journal_batch *batch = &journal->batch;
    size_t checked = offsetof(struct journal_batch, count);
    size_t bytes = offsetof(struct journal_batch, row) + batch->count * sizeof *batch->row;
    batch->magic = JOURNAL_BATCH_MAGIC;
    batch->flags = flags;
    batch->crc = libdeflate_crc32(0, &batch->count, bytes - checked);
    journal->failed = journal->failed || journal->lost || !append(journal, batch, bytes);
    journal->written += bytes;
    batch->count = 0;
}

void journal_add(struct journal *journal, uint32_t row, const struct index_item *item)
{
    struct journal_batch *batch = &journal->batch;
    if (batch->count == JOURNAL_ROWS)
        write_batch(journal, JOURNAL_MORE);
    batch->row[batch->count++] = (struct journal_row){
        .row = row,
        .file = manifest_mark(&journal->manifest->entries[row]).file,
        .bytes = item->bytes,
        .reason = item->reason,
        .width = item->width,
        .height = item->height,
        .status = item->status,
        .container = item->container,
        .format = item->format,
    };
    journal->in_hand += !journal_file_is_tried_again(item->status);
}

void journal_keep_durable(struct journal *journal)
{
    journal->durable = true;
}

/* Whether nobody else writes to the file or took it away: locks do not keep out everybody on every
 * network file system, nor a person who removes the folder. ESTALE, as a server would say. */
static bool is_alone(struct journal *journal, uint64_t end)
{
    if (end == journal->end + journal->written && !has_lost_name(journal->fd, journal->name))
        return true;
    journal->lost = true;
    errno = ESTALE;
    return false;
}

/* Writes the last batch of the group. What could not be written whole is taken back, so that the
 * next group does not stand behind a torn one. */
static bool end_group(struct journal *journal, enum journal_flag flags)
{
    uint64_t rows = journal->in_hand;
    if (journal->lost) {
        errno = ESTALE;
        return false;
    }
    write_batch(journal, flags);
    journal->in_hand = 0;
    bool ok = !journal->failed && (!journal->durable || fdatasync(journal->fd) == 0);
    journal->failed = false;
    off_t end = ok ? lseek(journal->fd, 0, SEEK_END) : -1;
    if (end >= 0 && journal->durable && !is_alone(journal, (uint64_t)end))
        return false; /* what the other wrote stays as it is */
    journal->written = 0;
    if (end < 0) {
        int failure = errno;
        /* When even this fails, the reader stops at the torn group. */
        journal->failed = !file_cut(journal->fd, (off_t)journal->end);
        errno = failure;
        return false;
    }
    journal->end = (uint64_t)end;
    journal->rows += rows;
    return true;
}

bool journal_seal(struct journal *journal, const uint64_t numbers[JOURNAL_NUMBERS])
{
    memcpy(journal->batch.numbers, numbers, sizeof journal->batch.numbers);
    return end_group(journal, 0);
}

bool journal_finish(struct journal *journal, const uint64_t numbers[JOURNAL_NUMBERS])
{
    memcpy(journal->batch.numbers, numbers, sizeof journal->batch.numbers);
    bool ok = end_group(journal, JOURNAL_END);
    if (ok)
        journal->state = JOURNAL_FINISHED;
    return ok;
}

void journal_close(struct journal *journal, bool keep)
{
    if (!journal)
        return;
    if (journal->fd >= 0) {
        if (!keep && !has_lost_name(journal->fd, journal->name))
            unlink(journal->name); /* while it is locked */
        close(journal->fd);
    }
    free(journal->path);
    free(journal->name);
    free(journal);
}
