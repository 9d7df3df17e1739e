/*
 * The journal by itself: what is written comes back, whatever is torn off or garbled, and never
 * more than was sealed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "dataset/journal.h"
#include "dataset/manifest_hash.h"
#include "temp_folder.h"

enum { ROWS = 3000, MORE_THAN_A_BATCH = 2500 };

static int write_room = -1; /* bytes that may still be written; -1: any number */

ssize_t __real_write(int fd, const void *data, size_t bytes);
ssize_t __wrap_write(int fd, const void *data, size_t bytes);

ssize_t __wrap_write(int fd, const void *data, size_t bytes)
{
    if (write_room < 0)
        return __real_write(fd, data, bytes);
    if (write_room == 0) {
        errno = ENOSPC;
        return -1;
    }
    if (bytes > (size_t)write_room)
        bytes = (size_t)write_room;
    write_room -= (int)bytes;
    return __real_write(fd, data, bytes);
}

struct fixture {
    char *folder;
    const char *path; /* of the output */
    char name[4096];  /* of the journal */
    struct manifest manifest;
    struct manifest_entry entries[ROWS];
    char paths[ROWS][16];
    struct journal_identity identity;
    struct index_item items[ROWS], back[ROWS];
    uint64_t numbers[JOURNAL_NUMBERS];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->folder = temp_folder_create();
    f->path = strdup(textf("%s/o.npy", f->folder));
    snprintf(f->name, sizeof f->name, "%s.journal", f->path);
    for (unsigned i = 0; i < ROWS; i++) {
        snprintf(f->paths[i], sizeof f->paths[i], "in/%u", i);
        f->entries[i] =
            (struct manifest_entry){.path = f->paths[i], .bytes = i, .mtime_ns = -(int64_t)i};
        f->items[i] = (struct index_item){.bytes = i * 3ull,
                                          .reason = reason_own(REASON_TOO_MANY_PIXELS, i, -5),
                                          .width = i + 1,
                                          .height = i + 2,
                                          .status = i % 5 ? STATUS_OK : STATUS_CORRUPT,
                                          .container = i % 3,
                                          .format = i % PIXEL_FORMAT_COUNT,
                                          .done = INDEX_WORKED};
    }
    f->manifest = (struct manifest){.entries = f->entries, .count = ROWS};
    f->identity = (struct journal_identity){"a=1\nb=two\nc=\n", &f->manifest, 12288};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    temp_folder_remove(f->folder);
    free((char *)f->path);
    free(f);
    return 0;
}

static struct journal *opened(const struct fixture *f, enum journal_state state)
{
    struct error error = {0};
    struct journal *journal = journal_open(f->path, &error);
    assert_string_equal(error.text, "");
    assert_non_null(journal);
    assert_string_equal(journal_name(journal), f->name);
    assert_int_equal(journal_state(journal), state);
    return journal;
}

static void begin(const struct fixture *f, struct journal *journal)
{
    struct error error = {0};
    assert_true(journal_begin(journal, &f->identity, &error));
    assert_int_equal(journal_rows(journal), 0);
}

/* Rows first … end - 1 as one group, whose numbers are `end` and what follows it. */
static bool add(struct fixture *f, struct journal *journal, unsigned first, unsigned end)
{
    for (unsigned i = first; i < end; i++)
        journal_add(journal, i, &f->items[i]);
    for (unsigned i = 0; i < JOURNAL_NUMBERS; i++)
        f->numbers[i] = end + i;
    return journal_seal(journal, f->numbers);
}

static void resume(struct fixture *f, struct journal *journal)
{
    struct error error = {0};
    memset(f->back, 0, sizeof f->back);
    if (!journal_resume(journal, &f->identity, f->back, f->numbers, &error))
        fail_msg("%s", error.text);
}

/* Exactly the first `end` rows came back. */
static void check_rows(const struct fixture *f, const struct journal *journal, unsigned end)
{
    assert_int_equal(journal_rows(journal), end);
    for (unsigned i = 0; i < end; i++) {
        struct index_item item = f->items[i];
        item.done = INDEX_RECORDED;
        assert_memory_equal(&f->back[i], &item, sizeof item);
    }
    for (unsigned i = end; i < ROWS; i++)
        assert_int_equal(f->back[i].done, 0);
    assert_int_equal(f->numbers[0], end);
    assert_int_equal(f->numbers[6], end ? end + 6 : 0);
}

