/* The count of instructions repeats, is linear in the rounds of a loop, and is right for a loop
 * whose instructions are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../bench/instructions.h"

static void loop(const void *with)
{
    volatile int i = *(const int *)with;
    while (i)
        i = i - 1;
}

static uint64_t count_of(int rounds)
{
    uint64_t count = instructions_of(loop, &rounds);
    if (count == 0)
        skip(); /* a container that lets nobody trace */
    return count;
}

static void test_is_linear(void **state)
{
    (void)state;
    uint64_t few = count_of(100), more = count_of(200), most = count_of(300);
    assert_true(more >= few + 200); /* a round has a test and a step at least */
    assert_int_equal(most - more, more - few);
    assert_int_equal(count_of(200), more);
}

#if defined __x86_64__
static void known(const void *with)
{
    int rounds = *(const int *)with;
    __asm__ volatile("1: nop\n\tnop\n\tdec %0\n\tjnz 1b" : "+r"(rounds) : : "cc");
}

static void test_counts_what_is_there(void **state)
{
    (void)state;
    int few = 10, many = 1010;
    uint64_t first = instructions_of(known, &few);
    if (first == 0)
        skip();
    assert_int_equal(instructions_of(known, &many) - first, 4 * (many - few));
    assert_in_range(first, 4 * few + 2, 4 * few + 40); /* and the function around it */
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_linear),
#if defined __x86_64__
        cmocka_unit_test(test_counts_what_is_there),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
