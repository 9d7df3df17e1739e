/*
 * The timeline in characters: whole drawings, and what may not break them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/lanes.h"

static const char *const names[] = {"thread 0", "t1"};
static const struct lanes_span spans[] = {
    {1, 4, 8, "b", 2}, /* not in the order of time */
    {0, 0, 5, "coffee", 0},
    {1, 0, 4, "toast 1", 1},
    {0, 9.99, 10, "x", 3}, /* shorter than a column */
};

/* 29 columns of time for 10 minutes. */
static struct lanes sample(bool ascii)
{
    return (struct lanes){.names = names,
                          .count = 2,
                          .spans = spans,
                          .span_count = sizeof spans / sizeof *spans,
                          .end = 10,
                          .unit = "minutes",
                          .columns = 40,
                          .ascii = ascii};
}

static char *draw(const struct lanes *lanes)
{
    struct writer writer = {0};
    lanes_draw(&writer, lanes);
    char *text = writer_take(&writer);
    assert_non_null(text);
    return text;
}

static void test_ascii(void **state)
{
    (void)state;
    struct lanes lanes = sample(true);
    char *text = draw(&lanes);
    assert_string_equal(text, "thread 0 |### coffee ####             -|\n"
                              "      t1 |= toast 1 ==++++ b ++++      |\n"
                              "         +--------------+--------------+\n"
                              "         0              5             10\n"
                              "                     minutes\n");
    free(text);
}

static void test_blocks(void **state)
{
    (void)state;
    struct lanes lanes = sample(false);
    char *text = draw(&lanes);
    /* U+2588 full, U+2593, U+2592, U+2591 ever lighter; U+2502 and the like draw the box. */
    assert_string_equal(text, "thread 0 │███ coffee ████             ░│\n"
                              "      t1 │▓ toast 1 ▓▓▒▒▒▒ b ▒▒▒▒      │\n"
                              "         └"
                              "──────────────┴"
                              "──────────────┘\n"
                              "         0              5             10\n"
                              "                     minutes\n");
    free(text);
}

/* Columns of a line in UTF-8. */
static int columns(const char *line, size_t bytes)
{
    int count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += ((unsigned char)line[i] & 0xc0) != 0x80;
    return count;
}

static void test_every_width(void **state)
{
    (void)state;
    for (int wanted = 0; wanted <= 200; wanted++)
        for (int ascii = 0; ascii < 2; ascii++) {
            struct lanes lanes = sample(ascii == 1);
            lanes.columns = wanted;
            lanes.end = 0.37 * (wanted + 1);
            char *text = draw(&lanes);
            int line = 0, expected = wanted > 40 ? wanted : 40;
            for (const char *at = text; *at; line++) {
                size_t bytes = strcspn(at, "\n");
                assert_int_equal(at[bytes], '\n');
                if (line < 2)
                    assert_int_equal(columns(at, bytes), expected);
                else
                    assert_true(columns(at, bytes) <= expected);
                at += bytes + 1;
            }
            assert_int_equal(line, 5);
            free(text);
        }
}

static void test_strange_input(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "a\033[31mname\nthat is much longer than any lane's ought be"};
    static const struct lanes_span beyond[] = {{0, -5, 50, "all", 9}, {7, 0, 1, "nowhere", -1}};
    struct lanes lanes = {.names = odd,
                          .count = 1,
                          .spans = beyond,
                          .span_count = 2,
                          .end = 0,
                          .unit = "s",
                          .columns = 60,
                          .ascii = true};
    char *text = draw(&lanes);
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, " all #"));
    assert_null(strstr(text, "nowhere"));
    assert_int_equal(columns(text, strcspn(text, "\n")), 60);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_every_width),
        cmocka_unit_test(test_strange_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
