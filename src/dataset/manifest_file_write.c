#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "dataset/manifest_cost.h"
#include "dataset/manifest_file.h"
#include "dataset/manifest_file_rows.h"
#include "dataset/manifest_hash.h"

struct writer {
    int fd;
    const char *path; /* for errors */
    uint64_t at;      /* where the next block goes */
    struct manifest_file_totals totals;
    struct manifest_file_encoder block;
    struct buffer table;
    size_t blocks;
};

static bool no_memory(const struct writer *writer, struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "%s: no memory to write the list", writer->path);
}

static bool cannot_write(const char *path, struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "%s: cannot write the list: %s", path, strerror(errno));
}

/* Sums that no list of real pictures has would make ranges meaningless. */
static bool add_up(struct writer *writer, const struct manifest_entry *entry, struct error *error)
{
    struct manifest_file_totals *totals = &writer->totals;
    if (__builtin_add_overflow(totals->cost, manifest_cost(entry) + 1, &totals->cost) ||
        __builtin_add_overflow(totals->bytes, entry->bytes, &totals->bytes))
        return error_set(error, ERROR_USAGE,
                         "%s: the files of the list are too large to be added up; leave out those "
                         "that are no pictures",
                         writer->path);
    return true;
}

static bool write_block(struct writer *writer, uint64_t cost_before, struct error *error)
{
    size_t row = writer->blocks * MANIFEST_FILE_TABLE_ROW, needed = row + MANIFEST_FILE_TABLE_ROW;
    if (needed > writer->table.capacity && !buffer_grow(&writer->table, 2 * needed, row))
        return no_memory(writer, error);
    struct manifest_file_encoder *block = &writer->block;
    uint8_t *to = writer->table.data + row;
    manifest_file_rows_put64(to, writer->at);
    manifest_file_rows_put64(to + 8, cost_before);
    manifest_file_rows_put32(to + 16, libdeflate_crc32(0, block->data.data, block->used));
    if (!file_write_at(writer->fd, block->data.data, block->used, (off_t)writer->at))
        return cannot_write(writer->path, error);
    writer->at += block->used;
    writer->blocks++;
    manifest_file_rows_restart(block);
    return true;
}

static bool write_blocks(struct writer *writer, const struct manifest *manifest,
                         struct error *error)
{
    uint64_t before = 0;
    for (size_t i = 0; i < manifest->count; i++) {
        if (!add_up(writer, &manifest->entries[i], error))
            return false;
        if (!manifest_file_rows_add(&writer->block, &manifest->entries[i]))
            return no_memory(writer, error);
        if ((i + 1) % MANIFEST_FILE_BLOCK && i + 1 < manifest->count)
            continue;
        if (!write_block(writer, before, error))
            return false;
        before = writer->totals.cost;
    }
    return true;
}

/* The head comes last: a file that was cut off has none. */
static bool write_table_and_head(struct writer *writer, struct error *error)
{
    const struct manifest_file_totals *totals = &writer->totals;
    const uint64_t numbers[] = {
        totals->rows, totals->bytes, totals->cost, totals->hash, (uint64_t)totals->frozen_ns,
        writer->at};
    uint8_t head[MANIFEST_FILE_HEAD] = MANIFEST_FILE_MAGIC;
    manifest_file_rows_put32(head + 12, MANIFEST_FILE_BLOCK);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        manifest_file_rows_put64(head + 16 + 8 * i, numbers[i]);
    size_t bytes = writer->blocks * MANIFEST_FILE_TABLE_ROW;
    uint32_t crc = libdeflate_crc32(0, head, sizeof head);
    if (bytes) /* libdeflate gives 0 for no data at NULL */
        crc = libdeflate_crc32(crc, writer->table.data, bytes);
    manifest_file_rows_put32(head + MANIFEST_FILE_HEAD_CRC, crc);
    return (file_write_at(writer->fd, writer->table.data, bytes, (off_t)writer->at) &&
            file_write_at(writer->fd, head, sizeof head, 0) && fsync(writer->fd) == 0) ||
           cannot_write(writer->path, error);
}

bool manifest_file_write_to(int fd, const char *path, const struct manifest *manifest,
                            struct error *error)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct writer writer = {
        .fd = fd,
        .path = path,
        .at = MANIFEST_FILE_HEAD,
        .totals = {.rows = manifest->count,
                   .hash = manifest_hash(manifest),
                   .frozen_ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec}};
    bool ok = write_blocks(&writer, manifest, error) && write_table_and_head(&writer, error);
    buffer_free(&writer.block.data);
    buffer_free(&writer.table);
    return ok;
}

bool manifest_file_write(const char *path, const struct manifest *manifest, struct error *error)
{
    int fd;
    do
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return error_set(error, ERROR_OUTPUT, "%s: cannot create the list: %s", path,
                         strerror(errno));
    bool ok = manifest_file_write_to(fd, path, manifest, error);
    /* Where the disk is a server's, closing may be what finds it full. */
    if (close(fd) < 0 && ok)
        ok = cannot_write(path, error);
    if (!ok)
        unlink(path);
    return ok;
}
