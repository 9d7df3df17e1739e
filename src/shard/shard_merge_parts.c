#include "shard/shard_merge_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataset/npy_join.h"
#include "dataset/partial.h"

void shard_merge_parts_phase(const struct shard_merge *merge, const char *name)
{
    if (merge->hooks.phase)
        merge->hooks.phase(merge->hooks.user, name);
}

void shard_merge_parts_progress(const struct shard_merge *merge, uint64_t rows)
{
    if (merge->hooks.progress)
        merge->hooks.progress(merge->hooks.user, rows, merge->totals.rows);
}

uint64_t shard_merge_parts_mark(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? partial_mark(&st) : 0;
}

bool shard_merge_parts_range(struct shard_merge *merge, uint32_t index, uint64_t next,
                             struct shard_merge_part *part, struct error *error)
{
    uint32_t count = merge->totals.shards;
    *part = (struct shard_merge_part){.shard = {index, count}, .why = ""};
    if (!manifest_file_range(merge->list, index - 1, count, &part->rows, error))
        return false;
    uint64_t end = part->rows.first + part->rows.count;
    bool fits = (part->rows.count == 0 || part->rows.first == next) && end <= merge->totals.rows &&
                (index < count || next + part->rows.count == merge->totals.rows);
    return fits || error_set(error, ERROR_USAGE,
                             "%s: the rows of shard %" PRIu32 "/%" PRIu32
                             " do not follow on those before it: its list of inputs is damaged",
                             merge->set.folder, index, count);
}

static bool all_done(const struct shard_merge_rows *rows)
{
    for (size_t i = 0; i < rows->manifest.count; i++)
        if (!rows->items[i].done)
            return false;
    return true;
}

static size_t row_bytes(const struct npy_shape *shape)
{
    return (size_t)(shape->item_size * shape->size[1] * shape->size[2] * shape->size[3]);
}

static enum shard_merge_state damaged(struct shard_merge_part *part, struct shard_merge_rows *rows,
                                      const char *why)
{
    snprintf(rows->why, sizeof rows->why, "%s", why);
    part->why = rows->why;
    return SHARD_MERGE_DAMAGED;
}

/* Where shards have arrays of their own: this one's, which its last group names by its mark. */
static enum shard_merge_state find_array(const struct shard_merge *merge, const char *path,
                                         struct shard_merge_part *part,
                                         struct shard_merge_rows *rows)
{
    struct stat st;
    struct error why;
    if (!merge->separate)
        return SHARD_MERGE_FINISHED;
    /* It was killed before it could name its array: to go on with it does that. */
    if (lstat(path, &st) != 0 && errno == ENOENT && npy_is_left(path))
        return SHARD_MERGE_STOPPED;
    struct npy_shape shape = merge->shape;
    shape.size[0] = part->rows.count;
    rows->array = npy_adopt(path, path, &shape, &why);
    if (!rows->array)
        return damaged(part, rows, why.text);
    if (merge->hooks.mark && npy_stamp(rows->array) != merge->hooks.mark(rows->numbers))
        return damaged(part, rows, "its array was changed after it was finished");
    return SHARD_MERGE_FINISHED;
}

/* What an open journal tells. `error` is for what is wrong with the list or memory. */
static bool take_journal(struct shard_merge *merge, struct journal *journal, const char *path,
                         struct shard_merge_part *part, struct shard_merge_rows *rows,
                         struct error *error)
{
    struct error why = {0};
    char *facts = shard_set_facts(&merge->set, part->shard, part->rows);
    rows->items = calloc(part->rows.count, sizeof *rows->items);
    bool ok = facts && rows->items;
    if (!ok)
        error_set(error, ERROR_OUTPUT, "no memory for %" PRIu64 " rows", part->rows.count);
    ok = ok && manifest_file_load(merge->list, part->rows, &rows->manifest, error);
    if (ok) {
        struct journal_identity identity = {facts, &rows->manifest, row_bytes(&merge->shape)};
        journal_take_all(journal);
        if (!journal_resume(journal, &identity, rows->items, rows->numbers, &why))
            part->state = damaged(part, rows, why.text);
        else if (journal_state(journal) != JOURNAL_FINISHED)
            part->state = SHARD_MERGE_STOPPED;
        else if (!all_done(rows))
            part->state = damaged(part, rows, "its journal lacks rows though it is finished");
        else
            part->state = find_array(merge, path, part, rows);
        part->done = journal_rows(journal);
    }
    free(facts);
    return ok;
}

static bool load(struct shard_merge *merge, const char *path, struct shard_merge_part *part,
                 struct shard_merge_rows *rows, struct error *error)
{
    struct error why = {0};
    enum journal_found found;
    bool ok = true;
    struct journal *journal = journal_open_left(path, &found, &why);
    if (found == JOURNAL_MISSING)
        part->state = SHARD_MERGE_MISSING;
    else if (found == JOURNAL_BUSY)
        part->state = SHARD_MERGE_RUNNING;
    else if (!journal)
        part->state = damaged(part, rows, why.text);
    else if (journal_state(journal) == JOURNAL_NEW)
        part->state = SHARD_MERGE_STOPPED;
    else if (!merge->separate && !merge->has_array)
        part->state = damaged(part, rows, "the array that it wrote to, array.npy, is gone");
    else
        ok = take_journal(merge, journal, path, part, rows, error);
    journal_close(journal, true);
    return ok;
}

bool shard_merge_parts_load(struct shard_merge *merge, struct shard_merge_part *part,
                            struct shard_merge_rows *rows, struct error *error)
{
    memset(rows, 0, sizeof *rows);
    part->state = SHARD_MERGE_FINISHED;
    if (part->rows.count == 0)
        return true;
    char *path = shard_set_array(&merge->set, part->shard);
    bool ok =
        path ? load(merge, path, part, rows, error) : error_set(error, ERROR_OUTPUT, "no memory");
    free(path);
    return ok;
}

void shard_merge_parts_free(struct shard_merge_rows *rows)
{
    npy_abandon(rows->array); /* adopted: it stays */
    free(rows->items);
    manifest_free(&rows->manifest);
    rows->array = NULL;
    rows->items = NULL;
}
