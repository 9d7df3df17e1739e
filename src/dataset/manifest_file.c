#include "dataset/manifest_file.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "dataset/manifest_cost.h"
#include "dataset/manifest_file_rows.h"
#include "dataset/manifest_hash.h"
#include "dataset/manifest_labels.h"
#include "dataset/manifest_store.h"

#define MAGIC_BYTES (sizeof MANIFEST_FILE_MAGIC - 1)

/* A block, and one more for what lies behind the last. */
struct block {
    uint64_t at, cost_before;
    uint32_t crc;
};

struct manifest_file {
    int fd;
    char *path;
    struct manifest_file_totals totals;
    uint64_t block_count;
    struct block *blocks; /* [block_count + 1] */
    struct buffer data;   /* of the block in hand */
    struct manifest_file_decoder decoder;
};

/* What was to be done with each row of a block: false ends it, with an error. */
typedef bool (*visit_fn)(void *user, uint64_t row, const struct manifest_entry *entry,
                         struct error *error);

static bool damaged(const struct manifest_file *file, struct error *error)
{
    return error_set(error, ERROR_USAGE,
                     "%s: this frozen list of inputs is damaged; make it anew with pixscale "
                     "manifest",
                     file->path);
}

static bool no_memory(const struct manifest_file *file, struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "%s: no memory to read the list", file->path);
}

/* A file that is shorter than it was is damaged. Not mapped: where the file is a server's and
 * somebody cuts it off, a mapping would kill. */
