/*
 * The format itself is compared with NumPy in parity.npy; here are rows, threads and faults. The
 * linker wraps the system calls that a write consists of, so that each can be made to fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <cmocka.h>

#include "dataset/npy.h"
#include "temp_folder.h"

static struct {
    bool armed;       /* count calls */
    int call;         /* made so far */
    int fail_at;      /* this one fails (from 1), 0: none */
    const char *only; /* of these calls only, or NULL: of all */
    int with;         /* errno */
    const char *hit;  /* which function it was */
    bool always;      /* all from fail_at on */
    bool halve;       /* transfers move half of what they could */
} fault;

static bool strikes(const char *function)
{
    if (!fault.armed || (fault.only && strcmp(fault.only, function) != 0))
        return false;
    fault.call++;
    if (!fault.fail_at || (fault.always ? fault.call < fault.fail_at : fault.call != fault.fail_at))
        return false;
    fault.hit = function;
    errno = fault.with;
    return true;
}

#define WRAP(type, name, parameters, arguments)                                                    \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return strikes(#name) ? -1 : __real_##name arguments;                                      \
    }

/* Rows are copied by hand here, as where the file system cannot do it; unit.npy_join has the rest.
 */
ssize_t __wrap_copy_file_range(int in, off_t *from, int out, off_t *to, size_t bytes, unsigned how);
ssize_t __wrap_copy_file_range(int in, off_t *from, int out, off_t *to, size_t bytes, unsigned how)
{
    (void)in, (void)from, (void)out, (void)to, (void)bytes, (void)how;
    errno = ENOSYS;
    return -1;
}

WRAP(int, fallocate, (int fd, int mode, off_t at, off_t bytes), (fd, mode, at, bytes))
WRAP(int, ftruncate, (int fd, off_t bytes), (fd, bytes))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, open, (const char *path, int flags, mode_t mode), (path, flags, mode))
WRAP(int, openat, (int at, const char *path, int flags), (at, path, flags))
WRAP(ssize_t, pread, (int fd, void *data, size_t bytes, off_t at),
     (fd, data, fault.halve ? bytes - bytes / 2 : bytes, at))
WRAP(ssize_t, pwrite, (int fd, const void *data, size_t bytes, off_t at),
     (fd, data, fault.halve ? bytes - bytes / 2 : bytes, at))

int __real_close(int fd);
int __wrap_close(int fd);

/* The descriptor is gone also when close fails. */
int __wrap_close(int fd)
{
    bool fails = strikes("close");
    int saved = errno, rc = __real_close(fd);
    errno = saved;
    return fails ? -1 : rc;
}

enum { ROWS = 23, ROW_BYTES = 15 };
static const struct npy_shape shape = {
    .descr = "|u1", .item_size = 1, .dimensions = 3, .size = {ROWS, 5, 3}};

static void fill(uint8_t row[ROW_BYTES], uint64_t number)
{
    for (size_t k = 0; k < ROW_BYTES; k++)
        row[k] = (uint8_t)(number * 31 + k + 1);
}

static bool is_kept(uint64_t row)
{
    return row % 7 != 2;
}

/* All of an array's life, with the good rows copied at the end if `kept`. */
static bool write_array(const char *path, bool kept, struct error *error)
{
    struct npy *npy = npy_create(path, &shape, error);
    if (!npy)
        return false;
    for (uint64_t i = ROWS; i-- > 0;) {
        uint8_t row[ROW_BYTES];
        fill(row, i);
        if (is_kept(i) && !npy_write_row(npy, i, row)) {
            error_set(error, ERROR_OUTPUT, "cannot write a row: %s", strerror(errno));
            npy_abandon(npy);
            return false;
        }
    }
    if (kept) {
        uint8_t keep[ROWS];
        for (uint64_t i = 0; i < ROWS; i++)
            keep[i] = is_kept(i);
        struct npy *copy = npy_copy_kept(npy, path, keep, error);
        npy_abandon(npy);
        if (!copy)
            return false;
        npy = copy;
    }
    /* Half of the callers leave syncing to the commit. */
    if (kept && !npy_sync(npy, error)) {
        npy_abandon(npy);
        return false;
    }
    return npy_commit(npy, true, error);
}

static void check_array(const char *path, bool kept)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    uint8_t head[128], row[ROW_BYTES], want[ROW_BYTES];
    assert_int_equal(fread(head, 1, sizeof head, file), sizeof head);
    assert_memory_equal(head, "\x93NUMPY\1\0\x76\0{'descr': '|u1', ", 27);
    for (uint64_t i = 0; i < ROWS; i++) {
        fill(want, i);
        if (!is_kept(i))
            memset(want, 0, sizeof want);
        if (!is_kept(i) && kept)
            continue;
        assert_int_equal(fread(row, 1, sizeof row, file), sizeof row);
        assert_memory_equal(row, want, sizeof row);
    }
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
}

