/*
 * Any bytes as a frozen list: it is refused in one clean line, or its ranges lie one behind the
 * other, every row of it can be written again, and comes back the same.
 *
 * The first byte chooses what is put right before: 1 the checksums of a whole file; 2 all but the
 * rows, the bytes being those of one block.
 */
#include <fcntl.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataset/manifest_cost.h"
#include "dataset/manifest_file.h"
#include "dataset/manifest_file_rows.h"
#include "dataset/manifest_hash.h"
#include "fuzz_main.h"

enum { RIGHT_SUMS = 1, ROWS_ONLY = 2 };

static char given[80], again[96]; /* files */

static void set_up(void)
{
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(given, sizeof given, "%s/pixscale-fuzz-%ld.list", folder, (long)getpid());
    snprintf(again, sizeof again, "%s.again", given);
}

static void sum_head(uint8_t *file, const uint8_t *table, size_t bytes)
{
    manifest_file_rows_put32(file + MANIFEST_FILE_HEAD_CRC, 0);
    uint32_t crc = libdeflate_crc32(0, file, MANIFEST_FILE_HEAD);
    manifest_file_rows_put32(file + MANIFEST_FILE_HEAD_CRC, libdeflate_crc32(crc, table, bytes));
}

/* As far as head and table make sense. */
static void repair(uint8_t *file, size_t size)
{
    if (size < MANIFEST_FILE_HEAD)
        return;
    memcpy(file, MANIFEST_FILE_MAGIC, 8);
    uint64_t end = manifest_file_rows_get64(file + 56);
    if (end > size || (size - end) % MANIFEST_FILE_TABLE_ROW)
        return;
    uint8_t *table = file + end;
    for (uint8_t *row = table; row < file + size; row += MANIFEST_FILE_TABLE_ROW) {
        uint64_t at = manifest_file_rows_get64(row), next = end;
        if (row + MANIFEST_FILE_TABLE_ROW < file + size)
            next = manifest_file_rows_get64(row + MANIFEST_FILE_TABLE_ROW);
        if (at <= next && next <= end)
            manifest_file_rows_put32(row + 16, libdeflate_crc32(0, file + at, next - at));
    }
    sum_head(file, table, size - end);
}

/* The totals of rows, as far as they make sense; one more where they do not. */
static void total(const uint8_t *rows, size_t size, struct manifest_file_totals *totals)
{
    struct manifest_file_decoder decoder = {.at = rows, .end = rows + size};
    struct manifest manifest = {.entries = calloc(MANIFEST_FILE_BLOCK, sizeof *manifest.entries)};
    enum manifest_file_outcome outcome = MANIFEST_FILE_FINE;
    require(manifest.entries != NULL);
    while (manifest.count < MANIFEST_FILE_BLOCK && decoder.at < decoder.end) {
        struct manifest_entry *entry = &manifest.entries[manifest.count];
        outcome = manifest_file_rows_next(&decoder, entry);
        require(outcome != MANIFEST_FILE_NO_MEMORY);
        if (outcome != MANIFEST_FILE_FINE)
            break;
        require(entry->path[0] && strlen(entry->path) == decoder.length);
        require((entry->path = strdup(entry->path)) != NULL);
        totals->bytes += entry->bytes;
        totals->cost += manifest_cost(entry) + 1;
        manifest.count++;
    }
    totals->rows = manifest.count + (outcome == MANIFEST_FILE_DAMAGED);
    totals->hash = manifest_hash(&manifest);
    for (size_t i = 0; i < manifest.count; i++)
        free((char *)manifest.entries[i].path);
    free(manifest.entries);
    buffer_free(&decoder.path);
}

