/*
 * The folder of a set and the array that its shards share.
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
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "dataset/facts.h"
#include "dataset/index.h"
#include "shard/shard_set.h"
#include "temp_folder.h"

static int setup(void **state)
{
    *state = temp_folder_create();
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    return temp_folder_remove(*state);
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static struct shard_set named(void **state)
{
    struct shard_set set;
    struct error error;
    assert_true(shard_set_name(&set, textf("%s/o.npy", (char *)*state), &error));
    return set;
}

static void a_name_is_given_once(void **state)
{
    const char *a = textf("%s/a", (char *)*state), *b = textf("%s/b", (char *)*state),
               *name = textf("%s/name", (char *)*state);
    put(a, "a");
    put(b, "b");
    assert_true(file_publish(a, name));
    assert_false(file_publish(b, name));
    assert_int_equal(errno, EEXIST);
    char first;
    int fd = file_open_read(name);
    assert_int_equal(file_read(fd, &first, 1), 1);
    close(fd);
    assert_int_equal(first, 'a');
    assert_int_equal(access(a, F_OK), -1);
    assert_int_equal(access(b, F_OK), -1);
    assert_false(file_publish(textf("%s/none", (char *)*state), textf("%s/x", (char *)*state)));
    assert_int_equal(errno, ENOENT);
}

static void differences(void **state)
{
    (void)state;
    char text[100];
    size_t length;
    facts_differences("a=1\nb=2\n", "a=1\nb=2\n", text, sizeof text);
    assert_string_equal(text, "");
    facts_differences("a=1\nb=2\n", "a=1\nb=3\nc=\n", text, sizeof text);
    assert_string_equal(text, "b was 2 and is 3, c was unknown and is ");
    facts_differences("a=1\nb=2\n", "a=1\n", text, sizeof text);
    assert_string_equal(text, "b was 2 and is not given");
    facts_differences("a=1\n", "a=2\n", text, 4);
    assert_string_equal(text, "a w");
    assert_string_equal(facts_find("ab=1\nb=2\n", "b", 1, &length), "2\n");
    assert_null(facts_find("ab=1\n", "a", 1, &length));
    assert_null(facts_find("", "a", 1, &length));
}

static void the_first_decides(void **state)
{
    struct shard_set set = named(state), other = named(state);
    struct error error;
    assert_false(shard_set_exists(&set));
    assert_false(shard_set_read(&set, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_true(shard_set_make(&set, &error));
    assert_true(shard_set_make(&other, &error));
    assert_true(shard_set_exists(&set));
    assert_true(shard_set_join(&set, "shards=3\n--x=a\n", "id=1\n", &error));
    assert_true(shard_set_join(&other, "shards=3\n--x=a\n", "id=2\n", &error));
    assert_string_equal(other.told, "id=1\n");
    assert_int_equal(shard_set_number(&other, "shards"), 3);
    assert_int_equal(shard_set_number(&other, "--x"), 0);
    assert_null(shard_set_value(&other, "--y"));
    assert_false(shard_set_join(&other, "shards=3\n--x=b\n", "id=2\n", &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "--x was a and is b"));
    shard_set_free(&set);
    shard_set_free(&other);
}

static void any_value_comes_back(void **state)
{
    static const char worst[] = "a\n\nb=\\n \x01\xff '";
    struct shard_set set = named(state);
    struct error error;
    char *told = NULL;
    size_t size;
    FILE *stream = open_memstream(&told, &size);
    assert_true(shard_set_line(stream, "command", worst));
    assert_true(shard_set_line(stream, "arguments", "--"));
    fclose(stream);
    assert_true(shard_set_make(&set, &error));
    assert_true(shard_set_join(&set, "shards=1\n", told, &error));
    char *value = shard_set_value(&set, "command");
    assert_string_equal(value, worst);
    free(value);
    char *command = shard_set_command(&set, (struct shard){2, 3});
    assert_string_equal(command, textf("%s --shard 2/3 --", worst));
    free(command);
    free(told);
    shard_set_free(&set);
}

static void what_is_no_set(void **state)
{
    static const char *const texts[] = {"",
                                        "pixscale.shards/1\n",
                                        "pixscale.shards/1\na=1\n",
                                        "pixscale.shards/2\na=1\n\nb=1\n",
                                        "pixscale.shards/1\na=1\n\nb=1",
                                        "nonsense\n\n\n"};
    struct shard_set set = named(state);
    struct error error;
    assert_true(shard_set_make(&set, &error));
    char *name = shard_set_file(&set, "set");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put(name, texts[i]);
        assert_false(shard_set_read(&set, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
    }
    put(name, "pixscale.shards/1\na=1\n\nb=1\n");
    assert_true(shard_set_read(&set, &error));
    free(name);
    shard_set_free(&set);
}

static void shapes(void **state)
{
    (void)state;
    static const struct {
        const char *told;
        bool good;
    } cases[] = {{"descr=|u1\nshape=64,48,3\n", true},
                 {"descr=<f4\nshape=1,2,3\n", true},
                 {"descr=<f8\nshape=1,2,3\n", false},
                 {"descr=|u1\nshape=1,0,3\n", false},
                 {"descr=|u1\nshape=1,2\n", false},
                 {"descr=|u1\n", false},
                 {"shape=1,2,3\n", false},
                 {"descr=|u1\nshape=1,2,5000000000\n", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shard_set set = {.folder = "f", .agreed = "", .told = (char *)cases[i].told};
        struct npy_shape shape;
        struct error error;
        char descr[8];
        assert_int_equal(shard_set_shape(&set, 7, &shape, descr, &error), cases[i].good);
        if (cases[i].good)
            assert_int_equal(shape.size[0], 7);
    }
}

static void only_its_own_is_removed(void **state)
{
    static const char *const own[] = {"set",
                                      "manifest",
                                      "array.npy",
                                      "merged",
                                      "1-of-2.npy",
                                      "1-of-2.npy.journal",
                                      "1-of-2.npy.partial",
                                      ".set.host.1",
                                      ".manifest.host.2",
                                      "array.npy.host.3"};
    struct shard_set set = named(state);
    struct error error;
    assert_true(shard_set_make(&set, &error));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        put(textf("%s/%s", set.folder, own[i]), "");
    put(textf("%s/letter.txt", set.folder), "");
    shard_set_remove(&set);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        assert_int_equal(access(textf("%s/%s", set.folder, own[i]), F_OK), -1);
    assert_int_equal(access(textf("%s/letter.txt", set.folder), F_OK), 0);
    unlink(textf("%s/letter.txt", set.folder));
    shard_set_remove(&set);
    assert_false(shard_set_exists(&set));
    shard_set_free(&set);
}

static void a_folder_only(void **state)
{
    struct shard_set set = named(state);
    struct error error;
    assert_int_equal(symlink("/tmp", set.folder), 0);
    assert_false(shard_set_make(&set, &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    shard_set_free(&set);
}

/* The array */

