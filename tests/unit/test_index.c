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

#include "dataset/index.h"
#include "temp_folder.h"

/* Linked with --wrap: the text's own commas and quotes are tested in parity.index. */
const char *__wrap_reason_text(const struct reason *reason, char *text, size_t size);
const char *__wrap_reason_text(const struct reason *reason, char *text, size_t size)
{
    snprintf(text, size, "%s", reason->kind == REASON_NONE ? "" : "why, indeed");
    return text;
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Escapes into memory of exactly the needed size, which the sanitizers watch, and back. */
static void check_round_trip(const char *path)
{
    size_t length = index_escape_path(path, NULL, 0);
    char *text = malloc(length + 1), *back = malloc(strlen(path) + 1);
    assert_non_null(text);
    assert_non_null(back);
    assert_int_equal(index_escape_path(path, text, length + 1), length);
    assert_int_equal(strlen(text), length);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        assert_true(*c >= 0x20 && *c != 0x7f);
    assert_true(index_unescape_path(text, back, strlen(path) + 1));
    assert_string_equal(back, path);
    assert_false(index_unescape_path(text, back, strlen(path)));
    free(text);
    free(back);
}

static void every_byte_comes_back(void **state)
{
    (void)state;
    for (int a = 1; a < 256; a++) {
        check_round_trip((char[]){(char)a, 0});
        for (int b = 1; b < 256; b++)
            check_round_trip((char[]){(char)a, (char)b, 0});
    }
}

static void random_bytes_come_back(void **state)
{
    (void)state;
    /* Mostly bytes that mean something, to meet valid and broken characters and escapes alike. */
    static const char special[] = "\\nx0a\xc2\x85\xe2\x80\xa8\xed\xa0\xf0\x9f\x8d\x9e\xf4\x90\n\"";
    uint64_t seed = 0x9e3779b97f4a7c15;
    for (int i = 0; i < 200000; i++) {
        char path[24];
        size_t length = random_next(&seed) % (sizeof path - 1);
        for (size_t k = 0; k < length; k++) {
            uint64_t r = random_next(&seed);
            path[k] = r % 4 ? special[r / 4 % (sizeof special - 1)] : (char)(1 + r / 4 % 255);
        }
        path[length] = '\0';
        check_round_trip(path);
    }
}

static void escapes_are_as_documented(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"in/a b,\"c\".jpg", "in/a b,\"c\".jpg"},
        {"a\\b\nc", "a\\\\b\\nc"},
        {"\r\t\x1b[m\x7f", "\\x0d\\x09\\x1b[m\\x7f"},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x8d\x9e", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8d\x9e"},
        {"\xe9t\xe9", "\\xe9t\\xe9"},
        {"\xc2\x9b\xe2\x80\xa8", "\\xc2\\x9b\\xe2\\x80\\xa8"},
        {"\xed\xa0\x80\xc0\x80\xf4\x90\x80\x80", "\\xed\\xa0\\x80\\xc0\\x80\\xf4\\x90\\x80\\x80"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        assert_int_equal(index_escape_path(cases[i][0], text, sizeof text), strlen(cases[i][1]));
        assert_string_equal(text, cases[i][1]);
    }
}

static void foreign_escapes_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\\",
        "\\x",
        "\\x1",
        "\\xg0",
        "\\t",
        "a\\",
        "\\x00",
        "\\x41" /* A */,
        "\\x1B" /* upper case */,
        "\x1b",
        "\n",
        "\xff",
        "\\x0a" /* is \n */,
        "\\xc3\\xa9" /* is valid UTF-8 */,
        "\xc2\x85",
        "\\x5c",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[64];
        assert_false(index_unescape_path(cases[i], path, sizeof path));
    }
}

static void short_memory_gets_whole_escapes(void **state)
{
    (void)state;
    const char *path = "a\x01\xc3\xa9\nb";
    static const char *const fits[] = {"",
                                       "a",
                                       "a",
                                       "a",
                                       "a",
                                       "a\\x01",
                                       "a\\x01",
                                       "a\\x01\xc3\xa9",
                                       "a\\x01\xc3\xa9",
                                       "a\\x01\xc3\xa9\\n",
                                       "a\\x01\xc3\xa9\\nb"};
    for (size_t size = 1; size <= 11; size++) {
        char text[16];
        memset(text, '#', sizeof text);
        assert_int_equal(index_escape_path(path, text, size), 10);
        assert_string_equal(text, fits[size - 1]);
        assert_int_equal(text[size], '#');
    }
}

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 4096);
    assert_non_null(text);
    assert_true(fread(text, 1, 4095, file) > 0);
    fclose(file);
    return text;
}

static const struct manifest_entry entries[] = {{.path = "in/a.jpg"}, {.path = "in/b,c.png"}};
static const struct manifest manifest = {.entries = (struct manifest_entry *)entries, .count = 2};
static const struct index_item items[] = {
    {.bytes = 5,
     .width = 3,
     .height = 4,
     .container = PICTURE_JPEG,
     .format = PIXEL_RGB8,
     .status = STATUS_OK,
     .done = 1},
    {.bytes = 7, .status = STATUS_CORRUPT, .reason = {.kind = REASON_OWN}, .done = 1},
};

