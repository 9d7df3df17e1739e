#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "dataset/manifest.h"
#include "temp_folder.h"

/* Each test starts in an empty folder of its own, where names are short. */
struct fixture {
    char *folder;
    int before;
};

static int enter_folder(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture || !(fixture->folder = temp_folder_create()))
        return -1;
    fixture->before = open(".", O_PATH | O_CLOEXEC);
    *state = fixture;
    return chmod(fixture->folder, 0755) || chdir(fixture->folder);
}

static int leave_folder(void **state)
{
    struct fixture *fixture = *state;
    int rc = fchdir(fixture->before);
    close(fixture->before);
    rc |= temp_folder_remove(fixture->folder);
    free(fixture);
    return rc;
}

static void make_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0755), 0);
}

static void make_link(const char *target, const char *path)
{
    assert_int_equal(symlink(target, path), 0);
}

static void make_file(const char *path, size_t bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
    close(fd);
}

/* Scans up to four operands; all must go well. */
static struct manifest scan(const char *a, const char *b, const char *c)
{
    const char *operands[] = {a, b, c};
    struct manifest manifest;
    struct error error = {0};
    size_t count = c ? 3 : b ? 2 : 1;
    if (!manifest_scan(&manifest, operands, count, NULL, &error))
        fail_msg("%s", error.text);
    return manifest;
}

/* The paths are these, up to NULL, in this order. */
static void check_paths(const struct manifest *manifest, const char *const *paths)
{
    size_t count = 0;
    for (; paths[count]; count++) {
        assert_true(count < manifest->count);
        assert_string_equal(manifest->entries[count].path, paths[count]);
    }
    assert_int_equal(manifest->count, count);
}

