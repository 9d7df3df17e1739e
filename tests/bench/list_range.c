/*
 * list_range: opens a frozen list, finds range K of N (from 1) and loads it, as a shard does when
 * it begins. Exit status 1 with the reason on stderr when the list cannot be used.
 * Usage: list_range LIST K N
 */
#include <stdio.h>
#include <stdlib.h>

#include "dataset/manifest_file.h"

int main(int argc, char **argv)
{
    uint64_t k = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
    uint64_t n = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
    if (k < 1 || k > n)
        return 2;
    struct error error = {0};
    struct range range;
    struct manifest manifest = {0};
    struct manifest_file *file = manifest_file_open(argv[1], &error);
    bool ok = file && manifest_file_range(file, k - 1, n, &range, &error) &&
              manifest_file_load(file, range, &manifest, &error);
    if (!ok)
        fprintf(stderr, "list_range: %s\n", error.text);
    manifest_free(&manifest);
    manifest_file_close(file);
    return !ok;
}
