/*
 * The linker wraps the system calls, so that each can be interrupted, cut short or made to fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <cmocka.h>

#include "base/file.h"
#include "temp_folder.h"

static struct {
    int interrupt; /* the next calls fail with EINTR */
    int fail_with; /* then all fail with this errno, unless 0 */
    size_t most;   /* bytes a transfer moves at most, unless 0 */
    bool stuck;    /* transfers move nothing */
    int calls;
    int fsync_with;      /* fsync alone fails with this errno, unless 0 */
    int rename_new_with; /* the same of a rename that does not replace */
    int link_with;       /* and of link */
    struct statvfs disk; /* what fstatvfs says when f_frsize is not 0 */
} fault;

static bool strikes(void)
{
    fault.calls++;
    errno = fault.interrupt > 0 ? EINTR : fault.fail_with;
    return fault.interrupt-- > 0 || fault.fail_with;
}

static size_t cut(size_t bytes)
{
    if (fault.stuck)
        return 0;
    return fault.most && bytes > fault.most ? fault.most : bytes;
}

ssize_t __real_read(int fd, void *data, size_t bytes);
ssize_t __wrap_read(int fd, void *data, size_t bytes);
ssize_t __real_pwrite(int fd, const void *data, size_t bytes, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t at);
int __real_fallocate(int fd, int mode, off_t at, off_t bytes);
int __wrap_fallocate(int fd, int mode, off_t at, off_t bytes);
int __real_openat(int at, const char *path, int flags);
int __wrap_openat(int at, const char *path, int flags);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_fstatvfs(int fd, struct statvfs *disk);
int __wrap_fstatvfs(int fd, struct statvfs *disk);

int __real_renameat2(int at, const char *from, int to_at, const char *to, unsigned flags);
int __wrap_renameat2(int at, const char *from, int to_at, const char *to, unsigned flags);
int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);

int __wrap_renameat2(int at, const char *from, int to_at, const char *to, unsigned flags)
{
    errno = fault.rename_new_with;
    return fault.rename_new_with ? -1 : __real_renameat2(at, from, to_at, to, flags);
}

int __wrap_link(const char *from, const char *to)
{
    errno = fault.link_with;
    return fault.link_with ? -1 : __real_link(from, to);
}

ssize_t __wrap_read(int fd, void *data, size_t bytes)
{
    return strikes() ? -1 : __real_read(fd, data, cut(bytes));
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t at)
{
    return strikes() ? -1 : __real_pwrite(fd, data, cut(bytes), at);
}

int __wrap_fallocate(int fd, int mode, off_t at, off_t bytes)
{
    return strikes() ? -1 : __real_fallocate(fd, mode, at, bytes);
}

int __wrap_openat(int at, const char *path, int flags)
{
    return strikes() ? -1 : __real_openat(at, path, flags);
}

int __wrap_fsync(int fd)
{
    errno = fault.fsync_with;
    return fault.fsync_with ? -1 : __real_fsync(fd);
}

int __wrap_fstatvfs(int fd, struct statvfs *disk)
{
    if (!fault.disk.f_frsize)
        return __real_fstatvfs(fd, disk);
    *disk = fault.disk;
    return 0;
}

static int make_folder(void **state)
{
    memset(&fault, 0, sizeof fault);
    *state = temp_folder_create();
    return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
    memset(&fault, 0, sizeof fault);
    return temp_folder_remove(*state);
}

