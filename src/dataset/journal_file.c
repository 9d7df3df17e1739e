#include "dataset/journal_file.h"

#include <errno.h>
#include <libdeflate.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool journal_file_read(const struct journal *journal, void *data, size_t bytes, uint64_t at)
{
    char *to = data;
    while (bytes) {
        ssize_t n = pread(journal->fd, to, bytes, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        to += n;
        at += (uint64_t)n;
        bytes -= (size_t)n;
    }
    return true;
}

uint64_t journal_file_start(const struct journal_head *head)
{
    return sizeof *head + head->fact_bytes + head->rows * sizeof(struct manifest_mark);
}

uint32_t journal_file_crc(const struct journal_head *head, const char *facts,
                          const struct manifest_mark *marks)
{
    struct journal_head plain = *head;
    plain.crc = 0;
    uint32_t crc = libdeflate_crc32(0, &plain, sizeof plain);
    crc = libdeflate_crc32(crc, facts, head->fact_bytes);
    return libdeflate_crc32(crc, marks, head->rows * sizeof *marks);
}

bool journal_file_is_tried_again(unsigned status)
{
    return status == STATUS_IO || status == STATUS_PERMISSION || status == STATUS_CHANGED ||
           status == STATUS_MEMORY;
}

bool journal_file_next(struct journal *journal, uint64_t *at)
{
    struct journal_batch *batch = &journal->batch;
    size_t head = offsetof(struct journal_batch, row),
           checked = offsetof(struct journal_batch, count);
    if (!journal_file_read(journal, batch, head, *at) || batch->magic != JOURNAL_BATCH_MAGIC ||
        batch->count > JOURNAL_ROWS)
        return false;
    size_t rows = batch->count * sizeof *batch->row;
    if (!journal_file_read(journal, batch->row, rows, *at + head) ||
        libdeflate_crc32(0, &batch->count, head + rows - checked) != batch->crc)
        return false;
    *at += head + rows;
    return true;
}

static void find_end(struct journal *journal)
{
    uint64_t at = journal_file_start(&journal->head), rows = 0;
    journal->end = at;
    while (journal_file_next(journal, &at)) {
        rows += journal->batch.count;
        if (journal->batch.flags & JOURNAL_MORE)
            continue;
        journal->end = at;
        journal->rows = rows;
        journal->state = journal->batch.flags & JOURNAL_END ? JOURNAL_FINISHED : JOURNAL_LEFT;
    }
}

static bool damaged(const struct journal *journal, struct error *error)
{
    return error_set(
        error, ERROR_USAGE,
        "%s: this is no journal of a stopped run, or it is damaged; remove it to begin "
        "anew",
        journal->name);
}

static bool cannot_read(const struct journal *journal, struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "%s: cannot read it: %s", journal->name,
                     strerror(errno ? errno : EIO));
}

/* Facts and marks behind a head that makes sense. What could not be looked at is not damaged. */
static bool check_header(struct journal *journal, struct error *error)
{
    const struct journal_head *head = &journal->head;
    size_t bytes = (size_t)(journal_file_start(head) - sizeof *head);
    char *rest = malloc(bytes + 1);
    struct manifest_mark *marks = malloc(head->rows * sizeof *marks + 1);
    errno = 0;
    bool whole = rest && marks && journal_file_read(journal, rest, bytes, sizeof *head);
    bool ok = whole;
    if (!rest || !marks) {
        error_set(error, ERROR_OUTPUT, "%s: no memory to read it", journal->name);
    } else if (!whole) {
        cannot_read(journal, error);
    } else {
        memcpy(marks, rest + head->fact_bytes, head->rows * sizeof *marks);
        ok = journal_file_crc(head, rest, marks) == head->crc || damaged(journal, error);
    }
    free(marks);
    free(rest);
    return ok;
}

bool journal_file_scan(struct journal *journal, struct error *error)
{
    struct journal_head *head = &journal->head;
    struct stat st;
    if (fstat(journal->fd, &st) < 0)
        return cannot_read(journal, error);
    if (!S_ISREG(st.st_mode))
        return damaged(journal, error);
    uint64_t size = (uint64_t)st.st_size;
    size_t there = size < sizeof *head ? (size_t)size : sizeof *head;
    if (!journal_file_read(journal, head, there, 0))
        return cannot_read(journal, error);
    if (memcmp(head->magic, JOURNAL_MAGIC, there < 8 ? there : 8) != 0)
        return damaged(journal, error);
    /* A run that was stopped before its header was whole has done nothing yet. */
    if (there < sizeof *head)
        return true;
    if (head->fact_bytes > JOURNAL_FACTS || head->rows > UINT32_MAX)
        return damaged(journal, error);
    if (size < journal_file_start(head))
        return true;
    if (!check_header(journal, error))
        return false;
    journal->state = JOURNAL_LEFT;
    find_end(journal);
    return true;
}
