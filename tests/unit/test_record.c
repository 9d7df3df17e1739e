/*
 * Records: what is written comes back, what others read of it is JSON, and no line, however broken
 * or hostile, does more than name what is wrong with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "profile/record.h"
#include "profile/record_fields.h"
#include "temp_folder.h"

static uint64_t seed = 0x1234567;

static uint64_t random_next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static int64_t random_below(int64_t most)
{
    return (int64_t)(random_next() % (uint64_t)(most + 1));
}

/* Text that hurts: quotes, controls, markup, commands, characters of four bytes. */
static char *random_text(void)
{
    static const char *const parts[] = {"`touch x`", "<script>", "\"", "\\",
                                        "\n",        "\x01",     "é",  "\xf0\x9f\x8d\x9e",
                                        "$(id)",     "NaN",      " ",  "abc"};
    char text[128] = "";
    for (uint64_t k = random_next() % 6; k > 0; k--)
        strcat(text, parts[random_next() % 12]);
    return strdup(text);
}

/* Every field known, of values that a reader takes. */
static struct record random_record(size_t threads, size_t items)
{
    static const char *const kinds[] = {"run", "foreign", "serial", "weak"};
    struct record r = record_unknown();
    for (const struct record_field *f = record_fields; f->name; f++) {
        void *at = (char *)&r + f->offset;
        if (f->type == RECORD_TEXT)
            *(char **)at = strcmp(f->name, "kind") == 0   ? strdup(kinds[random_next() % 4])
                           : strcmp(f->name, "work") == 0 ? strdup("waiting")
                                                          : random_text();
        else if (f->type == RECORD_FLAG)
            *(bool *)at = random_next() % 2;
        else if (f->type == RECORD_CPUS)
            *(int64_t *)at = 1 + random_below(RECORD_MOST_CPUS - 1);
        else if (f->type == RECORD_REAL)
            *(double *)at = (double)random_below(1000000000) / 1000;
        else
            *(int64_t *)at = 1 + random_below(RECORD_MOST_NS - 1);
    }
    r.phase_count = 3;
    r.phases = calloc(3, sizeof *r.phases);
    for (size_t i = 0; i < 3; i++)
        r.phases[i] = (struct record_phase){random_text(), i == 1, random_below(RECORD_MOST_NS)};
    r.thread_count = threads;
    r.threads = threads ? calloc(threads, sizeof *r.threads) : NULL;
    for (size_t t = 0; t < threads; t++) {
        int64_t *member = (int64_t *)&r.threads[t];
        for (size_t k = 0; k < sizeof *r.threads / sizeof *member; k++)
            member[k] = random_below(100000000000000);
    }
    r.items = RECORD_MOST_NS;
    r.item_count = items;
    r.item = items ? calloc(items, sizeof *r.item) : NULL;
    for (size_t i = 0; i < items; i++) {
        int64_t *member = (int64_t *)&r.item[i];
        for (size_t k = 0; k < sizeof *r.item / sizeof *member; k++)
            member[k] = random_below(1000000000);
        r.item[i].thread = random_below((int64_t)threads - 1);
    }
    return r;
}

static void assert_same(const struct record *a, const struct record *b)
{
    for (const struct record_field *f = record_fields; f->name; f++) {
        const void *x = (const char *)a + f->offset, *y = (const char *)b + f->offset;
        if (f->type == RECORD_TEXT) {
            const char *s = *(char *const *)x, *t = *(char *const *)y;
            assert_int_equal(!s, !t);
            if (s)
                assert_string_equal(s, t);
        } else if (f->type == RECORD_FLAG) {
            assert_int_equal(*(const bool *)x, *(const bool *)y);
        } else if (f->type == RECORD_REAL) {
            assert_true(*(const double *)x == *(const double *)y);
        } else {
            assert_int_equal(*(const int64_t *)x, *(const int64_t *)y);
        }
    }
    assert_int_equal(a->phase_count, b->phase_count);
    for (size_t i = 0; i < a->phase_count; i++) {
        assert_string_equal(a->phases[i].name, b->phases[i].name);
        assert_int_equal(a->phases[i].parallel, b->phases[i].parallel);
        assert_int_equal(a->phases[i].wall_ns, b->phases[i].wall_ns);
    }
    assert_int_equal(a->thread_count, b->thread_count);
    if (a->thread_count)
        assert_memory_equal(a->threads, b->threads, a->thread_count * sizeof *a->threads);
    assert_int_equal(a->item_count, b->item_count);
    if (a->item_count)
        assert_memory_equal(a->item, b->item, a->item_count * sizeof *a->item);
}

