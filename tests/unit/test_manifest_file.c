/*
 * The frozen list: what is written comes back, whole and in ranges; what is damaged, cut off or
 * forged is refused in one line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <libdeflate.h>

#include "base/file.h"
#include "dataset/manifest_cost.h"
#include "dataset/manifest_file.h"
#include "dataset/manifest_file_rows.h"
#include "dataset/manifest_hash.h"
#include "temp_folder.h"

enum { MANY = 10000, LONG_PATH = 70000 };

struct fixture {
    char *folder, *name;
    struct manifest_entry entries[MANY];
    char paths[MANY][32];
    char *longest[2];
};

static char *path_of(char letter, size_t length)
{
    char *path = malloc(length + 1);
    memset(path, letter, length);
    path[length] = '\0';
    return path;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    uint32_t seed = 7;
    f->folder = temp_folder_create();
    f->name = strdup(textf("%s/list", f->folder));
    for (unsigned i = 0; i < MANY; i++) {
        seed = seed * 1664525 + 1013904223;
        snprintf(f->paths[i], sizeof f->paths[i], "in/%u/%05u.%s", i / 100, i,
                 seed >> 31 ? "png" : "jpg");
        f->entries[i] = (struct manifest_entry){.path = f->paths[i],
                                                .bytes = (seed >> 8) % 3000000,
                                                .mtime_ns = (int64_t)seed * 400000007 - i};
    }
    f->longest[0] = path_of('x', LONG_PATH);
    f->longest[1] = path_of('x', LONG_PATH);
    f->longest[1][LONG_PATH - 1] = '\n';
    struct manifest_entry *e = f->entries;
    e[1] = (struct manifest_entry){.path = "gone", .kind = MANIFEST_MISSING, .error = 2};
    e[2] = (struct manifest_entry){.path = "gone/too", .kind = MANIFEST_FOLDER, .error = 65535};
    e[3] = (struct manifest_entry){.path = "pipe", .kind = MANIFEST_SPECIAL};
    e[4] = (struct manifest_entry){.path = "pipe", .kind = MANIFEST_FOLDER};
    e[5] = (struct manifest_entry){.path = "\xff\\ \x01,\"", .bytes = 1, .mtime_ns = INT64_MIN};
    e[6] = (struct manifest_entry){.path = "a", .bytes = INT64_MAX, .mtime_ns = INT64_MAX};
    e[7].path = f->longest[0];
    e[8].path = f->longest[1];
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    temp_folder_remove(f->folder);
    free(f->name);
    free(f->longest[0]);
    free(f->longest[1]);
    free(f);
    return 0;
}

static struct manifest list_of(struct fixture *f, size_t count)
{
    struct manifest manifest = {.entries = f->entries, .count = count};
    for (size_t i = 0; i < count; i++)
        manifest.bytes += f->entries[i].bytes;
    return manifest;
}

static void write_list(struct fixture *f, const struct manifest *manifest)
{
    struct error error = {0};
    unlink(f->name);
    if (!manifest_file_write(f->name, manifest, &error))
        fail_msg("%s", error.text);
}

static struct manifest_file *open_list(struct fixture *f)
{
    struct error error = {0};
    struct manifest_file *file = manifest_file_open(f->name, &error);
    if (!file)
        fail_msg("%s", error.text);
    return file;
}

static void assert_rows(const struct manifest *got, const struct manifest_entry *wanted,
                        size_t count)
{
    assert_int_equal(got->count, count);
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(got->entries[i].path, wanted[i].path);
        assert_int_equal(got->entries[i].bytes, wanted[i].bytes);
        assert_int_equal(got->entries[i].mtime_ns, wanted[i].mtime_ns);
        assert_int_equal(got->entries[i].kind, wanted[i].kind);
        assert_int_equal(got->entries[i].error, wanted[i].error);
        assert_true(got->entries[i].label < got->label_count);
        bytes += wanted[i].bytes;
    }
    assert_int_equal(got->bytes, bytes);
}

static void whole_list_comes_back(void **state)
{
    struct fixture *f = *state;
    const size_t counts[] = {0, 1, 2, 9, 4095, 4096, 4097, 8192, MANY};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        struct manifest manifest = list_of(f, counts[c]), back;
        struct error error = {0};
        struct range range;
        uint64_t cost = 0;
        write_list(f, &manifest);
        assert_true(manifest_file_is(f->name));
        struct manifest_file *file = open_list(f);
        const struct manifest_file_totals *totals = manifest_file_totals(file);
        for (size_t i = 0; i < counts[c]; i++)
            cost += manifest_cost(&f->entries[i]) + 1;
        assert_int_equal(totals->rows, counts[c]);
        assert_int_equal(totals->bytes, manifest.bytes);
        assert_int_equal(totals->cost, cost);
        assert_int_equal(totals->hash, manifest_hash(&manifest));
        assert_true(totals->frozen_ns > INT64_C(1600000000000000000));
        assert_true(manifest_file_range(file, 0, 1, &range, &error));
        assert_int_equal(range.first, 0);
        assert_int_equal(range.count, counts[c]);
        assert_true(manifest_file_load(file, range, &back, &error));
        assert_rows(&back, f->entries, counts[c]);
        manifest_free(&back);
        manifest_file_close(file);
    }
}

static void ranges_are_those_of_the_costs(void **state)
{
    struct fixture *f = *state;
    const size_t counts[] = {0, 1, 30, 4097, MANY};
    const uint64_t parts[] = {1, 2, 3, 7, 64, 1000};
    uint64_t *costs = calloc(MANY, sizeof *costs);
    f->entries[6].bytes = 5; /* or it would outweigh all others */
    for (size_t i = 0; i < MANY; i++)
        costs[i] = manifest_cost(&f->entries[i]) + 1;
    for (size_t c = 0; c < 5; c++) {
        struct manifest manifest = list_of(f, counts[c]), back;
        write_list(f, &manifest);
        struct manifest_file *file = open_list(f);
        for (size_t p = 0; p < 6; p++)
            for (uint64_t k = 0; k < parts[p]; k++) {
                struct error error = {0};
                struct range range, wanted = ranges_cut(costs, counts[c], k, parts[p]);
                assert_true(manifest_file_range(file, k, parts[p], &range, &error));
                assert_int_equal(range.first, wanted.first);
                assert_int_equal(range.count, wanted.count);
                if (parts[p] > 64)
                    continue;
                assert_true(manifest_file_load(file, range, &back, &error));
                assert_rows(&back, f->entries + range.first, range.count);
                manifest_free(&back);
            }
        manifest_file_close(file);
    }
    free(costs);
}