enum { ROWS = 10 };
static const struct npy_shape shape = {
    .descr = "|u1", .item_size = 1, .dimensions = 4, .size = {ROWS, 2, 3, 1}};

static struct npy *share(const char *path, uint64_t first, uint64_t count)
{
    struct error error;
    struct npy *npy = npy_share(path, &shape, first, count, &error);
    assert_non_null(npy);
    assert_true(npy_reserve_rows(npy, &error));
    return npy;
}

static void processes_write_one_array(void **state)
{
    const char *path = textf("%s/array.npy", (char *)*state);
    for (int child = 0; child < 5; child++)
        if (fork() == 0) {
            struct npy *npy = share(path, 2 * (uint64_t)child, 2);
            struct error error;
            for (int row = 0; row < 2; row++) {
                char data[6];
                memset(data, 'a' + 2 * child + row, sizeof data);
                if (!npy_write_row(npy, (uint64_t)row, data))
                    _exit(1);
            }
            _exit(npy_commit(npy, true, &error) ? 0 : 1);
        }
    for (int child = 0, status; child < 5; child++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    char rows[ROWS * 6];
    int fd = file_open_read(path);
    assert_int_equal(pread(fd, rows, sizeof rows, 128), sizeof rows);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 128 + sizeof rows);
    assert_int_equal(st.st_nlink, 1);
    close(fd);
    for (int i = 0; i < ROWS * 6; i++)
        assert_int_equal(rows[i], 'a' + i / 6);
}

static void rows_stay_when_it_is_opened_again(void **state)
{
    const char *path = textf("%s/array.npy", (char *)*state);
    struct error error;
    struct npy *npy = share(path, 3, 4);
    struct stat before, after;
    assert_int_equal(stat(path, &before), 0);
    assert_true(npy_write_row(npy, 0, "abcdef"));
    npy_abandon(npy);
    npy = share(path, 0, ROWS);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_true(npy_clear_row(npy, 9));
    assert_true(npy_sync_rows(npy));
    assert_true(npy_commit(npy, true, &error));
    char row[6];
    int fd = file_open_read(path);
    assert_int_equal(pread(fd, row, 6, 128 + 3 * 6), 6);
    close(fd);
    assert_memory_equal(row, "abcdef", 6);
}

/* Whether somebody else could lock a byte of the file. */
static bool is_free(const char *path, off_t at)
{
    int fd = open(path, O_RDWR);
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_OFD_GETLK, &byte), 0);
    close(fd);
    return byte.l_type == F_UNLCK;
}

static void own_rows_are_locked(void **state)
{
    const char *path = textf("%s/array.npy", (char *)*state);
    struct error error;
    struct npy *npy = share(path, 3, 4), *next = share(path, 7, 3), *none = share(path, 5, 0);
    npy_abandon(none);
    assert_true(is_free(path, 128 + 3 * 6 - 1));
    assert_false(is_free(path, 128 + 3 * 6));
    assert_false(is_free(path, 128 + 7 * 6 - 1));
    assert_null(npy_share(path, &shape, 6, 1, &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    npy_abandon(next);
    assert_true(is_free(path, 128 + 7 * 6));
    npy_abandon(npy);
    npy_abandon(share(path, 6, 1));
}

static void another_array_is_refused(void **state)
{
    const char *path = textf("%s/array.npy", (char *)*state);
    struct error error;
    struct npy_shape other = shape;
    npy_abandon(share(path, 0, 1));
    other.size[1] = 3;
    assert_null(npy_share(path, &other, 0, 1, &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    assert_int_equal(truncate(path, 130), 0);
    assert_null(npy_share(path, &shape, 0, 1, &error));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_null(npy_share(path, &shape, 0, 1, &error));
    assert_null(npy_share(textf("%s/none/a", (char *)*state), &shape, 0, 1, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_is_given_once, setup, teardown),
        cmocka_unit_test(differences),
        cmocka_unit_test_setup_teardown(the_first_decides, setup, teardown),
        cmocka_unit_test_setup_teardown(any_value_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_set, setup, teardown),
        cmocka_unit_test(shapes),
        cmocka_unit_test_setup_teardown(only_its_own_is_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_only, setup, teardown),
        cmocka_unit_test_setup_teardown(processes_write_one_array, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_stay_when_it_is_opened_again, setup, teardown),
        cmocka_unit_test_setup_teardown(own_rows_are_locked, setup, teardown),
        cmocka_unit_test_setup_teardown(another_array_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