static char *read_all(const char *path, size_t *size)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = malloc(1 << 20);
    *size = fread(text, 1, 1 << 20, file);
    assert_true(*size < 1 << 20);
    fclose(file);
    return text;
}

/* The line of a record, without its end; to be freed. */
static char *line_of(const struct record *record, size_t *length)
{
    char *folder = temp_folder_create();
    const char *path = textf("%s/r", folder);
    struct error error;
    assert_true(record_append(record, path, &error));
    char *text = read_all(path, length);
    assert_int_equal(text[--*length], '\n');
    assert_null(memchr(text, '\n', *length));
    temp_folder_remove(folder);
    return text;
}

static void what_is_written_comes_back(void **state)
{
    (void)state;
    struct error error;
    for (int i = 0; i < 200; i++) {
        struct record record = random_record((size_t)random_below(5) + 1, random_next() % 20), back;
        size_t length;
        char *line = line_of(&record, &length);
        assert_true(record_parse(&back, line, length, "here", &error));
        assert_same(&record, &back);
        record_free(&back);
        record_free(&record);
        free(line);
    }
}

/* What is unknown is not written at all, and unknown when it is read. */
static void unknown_is_absent(void **state)
{
    (void)state;
    struct record record = record_unknown(), back;
    struct error error;
    record.delivered = 2;
    record.wall_ns = 5;
    record.capacity = NAN;
    record.load1 = INFINITY;
    size_t length;
    char *line = line_of(&record, &length);
    line[length] = '\0';
    assert_null(strstr(line, "-1"));
    assert_null(strstr(line, "capacity"));
    assert_null(strstr(line, "load1"));
    assert_null(strstr(line, "phases"));
    assert_true(record_parse(&back, line, length, "here", &error));
    record.capacity = record.load1 = RECORD_UNKNOWN;
    assert_same(&record, &back);
    assert_float_equal(back.foreign_cpu_ms, RECORD_UNKNOWN, 0);
    assert_null(back.threads);
    assert_null(back.item);
    record_free(&back);
    free(line);
}

static void bytes_that_are_no_text_are_written(void **state)
{
    (void)state;
    struct record record = record_unknown(), back;
    struct error error;
    record.delivered = record.wall_ns = 1;
    record.command = strdup("run caf\xe9");
    size_t length;
    char *line = line_of(&record, &length);
    assert_true(record_parse(&back, line, length, "here", &error));
    assert_string_equal(back.command, "run caf\\xe9");
    record_free(&back);
    record_free(&record);
    free(line);
}

