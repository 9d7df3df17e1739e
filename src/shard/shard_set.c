#include "shard/shard_set.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "dataset/facts.h"
#include "dataset/index.h"
#include "dataset/journal.h"

#define MAGIC      "pixscale.shards/1\n"
#define MOST_BYTES (1 << 22) /* of the file: a command line may be long */

static bool no_memory(struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "no memory");
}

bool shard_set_name(struct shard_set *set, const char *output, struct error *error)
{
    *set = (struct shard_set){.output = strdup(output)};
    if (asprintf(&set->folder, "%s%s", output, SHARD_SET_SUFFIX) < 0)
        set->folder = NULL;
    return (set->output && set->folder) || no_memory(error);
}

void shard_set_free(struct shard_set *set)
{
    free(set->output);
    free(set->folder);
    free(set->agreed);
    free(set->told);
    *set = (struct shard_set){0};
}

bool shard_set_exists(const struct shard_set *set)
{
    struct stat st;
    return lstat(set->folder, &st) == 0;
}

bool shard_set_make(struct shard_set *set, struct error *error)
{
    struct stat st;
    if (mkdir(set->folder, 0777) == 0)
        return file_sync_folder(set->folder) ||
               error_set(error, ERROR_OUTPUT, "cannot create '%s': %s", set->folder,
                         strerror(errno));
    if (errno != EEXIST)
        return error_set(error, ERROR_OUTPUT, "cannot create '%s': %s", set->folder,
                         strerror(errno));
    /* Not through a link that somebody put there. */
    return (lstat(set->folder, &st) == 0 && S_ISDIR(st.st_mode)) ||
           error_set(error, ERROR_OUTPUT, "'%s' is where the shards belong, and it is no folder",
                     set->folder);
}

char *shard_set_file(const struct shard_set *set, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", set->folder, name) < 0 ? NULL : path;
}

char *shard_set_temporary(const struct shard_set *set, const char *name)
{
    char unique[FILE_UNIQUE], *path = NULL;
    file_unique(unique);
    return asprintf(&path, "%s/.%s.%s", set->folder, name, unique) < 0 ? NULL : path;
}

char *shard_set_array(const struct shard_set *set, struct shard shard)
{
    char *path = NULL;
    return asprintf(&path, "%s/%" PRIu32 "-of-%" PRIu32 ".npy", set->folder, shard.index,
                    shard.count) < 0
               ? NULL
               : path;
}

char *shard_set_journal(const struct shard_set *set, struct shard shard)
{
    char *array = shard_set_array(set, shard), *path = NULL;
    if (array && asprintf(&path, "%s%s", array, JOURNAL_SUFFIX) < 0)
        path = NULL;
    free(array);
    return path;
}

/* The empty line between the parts of the file, from the end of the first; NULL: it is no set. */
static const char *find_middle(const char *text)
{
    if (strncmp(text, MAGIC, strlen(MAGIC)) != 0 || text[strlen(text) - 1] != '\n')
        return NULL;
    return strstr(text + strlen(MAGIC), "\n\n");
}

/* Splits the text there. False without memory. */
static bool take_text(struct shard_set *set, const char *text, const char *middle)
{
    text += strlen(MAGIC);
    free(set->agreed);
    free(set->told);
    set->agreed = strndup(text, (size_t)(middle - text) + 1);
    set->told = strdup(middle + 2);
    return set->agreed && set->told;
}

static bool read_parts(struct shard_set *set, const char *name, struct error *error)
{
    char *path = shard_set_file(set, name), *text = malloc(MOST_BYTES + 1);
    if (!path || !text) {
        free(path);
        free(text);
        return no_memory(error);
    }
    int fd = file_open_read(path), failure = errno;
    ssize_t got = fd < 0 ? -1 : file_read(fd, text, MOST_BYTES);
    if (fd >= 0) {
        failure = errno;
        close(fd);
    }
    bool ok = false;
    const char *middle = NULL;
    if (got >= 0) {
        text[got] = '\0';
        middle = (size_t)got == strlen(text) ? find_middle(text) : NULL;
        ok = middle && take_text(set, text, middle);
    }
    if (got < 0 && failure == ENOENT)
        error_set(error, ERROR_USAGE,
                  access(set->output, F_OK) == 0
                      ? "%s is there, and no shards to be merged: %s is missing"
                      : "%s: there are no shards of it, as %s is missing",
                  set->output, path);
    else if (got < 0)
        error_set(error, ERROR_OUTPUT, "cannot read '%s': %s", path, strerror(failure));
    else if (!middle)
        error_set(error, ERROR_USAGE, "%s: this is no set of shards, or it is damaged", path);
    else if (!ok)
        no_memory(error);
    free(path);
    free(text);
    return ok;
}

