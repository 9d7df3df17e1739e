/*
 * The windows of the plan by their properties; what is asked for by the kernel's own word about
 * which pages lie in memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <cmocka.h>

#include "pipeline/readahead.h"
#include "temp_folder.h"

enum { COUNT = 600 };

static struct manifest_entry entries[COUNT];
static struct manifest manifest = {.entries = entries, .count = COUNT};

static unsigned opened; /* by readahead_ask */

int __real_file_open_read(const char *path);
int __wrap_file_open_read(const char *path);

int __wrap_file_open_read(const char *path)
{
    opened++;
    return __real_file_open_read(path);
}

static uint64_t make_entries(void)
{
    uint32_t seed = 4711;
    uint64_t largest = 0;
    for (size_t i = 0; i < COUNT; i++) {
        seed = seed * 1664525 + 1013904223;
        entries[i] = (struct manifest_entry){
            .path = "/nowhere", .bytes = seed >> 16, .kind = MANIFEST_REGULAR};
        if (i % 7 == 0)
            entries[i].bytes = 0;
        if (entries[i].bytes > largest)
            largest = entries[i].bytes;
    }
    return largest;
}

/* Every position behind the first ones is asked for once; what is asked for ahead of the work is
 * never more than the window and one file, and in the end as much as that. */
static void each_file_once_within_the_window(void **state)
{
    (void)state;
    uint64_t largest = make_entries();
    const uint64_t windows[] = {1, 5000, 200000, 3000000, UINT64_C(1) << 62};
    const int teams[] = {1, 2, 64, COUNT, 2 * COUNT};
    const enum plan_order orders[] = {PLAN_COST, PLAN_INPUT};
    for (int w = 0; w < 5; w++)
        for (int t = 0; t < 5; t++)
            for (int o = 0; o < 2; o++) {
                struct plan plan;
                struct readahead ahead;
                struct error error;
                assert_true(plan_make(&plan, &manifest, orders[o], &error));
                assert_true(readahead_make(&ahead, &plan, &manifest, windows[w], teams[t]));
                size_t first = teams[t] < COUNT ? (size_t)teams[t] : COUNT;
                assert_int_equal(ahead.until[0], first);
                assert_int_equal(ahead.until[COUNT], COUNT);
                for (size_t k = 0; k < COUNT; k++) {
                    assert_true(ahead.until[k] <= ahead.until[k + 1]);
                    uint64_t bytes = 0;
                    for (size_t j = k + 1; j < ahead.until[k + 1]; j++)
                        bytes += entries[plan.order[j]].bytes;
                    if (ahead.until[k + 1] > first)
                        assert_true(bytes <= windows[w] + largest);
                    if (k > COUNT / 2 && ahead.until[k + 1] < COUNT)
                        assert_true(bytes >= (windows[w] < 200000 ? windows[w] : 200000));
                }
                readahead_free(&ahead);
                plan_free(&plan);
            }
}

static void nothing_is_asked_for_without_a_window(void **state)
{
    (void)state;
    make_entries();
    struct plan plan;
    struct readahead ahead;
    struct readahead_eye eye = {0};
    struct error error;
    assert_true(plan_make(&plan, &manifest, PLAN_COST, &error));
    assert_true(readahead_make(&ahead, &plan, &manifest, 0, 2));
    opened = 0;
    for (size_t k = 0; k < COUNT; k++)
        readahead_ask(&ahead, &eye, k);
    assert_int_equal(opened, 0);
    readahead_free(&ahead);
    plan_free(&plan);
}

/* Files that are gone, or are no files, are nobody's trouble here; errno stays. */
static void missing_files_do_no_harm(void **state)
{
    (void)state;
    make_entries();
    entries[COUNT - 1].kind = MANIFEST_FOLDER;
    struct plan plan;
    struct readahead ahead;
    struct readahead_eye eye = {0};
    struct error error;
    assert_true(plan_make(&plan, &manifest, PLAN_INPUT, &error));
    assert_true(readahead_make(&ahead, &plan, &manifest, 100000, 2));
    opened = 0;
    errno = EXDEV;
    for (size_t k = 0; k < COUNT; k++)
        readahead_ask(&ahead, &eye, k);
    assert_int_equal(errno, EXDEV);
    unsigned regular = 0;
    for (size_t j = 2; j < COUNT; j++)
        regular += entries[j].kind == MANIFEST_REGULAR && entries[j].bytes > 0;
    assert_int_equal(opened, regular);
    readahead_free(&ahead);
    plan_free(&plan);
}

