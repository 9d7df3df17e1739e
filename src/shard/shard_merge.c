#include "shard/shard_merge.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "shard/shard_merge_parts.h"

/* Whether the descriptor is of the file that has the name: another merge removes it. */
static bool has_name(int fd, const char *name)
{
    struct stat ours, named;
    return fstat(fd, &ours) == 0 && lstat(name, &named) == 0 && ours.st_dev == named.st_dev &&
           ours.st_ino == named.st_ino;
}

/* For writing where that is allowed, as some network file systems lock no other files. */
static int open_set(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    return fd >= 0 || errno == ENOENT ? fd : file_open_read(path);
}

/* The file `set` is there as long as there is something to merge: it is what two merges meet at. No
 * such file is no error here: reading it says so. */
static bool lock_set(struct shard_merge *merge, struct error *error)
{
    char *path = shard_set_file(&merge->set, "set");
    if (!path)
        return error_set(error, ERROR_OUTPUT, "no memory");
    merge->lock = open_set(path);
    bool ok = merge->lock < 0 || (file_lock(merge->lock) && has_name(merge->lock, path)) ||
              error_set(error, ERROR_OUTPUT, "%s: another merge is at it, or has just been",
                        merge->set.output);
    free(path);
    return ok;
}

static bool say_damaged(const struct shard_merge *merge, const char *what, struct error *error)
{
    return error_set(error, ERROR_USAGE, "%s: the set of shards is damaged: %s", merge->set.folder,
                     what);
}

/* Whether a line that every set has says `expected`. Without memory it is not there either: then
 * the answer would be a guess. */
static bool compare(const struct shard_merge *merge, const char *name, const char *expected,
                    bool *equal, struct error *error)
{
    char *value = shard_set_value(&merge->set, name);
    *equal = value && strcmp(value, expected) == 0;
    bool there = value != NULL;
    free(value);
    return there || error_set(error, ERROR_USAGE,
                              "%s: the set of shards is damaged, or there is no memory: %s",
                              merge->set.folder, name);
}

/* Relative to where the shards were started, which may be elsewhere. */
static char *index_path(const struct shard_set *set)
{
    char *name = shard_set_value(set, "index"), *folder = shard_set_value(set, "folder");
    char *here = getcwd(NULL, 0), *path = NULL;
    if (name && (*name == '/' || (folder && here && strcmp(here, folder) == 0)))
        path = strdup(name);
    else if (name && folder && asprintf(&path, "%s/%s", folder, name) < 0)
        path = NULL;
    free(name);
    free(folder);
    free(here);
    return path;
}

static bool read_set(struct shard_merge *merge, struct error *error)
{
    const struct shard_set *set = &merge->set;
    if (!shard_set_read(&merge->set, error))
        return false;
    uint64_t shards = shard_set_number(set, "shards");
    if (shards < 1 || shards > SHARD_MOST)
        return say_damaged(merge, "it does not tell how many there are", error);
    merge->totals.shards = (uint32_t)shards;
    merge->totals.rows = shard_set_number(set, "rows");
    bool shared;
    if (!compare(merge, "array", "separate", &merge->separate, error) ||
        !compare(merge, "array", "shared", &shared, error) ||
        !compare(merge, "--on-error", "drop", &merge->drop, error) ||
        !compare(merge, "--label-from", "folder", &merge->labels, error))
        return false;
    if (shared == merge->separate)
        return say_damaged(merge, "it does not tell where the rows are", error);
    merge->index_path = index_path(set);
    if (!merge->index_path)
        return say_damaged(merge, "it does not tell the index", error);
    return shard_set_shape(set, merge->totals.rows, &merge->shape, merge->descr, error);
}

static bool open_list(struct shard_merge *merge, struct error *error)
{
    char hash[17], *path = shard_set_manifest(&merge->set);
    if (!path)
        return error_set(error, ERROR_OUTPUT, "no memory");
    merge->list = manifest_file_open(path, error);
    bool ok = merge->list != NULL, same = false;
    if (ok) {
        const struct manifest_file_totals *totals = manifest_file_totals(merge->list);
        snprintf(hash, sizeof hash, "%016" PRIx64, totals->hash);
        ok = compare(merge, "manifest", hash, &same, error);
        same = same && totals->rows == merge->totals.rows;
    }
    if (ok && !same)
        ok = error_set(error, ERROR_USAGE,
                       "%s: this is another list of inputs than the one that the shards were begun "
                       "with",
                       path);
    free(path);
    return ok;
}

