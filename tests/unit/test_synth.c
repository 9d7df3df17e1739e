/*
 * Whole sample sets: the same bytes for every number of threads, files that Pillow reads as they
 * were meant, and failures that leave nothing half written.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <gsl/gsl_rng.h>

#include "dataset/synth.h"
#include "dataset/synth_paint.h"
#include "dataset/synth_plan.h"
#include "dataset/synth_scene.h"

#define PATH 512

static char root[PATH];

static int drop(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static int make_root(void **state)
{
    const char *tmp = getenv("TMPDIR");
    (void)state;
    snprintf(root, sizeof root, "%s/synth-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    return mkdtemp(root) ? 0 : -1;
}

static int drop_root(void **state)
{
    (void)state;
    return nftw(root, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *below(char *path, const char *folder, const char *name)
{
    assert_true((size_t)snprintf(path, PATH, "%s/%s", folder, name) < PATH);
    return path;
}

/* The whole file, or NULL when there is none. */
static uint8_t *slurp(const char *folder, const char *name, size_t *bytes)
{
    char path[PATH];
    FILE *file = fopen(below(path, folder, name), "rb");
    if (!file)
        return NULL;
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *bytes = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(*bytes + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *bytes, file), *bytes);
    fclose(file);
    return data;
}

/* Asserts that each file of `folder` is one of `whole` with the same bytes; returns how many. */
static uint32_t assert_subset(const char *folder, const char *whole)
{
    uint32_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        size_t bytes, wanted;
        uint8_t *data = slurp(folder, e->d_name, &bytes), *same = slurp(whole, e->d_name, &wanted);
        assert_non_null(data);
        assert_non_null(same); /* also: no temporary file is left */
        assert_int_equal(bytes, wanted);
        assert_memory_equal(data, same, bytes);
        free(data);
        free(same);
        count++;
    }
    closedir(dir);
    return count;
}

static void the_files_do_not_depend_on_the_threads(void **state)
{
    static const int teams[] = {1, 2, 7};
    char one[PATH], other[PATH];
    struct synth_options options = {.count = 60, .seed = 1, .min_side = 50, .max_side = 600};
    (void)state;
    below(one, root, "threads1");
    for (size_t i = 0; i < 3; i++) {
        char name[32];
        struct synth_result result;
        struct error error;
        snprintf(name, sizeof name, "threads%d", teams[i]);
        options.threads = teams[i];
        assert_true(synth_write(below(other, root, name), &options, NULL, NULL, &result, &error));
        assert_int_equal(result.files, options.count);
        assert_int_equal(result.jpeg + result.png, options.count);
        assert_int_equal(assert_subset(other, one), options.count);
    }
    /* A longer set begins with the shorter one. */
    struct synth_result result;
    struct error error;
    options.count = 25;
    assert_true(synth_write(below(other, root, "short"), &options, NULL, NULL, &result, &error));
    assert_int_equal(assert_subset(other, one), 25);
}

static void another_seed_is_another_set(void **state)
{
    char paths[2][PATH];
    uint8_t *first[2];
    size_t bytes[2] = {0};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct synth_options options = {
            .count = 1, .seed = (uint64_t)i << 40, .min_side = 100, .max_side = 100};
        struct synth_result result;
        below(paths[i], root, i ? "seed1" : "seed0");
        assert_true(synth_write(paths[i], &options, NULL, NULL, &result, NULL));
        first[i] = slurp(paths[i], "000000.jpg", &bytes[i]);
        if (!first[i])
            first[i] = slurp(paths[i], "000000.png", &bytes[i]);
        assert_non_null(first[i]);
    }
    assert_false(bytes[0] == bytes[1] && memcmp(first[0], first[1], bytes[0]) == 0);
    free(first[0]);
    free(first[1]);
}

static void paint_raw(const char *folder, const char *name, const struct synth_plan *plan,
                      struct synth_scene *scene, struct synth_painter *painter)
{
    char raw[48], path[PATH];
    snprintf(raw, sizeof raw, "%s.raw", name);
    FILE *file = fopen(below(path, folder, raw), "wb");
    assert_non_null(file);
    assert_true(synth_paint_begin(painter, scene));
    for (uint32_t y = 0; y < plan->height; y++)
        assert_int_equal(fwrite(synth_paint_row(painter, y), 4, plan->width, file), plan->width);
    assert_int_equal(fclose(file), 0);
}

/* Writes what the oracle compares with, see synth_oracle.py. */
static void expect(const char *folder, const struct synth_options *options)
{
    char path[PATH];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    struct synth_scene *scene = malloc(sizeof *scene);
    struct synth_painter painter = {0};
    FILE *list = fopen(below(path, folder, "expected"), "w");
    assert_non_null(list);
    assert_non_null(scene);
    for (uint32_t i = 0; i < options->count; i++) {
        struct synth_plan plan;
        char name[32];
        synth_plan_seed(rng, options->seed, i);
        synth_plan_picture(&plan, options, i, rng);
        synth_scene_compose(scene, &plan, rng);
        const struct synth_kind_spec *spec = &synth_plan_kinds[plan.kind];
        snprintf(name, sizeof name, "%06u.%s", i, spec->png ? "png" : "jpg");
        int detail = spec->png ? spec->depth : spec->gray ? -1 : spec->half_chroma ? 2 : 0;
        bool flag = spec->png ? spec->depth && spec->alpha : spec->progressive;
        fprintf(list, "%s %s %u %u %d %d\n", name, spec->pillow, plan.width, plan.height, detail,
                flag);
        if (i < 100 && (!spec->depth || spec->depth == 8))
            paint_raw(folder, name, &plan, scene, &painter);
    }
    assert_int_equal(fclose(list), 0);
    synth_paint_free(&painter);
    free(scene);
    gsl_rng_free(rng);
}

