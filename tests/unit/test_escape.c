/* Text of strangers: what is shown of it can do nothing, and nothing else of it changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/escape.h"

static void expect(const char *raw, const char *wanted)
{
    char *text = escape_copy(raw);
    assert_string_equal(text, wanted);
    free(text);
}

static void what_may_be_shown(void **state)
{
    (void)state;
    expect("", "");
    expect("a b,\"c\" `d` $(e) <f> %s \\", "a b,\"c\" `d` $(e) <f> %s \\");
    expect("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8d\x9e \xc2\xa0",
           "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8d\x9e \xc2\xa0");
    expect("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d");
}

static void what_may_not(void **state)
{
    (void)state;
    expect("\x1b[2J\n\r\t\x7f", "\\x1b[2J\\n\\x0d\\x09\\x7f");
    expect("\xc2\x9b", "\\xc2\\x9b");                              /* CSI in eight bits, as UTF-8 */
    expect("\x9b", "\\x9b");                                       /* and as it is */
    expect("\xe2\x80\xae", "\\xe2\\x80\\xae");                     /* from right to left */
    expect("\xe2\x81\xa6", "\\xe2\\x81\\xa6");                     /* an isolate */
    expect("\xe2\x80\x8b", "\\xe2\\x80\\x8b");                     /* a blank without width */
    expect("\xe2\x80\xa8", "\\xe2\\x80\\xa8");                     /* a separator of lines */
    expect("\xef\xbb\xbf", "\\xef\\xbb\\xbf");                     /* a byte order mark */
    expect("\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81");            /* a tag */
    expect("\xc0\xaf \xed\xa0\x80", "\\xc0\\xaf \\xed\\xa0\\x80"); /* overlong; a surrogate */
    expect("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");            /* above U+10FFFF */
    expect("\xe2\x82", "\\xe2\\x82");                              /* cut */
}

/* Of any bytes: what comes out is safe, escaping it again changes nothing, the length is the one
 * that was told, and a short buffer holds a beginning of it. */
static void any_bytes(void **state)
{
    (void)state;
    unsigned seed = 1;
    for (int round = 0; round < 50000; round++) {
        char raw[16], text[sizeof raw * 4], cut[24];
        size_t length = (size_t)round % sizeof raw;
        for (size_t i = 0; i < length; i++) {
            seed = seed * 1664525u + 1013904223u;
            raw[i] =
                seed >> 31 ? (char)(seed >> 20 | 1) : "\xe2\x80\xae\xc2\x9b\n\x1bz"[seed >> 20 & 7];
        }
        raw[length] = '\0';
        size_t whole = escape_text(raw, text, sizeof text);
        assert_int_equal(strlen(text), whole);
        uint32_t code;
        for (const char *at = text; *at; at += escape_decode(at, &code))
            assert_true(escape_decode(at, &code) > 0 && escape_is_safe(code));
        expect(text, text);
        assert_int_equal(escape_text(raw, cut, sizeof cut), whole);
        assert_int_equal(strncmp(cut, text, strlen(cut)), 0);
        assert_true(whole < sizeof cut ? strlen(cut) == whole : strlen(cut) > sizeof cut - 18);
    }
}

static void cuts_between_characters(void **state)
{
    (void)state;
    const char *text = "a\xc3\xa9\xe2\x82\xac";
    static const size_t lengths[] = {0, 1, 1, 3, 3, 3, 6, 6};
    for (size_t most = 0; most < 8; most++)
        assert_int_equal(escape_cut(text, most), lengths[most]);
}

static void one_line_whatever_is_in_it(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    escape_line(stream, "cannot open '%s': %d", "a\nb\x1b[2J\xff%n", 7);
    fclose(stream);
    assert_string_equal(text, "cannot open 'a\\nb\\x1b[2J\\xff%n': 7\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_be_shown),
        cmocka_unit_test(what_may_not),
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(one_line_whatever_is_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