/* No file at all in the test's folder. */
static void check_nothing(const char *folder)
{
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void writes_what_was_given(void **state)
{
    for (int kept = 0; kept < 2; kept++) {
        const char *path = textf("%s/a.npy", (char *)*state);
        struct error error = {0};
        assert_true(write_array(path, kept, &error));
        check_array(path, kept);
        assert_int_equal(unlink(path), 0);
        check_nothing(*state);
    }
}

static void replaces_an_older_file_only_at_the_end(void **state)
{
    const char *path = textf("%s/a.npy", (char *)*state);
    const char *partial = textf("%s.partial", path), *other = textf("%s/other", (char *)*state);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    /* What stands under the partial name is removed, not written through. */
    file = fopen(other, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(symlink(other, partial), 0);
    struct error error = {0};
    struct npy *npy = npy_create(path, &shape, &error);
    assert_non_null(npy);
    assert_int_equal(npy_row_bytes(npy), ROW_BYTES);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 0);
    assert_int_equal(lstat(partial, &st), 0);
    assert_int_equal(st.st_size, 128 + ROWS * ROW_BYTES);
    npy_abandon(npy);
    assert_int_not_equal(lstat(partial, &st), 0);
    assert_true(write_array(path, false, &error));
    check_array(path, false);
    assert_int_equal(stat(other, &st), 0);
    assert_int_equal(st.st_size, 0);
    npy_abandon(NULL);
}

static void threads_write_rows_of_their_own(void **state)
{
    enum { MANY = 5000, SAMPLES = 77 };
    const char *path = textf("%s/a.npy", (char *)*state);
    struct npy_shape many = {
        .descr = "<f4", .item_size = 4, .dimensions = 2, .size = {MANY, SAMPLES}};
    struct error error = {0};
    struct npy *npy = npy_create(path, &many, &error);
    assert_non_null(npy);
    int failures = 0;
#pragma omp parallel for schedule(dynamic, 1) num_threads(4) reduction(+ : failures)
    for (int i = 0; i < MANY; i++) {
        float row[SAMPLES];
        for (int k = 0; k < SAMPLES; k++)
            row[k] = (float)(i * SAMPLES + k);
        failures += !npy_write_row(npy, (uint64_t)i, row);
    }
    assert_int_equal(failures, 0);
    assert_true(npy_commit(npy, true, &error));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fseek(file, 128, SEEK_SET), 0);
    float value;
    for (int i = 0; i < MANY * SAMPLES; i++) {
        assert_int_equal(fread(&value, sizeof value, 1, file), 1);
        assert_true(value == (float)i);
    }
    fclose(file);
}

/* Every single call fails once, with each of several errors: the array is whole, or there is none
 * and an error that says why. */
static void a_fault_at_any_point_leaves_all_or_nothing(void **state)
{
    static const int errors[] = {EIO, ENOSPC, EDQUOT, EXDEV, EOPNOTSUPP, EINTR};
    const char *path = textf("%s/a.npy", (char *)*state);
    char failed[16][16];
    size_t failed_count = 0;
    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++)
        for (int kept = 0; kept < 2; kept++)
            for (int at = 1;; at++) {
                struct error error = {0};
                memset(&fault, 0, sizeof fault);
                fault.armed = true;
                fault.fail_at = at;
                fault.with = errors[e];
                bool ok = write_array(path, kept, &error);
                fault.armed = false;
                if (ok) {
                    check_array(path, kept);
                    assert_int_equal(unlink(path), 0);
                } else {
                    assert_int_equal(error.kind, ERROR_OUTPUT);
                    assert_true(strlen(error.text) > 0);
                    size_t i = 0;
                    while (i < failed_count && strcmp(failed[i], fault.hit) != 0)
                        i++;
                    if (i == failed_count)
                        strcpy(failed[failed_count++], fault.hit);
                }
                check_nothing(*state);
                if (!fault.hit)
                    break;
                if (errors[e] == EINTR && strcmp(fault.hit, "fsync") != 0 &&
                    strcmp(fault.hit, "rename") != 0)
                    assert_true(ok);
            }
    /* All but ftruncate, which takes a file system that cannot reserve. */
    assert_int_equal(failed_count, 9 - 1);
}

static void file_systems_that_cannot_reserve_will_do(void **state)
{
    const char *path = textf("%s/a.npy", (char *)*state);
    struct error error = {0};
    memset(&fault, 0, sizeof fault);
    fault.armed = fault.always = true;
    fault.fail_at = 1;
    fault.only = "fallocate";
    fault.with = EOPNOTSUPP;
    bool ok = write_array(path, true, &error);
    fault.armed = false;
    assert_string_equal(fault.hit, "fallocate");
    assert_true(ok);
    check_array(path, true);
}