static bool find_shared_array(struct shard_merge *merge, struct error *error)
{
    struct stat st;
    char *path = shard_set_file(&merge->set, "array.npy");
    bool ok = path != NULL || error_set(error, ERROR_OUTPUT, "no memory");
    if (ok && !merge->separate && lstat(path, &st) == 0)
        merge->has_array = true;
    else if (ok && !merge->separate && errno == ENOENT)
        ok = shard_set_check_array(&merge->set, error);
    else if (ok && !merge->separate)
        ok = error_set(error, ERROR_OUTPUT, "cannot read '%s': %s", path, strerror(errno));
    free(path);
    return ok;
}

/* What an earlier merge finished but for the clean-up. */
static bool is_complete(struct shard_merge *merge)
{
    struct shard_merge_note note;
    if (!shard_merge_parts_read_note(&merge->set, &note) || note.array == 0 ||
        shard_merge_parts_mark(merge->set.output) != note.array)
        return false;
    merge->totals.good = note.good;
    merge->totals.failed = note.failed;
    merge->totals.rows = note.good + note.failed;
    return true;
}

/* An earlier merge may have been killed with nothing left to do but to remove the empty folder. */
static bool read_or_tidy(struct shard_merge *merge, struct error *error)
{
    struct stat st;
    if (read_set(merge, error))
        return true;
    if (merge->lock < 0 && lstat(merge->set.output, &st) == 0 && rmdir(merge->set.folder) == 0)
        error_set(error, ERROR_USAGE, "%s: there is nothing left to merge, it was merged before",
                  merge->set.output);
    return false;
}

struct shard_merge *shard_merge_open(const char *output, const struct shard_merge_hooks *hooks,
                                     struct error *error)
{
    struct shard_merge *merge = calloc(1, sizeof *merge);
    if (!merge) {
        error_set(error, ERROR_OUTPUT, "no memory");
        return NULL;
    }
    merge->lock = -1;
    merge->hooks = *hooks;
    if (shard_set_name(&merge->set, output, error) && lock_set(merge, error)) {
        merge->complete = is_complete(merge);
        if (merge->complete || (read_or_tidy(merge, error) && open_list(merge, error) &&
                                find_shared_array(merge, error)))
            return merge;
    }
    shard_merge_close(merge);
    return NULL;
}

bool shard_merge_is_complete(const struct shard_merge *merge)
{
    return merge->complete;
}

bool shard_merge_left_index(const struct shard_merge *merge)
{
    struct shard_merge_note note;
    return merge->index_path && shard_merge_parts_read_note(&merge->set, &note) && note.index &&
           shard_merge_parts_mark(merge->index_path) == note.index;
}

const struct shard_set *shard_merge_set(const struct shard_merge *merge)
{
    return &merge->set;
}

const char *shard_merge_index(const struct shard_merge *merge)
{
    return merge->index_path;
}

const struct shard_merge_totals *shard_merge_totals(const struct shard_merge *merge)
{
    return &merge->totals;
}

static void count_rows(struct shard_merge *merge, const struct shard_merge_rows *rows)
{
    struct shard_merge_totals *totals = &merge->totals;
    const struct shard_merge_hooks *hooks = &merge->hooks;
    for (size_t i = 0; i < rows->manifest.count; i++) {
        const struct index_item *item = &rows->items[i];
        bool good = status_has_pixels((enum status)item->status);
        totals->good += good;
        totals->failed += !good;
        totals->bytes += item->bytes;
        totals->statuses[item->status]++;
        if (!good && hooks->failure)
            hooks->failure(hooks->user, &rows->manifest.entries[i], item);
    }
    if (hooks->numbers && rows->manifest.count)
        hooks->numbers(hooks->user, rows->numbers);
}

bool shard_merge_check(struct shard_merge *merge, struct error *error)
{
    const struct shard_merge_hooks *hooks = &merge->hooks;
    uint64_t next = 0;
    shard_merge_parts_phase(merge, "check");
    for (uint32_t k = 1; k <= merge->totals.shards; k++) {
        struct shard_merge_part part;
        struct shard_merge_rows rows;
        if (!shard_merge_parts_range(merge, k, next, &part, error))
            return false;
        bool ok = shard_merge_parts_load(merge, &part, &rows, error);
        if (ok && part.state == SHARD_MERGE_FINISHED) {
            merge->totals.finished++;
            count_rows(merge, &rows);
        }
        if (ok && hooks->part)
            hooks->part(hooks->user, &part);
        shard_merge_parts_free(&rows);
        if (!ok)
            return false;
        next += part.rows.count;
        shard_merge_parts_progress(merge, next);
    }
    return true;
}

const struct npy_shape *shard_merge_shape(const struct shard_merge *merge)
{
    return &merge->shape;
}

void shard_merge_close(struct shard_merge *merge)
{
    if (!merge)
        return;
    manifest_file_close(merge->list);
    if (merge->lock >= 0)
        close(merge->lock);
    shard_set_free(&merge->set);
    free(merge->index_path);
    free(merge);
}