#define check_scan(scanning, ...)                                                                  \
    do {                                                                                           \
        struct manifest scanned = (scanning);                                                      \
        check_paths(&scanned, (const char *const[]){__VA_ARGS__, NULL});                           \
        manifest_free(&scanned);                                                                   \
    } while (0)

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Fills the current folder with odd names, and some of its folders in turn. */
static void grow_tree(uint64_t *seed, int depth)
{
    static const char *const parts[] = {"a",    "b", "-", "\n", "\"", ",", "\x1b", "`x`",
                                        "\xff", " ", "é", "\\", "%",  "*", "aaa",  "a.jpg"};
    for (int i = 0; i < 12; i++) {
        char name[64] = "";
        for (uint64_t n = 1 + random_next(seed) % 4; n; n--)
            strcat(name, parts[random_next(seed) % (sizeof parts / sizeof *parts)]);
        if (random_next(seed) % 12 == 0) {
            memmove(name + 1, name, strlen(name) + 1);
            name[0] = '.';
        }
        if (access(name, F_OK) == 0)
            continue;
        uint64_t kind = random_next(seed) % 10;
        if (kind < 3 && depth) {
            make_folder(name);
            assert_int_equal(chdir(name), 0);
            grow_tree(seed, depth - 1);
            assert_int_equal(chdir(".."), 0);
        } else if (kind == 8) {
            assert_int_equal(mkfifo(name, 0600), 0);
        } else {
            make_file(name, random_next(seed) % 5000);
        }
    }
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What find(1) says of the same tree, NUL separated "TYPE SIZE PATH", sorted by path. */
static size_t ask_find(char **lines, size_t room)
{
    FILE *pipe = popen("LC_ALL=C find in -mindepth 1 -name '.*' -prune -o ! -type d "
                       "-printf '%p\\n\\001%y%s\\0'",
                       "r");
    assert_non_null(pipe);
    size_t count = 0, size = 0;
    char *line = NULL;
    while (getdelim(&line, &size, '\0', pipe) > 0) {
        assert_true(count < room);
        lines[count++] = strdup(line);
    }
    free(line);
    assert_int_equal(pclose(pipe), 0);
    return count;
}

static void random_trees_are_what_find_sees(void **state)
{
    (void)state;
    enum { ROOM = 100000 };
    char **lines = calloc(ROOM, sizeof *lines);
    assert_non_null(lines);
    uint64_t seed = 0x9e3779b97f4a7c15;
    for (int round = 0; round < 4; round++) {
        make_folder("in");
        assert_int_equal(chdir("in"), 0);
        grow_tree(&seed, 3);
        assert_int_equal(chdir(".."), 0);
        struct manifest manifest = scan("in", NULL, NULL);
        size_t count = ask_find(lines, ROOM);
        assert_int_equal(manifest.count, count);
        uint64_t bytes = 0;
        for (size_t i = 0; i < count; i++) {
            /* What follows the path is cut off before sorting; no name here has "\001". */
            char *end = strstr(lines[i], "\n\001");
            assert_non_null(end);
            *end = '\0';
        }
        qsort(lines, count, sizeof *lines, compare_texts);
        for (size_t i = 0; i < count; i++) {
            const struct manifest_entry *entry = &manifest.entries[i];
            assert_string_equal(entry->path, lines[i]);
            const char *facts = lines[i] + strlen(lines[i]) + 2;
            assert_int_equal(entry->kind, *facts == 'f' ? MANIFEST_REGULAR : MANIFEST_SPECIAL);
            assert_int_equal(entry->bytes, *facts == 'f' ? strtoull(facts + 1, NULL, 10) : 0);
            bytes += entry->bytes;
            free(lines[i]);
        }
        assert_int_equal(manifest.bytes, bytes);
        manifest_free(&manifest);
        assert_int_equal(system("rm -rf in"), 0);
    }
    free(lines);
}

/* Depth, PATH_MAX and 16 descriptors at once: a chain of folders with a file and a small folder on
 * both sides of the next, so that every level is come back to. */
static void no_depth_is_too_deep(void **state)
{
    (void)state;
    enum { DEPTH = 2000 };
    for (int i = 0; i < DEPTH; i++) {
        make_folder("a");
        make_file("a/x", 1);
        make_folder("mmmmmmmmmm");
        make_folder("z");
        make_file("z/y", 2);
        assert_int_equal(chdir("mmmmmmmmmm"), 0);
    }
    make_file("last", 3);
    const struct fixture *fixture = *state;
    assert_int_equal(chdir(fixture->folder), 0);

    struct rlimit old, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    few = (struct rlimit){.rlim_cur = 16, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    const char *operand = ".";
    struct manifest manifest;
    struct error error = {0};
    bool ok = manifest_scan(&manifest, &operand, 1, NULL, &error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    if (!ok)
        fail_msg("%s", error.text);

    assert_int_equal(manifest.count, 2 * DEPTH + 1);
    assert_int_equal(manifest.bytes, 3 * DEPTH + 3);
    size_t longest = 0;
    for (size_t i = 0; i < manifest.count; i++) {
        assert_int_equal(manifest.entries[i].kind, MANIFEST_REGULAR);
        if (i)
            assert_true(strcmp(manifest.entries[i - 1].path, manifest.entries[i].path) < 0);
        if (strlen(manifest.entries[i].path) > strlen(manifest.entries[longest].path))
            longest = i;
    }
    const char *path = manifest.entries[longest].path;
    assert_int_equal(strlen(path), 1 + DEPTH * 11 + 5);
    int fd = file_open_read(path);
    assert_true(fd >= 0);
    close(fd);
    manifest_free(&manifest);

    /* A folder named by such a path is walked too. */
    char *deep = malloc(1 + DEPTH * 11 + 1);
    assert_non_null(deep);
    strcpy(deep, ".");
    for (int i = 0; i < DEPTH; i++)
        memcpy(deep + 1 + i * 11, "/mmmmmmmmmm", 12);
    manifest = scan(deep, NULL, NULL);
    assert_int_equal(manifest.count, 1);
    assert_int_equal(manifest.bytes, 3);
    manifest_free(&manifest);
    free(deep);
}

static void running_out_of_descriptors_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(system("mkdir -p a/b/c/d/e/f/g/h/i/j && touch a/b/c/d/e/f/g/h/i/j/x"), 0);
    struct rlimit old, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    const char *operand = "a";
    bool done = false;
    for (rlim_t limit = 3; !done; limit++) {
        few = (struct rlimit){.rlim_cur = limit, .rlim_max = old.rlim_max};
        struct manifest manifest;
        struct error error = {0};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        done = manifest_scan(&manifest, &operand, 1, NULL, &error);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        if (done) {
            assert_int_equal(manifest.count, 1);
            assert_int_equal(manifest.entries[0].kind, MANIFEST_REGULAR);
        } else {
            assert_non_null(strstr(error.text, "open files"));
            assert_null(manifest.entries);
        }
        manifest_free(&manifest);
        assert_true(limit < 64);
    }
}

static void real_paths_win_over_links(void **state)
{
    (void)state;
    make_folder("in");
    make_link("z", "in/a"); /* before z, but a link */
    make_link("a", "in/b"); /* a link to the link */
    make_folder("in/z");
    make_file("in/z/x", 1);
    make_link("x", "in/z/y");
    check_scan(scan("in", NULL, NULL), "in/z/x", "in/z/y");
    /* Of links alone the first in byte order. */
    make_folder("out");
    make_folder("out/deep");
    make_file("out/deep/f", 1);
    make_link("../out/deep", "in/n");
    make_link("../out", "in/o");
    make_link("../out", "in/m");
    check_scan(scan("in", NULL, NULL), "in/m/deep/f", "in/z/x", "in/z/y");
    /* An operand that is a link is walked after those that are none. */
    make_link("in/z", "A");
    check_scan(scan("A", NULL, NULL), "A/x", "A/y");
    check_scan(scan("A", "in/z", NULL), "in/z/x", "in/z/y");
    /* Operands in any order give the same. */
    check_scan(scan("in/z", "in", "out"), "in/z/x", "in/z/y", "out/deep/f");
    check_scan(scan("out", "in", "in/z"), "in/z/x", "in/z/y", "out/deep/f");
}

static void links_that_lead_back_end(void **state)
{
    (void)state;
    make_folder("top");
    make_file("top/not-named", 1);
    make_folder("top/in");
    make_folder("top/in/sub");
    make_file("top/in/sub/f", 1);
    make_link(".", "top/in/self");
    make_link("..", "top/in/up");
    make_link("../..", "top/in/sub/higher");
    make_link("/", "top/in/sub/root");
    make_link("loop", "top/in/loop");
    make_link("nowhere", "top/in/dangling");
    struct manifest manifest = scan("top/in", NULL, NULL);
    check_paths(&manifest,
                (const char *const[]){"top/in/dangling", "top/in/loop", "top/in/sub/f", NULL});
    assert_int_equal(manifest.entries[0].kind, MANIFEST_MISSING);
    assert_int_equal(manifest.entries[0].error, ENOENT);
    assert_int_equal(manifest.entries[1].kind, MANIFEST_MISSING);
    assert_int_equal(manifest.entries[1].error, ELOOP);
    manifest_free(&manifest);
    /* Links that lead to each other's folders. */
    make_folder("p");
    make_folder("q");
    make_file("p/1", 1);
    make_file("q/2", 1);
    make_link("../q", "p/l");
    make_link("../p", "q/l");
    check_scan(scan("p", NULL, NULL), "p/1", "p/l/2");
    check_scan(scan("p", "q", NULL), "p/1", "q/2");
}

/* As somebody who may not read everything; root runs it as nobody. */
static void what_may_not_be_read_is_an_entry(void **state)
{
    (void)state;
    make_folder("in");
    make_file("in/a", 1);
    make_folder("in/closed");
    make_file("in/closed/b", 1);
    make_folder("in/names-only");
    make_file("in/names-only/c", 1);
    make_file("in/secret", 7);
    assert_int_equal(chmod("in/secret", 0), 0);
    assert_int_equal(chmod("in/closed", 0), 0);
    assert_int_equal(chmod("in/names-only", 0444), 0);
    uid_t user = geteuid();
    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    const char *include = "[ac]", *operand = "in", *closed = "in/closed";
    struct manifest_options options = {.include = &include, .include_count = 1};
    struct manifest all, some, none;
    struct error error = {0};
    bool reachable = access("in/a", R_OK) == 0;
    bool ok = reachable && manifest_scan(&all, &operand, 1, NULL, &error) &&
              manifest_scan(&some, &operand, 1, &options, &error);
    bool refused = !manifest_scan(&none, &closed, 1, NULL, &error);
    assert_int_equal(seteuid(user), 0);
    chmod("in/closed", 0755);
    chmod("in/names-only", 0755);
    if (!reachable)
        skip();
    assert_true(ok);
    check_paths(&all,
                (const char *const[]){"in/a", "in/closed", "in/names-only/c", "in/secret", NULL});
    assert_int_equal(all.entries[1].kind, MANIFEST_FOLDER);
    assert_int_equal(all.entries[1].error, EACCES);
    assert_int_equal(all.entries[2].kind, MANIFEST_MISSING);
    assert_int_equal(all.entries[2].error, EACCES);
    assert_int_equal(all.entries[3].kind, MANIFEST_REGULAR);
    /* A pattern is for files: nobody knows what the folder holds. */
    check_paths(&some, (const char *const[]){"in/a", "in/closed", "in/names-only/c", NULL});
    assert_true(refused);
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "in/closed"));
    manifest_free(&all);
    manifest_free(&some);
}