/* Tries all that can be done with a file. True when nothing was refused. */
static bool is_read(const char *name, struct error *error)
{
    struct manifest manifest;
    struct range range;
    *error = (struct error){0};
    struct manifest_file *file = manifest_file_open(name, error);
    bool ok = file != NULL;
    for (uint64_t k = 0; ok && k < 3; k++)
        ok = manifest_file_range(file, k, 3, &range, error) &&
             manifest_file_load(file, range, &manifest, error) && (manifest_free(&manifest), true);
    if (ok) {
        range = (struct range){0, manifest_file_totals(file)->rows};
        ok = manifest_file_load(file, range, &manifest, error);
        if (ok)
            manifest_free(&manifest);
    }
    if (!ok) {
        assert_int_equal(error->kind, ERROR_USAGE);
        assert_non_null(strstr(error->text, name));
    }
    manifest_file_close(file);
    return ok;
}

struct bytes {
    uint8_t *data;
    size_t size;
};

static struct bytes slurp(const char *name)
{
    struct stat st;
    assert_int_equal(stat(name, &st), 0);
    struct bytes bytes = {malloc((size_t)st.st_size), (size_t)st.st_size};
    int fd = open(name, O_RDONLY);
    assert_int_equal(read(fd, bytes.data, bytes.size), st.st_size);
    close(fd);
    return bytes;
}

static void spill(const char *name, const uint8_t *data, size_t size)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file_write_at(fd, data, size, 0));
    close(fd);
}

/* Twelve rows, the long paths not among them. */
static struct bytes small_file(struct fixture *f)
{
    f->entries[7].path = "b/1.jpg";
    f->entries[8].path = "b/2.jpg";
    struct manifest manifest = list_of(f, 12);
    write_list(f, &manifest);
    return slurp(f->name);
}

