/*
 * Files that are what the scan saw, and every way in which they are not. read is wrapped, so that a
 * file can end early, fail, or change while it is being read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "pipeline/reader.h"
#include "temp_folder.h"

#define MAX_BYTES 1000000

static struct {
    size_t ends_at;     /* the file seems to end here, unless 0 */
    int fail_with;      /* errno of read, unless 0 */
    size_t moved;       /* bytes read so far */
    const char *append; /* a file that grows at the first read, or NULL */
    unsigned calls;
} fault;

ssize_t __real_read(int fd, void *data, size_t bytes);
ssize_t __wrap_read(int fd, void *data, size_t bytes);

ssize_t __wrap_read(int fd, void *data, size_t bytes)
{
    fault.calls++;
    if (fault.append) {
        int other = open(fault.append, O_WRONLY | O_APPEND);
        assert_int_equal(write(other, "more", 4), 4);
        close(other);
        fault.append = NULL;
    }
    if (fault.fail_with) {
        errno = fault.fail_with;
        return -1;
    }
    if (fault.ends_at && bytes > fault.ends_at - fault.moved)
        bytes = fault.ends_at - fault.moved;
    ssize_t n = __real_read(fd, data, bytes);
    fault.moved += n > 0 ? (size_t)n : 0;
    return n;
}

static int make_folder(void **state)
{
    memset(&fault, 0, sizeof fault);
    *state = temp_folder_create();
    return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
    return temp_folder_remove(*state);
}

/* A file of `size` bytes: a JPEG's magic, then a pattern. */
static const char *make_file(const char *folder, const char *name, size_t size)
{
    const char *path = textf("%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    static const unsigned char magic[] = {0xff, 0xd8, 0xff, 0xe0};
    for (size_t i = 0; i < size; i++)
        fputc(i < sizeof magic ? magic[i] : (int)(i * 7 & 0xff), file);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* The entry that a scan would make of a path now. */
static struct manifest_entry entry_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (struct manifest_entry){
        .path = path,
        .bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0,
        .mtime_ns = manifest_mtime_ns(&st),
        .kind = S_ISREG(st.st_mode)   ? MANIFEST_REGULAR
                : S_ISDIR(st.st_mode) ? MANIFEST_FOLDER
                                      : MANIFEST_SPECIAL,
    };
}

static enum status read_entry(struct reader *reader, const struct manifest_entry *entry,
                              struct reason *why)
{
    *why = (struct reason){0};
    fault.moved = 0;
    return reader_read(reader, entry, MAX_BYTES, UINT64_MAX, why);
}

static void assert_own(const struct reason *why, enum reason_code code)
{
    assert_int_equal(why->kind, REASON_OWN);
    assert_int_equal(why->code, code);
}

static void assert_errno(const struct reason *why, int error)
{
    assert_int_equal(why->kind, REASON_ERRNO);
    assert_int_equal(why->code, error);
}

/* One reader for files of all sizes, around the bytes that are read before sniffing. */
static void whole_files_arrive(void **state)
{
    struct reader reader = {0};
    struct reason why;
    const size_t sizes[] = {
        50000, 3, CODEC_SNIFF_BYTES - 1, CODEC_SNIFF_BYTES, CODEC_SNIFF_BYTES + 1, 100, MAX_BYTES};
    for (int i = 0; i < 7; i++) {
        const char *path = make_file(*state, textf("f%d", i), sizes[i]);
        struct manifest_entry entry = entry_of(path);
        assert_int_equal(read_entry(&reader, &entry, &why), STATUS_OK);
        assert_int_equal(reader.size, sizes[i]);
        assert_string_equal(reader.codec->name, "jpeg");
        for (size_t k = 4; k < sizes[i]; k++)
            if (reader.data.data[k] != (uint8_t)(k * 7))
                fail_msg("byte %zu of %zu", k, sizes[i]);
    }
    reader_free(&reader);
}

static void sizes_out_of_bounds(void **state)
{
    struct reader reader = {0};
    struct reason why;
    struct manifest_entry entry = entry_of(make_file(*state, "empty", 0));
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_EMPTY);
    assert_own(&why, REASON_EMPTY_FILE);

    entry = entry_of(make_file(*state, "large", MAX_BYTES + 1));
    fault.calls = 0;
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_TOO_LARGE);
    assert_own(&why, REASON_TOO_MANY_BYTES);
    assert_int_equal(why.arg[0], MAX_BYTES + 1);
    assert_int_equal(fault.calls, 0); /* nothing of it is read */
    assert_null(reader.data.data);

    /* Of a picture that is too much for now only the head is read, and nothing else is kept. */
    entry = entry_of(make_file(*state, "later", 3 * CODEC_SNIFF_BYTES));
    for (uint64_t most = entry.bytes - 1; most <= entry.bytes; most++) {
        fault.moved = 0;
        assert_int_equal(reader_read(&reader, &entry, MAX_BYTES, most, &why), STATUS_OK);
        assert_string_equal(reader.codec->name, "jpeg");
        assert_int_equal(reader.size, most < entry.bytes ? 0 : entry.bytes);
        assert_int_equal(fault.moved, most < entry.bytes ? CODEC_SNIFF_BYTES : entry.bytes);
    }
    reader_free(&reader);
    fault.moved = 0;

    /* A sparse file of a terabyte that would be allowed costs only its first bytes. */
    const char *path = textf("%s/sparse", (char *)*state);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (ftruncate(fd, (off_t)1 << 40) == 0) {
        entry = entry_of(path);
        assert_int_equal(reader_read(&reader, &entry, UINT64_MAX, UINT64_MAX, &why), STATUS_FORMAT);
        assert_true(fault.moved <= CODEC_SNIFF_BYTES);
    }
    close(fd);
    reader_free(&reader);
}