bool shard_set_read(struct shard_set *set, struct error *error)
{
    return read_parts(set, "set", error);
}

static bool write_whole(const char *path, const char *agreed, const char *told)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");
    if (!stream) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    fprintf(stream, "%s%s\n%s", MAGIC, agreed, told);
    bool ok = fflush(stream) == 0 && !ferror(stream) && fsync(fd) == 0;
    int failure = errno;
    if (fclose(stream) != 0 && ok) {
        ok = false;
        failure = errno;
    }
    if (!ok)
        unlink(path);
    errno = failure;
    return ok;
}

static bool publish(const struct shard_set *set, const char *name, const char *agreed,
                    const char *told, struct error *error)
{
    char *path = shard_set_file(set, name), *temporary = shard_set_temporary(set, name);
    bool ok = path && temporary;
    if (!ok)
        no_memory(error);
    else
        ok = (write_whole(temporary, agreed, told) &&
              (file_publish(temporary, path) || errno == EEXIST) && file_sync_folder(path)) ||
             error_set(error, ERROR_OUTPUT, "cannot create '%s': %s", path, strerror(errno));
    free(path);
    free(temporary);
    return ok;
}

/* Without memory it is not there, and publishing it says so. */
static bool is_there(const struct shard_set *set, const char *name)
{
    struct stat st;
    char *path = shard_set_file(set, name);
    bool there = path && lstat(path, &st) == 0;
    free(path);
    return there;
}

static bool has_line(const char *facts, const char *name)
{
    size_t length;
    return facts_find(facts, name, strlen(name), &length) != NULL;
}

static bool refuse(const struct shard_set *set, const char *before, const char *now,
                   struct error *error)
{
    char text[512];
    bool listed = !has_line(before, "inputs");
    if (listed != !has_line(now, "inputs"))
        snprintf(text, sizeof text, "they were begun %s --manifest", listed ? "with" : "without");
    else
        facts_differences(before, now, text, sizeof text);
    return error_set(error, ERROR_USAGE,
                     "cannot join the shards in '%s': %s; undo that, or remove the folder to begin "
                     "anew",
                     set->folder, *text ? text : "another version of this program began them");
}

bool shard_set_claim(const struct shard_set *set, const char *inputs, struct error *error)
{
    struct shard_set claim = {.output = set->output, .folder = set->folder};
    bool ok = (is_there(set, "inputs") || publish(set, "inputs", inputs, "", error)) &&
              read_parts(&claim, "inputs", error) &&
              (strcmp(claim.agreed, inputs) == 0 || refuse(set, claim.agreed, inputs, error));
    free(claim.agreed);
    free(claim.told);
    return ok;
}

bool shard_set_join(struct shard_set *set, const char *agreed, const char *told,
                    struct error *error)
{
    return (is_there(set, "set") || publish(set, "set", agreed, told, error)) &&
           shard_set_read(set, error) &&
           (strcmp(set->agreed, agreed) == 0 || refuse(set, set->agreed, agreed, error));
}

char *shard_set_value(const struct shard_set *set, const char *name)
{
    size_t length;
    const char *value = facts_find(set->agreed, name, strlen(name), &length);
    if (!value)
        value = facts_find(set->told, name, strlen(name), &length);
    char *text = value ? strndup(value, length) : NULL, *plain = text ? malloc(length + 1) : NULL;
    if (plain && index_unescape_path(text, plain, length + 1)) {
        free(text);
        return plain;
    }
    free(plain);
    return text;
}

uint64_t shard_set_number(const struct shard_set *set, const char *name)
{
    char *value = shard_set_value(set, name), *end = NULL;
    uint64_t number = 0;
    if (value && *value >= '0' && *value <= '9') {
        errno = 0;
        number = strtoull(value, &end, 10);
        if (errno || *end)
            number = 0;
    }
    free(value);
    return number;
}

bool shard_set_line(FILE *stream, const char *name, const char *value)
{
    char *text = index_escape_copy(value);
    if (text)
        fprintf(stream, "%s=%s\n", name, text);
    free(text);
    return text != NULL;
}

char *shard_set_manifest(const struct shard_set *set)
{
    char *named = set->told ? shard_set_value(set, "manifest-file") : NULL;
    return named ? named : shard_set_file(set, "manifest");
}