static void short_transfers_are_continued(void **state)
{
    const char *path = textf("%s/a.npy", (char *)*state);
    struct error error = {0};
    memset(&fault, 0, sizeof fault);
    fault.halve = true;
    bool ok = write_array(path, true, &error);
    fault.halve = false;
    assert_true(ok);
    check_array(path, true);
}

static void a_failed_sync_stays_failed(void **state)
{
    const char *path = textf("%s/a.npy", (char *)*state);
    struct error error = {0};
    struct npy *npy = npy_create(path, &shape, &error);
    assert_non_null(npy);
    memset(&fault, 0, sizeof fault);
    fault.armed = true;
    fault.fail_at = 1;
    fault.with = EIO;
    assert_false(npy_sync(npy, &error));
    fault.armed = false;
    assert_false(npy_sync(npy, &error));
    assert_false(npy_commit(npy, true, &error));
    check_nothing(*state);
}

static void too_small_a_disk_is_told_with_figures(void **state)
{
    const char *path = textf("%s/a.npy", (char *)*state);
    struct statvfs vfs;
    assert_int_equal(statvfs(*state, &vfs), 0);
    if (vfs.f_blocks == 0)
        skip();
    uint64_t bytes = 2 * (uint64_t)vfs.f_blocks * vfs.f_frsize;
    struct npy_shape huge = {.descr = "|u1", .item_size = 1, .dimensions = 1, .size = {bytes}};
    struct error error = {0};
    assert_null(npy_create(path, &huge, &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    assert_non_null(strstr(error.text, textf("needs %" PRIu64 " bytes", bytes + 128)));
    assert_non_null(strstr(error.text, "free; make room"));
    check_nothing(*state);

    huge = (struct npy_shape){
        .descr = "|u1", .item_size = 1, .dimensions = 3, .size = {1u << 31, 1u << 31, 8}};
    assert_null(npy_create(path, &huge, &error));
    assert_non_null(strstr(error.text, "no file can be that large"));
    huge.size[2] = 1;
    huge.size[1] = 1ull << 32;
    assert_null(npy_create(path, &huge, &error));
    check_nothing(*state);
}

/* SIGXFSZ has its default action here, which would end the test. */
static void a_file_size_limit_is_told_and_sends_no_signal(void **state)
{
    const char *path = textf("%s/a.npy", (char *)*state);
    struct rlimit old, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){.rlim_cur = 128 + ROWS * ROW_BYTES - 1, .rlim_max = old.rlim_max};
    struct error error = {0};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool ok = write_array(path, false, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_false(ok);
    assert_non_null(strstr(error.text, "ulimit -f"));
    check_nothing(*state);
    small.rlim_cur++;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    ok = write_array(path, false, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_true(ok);
}

static void refuses_names_of_what_is_no_file(void **state)
{
    const char *folder = *state, *path = textf("%s/a.npy", folder);
    struct error error = {0};
    assert_int_equal(mkdir(path, 0700), 0);
    assert_null(npy_create(path, &shape, &error));
    assert_non_null(strstr(error.text, "folder"));
    assert_null(npy_create(textf("%s/", path), &shape, &error));
    assert_int_equal(rmdir(path), 0);
    assert_null(npy_create(textf("%s/", path), &shape, &error));
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_null(npy_create(path, &shape, &error));
    assert_non_null(strstr(error.text, "pipe"));
    assert_int_equal(unlink(path), 0);
    assert_null(npy_create("", &shape, &error));
    assert_null(npy_create("/dev/null", &shape, &error));
    assert_null(npy_create(textf("%s/none/a.npy", folder), &shape, &error));
    assert_non_null(strstr(error.text, "No such file"));
    assert_null(npy_create(textf("%s/%0300d", folder, 1), &shape, &error));
    assert_non_null(strstr(error.text, "too long"));
    assert_int_equal(mkdir(textf("%s.partial", path), 0700), 0);
    assert_null(npy_create(path, &shape, &error));
    assert_int_equal(rmdir(textf("%s.partial", path)), 0);
    check_nothing(folder);
}

static int create_folder(void **state)
{
    *state = temp_folder_create();
    return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
    return temp_folder_remove(*state);
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, create_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(writes_what_was_given),
        with_folder(replaces_an_older_file_only_at_the_end),
        with_folder(threads_write_rows_of_their_own),
        with_folder(a_fault_at_any_point_leaves_all_or_nothing),
        with_folder(file_systems_that_cannot_reserve_will_do),
        with_folder(short_transfers_are_continued),
        with_folder(a_failed_sync_stays_failed),
        with_folder(too_small_a_disk_is_told_with_figures),
        with_folder(a_file_size_limit_is_told_and_sends_no_signal),
        with_folder(refuses_names_of_what_is_no_file),
    };
    return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