static void what_is_no_picture(void **state)
{
    struct reader reader = {0};
    struct reason why;
    const char *folder = *state;
    FILE *file = fopen(textf("%s/gif", folder), "w");
    fputs("GIF89a....", file);
    fclose(file);
    struct manifest_entry entry = entry_of(textf("%s/gif", folder));
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_UNSUPPORTED);
    assert_own(&why, REASON_OTHER_FORMAT);
    assert_string_equal(codec_other_name((int)why.arg[0]), "GIF");
    assert_null(reader.codec);

    file = fopen(textf("%s/zeros", folder), "w");
    fwrite("\0\0\0\0\0\0\0\0", 1, 8, file);
    fclose(file);
    entry = entry_of(textf("%s/zeros", folder));
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_FORMAT);
    assert_own(&why, REASON_UNKNOWN_FORMAT);
    reader_free(&reader);
}

/* What the scan has seen decides before anything is opened. */
static void what_is_no_file(void **state)
{
    struct reader reader = {0};
    struct reason why;
    struct manifest_entry entry = entry_of(*state);
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_NOT_A_FILE);
    assert_own(&why, REASON_FOLDER);
    entry.error = EACCES;
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_PERMISSION);
    assert_errno(&why, EACCES);

    assert_int_equal(mkfifo(textf("%s/pipe", (char *)*state), 0600), 0);
    entry = entry_of(textf("%s/pipe", (char *)*state));
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_NOT_A_FILE);
    assert_own(&why, REASON_NOT_REGULAR);

    static const struct {
        int error;
        enum status status;
    } missing[] = {
        {ENOENT, STATUS_IO},     {ELOOP, STATUS_IO},          {EIO, STATUS_IO},
        {ENOMEM, STATUS_MEMORY}, {EACCES, STATUS_PERMISSION}, {EPERM, STATUS_PERMISSION}};
    for (int i = 0; i < 6; i++) {
        entry = (struct manifest_entry){
            .path = "none", .kind = MANIFEST_MISSING, .error = (uint16_t)missing[i].error};
        assert_int_equal(read_entry(&reader, &entry, &why), missing[i].status);
        assert_errno(&why, missing[i].error);
    }
    reader_free(&reader);
}

