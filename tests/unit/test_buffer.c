/*
 * Memory that runs out is made by wrapping aligned_alloc: no test depends on how much there is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"

static size_t largest = SIZE_MAX; /* what the machine is said to have at a time */
static unsigned calls;

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    calls++;
    return size <= largest ? __real_aligned_alloc(alignment, size) : NULL;
}

static void aligns_upwards(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < 1000; bytes++) {
        size_t aligned = buffer_align(bytes);
        assert_true(aligned >= bytes && aligned < bytes + BUFFER_ALIGN);
        assert_int_equal(aligned % BUFFER_ALIGN, 0);
    }
}

static void reserves_all_that_is_asked(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    assert_true(buffer_reserve(&buffer, 0));
    assert_null(buffer.data);
    for (size_t bytes = 1; bytes < 100000; bytes = bytes * 3 + 1) {
        assert_true(buffer_reserve(&buffer, bytes));
        assert_true(buffer.capacity >= bytes);
        assert_int_equal((uintptr_t)buffer.data % BUFFER_ALIGN, 0);
        memset(buffer.data, 0x5a, buffer.capacity); /* a sanitizer sees one byte too many */
    }
    buffer_free(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.capacity, 0);
    assert_true(buffer_reserve(&buffer, 10)); /* used again after it was freed */
    buffer_free(&buffer);
}

static void is_reused_when_large_enough(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    assert_true(buffer_reserve(&buffer, 5000));
    unsigned before = calls;
    for (size_t bytes = 0; bytes <= 5000; bytes += 7) {
        assert_true(buffer_reserve(&buffer, bytes));
        assert_true(buffer_grow(&buffer, bytes, bytes / 2));
    }
    assert_int_equal(calls, before);
    buffer_free(&buffer);
}

static void grows_and_keeps(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    assert_true(buffer_grow(&buffer, 100, 0));
    for (size_t i = 0; i < 100; i++)
        buffer.data[i] = (uint8_t)(i * 7);
    for (size_t bytes = 200; bytes < 200000; bytes *= 3) {
        assert_true(buffer_grow(&buffer, bytes, 100));
        assert_true(buffer.capacity >= bytes);
        for (size_t i = 0; i < 100; i++)
            assert_int_equal(buffer.data[i], (uint8_t)(i * 7));
    }
    buffer_free(&buffer);
}

static void sizes_that_no_memory_has(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    const size_t huge[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - BUFFER_ALIGN, SIZE_MAX / 2 + 1};
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
        assert_false(buffer_grow(&buffer, huge[i], 0));
        assert_false(buffer_reserve(&buffer, huge[i]));
        assert_null(buffer.data);
        assert_int_equal(buffer.capacity, 0);
    }
}

static void stays_usable_when_memory_runs_out(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    assert_true(buffer_reserve(&buffer, 1000));
    memset(buffer.data, 0x33, 1000);
    size_t capacity = buffer.capacity;
    largest = 2000;
    assert_false(buffer_grow(&buffer, 3000, 1000)); /* what was kept is still there */
    assert_int_equal(buffer.capacity, capacity);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(buffer.data[i], 0x33);
    assert_false(buffer_reserve(&buffer, 3000));
    assert_int_equal(buffer.capacity, capacity);
    memset(buffer.data, 1, buffer.capacity);
    largest = 10; /* not even the old size comes back */
    assert_false(buffer_reserve(&buffer, 3000));
    assert_null(buffer.data);
    assert_int_equal(buffer.capacity, 0);
    largest = SIZE_MAX;
    assert_true(buffer_reserve(&buffer, 3000));
    memset(buffer.data, 1, buffer.capacity);
    buffer_free(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligns_upwards),
        cmocka_unit_test(reserves_all_that_is_asked),
        cmocka_unit_test(is_reused_when_large_enough),
        cmocka_unit_test(grows_and_keeps),
        cmocka_unit_test(sizes_that_no_memory_has),
        cmocka_unit_test(stays_usable_when_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
