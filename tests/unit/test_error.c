/*
 * The two small rooms that carry bad news: what ends a command, and what becomes of an input.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/status.h"

static void returns_false_and_fills(void **state)
{
    (void)state;
    struct error error = {0};
    assert_false(error_set(NULL, ERROR_USAGE, "%d", 1));
    assert_false(error_set(&error, ERROR_USAGE, "%s: %d of %d", "name", 3, 4));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_string_equal(error.text, "name: 3 of 4");
    assert_false(error_set(&error, ERROR_OUTPUT, "again"));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    assert_string_equal(error.text, "again");
}

/* Every byte once: only control characters change, so that no path can steer a terminal. */
static void control_characters_are_shown(void **state)
{
    (void)state;
    struct error error;
    for (int byte = 1; byte < 256; byte++) {
        char path[4] = {'a', (char)byte, 'b', '\0'};
        error_set(&error, ERROR_OUTPUT, "%s", path);
        bool control = byte < 0x20 || byte == 0x7f;
        assert_int_equal(strlen(error.text), 3);
        assert_int_equal((unsigned char)error.text[1], control ? '?' : byte);
    }
    error_set(&error, ERROR_OUTPUT, "%s", "B\xc3\xa4r \xe2\x82\xac\xc2\xa0\xc3\x9b");
    assert_string_equal(error.text, "B\xc3\xa4r \xe2\x82\xac\xc2\xa0\xc3\x9b");
    /* U+0080 to U+009F are controls too: U+009B begins an escape sequence. */
    for (int byte = 0x80; byte < 0xa0; byte++) {
        char path[5] = {'a', '\xc2', (char)byte, 'b', '\0'};
        error_set(&error, ERROR_OUTPUT, "%s", path);
        assert_string_equal(error.text, "a?b");
    }
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    struct error *error = malloc(sizeof *error); /* a sanitizer guards its end */
    char *path = malloc(9000);
    memset(path, 'p', 8999);
    path[8999] = '\0';
    const size_t lengths[] = {1022, 1023, 1024, 8999};
    for (int i = 0; i < 4; i++) {
        path[lengths[i]] = '\0';
        error_set(error, ERROR_USAGE, "%s", path);
        size_t most = sizeof error->text - 1;
        assert_int_equal(strlen(error->text), lengths[i] < most ? lengths[i] : most);
        path[lengths[i]] = 'p';
        memset(error, 0x7f, sizeof *error);
    }
    free(path);
    free(error);
}

/* The index, the README and scripts know these names: one may be added, none may change. */
static void statuses_have_their_names(void **state)
{
    (void)state;
    static const char *const names[] = {
        "ok",         "partial", "empty",     "format",      "unsupported",
        "truncated",  "corrupt", "too-large", "too-complex", "not-a-file",
        "permission", "io",      "changed",   "memory",
    };
    assert_int_equal(STATUS_COUNT, sizeof names / sizeof *names);
    for (int i = 0; i < STATUS_COUNT; i++) {
        assert_string_equal(status_name((enum status)i), names[i]);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(status_name((enum status)i), status_name((enum status)j));
        assert_int_equal(status_has_pixels((enum status)i), i <= STATUS_PARTIAL);
    }
    assert_non_null(status_name(STATUS_COUNT));
    assert_non_null(status_name((enum status) - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(returns_false_and_fills),
        cmocka_unit_test(control_characters_are_shown),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(statuses_have_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
