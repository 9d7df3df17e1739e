/*
 * The two small rooms that carry bad news: what ends a command, and what becomes of an input.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/escape.h"
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

/* Every byte once: only what is no printable ASCII changes, so that no path can steer a terminal.
 */
static void control_characters_are_shown(void **state)
{
    (void)state;
    struct error error;
    for (int byte = 1; byte < 256; byte++) {
        char path[4] = {'a', (char)byte, 'b', '\0'}, wanted[16];
        error_set(&error, ERROR_OUTPUT, "%s", path);
        bool plain = byte >= 0x20 && byte < 0x7f;
        snprintf(wanted, sizeof wanted,
                 plain          ? "a%cb"
                 : byte == '\n' ? "a\\nb"
                                : "a\\x%02xb",
                 byte);
        assert_string_equal(error.text, wanted);
    }
    error_set(&error, ERROR_OUTPUT, "%s", "B\xc3\xa4r \xe2\x82\xac\xc2\xa0\xc3\x9b");
    assert_string_equal(error.text, "B\xc3\xa4r \xe2\x82\xac\xc2\xa0\xc3\x9b");
}

/* What was attempted stands at the beginning, the reason at the end: both are kept. */
static void long_texts_lose_their_middle(void **state)
{
    (void)state;
    struct error *error = malloc(sizeof *error); /* a sanitizer guards its end */
    char *path = malloc(9000);
    const char *const fills[] = {"p", "\xc3\xa4", "\n", "\x1b"};
    for (size_t f = 0; f < 4; f++)
        for (size_t length = 0; length < 9000 - 2; length += length < 1100 ? 1 : 977) {
            *path = '\0';
            for (size_t used = 0, n = strlen(fills[f]); used + n <= length; used += n)
                memcpy(path + used, fills[f], n + 1);
            memset(error, 0x7f, sizeof *error);
            errno = ENOENT;
            error_set(error, ERROR_USAGE, "cannot open '%s': gone", path);
            assert_int_equal(errno, ENOENT);
            size_t whole = escape_text(path, NULL, 0) + strlen("cannot open '': gone");
            size_t got = strlen(error->text), most = sizeof error->text - 1;
            assert_int_equal(strncmp(error->text, "cannot open '", 13), 0);
            assert_string_equal(error->text + got - 7, "': gone");
            assert_true(whole <= most ? got == whole : got <= most && got > most - 32);
            assert_true(!strstr(error->text, "...") == (whole <= most));
            const char *rest = error->text; /* no character was cut */
            for (uint32_t code; *rest; rest += escape_decode(rest, &code))
                assert_true(escape_decode(rest, &code) > 0 && escape_is_safe(code));
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

static void names_are_the_users_and_disks_are_not(void **state)
{
    (void)state;
    static const int users[] = {ENOENT, ENOTDIR, EACCES, EPERM, EISDIR, ELOOP, ENAMETOOLONG};
    static const int others[] = {EIO, EMFILE, ENFILE, ENOMEM, ENOSPC, ESTALE, EINTR, 0};
    for (size_t i = 0; i < sizeof users / sizeof *users; i++)
        assert_int_equal(error_kind_of(users[i]), ERROR_USAGE);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(error_kind_of(others[i]), ERROR_OUTPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(returns_false_and_fills),
        cmocka_unit_test(control_characters_are_shown),
        cmocka_unit_test(long_texts_lose_their_middle),
        cmocka_unit_test(names_are_the_users_and_disks_are_not),
        cmocka_unit_test(statuses_have_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
