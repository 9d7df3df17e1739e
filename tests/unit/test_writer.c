#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/writer.h"

typedef void (*write_fn)(struct writer *writer, const char *text);

static void quote(struct writer *writer, const char *text)
{
    writer_quote(writer, text, 0);
}

static void plain(struct writer *writer, const char *text)
{
    writer_plain(writer, text, 0);
}

static char *written(write_fn write, const char *text)
{
    struct writer writer = {0};
    write(&writer, text);
    char *result = writer_take(&writer);
    assert_non_null(result);
    return result;
}

static void expect(write_fn write, const char *text, const char *wanted)
{
    char *result = written(write, text);
    assert_string_equal(result, wanted);
    free(result);
}

static void test_gnuplot_strings(void **state)
{
    (void)state;
    expect(quote, "", "''");
    expect(quote, NULL, "''");
    expect(quote, "plain", "'plain'");
    expect(quote, "it's", "'it''s'");
    /* gnuplot 5.4 reads no string that begins with three quotes. */
    expect(quote, "'", "'\xe2\x80\x99'");
    expect(quote, "''x'", "'\xe2\x80\x99''x'''");
    expect(quote, "a\nEOD\n", "'a\\nEOD\\n'");
    expect(quote, "`date` $(x) \"y\" \\", "'`date` $(x) \"y\" \\'");
}

/* As drawn, it would be the end of a section that XML has no beginning of. */
static void test_end_of_section(void **state)
{
    (void)state;
    expect(quote, "a]]>b]]]>>]>>", "'a]] >b]]] >>]>>'");
    expect(quote, "]]", "']]'");
    expect(writer_html, "]]>", "]]&gt;");
}

static void test_html(void **state)
{
    (void)state;
    expect(writer_html, "<a href=\"x\" id='y'>&",
           "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
    expect(writer_html, "80 µs", "80 µs");
}

static void test_what_must_not_pass(void **state)
{
    (void)state;
    expect(plain, "\x1b[31m", "\\x1b[31m");
    expect(plain, "a\x7f", "a\\x7f");
    expect(plain, "\xc2\x9b", "\\xc2\\x9b");              /* CSI in eight bits */
    expect(plain, "\xe2\x80\xae x", "\\xe2\\x80\\xae x"); /* turns the direction of writing */
    expect(plain, "\xe2\x80\xa8", "\\xe2\\x80\\xa8");     /* a line separator */
    expect(plain, "\xff\xfe", "\\xff\\xfe");              /* not UTF-8 */
    expect(plain, "\xc0\xaf", "\\xc0\\xaf");              /* overlong */
    expect(plain, "\xed\xa0\x80", "\\xed\\xa0\\x80");     /* a surrogate */
    expect(plain, "\xef\xbf\xbf", "\\xef\\xbf\\xbf");     /* not in XML */
    expect(plain, "\xe2\x82", "\\xe2\\x82");              /* cut */
    expect(plain, "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80");
}

static void test_limit(void **state)
{
    (void)state;
    struct writer writer = {0};
    writer_plain(&writer, "äbcdef", 4);
    writer_plain(&writer, "|", 0);
    writer_plain(&writer, "abcd", 4);
    char *text = writer_take(&writer);
    assert_string_equal(text, "äbc…|abcd");
    free(text);
}

static void test_numbers(void **state)
{
    (void)state;
    struct writer writer = {0};
    writer_number(&writer, 0.125, 6);
    writer_text(&writer, " ");
    writer_number(&writer, 0.0 / 0.0, 6);
    writer_text(&writer, " ");
    writer_number(&writer, 1.0 / 0.0, 6);
    char *text = writer_take(&writer);
    assert_string_equal(text, "0.125 NaN NaN");
    free(text);
}

/* Whatever the bytes: printable, one line, no quote or tag that is not ours; and nothing lost, as
 * bytes that are safe appear as often as before. */
static void test_any_bytes(void **state)
{
    (void)state;
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        char text[24];
        size_t length = (size_t)round % (sizeof text - 1), letters = 0;
        for (size_t i = 0; i < length; i++) {
            seed = seed * 1664525u + 1013904223u;
            /* half of it near what has a meaning */
            text[i] =
                seed >> 31 ? (char)(seed >> 16) : "'\"<>&\\`\n\x1b\xc3\xa4zE"[(seed >> 16) % 13];
            text[i] = text[i] ? text[i] : 'z';
        }
        text[length] = '\0';
        for (size_t i = 0; i < length; i++)
            letters += text[i] == 'z';
        char *script = written(quote, text), *page = written(writer_html, text);
        size_t quotes = 0, kept = 0;
        for (const char *c = script; *c; c++) {
            assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
            quotes += *c == '\'';
            kept += *c == 'z';
        }
        assert_int_equal(quotes % 2, 0);
        assert_int_equal(kept, letters);
        for (const char *c = script + 1; c[1]; c++) /* inside, quotes come in pairs only */
            if (*c == '\'')
                assert_true(*++c == '\'' && c[1]);
        assert_null(strpbrk(page, "<>\"'\n\x1b"));
        free(script);
        free(page);
    }
}

static void test_long_text(void **state)
{
    (void)state;
    struct writer writer = {0};
    for (int i = 0; i < 100000; i++)
        writer_print(&writer, "%d,", i % 10);
    char *text = writer_take(&writer);
    assert_int_equal(strlen(text), 200000);
    assert_memory_equal(text, "0,1,2,3,4,5,6,7,8,9,0,", 22);
    free(text);
    text = writer_take(&writer);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gnuplot_strings), cmocka_unit_test(test_html),
        cmocka_unit_test(test_end_of_section),  cmocka_unit_test(test_what_must_not_pass),
        cmocka_unit_test(test_limit),           cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_any_bytes),       cmocka_unit_test(test_long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