static void set_time(const char *path, time_t seconds, long ns)
{
    struct timespec times[2] = {{.tv_sec = seconds, .tv_nsec = ns}, {seconds, ns}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* A list made on another host, which sees seconds, or 100 ns, of what is exact here; and the other
 * way round. */
static void times_as_others_see_them(void **state)
{
    static const struct {
        long here, there; /* ns behind one and the same second */
        enum status status;
    } cases[] = {{123456789, 0, STATUS_OK},
                 {0, 123456789, STATUS_OK},
                 {123456789, 123456700, STATUS_OK},
                 {123456700, 123456789, STATUS_OK},
                 {0, 1000000000, STATUS_CHANGED},
                 {123456789, 1000000000, STATUS_CHANGED},
                 {123456789, -1000000000, STATUS_CHANGED},
                 {123456789, 123456600, STATUS_CHANGED},
                 {123456789, 123456788, STATUS_CHANGED}};
    struct reader reader = {0};
    struct reason why;
    const char *path = make_file(*state, "f", 1000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_time(path, 1700000000, cases[i].here);
        struct manifest_entry entry = entry_of(path);
        entry.mtime_ns = INT64_C(1700000000000000000) + cases[i].there;
        assert_int_equal(read_entry(&reader, &entry, &why), cases[i].status);
    }
    reader_free(&reader);
}

static void what_changed_since_the_scan(void **state)
{
    struct reader reader = {0};
    struct reason why;
    const char *path = make_file(*state, "f", 10000);
    set_time(path, 1700000000, 123456789);
    struct manifest_entry entry = entry_of(path), wrong = entry;
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_OK);

    wrong.bytes--;
    assert_int_equal(read_entry(&reader, &wrong, &why), STATUS_CHANGED);
    assert_own(&why, REASON_CHANGED);
    wrong = entry;
    wrong.mtime_ns++;
    assert_int_equal(read_entry(&reader, &wrong, &why), STATUS_CHANGED);

    fault.append = path; /* grows after its size was checked */
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_CHANGED);

    assert_int_equal(unlink(path), 0);
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_CHANGED);
    assert_own(&why, REASON_VANISHED);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_CHANGED);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0); /* must not block either */
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_CHANGED);

    make_file(*state, "again", 5000); /* the reader is none the worse */
    entry = entry_of(textf("%s/again", (char *)*state));
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_OK);
    reader_free(&reader);
}

/* Times that do not fit 64 bits of nanoseconds must be the same for the scan and the reader. */
static void far_times_are_no_change(void **state)
{
    struct reader reader = {0};
    struct reason why;
    const char *path = make_file(*state, "f", 100);
    const time_t times[] = {0, -1, 4102444800, INT64_C(15000000000), -INT64_C(15000000000)};
    for (int i = 0; i < 5; i++) {
        struct timespec both[2] = {{times[i], 5}, {times[i], 5}};
        if (utimensat(AT_FDCWD, path, both, 0) != 0)
            continue;
        struct manifest_entry entry = entry_of(path);
        assert_int_equal(read_entry(&reader, &entry, &why), STATUS_OK);
    }
    reader_free(&reader);
}

static void reads_that_fail(void **state)
{
    struct reader reader = {0};
    struct reason why;
    struct manifest_entry entry = entry_of(make_file(*state, "f", 10000));
    const size_t ends[] = {1, 100, CODEC_SNIFF_BYTES - 1, CODEC_SNIFF_BYTES, 9999};
    for (int i = 0; i < 5; i++) {
        fault.ends_at = ends[i];
        assert_int_equal(read_entry(&reader, &entry, &why), STATUS_TRUNCATED);
        assert_own(&why, REASON_SHORT_READ);
        assert_int_equal(why.arg[0], ends[i]);
        assert_int_equal(why.arg[1], 10000);
    }
    fault.ends_at = 0;
    fault.fail_with = EIO;
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_IO);
    assert_errno(&why, EIO);
    fault.fail_with = 0;
    assert_int_equal(read_entry(&reader, &entry, &why), STATUS_OK);
    reader_free(&reader);
}

static void without_permission(void **state)
{
    struct reader reader = {0};
    struct reason why;
    const char *path = make_file(*state, "f", 100);
    struct manifest_entry entry = entry_of(path);
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(chmod(*state, 0755), 0);
    uid_t user = geteuid();
    if (user == 0 && seteuid(65534) != 0) /* root may read everything */
        skip();
    enum status status = read_entry(&reader, &entry, &why);
    assert_int_equal(seteuid(user), 0);
    assert_int_equal(status, STATUS_PERMISSION);
    assert_errno(&why, EACCES);
    reader_free(&reader);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(whole_files_arrive),          TEST(sizes_out_of_bounds),
        TEST(what_is_no_picture),          TEST(what_is_no_file),
        TEST(what_changed_since_the_scan), TEST(times_as_others_see_them),
        TEST(far_times_are_no_change),     TEST(reads_that_fail),
        TEST(without_permission),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