/* A new file of the test's folder, open for both. */
static int new_file(const char *folder, const char *name)
{
    int fd = open(textf("%s/%s", folder, name), O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    return fd;
}

static void pattern(unsigned char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        data[i] = (unsigned char)(i * 31 + i / 256);
}

/* Makes folders of 250-letter names below `folder` until the path of the innermost is longer than
 * PATH_MAX, and a file "leaf" of five bytes in it. The path ends with "/leaf". */
static char *make_deep(const char *folder)
{
    size_t room = PATH_MAX + 1000;
    char *path = malloc(room), name[251];
    assert_non_null(path);
    memset(name, 'd', 250);
    name[250] = '\0';
    size_t used = (size_t)snprintf(path, room, "%s", folder);
    int at = open(folder, O_RDONLY | O_DIRECTORY);
    while (used <= PATH_MAX) {
        assert_int_equal(mkdirat(at, name, 0700), 0);
        int next = __real_openat(at, name, O_RDONLY | O_DIRECTORY);
        close(at);
        at = next;
        assert_true(at >= 0);
        used += (size_t)snprintf(path + used, room - used, "/%s", name);
    }
    assert_int_equal(symlinkat("/dev/null", at, "link"), 0);
    int fd = openat(at, "leaf", O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_int_equal(write(fd, "12345", 5), 5);
    close(fd);
    close(at);
    snprintf(path + used, room - used, "/leaf");
    return path;
}

static void opens_beyond_path_max(void **state)
{
    char *path = make_deep(*state);
    assert_int_equal(open(path, O_RDONLY), -1); /* else the test shows nothing */
    assert_int_equal(errno, ENAMETOOLONG);
    char data[8];
    int fd = file_open_read(path);
    assert_true(fd >= 0);
    assert_int_equal(file_read(fd, data, sizeof data), 5);
    assert_memory_equal(data, "12345", 5);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    struct stat st, open_st;
    assert_int_equal(file_stat(path, &st), 0);
    assert_int_equal(fstat(fd, &open_st), 0);
    assert_true(st.st_ino == open_st.st_ino && st.st_dev == open_st.st_dev);
    close(fd);

    strcpy(strrchr(path, '/'), "/link"); /* both follow links */
    assert_int_equal(file_stat(path, &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    *strrchr(path, '/') = '\0';
    assert_int_equal(file_stat(path, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    strcat(path, "/"); /* as the kernel takes it for shorter paths */
    assert_int_equal(file_stat(path, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    strcat(path, "none");
    assert_int_equal(file_stat(path, &st), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(file_open_read(path), -1);
    assert_int_equal(errno, ENOENT);
    free(path);
}

static void long_paths_may_be_relative(void **state)
{
    char *path = make_deep(*state);
    char here[PATH_MAX];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(*state), 0);
    char *relative = path + strlen(*state) + 1;
    /* Still too long for the kernel: a detour of "./" does not change where it leads. */
    char *detour = malloc(strlen(relative) + PATH_MAX + 1);
    for (size_t i = 0; i < PATH_MAX; i += 2)
        memcpy(detour + i, "./", 2);
    strcpy(detour + PATH_MAX, relative);
    struct stat direct, st;
    assert_int_equal(file_stat(path, &direct), 0);
    assert_int_equal(file_stat(detour, &st), 0);
    assert_int_equal(direct.st_ino, st.st_ino);
    int fd = file_open_read(detour);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(chdir(here), 0);
    free(detour);
    free(path);
}

static void names_too_long_stay_an_error(void **state)
{
    char name[400];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    struct stat st;
    const char *paths[] = {name, textf("%s/%s", (char *)*state, name), textf("%s/x", name)};
    for (int i = 0; i < 3; i++) {
        errno = 0;
        assert_int_equal(file_open_read(paths[i]), -1);
        assert_int_equal(errno, ENAMETOOLONG);
        errno = 0;
        assert_int_equal(file_stat(paths[i], &st), -1);
        assert_int_equal(errno, ENAMETOOLONG);
    }
}

/* Descriptors are counted by the lowest free one. */
static void long_paths_leak_nothing(void **state)
{
    char *path = make_deep(*state);
    int before = dup(0);
    close(before);
    struct stat st;
    for (int i = 0; i < 50; i++) {
        close(file_open_read(path));
        file_stat(path, &st);
        path[strlen(path) - 1] ^= 1; /* every second one does not exist */
    }
    fault.fail_with = EMFILE;
    assert_int_equal(file_open_read(path), -1);
    fault.fail_with = 0;
    int after = dup(0);
    close(after);
    assert_int_equal(after, before);
    free(path);
}

static void a_pipe_does_not_block(void **state)
{
    const char *path = textf("%s/pipe", (char *)*state);
    assert_int_equal(mkfifo(path, 0600), 0);
    int fd = file_open_read(path); /* nobody writes: a blocking open would wait for ever */
    assert_true(fd >= 0);
    struct stat st;
    assert_int_equal(file_stat(path, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    close(fd);
}

static void open_is_retried_when_interrupted(void **state)
{
    close(new_file(*state, "f"));
    fault.interrupt = 3;
    int fd = file_open_read(textf("%s/f", (char *)*state));
    assert_true(fd >= 0);
    close(fd);
    fault.fail_with = EACCES;
    assert_int_equal(file_open_read(textf("%s/f", (char *)*state)), -1);
    assert_int_equal(errno, EACCES);
}

static void reads_in_pieces(void **state)
{
    enum { BYTES = 10000 };
    static unsigned char data[BYTES], got[BYTES + 100];
    pattern(data, BYTES);
    int fd = new_file(*state, "f");
    assert_true(file_write_at(fd, data, BYTES, 0));
    const size_t most[] = {0, 1, 7, 4096};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        memset(got, 0, sizeof got);
        fault.most = most[i];
        fault.interrupt = 2;
        assert_int_equal(file_read(fd, got, 6000), 6000);
        fault.interrupt = 1;
        assert_int_equal(file_read(fd, got + 6000, 4100), 4000); /* the end of the file */
        assert_memory_equal(got, data, BYTES);
        assert_int_equal(got[BYTES], 0);
        assert_int_equal(file_read(fd, got, 1), 0);
    }
    fault.fail_with = EIO;
    assert_int_equal(file_read(fd, got, 10), -1);
    assert_int_equal(errno, EIO);
    fault.calls = 0;
    assert_int_equal(file_read(fd, got, 0), 0);
    assert_int_equal(fault.calls, 0);
    close(fd);
}

static void writes_in_pieces(void **state)
{
    enum { BYTES = 5000 };
    static unsigned char data[BYTES], got[BYTES];
    pattern(data, BYTES);
    const size_t most[] = {0, 1, 999};
    for (int i = 0; i < 3; i++) {
        int fd = new_file(*state, textf("f%d", i));
        fault.most = most[i];
        fault.interrupt = 2;
        assert_true(file_write_at(fd, data + 2000, 3000, 2000));
        assert_true(file_write_at(fd, data, 2000, 0));
        assert_int_equal(lseek(fd, 0, SEEK_CUR), 0); /* the position is not touched */
        assert_int_equal(pread(fd, got, BYTES, 0), BYTES);
        assert_memory_equal(got, data, BYTES);
        fault.fail_with = ENOSPC;
        assert_false(file_write_at(fd, data, 10, 0));
        assert_int_equal(errno, ENOSPC);
        assert_true(file_write_at(fd, data, 0, 0));
        fault.stuck = true; /* pwrite that moves nothing: an error, not a loop without end */
        fault.fail_with = 0;
        assert_false(file_write_at(fd, data, 10, 0));
        assert_int_equal(errno, EIO);
        fault.stuck = false;
        fault.fail_with = 0;
        close(fd);
    }
}

static void assert_zeros(int fd, off_t bytes)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, bytes);
    for (off_t at = 0; at < bytes; at += 4096) {
        unsigned char data[4096];
        ssize_t n = pread(fd, data, sizeof data, at);
        assert_true(n > 0);
        for (ssize_t i = 0; i < n; i++)
            assert_int_equal(data[i], 0);
    }
}

static void reserves_the_length(void **state)
{
    int fd = new_file(*state, "reserved");
    fault.interrupt = 2;
    assert_true(file_reserve(fd, 100001));
    assert_zeros(fd, 100001);
    assert_true(file_reserve(fd, 0)); /* which fallocate refuses */
    assert_zeros(fd, 0);
    close(fd);
    fd = new_file(*state, "full");
    fault.fail_with = ENOSPC;
    assert_false(file_reserve(fd, 1000));
    assert_int_equal(errno, ENOSPC);
    assert_zeros(fd, 0);
    close(fd);
}

/* A file system without fallocate: length and free space instead. */
static void reserves_where_it_cannot(void **state)
{
    const int refusals[] = {EOPNOTSUPP, ENOSYS};
    for (int i = 0; i < 2; i++) {
        int fd = new_file(*state, textf("f%d", i));
        fault.fail_with = refusals[i];
        fault.disk = (struct statvfs){.f_frsize = 512, .f_blocks = 1000, .f_bavail = 100};
        assert_false(file_reserve(fd, 100 * 512 + 1));
        assert_int_equal(errno, ENOSPC);
        assert_zeros(fd, 0);
        assert_true(file_reserve(fd, 100 * 512));
        assert_zeros(fd, 100 * 512);
        close(fd);
        fd = new_file(*state, textf("untold%d", i));
        fault.disk = (struct statvfs){.f_frsize = 512}; /* tells nothing of its size */
        assert_true(file_reserve(fd, 5000));
        assert_zeros(fd, 5000);
        close(fd);
    }
}

static void syncs_the_folder_of_a_path(void **state)
{
    const char *folder = *state;
    assert_true(file_sync_folder(textf("%s/no matter whether it exists", folder)));
    assert_true(file_sync_folder("/name"));
    assert_true(file_sync_folder("name"));
    errno = 0;
    assert_false(file_sync_folder(textf("%s/none/name", folder)));
    assert_int_equal(errno, ENOENT);
}

static void folder_faults(void **state)
{
    const char *path = textf("%s/x", (char *)*state);
    fault.fsync_with = EIO;
    assert_false(file_sync_folder(path));
    assert_int_equal(errno, EIO);
    fault.fsync_with = EINVAL; /* a file system that has no such thing */
    assert_true(file_sync_folder(path));
    fault.fail_with = EACCES; /* of the folder's open: it may be written to, not read */
    assert_true(file_sync_folder(path));
    fault.fail_with = EMFILE;
    assert_false(file_sync_folder(path));
    assert_int_equal(errno, EMFILE);
}

static void assert_holds(const char *path, const char *what)
{
    char text[8] = "";
    int fd = file_open_read(path);
    assert_int_equal(file_read(fd, text, sizeof text - 1), (ssize_t)strlen(what));
    close(fd);
    assert_string_equal(text, what);
}

static void put(const char *path, const char *what)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, what, strlen(what)), (ssize_t)strlen(what));
    close(fd);
}

/* What this kind of file system is said to do, and does. */
static void renames_only_to_a_new_name(void **state)
{
    static const int kinds[][2] = {{0, 0}, {EINVAL, 0}, {ENOSYS, 0}, {0, EPERM}, {EINVAL, EPERM}};
    const char *from = textf("%s/from", (char *)*state), *to = textf("%s/to", (char *)*state);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        fault.rename_new_with = kinds[i][0];
        fault.link_with = kinds[i][1];
        put(from, "new");
        put(to, "old");
        assert_false(file_rename_new(from, to));
        assert_int_equal(errno, EEXIST);
        assert_holds(from, "new");
        assert_holds(to, "old");
        assert_int_equal(unlink(to), 0);
        assert_true(file_rename_new(from, to));
        assert_int_equal(access(from, F_OK), -1);
        assert_holds(to, "new");
        assert_false(file_rename_new(from, textf("%s/other", (char *)*state)));
        assert_int_equal(errno, ENOENT);
        assert_false(file_rename_new(to, textf("%s/none/to", (char *)*state)));
        assert_int_equal(errno, ENOENT);
        assert_holds(to, "new");
    }
    fault.rename_new_with = EIO;
    assert_false(file_rename_new(to, from));
    assert_int_equal(errno, EIO);
}

static void a_file_of_both_names_loses_the_old_one(void **state)
{
    const char *from = textf("%s/from", (char *)*state), *to = textf("%s/to", (char *)*state);
    for (int kind = 0; kind < 2; kind++) {
        fault.rename_new_with = kind ? EINVAL : 0;
        put(to, "one");
        assert_int_equal(link(to, from), 0);
        assert_true(file_rename_new(from, to));
        assert_int_equal(access(from, F_OK), -1);
        assert_holds(to, "one");
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(opens_beyond_path_max),
        TEST(long_paths_may_be_relative),
        TEST(names_too_long_stay_an_error),
        TEST(long_paths_leak_nothing),
        TEST(a_pipe_does_not_block),
        TEST(open_is_retried_when_interrupted),
        TEST(reads_in_pieces),
        TEST(writes_in_pieces),
        TEST(reserves_the_length),
        TEST(reserves_where_it_cannot),
        TEST(syncs_the_folder_of_a_path),
        TEST(folder_faults),
        TEST(renames_only_to_a_new_name),
        TEST(a_file_of_both_names_loses_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
