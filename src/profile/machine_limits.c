#include "profile/machine_limits.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Version 1 says "no limit" of memory by the largest number of whole pages, which differs with the
 * page size. No machine has 2^60 bytes. */
#define MEMORY_UNLIMITED ((int64_t)1 << 60)

/* One hierarchy of groups as this process sees it. */
struct hierarchy {
    int version;            /* 1 or 2 */
    const char *controller; /* version 1: "cpu" or "memory" */
    char group[PATH_MAX];   /* of the process, from the hierarchy's root; "" unknown */
    char mount[PATH_MAX];   /* where the hierarchy is mounted; "" nowhere */
    char root[PATH_MAX];    /* what part of it is mounted there */
};

/* Opens root + folder + "/" + name. */
static FILE *open_below(const char *root, const char *folder, const char *name)
{
    char path[4 * PATH_MAX];
    int length = snprintf(path, sizeof path, "%s%s/%s", root, folder, name);
    return length > 0 && (size_t)length < sizeof path ? fopen(path, "re") : NULL;
}

/* The whole numbers on the first line of a file, at most two. Returns how many there are; a word
 * such as "max" ends them. */
static int read_numbers(const char *root, const char *folder, const char *name, long long value[2])
{
    FILE *file = open_below(root, folder, name);
    if (!file)
        return 0;
    char line[128] = "", *at = line;
    if (!fgets(line, sizeof line, file))
        *line = '\0';
    fclose(file);
    int count = 0;
    while (count < 2) {
        char *end;
        value[count] = strtoll(at, &end, 10);
        if (end == at)
            break;
        at = end;
        count++;
    }
    return count;
}

/* True when `word` is one of the comma-separated words of `list`. */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

/* Copies what fits, or nothing at all: half a path is another path. */
static void copy_path(char *target, const char *source)
{
    size_t length = strlen(source);
    if (length >= PATH_MAX)
        length = 0;
    memcpy(target, source, length);
    target[length] = '\0';
}

/* A line of /proc/PID/cgroup is ID:CONTROLLERS:PATH; version 2 has ID 0 and no controllers. */
static void take_group(struct hierarchy *h, char *line)
{
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path)
        return;
    *controllers++ = *path++ = '\0';
    path[strcspn(path, "\n")] = '\0';
    bool ours = h->version == 2 ? strcmp(line, "0") == 0 && *controllers == '\0'
                                : has_word(controllers, h->controller);
    if (ours && *path == '/')
        copy_path(h->group, path);
}

/* mountinfo writes space, tab, newline and backslash as \ooo. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from;) {
        bool octal = from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
                     from[2] <= '7' && from[3] >= '0' && from[3] <= '7';
        if (octal) {
            *to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

/* The part of the process's group below what is mounted: "" at the mount's root, NULL when the
 * group lies elsewhere (a container that sees a mount of another's groups). */
static const char *below_mount(const struct hierarchy *h)
{
    size_t length = strcmp(h->root, "/") == 0 ? 0 : strlen(h->root);
    if (strncmp(h->group, h->root, length) != 0)
        return NULL;
    const char *rest = h->group + length;
    if (*rest != '/' && *rest != '\0')
        return NULL;
    /* A group outside of the process's cgroup namespace reads as /../x: not to be walked. */
    if (strncmp(rest, "/..", 3) == 0 && (rest[3] == '/' || rest[3] == '\0'))
        return NULL;
    return strcmp(rest, "/") == 0 ? "" : rest;
}

/* A line of mountinfo: ID PARENT DEVICE ROOT MOUNT OPTIONS [TAGS …] - TYPE SOURCE SUPER_OPTIONS.
 * The first mount that shows the process's own group is the best one; the first of all will do. */