static void put_around(uint8_t *file, size_t size)
{
    struct manifest_file_totals totals = {0};
    uint8_t *rows = file + MANIFEST_FILE_HEAD, *table = rows + size;
    total(rows, size, &totals);
    const uint64_t numbers[] = {
        totals.rows, totals.bytes, totals.cost, totals.hash, 0, MANIFEST_FILE_HEAD + size};
    memcpy(file, MANIFEST_FILE_MAGIC, 8);
    manifest_file_rows_put32(file + 12, MANIFEST_FILE_BLOCK);
    for (size_t i = 0; i < 6; i++)
        manifest_file_rows_put64(file + 16 + 8 * i, numbers[i]);
    manifest_file_rows_put64(table, MANIFEST_FILE_HEAD);
    manifest_file_rows_put64(table + 8, 0);
    manifest_file_rows_put32(table + 16, libdeflate_crc32(0, rows, size));
    sum_head(file, table, MANIFEST_FILE_TABLE_ROW);
}

/* Leaves the file in its place. */
static void leave(const uint8_t *data, size_t size, unsigned choice)
{
    size_t around = choice & ROWS_ONLY ? MANIFEST_FILE_HEAD : 0;
    size_t all = size + around + (around ? MANIFEST_FILE_TABLE_ROW : 0);
    uint8_t *file = calloc(1, all + 1);
    require(file != NULL);
    memcpy(file + around, data, size);
    if (choice & ROWS_ONLY)
        put_around(file, size);
    else if (choice & RIGHT_SUMS)
        repair(file, size);
    int fd = open(given, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(fd >= 0 && write(fd, file, all) == (ssize_t)all);
    close(fd);
    free(file);
}

static void check_error(const struct error *error)
{
    require(error->kind == ERROR_USAGE && error->text[0]);
    for (const char *c = error->text; *c; c++)
        require((unsigned char)*c >= 0x20 && *c != 0x7f);
}

/* Ranges 0 to n - 1, each of which is loaded. False when one is refused. */
static bool check_ranges(struct manifest_file *file, uint64_t n)
{
    uint64_t at = 0;
    for (uint64_t k = 0; k < n; k++) {
        struct range range;
        struct manifest part;
        struct error error = {.kind = ERROR_NONE};
        if (!manifest_file_range(file, k, n, &range, &error) ||
            !manifest_file_load(file, range, &part, &error)) {
            check_error(&error);
            return false;
        }
        require(range.first == at && part.count == range.count);
        at += range.count;
        manifest_free(&part);
    }
    require(at == manifest_file_totals(file)->rows);
    return true;
}

static bool load(const char *name, struct manifest *manifest)
{
    struct error error = {.kind = ERROR_NONE};
    struct manifest_file *file = manifest_file_open(name, &error);
    bool ok = file != NULL;
    if (ok) {
        struct range range = {0, manifest_file_totals(file)->rows};
        ok = manifest_file_load(file, range, manifest, &error);
        require(ok || manifest->entries == NULL);
        bool cut = check_ranges(file, 3);
        require(!ok || cut);
    }
    if (!ok)
        check_error(&error);
    manifest_file_close(file);
    return ok;
}

static void check_equal(const struct manifest *a, const struct manifest *b)
{
    require(a->count == b->count && a->bytes == b->bytes && a->label_count == b->label_count);
    for (size_t i = 0; i < a->count; i++) {
        const struct manifest_entry *x = &a->entries[i], *y = &b->entries[i];
        require(strcmp(x->path, y->path) == 0 && x->bytes == y->bytes &&
                x->mtime_ns == y->mtime_ns && x->kind == y->kind && x->error == y->error &&
                x->label == y->label);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct manifest manifest, copy;
    struct error error = {.kind = ERROR_NONE};
    if (!given[0])
        set_up();
    if (size < 1)
        return 0;
    leave(data + 1, size - 1, data[0]);
    if (load(given, &manifest)) {
        unlink(again);
        /* Sums that overflow are refused: made-up sizes may do that. */
        if (manifest_file_write(again, &manifest, &error)) {
            require(load(again, &copy));
            check_equal(&manifest, &copy);
            manifest_free(&copy);
        } else {
            check_error(&error);
        }
        manifest_free(&manifest);
    }
    unlink(again);
    unlink(given);
    return 0;
}
