#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void counts(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {7, "7"},
        {999, "999"},
        {1000, "1,000"},
        {12345, "12,345"},
        {100000, "100,000"},
        {999999, "999,999"},
        {1234567, "1,234,567"},
        {1000000000, "1,000,000,000"},
        {UINT64_MAX, "18,446,744,073,709,551,615"},
    };
    char text[TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(text_count(text, cases[i].value), cases[i].text);
        assert_ptr_equal(text_count(text, cases[i].value), text);
    }
}

struct real_case {
    double value;
    const char *text;
};

static void check(char *(*function)(char *, double), const struct real_case *cases, size_t count)
{
    char text[TEXT_SIZE];
    for (size_t i = 0; i < count; i++)
        assert_string_equal(function(text, cases[i].value), cases[i].text);
}
#define CHECK(function, cases) check(function, cases, sizeof cases / sizeof *cases)

/* Rounding must neither show a fourth digit nor a thousand of a unit. */
static void bytes(void **state)
{
    (void)state;
    static const struct real_case cases[] = {
        {0, "0 B"},          {1, "1 B"},         {999, "999 B"},      {999.4, "999 B"},
        {999.5, "1.00 kB"},  {1000, "1.00 kB"},  {1004, "1.00 kB"},   {1006, "1.01 kB"},
        {9994, "9.99 kB"},   {9996, "10.0 kB"},  {12345, "12.3 kB"},  {99940, "99.9 kB"},
        {99960, "100 kB"},   {999400, "999 kB"}, {999500, "1.00 MB"}, {1e6, "1.00 MB"},
        {77.6e9, "77.6 GB"}, {1e12, "1.00 TB"},  {2.5e15, "2.50 PB"}, {1e18, "1000 PB"},
    };
    CHECK(text_bytes, cases);
}

static void durations(void **state)
{
    (void)state;
    static const struct real_case cases[] = {
        {-1, "0.00 s"},         {0, "0.00 s"},         {0.42, "0.42 s"},
        {9.994, "9.99 s"},      {9.996, "10.0 s"},     {31.4, "31.4 s"},
        {99.94, "99.9 s"},      {99.96, "1 min 40 s"}, {119.4, "1 min 59 s"},
        {119.6, "2 min 00 s"},  {725, "12 min 05 s"},  {3599.4, "59 min 59 s"},
        {3599.6, "1 h 00 min"}, {11220, "3 h 07 min"}, {360000, "100 h 00 min"},
    };
    CHECK(text_duration, cases);
}

static void rates(void **state)
{
    (void)state;
    static const struct real_case cases[] = {
        {-3, "0.00"},        {NAN, "0.00"},
        {INFINITY, "0.00"},  {0, "0.00"},
        {0.004, "0.00"},     {0.006, "0.01"},
        {9.994, "9.99"},     {9.996, "10.0"},
        {41.23, "41.2"},     {99.94, "99.9"},
        {99.96, "100"},      {999.4, "999"},
        {999.5, "1,000"},    {1234.5, "1,235"},
        {551204, "551,204"}, {1e30, "1,000,000,000,000,000,000"},
    };
    CHECK(text_rate, cases);
}

/* Whatever the value: terminated within TEXT_SIZE, and never more than three digits before a unit
 * (beyond the largest). A sanitizer sees a byte too many. */
static void any_value_fits(void **state)
{
    (void)state;
    char *text = malloc(TEXT_SIZE);
    double values[] = {1e300, -1e300, INFINITY, -INFINITY, NAN, 5e-324};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_true(strlen(text_bytes(text, values[i])) < TEXT_SIZE);
        assert_true(strlen(text_duration(text, values[i])) < TEXT_SIZE);
        assert_true(strlen(text_rate(text, values[i])) < TEXT_SIZE);
    }
    for (double value = 1e-3; value < 9e17; value *= 1.0007) {
        assert_true(strspn(text_bytes(text, value), "0123456789.") <= 4);
        if (value < 999)
            assert_true(strlen(text_rate(text, value)) <= 4);
        double back = strtod(text_bytes(text, value), NULL);
        assert_true(back < 1000);
    }
    free(text);
}

/* A text with a gap is none. */
static void a_text_that_memory_had_no_room_for(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    fputs("whole", stream);
    char *whole = text_close(stream, &text);
    assert_string_equal(whole, "whole");
    free(whole);
    /* Any stream that has failed, before or when it is closed. */
    for (int flushed = 0; flushed < 2; flushed++) {
        text = strdup("with a gap");
        stream = fopen("/dev/full", "w");
        assert_non_null(stream);
        fputs("a", stream);
        if (flushed)
            fflush(stream);
        assert_null(text_close(stream, &text));
        assert_null(text);
    }
    text = NULL; /* nothing was written, and nothing could be */
    assert_null(text_close(fopen("/dev/null", "w"), &text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),         cmocka_unit_test(bytes),
        cmocka_unit_test(durations),      cmocka_unit_test(rates),
        cmocka_unit_test(any_value_fits), cmocka_unit_test(a_text_that_memory_had_no_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