static void every_flipped_bit_is_found(void **state)
{
    struct fixture *f = *state;
    struct bytes good = small_file(f);
    struct error error;
    assert_true(is_read(f->name, &error));
    for (size_t i = 0; i < good.size * 8; i++) {
        good.data[i / 8] ^= (uint8_t)(1 << i % 8);
        spill(f->name, good.data, good.size);
        if (is_read(f->name, &error))
            fail_msg("bit %zu of byte %zu is not missed", i % 8, i / 8);
        good.data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    free(good.data);
}

static void every_cut_is_found(void **state)
{
    struct fixture *f = *state;
    struct bytes good = small_file(f);
    struct error error;
    for (size_t size = 0; size < good.size; size++) {
        spill(f->name, good.data, size);
        assert_false(is_read(f->name, &error));
    }
    good.data = realloc(good.data, good.size + 1);
    good.data[good.size] = 0;
    spill(f->name, good.data, good.size + 1);
    assert_false(is_read(f->name, &error));
    free(good.data);
}

/* A file of one block with the given rows, and all checksums right. */
struct forgery {
    uint64_t rows, bytes, cost, hash, table, block_rows;
    uint64_t before; /* in the table */
    const char *row_bytes;
    size_t row_size;
};

static void forge(const char *name, const struct forgery *forgery)
{
    uint8_t file[512] = MANIFEST_FILE_MAGIC;
    const uint64_t numbers[] = {forgery->rows, forgery->bytes, forgery->cost, forgery->hash, 0,
                                forgery->table};
    size_t at = MANIFEST_FILE_HEAD + forgery->row_size;
    manifest_file_rows_put32(file + 12, (uint32_t)forgery->block_rows);
    for (size_t i = 0; i < 6; i++)
        manifest_file_rows_put64(file + 16 + 8 * i, numbers[i]);
    memcpy(file + MANIFEST_FILE_HEAD, forgery->row_bytes, forgery->row_size);
    manifest_file_rows_put64(file + at, MANIFEST_FILE_HEAD);
    manifest_file_rows_put64(file + at + 8, forgery->before);
    manifest_file_rows_put32(file + at + 16,
                             libdeflate_crc32(0, file + MANIFEST_FILE_HEAD, forgery->row_size));
    uint32_t crc = libdeflate_crc32(0, file, MANIFEST_FILE_HEAD);
    crc = libdeflate_crc32(crc, file + at, MANIFEST_FILE_TABLE_ROW);
    manifest_file_rows_put32(file + MANIFEST_FILE_HEAD_CRC, crc);
    spill(name, file, at + MANIFEST_FILE_TABLE_ROW);
}

#define ROWS(text) .row_bytes = text, .row_size = sizeof text - 1

/* Two regular files, "a" of 1 byte and "ab" of 2, of 300001 + 11 and + 22. */
#define TWO_ROWS                                                                                   \
    "\0\1\0\0\1a"                                                                                  \
    "\0\2\0\1\1b"
#define TWO_COST (2 * 300001 + 33)

static struct forgery two_rows(void)
{
    struct manifest_entry entries[] = {{.path = "a", .bytes = 1}, {.path = "ab", .bytes = 2}};
    struct manifest manifest = {.entries = entries, .count = 2};
    return (struct forgery){.rows = 2,
                            .bytes = 3,
                            .cost = TWO_COST,
                            .hash = manifest_hash(&manifest),
                            .block_rows = MANIFEST_FILE_BLOCK,
                            ROWS(TWO_ROWS)};
}

static bool forged_is_read(struct fixture *f, struct forgery forgery)
{
    struct error error;
    if (!forgery.table)
        forgery.table = MANIFEST_FILE_HEAD + forgery.row_size;
    forge(f->name, &forgery);
    return is_read(f->name, &error);
}

static void forged_numbers_are_refused(void **state)
{
    struct fixture *f = *state;
    struct forgery good = two_rows();
    assert_true(forged_is_read(f, good)); /* so that what follows is refused for what it says */
    const uint64_t rows[] = {0, 1, 3, 4, 4096, 4097, UINT32_MAX, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct forgery bad = good;
        bad.rows = rows[i];
        assert_false(forged_is_read(f, bad));
    }
    const uint64_t offsets[] = {-1ull, -2ull, 1, 1ull << 63};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        struct forgery bad = good;
        bad.cost += offsets[i];
        assert_false(forged_is_read(f, bad));
        bad = good;
        bad.bytes += offsets[i];
        assert_false(forged_is_read(f, bad));
        bad = good;
        bad.hash += offsets[i];
        assert_false(forged_is_read(f, bad));
        bad = good;
        bad.before += offsets[i];
        assert_false(forged_is_read(f, bad));
        bad = good;
        bad.block_rows += offsets[i];
        assert_true(forged_is_read(f, bad) == ((uint32_t)offsets[i] == 0));
        bad = good;
        bad.table = MANIFEST_FILE_HEAD + bad.row_size + offsets[i];
        assert_false(forged_is_read(f, bad));
    }
}

/* Whether the block can be gone through, the hash of the whole not being asked for. */
static bool border_is_found(const char *name)
{
    struct range range;
    struct error error;
    struct manifest_file *file = manifest_file_open(name, &error);
    bool found = file && manifest_file_range(file, 1, 2, &range, &error);
    manifest_file_close(file);
    return found;
}