static void take_mount(struct hierarchy *h, char *line)
{
    char *tail = strstr(line, " - ");
    if (!tail)
        return;
    *tail = '\0';
    char *rest, *fields[5];
    for (int i = 0; i < 5; i++)
        if (!(fields[i] = strtok_r(i ? NULL : line, " ", &rest)))
            return;
    char *type = strtok_r(tail + 3, " ", &rest);
    char *source = type ? strtok_r(NULL, " ", &rest) : NULL;
    char *options = source ? strtok_r(NULL, " \n", &rest) : NULL;
    bool ours = options &&
                (h->version == 2 ? strcmp(type, "cgroup2") == 0
                                 : strcmp(type, "cgroup") == 0 && has_word(options, h->controller));
    if (!ours || (*h->mount && below_mount(h)))
        return;
    unescape(fields[3]);
    unescape(fields[4]);
    struct hierarchy candidate = *h;
    copy_path(candidate.root, fields[3]);
    copy_path(candidate.mount, fields[4]);
    if (!*h->mount || below_mount(&candidate))
        *h = candidate;
}

static void each_line(const char *root, const char *name, struct hierarchy *h,
                      void (*take)(struct hierarchy *, char *))
{
    FILE *file = open_below(root, "/proc/self", name);
    if (!file)
        return;
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, file) > 0)
        take(h, line);
    free(line);
    fclose(file);
}

/* The CPUs that one group's quota gives, 0 without one. */
static double group_quota(const char *root, int version, const char *folder)
{
    long long quota[2], period[2];
    if (version == 2)
        return read_numbers(root, folder, "cpu.max", quota) == 2 && quota[0] > 0 && quota[1] > 0
                   ? (double)quota[0] / (double)quota[1]
                   : 0;
    return read_numbers(root, folder, "cpu.cfs_quota_us", quota) == 1 && quota[0] > 0 &&
                   read_numbers(root, folder, "cpu.cfs_period_us", period) == 1 && period[0] > 0
               ? (double)quota[0] / (double)period[0]
               : 0;
}

static int64_t group_memory(const char *root, int version, const char *folder)
{
    long long bytes[2];
    const char *name = version == 2 ? "memory.max" : "memory.limit_in_bytes";
    bool limited =
        read_numbers(root, folder, name, bytes) > 0 && bytes[0] > 0 && bytes[0] < MEMORY_UNLIMITED;
    return limited ? bytes[0] : 0;
}

static void take_limits(const char *root, int version, const char *folder,
                        struct machine_limits *limits)
{
    double quota = group_quota(root, version, folder);
    if (quota > 0 && (limits->quota_cgroup == 0 || quota < limits->quota_cpus)) {
        limits->quota_cpus = quota;
        limits->quota_cgroup = version;
        snprintf(limits->quota_file, sizeof limits->quota_file, "%.*s/%s",
                 (int)sizeof limits->quota_file - 20, folder,
                 version == 2 ? "cpu.max" : "cpu.cfs_quota_us");
    }
    int64_t memory = group_memory(root, version, folder);
    if (memory > 0 && (limits->memory_bytes == 0 || memory < limits->memory_bytes))
        limits->memory_bytes = memory;
}

/* From the process's group up to the root of the mount: each group's limit binds. */
static void walk_up(const char *root, const struct hierarchy *h, struct machine_limits *limits)
{
    if (!*h->mount)
        return;
    const char *group = *h->group ? below_mount(h) : NULL;
    size_t base = strcmp(h->mount, "/") == 0 ? 0 : strlen(h->mount);
    char folder[2 * PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s%s", (int)base, h->mount, group ? group : "");
    for (;;) {
        take_limits(root, h->version, folder, limits);
        char *slash = strrchr(folder, '/');
        if (strlen(folder) <= base || !slash)
            return;
        *slash = '\0';
    }
}

void machine_limits_read(const char *root, struct machine_limits *limits)
{
    static const struct {
        int version;
        const char *controller;
    } hierarchies[] = {{1, "cpu"}, {1, "memory"}, {2, ""}};
    *limits = (struct machine_limits){0};
    for (size_t i = 0; i < sizeof hierarchies / sizeof *hierarchies; i++) {
        struct hierarchy h = {.version = hierarchies[i].version,
                              .controller = hierarchies[i].controller};
        each_line(root, "cgroup", &h, take_group);
        each_line(root, "mountinfo", &h, take_mount);
        walk_up(root, &h, limits);
    }
}
