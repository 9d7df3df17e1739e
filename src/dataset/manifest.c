#include "dataset/manifest.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dataset/manifest_labels.h"
#include "dataset/manifest_stat.h"
#include "dataset/manifest_store.h"
#include "dataset/manifest_walk.h"

int64_t manifest_mtime_ns(const struct stat *st)
{
    /* Unsigned: a forged time of a far year must not overflow. */
    return (int64_t)((uint64_t)st->st_mtim.tv_sec * 1000000000 + (uint64_t)st->st_mtim.tv_nsec);
}

static bool refuse_excluded(const char *path, struct error *error)
{
    return error_set(error, ERROR_USAGE,
                     "'%s' belongs to the output and cannot be an input too; name another output",
                     path);
}

/* A copy of the operand as paths below it begin: slashes single, and none at the end ("/" is "").
 */
static const char *tidy(struct manifest_store *store, const char *operand, struct error *error)
{
    char *path = manifest_store_text(store, operand, strlen(operand), error);
    if (!path)
        return NULL;
    char *end = path;
    for (const char *c = path; *c; c++)
        if (*c != '/' || (c[1] && c[1] != '/'))
            *end++ = *c;
    *end = '\0';
    return path;
}

/* Folders that may not be read are told of now, before anything is walked. */
static bool add_folder(const char *operand, const char *path, struct manifest_names *folders,
                       struct manifest_names *links, struct error *error)
{
    int fd = file_open_read(operand);
    if (fd < 0)
        return error_set(error, error_kind_of(errno), "cannot read folder '%s': %s", operand,
                         strerror(errno));
    close(fd);
    struct stat st;
    bool is_link = lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
    return manifest_names_push(is_link ? links : folders, path, error);
}

static bool add_operand(struct manifest *manifest, const char *operand,
                        const struct manifest_options *options, struct manifest_names *folders,
                        struct manifest_names *links, struct error *error)
{
    struct stat st;
    if (file_stat(operand, &st) < 0)
        return error_set(error, error_kind_of(errno), "cannot read input '%s': %s", operand,
                         strerror(errno));
    const char *path = tidy(manifest->store, operand, error);
    if (!path)
        return false;
    if (S_ISDIR(st.st_mode))
        return add_folder(operand, path, folders, links, error);
    if (manifest_store_excludes(options, &st))
        return refuse_excluded(operand, error);
    return manifest_store_add(manifest, path, &st, 0, error);
}

static int compare_paths(const void *a, const void *b)
{
    const struct manifest_entry *x = a, *y = b;
    return strcmp(x->path, y->path);
}

/* Plain qsort: a radix sort that skips what paths share took 0.7 to 1 times as long, tenths of a
 * second for a million names whose scan takes seconds. */
static void sort_and_drop_equals(struct manifest *manifest)
{
    if (manifest->count < 2)
        return;
    qsort(manifest->entries, manifest->count, sizeof *manifest->entries, compare_paths);
    size_t kept = 1;
    for (size_t i = 1; i < manifest->count; i++) {
        const struct manifest_entry *entry = &manifest->entries[i];
        if (strcmp(entry->path, manifest->entries[kept - 1].path) == 0)
            manifest->bytes -= entry->bytes;
        else
            manifest->entries[kept++] = *entry;
    }
    manifest->count = kept;
}

bool manifest_scan(struct manifest *manifest, const char *const *operands, size_t count,
                   const struct manifest_options *options, struct error *error)
{
    struct manifest_names folders = {0}, links = {0};
    bool ok = manifest_store_create(manifest, error);
    for (size_t i = 0; ok && i < count; i++)
        ok = add_operand(manifest, operands[i], options, &folders, &links, error);
    ok = ok && manifest_walk(manifest, &folders, &links, options, error);
    if (ok) {
        sort_and_drop_equals(manifest);
        ok = manifest_labels_assign(manifest, error);
    }
    manifest_names_free(&folders);
    manifest_names_free(&links);
    if (!ok)
        manifest_free(manifest);
    return ok;
}

static bool add_listed(struct manifest *manifest, const char *line, size_t length,
                       struct error *error)
{
    const char *path = manifest_store_text(manifest->store, line, length, error);
    return path && manifest_store_add_waiting(manifest, path, error);
}

/* An output is no input: said of the first that is one. */
static bool check_listed(const struct manifest *manifest, struct error *error)
{
    for (size_t i = 0; i < manifest->count; i++)
        if (manifest->entries[i].kind == MANIFEST_STAT_EXCLUDE)
            return refuse_excluded(manifest->entries[i].path, error);
    return true;
}

static bool read_lines(struct manifest *manifest, FILE *stream, bool zero, struct error *error)
{
    char *line = NULL;
    size_t size = 0, number = 0;
    ssize_t length;
    bool ok = true;
    while (ok && (errno = 0, length = getdelim(&line, &size, zero ? '\0' : '\n', stream)) >= 0) {
        number++;
        if (length && line[length - 1] == (zero ? '\0' : '\n'))
            line[--length] = '\0';
        if (strlen(line) < (size_t)length)
            ok = error_set(error, ERROR_USAGE,
                           "line %zu of the list of inputs has a zero byte; is it NUL separated "
                           "(-0)?",
                           number);
        else if (length)
            ok = add_listed(manifest, line, (size_t)length, error);
    }
    if (ok && !feof(stream))
        ok = errno == ENOMEM ? manifest_store_no_memory(error)
                             : error_set(error, error_kind_of(errno),
                                         "cannot read the list of inputs: %s", strerror(errno));
    free(line);
    return ok;
}

bool manifest_read_list(struct manifest *manifest, FILE *stream, bool zero,
                        const struct manifest_options *options, struct error *error)
{
    bool ok = manifest_store_create(manifest, error) && read_lines(manifest, stream, zero, error);
    if (ok)
        manifest_stat_fill(manifest, 0, -1, options);
    ok = ok && check_listed(manifest, error) && manifest_labels_assign(manifest, error);
    if (!ok)
        manifest_free(manifest);
    return ok;
}

const char *manifest_label_name(const struct manifest *manifest, uint32_t label)
{
    assert(label < manifest->label_count);
    return manifest->store->labels[label];
}

void manifest_free(struct manifest *manifest)
{
    manifest_store_free(manifest);
}
