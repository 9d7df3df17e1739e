/*
 * The parallel region, over a folder of good and bad files: what it counts, how it stops, and that
 * neither team nor schedule shows in the array.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <omp.h>
#include <cmocka.h>

#include "pipeline/pipeline.h"
#include "png_files.h"
#include "temp_folder.h"

enum { GOOD = 40, SIDE = 12, ROW = SIDE * SIDE * 3 };

static int fail_write; /* the n-th row that is written from now on fails with ENOSPC; 0: none */

ssize_t __real_pwrite(int fd, const void *data, size_t bytes, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t at);

ssize_t __wrap_pwrite(int fd, const void *data, size_t bytes, off_t at)
{
    if (fail_write && --fail_write == 0) {
        errno = ENOSPC;
        return -1;
    }
    return __real_pwrite(fd, data, bytes, at);
}

static unsigned writing_started; /* times */

int __wrap_sync_file_range(int fd, off_t at, off_t bytes, unsigned flags);

int __wrap_sync_file_range(int fd, off_t at, off_t bytes, unsigned flags)
{
    (void)fd;
    assert_int_equal(at, 0);
    assert_int_equal(bytes, 0); /* all */
    assert_int_equal(flags, 2); /* SYNC_FILE_RANGE_WRITE: begin, do not wait */
    writing_started++;
    errno = EIO; /* tells nobody anything: fsync will */
    return -1;
}