/* Pages of a file that are in memory; *pages is all that it has. */
static size_t resident(const char *path, size_t bytes, size_t *pages)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), found = 0;
    *pages = (bytes + page - 1) / page;
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
    assert_true(map != MAP_FAILED);
    unsigned char *in = malloc(*pages);
    assert_int_equal(mincore(map, bytes, in), 0);
    for (size_t i = 0; i < *pages; i++)
        found += in[i] & 1;
    free(in);
    munmap(map, bytes);
    close(fd);
    return found;
}

static void evict(const char *path)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    fdatasync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
}

enum { FILES = 200, BYTES = 300000 };

static void write_files(const char *folder, char (*paths)[200])
{
    char *data = malloc(BYTES);
    memset(data, 'x', BYTES);
    for (size_t i = 0; i < FILES; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%zu", folder, i);
        FILE *file = fopen(paths[i], "w");
        assert_non_null(file);
        assert_int_equal(fwrite(data, 1, BYTES, file), BYTES);
        fclose(file);
        entries[i] =
            (struct manifest_entry){.path = paths[i], .bytes = BYTES, .kind = MANIFEST_REGULAR};
    }
    free(data);
}

static void read_files(char (*paths)[200])
{
    char *data = malloc(BYTES);
    for (size_t i = 0; i < FILES; i++) {
        FILE *file = fopen(paths[i], "r");
        assert_non_null(file);
        assert_int_equal(fread(data, 1, BYTES, file), BYTES);
        fclose(file);
    }
    free(data);
}

/* Whether nobody else's need of memory has driven one out meanwhile. */
static bool are_in_memory(char (*paths)[200], size_t count)
{
    size_t pages;
    for (size_t i = 0; i < count; i++)
        if (resident(paths[i], BYTES, &pages) != pages)
            return false;
    return true;
}

static bool comes_into_memory(const char *path)
{
    const struct timespec wait = {.tv_nsec = 5000000};
    size_t pages;
    for (int i = 0; i < 12000; i++) { /* a minute for a disk that is busy */
        if (resident(path, BYTES, &pages) == pages)
            return true;
        nanosleep(&wait, NULL);
    }
    return false;
}

/* Of files in memory a few are looked at; what is not in memory is fetched, whole. */
static void looks_little_and_fetches_what_is_missing(void **state)
{
    (void)state;
    static char paths[FILES][200];
    char *folder = temp_folder_create();
    write_files(folder, paths);
    struct manifest files = {.entries = entries, .count = FILES};
    struct plan plan;
    struct readahead ahead;
    struct readahead_eye eye = {0};
    struct error error;
    size_t pages;
    assert_true(plan_make(&plan, &files, PLAN_INPUT, &error));
    assert_true(readahead_make(&ahead, &plan, &files, 2 * BYTES, 1));
    evict(paths[FILES - 1]);
    bool evicts = resident(paths[FILES - 1], BYTES, &pages) == 0;
    bool disturbed = true;
    if (evicts) { /* else the files lie in memory for good */
        for (int tries = 0; tries < 5 && disturbed; tries++) {
            read_files(paths);
            evict(paths[FILES - 1]);
            eye = (struct readahead_eye){0};
            opened = 0;
            for (size_t k = 0; k < FILES - 10; k++)
                readahead_ask(&ahead, &eye, k);
            disturbed = !are_in_memory(paths, FILES - 1);
        }
        if (!disturbed)
            assert_in_range(opened, 8, 8 + FILES / 32 + 1);

        for (size_t i = 0; i < FILES; i++)
            evict(paths[i]);
        eye = (struct readahead_eye){0};
        for (size_t k = 0; k < 20; k++)
            readahead_ask(&ahead, &eye, k);
        for (size_t j = 1; j < 20; j++)
            assert_true(comes_into_memory(paths[j]));
        assert_int_equal(resident(paths[FILES - 1], BYTES, &pages), 0);
    }
    readahead_free(&ahead);
    plan_free(&plan);
    temp_folder_remove(folder);
    if (!evicts || disturbed)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_file_once_within_the_window),
        cmocka_unit_test(nothing_is_asked_for_without_a_window),
        cmocka_unit_test(missing_files_do_no_harm),
        cmocka_unit_test(looks_little_and_fetches_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