static void lines_are_as_documented(void **state)
{
    const char *path = textf("%s/i.csv", (char *)*state);
    struct error error = {0};
    assert_true(index_write(path, &manifest, items, NULL, &error));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(index_sync(path, &error));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(index_commit(path, true, &error));
    assert_int_not_equal(access(textf("%s.partial", path), F_OK), 0);
    char *text = read_all(path);
    assert_string_equal(text, "row,path,status,width,height,format,mode,bytes,reason\n"
                              "0,in/a.jpg,ok,3,4,jpeg,RGB,5,\n"
                              "1,\"in/b,c.png\",corrupt,,,,,7,\"why, indeed\"\n");
    free(text);
}

static void abandoned_index_leaves_nothing(void **state)
{
    const char *path = textf("%s/i.csv", (char *)*state);
    struct error error = {0};
    assert_true(index_write(path, &manifest, items, NULL, &error));
    index_abandon(path);
    assert_int_equal(rmdir(*state), 0);
    assert_int_equal(mkdir(*state, 0700), 0);
    index_abandon(path);
}

enum { MANY = 1000 };

/* However a list is cut, the index is the one of the whole. */
static void parts_make_the_same_file(void **state)
{
    static struct manifest_entry many[MANY];
    static struct index_item done[MANY];
    const char *whole = textf("%s/w.csv", (char *)*state),
               *path = textf("%s/p.csv", (char *)*state);
    struct error error = {0};
    for (size_t i = 0; i < MANY; i++) {
        many[i] = (struct manifest_entry){.path = entries[i % 2].path, .bytes = i};
        done[i] = items[i % 3 == 0];
        done[i].bytes = i;
    }
    uint64_t seed = 0x9e3779b97f4a7c15;
    for (int drop = 0; drop < 2; drop++) {
        struct manifest all = {.entries = many, .count = MANY};
        struct index_options options = {.drop_failed = drop};
        assert_true(index_write(whole, &all, done, &options, &error));
        struct index_writer *writer = index_begin(path, &options, &error);
        assert_non_null(writer);
        for (size_t first = 0, count; first < MANY; first += count) {
            count = random_next(&seed) % 40; /* or none */
            if (count > MANY - first)
                count = MANY - first;
            struct manifest part = {.entries = many + first, .count = count};
            assert_true(index_append(writer, &part, done + first, &error));
        }
        assert_true(index_end(writer, &error));
        assert_int_equal(system(textf("cmp %s.partial %s.partial", whole, path)), 0);
        struct stat st;
        assert_int_equal(stat(textf("%s.partial", path), &st), 0);
        assert_true(st.st_size > 20 * MANY);
        uint64_t mark = index_mark(path);
        assert_int_not_equal(mark, 0);
        assert_int_not_equal(mark, index_mark(whole));
        index_abandon(whole);
        index_abandon(path);
        assert_int_equal(index_mark(path), 0);
    }
}

static void discarded_parts_leave_nothing(void **state)
{
    const char *path = textf("%s/i.csv", (char *)*state);
    struct error error = {0};
    struct index_writer *writer = index_begin(path, NULL, &error), *other;
    assert_non_null(writer);
    other = index_begin(path, NULL, &error);
    assert_null(other);
    assert_non_null(strstr(error.text, "another run"));
    assert_true(index_append(writer, &manifest, items, &error));
    index_discard(writer);
    index_discard(NULL);
    assert_int_equal(rmdir(*state), 0);
    assert_int_equal(mkdir(*state, 0700), 0);
}

static void failures_are_told_and_leave_nothing(void **state)
{
    const char *path = textf("%s/i.csv", (char *)*state);
    struct error error = {0};
    assert_false(index_write(textf("%s/no/i.csv", (char *)*state), &manifest, items, NULL, &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    assert_non_null(strstr(error.text, "No such file"));
    assert_false(index_sync(path, &error));
    assert_non_null(strstr(error.text, "No such file"));
    assert_false(index_commit(path, true, &error));

    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(index_write(path, &manifest, items, NULL, &error));
    assert_non_null(strstr(error.text, "folder"));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_false(index_write(path, &manifest, items, NULL, &error));
    assert_non_null(strstr(error.text, "link"));
    assert_int_equal(unlink(path), 0);

    struct rlimit old, tiny;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tiny = (struct rlimit){.rlim_cur = 64, .rlim_max = old.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
    bool ok = index_write(path, &manifest, items, NULL, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, handler);
    assert_false(ok);
    assert_non_null(strstr(error.text, "File too large"));
    assert_int_equal(rmdir(*state), 0);
    assert_int_equal(mkdir(*state, 0700), 0);
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
        cmocka_unit_test(every_byte_comes_back),
        cmocka_unit_test(random_bytes_come_back),
        cmocka_unit_test(escapes_are_as_documented),
        cmocka_unit_test(foreign_escapes_are_refused),
        cmocka_unit_test(short_memory_gets_whole_escapes),
        with_folder(lines_are_as_documented),
        with_folder(abandoned_index_leaves_nothing),
        with_folder(parts_make_the_same_file),
        with_folder(discarded_parts_leave_nothing),
        with_folder(failures_are_told_and_leave_nothing),
    };
    return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