static bool read_at(const struct manifest_file *file, void *data, size_t bytes, uint64_t at,
                    struct error *error)
{
    char *to = data;
    while (bytes) {
        ssize_t n = pread(file->fd, to, bytes, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(error, ERROR_OUTPUT, "%s: cannot read the list: %s", file->path,
                             strerror(errno));
        if (n == 0)
            return damaged(file, error);
        to += n;
        at += (uint64_t)n;
        bytes -= (size_t)n;
    }
    return true;
}

bool manifest_file_is(const char *path)
{
    char magic[MAGIC_BYTES];
    struct stat st;
    int fd = file_open_read(path);
    if (fd < 0)
        return false;
    bool is = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
              file_read(fd, magic, sizeof magic) == (ssize_t)sizeof magic &&
              memcmp(magic, MANIFEST_FILE_MAGIC, sizeof magic) == 0;
    close(fd);
    return is;
}

static bool check_magic(const struct manifest_file *file, const uint8_t *head, uint64_t size,
                        struct error *error)
{
    size_t version = strcspn(MANIFEST_FILE_MAGIC, "\1");
    size_t there = size < MAGIC_BYTES ? (size_t)size : MAGIC_BYTES;
    if (there > version && memcmp(head, MANIFEST_FILE_MAGIC, version) == 0 &&
        head[version] != MANIFEST_FILE_MAGIC[version])
        return error_set(error, ERROR_USAGE,
                         "%s: another version of pixscale froze this list, or it is damaged; make "
                         "it anew with pixscale manifest",
                         file->path);
    return (size > 0 && memcmp(head, MANIFEST_FILE_MAGIC, there) == 0) ||
           error_set(error, ERROR_USAGE,
                     "%s: this is no frozen list of inputs; pixscale manifest makes one",
                     file->path);
}

/* What the head says, as far as the file's size bears it out. */
static bool take_head(struct manifest_file *file, const uint8_t *head, uint64_t size)
{
    uint64_t number[6];
    for (size_t i = 0; i < 6; i++)
        number[i] = manifest_file_rows_get64(head + 16 + 8 * i);
    file->totals = (struct manifest_file_totals){.rows = number[0],
                                                 .bytes = number[1],
                                                 .cost = number[2],
                                                 .hash = number[3],
                                                 .frozen_ns = (int64_t)number[4]};
    uint64_t rows = number[0], table = number[5];
    file->block_count = rows / MANIFEST_FILE_BLOCK + (rows % MANIFEST_FILE_BLOCK != 0);
    return manifest_file_rows_get32(head + 12) == MANIFEST_FILE_BLOCK &&
           rows <= size / MANIFEST_FILE_LEAST_ROW && table >= MANIFEST_FILE_HEAD && table <= size &&
           size - table == file->block_count * MANIFEST_FILE_TABLE_ROW;
}

static uint64_t rows_of(const struct manifest_file *file, uint64_t block)
{
    uint64_t left = file->totals.rows - block * MANIFEST_FILE_BLOCK;
    return left < MANIFEST_FILE_BLOCK ? left : MANIFEST_FILE_BLOCK;
}

/* Blocks lie one behind the other, and none is shorter or cheaper than its rows can be. */
static bool take_table(struct manifest_file *file, const uint8_t *table, uint64_t end)
{
    const struct block behind = {.at = end, .cost_before = file->totals.cost};
    for (uint64_t i = 0; i < file->block_count; i++, table += MANIFEST_FILE_TABLE_ROW)
        file->blocks[i] = (struct block){.at = manifest_file_rows_get64(table),
                                         .cost_before = manifest_file_rows_get64(table + 8),
                                         .crc = manifest_file_rows_get32(table + 16)};
    file->blocks[file->block_count] = behind;
    if (file->blocks[0].at != MANIFEST_FILE_HEAD || file->blocks[0].cost_before != 0)
        return false;
    for (uint64_t i = 0; i < file->block_count; i++) {
        const struct block *block = &file->blocks[i];
        uint64_t rows = rows_of(file, i);
        if (block[1].at > end || block[1].at < block->at ||
            block[1].at - block->at < rows * MANIFEST_FILE_LEAST_ROW ||
            block[1].cost_before < block->cost_before ||
            block[1].cost_before - block->cost_before < rows)
            return false;
    }
    return true;
}

static bool read_table(struct manifest_file *file, uint8_t *head, uint64_t size,
                       struct error *error)
{
    size_t bytes = (size_t)file->block_count * MANIFEST_FILE_TABLE_ROW;
    uint64_t end = size - bytes;
    uint32_t crc = manifest_file_rows_get32(head + MANIFEST_FILE_HEAD_CRC);
    uint8_t *table = malloc(bytes + 1);
    file->blocks = calloc(file->block_count + 1, sizeof *file->blocks);
    bool ok =
        table && file->blocks ? read_at(file, table, bytes, end, error) : no_memory(file, error);
    if (ok) {
        manifest_file_rows_put32(head + MANIFEST_FILE_HEAD_CRC, 0);
        uint32_t sum = libdeflate_crc32(0, head, MANIFEST_FILE_HEAD);
        ok = (libdeflate_crc32(sum, table, bytes) == crc && take_table(file, table, end)) ||
             damaged(file, error);
    }
    free(table);
    return ok;
}

static bool read_all(struct manifest_file *file, struct error *error)
{
    struct stat st;
    uint8_t head[MANIFEST_FILE_HEAD] = {0};
    if (fstat(file->fd, &st) < 0)
        return error_set(error, ERROR_OUTPUT, "%s: cannot read the list: %s", file->path,
                         strerror(errno));
    uint64_t size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    size_t there = size < sizeof head ? (size_t)size : sizeof head;
    if (!read_at(file, head, there, 0, error) || !check_magic(file, head, size, error))
        return false;
    if (there < sizeof head || !take_head(file, head, size))
        return damaged(file, error);
    return read_table(file, head, size, error);
}

struct manifest_file *manifest_file_open(const char *path, struct error *error)
{
    struct manifest_file *file = calloc(1, sizeof *file);
    if (!file || !(file->path = strdup(path))) {
        free(file);
        error_set(error, ERROR_OUTPUT, "%s: no memory to read the list", path);
        return NULL;
    }
    file->fd = file_open_read(path);
    bool ok = file->fd >= 0
                  ? read_all(file, error)
                  : error_set(error, error_kind_of(errno), "%s: cannot open the frozen list: %s",
                              path, strerror(errno));
    if (ok)
        return file;
    manifest_file_close(file);
    return NULL;
}

const struct manifest_file_totals *manifest_file_totals(const struct manifest_file *file)
{
    return &file->totals;
}

void manifest_file_close(struct manifest_file *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    buffer_free(&file->data);
    buffer_free(&file->decoder.path);
    free(file->blocks);
    free(file->path);
    free(file);
}

/* Reads a block and has the decoder at its first row. */
static bool read_block(struct manifest_file *file, uint64_t number, struct error *error)
{
    const struct block *block = &file->blocks[number];
    uint64_t bytes = block[1].at - block->at;
    if (bytes > SIZE_MAX || !buffer_reserve(&file->data, (size_t)bytes))
        return no_memory(file, error);
    uint8_t *data = file->data.data;
    if (!read_at(file, data, (size_t)bytes, block->at, error))
        return false;
    if (libdeflate_crc32(0, data, (size_t)bytes) != block->crc)
        return damaged(file, error);
    file->decoder =
        (struct manifest_file_decoder){.at = data, .end = data + bytes, .path = file->decoder.path};
    return true;
}

/* Shows every row of a block, and sees that they are as many, as long and as costly as is said. */
static bool visit_block(struct manifest_file *file, uint64_t number, visit_fn visit, void *user,
                        struct error *error)
{
    struct manifest_file_decoder *decoder = &file->decoder;
    uint64_t rows = rows_of(file, number), first = number * MANIFEST_FILE_BLOCK, cost = 0;
    if (!read_block(file, number, error))
        return false;
    for (uint64_t i = 0; i < rows; i++) {
        struct manifest_entry entry;
        enum manifest_file_outcome outcome = manifest_file_rows_next(decoder, &entry);
        if (outcome != MANIFEST_FILE_FINE)
            return outcome == MANIFEST_FILE_NO_MEMORY ? no_memory(file, error)
                                                      : damaged(file, error);
        cost += manifest_cost(&entry) + 1; /* 4096 of at most 2^44 */
        if (!visit(user, first + i, &entry, error))
            return false;
    }
    const struct block *block = &file->blocks[number];
    return (decoder->at == decoder->end && cost == block[1].cost_before - block->cost_before) ||
           damaged(file, error);
}

/* The search for the first row of range `k` within a block. */
struct border {
    uint64_t before, total, k, n;
    uint64_t rows; /* of ranges before k */
};

static bool pass_border(void *user, uint64_t row, const struct manifest_entry *entry,
                        struct error *error)
{
    (void)row, (void)error;
    struct border *border = user;
    uint64_t cost = manifest_cost(entry) + 1;
    /* Damage may be found only at the block's end: until then its rows may cost more than all. */
    if (cost > border->total - border->before)
        return true;
    border->rows += ranges_of(border->before, cost, border->total, border->n) < border->k;
    border->before += cost;
    return true;
}

/* The first row of range k. It is in the last block that begins within a range before k: the middle
 * of no row behind that block's end lies there. */
static bool find_border(struct manifest_file *file, uint64_t k, uint64_t n, uint64_t *row,
                        struct error *error)
{
    uint64_t total = file->totals.cost, low = 0, high = file->block_count;
    *row = k ? file->totals.rows : 0;
    if (k == 0 || k >= n || file->totals.rows == 0)
        return true;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (ranges_of(file->blocks[middle].cost_before, 0, total, n) < k)
            low = middle;
        else
            high = middle;
    }
    struct border border = {
        .before = file->blocks[low].cost_before, .total = total, .k = k, .n = n};
    if (!visit_block(file, low, pass_border, &border, error))
        return false;
    *row = low * MANIFEST_FILE_BLOCK + border.rows;
    return true;
}

