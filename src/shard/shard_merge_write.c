/*
 * The second pass of a merge: index and array, their names, and an empty place where the set was.
 */
#include "shard/shard_merge_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataset/npy_join.h"
#include "dataset/partial.h"

/* What is being written. */
struct writing {
    struct index_writer *index;
    struct npy *array;  /* that gets the final name */
    struct npy *shared; /* that rows are taken from; NULL: from the shards' own, or nothing is */
    struct npy_join join;
    bool joins; /* the array is a new one */
};

static bool open_shared(struct shard_merge *merge, struct npy **array, struct error *error)
{
    char *path = shard_set_file(&merge->set, "array.npy");
    if (!path)
        return error_set(error, ERROR_OUTPUT, "no memory");
    *array = npy_adopt(merge->set.output, path, &merge->shape, error);
    free(path);
    return *array != NULL;
}

/* The array that the shards share gets the name itself, unless rows are to be left out. */
static bool open_array(struct shard_merge *merge, struct writing *writing, struct error *error)
{
    bool drops = merge->drop && merge->totals.failed;
    struct npy_shape shape = merge->shape;
    writing->joins = merge->separate || drops;
    if (!partial_check(merge->set.output, error))
        return false;
    if (!writing->joins)
        return open_shared(merge, &writing->array, error);
    if (!merge->separate && !open_shared(merge, &writing->shared, error))
        return false;
    if (merge->drop)
        shape.size[0] = merge->totals.good;
    writing->array = npy_create(merge->set.output, &shape, error);
    return writing->array && npy_join_begin(&writing->join, writing->array, error);
}

static bool join(struct shard_merge *merge, struct writing *writing,
                 const struct shard_merge_part *part, const struct shard_merge_rows *rows,
                 struct error *error)
{
    uint8_t *keep = NULL;
    if (merge->drop) {
        keep = malloc(part->rows.count);
        if (!keep)
            return error_set(error, ERROR_OUTPUT, "no memory for %" PRIu64 " rows",
                             part->rows.count);
        for (size_t i = 0; i < part->rows.count; i++)
            keep[i] = status_has_pixels((enum status)rows->items[i].status);
    }
    bool ok = writing->shared
                  ? npy_join_rows(&writing->join, writing->shared, part->rows.first,
                                  part->rows.count, keep, error)
                  : npy_join_rows(&writing->join, rows->array, 0, part->rows.count, keep, error);
    free(keep);
    return ok;
}

static bool write_part(struct shard_merge *merge, struct writing *writing,
                       struct shard_merge_part *part, struct error *error)
{
    struct shard_merge_rows rows;
    shard_merge_parts_phase(merge, "index");
    bool ok = shard_merge_parts_load(merge, part, &rows, error);
    if (ok && part->state != SHARD_MERGE_FINISHED)
        ok = error_set(error, ERROR_OUTPUT,
                       "%s: shard %" PRIu32 "/%" PRIu32 " was changed while it was merged",
                       merge->set.output, part->shard.index, part->shard.count);
    if (ok && part->rows.count) {
        ok = index_append(writing->index, &rows.manifest, rows.items, error);
        if (ok && writing->joins) {
            shard_merge_parts_phase(merge, merge->separate ? "join" : "drop");
            ok = join(merge, writing, part, &rows, error);
        }
    }
    shard_merge_parts_free(&rows);
    return ok;
}

static bool write_parts(struct shard_merge *merge, struct writing *writing, struct error *error)
{
    uint64_t next = 0;
    for (uint32_t k = 1; k <= merge->totals.shards; k++) {
        struct shard_merge_part part;
        if (!shard_merge_parts_range(merge, k, next, &part, error) ||
            !write_part(merge, writing, &part, error))
            return false;
        next += part.rows.count;
        shard_merge_parts_progress(merge, next);
    }
    return !writing->joins || npy_join_end(&writing->join, error);
}

static bool write_all(struct shard_merge *merge, struct writing *writing, struct error *error)
{
    struct index_options options = {.labels = merge->labels, .drop_failed = merge->drop};
    shard_merge_parts_phase(merge, "index");
    writing->index = index_begin(merge->index_path, &options, error);
    if (!writing->index || !open_array(merge, writing, error) ||
        !write_parts(merge, writing, error))
        return false;
    struct index_writer *index = writing->index;
    writing->index = NULL;
    if (!index_end(index, error))
        return false;
    shard_merge_parts_phase(merge, "sync");
    if (index_sync(merge->index_path, error) && npy_sync(writing->array, error))
        return true;
    index_abandon(merge->index_path);
    return false;
}

/* By these marks the next merge knows what this one has named, should it be killed. */
static bool note(struct shard_merge *merge, const struct writing *writing, struct error *error)
{
    struct shard_merge_note note = {.array = npy_mark(writing->array),
                                    .index = index_mark(merge->index_path),
                                    .good = merge->totals.good,
                                    .failed = merge->totals.failed};
    return shard_merge_parts_write_note(&merge->set, &note, error);
}

static bool give_names(struct shard_merge *merge, struct writing *writing, bool replace,
                       struct error *error)
{
    shard_merge_parts_phase(merge, "commit");
    if (!note(merge, writing, error)) {
        index_abandon(merge->index_path);
        return false;
    }
    if (!index_commit(merge->index_path, replace, error))
        return false;
    struct npy *array = writing->array;
    writing->array = NULL;
    if (npy_commit(array, replace, error))
        return true;
    unlink(merge->index_path); /* an index without its array would lie about an older one */
    return false;
}

/* On NFS a file that is open when it is removed stays in the folder under another name. From here
 * on another merge finds the note, and has nothing left but to remove as well. */
static void close_set(struct shard_merge *merge)
{
    manifest_file_close(merge->list);
    merge->list = NULL;
    if (merge->lock >= 0)
        close(merge->lock);
    merge->lock = -1;
}

bool shard_merge_write(struct shard_merge *merge, bool replace, struct error *error)
{
    if (!merge->complete) {
        struct writing writing = {0};
        bool ok = write_all(merge, &writing, error) && give_names(merge, &writing, replace, error);
        index_discard(writing.index);
        npy_join_free(&writing.join);
        npy_abandon(writing.array);
        npy_abandon(writing.shared);
        if (!ok)
            return false;
        if (merge->drop)
            merge->shape.size[0] = merge->totals.good;
        merge->complete = true;
    }
    close_set(merge);
    shard_set_remove(&merge->set);
    return true;
}