static void operands_are_joined_without_double_slashes(void **state)
{
    make_folder("in");
    make_folder("in/sub");
    make_file("in/x.jpg", 1);
    make_file("in/sub/y.jpg", 1);
    make_file("in/.hidden", 1);
    make_folder("in/.git");
    make_file("in/.git/z.jpg", 1);
    make_folder("in/empty");
    static const char *const spellings[] = {"in", "in/", "in//", ".//in"};
    for (size_t i = 0; i < 3; i++)
        check_scan(scan(spellings[i], NULL, NULL), "in/sub/y.jpg", "in/x.jpg");
    check_scan(scan(spellings[3], NULL, NULL), "./in/sub/y.jpg", "./in/x.jpg");
    check_scan(scan("in//sub/", NULL, NULL), "in/sub/y.jpg");
    check_scan(scan("in/x.jpg", "in//x.jpg", "in"), "in/sub/y.jpg", "in/x.jpg");
    struct manifest once = scan("in/x.jpg", "in/x.jpg", "in");
    assert_int_equal(once.bytes, 2);
    manifest_free(&once);
    check_scan(scan("in/.hidden", "in/.git", NULL), "in/.git/z.jpg", "in/.hidden");
    const char *folder = ((const struct fixture *)*state)->folder;
    check_scan(scan(textf("/%s/in/sub", folder), NULL, NULL), textf("%s/in/sub/y.jpg", folder));
    struct manifest manifest = scan("in/empty", NULL, NULL);
    assert_int_equal(manifest.count, 0);
    assert_int_equal(manifest.label_count, 0);
    manifest_free(&manifest);
}

