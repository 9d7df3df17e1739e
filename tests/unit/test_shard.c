#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shard/shard.h"

static void test_good(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct shard shard;
    } cases[] = {{"1/1", {1, 1}},
                 {"3/4", {3, 4}},
                 {"4/4", {4, 4}},
                 {"007/010", {7, 10}},
                 {"1000000/1000000", {1000000, 1000000}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shard shard;
        assert_true(shard_parse(cases[i].text, &shard));
        assert_int_equal(shard.index, cases[i].shard.index);
        assert_int_equal(shard.count, cases[i].shard.count);
    }
}

static void test_bad(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "/",
        "1",
        "1/",
        "/4",
        "0/4",
        "5/4",
        "1/0",
        "-1/4",
        "1/-4",
        "+1/4",
        " 1/4",
        "1 /4",
        "1/ 4",
        "1/4 ",
        "1/4/4",
        "1.0/4",
        "0x1/4",
        "1/1000001",
        "1/99999999999999999999999",
        "99999999999999999999999/2",
        "4294967297/4294967298",
        "1//4",
        "k/n",
        "1\n/4",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct shard shard = {7, 9};
        if (shard_parse(bad[i], &shard))
            fail_msg("'%s' was taken", bad[i]);
        assert_int_equal(shard.index, 7);
        assert_int_equal(shard.count, 9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_good), cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
