/*
 * Is the checker of memory alive? A program with one error planted in it, each by its name.
 *
 *   planted_errors unset    decides by a byte that nobody has written
 *   planted_errors beyond   reads behind a block
 *   planted_errors lost     forgets a block
 *   planted_errors none     does the same things right
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES 100

/* Kept out of the compiler's sight: it would not build some of this as it stands. */
static volatile size_t last = BYTES - 1;

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    char *block = malloc(BYTES);
    if (!block)
        return 1;
    if (strcmp(what, "unset") != 0)
        memset(block, 7, BYTES);
    size_t at = strcmp(what, "beyond") == 0 ? last + 1 : last;
    puts(((volatile char *)block)[at] == 7 ? "seven" : "another");
    if (strcmp(what, "lost") == 0)
        block = NULL;
    free(block);
    return 0;
}