static void lines_are_appended(void **state)
{
    const char *path = textf("%s/records", (char *)*state);
    struct record record = random_record(2, 3);
    struct error error;
    size_t size, one;
    FILE *file = fopen(path, "w");
    fputs("{\"schema\":\"pixsc", file); /* a crash: no end of line */
    fclose(file);
    free(line_of(&record, &one));
    assert_true(record_append(&record, path, &error));
    file = fopen(path, "a");
    assert_true(record_write(&record, file, &error));
    fclose(file);
    char *text = read_all(path, &size);
    assert_int_equal(size, 17 + 2 * (one + 1));
    assert_memory_equal(text, "{\"schema\":\"pixsc\n{", 18);
    assert_memory_equal(text + 17, text + 17 + one + 1, one);
    free(text);
    assert_int_equal(unlink(path), 0);

    assert_false(record_append(&record, textf("%s/no/records", (char *)*state), &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    assert_false(record_append(&record, "/dev/full", &error));
    assert_non_null(strstr(error.text, "No space left"));
    record_free(&record);
}

/* Eight processes, twenty records each: no line is mixed with another. */
static void writers_do_not_mix(void **state)
{
    const char *path = textf("%s/records", (char *)*state);
    for (int child = 0; child < 8; child++)
        if (fork() == 0) {
            seed += (uint64_t)child << 40;
            for (int i = 0; i < 20; i++) {
                struct record record = random_record(3, 200);
                if (!record_append(&record, path, NULL))
                    _exit(1);
                record_free(&record);
            }
            _exit(0);
        }
    for (int child = 0, status; child < 8; child++) {
        wait(&status);
        assert_int_equal(status, 0);
    }
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t size = 0, count = 0;
    for (ssize_t length; (length = getline(&line, &size, file)) > 0; count++) {
        struct record record;
        struct error error;
        assert_true(record_parse(&record, line, (size_t)length, "here", &error));
        record_free(&record);
    }
    assert_int_equal(count, 160);
    free(line);
    fclose(file);
}

/* The smallest record with one thing changed, and a word that must stand in the error. */
#define MEMBERS "\"schema\":\"pixscale.profile/1\",\"omp\":{\"delivered\":2},\"wall_ns\":9"
#define THREAD                                                                                     \
    "{\"items\":1,\"busy_ns\":1,\"idle_ns\":1,\"cpu_ns\":1,\"dispatch_ns\":1,\"stage_ns\":"        \
    "{\"read\":1,\"decode\":1,\"convert\":1,\"resize\":1,\"store\":1}}"
#define COLUMNS(rows, threads, store)                                                              \
    "\"items\":{\"row\":" rows ",\"thread\":" threads ",\"cost\":[1],\"start_ns\":[1],"            \
    "\"stage_ns\":{\"read\":[1],\"decode\":[1],\"convert\":[1],\"resize\":[1],\"store\":" store    \
    "}}"

static const struct {
    const char *line, *word; /* NULL: it is good */
} cases[] = {
    {"{" MEMBERS "}", NULL},
    {"  {" MEMBERS ",\"later\":[1,{\"a\":null}]}\r\n", NULL},
    {"{" MEMBERS ",\"guard\":null,\"phases\":null,\"threads\":[],\"items\":null}", NULL},
    {"{" MEMBERS ",\"guard\":{\"steal_ms\":3,\"capacity\":null}}", NULL},
    {"{" MEMBERS ",\"threads\":[" THREAD "]," COLUMNS("[0]", "[0]", "[1]") "}", NULL},
    {"", "broken JSON"},
    {"null", "broken JSON"},
    {"[]", "no schema"},
    {"{}", "no schema"},
    {"{" MEMBERS "} {}", "broken JSON"},
    {"{" MEMBERS ",}", "broken JSON"},
    {"{" MEMBERS ",\"wall_ns\":9}", "duplicate"},
    {"{\"schema\":\"pixscale.profile/2\",\"omp\":{\"delivered\":2},\"wall_ns\":9}", "profile/2"},
    {"{\"schema\":1,\"omp\":{\"delivered\":2},\"wall_ns\":9}", "schema"},
    {"{\"schema\":\"pixscale.profile/1\",\"wall_ns\":9}", "omp.delivered is missing"},
    {"{\"schema\":\"pixscale.profile/1\",\"omp\":{\"delivered\":0},\"wall_ns\":9}",
     "omp.delivered"},
    {"{\"schema\":\"pixscale.profile/1\",\"omp\":[],\"wall_ns\":9}", "omp is not an object"},
    {"{\"schema\":\"pixscale.profile/1\",\"omp\":{\"delivered\":1}}", "wall_ns is missing"},
    {"{\"schema\":\"pixscale.profile/1\",\"omp\":{\"delivered\":1},\"wall_ns\":0}", "wall_ns"},
    {"{\"schema\":\"pixscale.profile/1\",\"omp\":{\"delivered\":1},\"wall_ns\":-9}", "wall_ns: -9"},
    {"{\"schema\":\"pixscale.profile/1\",\"omp\":{\"delivered\":1},\"wall_ns\":9.5}", "wall_ns"},
    {"{\"schema\":\"pixscale.profile/1\",\"omp\":{\"delivered\":1},\"wall_ns\":\"9\"}", "wall_ns"},
    {"{\"schema\":\"pixscale.profile/1\",\"omp\":{\"delivered\":1},\"wall_ns\":2000000000000000}",
     "wall_ns"},
    {"{\"schema\":\"pixscale.profile/"
     "1\",\"omp\":{\"delivered\":1},\"wall_ns\":99999999999999999999}",
     "broken JSON"},
    {"{" MEMBERS ",\"guard\":{\"steal_ms\":NaN}}", "broken JSON"},
    {"{" MEMBERS ",\"guard\":{\"steal_ms\":Infinity}}", "broken JSON"},
    {"{" MEMBERS ",\"guard\":{\"steal_ms\":1e999}}", "broken JSON"},
    {"{" MEMBERS ",\"guard\":{\"steal_ms\":1e300}}", "guard.steal_ms"},
    {"{" MEMBERS ",\"guard\":{\"steal_ms\":-0.5}}", "guard.steal_ms"},
    {"{" MEMBERS ",\"guard\":{\"steal_ms\":\"1\"}}", "guard.steal_ms"},
    {"{" MEMBERS ",\"guard\":{\"contaminated\":1}}", "guard.contaminated"},
    {"{" MEMBERS ",\"guard\":{\"why\":[]}}", "guard.why"},
    {"{" MEMBERS ",\"guard\":{\"why\":\"a\\u0000b\"}}", "broken JSON"},
    {"{" MEMBERS ",\"guard\":{\"why\":\"\xff\"}}", "broken JSON"},
    {"{" MEMBERS ",\"guard\":3}", "guard is not an object"},
    {"{" MEMBERS ",\"job\":{\"kind\":\"walk\"}}", "job.kind: 'walk'"},
    {"{" MEMBERS ",\"job\":{\"work\":\"\"}}", "job.work"},
    {"{" MEMBERS ",\"job\":{\"items\":-1}}", "job.items"},
    {"{" MEMBERS ",\"limits\":{\"cores\":1000000}}", NULL},
    {"{" MEMBERS ",\"limits\":{\"cores\":1000001}}", "limits.cores: 1000001"},
    {"{" MEMBERS ",\"limits\":{\"cores\":1000000000000000000}}", "limits.cores"},
    {"{" MEMBERS ",\"limits\":{\"affinity_cpus\":4294967297}}", "limits.affinity_cpus"},
    {"{" MEMBERS ",\"phases\":{}}", "phases"},
    {"{" MEMBERS ",\"phases\":[3]}", "phases[0].name"},
    {"{" MEMBERS ",\"phases\":[{\"name\":\"a\",\"kind\":\"s\",\"wall_ns\":1}]}", "phases[0].kind"},
    {"{" MEMBERS ",\"phases\":[{\"name\":\"a\",\"kind\":\"serial\"}]}", "phases[0].wall_ns"},
    {"{" MEMBERS ",\"threads\":[" THREAD ",{}]}", "threads[1].items is missing"},
    {"{" MEMBERS ",\"threads\":7}", "threads"},
    {"{" MEMBERS "," COLUMNS("[0]", "[0]", "[1]") "}", "without threads"},
    {"{" MEMBERS ",\"threads\":[" THREAD "]," COLUMNS("[0]", "[1]", "[1]") "}", "items.thread"},
    {"{" MEMBERS ",\"threads\":[" THREAD "]," COLUMNS("[0]", "[0,0]", "[1]") "}", "items.thread"},
    {"{" MEMBERS ",\"threads\":[" THREAD "]," COLUMNS("[0]", "[0]", "[1,2]") "}", "stage_ns.store"},
    {"{" MEMBERS ",\"threads\":[" THREAD "]," COLUMNS("[0]", "[0]", "[-1]") "}", "stage_ns.store"},
    {"{" MEMBERS ",\"threads\":[" THREAD "]," COLUMNS("3", "[0]", "[1]") "}", "items.row"},
    {"{" MEMBERS ",\"job\":{\"items\":1},\"threads\":[" THREAD
     "]," COLUMNS("[1]", "[0]", "[1]") "}",
     "items.row: 1"},
};

static void wrong_lines_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record record;
        struct error error = {0};
        bool ok = record_parse(&record, cases[i].line, strlen(cases[i].line), "f.jsonl:12", &error);
        if (ok != !cases[i].word)
            fail_msg("%s: %s", cases[i].line, ok ? "taken" : error.text);
        if (!cases[i].word) {
            record_free(&record);
            continue;
        }
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_ptr_equal(strstr(error.text, "f.jsonl:12: "), error.text);
        if (!strstr(error.text, cases[i].word))
            fail_msg("%s: '%s' does not hold '%s'", cases[i].line, error.text, cases[i].word);
        assert_null(record.threads);
        assert_null(record.why);
    }
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    enum { DEPTH = 1000000 };
    char *line = malloc(DEPTH + 100);
    struct error error;
    for (int kind = 0; kind < 2; kind++) {
        size_t length = (size_t)sprintf(line, "{" MEMBERS ",\"later\":");
        for (int i = 0; i < DEPTH / 8; i++) {
            memcpy(line + length, kind ? "{\"a\":" : "[", kind ? 5 : 1);
            length += kind ? 5 : 1;
        }
        struct record record;
        assert_false(record_parse(&record, line, length, "deep", &error));
        assert_non_null(strstr(error.text, "depth"));
    }
    free(line);
}