bool manifest_file_range(struct manifest_file *file, uint64_t k, uint64_t n, struct range *range,
                         struct error *error)
{
    uint64_t first, end;
    if (!find_border(file, k, n, &first, error) || !find_border(file, k + 1, n, &end, error))
        return false;
    *range = (struct range){.first = first, .count = end - first};
    return true;
}

struct loading {
    struct manifest_file *file;
    struct range range;
    struct manifest *manifest;
};

static bool load_row(void *user, uint64_t row, const struct manifest_entry *entry,
                     struct error *error)
{
    struct loading *loading = user;
    struct manifest *manifest = loading->manifest;
    if (row < loading->range.first || row - loading->range.first >= loading->range.count)
        return true;
    struct manifest_entry copy = *entry;
    copy.path =
        manifest_store_text(manifest->store, entry->path, loading->file->decoder.length, error);
    if (!copy.path || !manifest_store_add_entry(manifest, &copy, error))
        return false;
    uint64_t most = loading->file->totals.bytes;
    return manifest->bytes <= most || damaged(loading->file, error);
}

/* A whole list is what was frozen, or somebody made it up. */
static bool check_whole(const struct loading *loading, struct error *error)
{
    const struct manifest_file_totals *totals = &loading->file->totals;
    return loading->range.count < totals->rows ||
           (loading->manifest->bytes == totals->bytes &&
            manifest_hash(loading->manifest) == totals->hash) ||
           damaged(loading->file, error);
}

bool manifest_file_load(struct manifest_file *file, struct range range, struct manifest *manifest,
                        struct error *error)
{
    struct loading loading = {.file = file, .range = range, .manifest = manifest};
    if (!manifest_store_create(manifest, error))
        return false;
    bool ok = true;
    uint64_t first = range.first / MANIFEST_FILE_BLOCK;
    uint64_t behind = range.count ? (range.first + range.count - 1) / MANIFEST_FILE_BLOCK + 1 : 0;
    for (uint64_t i = first; ok && i < behind; i++)
        ok = visit_block(file, i, load_row, &loading, error);
    ok = ok && check_whole(&loading, error) && manifest_labels_assign(manifest, error);
    if (!ok)
        manifest_free(manifest);
    return ok;
}
