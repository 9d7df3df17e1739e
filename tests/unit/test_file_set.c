#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "dataset/file_set.h"

/* Neighbouring inodes of two devices, each added twice in an order that is all over the place. */
static void holds_what_was_added_and_nothing_else(void **state)
{
    (void)state;
    enum { COUNT = 20011 };
    struct file_set set = {0};
    struct stat st = {.st_dev = 7, .st_ino = 3};
    assert_false(file_set_has(&set, &st));
    for (uint64_t round = 0; round < 2; round++)
        for (uint64_t i = 0; i < COUNT; i++) {
            uint64_t n = i * 7919 % COUNT;
            st = (struct stat){.st_dev = 64 + n % 2, .st_ino = 1 + n / 2};
            assert_int_equal(file_set_has(&set, &st), round == 1);
            assert_true(file_set_add(&set, &st));
            assert_true(file_set_has(&set, &st));
        }
    assert_int_equal(set.count, COUNT);
    for (uint64_t i = 0; i < 2 * COUNT; i++) {
        st = (struct stat){.st_dev = 64 + i % 2, .st_ino = 1 + i / 2};
        assert_int_equal(file_set_has(&set, &st), i < COUNT);
        st.st_dev = 66;
        assert_false(file_set_has(&set, &st));
    }
    file_set_free(&set);
    assert_false(file_set_has(&set, &st));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_was_added_and_nothing_else),
    };
    return cmocka_run_group_tests_name("file_set", tests, NULL, NULL);
}