/* Whatever is taken must be a record that can be walked, written and taken again. */
static void try(const char *data, size_t length, int *taken)
{
    char *exact = malloc(length ? length : 1); /* of its very size, for the sanitizers */
    memcpy(exact, data, length);
    struct record record;
    struct error error = {0};
    if (record_parse(&record, exact, length, "fuzz:1", &error)) {
        assert_true(record.delivered >= 1 && record.wall_ns >= 1);
        for (size_t i = 0; i < record.item_count; i++)
            assert_true(record.item[i].thread >= 0 &&
                        (size_t)record.item[i].thread < record.thread_count);
        record_free(&record);
        ++*taken;
    } else {
        assert_ptr_equal(strstr(error.text, "fuzz:1: "), error.text);
    }
    free(exact);
}

static void cut_and_damaged_lines_do_no_harm(void **state)
{
    (void)state;
    static const char *const words[] = {"-1",
                                        "null",
                                        "[]",
                                        "{}",
                                        "1e308",
                                        "true",
                                        "\"\"",
                                        "]",
                                        "}",
                                        "\"",
                                        "9223372036854775807",
                                        "0.5",
                                        ",",
                                        "NaN",
                                        "\\u0",
                                        "[[[[[[[["};
    struct record record = random_record(3, 4);
    size_t length;
    char *line = line_of(&record, &length), copy[8192];
    assert_true(length + 64 < sizeof copy);
    int taken = 0;
    for (size_t cut = 0; cut < length; cut++)
        try(line, cut, &taken);
    assert_int_equal(taken, 0);
    for (int i = 0; i < 20000; i++) {
        memcpy(copy, line, length);
        size_t size = length, at = random_next() % length;
        if (i % 2) {
            for (uint64_t k = random_next() % 4 + 1; k > 0; k--)
                copy[random_next() % length] = (char)random_next();
        } else {
            const char *word = words[random_next() % 16];
            size_t gone = random_next() % 8;
            gone = gone < length - at ? gone : length - at;
            memmove(copy + at + strlen(word), copy + at + gone, length - at - gone);
            memcpy(copy + at, word, strlen(word));
            size = length - gone + strlen(word);
        }
        try(copy, size, &taken);
    }
    assert_true(taken > 0); /* some changes are harmless, or this tries nothing but broken JSON */
    record_free(&record);
    free(line);
}

static int setup(void **state)
{
    *state = temp_folder_create();
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
        TEST(what_is_written_comes_back),
        TEST(unknown_is_absent),
        TEST(bytes_that_are_no_text_are_written),
        TEST(lines_are_appended),
        TEST(writers_do_not_mix),
        TEST(wrong_lines_are_named),
        TEST(deep_nesting_is_refused),
        TEST(cut_and_damaged_lines_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