static void what_is_written_comes_back(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = opened(f, JOURNAL_NEW);
    begin(f, journal);
    const unsigned ends[] = {1, 2, 30, 30 + MORE_THAN_A_BATCH, ROWS};
    for (unsigned i = 0; i < 5; i++) {
        assert_true(add(f, journal, i ? ends[i - 1] : 0, ends[i]));
        assert_int_equal(journal_rows(journal), ends[i]);
        journal_close(journal, true);
        journal = opened(f, JOURNAL_LEFT);
        resume(f, journal);
        check_rows(f, journal, ends[i]);
    }
    assert_true(journal_finish(journal, f->numbers));
    journal_close(journal, true);
    journal = opened(f, JOURNAL_FINISHED);
    resume(f, journal);
    check_rows(f, journal, ROWS);
    begin(f, journal); /* all of it is thrown away */
    journal_close(journal, true);
    journal = opened(f, JOURNAL_LEFT);
    memset(f->numbers, 1, sizeof f->numbers);
    resume(f, journal);
    assert_int_equal(journal_rows(journal), 0);
    journal_close(journal, false);
    assert_int_not_equal(access(f->name, F_OK), 0);
    journal_close(NULL, true);
}

static size_t read_all(const struct fixture *f, char **data)
{
    struct stat st;
    int fd = open(f->name, O_RDONLY);
    assert_int_equal(fstat(fd, &st), 0);
    *data = malloc((size_t)st.st_size);
    assert_int_equal(read(fd, *data, (size_t)st.st_size), st.st_size);
    close(fd);
    return (size_t)st.st_size;
}

static void write_all(const struct fixture *f, const char *data, size_t bytes)
{
    int fd = open(f->name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, data, bytes), bytes);
    close(fd);
}

/* A journal of few rows, so that every length can be tried: groups end behind 2, 5 and 6 rows.
 * Returns its bytes; at[] are the lengths at which the header and each group are whole. */
static size_t make_small(struct fixture *f, char **data, size_t at[4])
{
    static const unsigned ends[] = {0, 2, 5, 6};
    f->manifest.count = 8;
    struct journal *journal = opened(f, JOURNAL_NEW);
    begin(f, journal);
    struct stat st;
    for (int i = 0; i < 4; i++) {
        if (i)
            assert_true(add(f, journal, ends[i - 1], ends[i]));
        assert_int_equal(stat(f->name, &st), 0);
        at[i] = (size_t)st.st_size;
    }
    journal_close(journal, true);
    return read_all(f, data);
}

static unsigned rows_within(const size_t at[4], size_t length)
{
    return length >= at[3] ? 6 : length >= at[2] ? 5 : length >= at[1] ? 2 : 0;
}

/* Whatever stands there: exactly so many rows, and a group that is added comes back with them. */
static void check_and_add(struct fixture *f, unsigned rows)
{
    struct journal *journal = opened(f, JOURNAL_LEFT);
    resume(f, journal);
    check_rows(f, journal, rows);
    assert_true(add(f, journal, rows, 8));
    journal_close(journal, true);
    journal = opened(f, JOURNAL_LEFT);
    resume(f, journal);
    check_rows(f, journal, 8);
    journal_close(journal, true);
}

static void any_length_is_what_was_whole(void **state)
{
    struct fixture *f = *state;
    char *data;
    size_t at[4], bytes = make_small(f, &data, at);
    assert_int_equal(bytes, at[3]);
    for (size_t length = 0; length <= bytes; length++) {
        write_all(f, data, length);
        if (length < at[0])
            journal_close(opened(f, JOURNAL_NEW), true);
        else
            check_and_add(f, rows_within(at, length));
    }
    free(data);
}

/* One bit of any byte, or all that follows being zeros, as after a power cut. */
static void any_garbled_byte_ends_it(void **state)
{
    struct fixture *f = *state;
    char *data;
    size_t at[4], bytes = make_small(f, &data, at);
    for (size_t i = 0; i < bytes; i++)
        for (int zeros = 0; zeros < 2; zeros++) {
            char *copy = malloc(bytes);
            memcpy(copy, data, bytes);
            copy[i] ^= (char)(1 << i % 8);
            if (zeros)
                memset(copy + i + 1, 0, bytes - i - 1);
            write_all(f, copy, bytes);
            free(copy);
            struct error error = {0};
            if (i >= at[0]) {
                check_and_add(f, rows_within(at, i));
                continue;
            }
            struct journal *journal = journal_open(f->path, &error);
            if (journal) { /* a longer header that ends too early */
                assert_int_equal(journal_state(journal), JOURNAL_NEW);
                assert_true(i >= 12 && i < 24);
                journal_close(journal, true);
                continue;
            }
            assert_int_equal(error.kind, ERROR_USAGE);
            assert_non_null(strstr(error.text, f->name));
            assert_non_null(strstr(error.text, "damaged"));
        }
    free(data);
}

