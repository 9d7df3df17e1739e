/*
 * Rows of arrays joined to one: the same whatever the file system can copy itself, and however much
 * of it at a time; and arrays that were made under another name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "dataset/npy_join.h"
#include "temp_folder.h"

enum { PARTS = 3, ROW_BYTES = 24, MOST = 64 };

static struct copying {
    int with;      /* errno, or 0 to copy */
    bool end;      /* nothing is copied, as at the end of a file */
    size_t most;   /* bytes at a time; 0: all */
    unsigned from; /* the call from which on it fails */
    unsigned calls;
} copying;

ssize_t __real_copy_file_range(int in, off_t *from, int out, off_t *to, size_t bytes, unsigned how);
ssize_t __wrap_copy_file_range(int in, off_t *from, int out, off_t *to, size_t bytes, unsigned how);

ssize_t __wrap_copy_file_range(int in, off_t *from, int out, off_t *to, size_t bytes, unsigned how)
{
    if (++copying.calls >= copying.from) {
        if (copying.end)
            return 0;
        if (copying.with == EINTR)
            copying.from = copying.calls + 2; /* every other call, or it would not end */
        errno = copying.with;
        if (errno)
            return -1;
    }
    if (copying.most && bytes > copying.most)
        bytes = copying.most;
    return __real_copy_file_range(in, from, out, to, bytes, how);
}

static struct npy_shape shape_of(uint64_t rows)
{
    return (struct npy_shape){
        .descr = "<f4", .item_size = 4, .dimensions = 3, .size = {rows, 2, ROW_BYTES / 8}};
}

static const uint64_t part_rows[PARTS] = {7, 1, 13};

static void fill(uint8_t row[ROW_BYTES], uint64_t part, uint64_t number)
{
    for (size_t k = 0; k < ROW_BYTES; k++)
        row[k] = (uint8_t)(part * 89 + number * 31 + k + 1);
}

static const char *part_name(const char *folder, uint64_t part)
{
    return textf("%s/%d-of-3.npy", folder, (int)part);
}

static void make_part(const char *folder, uint64_t part)
{
    struct error error = {0};
    struct npy_shape shape = shape_of(part_rows[part]);
    struct npy *npy = npy_create(part_name(folder, part), &shape, &error);
    assert_non_null(npy);
    for (uint64_t i = 0; i < part_rows[part]; i++) {
        uint8_t row[ROW_BYTES];
        fill(row, part, i);
        assert_true(npy_write_row(npy, i, row));
    }
    assert_true(npy_commit(npy, true, &error));
}

static struct npy *adopted(const char *folder, uint64_t part)
{
    struct error error = {0};
    struct npy_shape shape = shape_of(part_rows[part]);
    struct npy *npy = npy_adopt(part_name(folder, part), part_name(folder, part), &shape, &error);
    assert_string_equal(error.text, "");
    assert_non_null(npy);
    return npy;
}

/* Joins the parts, of each the rows that have their bit in `kept`, and compares with what was made
 * row by row. */
static void check_joined(const char *folder, const uint32_t kept[PARTS])
{
    struct error error = {0};
    uint8_t want[MOST][ROW_BYTES], keep[MOST];
    uint64_t rows = 0;
    for (uint64_t part = 0; part < PARTS; part++)
        for (uint64_t i = 0; i < part_rows[part]; i++)
            if (kept[part] >> i & 1)
                fill(want[rows++], part, i);
    const char *path = textf("%s/all.npy", folder);
    struct npy_shape shape = shape_of(rows);
    struct npy *npy = npy_create(path, &shape, &error);
    struct npy_join join;
    assert_non_null(npy);
    assert_true(npy_join_begin(&join, npy, &error));
    for (uint64_t part = 0; part < PARTS; part++) {
        struct npy *from = adopted(folder, part);
        bool all = kept[part] == UINT32_MAX;
        for (uint64_t i = 0; i < part_rows[part]; i++)
            keep[i] = kept[part] >> i & 1;
        assert_int_equal(npy_join_end(&join, NULL), join.row == rows);
        assert_true(npy_join_rows(&join, from, 0, part_rows[part], all ? NULL : keep, &error));
        npy_abandon(from);
        assert_int_equal(access(part_name(folder, part), F_OK), 0);
    }
    assert_true(npy_join_end(&join, &error));
    npy_join_free(&join);
    assert_true(npy_commit(npy, true, &error));
    FILE *file = fopen(path, "r");
    uint8_t head[128], row[ROW_BYTES];
    assert_non_null(file);
    assert_int_equal(fread(head, 1, sizeof head, file), sizeof head);
    for (uint64_t i = 0; i < rows; i++) {
        assert_int_equal(fread(row, 1, sizeof row, file), sizeof row);
        assert_memory_equal(row, want[i], sizeof row);
    }
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
    assert_int_equal(unlink(path), 0);
}

