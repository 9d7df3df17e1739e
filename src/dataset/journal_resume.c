#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "dataset/facts.h"
#include "dataset/journal_file.h"

/* What is compared: the header's marks, and in the place of each row that was done the mark of the
 * file that was read. */
struct before {
    char *facts; /* with a terminating zero */
    struct manifest_mark *marks;
    uint8_t *again; /* rows to be tried again, whose files may differ by now */
};

static bool refuse(const struct journal *journal, const char *what, struct error *error)
{
    return error_set(error, ERROR_USAGE,
                     "cannot resume '%s': %s; undo that, or remove %s to begin anew", journal->path,
                     what, journal->name);
}

static bool read_before(const struct journal *journal, struct before *before)
{
    const struct journal_head *head = &journal->head;
    size_t mark_bytes = head->rows * sizeof *before->marks;
    before->facts = malloc(head->fact_bytes + 1);
    before->marks = malloc(mark_bytes + 1);
    before->again = calloc(head->rows + 1, 1);
    if (!before->facts || !before->marks || !before->again ||
        !journal_file_read(journal, before->facts, head->fact_bytes, sizeof *head) ||
        !journal_file_read(journal, before->marks, mark_bytes, sizeof *head + head->fact_bytes))
        return false;
    before->facts[head->fact_bytes] = '\0';
    return true;
}

/* A row of a batch whose checksum is right may still have been made by somebody else. */
static bool is_sound(const struct journal *journal, const struct journal_row *row)
{
    unsigned kind = row->reason.kind;
    return row->row < journal->head.rows && row->status < STATUS_COUNT &&
           row->container <= PICTURE_PNG && row->format < PIXEL_FORMAT_COUNT &&
           kind <= REASON_PNG && (kind != REASON_OWN || row->reason.code < REASON_CODE_COUNT);
}

static bool take_row(struct journal *journal, const struct journal_row *row, struct before *before,
                     struct index_item *items)
{
    if (!is_sound(journal, row))
        return false;
    before->marks[row->row].file = row->file;
    before->again[row->row] = !journal->all && journal_file_is_tried_again(row->status);
    items[row->row] = before->again[row->row] ? (struct index_item){0}
                                              : (struct index_item){.bytes = row->bytes,
                                                                    .reason = row->reason,
                                                                    .width = row->width,
                                                                    .height = row->height,
                                                                    .status = row->status,
                                                                    .container = row->container,
                                                                    .format = row->format,
                                                                    .done = INDEX_RECORDED};
    return true;
}

static bool take_rows(struct journal *journal, struct before *before, struct index_item *items,
                      uint64_t numbers[JOURNAL_NUMBERS])
{
    uint64_t at = journal_file_start(&journal->head);
    memset(numbers, 0, sizeof(uint64_t[JOURNAL_NUMBERS]));
    while (at < journal->end) {
        if (!journal_file_next(journal, &at))
            return false;
        for (uint32_t i = 0; i < journal->batch.count; i++)
            if (!take_row(journal, &journal->batch.row[i], before, items))
                return false;
        memcpy(numbers, journal->batch.numbers, sizeof(uint64_t[JOURNAL_NUMBERS]));
    }
    journal->rows = 0;
    for (uint64_t row = 0; row < journal->head.rows; row++)
        journal->rows += items[row].done != 0;
    return true;
}

static bool check_facts(const struct journal *journal, const struct journal_identity *identity,
                        const struct before *before, struct error *error)
{
    char text[512];
    if (strcmp(before->facts, identity->facts) == 0 &&
        journal->head.row_bytes == identity->row_bytes)
        return true;
    facts_differences(before->facts, identity->facts, text, sizeof text);
    if (!text[0])
        snprintf(text, sizeof text, "it was made by another version of this program");
    return refuse(journal, text, error);
}

static bool check_inputs(const struct journal *journal, const struct before *before,
                         struct error *error)
{
    char text[512];
    const struct manifest *manifest = journal->manifest;
    uint64_t count = journal->head.rows;
    size_t row = 0;
    bool other = false;
    for (; row < manifest->count && row < count; row++) {
        struct manifest_mark now = manifest_mark(&manifest->entries[row]);
        other = now.path != before->marks[row].path;
        if (other || (now.file != before->marks[row].file && !before->again[row]))
            break;
    }
    const char *path = row < manifest->count ? manifest->entries[row].path : "missing";
    if (manifest->count != count)
        snprintf(text, sizeof text,
                 "there were %" PRIu64 " inputs and are %zu; the first that differs is number %zu, "
                 "now %.300s",
                 count, manifest->count, row, path);
    else if (row == count)
        return true;
    else if (other)
        snprintf(text, sizeof text, "input %zu was another file, and is %.300s", row, path);
    else
        snprintf(text, sizeof text, "input %zu, %.300s, was changed", row, path);
    return refuse(journal, text, error);
}

static bool resume(struct journal *journal, const struct journal_identity *identity,
                   struct before *before, struct index_item *items,
                   uint64_t numbers[JOURNAL_NUMBERS], struct error *error)
{
    if (!read_before(journal, before))
        return error_set(error, ERROR_OUTPUT, "%s: cannot read it, or no memory", journal->name);
    if (!check_facts(journal, identity, before, error))
        return false;
    if (journal->head.rows != identity->manifest->count)
        return check_inputs(journal, before, error);
    errno = 0;
    bool taken = take_rows(journal, before, items, numbers);
    if (!taken && errno)
        return error_set(error, ERROR_OUTPUT, "%s: cannot read it: %s", journal->name,
                         strerror(errno));
    if (!taken)
        return error_set(error, ERROR_USAGE, "%s: it is damaged; remove it to begin anew",
                         journal->name);
    if (!check_inputs(journal, before, error))
        return false;
    if (journal->read_only)
        return true;
    /* The torn tail goes, so that the next group is found. */
    if (!file_cut(journal->fd, (off_t)journal->end) || !journal_file_reserve(journal))
        return error_set(error, ERROR_OUTPUT, "cannot write '%s': %s", journal->name,
                         strerror(errno));
    journal->batch.count = 0;
    return true;
}

bool journal_resume(struct journal *journal, const struct journal_identity *identity,
                    struct index_item *items, uint64_t numbers[JOURNAL_NUMBERS],
                    struct error *error)
{
    struct before before = {0};
    journal->manifest = identity->manifest;
    bool ok = resume(journal, identity, &before, items, numbers, error);
    free(before.facts);
    free(before.marks);
    free(before.again);
    return ok;
}
