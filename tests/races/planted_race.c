/*
 * Is the detector of races alive? A program with a race planted in it, and its twin without one.
 *
 *   planted_race race     threads write one variable, with nothing between them
 *   planted_race none     the same sum in every way that OpenMP makes safe
 *
 * The first must be reported. The second must not be: a detector that does not know the barriers,
 * locks and reductions of the runtime reports it, and everything else that is right.
 */
#include <omp.h>
#include <stdio.h>
#include <string.h>

#define ITEMS 1000

static int sum_with_race(void)
{
    int sum = 0;
#pragma omp parallel num_threads(2)
    sum += omp_get_thread_num() + 1;
    return sum;
}

static int sum_without(void)
{
    int reduced = 0, locked = 0, counted = 0, slot[2] = {0};
#pragma omp parallel num_threads(2)
    {
#pragma omp for schedule(dynamic, 1) reduction(+ : reduced)
        for (int i = 0; i < ITEMS; i++)
            reduced += i;
        slot[omp_get_thread_num()] = reduced; /* behind the loop's barrier it is whole */
#pragma omp critical
        locked += slot[omp_get_thread_num()];
#pragma omp atomic
        counted++;
#pragma omp barrier
#pragma omp single
        locked += slot[0];
    }
    return locked + counted;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "race") == 0)
        printf("sum %d\n", sum_with_race());
    else if (argc == 2 && strcmp(argv[1], "none") == 0)
        printf("sum %d\n", sum_without());
    else
        return 2;
    return 0;
}