static void write_file(const char *folder, const char *name, const void *data, size_t size)
{
    FILE *file = fopen(textf("%s/%s", folder, name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* A picture of one colour: every filter leaves that colour in every pixel. */
static struct bytes flat_png(uint32_t width, uint32_t height, const uint8_t color[3])
{
    struct bytes lines = {0}, png = png_start(width, height, 8, 2, 0);
    for (uint32_t y = 0; y < height; y++) {
        bytes_add(&lines, "", 1);
        for (uint32_t x = 0; x < width; x++)
            bytes_add(&lines, color, 3);
    }
    struct bytes packed = png_deflated(lines.data, lines.size);
    png_chunk(&png, "IDAT", packed.data, packed.size);
    png_end(&png);
    bytes_free(&lines);
    bytes_free(&packed);
    return png;
}

static void color_of(unsigned number, uint8_t color[3])
{
    color[0] = (uint8_t)(number * 6 + 1);
    color[1] = (uint8_t)(255 - number);
    color[2] = (uint8_t)(number * number % 251);
}

/* GOOD pictures "pNN", each of its own colour and size, and six files that are none. */
static void fill_folder(const char *folder, uint64_t *pixels)
{
    *pixels = 0;
    for (unsigned i = 0; i < GOOD; i++) {
        uint8_t color[3];
        color_of(i, color);
        struct bytes png = flat_png(1 + i * 7 % 60, 1 + i * 11 % 50, color);
        *pixels += (uint64_t)(1 + i * 7 % 60) * (1 + i * 11 % 50);
        write_file(folder, textf("p%02u", i), png.data, png.size);
        if (i == 20) {
            write_file(folder, "a-cut", png.data, png.size - 30);
            png.data[29] ^= 1;
            write_file(folder, "z-crc", png.data, png.size);
        }
        bytes_free(&png);
    }
    write_file(folder, "empty", "", 0);
    write_file(folder, "gif", "GIF89a......", 12);
    write_file(folder, "junk", "\0\0\0\0\0\0\0\0\0", 9);
    write_file(folder, "q-junk", "\1\2\3\4\5\6\7\10\11", 9);
}
enum { BAD = 6, COUNT = GOOD + BAD };

/* A folder, its manifest and plan, and what a run of it leaves. */
struct fixture {
    char *folder;
    uint64_t pixels; /* of the pictures whose header is good */
    struct manifest manifest;
    struct plan plan;
    struct worker_options options;
    struct index_item items[COUNT];
    struct pipeline_result result;
    uint8_t *array; /* COUNT rows */
    atomic_int stop;
    uint64_t stop_after; /* items; 0: never */
    uint64_t write_behind;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct error error;
    f->folder = temp_folder_create();
    fill_folder(f->folder, &f->pixels);
    const char *folder = f->folder;
    assert_true(manifest_scan(&f->manifest, &folder, 1, NULL, &error));
    assert_int_equal(f->manifest.count, COUNT);
    assert_true(plan_make(&f->plan, &f->manifest, PLAN_COST, &error));
    f->options = (struct worker_options){
        .transform = {.width = SIDE,
                      .height = SIDE,
                      .filter = TAPS_LANCZOS,
                      .limits = {.max_pixels = 100000}},
        .row = {.width = SIDE, .height = SIDE, .channels = 3},
        .max_bytes = 1000000,
    };
    f->array = malloc((size_t)COUNT * ROW);
    fail_write = 0;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    plan_free(&f->plan);
    manifest_free(&f->manifest);
    temp_folder_remove(f->folder);
    free(f->array);
    free(f);
    return 0;
}

static void stop_when_due(void *user, const struct slots *slots)
{
    struct fixture *f = user;
    struct slots_totals totals;
    slots_sum(slots, &totals);
    if (f->stop_after && totals.items >= f->stop_after)
        atomic_store(&f->stop, 15);
}

/* Runs it all to an array of its own, and reads that back. */
static void run_job(struct fixture *f, int threads, bool serial, uint64_t max_failures)
{
    struct npy_shape shape = {
        .descr = "|u1", .item_size = 1, .dimensions = 4, .size = {COUNT, SIDE, SIDE, 3}};
    struct error error;
    const char *path = textf("%s/out.npy", f->folder);
    struct npy *npy = npy_create(path, &shape, &error);
    assert_non_null(npy);
    memset(f->items, 0, sizeof f->items);
    int failing = fail_write;
    struct pipeline_job job = {.manifest = &f->manifest,
                               .plan = &f->plan,
                               .options = &f->options,
                               .npy = npy,
                               .write_behind = f->write_behind,
                               .items = f->items,
                               .threads = threads,
                               .serial = serial,
                               .max_failures = max_failures,
                               .stop = &f->stop,
                               .progress = stop_when_due,
                               .user = f};
    memset(&f->result, 0x5a, sizeof f->result);
    assert_true(pipeline_run(&job, &f->result, &error));
    assert_true(failing ? fail_write == 0 : true);
    assert_true(npy_commit(npy, true, &error));
    FILE *file = fopen(path, "r");
    assert_int_equal(fseek(file, -(long)COUNT * ROW, SEEK_END), 0);
    assert_int_equal(fread(f->array, 1, (size_t)COUNT * ROW, file), COUNT * ROW);
    fclose(file);
    assert_int_equal(remove(path), 0);
}

static const char *name_of(const struct fixture *f, size_t row)
{
    return f->manifest.entries[row].path + strlen(f->folder) + 1;
}

static void assert_row(const struct fixture *f, size_t row, const uint8_t color[3])
{
    for (size_t i = 0; i < ROW; i++)
        assert_int_equal(f->array[row * ROW + i], color[i % 3]);
}

/* Each row that is done holds its picture or zeros; the others hold zeros. Returns the done ones.
 */
static uint64_t check_rows(const struct fixture *f)
{
    static const uint8_t black[3];
    uint64_t done = 0;
    for (size_t row = 0; row < COUNT; row++) {
        const char *name = name_of(f, row);
        const struct index_item *item = &f->items[row];
        unsigned number;
        uint8_t color[3];
        done += item->done;
        if (item->done && sscanf(name, "p%u", &number) == 1) {
            assert_int_equal(item->status, STATUS_OK);
            assert_int_equal(item->width, 1 + number * 7 % 60);
            assert_int_equal(item->height, 1 + number * 11 % 50);
            assert_int_equal(item->container, PICTURE_PNG);
            assert_int_equal(item->bytes, f->manifest.entries[row].bytes);
            color_of(number, color);
            assert_row(f, row, color);
        } else {
            assert_false(item->done && status_has_pixels((enum status)item->status));
            assert_row(f, row, black);
        }
    }
    return done;
}

static void check_complete(const struct fixture *f)
{
    const struct pipeline_result *result = &f->result;
    assert_int_equal(check_rows(f), COUNT);
    assert_false(result->stopped);
    assert_false(result->too_many);
    assert_int_equal(result->write_error, 0);
    assert_int_equal(result->counts.items, COUNT);
    assert_int_equal(result->counts.failed, BAD);
    uint64_t statuses[STATUS_COUNT] = {0};
    statuses[STATUS_OK] = GOOD;
    statuses[STATUS_TRUNCATED] = statuses[STATUS_CORRUPT] = statuses[STATUS_EMPTY] = 1;
    statuses[STATUS_UNSUPPORTED] = 1;
    statuses[STATUS_FORMAT] = 2;
    assert_memory_equal(result->statuses, statuses, sizeof statuses);
    assert_true(result->counts.pixels >= f->pixels);
    assert_true(result->counts.bytes > 0 && result->counts.bytes <= f->manifest.bytes);
    assert_int_equal(result->sums.samples, GOOD * SIDE * SIDE);
    uint64_t sum[3] = {0};
    for (unsigned i = 0; i < GOOD; i++)
        for (int c = 0; c < 3; c++) {
            uint8_t color[3];
            color_of(i, color);
            sum[c] += (uint64_t)color[c] * SIDE * SIDE;
        }
    assert_memory_equal(result->sums.sum, sum, sizeof sum);
}

static void serial_does_it_all(void **state)
{
    struct fixture *f = *state;
    run_job(f, 1, true, UINT64_MAX);
    assert_int_equal(f->result.threads, 1);
    check_complete(f);
}

/* The disk begins once for so many rows, in the loop; the array is the same. */
static void writing_begins_while_others_work(void **state)
{
    struct fixture *f = *state;
    writing_started = 0;
    run_job(f, 1, true, UINT64_MAX);
    assert_int_equal(writing_started, 0);
    f->write_behind = 10 * ROW;
    run_job(f, 1, true, UINT64_MAX);
    check_complete(f);
    assert_int_equal(writing_started, (COUNT - 1) / 10);
    f->write_behind = 1;
    writing_started = 0;
    omp_set_schedule(omp_sched_dynamic, 1);
    run_job(f, 3, false, UINT64_MAX);
    check_complete(f);
    assert_in_range(writing_started, 0, COUNT - 1); /* whatever thread 0 got */
    f->write_behind = UINT64_MAX;
    writing_started = 0;
    run_job(f, 1, false, UINT64_MAX);
    assert_int_equal(writing_started, 0);
}

/* Every team and schedule: the same array, the same items, the same sums. */
static void parallel_equals_serial(void **state)
{
    struct fixture *f = *state;
    run_job(f, 1, true, UINT64_MAX);
    struct pipeline_result serial = f->result;
    struct index_item items[COUNT];
    uint8_t *array = f->array;
    f->array = malloc((size_t)COUNT * ROW);
    memcpy(items, f->items, sizeof items);
    const omp_sched_t kinds[] = {omp_sched_static, omp_sched_dynamic, omp_sched_guided};
    const int threads[] = {1, 2, 3, 7, 64};
    omp_set_dynamic(0);
    for (int i = 0; i < 15; i++) {
        omp_set_schedule(kinds[i % 3], i % 4);
        run_job(f, threads[i / 3], false, UINT64_MAX);
        assert_int_equal(f->result.threads, threads[i / 3]);
        check_complete(f);
        assert_memory_equal(f->array, array, (size_t)COUNT * ROW);
        assert_memory_equal(f->items, items, sizeof items);
        assert_memory_equal(&f->result.sums, &serial.sums, sizeof serial.sums);
        assert_memory_equal(&f->result.counts, &serial.counts, sizeof serial.counts);
    }
    free(array);
}

static void too_many_failures_stop(void **state)
{
    struct fixture *f = *state;
    for (uint64_t allowed = 0; allowed <= BAD; allowed++) {
        run_job(f, 1, true, allowed);
        uint64_t done = check_rows(f);
        assert_int_equal(f->result.counts.items, done);
        assert_int_equal(f->result.too_many, allowed < BAD);
        /* Alone, the one that passes the limit is the last. */
        assert_int_equal(f->result.counts.failed, allowed < BAD ? allowed + 1 : BAD);
        assert_false(f->result.stopped);
        run_job(f, 3, false, allowed);
        assert_int_equal(f->result.counts.items, check_rows(f));
        assert_int_equal(f->result.too_many, allowed < BAD);
        assert_true(f->result.counts.failed > allowed || allowed == BAD);
    }
}

static void the_stop_flag_stops(void **state)
{
    struct fixture *f = *state;
    for (uint64_t after = 1; after < COUNT; after += 7) {
        f->stop_after = after;
        atomic_store(&f->stop, 0);
        run_job(f, 1, true, UINT64_MAX);
        assert_true(f->result.stopped);
        assert_int_equal(f->result.counts.items, after);
        assert_int_equal(check_rows(f), after);

        atomic_store(&f->stop, 0);
        run_job(f, 4, false, UINT64_MAX);
        assert_int_equal(check_rows(f), f->result.counts.items);
        assert_int_equal(f->result.stopped, f->result.counts.items < COUNT);
    }
    f->stop_after = 0; /* set before the start: nothing is done */
    atomic_store(&f->stop, 2);
    run_job(f, 2, false, UINT64_MAX);
    assert_true(f->result.stopped);
    assert_int_equal(f->result.counts.items, 0);
    assert_int_equal(check_rows(f), 0);
    f->stop_after = COUNT; /* set after the last: nothing is missing */
    atomic_store(&f->stop, 0);
    run_job(f, 1, true, UINT64_MAX);
    assert_false(f->result.stopped);
    assert_int_equal(check_rows(f), COUNT);
}

static void a_failed_write_ends_the_run(void **state)
{
    struct fixture *f = *state;
    for (int parallel = 0; parallel < 2; parallel++) {
        fail_write = 10 + 1; /* the array's header is written first */
        run_job(f, 1, !parallel, UINT64_MAX);
        assert_int_equal(f->result.write_error, ENOSPC);
        assert_true(f->result.write_row < COUNT);
        assert_true(f->result.counts.items < COUNT);
        static const uint8_t black[3];
        assert_row(f, f->result.write_row, black);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(serial_does_it_all),          TEST(parallel_equals_serial),
        TEST(too_many_failures_stop),      TEST(the_stop_flag_stops),
        TEST(a_failed_write_ends_the_run), TEST(writing_begins_while_others_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
