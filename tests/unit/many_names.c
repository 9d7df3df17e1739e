/*
 * many_names N: scans and plans N names and prints what it cost.
 *
 * The names are hard links to a few empty files, in 16 folders, in random order. Fails if the list
 * or the plan is wrong, or the process needed more than 300 MB a million names.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "dataset/manifest.h"
#include "pipeline/plan.h"
#include "temp_folder.h"

#define FOLDERS 16

/* The number of the i-th name to be made: 7919 is prime, so all come once unless it divides N. */
static unsigned long number_of(unsigned long i, unsigned long count)
{
    return i * 7919 % count;
}

static const char *name_of(const char *folder, unsigned long number)
{
    return textf("%s/class-%02lu/product-%09lu.jpg", folder, number % FOLDERS, number);
}

static bool make_names(const char *folder, unsigned long count)
{
    for (unsigned i = 0; i < FOLDERS; i++)
        if (mkdir(textf("%s/class-%02u", folder, i), 0755) < 0)
            return false;
    const char *source = NULL;
    char first[4096];
    for (unsigned long i = 0; i < count; i++) {
        const char *name = name_of(folder, number_of(i, count));
        if (source && link(source, name) == 0)
            continue;
        if (source && errno != EMLINK)
            return false;
        /* As many links as the file system gives a file. */
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0)
            return false;
        close(fd);
        snprintf(first, sizeof first, "%s", name);
        source = first;
    }
    return true;
}

static bool is_right(const struct manifest *manifest, unsigned long count)
{
    if (manifest->count != count || manifest->label_count != (count < FOLDERS ? count : FOLDERS))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct manifest_entry *entry = &manifest->entries[i];
        if (i && strcmp(entry[-1].path, entry->path) >= 0)
            return false;
        if (entry->kind != MANIFEST_REGULAR || entry->mtime_ns == 0)
            return false;
    }
    return true;
}

static bool is_permutation(const struct plan *plan)
{
    unsigned char *seen = calloc(plan->count, 1);
    bool ok = seen != NULL;
    for (size_t i = 0; ok && i < plan->count; i++)
        ok = plan->order[i] < plan->count && !seen[plan->order[i]]++;
    free(seen);
    return ok;
}

static long peak_kilobytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static bool measure(const char *folder, unsigned long count)
{
    struct manifest manifest;
    struct error error = {0};
    int64_t begin = clock_now_ns();
    if (!manifest_scan(&manifest, &folder, 1, NULL, &error)) {
        fprintf(stderr, "many_names: %s\n", error.text);
        return false;
    }
    double scanned = (double)(clock_now_ns() - begin) / 1e9;
    struct plan plan;
    if (!plan_make(&plan, &manifest, PLAN_COST, &error)) {
        fprintf(stderr, "many_names: %s\n", error.text);
        return false;
    }
    double seconds = (double)(clock_now_ns() - begin) / 1e9;
    long peak = peak_kilobytes();
    printf("%zu names: scanned and sorted in %.2f s, planned in %.2f s, peak %ld MB\n",
           manifest.count, scanned, seconds - scanned, peak / 1024);
    bool ok = is_right(&manifest, count) && is_permutation(&plan);
    if (!ok)
        fprintf(stderr, "many_names: the list or the plan is wrong\n");
    if (peak / 1024 > (long)(count * 300 / 1000000) + 5) {
        fprintf(stderr, "many_names: that is too much memory\n");
        ok = false;
    }
    plan_free(&plan);
    manifest_free(&manifest);
    return ok;
}

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    if (count == 0 || count % 7919 == 0)
        return 2;
    char *folder = temp_folder_create();
    if (!folder)
        return 1;
    bool ok = make_names(folder, count);
    if (!ok)
        fprintf(stderr, "many_names: cannot make the names: %s\n", strerror(errno));
    ok = ok && measure(folder, count);
    return temp_folder_remove(folder) != 0 || !ok;
}
