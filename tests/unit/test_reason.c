/* Sentences of reasons: each exists, fits its room, and carries nothing harmful. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <jerror.h>
#include <spng.h>

#include "image/codec_jpeg.h"
#include "image/reason.h"

static const char *text_of(struct reason reason)
{
    static char text[512];
    return reason_text(&reason, text, sizeof text);
}

static void assert_clean(const char *text)
{
    assert_true(strlen(text) > 0 && strlen(text) < 511);
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
    assert_null(strchr(text, '%')); /* nothing left unfilled */
}

static void test_every_own_code(void **state)
{
    (void)state;
    char seen[REASON_CODE_COUNT][512];
    for (int code = 0; code < REASON_CODE_COUNT; code++) {
        const char *text = text_of(reason_own(code, 7, 11));
        assert_clean(text);
        assert_string_not_equal(text, "unknown reason");
        strcpy(seen[code], text);
        for (int other = 0; other < code; other++)
            assert_string_not_equal(seen[code], seen[other]);
    }
    assert_string_equal(text_of(reason_own(REASON_CODE_COUNT, 0, 0)), "unknown reason");
    assert_string_equal(text_of((struct reason){.kind = 77}), "unknown reason");
    assert_string_equal(text_of((struct reason){.kind = REASON_NONE}), "");
}

static void test_numbers(void **state)
{
    (void)state;
    assert_string_equal(text_of(reason_own(REASON_DATA_ENDS, 112, 480)),
                        "the data ends at row 112 of 480");
    const int64_t numbers[] = {0, -1, 9, 10, 1234567890123, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char expected[100];
        snprintf(expected, sizeof expected, "%lld x %lld pixels", (long long)numbers[i],
                 (long long)numbers[i]);
        const char *text = text_of(reason_own(REASON_TOO_MANY_PIXELS, numbers[i], numbers[i]));
        assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_non_null(strstr(text_of(reason_own(REASON_PNG_CRC, 0x49444154, 0)), "IDAT"));
    assert_non_null(strstr(text_of(reason_own(REASON_PNG_CRC, 0x1b5b417f, 0)), "?[A?"));
    assert_non_null(strstr(text_of(reason_own(REASON_OTHER_FORMAT, 0, 0)), "GIF"));
    assert_clean(text_of(reason_own(REASON_OTHER_FORMAT, -5, 0)));
    assert_clean(text_of(reason_own(REASON_OTHER_FORMAT, 1000, 0)));
}

static void test_errno(void **state)
{
    (void)state;
    assert_string_equal(text_of(reason_errno(EACCES)), strerror(EACCES));
    assert_string_equal(text_of(reason_errno(EIO)), strerror(EIO));
    assert_clean(text_of(reason_errno(9999)));
}

static void test_libraries(void **state)
{
    (void)state;
    for (int number = 0; number < 400; number++) {
        struct reason jpeg = {.kind = REASON_JPEG, .code = (uint16_t)number, .arg = {-1, -1}};
        struct reason png = {.kind = REASON_PNG, .code = (uint16_t)number};
        assert_clean(text_of(jpeg));
        assert_clean(text_of(png));
    }
    assert_string_equal(text_of((struct reason){.kind = REASON_PNG, .code = SPNG_EIDAT_STREAM}),
                        spng_strerror(SPNG_EIDAT_STREAM));
    struct reason four = {.kind = REASON_JPEG,
                          .code = JERR_BAD_PROGRESSION,
                          .arg = {(int64_t)2 << 32 | 1, (int64_t)4 << 32 | 3}};
    assert_string_equal(text_of(four), "Invalid progressive parameters Ss=1 Se=2 Ah=3 Al=4");
    struct reason name = {.kind = REASON_JPEG, .code = JERR_TFILE_CREATE, .arg = {-1, -1}};
    assert_string_equal(text_of(name), "Failed to create temporary file ?");
}

static void test_first_warning(void **state)
{
    (void)state;
    int64_t packed = (int64_t)3 << 40 | (int64_t)0xd4 << 16 | JWRN_MUST_RESYNC;
    assert_string_equal(
        text_of(reason_own(REASON_JPEG_WARNINGS, 5, packed)),
        "decoded with 5 warning(s), the first: Corrupt JPEG data: found marker 0xd4 "
        "instead of RST3");
}

/* Every size of the caller's array: never beyond it, always ended, always a beginning of the whole.
 */
static void test_short_arrays(void **state)
{
    (void)state;
    struct reason reasons[] = {reason_own(REASON_TOO_MANY_PIXELS, 123456, -7), reason_errno(EPERM),
                               reason_own(REASON_JPEG_WARNINGS, 5, JWRN_HIT_MARKER)};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        char whole[512];
        reason_text(&reasons[i], whole, sizeof whole);
        for (size_t size = 0; size <= strlen(whole) + 1; size++) {
            char *text = malloc(size + 1);
            assert_non_null(text);
            memset(text, 0x55, size + 1);
            assert_ptr_equal(reason_text(&reasons[i], text, size), text);
            assert_int_equal(text[size], 0x55);
            if (size)
                assert_int_equal(strlen(text), size - 1);
            assert_int_equal(size ? strncmp(text, whole, size - 1) : 0, 0);
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_own_code), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_names),          cmocka_unit_test(test_errno),
        cmocka_unit_test(test_libraries),      cmocka_unit_test(test_first_warning),
        cmocka_unit_test(test_short_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