static void forged_rows_are_refused(void **state)
{
    struct fixture *f = *state;
    const struct forgery rows[] = {
        {ROWS("\0\1\0\0\1b"
              "\0\2\0\1\1b")}, /* another hash */
        {ROWS("\0\1\0\0\1a"
              "\0\2\xff\xff\xff\xff\xff\xff\xff\xff\xff\2\1\1b")}, /* a time */
        {ROWS("\0\1\0\0\1a"
              "\0\2\0\2\1b")}, /* shares more than there is */
        {ROWS("\0\1\0\1\1a"
              "\0\2\0\1\1b")}, /* the first shares */
        {ROWS("\0\1\0\0\1a"
              "\0\2\0\1\2b")}, /* longer than the block */
        {ROWS("\0\1\0\0\1a"
              "\0\2\0\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\1")},
        {ROWS("\0\1\0\0\1a"
              "\0\2\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1b")},
        {ROWS("\0\1\0\0\1a"
              "\0\2\0\1\1\0")}, /* a zero byte in a path */
        {ROWS("\0\1\0\0\1a"
              "\0\2\0\0\0")}, /* an empty path */
        {ROWS("\0\1\0\0\1a"
              "\10\2\0\1\1b")}, /* kinds that are none */
        {ROWS("\0\1\0\0\1a"
              "\xff\2\0\1\1b")},
        {ROWS("\0\1\0\0\1a"
              "\4\2\2\0\1\1b")}, /* an error of a regular file */
        {ROWS("\0\1\0\0\1a"
              "\7\0\1\1b")}, /* an error that is none */
        {ROWS("\0\1\0\0\1a"
              "\7\x80\x80\x04\1\1b")}, /* or too large: 65536 */
        {ROWS("\0\1\0\0\1a"
              "\0\2\0\1\1b"
              "c")}, /* something behind the last */
        {ROWS("\0\1\0\0\1a"
              "\0\3\0\1\1b")}, /* another cost than the head has */
        {ROWS("\0\1\0\0\1a"
              "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0\1\1b")}, /* 2^64 - 1 bytes */
        {ROWS("\0\1\0\0\1a"
              "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\2\0\1\1b")}, /* above it */
        {ROWS("\0\1\0\0\1a"
              "\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\1\0\1\1b")},
        {ROWS("\0\1\0\0\1a")}, /* one missing */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct forgery bad = two_rows();
        bad.row_bytes = rows[i].row_bytes;
        bad.row_size = rows[i].row_size;
        if (forged_is_read(f, bad) || (i && border_is_found(f->name)))
            fail_msg("forged rows %zu were read", i);
    }
}

static void other_files_are_told_apart(void **state)
{
    struct fixture *f = *state;
    struct error error;
    assert_false(manifest_file_is(f->name));
    assert_null(manifest_file_open(f->name, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_false(manifest_file_is(f->folder));
    assert_null(manifest_file_open(f->folder, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    spill(f->name, (const uint8_t *)"a.jpg\nb.jpg\n", 12);
    assert_false(manifest_file_is(f->name));
    assert_false(is_read(f->name, &error));
    assert_non_null(strstr(error.text, "no frozen list"));
    spill(f->name, (const uint8_t *)"PXLIST\2\n", 8);
    assert_false(manifest_file_is(f->name));
    assert_false(is_read(f->name, &error));
    assert_non_null(strstr(error.text, "another version"));
    manifest_file_close(NULL);
}

static void what_is_there_is_not_replaced(void **state)
{
    struct fixture *f = *state;
    struct manifest manifest = list_of(f, 3);
    struct error error = {0};
    spill(f->name, (const uint8_t *)"mine", 4);
    assert_false(manifest_file_write(f->name, &manifest, &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    struct bytes bytes = slurp(f->name);
    assert_int_equal(bytes.size, 4);
    free(bytes.data);
    unlink(f->name);
    /* sizes that no sum holds */
    for (size_t i = 10; i < 13; i++)
        f->entries[i].bytes = INT64_MAX;
    manifest = list_of(f, 13);
    assert_false(manifest_file_write(f->name, &manifest, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_int_not_equal(access(f->name, F_OK), 0);
}

/* Frozen lists hold sums of costs. Whoever changes one of these numbers raises the version in
 * MANIFEST_FILE_MAGIC, so that no two machines cut one list in two ways. */
static void costs_belong_to_the_version(void **state)
{
    (void)state;
    const struct manifest_entry jpeg = {.path = "a.jpg", .bytes = 1000},
                                png = {.path = "a.png", .bytes = 1000},
                                huge = {.path = "a.jpg", .bytes = INT64_MAX};
    assert_memory_equal(MANIFEST_FILE_MAGIC, "PXLIST\1\n", 9);
    assert_int_equal(MANIFEST_FILE_BLOCK, 4096);
    assert_int_equal(manifest_cost(&jpeg), 311000);
    assert_int_equal(manifest_cost(&png), 30000);
    assert_int_equal(manifest_cost(&huge), 12094627905536 + 300000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whole_list_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(ranges_are_those_of_the_costs, setup, teardown),
        cmocka_unit_test_setup_teardown(every_flipped_bit_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(every_cut_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(forged_numbers_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(forged_rows_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(other_files_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_there_is_not_replaced, setup, teardown),
        cmocka_unit_test(costs_belong_to_the_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