static void pillow_reads_what_was_meant(void **state)
{
    char folder[PATH], command[3 * PATH];
    struct synth_options options = {.count = 200, .seed = 2, .min_side = 200, .max_side = 700};
    struct synth_result result;
    struct error error;
    (void)state;
    if (system(ORACLE_PYTHON " -c 'import PIL, numpy' 2>/dev/null") != 0) {
        print_message("no Pillow and NumPy in %s\n", ORACLE_PYTHON);
        skip();
    }
    assert_true(synth_write(below(folder, root, "pillow"), &options, NULL, NULL, &result, &error));
    expect(folder, &options);
    snprintf(command, sizeof command, "%s '%s' '%s'", ORACLE_PYTHON, ORACLE_SCRIPT, folder);
    assert_int_equal(system(command), 0);
}

static void a_folder_that_cannot_be_is_refused(void **state)
{
    char path[PATH], file[PATH];
    struct synth_options options = {.count = 1, .min_side = 50, .max_side = 50};
    struct synth_result result;
    struct error error;
    (void)state;
    assert_false(synth_write(below(path, root, "a/b"), &options, NULL, NULL, &result, &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    assert_non_null(strstr(error.text, "a/b"));
    FILE *plain = fopen(below(file, root, "plain"), "w");
    assert_non_null(plain);
    fclose(plain);
    assert_false(synth_write(file, &options, NULL, NULL, &result, &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    assert_non_null(strstr(error.text, strerror(ENOTDIR)));
}

static void a_folder_with_files_needs_force(void **state)
{
    char folder[PATH], path[PATH];
    struct synth_options options = {.count = 3, .min_side = 50, .max_side = 50};
    struct synth_result result;
    struct error error;
    size_t bytes;
    (void)state;
    below(folder, root, "used");
    assert_int_equal(mkdir(folder, 0777), 0);
    FILE *mine = fopen(below(path, folder, "mine.txt"), "w");
    assert_non_null(mine);
    fputs("keep", mine);
    fclose(mine);
    assert_false(synth_write(folder, &options, NULL, NULL, &result, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "--force"));
    assert_null(slurp(folder, "000000.jpg", &bytes));
    options.force = true;
    assert_true(synth_write(folder, &options, NULL, NULL, &result, &error));
    assert_int_equal(result.files, 3);
    uint8_t *kept = slurp(folder, "mine.txt", &bytes);
    assert_non_null(kept);
    assert_int_equal(bytes, 4);
    free(kept);
}

/* Files above a limit fail to be written half way, as on a full disk. */
static void a_write_that_fails_leaves_nothing_half_written(void **state)
{
    char whole[PATH], partial[PATH];
    struct synth_options options = {.count = 40, .seed = 4, .min_side = 50, .max_side = 400};
    struct synth_result result;
    struct error error;
    struct rlimit old;
    (void)state;
    below(whole, root, "whole"), below(partial, root, "partial");
    assert_true(synth_write(whole, &options, NULL, NULL, &result, &error));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    struct rlimit tight = {.rlim_cur = 4000, .rlim_max = old.rlim_max};
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    for (int threads = 1; threads <= 4; threads += 3) {
        options.threads = threads;
        options.force = threads > 1;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
        bool ok = synth_write(partial, &options, NULL, NULL, &result, &error);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_false(ok);
        assert_int_equal(error.kind, ERROR_OUTPUT);
        assert_non_null(strstr(error.text, "cannot write"));
        assert_true(assert_subset(partial, whole) < options.count);
    }
    signal(SIGXFSZ, before);
}

static void sides_out_of_order_are_refused(void **state)
{
    static const uint32_t wrong[][2] = {{0, 10}, {20, 10}, {10, SYNTH_MAX_SIDE + 1}};
    char path[PATH];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct synth_options options = {
            .count = 1, .min_side = wrong[i][0], .max_side = wrong[i][1]};
        struct synth_result result;
        struct error error;
        assert_false(
            synth_write(below(path, root, "never"), &options, NULL, NULL, &result, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_int_equal(access(path, F_OK), -1);
    }
}

struct watch {
    uint64_t calls, last;
};

static void note_progress(void *user, uint64_t done, uint64_t total)
{
    struct watch *watch = user;
    assert_true(done >= watch->last && done <= total);
    watch->last = done;
    watch->calls++;
}

static void progress_grows_to_the_end(void **state)
{
    char path[PATH];
    struct synth_options options = {.count = 20, .min_side = 16, .max_side = 64, .threads = 1};
    struct synth_result result;
    struct watch watch = {0};
    (void)state;
    assert_true(
        synth_write(below(path, root, "watch"), &options, note_progress, &watch, &result, NULL));
    assert_int_equal(watch.calls, 20);
    assert_int_equal(watch.last, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_files_do_not_depend_on_the_threads),
        cmocka_unit_test(another_seed_is_another_set),
        cmocka_unit_test(pillow_reads_what_was_meant),
        cmocka_unit_test(a_folder_that_cannot_be_is_refused),
        cmocka_unit_test(a_folder_with_files_needs_force),
        cmocka_unit_test(a_write_that_fails_leaves_nothing_half_written),
        cmocka_unit_test(sides_out_of_order_are_refused),
        cmocka_unit_test(progress_grows_to_the_end),
    };
    return cmocka_run_group_tests(tests, make_root, drop_root);
}