static void a_full_disk_takes_nothing_away(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = opened(f, JOURNAL_NEW);
    struct error error = {0};
    for (int room = 0; room < 300; room += 90) {
        write_room = room;
        assert_false(journal_begin(journal, &f->identity, &error));
    }
    write_room = -1;
    begin(f, journal);
    assert_true(add(f, journal, 0, 100));
    for (int room = 0; room < 140000; room += 5000) {
        write_room = room;
        assert_false(add(f, journal, 100, 100 + MORE_THAN_A_BATCH));
        write_room = -1;
        assert_int_equal(journal_rows(journal), 100);
        if (room % 10000)
            continue;
        journal_close(journal, true);
        journal = opened(f, JOURNAL_LEFT);
        resume(f, journal);
        check_rows(f, journal, 100);
    }
    assert_true(add(f, journal, 100, ROWS));
    journal_close(journal, true);
    journal = opened(f, JOURNAL_LEFT);
    resume(f, journal);
    check_rows(f, journal, ROWS);
    journal_close(journal, true);
}

static void refused(struct fixture *f, const char *word, const char *other)
{
    struct error error = {0};
    struct journal *journal = opened(f, JOURNAL_LEFT);
    assert_false(journal_resume(journal, &f->identity, f->back, f->numbers, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    if (!strstr(error.text, word) || !strstr(error.text, other) || !strstr(error.text, f->name))
        fail_msg("%s", error.text);
    journal_close(journal, true);
}

static void what_differs_is_named(void **state)
{
    struct fixture *f = *state;
    char *data;
    size_t at[4];
    make_small(f, &data, at);
    free(data);
    const struct journal_identity was = f->identity;
    f->identity.facts = "a=1\nb=2\nc=\n";
    refused(f, "b was two and is 2;", "");
    f->identity.facts = "a=12\nb=two\nc=x\nd=4\n";
    refused(f, "a was 1 and is 12, c was  and is x, d was unknown and is 4", "");
    f->identity.facts = "a=1\nb=two\n";
    refused(f, "c was  and is not given", "");
    f->identity = was;
    f->identity.row_bytes++;
    refused(f, "another version", "");
    f->identity = was;
    f->manifest.count = 7;
    refused(f, "there were 8 inputs and are 7", "number 7, now missing");
    f->manifest.count = 9;
    refused(f, "there were 8 inputs and are 9", "number 8, now in/8");
    f->manifest.count = 8;
    for (unsigned row = 0; row < 8; row++) { /* done or not */
        struct manifest_entry entry = f->entries[row];
        f->entries[row].bytes++;
        refused(f, textf("input %u, in/%u, was changed", row, row), "");
        f->entries[row] = entry;
        f->entries[row].mtime_ns++;
        refused(f, textf("input %u, in/%u, was changed", row, row), "");
        f->entries[row] = entry;
        f->entries[row].path = "in/other";
        refused(f, textf("input %u was another file, and is in/other", row), "");
        f->entries[row] = entry;
    }
    struct journal *journal = opened(f, JOURNAL_LEFT);
    resume(f, journal);
    check_rows(f, journal, 6);
    journal_close(journal, true);
}

/* Rows of statuses that may pass are left out, and their files may differ by then. */
static void what_may_have_gone_is_tried_again(void **state)
{
    struct fixture *f = *state;
    f->manifest.count = STATUS_COUNT;
    for (unsigned i = 0; i < STATUS_COUNT; i++)
        f->items[i].status = (uint8_t)i;
    struct journal *journal = opened(f, JOURNAL_NEW);
    begin(f, journal);
    assert_true(add(f, journal, 0, STATUS_COUNT));
    journal_close(journal, true);
    for (unsigned i = 0; i < STATUS_COUNT; i++) {
        bool again =
            i == STATUS_IO || i == STATUS_PERMISSION || i == STATUS_CHANGED || i == STATUS_MEMORY;
        f->entries[i].bytes += 1000;
        if (!again) {
            refused(f, textf("input %u,", i), "changed");
            f->entries[i].bytes -= 1000;
            continue;
        }
        journal = opened(f, JOURNAL_LEFT);
        resume(f, journal);
        for (unsigned k = 0; k < STATUS_COUNT; k++)
            assert_int_equal(f->back[k].done == 0, k == STATUS_IO || k == STATUS_PERMISSION ||
                                                       k == STATUS_CHANGED || k == STATUS_MEMORY);
        assert_int_equal(journal_rows(journal), STATUS_COUNT - 4);
        journal_close(journal, true);
    }
    /* Once it is done, the file that was read is the one that counts. */
    journal = opened(f, JOURNAL_LEFT);
    resume(f, journal);
    f->items[STATUS_IO].status = STATUS_OK;
    assert_true(add(f, journal, STATUS_IO, STATUS_IO + 1));
    journal_close(journal, true);
    journal = opened(f, JOURNAL_LEFT);
    resume(f, journal);
    assert_int_equal(f->back[STATUS_IO].done, INDEX_RECORDED);
    journal_close(journal, true);
    f->entries[STATUS_IO].bytes -= 1000;
    refused(f, textf("input %u,", STATUS_IO), "changed");
}

static void one_at_a_time(void **state)
{
    struct fixture *f = *state;
    struct error error = {0};
    struct journal *journal = opened(f, JOURNAL_NEW);
    assert_null(journal_open(f->path, &error));
    assert_non_null(strstr(error.text, "another run"));
    journal_close(journal, false);
    journal_close(opened(f, JOURNAL_NEW), false);
    assert_int_equal(symlink("precious", f->name), 0);
    assert_null(journal_open(f->path, &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    assert_null(journal_open(textf("%s/none/o.npy", f->folder), &error));
    assert_null(journal_open(f->folder, &error));
}

/* Every bit of what a mark is made of shows in it. */
/* Who only looks changes nothing, and says what is there. */
static void what_is_left_is_looked_at(void **state)
{
    struct fixture *f = *state;
    struct error error = {0};
    struct stat before, after;
    enum journal_found found;
    assert_null(journal_open_left(f->path, &found, &error));
    assert_int_equal(found, JOURNAL_MISSING);
    assert_int_not_equal(access(f->name, F_OK), 0);

    struct journal *journal = opened(f, JOURNAL_NEW);
    assert_null(journal_open_left(f->path, &found, &error));
    assert_int_equal(found, JOURNAL_BUSY);
    begin(f, journal);
    assert_true(add(f, journal, 0, 100));
    journal_close(journal, true);

    FILE *file = fopen(f->name, "a"); /* a group that was torn */
    assert_true(fwrite("torn", 1, 4, file) == 4 && fclose(file) == 0);
    assert_int_equal(stat(f->name, &before), 0);
    journal = journal_open_left(f->path, &found, &error);
    assert_int_equal(found, JOURNAL_THERE);
    assert_non_null(journal);
    assert_int_equal(journal_state(journal), JOURNAL_LEFT);
    resume(f, journal);
    check_rows(f, journal, 100);
    assert_null(journal_open(f->path, &error));
    journal_close(journal, true);
    assert_int_equal(stat(f->name, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
    assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);

    file = fopen(f->name, "r+");
    assert_true(fwrite("?", 1, 1, file) == 1 && fclose(file) == 0);
    assert_null(journal_open_left(f->path, &found, &error));
    assert_int_equal(found, JOURNAL_DAMAGED);
    assert_non_null(strstr(error.text, "damaged"));
    assert_int_equal(unlink(f->name), 0);
    assert_int_equal(mkdir(f->name, 0700), 0);
    assert_null(journal_open_left(f->path, &found, &error));
    assert_true(found == JOURNAL_DAMAGED || found == JOURNAL_UNREAD);
    assert_int_equal(rmdir(f->name), 0);
}

static void marks_tell_files_apart(void **state)
{
    (void)state;
    char path[] = "photos/2019/summer/DSC_00001.jpg";
    struct manifest_entry entry = {.path = path, .bytes = 123456, .mtime_ns = 1234567890123456789};
    struct manifest_mark mark = manifest_mark(&entry);
    for (size_t i = 0; path[i]; i++)
        for (int bit = 0; bit < 8; bit++) {
            path[i] ^= (char)(1 << bit);
            if (path[i]) {
                struct manifest_mark other = manifest_mark(&entry);
                assert_int_not_equal(other.path, mark.path);
                assert_int_equal(other.file, mark.file);
            }
            path[i] ^= (char)(1 << bit);
        }
    for (int bit = 0; bit < 64; bit++) {
        struct manifest_entry larger = entry, later = entry;
        larger.bytes ^= UINT64_C(1) << bit;
        later.mtime_ns ^= (int64_t)(UINT64_C(1) << bit);
        assert_int_not_equal(manifest_mark(&larger).file, mark.file);
        assert_int_not_equal(manifest_mark(&later).file, mark.file);
        assert_int_equal(manifest_mark(&larger).path, mark.path);
    }
    entry.kind = MANIFEST_MISSING;
    assert_int_not_equal(manifest_mark(&entry).file, mark.file);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_comes_back),
        TEST(any_length_is_what_was_whole),
        TEST(any_garbled_byte_ends_it),
        TEST(a_full_disk_takes_nothing_away),
        TEST(what_differs_is_named),
        TEST(what_may_have_gone_is_tried_again),
        TEST(one_at_a_time),
        TEST(what_is_left_is_looked_at),
        cmocka_unit_test(marks_tell_files_apart),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