char *shard_set_facts(const struct shard_set *set, struct shard shard, struct range rows)
{
    char *text = NULL, *id = shard_set_value(set, "id");
    size_t size;
    FILE *stream = id ? open_memstream(&text, &size) : NULL;
    if (!stream) {
        free(id);
        return NULL;
    }
    fprintf(stream, "%sshard=%" PRIu32 "/%" PRIu32 "\nfirst-row=%" PRIu64 "\n", set->agreed,
            shard.index, shard.count, rows.first);
    fprintf(stream, "set=%s\n", id);
    free(id);
    return text_close(stream, &text);
}

/* Whether a shard has begun its journal: one that is empty is only a shard's claim. */
static bool has_journals(const struct shard_set *set)
{
    DIR *folder = opendir(set->folder);
    struct dirent *entry;
    bool found = false;
    while (folder && !found && (entry = readdir(folder))) {
        size_t length = strlen(entry->d_name), end = strlen(JOURNAL_SUFFIX);
        struct stat st;
        found = length > end && strcmp(entry->d_name + length - end, JOURNAL_SUFFIX) == 0 &&
                fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                st.st_size > 0;
    }
    if (folder)
        closedir(folder);
    return found;
}

/* The journals first: a shard makes the array before it writes to its journal, so one that begins
 * beside us cannot look as if the array were gone. */
bool shard_set_check_array(const struct shard_set *set, struct error *error)
{
    struct stat st;
    bool journals = has_journals(set);
    char *path = shard_set_file(set, "array.npy");
    if (!path)
        return no_memory(error);
    bool gone = journals && lstat(path, &st) != 0 && errno == ENOENT;
    if (gone)
        error_set(error, ERROR_USAGE,
                  "%s, which shards have written to, is gone: remove their journals in that "
                  "folder, too, and make these shards anew",
                  path);
    free(path);
    return !gone;
}

bool shard_set_shape(const struct shard_set *set, uint64_t rows, struct npy_shape *shape,
                     char descr[8], struct error *error)
{
    char *type = shard_set_value(set, "descr"), *size = shard_set_value(set, "shape");
    uint64_t *s = shape->size;
    *shape = (struct npy_shape){.descr = descr, .item_size = 1, .dimensions = 4};
    bool ok = type && size && (strcmp(type, "|u1") == 0 || strcmp(type, "<f4") == 0) &&
              sscanf(size, "%" SCNu64 ",%" SCNu64 ",%" SCNu64, &s[1], &s[2], &s[3]) == 3;
    for (int i = 1; ok && i < 4; i++)
        ok = s[i] >= 1 && s[i] <= UINT32_MAX;
    if (ok) {
        snprintf(descr, 8, "%s", type);
        shape->item_size = *type == '<' ? 4 : 1;
        s[0] = rows;
    }
    free(type);
    free(size);
    return ok || error_set(error, ERROR_USAGE, "%s: the set of shards is damaged", set->folder);
}

char *shard_set_command(const struct shard_set *set, struct shard shard)
{
    char *command = shard_set_value(set, "command"), *rest = shard_set_value(set, "arguments"),
         *text = NULL;
    if (!command || !rest ||
        asprintf(&text, "%s --shard %" PRIu32 "/%" PRIu32 " %s", command, shard.index, shard.count,
                 rest) < 0)
        text = NULL;
    free(command);
    free(rest);
    return text;
}

/* Whether a name in the folder is one that this program gives. */
static bool is_ours(const char *name)
{
    static const char *const names[] = {"set", "inputs", "manifest", "array.npy", "merged"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0 ||
            (name[0] == '.' && strncmp(name + 1, names[i], strlen(names[i])) == 0) ||
            (strncmp(name, names[i], strlen(names[i])) == 0 && name[strlen(names[i])] == '.'))
            return true;
    unsigned index, count;
    char end[32];
    return sscanf(name, "%7u-of-%7u.npy%31s", &index, &count, end) >= 2;
}

/* The mark `merged` last: as long as it is there, who comes again knows that the rest may go. */
void shard_set_remove(struct shard_set *set)
{
    DIR *folder = opendir(set->folder);
    struct dirent *entry;
    bool all = folder != NULL;
    for (errno = 0; folder && (entry = readdir(folder)); errno = 0)
        if (is_ours(entry->d_name) && strcmp(entry->d_name, "merged") != 0)
            all = (unlinkat(dirfd(folder), entry->d_name, 0) == 0 || errno == ENOENT) && all;
    all = all && errno == 0;
    if (all)
        unlinkat(dirfd(folder), "merged", 0);
    if (folder)
        closedir(folder);
    rmdir(set->folder);
}