static void check_patterns(const char *folder)
{
    static const uint32_t patterns[][PARTS] = {{UINT32_MAX, UINT32_MAX, UINT32_MAX},
                                               {0, 0, 0},
                                               {0x7f, 1, 0x1fff},
                                               {0x55, 0, 0x1555},
                                               {0x2a, 1, 0x0aaa},
                                               {0x41, 0, 0x1001},
                                               {0, 1, UINT32_MAX},
                                               {UINT32_MAX, 0, 0x0ff0}};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        check_joined(folder, patterns[i]);
}

static void joined_whatever_the_file_system_can(void **state)
{
    static const int errors[] = {EXDEV, EINVAL, ENOSYS, EOPNOTSUPP, EINTR, EIO, EPERM, EBADF};
    memset(&copying, 0, sizeof copying);
    check_patterns(*state);
    assert_true(copying.calls > 0);
    for (size_t most = 1; most < 60; most += 11)
        for (unsigned from = 1; from < 8; from += 3) {
            for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
                copying = (struct copying){.with = errors[e], .most = most, .from = from};
                check_patterns(*state);
            }
            copying = (struct copying){.end = true, .most = most, .from = from};
            check_patterns(*state);
        }
    memset(&copying, 0, sizeof copying);
}

static void what_does_not_fit_is_refused(void **state)
{
    struct error error = {0};
    struct npy_shape shape = shape_of(5), wide = shape_of(50);
    struct npy_join join;
    struct npy *from = adopted(*state, 0);
    struct npy *npy = npy_create(textf("%s/all.npy", (char *)*state), &shape, &error);
    assert_true(npy_join_begin(&join, npy, &error));
    assert_false(npy_join_rows(&join, from, 0, 6, NULL, &error)); /* of 5 */
    assert_int_equal(error.kind, ERROR_OUTPUT);
    assert_non_null(strstr(error.text, "room for"));
    assert_false(npy_join_rows(&join, from, 4, 4, NULL, &error)); /* of 7 */
    assert_true(npy_join_rows(&join, from, 4, 3, NULL, &error));
    assert_false(npy_join_end(&join, &error));
    assert_non_null(strstr(error.text, "missing"));
    npy_join_free(&join);
    npy_abandon(npy);
    wide.size[2]++;
    npy = npy_create(textf("%s/all.npy", (char *)*state), &wide, &error);
    assert_true(npy_join_begin(&join, npy, &error));
    assert_false(npy_join_rows(&join, from, 0, 1, NULL, &error));
    npy_join_free(&join);
    npy_abandon(npy);
    npy_abandon(from);
}

/* What was cut after it was opened is an error of reading, also where the kernel calls it the end.
 */
static void a_source_that_was_cut(void **state)
{
    struct error error = {0};
    struct npy_shape shape = shape_of(7);
    struct npy_join join;
    struct npy *from = adopted(*state, 0);
    struct npy *npy = npy_create(textf("%s/all.npy", (char *)*state), &shape, &error);
    assert_int_equal(truncate(part_name(*state, 0), 128 + 3 * ROW_BYTES + 1), 0);
    assert_true(npy_join_begin(&join, npy, &error));
    assert_false(npy_join_rows(&join, from, 0, 7, NULL, &error));
    assert_non_null(strstr(error.text, "Input/output"));
    npy_join_free(&join);
    npy_abandon(npy);
    npy_abandon(from);
}

static void adopted_arrays_get_their_name(void **state)
{
    struct error error = {0};
    struct npy_shape shape = shape_of(part_rows[2]), other = shape_of(part_rows[2] + 1);
    const char *name = part_name(*state, 2), *path = textf("%s/o.npy", (char *)*state);
    assert_null(npy_adopt(path, name, &other, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_null(npy_adopt(path, textf("%s/none", (char *)*state), &shape, &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    struct npy *npy = npy_adopt(path, name, &shape, &error);
    uint64_t mark = npy_mark(npy);
    /* A folder in its way: it keeps the name that it has. */
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(npy_commit(npy, true, &error));
    assert_int_equal(rmdir(path), 0);
    npy = npy_adopt(path, name, &shape, &error);
    assert_int_equal(npy_mark(npy), mark);
    assert_true(npy_commit(npy, true, &error));
    assert_int_not_equal(access(name, F_OK), 0);
    assert_true(npy_is_complete(path, &shape, mark, false));
}

static int setup(void **state)
{
    *state = temp_folder_create();
    for (uint64_t part = 0; *state && part < PARTS; part++)
        make_part(*state, part);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    return temp_folder_remove(*state);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(joined_whatever_the_file_system_can),
        TEST(what_does_not_fit_is_refused),
        TEST(a_source_that_was_cut),
        TEST(adopted_arrays_get_their_name),
    };
    return cmocka_run_group_tests_name("npy_join", tests, NULL, NULL);
}
