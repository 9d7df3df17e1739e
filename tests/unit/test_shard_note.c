/*
 * The note that a merge leaves before it gives names: what was written is read, and nothing else is
 * taken for one. The rest of a merge is tested as a command, in faults.merge.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "shard/shard_merge_parts.h"
#include "temp_folder.h"

struct fixture {
    char *folder;
    struct shard_set set;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->folder = temp_folder_create();
    *state = f;
    return shard_set_name(&f->set, textf("%s/o.npy", f->folder), NULL) &&
                   shard_set_make(&f->set, NULL)
               ? 0
               : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    shard_set_free(&f->set);
    temp_folder_remove(f->folder);
    free(f);
    return 0;
}

static void put(const struct fixture *f, const char *text, size_t bytes)
{
    FILE *file = fopen(textf("%s/merged", f->set.folder), "w");
    assert_true(fwrite(text, 1, bytes, file) == bytes && fclose(file) == 0);
}

static void what_is_written_is_read(void **state)
{
    struct fixture *f = *state;
    struct error error = {0};
    static const struct shard_merge_note notes[] = {
        {0, 0, 0, 0}, {1, 2, 3, 4}, {UINT64_MAX, UINT64_MAX, INT64_MAX, INT64_MAX}};
    struct shard_merge_note back;
    assert_false(shard_merge_parts_read_note(&f->set, &back));
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        assert_true(shard_merge_parts_write_note(&f->set, &notes[i], &error));
        assert_true(shard_merge_parts_read_note(&f->set, &back));
        assert_memory_equal(&back, &notes[i], sizeof back);
    }
    shard_set_remove(&f->set);
    assert_false(shard_set_exists(&f->set));
    assert_false(shard_merge_parts_write_note(&f->set, &notes[0], &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
}

static void nothing_else_is_one(void **state)
{
    struct fixture *f = *state;
    struct shard_merge_note note = {1, 2, 3, 4}, back;
    assert_true(shard_merge_parts_write_note(&f->set, &note, NULL));
    FILE *file = fopen(textf("%s/merged", f->set.folder), "r");
    char text[1024];
    size_t whole = fread(text, 1, sizeof text / 2, file);
    fclose(file);
    for (size_t length = 0; length < whole; length++) {
        put(f, text, length);
        assert_false(shard_merge_parts_read_note(&f->set, &back));
    }
    put(f, text, whole);
    assert_true(shard_merge_parts_read_note(&f->set, &back));
    memset(text + whole, 'x', sizeof text - whole);
    put(f, text, whole + 1);
    assert_false(shard_merge_parts_read_note(&f->set, &back));
    put(f, text, sizeof text);
    assert_false(shard_merge_parts_read_note(&f->set, &back));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(what_is_written_is_read), TEST(nothing_else_is_one)};
    return cmocka_run_group_tests_name("shard_note", tests, NULL, NULL);
}