static void operands_that_are_not_there_are_errors(void **state)
{
    (void)state;
    make_file("f", 1);
    make_link("nowhere", "l");
    static const char *const wrong[] = {"none", "l", "", "f/", "none/x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *operands[] = {"f", wrong[i]};
        struct manifest manifest;
        struct error error = {0};
        assert_false(manifest_scan(&manifest, operands, 2, NULL, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_non_null(strstr(error.text, textf("'%s'", wrong[i])));
        assert_null(manifest.entries);
        manifest_free(&manifest);
    }
}

static void patterns_are_for_names_met_in_walks(void **state)
{
    (void)state;
    make_folder("in");
    make_folder("in/b.jpg");
    make_file("in/b.jpg/a.jpg", 1);
    make_file("in/b.jpg/a.JPG", 1);
    make_file("in/labels.csv", 1);
    make_file("in/c.png", 1);
    make_link("nowhere", "in/d.txt");
    make_link("nowhere", "in/d.png");
    make_folder("out");
    make_file("out/e.png", 1);
    make_link("../out", "in/linked");
    assert_int_equal(mkfifo("in/p", 0600), 0);
    const char *include[] = {"*.jpg", "[c-z].png"};
    const char *operands[] = {"in", "in/labels.csv"};
    struct manifest_options options = {.include = include, .include_count = 2};
    struct manifest manifest;
    struct error error = {0};
    assert_true(manifest_scan(&manifest, operands, 2, &options, &error));
    check_paths(&manifest, (const char *const[]){"in/b.jpg/a.jpg", "in/c.png", "in/d.png",
                                                 "in/labels.csv", "in/linked/e.png", NULL});
    manifest_free(&manifest);
    options.include_count = 0;
    assert_true(manifest_scan(&manifest, operands, 1, &options, &error));
    assert_int_equal(manifest.count, 0);
    manifest_free(&manifest);
}

static void outputs_are_never_inputs(void **state)
{
    (void)state;
    make_folder("in");
    make_file("in/out.npy", 100);
    make_file("in/x", 1);
    make_link("out.npy", "in/again");
    assert_int_equal(link("in/out.npy", "in/hard"), 0);
    struct stat st;
    assert_int_equal(stat("in/out.npy", &st), 0);
    struct manifest_file_id ids[] = {{.device = st.st_dev, .inode = st.st_ino + 1000000007},
                                     {.device = st.st_dev, .inode = st.st_ino}};
    struct manifest_options options = {.exclude = ids, .exclude_count = 2};
    struct manifest manifest;
    struct error error = {0};
    const char *operands[] = {"in", "in/again"};
    assert_true(manifest_scan(&manifest, operands, 1, &options, &error));
    check_paths(&manifest, (const char *const[]){"in/x", NULL});
    assert_int_equal(manifest.bytes, 1);
    manifest_free(&manifest);
    assert_false(manifest_scan(&manifest, operands, 2, &options, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "in/again"));
    FILE *list = fmemopen("in/x\nin/hard\n", 13, "r");
    assert_non_null(list);
    assert_false(manifest_read_list(&manifest, list, false, &options, &error));
    assert_non_null(strstr(error.text, "in/hard"));
    fclose(list);
}

static void check_equal(const struct manifest *a, const struct manifest *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->bytes, b->bytes);
    for (size_t i = 0; i < a->count; i++) {
        const struct manifest_entry *x = &a->entries[i], *y = &b->entries[i];
        assert_string_equal(x->path, y->path);
        assert_int_equal(x->bytes, y->bytes);
        assert_int_equal(x->mtime_ns, y->mtime_ns);
        assert_int_equal(x->kind, y->kind);
        assert_int_equal(x->error, y->error);
    }
}

/* Enough names of every kind that a team is woken, in a folder and from a list. */
static void a_team_sees_what_one_sees(void **state)
{
    (void)state;
    make_folder("in");
    FILE *list = fopen("list", "w+");
    assert_non_null(list);
    for (int i = 0; i < 6000; i++) {
        char name[32];
        snprintf(name, sizeof name, "in/%04d", i);
        if (i % 100 == 7)
            make_link(i % 200 == 7 ? "nowhere" : "0001", name);
        else
            make_file(name, (size_t)i + 1);
        fprintf(list, "%s\n%s-missing\n", name, name);
    }
    struct stat st;
    assert_int_equal(stat("in/0500", &st), 0);
    struct manifest_file_id id = {.device = st.st_dev, .inode = st.st_ino};
    struct manifest_options options[2] = {
        {.exclude = &id, .exclude_count = 1, .threads = 1},
        {.exclude = &id, .exclude_count = 1, .threads = 5},
    };
    struct manifest walked[2], listed[2];
    struct error error = {0};
    for (int i = 0; i < 2; i++) {
        const char *operands[] = {"in"};
        assert_true(manifest_scan(&walked[i], operands, 1, &options[i], &error));
        rewind(list);
        assert_false(manifest_read_list(&listed[i], list, false, &options[i], &error));
        assert_non_null(strstr(error.text, "in/0500"));
        options[i].exclude_count = 0;
        rewind(list);
        assert_true(manifest_read_list(&listed[i], list, false, &options[i], &error));
    }
    fclose(list);
    assert_int_equal(walked[0].count, 5999);
    assert_int_equal(listed[0].count, 12000);
    check_equal(&walked[0], &walked[1]);
    check_equal(&listed[0], &listed[1]);
    for (int i = 0; i < 2; i++) {
        manifest_free(&walked[i]);
        manifest_free(&listed[i]);
    }
}

static struct manifest read_list(const char *text, size_t bytes, bool zero)
{
    struct manifest manifest;
    struct error error = {0};
    FILE *list = fmemopen((void *)text, bytes, "r");
    assert_non_null(list);
    if (!manifest_read_list(&manifest, list, zero, NULL, &error))
        fail_msg("%s", error.text);
    fclose(list);
    return manifest;
}

static void lists_keep_their_order(void **state)
{
    (void)state;
    make_file("b", 2);
    make_file("a\nx", 3);
    make_folder("d");
    make_file("d/f", 4);
    assert_int_equal(mkfifo("p", 0600), 0);
    static const char lines[] = "p\nb\n\nnone\nd\nb\n./b\n.//d/f";
    struct manifest manifest = read_list(lines, sizeof lines - 1, false);
    check_paths(&manifest,
                (const char *const[]){"p", "b", "none", "d", "b", "./b", ".//d/f", NULL});
    static const uint16_t kinds[] = {MANIFEST_SPECIAL, MANIFEST_REGULAR, MANIFEST_MISSING,
                                     MANIFEST_FOLDER,  MANIFEST_REGULAR, MANIFEST_REGULAR,
                                     MANIFEST_REGULAR};
    for (size_t i = 0; i < manifest.count; i++) {
        assert_int_equal(manifest.entries[i].kind, kinds[i]);
        assert_int_equal(manifest.entries[i].error, i == 2 ? ENOENT : 0);
    }
    assert_int_equal(manifest.bytes, 2 + 2 + 2 + 4);
    struct stat st;
    assert_int_equal(stat("b", &st), 0);
    assert_int_equal(manifest.entries[1].mtime_ns, manifest_mtime_ns(&st));
    manifest_free(&manifest);

    static const char zeros[] = "a\nx\0\0b\0";
    manifest = read_list(zeros, sizeof zeros - 1, true);
    check_paths(&manifest, (const char *const[]){"a\nx", "b", NULL});
    assert_int_equal(manifest.bytes, 5);
    manifest_free(&manifest);

    struct error error = {0};
    FILE *list = fmemopen((void *)zeros, sizeof zeros - 1, "r");
    assert_false(manifest_read_list(&manifest, list, false, NULL, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "line 2 "));
    fclose(list);
    list = fopen(".", "r");
    assert_false(manifest_read_list(&manifest, list, false, NULL, &error));
    assert_non_null(strstr(error.text, "cannot read the list"));
    fclose(list);
}

static void labels_name_the_holding_folder(void **state)
{
    (void)state;
    static const char lines[] = "x.jpg\n./y.jpg\ntrain/cat/1\nval/dog/1\nval//cat//2\n/r\nb/./z\n"
                                "../u\n./././w\nants/3\ntrain/cat/4\n/cat/5\ncats/6";
    static const char *const want[] = {"",   "", "cat",  "dog", "cat", "",    "b",
                                       "..", "", "ants", "cat", "cat", "cats"};
    static const char *const names[] = {"", "..", "ants", "b", "cat", "cats", "dog"};
    struct manifest manifest = read_list(lines, sizeof lines - 1, false);
    assert_int_equal(manifest.label_count, sizeof names / sizeof *names);
    for (uint32_t i = 0; i < manifest.label_count; i++)
        assert_string_equal(manifest_label_name(&manifest, i), names[i]);
    assert_int_equal(manifest.count, sizeof want / sizeof *want);
    for (size_t i = 0; i < manifest.count; i++)
        assert_string_equal(manifest_label_name(&manifest, manifest.entries[i].label), want[i]);
    manifest_free(&manifest);
}

static void many_labels_stay_apart(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    char *text = malloc(MANY * 2 * 32), *at = text;
    assert_non_null(text);
    for (int i = 0; i < 2 * MANY; i++)
        at += sprintf(at, "%d/%d/x\n", i, (i * 1237) % MANY);
    struct manifest manifest = read_list(text, (size_t)(at - text), false);
    free(text);
    assert_int_equal(manifest.label_count, MANY);
    for (uint32_t i = 1; i < MANY; i++)
        assert_true(
            strcmp(manifest_label_name(&manifest, i - 1), manifest_label_name(&manifest, i)) < 0);
    for (int i = 0; i < 2 * MANY; i++)
        assert_int_equal(atoi(manifest_label_name(&manifest, manifest.entries[i].label)),
                         (i * 1237) % MANY);
    manifest_free(&manifest);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

struct reported {
    size_t calls, found, asked;
};

static void take_report(void *user, size_t found, size_t asked)
{
    struct reported *reported = user;
    assert_true(found >= reported->found && asked >= reported->asked && asked <= found);
    *reported = (struct reported){reported->calls + 1, found, asked};
}

/* Of a list longer than what is asked about between two reports, and of two folders. */
static void progress_is_reported(void **state)
{
    (void)state;
    struct reported reported = {0};
    struct manifest_options options = {.threads = 2, .progress = take_report, .user = &reported};
    struct manifest manifest;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    for (int i = 0; i < 20000; i++)
        fprintf(stream, "none/%d\n", i);
    fclose(stream);
    stream = fmemopen(text, size, "r");
    assert_true(manifest_read_list(&manifest, stream, false, &options, NULL));
    fclose(stream);
    free(text);
    manifest_free(&manifest);
    assert_true(reported.calls >= 2);
    assert_int_equal(reported.found, 20000);
    assert_int_equal(reported.asked, 20000);
    assert_int_equal(mkdir("a", 0700), 0);
    assert_int_equal(mkdir("b", 0700), 0);
    fclose(fopen("a/1", "w"));
    fclose(fopen("b/2", "w"));
    reported = (struct reported){0};
    assert_true(manifest_scan(&manifest, (const char *const[]){"."}, 1, &options, NULL));
    assert_int_equal(manifest.count, 2);
    manifest_free(&manifest);
    assert_int_equal(reported.calls, 2);
    assert_int_equal(reported.asked, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_folder(random_trees_are_what_find_sees),
        in_folder(no_depth_is_too_deep),
        in_folder(running_out_of_descriptors_is_an_error),
        in_folder(real_paths_win_over_links),
        in_folder(links_that_lead_back_end),
        in_folder(what_may_not_be_read_is_an_entry),
        in_folder(operands_are_joined_without_double_slashes),
        in_folder(operands_that_are_not_there_are_errors),
        in_folder(patterns_are_for_names_met_in_walks),
        in_folder(outputs_are_never_inputs),
        in_folder(a_team_sees_what_one_sees),
        in_folder(lists_keep_their_order),
        in_folder(progress_is_reported),
        cmocka_unit_test(labels_name_the_holding_folder),
        cmocka_unit_test(many_labels_stay_apart),
    };
    return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
